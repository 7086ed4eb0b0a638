//! Public keys as a key store publishes them: JSON Web Keys (RFC 7517, RFC 7518 §6).

use std::sync::Arc;

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};
use x509_parser::prelude::FromDer;
use x509_parser::public_key::PublicKey as Parsed;
use x509_parser::x509::SubjectPublicKeyInfo;

use crate::domain::ids::KeyId;
use crate::domain::json::{self, Object};
use crate::domain::jws::{Algorithm, VerifyingKey};

/// What a key is for: `use` of RFC 7517 §4.2, and `tls` as the UK directory writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum KeyUse {
    /// Signs requests and assertions.
    Signing,
    /// Proves the client in the TLS handshake.
    Transport,
    /// Encrypts what is sent to the client.
    Encryption,
}

impl KeyUse {
    /// The value of `use`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            KeyUse::Signing => "sig",
            KeyUse::Transport => "tls",
            KeyUse::Encryption => "enc",
        }
    }

    /// Whether a signature under such a key counts.
    #[must_use]
    pub fn signs(self) -> bool {
        self == KeyUse::Signing
    }
}

/// An entry of a key set that somebody else wrote.
#[derive(Debug, Clone)]
pub struct KeySetEntry {
    /// Its `kid`.
    pub kid: KeyId,
    /// Its `use`; `sig` where it says none.
    pub key_use: KeyUse,
    /// The key itself.
    pub key: PublicKey,
}

/// Why a text is no key set.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum KeySetError {
    /// Not a JSON object.
    #[error("not a JSON object: {0}")]
    NotJson(#[from] json::JsonError),
    /// No array `keys`.
    #[error("no array `keys`")]
    NoKeys,
    /// A key that is of a known type, and malformed.
    #[error("key {position}: {cause}")]
    Key {
        /// Its place, from 0.
        position: usize,
        /// What is wrong with it.
        cause: UnusableKey,
    },
    /// A key without a `kid`.
    #[error("key {0}: no `kid`")]
    NoKid(usize),
}

/// Reads a key set (RFC 7517 §5); keys of a type that is not understood are passed over.
///
/// # Errors
/// See [`KeySetError`].
pub fn parse_key_set(bytes: &[u8]) -> Result<Vec<KeySetEntry>, KeySetError> {
    let set = json::parse_object(bytes)?;
    let keys = set.get("keys").and_then(Value::as_array);
    let keys = keys.ok_or(KeySetError::NoKeys)?.iter().enumerate();
    let is_understood = |jwk: &Value| {
        let kty = jwk.get("kty").and_then(Value::as_str);
        matches!(kty, None | Some("RSA" | "EC"))
    };
    keys.filter(|(_, jwk)| is_understood(jwk))
        .map(|(position, jwk)| {
            let members = jwk.as_object().cloned().unwrap_or_default();
            let kid = members.get("kid").and_then(Value::as_str);
            let key_use = match members.get("use").and_then(Value::as_str) {
                Some("tls") => KeyUse::Transport,
                Some("enc") => KeyUse::Encryption,
                _ => KeyUse::Signing,
            };
            Ok(KeySetEntry {
                kid: KeyId::new(kid.ok_or(KeySetError::NoKid(position))?),
                key_use,
                key: PublicKey::from_jwk(&members)
                    .map_err(|cause| KeySetError::Key { position, cause })?,
            })
        })
        .collect()
}

/// A key that is neither RSA nor EC P-256, or no key at all.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("not an RSA or EC P-256 public key: {0}")]
pub struct UnusableKey(pub String);

/// A public key with the ways it is used here: verifying, and being published.
///
/// Cloning is cheap.
#[derive(Debug, Clone)]
pub struct PublicKey(Arc<Parts>);

#[derive(Debug)]
struct Parts {
    verifying: VerifyingKey,
    members: Object,
}

impl PublicKey {
    /// Reads a DER `SubjectPublicKeyInfo` (RFC 5280 §4.1.2.7).
    ///
    /// # Errors
    /// [`UnusableKey`].
    pub fn from_spki(der: &[u8]) -> Result<Self, UnusableKey> {
        let (_, info) =
            SubjectPublicKeyInfo::from_der(der).map_err(|error| UnusableKey(error.to_string()))?;
        match info.parsed() {
            Ok(Parsed::RSA(key)) => Ok(Self::rsa(key.modulus, key.exponent)),
            Ok(Parsed::EC(point)) => Self::ec(point.data()),
            Ok(_) => Err(UnusableKey(info.algorithm.algorithm.to_id_string())),
            Err(error) => Err(UnusableKey(error.to_string())),
        }
    }

