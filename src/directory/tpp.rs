//! TPPs of the directory's own making: one organisation, one software, its keys and certificates.

use std::sync::{PoisonError, RwLock};

use certs_gen::{Certificate, CertificateRequest, Csr, Flaw, Key, Kind, PublicKey as Subjected};

use crate::clock::Clock;
use crate::directory::signer::{DirectoryError, StatementSigner};
use crate::directory::{Directory, Identity};
use crate::domain::ids::KeyId;
use crate::domain::json::Object;
use crate::domain::jwk::PublicKey;
use crate::domain::jws::SigningKey;
use crate::domain::role::Role;
use crate::domain::signing::Edits;

/// Whether the directory stands behind an organisation (OB Directory, `org_status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrgStatus {
    /// It does.
    Active,
    /// It no longer does.
    Revoked,
    /// The organisation left.
    Withdrawn,
}

impl OrgStatus {
    /// The word in a statement.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            OrgStatus::Active => "Active",
            OrgStatus::Revoked => "Revoked",
            OrgStatus::Withdrawn => "Withdrawn",
        }
    }
}

/// Whether the directory stands behind a software.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoftwareStatus {
    /// It does.
    Active,
    /// It no longer does.
    Revoked,
}

/// What a TPP shall be; whatever is left out is invented.
#[derive(Debug, Clone)]
pub struct TppPlan {
    /// Who it is; `None` invents the next identity under the directory's seed.
    pub identity: Option<Identity>,
    /// Its roles; empty for AISP, PISP and CBPII.
    pub roles: Vec<Role>,
    /// Its redirect URIs; empty for one below its own host.
    pub redirect_uris: Vec<String>,
    /// What the directory says of the organisation.
    pub org_status: OrgStatus,
    /// What the directory says of the software.
    pub software_status: SoftwareStatus,
    /// Kind of the transport certificate.
    pub transport_kind: Kind,
    /// What is wrong with the transport certificate.
    pub transport_flaw: Option<Flaw>,
    /// Key of the transport certificate; `None` takes one from the pool.
    pub transport_key: Option<GivenKey>,
    /// Kind of the signing certificate.
    pub signing_kind: Kind,
    /// Key of the signing certificate; `None` takes one from the pool.
    pub signing_key: Option<GivenKey>,
    /// Whether it is of another directory, which nobody here trusts or lists.
    pub is_foreign: bool,
}

impl Default for TppPlan {
    fn default() -> Self {
        Self {
            identity: None,
            roles: Vec::new(),
            redirect_uris: Vec::new(),
            org_status: OrgStatus::Active,
            software_status: SoftwareStatus::Active,
            transport_kind: Kind::ObTransport,
            transport_flaw: None,
            transport_key: None,
            signing_kind: Kind::ObSigning,
            signing_key: None,
            is_foreign: false,
        }
    }
}

/// A key that the TPP brings along.
#[derive(Debug, Clone)]
pub enum GivenKey {
    /// The key itself.
    Key(Key),
    /// Only its public half, in a certificate request: the private one stays with the TPP.
    Csr(Csr),
    /// A key whose certificate exists already, as in a kit that is taken up again.
    Certified {
        /// The key.
        key: Key,
        /// Its certificate.
        certificate: Certificate,
        /// Its id in the key store.
        kid: KeyId,
    },
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

/// A TPP with all it needs to register.
#[derive(Debug)]
pub struct Tpp {
    /// Who it is.
    pub identity: Identity,
    /// Its roles.
    pub roles: Vec<Role>,
    /// Its redirect URIs.
    pub redirect_uris: Vec<String>,
    /// For the TLS handshake.
    pub transport: Credential,
    /// For signing requests.
    pub signing: Credential,
    /// Who signs its statements, if not this directory.
    pub(super) foreign_signer: Option<StatementSigner>,
    status: RwLock<(OrgStatus, SoftwareStatus)>,
}

impl Tpp {
    /// What the directory says of the organisation.
    #[must_use]
    pub fn org_status(&self) -> OrgStatus {
        self.status.read().unwrap_or_else(PoisonError::into_inner).0
    }

