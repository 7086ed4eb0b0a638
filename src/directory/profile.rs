//! What may change about a TPP.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::directory::credential::Credential;
use crate::domain::ids::KeyId;
use crate::domain::jwk::{KeySetEntry, PublicKey};
use crate::domain::role::Role;
use crate::domain::words::shown_by_word;

/// Whether the directory stands behind an organisation (OB Directory, `org_status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum OrgStatus {
    /// It does.
    Active,
    /// It no longer does.
    Revoked,
    /// The organisation left.
    Withdrawn,
}

impl OrgStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Active, Self::Revoked, Self::Withdrawn];

    /// The word in a statement.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            OrgStatus::Active => "Active",
            OrgStatus::Revoked => "Revoked",
            OrgStatus::Withdrawn => "Withdrawn",
        }
    }
}

shown_by_word!(OrgStatus, SoftwareStatus);

/// Whether the directory stands behind a software.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
pub enum SoftwareStatus {
    /// It does.
    Active,
    /// Not for the time being.
    Suspended,
    /// It no longer does.
    Revoked,
}

impl SoftwareStatus {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Active, Self::Suspended, Self::Revoked];

    /// Its word, written as those of organisations are.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            SoftwareStatus::Active => "Active",
            SoftwareStatus::Suspended => "Suspended",
            SoftwareStatus::Revoked => "Revoked",
        }
    }
}

/// What may change about a TPP, at one moment.
#[derive(Debug, Clone)]
pub struct Profile {
    /// Its roles.
    pub roles: Vec<Role>,
    /// Its redirect URIs.
    pub redirect_uris: Vec<String>,
    /// For the TLS handshake.
    pub transport: Arc<Credential>,
    /// For signing requests.
    pub signing: Signing,
    /// What the directory says of the organisation.
    pub org_status: OrgStatus,
    /// What the directory says of the software.
    pub software_status: SoftwareStatus,
    /// When something last changed, or else the TPP was made: milliseconds since the epoch.
    pub updated_at: i64,
}

/// What a TPP signs with.
#[derive(Debug, Clone)]
pub enum Signing {
    /// A key that the directory certified.
    Certified(Arc<Credential>),
    /// Keys that the TPP brought along, published as they are: the private ones stay with it.
    Brought(Arc<BroughtKeys>),
}

impl Signing {
    /// The certificate with its key, unless the keys were brought along.
    #[must_use]
    pub fn credential(&self) -> Option<&Arc<Credential>> {
        match self {
            Signing::Certified(credential) => Some(credential),
            Signing::Brought(_) => None,
        }
    }

    /// The id of the key: of the first one that signs, if several were brought.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        match self {
            Signing::Certified(credential) => &credential.kid,
            Signing::Brought(keys) => &keys.first.kid,
        }
    }

    /// That key's public half.
    #[must_use]
    pub fn public_key(&self) -> &PublicKey {
        match self {
            Signing::Certified(credential) => &credential.public_key,
            Signing::Brought(keys) => &keys.first.key,
        }
    }
}

/// A key set that a TPP brought along.
#[derive(Debug, Clone)]
pub struct BroughtKeys {
    /// The first of them that signs.
    pub first: KeySetEntry,
    /// All of them, the first one too, in their order.
    pub all: Vec<KeySetEntry>,
}