    /// Reads the public members of a JWK: `kty` RSA with `n`, `e`, or EC P-256 with `x`, `y`.
    ///
    /// # Errors
    /// [`UnusableKey`], naming the member.
    pub fn from_jwk(jwk: &Object) -> Result<Self, UnusableKey> {
        let member = |name: &str| {
            jwk.get(name)
                .and_then(Value::as_str)
                .and_then(|text| URL_SAFE_NO_PAD.decode(text).ok())
                .ok_or_else(|| {
                    UnusableKey(format!("the member `{name}` is missing or not base64url"))
                })
        };
        match jwk.get("kty").and_then(Value::as_str) {
            Some("RSA") => Ok(Self::rsa(&member("n")?, &member("e")?)),
            Some("EC") => Self::ec(&[vec![4], member("x")?, member("y")?].concat()),
            other => Err(UnusableKey(format!("`kty` is {other:?}"))),
        }
    }

    fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        let modulus = without_leading_zeros(modulus);
        let members = json!({
            "kty": "RSA",
            "n": URL_SAFE_NO_PAD.encode(modulus),
            "e": URL_SAFE_NO_PAD.encode(without_leading_zeros(exponent)),
        });
        Self(Arc::new(Parts {
            verifying: VerifyingKey::rsa(modulus, without_leading_zeros(exponent)),
            members: json::members(members),
        }))
    }

    fn ec(point: &[u8]) -> Result<Self, UnusableKey> {
        let [4, coordinates @ ..] = point else {
            return Err(UnusableKey("the point is not uncompressed".to_owned()));
        };
        if coordinates.len() != 64 {
            return Err(UnusableKey("the curve is not P-256".to_owned()));
        }
        let (x, y) = coordinates.split_at(32);
        let members = json!({
            "kty": "EC",
            "crv": "P-256",
            "x": URL_SAFE_NO_PAD.encode(x),
            "y": URL_SAFE_NO_PAD.encode(y),
        });
        Ok(Self(Arc::new(Parts {
            verifying: VerifyingKey::ec(point),
            members: json::members(members),
        })))
    }

    /// The key as signatures are verified with it.
    #[must_use]
    pub fn verifying(&self) -> &VerifyingKey {
        &self.0.verifying
    }

    /// The size of an RSA key's modulus, in bits; `None` for another key.
    #[must_use]
    pub fn rsa_bits(&self) -> Option<usize> {
        let modulus = self.0.members.get("n")?.as_str()?;
        let modulus = URL_SAFE_NO_PAD.decode(modulus).ok()?;
        let leading = modulus.first().map_or(0, |first| first.leading_zeros());
        Some((modulus.len() * 8).saturating_sub(leading as usize))
    }

    /// The algorithm that this project's signers use with such a key.
    #[must_use]
    pub fn algorithm(&self) -> Algorithm {
        if self.0.members.contains_key("n") {
            Algorithm::Ps256
        } else {
            Algorithm::Es256
        }
    }

    /// The RFC 7638 thumbprint: base64url of SHA-256 over the required members.
    #[must_use]
    pub fn thumbprint(&self) -> String {
        let mut names: Vec<&String> = self.0.members.keys().collect();
        names.sort();
        let canonical: Object = names
            .into_iter()
            .map(|name| (name.clone(), self.0.members[name].clone()))
            .collect();
        let canonical = Value::Object(canonical).to_string();
        URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, canonical.as_bytes()))
    }

    /// The entry of a key set: `kty`, `use`, `kid`, the key itself, and with a DER certificate
    /// also `x5c`, `x5t` and `x5t#S256` (RFC 7517 §4.7 to §4.9).
    #[must_use]
    pub fn to_jwk(&self, kid: &KeyId, key_use: KeyUse, certificate: Option<&[u8]>) -> Value {
        let mut jwk = self.0.members.clone();
        jwk.insert("use".to_owned(), key_use.as_str().into());
        jwk.insert("kid".to_owned(), kid.as_str().into());
        if let Some(der) = certificate {
            let hash = |algorithm| URL_SAFE_NO_PAD.encode(digest::digest(algorithm, der));
            jwk.insert("x5c".to_owned(), json!([STANDARD.encode(der)]));
            jwk.insert(
                "x5t".to_owned(),
                hash(&digest::SHA1_FOR_LEGACY_USE_ONLY).into(),
            );
            jwk.insert("x5t#S256".to_owned(), hash(&digest::SHA256).into());
        }
        Value::Object(jwk)
    }
}

fn without_leading_zeros(number: &[u8]) -> &[u8] {
    let zeros = number.iter().take_while(|byte| **byte == 0).count();
    &number[zeros..]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_thumbprint_is_that_of_the_rfc_7638_example() {
        let jwk = json!({"kty": "RSA", "e": "AQAB", "n": "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_BJECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_FDW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"});
        let key = PublicKey::from_jwk(&json::members(jwk)).unwrap();
        assert_eq!(
            key.thumbprint(),
            "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
        );
    }

    #[test]
    fn a_key_of_another_kind_is_refused() {
        for jwk in [
            json!({"kty": "oct", "k": "AA"}),
            json!({"kty": "RSA", "n": "AQ"}),
            json!({"kty": "EC", "crv": "P-384", "x": "AA", "y": "AA"}),
        ] {
            assert!(PublicKey::from_jwk(&json::members(jwk)).is_err());
        }
    }
}
