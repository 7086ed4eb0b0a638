//! JSON Web Signatures in compact form (RFC 7515 §7.1): parsing, verifying, signing.
//!
//! The only user of `jsonwebtoken`. Time claims are judged elsewhere, on the emulator's clock.

mod rsa_key;

use std::fmt;
use std::str::FromStr;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use jsonwebtoken::crypto::aws_lc::DEFAULT_PROVIDER;
use jsonwebtoken::{DecodingKey, EncodingKey};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use self::rsa_key::RsaKey;
use crate::domain::json::{self, JsonError, Object};

/// A signature algorithm of RFC 7518 §3.1 that some UK or Brazilian source names.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
pub enum Algorithm {
    /// RSASSA-PSS with SHA-256.
    Ps256,
    /// ECDSA on P-256 with SHA-256.
    Es256,
    /// RSASSA-PKCS1-v1_5 with SHA-256.
    Rs256,
    /// HMAC with SHA-256, for `client_secret_jwt` only.
    Hs256,
}

impl Algorithm {
    /// The `alg` value.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Algorithm::Ps256 => "PS256",
            Algorithm::Es256 => "ES256",
            Algorithm::Rs256 => "RS256",
            Algorithm::Hs256 => "HS256",
        }
    }

    fn library(self) -> jsonwebtoken::Algorithm {
        match self {
            Algorithm::Ps256 => jsonwebtoken::Algorithm::PS256,
            Algorithm::Es256 => jsonwebtoken::Algorithm::ES256,
            Algorithm::Rs256 => jsonwebtoken::Algorithm::RS256,
            Algorithm::Hs256 => jsonwebtoken::Algorithm::HS256,
        }
    }
}

impl fmt::Display for Algorithm {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

impl FromStr for Algorithm {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        [
            Algorithm::Ps256,
            Algorithm::Es256,
            Algorithm::Rs256,
            Algorithm::Hs256,
        ]
        .into_iter()
        .find(|algorithm| algorithm.as_str() == text)
        .ok_or(())
    }
}

/// Why a text is not a compact JWS.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JwsError {
    /// Some other number of dot-separated parts than three.
    #[error("{0} dot-separated parts; a compact JWS has three")]
    PartCount(usize),
    /// A part is not base64url without padding (RFC 7515 §2).
    #[error("the {0} is not base64url without padding")]
    NotBase64Url(&'static str),
    /// Header or payload is not an acceptable JSON object.
    #[error("the {part} is not a JSON object: {cause}")]
    NotJson {
        /// `header` or `payload`.
        part: &'static str,
        /// What was wrong with it.
        cause: JsonError,
    },
}

/// A parsed compact JWS; nothing is verified yet.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Jws {
    /// The JOSE header.
    pub header: Object,
    /// The payload: a JWT's claims set.
    pub claims: Object,
    text: String,
    /// Where the dot before the signature stands.
    input_ends: usize,
    signature: Vec<u8>,
}

impl Jws {
    /// Splits and decodes `text`: `base64url(header).base64url(payload).base64url(signature)`.
    ///
    /// The signature may be empty, as that of `alg: none` is.
    ///
    /// # Errors
    /// See [`JwsError`].
    pub fn parse(text: &str) -> Result<Self, JwsError> {
        let mut parts = text.split('.');
        let three = (parts.next(), parts.next(), parts.next(), parts.next());
        let (Some(header), Some(payload), Some(signature), None) = three else {
            return Err(JwsError::PartCount(text.split('.').count()));
        };
        let decoded = decode_part("signature", signature)?;
        Ok(Self {
            header: parse_part("header", header)?,
            claims: parse_part("payload", payload)?,
            text: text.to_owned(),
            input_ends: header.len() + 1 + payload.len(),
            signature: decoded,
        })
    }

    /// Header `alg` as sent; absent or no string: `None`.
    #[must_use]
    pub fn alg(&self) -> Option<&str> {
        self.header.get("alg")?.as_str()
    }

    /// Header `kid` as sent; absent or no string: `None`.
    #[must_use]
    pub fn kid(&self) -> Option<&str> {
        self.header.get("kid")?.as_str()
    }

    /// Whether the signature part is empty or `alg` is `none` (RFC 7518 §3.6).
    #[must_use]
    pub fn is_unsigned(&self) -> bool {
        self.signature.is_empty()
            || self
                .alg()
                .is_some_and(|alg| alg.eq_ignore_ascii_case("none"))
    }

