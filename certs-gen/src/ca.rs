//! A certificate authority: one key, one certificate, CA extensions (RFC 5280 §4.2.1.3, §4.2.1.9).

use der::Decode;
use time::{Duration, OffsetDateTime, UtcOffset};
use x509_cert::{ext::Extension, ext::pkix::KeyUsages, name::RdnSequence};
use x509_parser::{certificate::X509Certificate, extensions::ParsedExtension, prelude::FromDer};

use crate::{
    armour,
    error::Error,
    extensions,
    key::{Key, KeyAlgorithm},
    name::{C, CN, O, StringType, rdn_sequence},
    serial::Serial,
    tbs::{self, Unsigned},
    validity::Life,
};

/// How long both CAs live.
const TEN_YEARS: Duration = Duration::days(3652);

const USAGE: &[KeyUsages] = &[KeyUsages::KeyCertSign, KeyUsages::CRLSign];

/// A CA's key and certificate.
pub(crate) struct Ca {
    pub key: Key,
    pub der: Vec<u8>,
    pub pem: String,
    pub name: RdnSequence,
    pub key_id: Vec<u8>,
    pub life: Life,
}

/// Who signs a certificate: a CA, or the certificate's own key.
#[derive(Clone, Copy)]
pub(crate) struct Issuer<'a> {
    pub key: &'a Key,
    pub name: &'a RdnSequence,
    pub key_id: &'a [u8],
    pub life: Life,
}

impl Issuer<'_> {
    /// The two extensions by which leaf and issuer find each other.
    pub(crate) fn key_identifiers(self, leaf_key_id: &[u8]) -> Result<[Extension; 2], Error> {
        Ok([
            extensions::authority_key_identifier(self.key_id)?,
            extensions::subject_key_identifier(leaf_key_id)?,
        ])
    }
}

impl Ca {
    /// A self-signed root that starts at `now` and lives ten years.
    pub(crate) fn root(now: OffsetDateTime) -> Result<Self, Error> {
        Self::root_of(Life::starting(now, TEN_YEARS)?, KeyAlgorithm::EcP256)
    }

    /// A self-signed root with this life and kind of key.
    pub(crate) fn root_of(life: Life, algorithm: KeyAlgorithm) -> Result<Self, Error> {
        let key = Key::generate(algorithm)?;
        let key_id = extensions::key_identifier(&tbs::public_key(&key.public_key_der())?);
        let name = ca_name("Root", &key_id)?;
        Self::make(key, name, life, None, None)
    }

    /// An issuing CA below `root`, for end entities only, with the root's life and kind of key.
    pub(crate) fn issuing(root: &Self) -> Result<Self, Error> {
        let key = Key::generate(root.key.algorithm())?;
        let name = ca_name("Issuing", &root.key_id)?;
        Self::make(key, name, root.life, Some(0), Some(root))
    }

    /// Another issuing CA below `root`, under a name of its own and with an EC key.
    pub(crate) fn unlisted_issuing(root: &Self) -> Result<Self, Error> {
        let key = Key::generate(KeyAlgorithm::EcP256)?;
        let name = ca_name("Unlisted Issuing", &root.key_id)?;
        Self::make(key, name, root.life, Some(0), Some(root))
    }

    /// A CA of the same name and life with a key of its own.
    pub(crate) fn twin(&self, issuer: Option<&Self>) -> Result<Self, Error> {
        let key = Key::generate(KeyAlgorithm::EcP256)?;
        let path_length = issuer.map(|_| 0);
        Self::make(key, self.name.clone(), self.life, path_length, issuer)
    }

    fn make(
        key: Key,
        name: RdnSequence,
        life: Life,
        path_length: Option<u8>,
        issuer: Option<&Self>,
    ) -> Result<Self, Error> {
        let public_key = tbs::public_key(&key.public_key_der())?;
        let key_id = extensions::key_identifier(&public_key);
        let unsigned = Unsigned {
            serial: Serial::random()?,
            issuer: issuer.map_or(&name, |ca| &ca.name).clone(),
            life,
            subject: name.clone(),
            public_key,
            extensions: vec![
                extensions::basic_constraints(path_length)?,
                extensions::authority_key_identifier(issuer.map_or(&key_id, |ca| &ca.key_id))?,
                extensions::subject_key_identifier(&key_id)?,
                extensions::key_usage(USAGE)?,
            ],
        };
        let der = unsigned.sign(issuer.map_or(&key, |ca| &ca.key))?;
        Ok(Self {
            pem: armour::certificate(&der),
            key,
            der,
            name,
            key_id,
            life,
        })
    }