    /// What the directory says of the software.
    #[must_use]
    pub fn software_status(&self) -> SoftwareStatus {
        self.status.read().unwrap_or_else(PoisonError::into_inner).1
    }

    /// Signs claims with its signing key: header `alg`, `kid`, `typ`. `None` if it kept the key.
    ///
    /// # Errors
    /// A key does not sign.
    pub fn sign(&self, claims: Object, edits: &Edits) -> Result<Option<String>, DirectoryError> {
        let Some(key) = self.signing.signing_key()? else {
            return Ok(None);
        };
        let algorithm = self.signing.public_key.algorithm();
        let mut header = Object::new();
        header.insert("alg".to_owned(), algorithm.as_str().into());
        header.insert("kid".to_owned(), self.signing.kid.as_str().into());
        header.insert("typ".to_owned(), "JWT".into());
        Ok(Some(edits.sign(header, claims, algorithm, &key)?))
    }

    /// Changes what the directory says.
    pub fn set_status(&self, org: OrgStatus, software: SoftwareStatus) {
        *self.status.write().unwrap_or_else(PoisonError::into_inner) = (org, software);
    }
}

impl Directory {
    /// Makes a TPP and lists it, unless it is foreign. Blocks while RSA keys are made.
    ///
    /// # Errors
    /// A key or certificate could not be made, or a CSR does not fit the kind.
    pub fn enrol(&self, plan: TppPlan) -> Result<Tpp, DirectoryError> {
        let identity = plan.identity.unwrap_or_else(|| self.next_identity());
        let roles = if plan.roles.is_empty() {
            Role::TPP.to_vec()
        } else {
            plan.roles
        };
        let redirect_uris = if plan.redirect_uris.is_empty() {
            vec![format!("https://{}/callback", identity.host)]
        } else {
            plan.redirect_uris
        };
        let issue = |kind, key, flaw| self.issue(&identity, &roles, kind, key, flaw);
        let tpp = Tpp {
            transport: issue(plan.transport_kind, plan.transport_key, plan.transport_flaw)?,
            signing: issue(plan.signing_kind, plan.signing_key, None)?,
            foreign_signer: plan.is_foreign.then(foreign_signer).transpose()?,
            status: RwLock::new((plan.org_status, plan.software_status)),
            identity,
            roles,
            redirect_uris,
        };
        Ok(tpp)
    }

    fn issue(
        &self,
        identity: &Identity,
        roles: &[Role],
        kind: Kind,
        given: Option<GivenKey>,
        flaw: Option<Flaw>,
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
                    key: Some(key),
                    kid,
                });
            }
            Some(GivenKey::Csr(csr)) => {
                return self.certify(identity, roles, kind, Subjected::Csr(&csr), None, flaw);
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
            flaw,
        )
    }

    fn certify(
        &self,
        identity: &Identity,
        roles: &[Role],
        kind: Kind,
        public_key: Subjected<'_>,
        key: Option<Key>,
        flaw: Option<Flaw>,
    ) -> Result<Credential, DirectoryError> {
        let request = CertificateRequest {
            kind,
            subject: &identity.subject(roles),
            public_key,
            flaw,
        };
        // Not the emulator's clock: the handshake judges these dates by the system's.
        let certificate = self.authority().issue(&request, Clock::system().now())?;
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

/// The key of a directory that nobody here knows.
fn foreign_signer() -> Result<StatementSigner, DirectoryError> {
    let key = Key::generate(certs_gen::KeyAlgorithm::EcP256)?;
    let public = PublicKey::from_spki(&key.public_key_der())?;
    Ok(StatementSigner {
        key: SigningKey::from_pem(&key.private_pem())?,
        algorithm: public.algorithm(),
        kid: public.thumbprint(),
    })
}
