//! Whom a bank believes.

use crate::dialect::owner::Owner;
use crate::domain::certificate::ClientCertificate;
use crate::domain::ecosystem::Ecosystem;
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

/// Something that a check needs to see, and that may be out of sight where a request is judged
/// from a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sight {
    /// The keys that statements are signed with.
    StatementKeys,
    /// The keys of the statement's software.
    SoftwareKeys,
    /// What the directory has revoked.
    Revocations,
    /// What the bank remembers: its clients, and what it takes once only.
    Memory,
    /// The names that the bank goes by.
    BankNames,
}

/// Whom a bank believes: the directory, as checks see it.
pub trait Trust: Send + Sync {
    /// The `iss` of the statements that banks of this ecosystem accept.
    fn trusted_issuers(&self, ecosystem: Ecosystem) -> Vec<String>;
    /// The key of this `kid` with which a trusted issuer signs statements.
    fn statement_key(&self, issuer: &str, kid: &str) -> Option<PublicKey>;
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
    /// Whose this certificate is, where that is nobody whom the bank's world knows.
    fn stranger(&self, _certificate: &ClientCertificate) -> Option<String> {
        None
    }
    /// Whose a client certificate is: by what is known of it, else as its subject says.
    fn owner(&self, certificate: &ClientCertificate) -> Option<Owner> {
        Owner::named_by(certificate)
    }
    /// Whether this can be seen from here.
    fn sees(&self, _sight: Sight) -> bool {
        true
    }
}
