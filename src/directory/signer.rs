//! The key that signs statements, and what can go wrong with keys and TPPs.

use std::fmt;
use std::sync::{Arc, OnceLock};

use certs_gen::Authority;

use crate::directory::revocations::Unpublished;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::SoftwareId;
use crate::domain::jwk::{PublicKey, UnusableKey};
use crate::domain::jws::{Algorithm, SigningError, SigningKey};
use crate::domain::role::Role;

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

/// The directory's own key, made when it is first asked for. Cloning is cheap.
#[derive(Clone)]
pub struct DirectoryKey {
    authority: Arc<Authority>,
    made: Arc<OnceLock<(StatementSigner, PublicKey)>>,
}

impl fmt::Debug for DirectoryKey {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("DirectoryKey(..)")
    }
}

impl DirectoryKey {
    /// The key of this authority's directory, which is not made yet.
    #[must_use]
    pub fn new(authority: Arc<Authority>) -> Self {
        Self {
            authority,
            made: Arc::default(),
        }
    }

    /// The key, if it has been made.
    pub(super) fn made(&self) -> Option<&(StatementSigner, PublicKey)> {
        self.made.get()
    }

    /// The key. Blocks while it is made, the first time.
    pub(super) fn signer(&self) -> Result<&(StatementSigner, PublicKey), DirectoryError> {
        if let Some(held) = self.made.get() {
            return Ok(held);
        }
        let key = self.authority.directory_key()?;
        let public = PublicKey::from_spki(&key.public_key_der())?;
        let signer = StatementSigner {
            key: SigningKey::from_pem(&key.private_pem())?,
            algorithm: public.algorithm(),
            kid: public.thumbprint(),
        };
        Ok(self.made.get_or_init(|| (signer, public)))
    }
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
    /// A role that the TPP's directory does not know.
    #[error(
        "the role {role} is not one of the ecosystem `{}`: its roles are {}",
        ecosystem.as_str(),
        roles_of(*ecosystem)
    )]
    RoleOfAnotherEcosystem {
        /// The role.
        role: Role,
        /// The TPP's ecosystem.
        ecosystem: Ecosystem,
    },
    /// A software id that another TPP has.
    #[error(
        "the directory already lists a software `{0}`: each TPP needs a software id of its own"
    )]
    AlreadyListed(SoftwareId),
    /// An id that cannot stand in a URL.
    #[error(
        "`{0}` is no id: write up to 255 letters, digits, `-`, `_`, `.` or `~`, with a letter or digit first"
    )]
    UnusableId(String),
    /// A change of the revocation list that nobody could be told of.
    #[error("the revocation list has changed, but the listener did not take the new one: {0}")]
    Unpublished(Unpublished),
    /// A key set without a key that signs.
    #[error("the TPP's key set has no key that signs: one needs `\"use\": \"sig\"`, or no `use`")]
    NoSigningKey,
}

fn roles_of(ecosystem: Ecosystem) -> String {
    let roles = Role::ALL.into_iter();
    let words: Vec<&str> = roles
        .filter(|role| role.ecosystem() == ecosystem)
        .map(Role::as_str)
        .collect();
    words.join(", ")
}
