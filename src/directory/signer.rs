//! The key that signs statements, and what can go wrong with keys.

use crate::domain::jwk::UnusableKey;
use crate::domain::jws::{Algorithm, SigningError, SigningKey};

/// A key that signs statements.
#[derive(Debug, Clone)]
pub struct StatementSigner {
    /// The private key.
    pub key: SigningKey,
    /// What it signs with.
    pub algorithm: Algorithm,
    /// Its id in the directory's key set.
    pub kid: String,
}

/// Why the directory could not do its work.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    /// A key or certificate could not be made.
    #[error(transparent)]
    Certificates(#[from] certs_gen::Error),
    /// A key could not be used.
    #[error(transparent)]
    Signing(#[from] SigningError),
    /// A public key could not be read back.
    #[error(transparent)]
    Key(#[from] UnusableKey),
    /// The system's random source failed.
    #[error("the system's random number source failed")]
    Randomness,
}
