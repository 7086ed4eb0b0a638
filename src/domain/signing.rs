//! Signed objects that are ordinary but for what a test wants to be wrong with them.

use serde_json::Value;

use crate::domain::json::Object;
use crate::domain::jws::{Algorithm, SigningError, SigningKey};

/// Changes to header and claims before they are signed.
#[derive(Debug, Clone, Default)]
pub struct Edits {
    /// Claims to set, whether they were there or not.
    pub claims: Object,
    /// Claims to leave out.
    pub removed_claims: Vec<String>,
    /// Header members to set; `null` leaves one out.
    pub header: Object,
    /// The key to sign with instead.
    pub key: Option<SigningKey>,
    /// The algorithm to sign with instead; the header's `alg` follows unless it is set too.
    pub algorithm: Option<Algorithm>,
}

impl Edits {
    /// Applies the changes and signs.
    ///
    /// # Errors
    /// The key does not fit the algorithm.
    pub fn sign(
        &self,
        mut header: Object,
        claims: Object,
        algorithm: Algorithm,
        key: &SigningKey,
    ) -> Result<String, SigningError> {
        if let Some(algorithm) = self.algorithm {
            header.insert("alg".to_owned(), algorithm.as_str().into());
        }
        for (name, value) in &self.header {
            if value.is_null() {
                header.shift_remove(name);
            } else {
                header.insert(name.clone(), value.clone());
            }
        }
        let claims = self.applied_to(claims);
        let key = self.key.as_ref().unwrap_or(key);
        key.sign(self.algorithm.unwrap_or(algorithm), &header, &claims)
    }

    /// The claims with the changes to them.
    #[must_use]
    pub fn applied_to(&self, mut claims: Object) -> Object {
        for name in &self.removed_claims {
            claims.shift_remove(name);
        }
        for (name, value) in &self.claims {
            claims.insert(name.clone(), value.clone());
        }
        claims
    }

    /// Sets a claim.
    pub fn set_claim(&mut self, name: &str, value: impl Into<Value>) {
        self.claims.insert(name.to_owned(), value.into());
    }
}
