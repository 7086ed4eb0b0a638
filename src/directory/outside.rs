//! Other directories whose statements banks believe, such as a real sandbox.

use std::sync::Arc;

use dashmap::DashMap;
use serde_json::Value;

use crate::dialect::trust::StoredKey;
use crate::directory::Directory;
pub use crate::directory::fetch::Fetching;
use crate::directory::fetch::{KeyFetcher, KeySet};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::SoftwareId;
use crate::domain::json::Object;
use crate::domain::jwk::{KeySetEntry, PublicKey};

/// One issuer of statements elsewhere.
#[derive(Debug, Clone)]
pub struct TrustedIssuer {
    /// `iss` of its statements; it may be the same as that of the directory here.
    pub iss: String,
    /// Which banks believe it.
    pub ecosystem: Ecosystem,
    /// The keys it signs statements with.
    pub keys: Vec<KeySetEntry>,
    /// Key sets of its software, where they are known beforehand.
    pub software_keys: Vec<(SoftwareId, Vec<KeySetEntry>)>,
}

/// Whom banks believe besides the directory here. Cloning is cheap.
#[derive(Debug, Clone, Default)]
pub struct Outside {
    /// The issuers.
    pub issuers: Arc<[TrustedIssuer]>,
    /// How keys of their software are fetched; `None` if they are not.
    pub fetching: Option<Fetching>,
}

/// The directories elsewhere, with what was learned of their software.
#[derive(Debug)]
pub(super) struct OutsideDirectories {
    issuers: Arc<[TrustedIssuer]>,
    fetcher: KeyFetcher,
    learned: DashMap<SoftwareId, KeySet>,
}

impl OutsideDirectories {
    pub fn new(outside: Outside) -> Self {
        Self {
            issuers: outside.issuers,
            fetcher: KeyFetcher::new(outside.fetching),
            learned: DashMap::new(),
        }
    }

    /// The `iss` that banks of this ecosystem believe.
    pub fn issuers(&self, ecosystem: Ecosystem) -> Vec<String> {
        let of_ecosystem = self
            .issuers
            .iter()
            .filter(|issuer| issuer.ecosystem == ecosystem);
        of_ecosystem.map(|issuer| issuer.iss.clone()).collect()
    }

    /// The key of this `kid` with which this issuer signs statements.
    pub fn statement_key(&self, iss: &str, kid: &str) -> Option<PublicKey> {
        self.issuers
            .iter()
            .filter(|issuer| issuer.iss == iss)
            .flat_map(|issuer| &issuer.keys)
            .find(|entry| entry.key_use.signs() && entry.kid.as_str() == kid)
            .map(|entry| entry.key.clone())
    }

    /// The keys of a software of one of them, as far as they are known: those of the settings, or
    /// those that were last fetched.
    pub fn software_keys(&self, software: &SoftwareId) -> Vec<KeySetEntry> {
        if self.has_settings_for(software) {
            return self.of_settings(software).flatten().cloned().collect();
        }
        let learned = self.learned.get(software);
        learned.map_or_else(Vec::new, |keys| keys.to_vec())
    }

    fn has_settings_for(&self, software: &SoftwareId) -> bool {
        self.of_settings(software).next().is_some()
    }

    fn of_settings(&self, software: &SoftwareId) -> impl Iterator<Item = &Vec<KeySetEntry>> {
        let known = self.issuers.iter().flat_map(|issuer| &issuer.software_keys);
        known
            .filter(move |(id, _)| id == software)
            .map(|(_, keys)| keys)
    }
}

impl Directory {
    /// Takes up the keys of the software that a believed statement speaks of, if another directory
    /// vouches for it and its keys are neither here nor in the settings. `kid` is the key that is
    /// wanted: where it is not among those fetched earlier, they are fetched again.
    ///
    /// # Errors
    /// The keys may not or cannot be fetched: a sentence for the caller of the bank.
    pub async fn learn_keys(&self, statement: &Object, kid: Option<&str>) -> Result<(), String> {
        let text = |name: &str| statement.get(name).and_then(Value::as_str);
        // A statement about no software is refused elsewhere.
        let Some(software) = text("software_id").map(SoftwareId::new) else {
            return Ok(());
        };
        let outside = &self.outside;
        if outside.issuers.is_empty()
            || self.software.contains_key(&software)
            || outside.has_settings_for(&software)
        {
            return Ok(());
        }
        let url = text("software_jwks_endpoint").or_else(|| text("software_jwks_uri"));
        let Some(url) = url else {
            return Err(format!(
                "the keys of software '{software}' are not known: its statement has no software_jwks_endpoint or software_jwks_uri"
            ));
        };
        // What is not in a key store here is nowhere.
        if self.is_own(url) {
            return Ok(());
        }
        let now = self.clock().unix();
        let keys = outside.fetcher.keys(url, kid, now).await?;
        outside.learned.insert(software, keys);
        Ok(())
    }

    fn is_own(&self, url: &str) -> bool {
        let is_below = |base: &str| {
            url.strip_prefix(base)
                .is_some_and(|rest| rest.starts_with('/'))
        };
        self.urls().all().any(|base| is_below(&base.tls))
    }
}

/// The key as a key store here would hold it: a store elsewhere publishes revoked keys apart.
pub(super) fn stored(entry: &KeySetEntry) -> StoredKey {
    StoredKey {
        key: entry.key.clone(),
        key_use: entry.key_use,
        revoked: false,
    }
}
