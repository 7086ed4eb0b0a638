//! RSA public keys that are parsed once.

use std::sync::OnceLock;

use aws_lc_rs::encoding::{AsDer, PublicKeyX509Der};
use aws_lc_rs::rsa::{PublicEncryptingKey, PublicKeyComponents};
use aws_lc_rs::signature::{ParsedPublicKey, RSA_PSS_2048_8192_SHA256};

/// An RSA public key for PS256. `jsonwebtoken` parses a key for every signature anew, which takes an
/// eighth of the time of the verification.
#[derive(Clone)]
pub(super) struct RsaKey {
    components: PublicKeyComponents<Box<[u8]>>,
    /// Made at the first use.
    parsed: OnceLock<Option<ParsedPublicKey>>,
}

impl RsaKey {
    /// The key of this big-endian modulus and exponent.
    pub(super) fn new(modulus: &[u8], exponent: &[u8]) -> Self {
        Self {
            components: PublicKeyComponents {
                n: modulus.into(),
                e: exponent.into(),
            },
            parsed: OnceLock::new(),
        }
    }

    /// The key as the library wants it; `None` for one of a size that it does not take.
    pub(super) fn parsed(&self) -> Option<&ParsedPublicKey> {
        let parse = || {
            let PublicKeyComponents { n, e } = &self.components;
            let key: PublicEncryptingKey = PublicKeyComponents { n, e }.try_into().ok()?;
            let der: PublicKeyX509Der<'_> = key.as_der().ok()?;
            ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, der.as_ref()).ok()
        };
        self.parsed.get_or_init(parse).as_ref()
    }
}
