//! Access tokens: of the grant `client_credentials` (RFC 6749 §4.4), and registration access
//! tokens (RFC 7592 §3).

use std::fmt;

use aws_lc_rs::rand::{SecureRandom, SystemRandom};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::domain::ids::ClientId;

/// An opaque access token: 43 URL-safe characters (RFC 6750 §2.1). Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq, Hash)]
pub struct AccessToken(String);

impl AccessToken {
    /// Takes the text that a caller presented.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The token itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for AccessToken {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("AccessToken(..)")
    }
}

/// What an access token is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Issued by the token endpoint, for a while, bound to a certificate.
    ClientCredentials,
    /// Issued with a client, for as long as that lives: manages it.
    Registration,
}

impl TokenKind {
    /// What it is called in reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            TokenKind::ClientCredentials => "a token of the grant client_credentials",
            TokenKind::Registration => "a registration access token",
        }
    }
}

/// What the bank remembers of an access token.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TokenGrant {
    /// Whose it is.
    pub client_id: ClientId,
    /// What it is for.
    pub kind: TokenKind,
    /// `x5t#S256` of the certificate it is bound to (RFC 8705 §3.1), if to one.
    pub certificate: Option<String>,
    /// Scope values it carries.
    pub scope: Vec<String>,
    /// When it was issued: milliseconds since the epoch.
    pub issued_at_ms: i64,
    /// First second at which it no longer counts, since the epoch; `i64::MAX` for never.
    pub expires_at: i64,
}

/// The system's random source gave nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the system's random number source failed")]
pub struct NoRandomness;

/// Base64url text of `bytes` random bytes.
///
/// # Errors
/// [`NoRandomness`].
pub fn random_text(bytes: usize) -> Result<String, NoRandomness> {
    let mut random = vec![0; bytes];
    SystemRandom::new()
        .fill(&mut random)
        .map_err(|_| NoRandomness)?;
    Ok(URL_SAFE_NO_PAD.encode(random))
}
