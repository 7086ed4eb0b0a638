//! Other directories whose statements banks believe, such as a real sandbox.

use std::collections::HashMap;
use std::sync::Arc;

use dashmap::DashMap;
use serde_json::Value;

use crate::dialect::trust::StoredKey;
use crate::directory::Directory;
pub use crate::directory::fetch::Fetching;
use crate::directory::fetch::{KeyFetcher, KeySet};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{KeyId, SoftwareId};
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
    learned: DashMap<SoftwareId, Learned>,
    /// Since when the keys of the settings are known: milliseconds since the epoch.
    since: i64,
}

/// What was learned of a software.
#[derive(Debug)]
struct Learned {
    keys: KeySet,
    /// When each of them was first learned: milliseconds since the epoch.
    since: HashMap<KeyId, i64>,
}

impl OutsideDirectories {
    /// `now` in milliseconds since the epoch.
    pub fn new(outside: Outside, now: i64) -> Self {
        Self {
            since: now,
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
        learned.map_or_else(Vec::new, |learned| learned.keys.to_vec())
    }

    /// When this key of a software was first learned: milliseconds since the epoch.
    pub fn known_since(&self, software: &SoftwareId, kid: &KeyId) -> Option<i64> {
        if self.has_settings_for(software) {
            let mut keys = self.of_settings(software).flatten();
            return keys.any(|entry| entry.kid == *kid).then_some(self.since);
        }
        self.learned.get(software)?.since.get(kid).copied()
    }

    /// Takes up the keys of a software. Those known before keep their time, the others begin at
    /// `now`; those no longer there are forgotten.
    fn learn(&self, software: SoftwareId, keys: KeySet, now: i64) {
        let mut place = self.learned.entry(software).or_insert_with(|| Learned {
            keys: Arc::default(),
            since: HashMap::new(),
        });
        let since = keys.iter().map(|entry| {
            let known = place.since.get(&entry.kid).copied();
            (entry.kid.clone(), known.unwrap_or(now))
        });
        place.since = since.collect();
        place.keys = keys;
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
        outside.learn(software, keys, self.clock().unix_millis());
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

#[cfg(test)]
mod tests {
    use certs_gen::{Key, KeyAlgorithm};

    use super::*;
    use crate::domain::jwk::KeyUse;

    fn key_set(kids: &[&str]) -> Vec<KeySetEntry> {
        let key = Key::generate(KeyAlgorithm::EcP256).unwrap();
        let key = PublicKey::from_spki(&key.public_key_der()).unwrap();
        let entry = |kid: &&str| KeySetEntry {
            kid: KeyId::new(*kid),
            key: key.clone(),
            key_use: KeyUse::Signing,
        };
        kids.iter().map(entry).collect()
    }

    #[test]
    fn a_key_is_as_old_as_our_knowledge_of_it() {
        let known = SoftwareId::new("known");
        let issuer = TrustedIssuer {
            iss: "Elsewhere".to_owned(),
            ecosystem: Ecosystem::Uk,
            keys: Vec::new(),
            software_keys: vec![(known.clone(), key_set(&["a"]))],
        };
        let outside = Outside {
            issuers: [issuer].into(),
            fetching: None,
        };
        let directories = OutsideDirectories::new(outside, 1_000);
        let since =
            |software: &SoftwareId, kid| directories.known_since(software, &KeyId::new(kid));
        assert_eq!(since(&known, "a"), Some(1_000));
        assert_eq!(since(&known, "b"), None);
        let learned = SoftwareId::new("learned");
        assert_eq!(since(&learned, "a"), None);
        for (kids, now) in [(&["a"][..], 2_000), (&["a", "b"], 3_000)] {
            directories.learn(learned.clone(), key_set(kids).into(), now);
        }
        assert_eq!(since(&learned, "a"), Some(2_000));
        assert_eq!(since(&learned, "b"), Some(3_000));
        assert_eq!(directories.software_keys(&learned).len(), 2);
    }
}
