//! Private keys: made, read, written (PKCS#8, RFC 5958).

use std::{fmt, str::FromStr, sync::Arc};

use der::{
    Encode,
    asn1::{Any, ObjectIdentifier, OctetStringRef},
};
use rcgen::{KeyPair, PublicKeyData, SigningKey};
use x509_cert::spki::AlgorithmIdentifierOwned;

use crate::{
    error::{Error, find_named},
    oid,
    public_key::Shape,
};

/// The two kinds of key that the ecosystems use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum KeyAlgorithm {
    /// `rsa-2048`: RSA with 2048 bits, signing with PKCS #1 v1.5 and SHA-256 in certificates.
    Rsa2048,
    /// `ec-p256`: ECDSA on NIST P-256 with SHA-256.
    EcP256,
}

impl KeyAlgorithm {
    /// Both of them.
    pub const ALL: [Self; 2] = [Self::Rsa2048, Self::EcP256];

    /// Its name on the command line.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Rsa2048 => "rsa-2048",
            Self::EcP256 => "ec-p256",
        }
    }

    const fn of_rcgen(self) -> &'static rcgen::SignatureAlgorithm {
        match self {
            Self::Rsa2048 => &rcgen::PKCS_RSA_SHA256,
            Self::EcP256 => &rcgen::PKCS_ECDSA_P256_SHA256,
        }
    }
}

impl fmt::Display for KeyAlgorithm {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for KeyAlgorithm {
    type Err = Error;

    fn from_str(word: &str) -> Result<Self, Error> {
        find_named(&Self::ALL, "key algorithm", word)
    }
}

/// A private key; clones share it. `Debug` shows its algorithm only.
#[derive(Clone)]
pub struct Key(Arc<Inner>);

struct Inner {
    pair: KeyPair,
    algorithm: KeyAlgorithm,
}

impl Key {
    /// Makes a fresh key: an EC one in well under a millisecond, an RSA one in tens to hundreds.
    ///
    /// # Errors
    /// [`Error::KeyGeneration`] if the crypto library refuses.
    pub fn generate(algorithm: KeyAlgorithm) -> Result<Self, Error> {
        let pair = KeyPair::generate_for(algorithm.of_rcgen()).map_err(|error| {
            let reason = error.to_string();
            Error::KeyGeneration { algorithm, reason }
        })?;
        Ok(Self(Arc::new(Inner { pair, algorithm })))
    }

    /// Reads the first private key of a PEM text: PKCS#8 `PRIVATE KEY`, or the older
    /// `RSA PRIVATE KEY` (PKCS#1) and `EC PRIVATE KEY` (RFC 5915), which become PKCS#8 here.
    ///
    /// # Errors
    /// [`Error::KeyNotPem`], [`Error::KeyUnreadable`] and, for anything but RSA 2048 and EC P-256,
    /// [`Error::KeyUnsupported`].
    pub fn from_pem(text: &str) -> Result<Self, Error> {
        let blocks = pem::parse_many(text).map_err(|_| Error::KeyNotPem)?;
        let block = blocks
            .into_iter()
            .find(|block| block.tag().ends_with("PRIVATE KEY"))
            .ok_or(Error::KeyNotPem)?;
        let label = block.tag().to_owned();
        let pkcs8 = match label.as_str() {
            "PRIVATE KEY" => envelope(block.into_contents(), &label)?,
            "RSA PRIVATE KEY" => wrap(oid::RSA_ENCRYPTION, Any::null(), block.contents())?,
            "EC PRIVATE KEY" => {
                let curve =
                    Any::encode_from(&oid::P256).map_err(Error::encoding("a curve name"))?;
                wrap(oid::EC_PUBLIC_KEY, curve, block.contents())?
            }
            _ => {
                let found = format!("a `{label}` block");
                return Err(Error::KeyUnsupported { found });
            }
        };
        let pair = KeyPair::try_from(pkcs8).map_err(unreadable(&label))?;
        let algorithm = match Shape::of(&pair.subject_public_key_info()) {
            Shape::Rsa(2048) => KeyAlgorithm::Rsa2048,
            Shape::EcP256 => KeyAlgorithm::EcP256,
            other => {
                let found = other.to_string();
                return Err(Error::KeyUnsupported { found });
            }
        };
        Ok(Self(Arc::new(Inner { pair, algorithm })))
    }

    /// What kind of key it is.
    #[must_use]
    pub fn algorithm(&self) -> KeyAlgorithm {
        self.0.algorithm
    }

    /// The private key as a PKCS#8 `PRIVATE KEY` block.
    #[must_use]
    pub fn private_pem(&self) -> String {
        self.0.pair.serialize_pem()
    }

    /// The private key as PKCS#8 DER.
    #[must_use]
    pub fn private_der(&self) -> &[u8] {
        self.0.pair.serialized_der()
    }

    /// The public key as DER `SubjectPublicKeyInfo`.
    #[must_use]
    pub fn public_key_der(&self) -> Vec<u8> {
        self.0.pair.subject_public_key_info()
    }

    /// Signs with SHA-256: PKCS #1 v1.5 or ECDSA (a DER `SEQUENCE { r, s }`).
    pub(crate) fn sign(&self, what: &'static str, message: &[u8]) -> Result<Vec<u8>, Error> {
        self.0.pair.sign(message).map_err(Error::signing(what))
    }