    /// Whether the signature is that of `key` under `algorithm`.
    ///
    /// The algorithm is the caller's, never the header's: an RSA public key is not taken for an
    /// HMAC secret (RFC 8725 §2.1).
    #[must_use]
    pub fn verify(&self, key: &VerifyingKey, algorithm: Algorithm) -> bool {
        let input = &self.text.as_bytes()[..self.input_ends];
        if algorithm == Algorithm::Ps256
            && let Some(parsed) = key.rsa.as_ref().and_then(RsaKey::parsed)
        {
            return parsed.verify_sig(input, &self.signature).is_ok();
        }
        (DEFAULT_PROVIDER.verifier_factory)(&algorithm.library(), &key.library)
            .is_ok_and(|verifier| verifier.verify(input, &self.signature).is_ok())
    }

    /// The compact form, as it was parsed.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.text
    }
}

fn decode_part(name: &'static str, text: &str) -> Result<Vec<u8>, JwsError> {
    URL_SAFE_NO_PAD
        .decode(text)
        .map_err(|_| JwsError::NotBase64Url(name))
}

fn parse_part(name: &'static str, text: &str) -> Result<Object, JwsError> {
    json::parse_object(&decode_part(name, text)?)
        .map_err(|cause| JwsError::NotJson { part: name, cause })
}

/// A public key, or the secret of an HMAC.
#[derive(Clone)]
pub struct VerifyingKey {
    library: DecodingKey,
    /// The same, where it is an RSA key.
    rsa: Option<RsaKey>,
}

impl VerifyingKey {
    /// An RSA public key from its big-endian modulus and exponent.
    #[must_use]
    pub fn rsa(modulus: &[u8], exponent: &[u8]) -> Self {
        Self {
            rsa: Some(RsaKey::new(modulus, exponent)),
            ..Self::of(DecodingKey::from_rsa_raw_components(modulus, exponent))
        }
    }

    /// An EC public key from its uncompressed point (`04 || x || y`).
    #[must_use]
    pub fn ec(point: &[u8]) -> Self {
        Self::of(DecodingKey::from_ec_der(point))
    }

    /// An HMAC key from the UTF-8 bytes of a client secret (`OpenID` Connect Core §10.1).
    #[must_use]
    pub fn secret(secret: &str) -> Self {
        Self::of(DecodingKey::from_secret(secret.as_bytes()))
    }

    fn of(library: DecodingKey) -> Self {
        Self { library, rsa: None }
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("VerifyingKey(..)")
    }
}

/// A private key, or the secret of an HMAC.
#[derive(Clone)]
pub struct SigningKey(EncodingKey);

/// A private key that cannot be read, or does not fit the algorithm.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SigningError {
    /// Not a PKCS#8 PEM of an RSA or EC key.
    #[error("the private key is not a PKCS#8 PEM of an RSA or EC key: {0}")]
    UnreadableKey(String),
    /// The key is of another family than the algorithm.
    #[error("the private key does not fit the algorithm {algorithm}: {cause}")]
    WrongKey {
        /// The algorithm asked for.
        algorithm: Algorithm,
        /// The library's words.
        cause: String,
    },
}

impl SigningKey {
    /// Reads a PKCS#8 PEM of an RSA or EC P-256 key.
    ///
    /// # Errors
    /// [`SigningError::UnreadableKey`].
    pub fn from_pem(pem: &str) -> Result<Self, SigningError> {
        EncodingKey::from_rsa_pem(pem.as_bytes())
            .or_else(|_| EncodingKey::from_ec_pem(pem.as_bytes()))
            .map(Self)
            .map_err(|error| SigningError::UnreadableKey(error.to_string()))
    }

    /// An HMAC key from the UTF-8 bytes of a client secret.
    #[must_use]
    pub fn secret(secret: &str) -> Self {
        Self(EncodingKey::from_secret(secret.as_bytes()))
    }

    /// Signs `claims` under exactly this `header` and gives the compact form.
    ///
    /// # Errors
    /// [`SigningError::WrongKey`].
    pub fn sign(
        &self,
        algorithm: Algorithm,
        header: &Object,
        claims: &Object,
    ) -> Result<String, SigningError> {
        let input = signing_input(header, claims);
        let wrong = |cause: String| SigningError::WrongKey { algorithm, cause };
        let signer = (DEFAULT_PROVIDER.signer_factory)(&algorithm.library(), &self.0)
            .map_err(|error| wrong(error.to_string()))?;
        let signature = signer
            .try_sign(input.as_bytes())
            .map_err(|error| wrong(error.to_string()))?;
        Ok(format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature)))
    }
}

impl fmt::Debug for SigningKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("SigningKey(..)")
    }
}

/// `base64url(header).base64url(claims)`: what is signed; with a trailing dot an unsigned JWS.
#[must_use]
pub fn signing_input(header: &Object, claims: &Object) -> String {
    let part = |object: &Object| {
        URL_SAFE_NO_PAD.encode(serde_json::Value::Object(object.clone()).to_string())
    };
    format!("{}.{}", part(header), part(claims))
}
