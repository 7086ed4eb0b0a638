//! A key set that somebody brings along for the directory to publish: judged more strictly than one
//! that another party publishes.

use std::collections::HashSet;

use serde_json::Value;

use crate::domain::json;
use crate::domain::jwk::{KeySetEntry, KeySetError, parse_key_set};

/// Least size of an RSA modulus, in bits (RFC 7518 §3.5).
pub const LEAST_RSA_BITS: usize = 2048;

/// Members of a JWK that are private: RFC 7518 §6.2.2, §6.3.2 and §6.4.1.
pub const PRIVATE_MEMBERS: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// Why a key set cannot be published.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum OwnKeySetError {
    /// It is no key set.
    #[error(transparent)]
    Malformed(#[from] KeySetError),
    /// A private key.
    #[error("key {position}: the private member `{member}`")]
    Private {
        /// Its place, from 0.
        position: usize,
        /// The member.
        member: &'static str,
    },
    /// A `kid` that names nothing.
    #[error("an empty `kid`")]
    EmptyKid,
    /// Two keys under one name.
    #[error("two keys with the `kid` `{0}`")]
    RepeatedKid(String),
    /// An RSA key that everybody can break.
    #[error("the RSA key `{kid}` of {bits} bits")]
    ShortRsa {
        /// Its `kid`.
        kid: String,
        /// The size of its modulus.
        bits: usize,
    },
    /// No key that signatures count by.
    #[error("no RSA or EC P-256 key that signs")]
    NoSigningKey,
}

impl OwnKeySetError {
    /// What is allowed, for all of them.
    pub const ALLOWED: &str = "a key set (JWKS) of public keys, each RSA of at least 2048 bits or EC P-256 and with a `kid` of its own, of which one signs";
}

/// Reads a key set to be published; keys of a type that is not understood are passed over, but no
/// private one.
///
/// # Errors
/// See [`OwnKeySetError`].
pub fn parse_own_key_set(bytes: &[u8]) -> Result<Vec<KeySetEntry>, OwnKeySetError> {
    check_public(bytes)?;
    let keys = parse_key_set(bytes)?;
    let mut kids = HashSet::new();
    for entry in &keys {
        let kid = entry.kid.as_str();
        if kid.is_empty() {
            return Err(OwnKeySetError::EmptyKid);
        }
        if !kids.insert(kid) {
            return Err(OwnKeySetError::RepeatedKid(kid.to_owned()));
        }
        if let Some(bits) = entry.key.rsa_bits().filter(|bits| *bits < LEAST_RSA_BITS) {
            let kid = kid.to_owned();
            return Err(OwnKeySetError::ShortRsa { kid, bits });
        }
    }
    if keys.iter().any(|entry| entry.key_use.signs()) {
        Ok(keys)
    } else {
        Err(OwnKeySetError::NoSigningKey)
    }
}

/// That no key of whatever type has a private member.
fn check_public(bytes: &[u8]) -> Result<(), OwnKeySetError> {
    let set = json::parse_object(bytes).map_err(KeySetError::from)?;
    let keys = set.get("keys").and_then(Value::as_array);
    for (position, jwk) in keys.into_iter().flatten().enumerate() {
        let is_there = |member: &&str| jwk.get(*member).is_some();
        if let Some(member) = PRIVATE_MEMBERS.into_iter().find(is_there) {
            return Err(OwnKeySetError::Private { position, member });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::URL_SAFE_NO_PAD;
    use serde_json::json;

    use super::*;

    /// An RSA key whose modulus has this many bits.
    fn rsa(kid: &str, bits: usize) -> Value {
        let mut modulus = vec![0xff; bits.div_ceil(8)];
        modulus[0] >>= modulus.len() * 8 - bits;
        json!({ "kty": "RSA", "kid": kid, "n": URL_SAFE_NO_PAD.encode(modulus), "e": "AQAB" })
    }

    fn read(keys: &Value) -> Result<Vec<KeySetEntry>, OwnKeySetError> {
        parse_own_key_set(json!({ "keys": keys }).to_string().as_bytes())
    }

    #[test]
    fn a_key_set_of_public_keys_with_names_of_their_own_is_read() {
        let okp = json!({ "kty": "OKP", "kid": "a", "x": "AA" });
        let keys = read(&json!([
            rsa("a", 2048),
            rsa("b", 2049),
            rsa("c", 4096),
            okp
        ]))
        .unwrap();
        let kids: Vec<&str> = keys.iter().map(|entry| entry.kid.as_str()).collect();
        assert_eq!(kids, ["a", "b", "c"]);
    }

    #[test]
    fn short_unnamed_repeated_and_useless_keys_are_refused() {
        let kid = |kid: &str| kid.to_owned();
        let for_tls = || {
            let mut jwk = rsa("a", 2048);
            jwk["use"] = "tls".into();
            jwk
        };
        for (keys, expected) in [
            (
                json!([rsa("a", 2048), rsa("b", 2047)]),
                OwnKeySetError::ShortRsa {
                    kid: kid("b"),
                    bits: 2047,
                },
            ),
            (
                json!([rsa("a", 2048), rsa("a", 2056)]),
                OwnKeySetError::RepeatedKid(kid("a")),
            ),
            (json!([rsa("", 2048)]), OwnKeySetError::EmptyKid),
            (json!([for_tls()]), OwnKeySetError::NoSigningKey),
            (json!([]), OwnKeySetError::NoSigningKey),
        ] {
            assert_eq!(read(&keys).unwrap_err(), expected, "{keys}");
        }
    }

    #[test]
    fn each_private_member_is_refused_even_of_a_key_that_is_not_understood() {
        for member in PRIVATE_MEMBERS {
            let mut private = json!({ "kty": "oct", "kid": "b" });
            private[member] = "AA".into();
            let refused = read(&json!([rsa("a", 2048), private])).unwrap_err();
            let position = 1;
            assert_eq!(refused, OwnKeySetError::Private { position, member });
        }
    }
}