    /// The name of what [`Self::sign`] makes: RSA with NULL parameters (RFC 4055 §5), ECDSA with
    /// none (RFC 5758 §3.2).
    pub(crate) fn signature_algorithm(&self) -> AlgorithmIdentifierOwned {
        match self.0.algorithm {
            KeyAlgorithm::Rsa2048 => AlgorithmIdentifierOwned {
                oid: oid::SHA256_WITH_RSA,
                parameters: Some(Any::null()),
            },
            KeyAlgorithm::EcP256 => AlgorithmIdentifierOwned {
                oid: oid::ECDSA_WITH_SHA256,
                parameters: None,
            },
        }
    }

    /// The key as rcgen's signer, for CRLs.
    pub(crate) fn pair(&self) -> &KeyPair {
        &self.0.pair
    }
}

impl fmt::Debug for Key {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Key")
            .field("algorithm", &self.0.algorithm)
            .finish_non_exhaustive()
    }
}

/// `PrivateKeyInfo` of RFC 5208 §5, the PKCS#8 envelope.
#[derive(der::Sequence)]
struct PrivateKeyInfo<'a> {
    version: u8,
    algorithm: AlgorithmIdentifierOwned,
    private_key: &'a OctetStringRef,
}

/// Checks that it is PKCS#8: rcgen would also take an older structure under the newer label.
fn envelope(pkcs8: Vec<u8>, label: &str) -> Result<Vec<u8>, Error> {
    p12_keystore::PrivateKey::from_der(&pkcs8).map_err(unreadable(label))?;
    Ok(pkcs8)
}

fn unreadable<E: fmt::Display>(label: &str) -> impl FnOnce(E) -> Error {
    let label = label.to_owned();
    move |error| Error::KeyUnreadable {
        label,
        reason: error.to_string(),
    }
}

/// Puts an older private key structure into its PKCS#8 envelope.
fn wrap(oid: ObjectIdentifier, parameters: Any, inner: &[u8]) -> Result<Vec<u8>, Error> {
    let private_key = OctetStringRef::new(inner).map_err(Error::encoding("a private key"))?;
    PrivateKeyInfo {
        version: 0,
        algorithm: AlgorithmIdentifierOwned {
            oid,
            parameters: Some(parameters),
        },
        private_key,
    }
    .to_der()
    .map_err(Error::encoding("a private key"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_survives_its_pem_form() {
        for algorithm in KeyAlgorithm::ALL {
            let key = Key::generate(algorithm).unwrap();
            let again = Key::from_pem(&key.private_pem()).unwrap();
            assert_eq!(again.algorithm(), algorithm);
            assert_eq!(again.private_der(), key.private_der());
            assert_eq!(again.public_key_der(), key.public_key_der());
        }
    }

    #[test]
    fn older_pem_forms_become_pkcs8() {
        // The contents of the envelope's OCTET STRING are exactly the older structure.
        for (algorithm, label) in [
            (KeyAlgorithm::Rsa2048, "RSA PRIVATE KEY"),
            (KeyAlgorithm::EcP256, "EC PRIVATE KEY"),
        ] {
            let key = Key::generate(algorithm).unwrap();
            let envelope: PrivateKeyInfo<'_> = der::Decode::from_der(key.private_der()).unwrap();
            let old = pem::encode(&pem::Pem::new(label, envelope.private_key.as_bytes()));
            let with_parameters = format!(
                "-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n{old}"
            );
            for text in [old, with_parameters] {
                let read = Key::from_pem(&text).unwrap();
                assert_eq!(read.private_der(), key.private_der(), "{label}");
            }
            let mislabelled = pem::Pem::new("PRIVATE KEY", envelope.private_key.as_bytes());
            let read = Key::from_pem(&pem::encode(&mislabelled));
            assert!(matches!(read, Err(Error::KeyUnreadable { .. })), "{label}");
        }
    }

    #[test]
    fn debug_does_not_print_the_key() {
        let key = Key::generate(KeyAlgorithm::EcP256).unwrap();
        assert_eq!(format!("{key:?}"), "Key { algorithm: EcP256, .. }");
    }

    #[test]
    fn what_is_no_key_is_refused() {
        let block = |label: &str| pem::encode(&pem::Pem::new(label, b"rubbish".to_vec()));
        assert!(matches!(Key::from_pem("rubbish"), Err(Error::KeyNotPem)));
        assert!(matches!(
            Key::from_pem(&block("CERTIFICATE")),
            Err(Error::KeyNotPem)
        ));
        for label in ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"] {
            let read = Key::from_pem(&block(label));
            assert!(matches!(read, Err(Error::KeyUnreadable { .. })), "{label}");
        }
        let read = Key::from_pem(&block("ENCRYPTED PRIVATE KEY"));
        assert!(matches!(read, Err(Error::KeyUnsupported { .. })));
    }

    #[test]
    fn another_curve_is_refused_by_name() {
        let pair = KeyPair::generate_for(&rcgen::PKCS_ECDSA_P384_SHA384).unwrap();
        let Err(Error::KeyUnsupported { found }) = Key::from_pem(&pair.serialize_pem()) else {
            panic!("a P-384 key was taken");
        };
        assert_eq!(found, "an EC key on curve 1.3.132.0.34");
    }
}