    /// Takes a CA from its PEM certificate and key; the error says what is wrong with the
    /// certificate, as the end of a sentence that starts with its file name.
    pub(crate) fn from_pem(text: &str, key: Key) -> Result<Self, String> {
        let der = armour::first(text, "CERTIFICATE").ok_or("holds no PEM certificate")?;
        let (_, certificate) = X509Certificate::from_der(&der)
            .map_err(|error| format!("cannot be read as a certificate ({error})"))?;
        if !certificate.is_ca() {
            return Err("is no CA certificate".to_owned());
        }
        if certificate.public_key().raw != key.public_key_der() {
            return Err("does not fit the private key beside it".to_owned());
        }
        let unreadable = |_| "holds a name or key that cannot be read".to_owned();
        let name = RdnSequence::from_der(certificate.subject().as_raw()).map_err(unreadable)?;
        let public_key = tbs::public_key(certificate.public_key().raw)
            .map_err(|_| "holds a key that cannot be read")?;
        let key_id =
            subject_key_id(&certificate).unwrap_or_else(|| extensions::key_identifier(&public_key));
        let life = Life {
            not_before: certificate.validity().not_before.to_datetime(),
            not_after: certificate.validity().not_after.to_datetime(),
        };
        Ok(Self {
            pem: armour::certificate(&der),
            der,
            key,
            name,
            key_id,
            life,
        })
    }

    /// Whether `issuer` signed this CA's certificate.
    pub(crate) fn is_signed_by(&self, issuer: &Self) -> bool {
        let (Ok((_, own)), Ok((_, issuer))) = (
            X509Certificate::from_der(&self.der),
            X509Certificate::from_der(&issuer.der),
        ) else {
            return false;
        };
        own.issuer().as_raw() == issuer.subject().as_raw()
            && own.verify_signature(Some(issuer.public_key())).is_ok()
    }

    /// What it lends to the certificates it signs.
    pub(crate) fn issuer(&self) -> Issuer<'_> {
        Issuer {
            key: &self.key,
            name: &self.name,
            key_id: &self.key_id,
            life: self.life,
        }
    }

    /// Whether it still lives at `now`.
    pub(crate) fn check_alive(&self, now: OffsetDateTime) -> Result<(), Error> {
        if now < self.life.not_after {
            return Ok(());
        }
        let expired_at = self.life.not_after.to_offset(UtcOffset::UTC).to_string();
        Err(Error::AuthorityExpired { expired_at })
    }
}

/// `CN=aspsp-emulator TEST ONLY Root CA 3f9a01c7`: the end tells authorities apart, so that a client
/// with the certificate of another one is told `unknown_ca` rather than of a bad signature.
fn ca_name(level: &str, root_key_id: &[u8]) -> Result<RdnSequence, Error> {
    let id: String = root_key_id
        .iter()
        .take(4)
        .map(|octet| format!("{octet:02x}"))
        .collect();
    let common_name = format!("aspsp-emulator TEST ONLY {level} CA {id}");
    rdn_sequence([
        (C, StringType::Printable, "GB".to_owned()),
        (
            O,
            StringType::Printable,
            "aspsp-emulator TEST ONLY".to_owned(),
        ),
        (CN, StringType::Printable, common_name),
    ])
}

fn subject_key_id(certificate: &X509Certificate<'_>) -> Option<Vec<u8>> {
    certificate
        .iter_extensions()
        .find_map(|extension| match extension.parsed_extension() {
            ParsedExtension::SubjectKeyIdentifier(id) => Some(id.0.to_vec()),
            _ => None,
        })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn life() -> Life {
        let now = OffsetDateTime::from_unix_timestamp(1_700_000_000).unwrap();
        Life::starting(now, TEN_YEARS).unwrap()
    }

    #[test]
    fn cas_of_both_key_kinds_read_back_and_verify() {
        for algorithm in KeyAlgorithm::ALL {
            let root = Ca::root_of(life(), algorithm).unwrap();
            let issuing = Ca::issuing(&root).unwrap();
            assert!(root.is_signed_by(&root));
            assert!(issuing.is_signed_by(&root));
            assert!(!root.is_signed_by(&issuing));
            let again = Ca::from_pem(&issuing.pem, issuing.key.clone()).unwrap();
            assert_eq!(again.key_id, issuing.key_id);
            assert_eq!(again.life, issuing.life);
            assert_eq!(again.name, issuing.name);
        }
    }

    #[test]
    fn a_twin_has_the_name_but_not_the_signature() {
        let root = Ca::root_of(life(), KeyAlgorithm::EcP256).unwrap();
        let issuing = Ca::issuing(&root).unwrap();
        let twin = issuing.twin(Some(&root.twin(None).unwrap())).unwrap();
        assert_eq!(twin.name, issuing.name);
        assert_ne!(twin.key_id, issuing.key_id);
        assert!(!twin.is_signed_by(&root));
    }
}
