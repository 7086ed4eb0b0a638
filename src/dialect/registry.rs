//! What a directory lists, as banks that publish it see it.

use std::sync::Arc;

use async_trait::async_trait;
use serde_json::Value;

use crate::domain::client::Registration;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{OrgId, SoftwareId};
use crate::domain::json::Object;
use crate::domain::role::Role;

/// Whether the directory lists a software as usable (Raidiam Connect, client `status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EntryStatus {
    /// It is.
    Active,
    /// Not for the time being.
    Suspended,
    /// No longer.
    Inactive,
}

impl EntryStatus {
    /// Every status.
    pub const ALL: [EntryStatus; 3] = [
        EntryStatus::Active,
        EntryStatus::Suspended,
        EntryStatus::Inactive,
    ];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            EntryStatus::Active => "Active",
            EntryStatus::Suspended => "Suspended",
            EntryStatus::Inactive => "Inactive",
        }
    }
}

/// One software, as the directory lists it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// Its directory.
    pub ecosystem: Ecosystem,
    /// Its id: also its client id at the directory.
    pub software_id: SoftwareId,
    /// Its organisation's id.
    pub org_id: OrgId,
    /// Its name.
    pub name: String,
    /// What it is.
    pub description: String,
    /// Its version.
    pub version: String,
    /// Host of its pages.
    pub host: String,
    /// Where its users come back to.
    pub redirect_uris: Vec<String>,
    /// What it may do.
    pub roles: Vec<Role>,
    /// Whether it is usable.
    pub status: EntryStatus,
    /// Milliseconds since the epoch at which the entry last changed.
    pub updated_at: i64,
}

/// How a dialect that lists clients does so.
#[derive(Debug, Clone, Copy)]
pub struct Listing {
    /// A listed software as a client of the token endpoint.
    pub registration: fn(&Entry) -> Registration,
    /// A listed software as it is read, with the URL of its key set.
    pub client: fn(&Entry, &str) -> Object,
}

/// Changes the claims of a statement before they are signed: a JSON object, which they must remain.
pub type AlterClaims<'a> = &'a (dyn Fn(&mut Value) + Send + Sync);

/// What a directory lists, and what it hands out about it.
#[async_trait]
pub trait Registry: Send + Sync {
    /// Everything listed, in the order in which it was.
    fn entries(&self) -> Vec<Arc<Entry>>;
    /// The software with this id.
    fn entry(&self, software: &SoftwareId) -> Option<Arc<Entry>>;
    /// URL of the software's key set, for a caller that knows the TLS listener by `base`.
    fn jwks_uri(&self, entry: &Entry, base: &str) -> String;
    /// A statement about the software, altered and signed now; `None` if the directory makes none
    /// for it.
    ///
    /// # Errors
    /// It could not be signed, or is no JSON object any more; with the cause.
    async fn assertion(
        &self,
        software: &SoftwareId,
        alter: Option<AlterClaims<'_>>,
    ) -> Result<Option<String>, String>;
    /// Takes up the keys of a software that a believed statement of another directory speaks of,
    /// where that directory may be asked for them. `kid` is the key that the request names: a set
    /// that was fetched a while ago without it is fetched again.
    ///
    /// # Errors
    /// The keys could not be fetched; with the cause, for the caller.
    async fn learn_keys(&self, statement: &Object, kid: Option<&str>) -> Result<(), String>;
}
