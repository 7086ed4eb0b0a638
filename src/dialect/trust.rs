//! Whom a bank believes.

use crate::domain::certificate::ClientCertificate;
use crate::domain::ids::SoftwareId;
use crate::domain::jwk::{KeyUse, PublicKey};

/// A key of a software's key store.
#[derive(Debug, Clone)]
pub struct StoredKey {
    /// The key itself.
    pub key: PublicKey,
    /// What it is for.
    pub key_use: KeyUse,
    /// Whether it stands in the revoked store.
    pub revoked: bool,
}

/// Whom a bank believes: the directory, as checks see it.
pub trait Trust: Send + Sync {
    /// Whether statements of this `iss` are accepted at all; with the names of those that are.
    fn trusted_issuers(&self) -> &[String];
    /// The key with which a trusted issuer signs statements.
    fn statement_key(&self, kid: &str) -> Option<PublicKey>;
    /// A key of this software, current or revoked.
    fn software_key(&self, software: &SoftwareId, kid: &str) -> Option<StoredKey>;
    /// Every current signing key of this software.
    fn signing_keys(&self, software: &SoftwareId) -> Vec<PublicKey>;
    /// Whether one of this software's current keys is the one of this certificate.
    fn holds_certificate(&self, software: &SoftwareId, certificate: &ClientCertificate) -> bool;
    /// Whether the directory has revoked this software.
    fn is_software_revoked(&self, software: &SoftwareId) -> bool;
    /// Whether the authority has revoked this certificate.
    fn is_certificate_revoked(&self, certificate: &ClientCertificate) -> bool;
}
