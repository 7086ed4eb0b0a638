//! Certificates with their keys, as the directory makes them for its TPPs.

use certs_gen::{
    Certificate, CertificateRequest, Csr, Flaw, Issuance, Key, Kind, PublicKey as Subjected,
};

use crate::clock::Clock;
use crate::directory::signer::DirectoryError;
use crate::directory::{Directory, Identity};
use crate::domain::ids::KeyId;
use crate::domain::jwk::PublicKey;
use crate::domain::jws::SigningKey;
use crate::domain::role::Role;

/// A key that the TPP brings along.
#[derive(Debug, Clone)]
pub enum GivenKey {
    /// The key itself.
    Key(Key),
    /// Only its public half, in a certificate request: the private one stays with the TPP.
    Csr(Csr),
    /// A key whose certificate exists already, as in a kit that is taken up again.
    Certified {
        /// The key, unless the TPP kept it.
        key: Option<Key>,
        /// Its certificate.
        certificate: Certificate,
        /// Its id in the key store.
        kid: KeyId,
    },
}

/// How a certificate is to be.
#[derive(Debug, Clone, Copy)]
pub(super) struct Making {
    /// What is wrong with it.
    pub(super) flaw: Option<Flaw>,
    /// Whether its serial number says that it is of this world, so that nobody takes it for another
    /// TPP's of the same name once its own is gone.
    pub(super) is_of_world: bool,
}

/// A certificate with its key.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The certificate.
    pub certificate: Certificate,
    /// The private key, unless the TPP kept it.
    pub key: Option<Key>,
    /// Its id in the software's key store.
    pub kid: KeyId,
    /// The public key.
    pub public_key: PublicKey,
}

impl Credential {
    /// The private key as JWTs are signed with it; `None` if the TPP kept it.
    ///
    /// # Errors
    /// The key cannot be read.
    pub fn signing_key(&self) -> Result<Option<SigningKey>, DirectoryError> {
        let key = self.key.as_ref();
        Ok(key
            .map(|key| SigningKey::from_pem(&key.private_pem()))
            .transpose()?)
    }
}

impl Directory {
    pub(super) fn issue(
        &self,
        identity: &Identity,
        roles: &[Role],
        kind: Kind,
        given: Option<GivenKey>,
        making: Making,
    ) -> Result<Credential, DirectoryError> {
        let key = match given {
            Some(GivenKey::Certified {
                key,
                certificate,
                kid,
            }) => {
                return Ok(Credential {
                    public_key: PublicKey::from_spki(certificate.public_key_der())?,
                    certificate,
                    key,
                    kid,
                });
            }
            Some(GivenKey::Csr(csr)) => {
                return self.certify(identity, roles, kind, Subjected::Csr(&csr), None, making);
            }
            Some(GivenKey::Key(key)) => key,
            None => self.key_pool().take()?,
        };
        self.certify(
            identity,
            roles,
            kind,
            Subjected::Of(&key),
            Some(key.clone()),
            making,
        )
    }

    fn certify(
        &self,
        identity: &Identity,
        roles: &[Role],
        kind: Kind,
        public_key: Subjected<'_>,
        key: Option<Key>,
        making: Making,
    ) -> Result<Credential, DirectoryError> {
        let request = CertificateRequest {
            kind,
            subject: &identity.subject(roles),
            public_key,
            flaw: making.flaw,
        };
        let issuance = Issuance {
            // The handshake judges dates by the system's clock, banks by the world's.
            now: Clock::system().now(),
            also: self.clock().now(),
            mark: making.is_of_world.then_some(self.mark),
        };
        let certificate = self.authority().issue_as(&request, &issuance)?;
        let public_key = PublicKey::from_spki(certificate.public_key_der())?;
        Ok(Credential {
            kid: KeyId::new(key_id(certificate.der())),
            certificate,
            key,
            public_key,
        })
    }
}

/// 27 characters, as the UK directory's are; nothing but a name (so never recomputed).
fn key_id(certificate: &[u8]) -> String {
    use base64::Engine as _;
    let hash = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate);
    base64::engine::general_purpose::URL_SAFE_NO_PAD.encode(&hash.as_ref()[..20])
}
