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

/// A compact JWS in the making: what goes into it, and what it is to be signed with.
#[derive(Debug, Clone)]
pub struct Unsigned {
    /// The JOSE header.
    pub header: Object,
    /// The payload.
    pub claims: Object,
    /// What it is signed with.
    pub algorithm: Algorithm,
    /// The key.
    pub key: SigningKey,
}

impl Unsigned {
    /// With a header of `alg`, `kid` and `typ`.
    #[must_use]
    pub fn new(claims: Object, algorithm: Algorithm, kid: &str, key: SigningKey) -> Self {
        let mut header = Object::new();
        header.insert("alg".to_owned(), algorithm.as_str().into());
        header.insert("kid".to_owned(), kid.into());
        header.insert("typ".to_owned(), "JWT".into());
        Self {
            header,
            claims,
            algorithm,
            key,
        }
    }

    /// The same with changes.
    #[must_use]
    pub fn edited(mut self, edits: &Edits) -> Self {
        if let Some(algorithm) = edits.algorithm {
            self.sign_with(algorithm);
        }
        if let Some(key) = &edits.key {
            self.key = key.clone();
        }
        for (name, value) in &edits.header {
            if value.is_null() {
                self.header.shift_remove(name);
            } else {
                self.header.insert(name.clone(), value.clone());
            }
        }
        self.claims = edits.applied_to(self.claims);
        self
    }

    /// Signs with another algorithm, and says so in the header.
    pub fn sign_with(&mut self, algorithm: Algorithm) {
        self.algorithm = algorithm;
        self.set_header("alg", algorithm.as_str());
    }

    /// Sets a header member.
    pub fn set_header(&mut self, name: &str, value: impl Into<Value>) {
        self.header.insert(name.to_owned(), value.into());
    }

    /// Sets a claim.
    pub fn set_claim(&mut self, name: &str, value: impl Into<Value>) {
        self.claims.insert(name.to_owned(), value.into());
    }

    /// Signs: the compact form.
    ///
    /// # Errors
    /// The key does not fit the algorithm.
    pub fn sign(&self) -> Result<String, SigningError> {
        self.key.sign(self.algorithm, &self.header, &self.claims)
    }
}

impl Edits {
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
