//! The key stores of what the directory lists (RFC 7517 §5).

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use certs_gen::{Certificate, Flaw, Serial};
use serde_json::{Value, json};

use crate::dialect::trust::StoredKey;
use crate::directory::credential::Credential;
use crate::directory::signer::DirectoryError;
use crate::directory::statement::brazil;
use crate::directory::tpp::{Signing, Tpp};
use crate::directory::{Directory, Identity};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{KeyId, OrgId, SoftwareId};
use crate::domain::jwk::{KeySetEntry, KeyUse};

/// Which of the key stores of a software or an organisation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStore {
    /// Keys in use; in Brazil without those for transport.
    Current,
    /// Keys no longer to be believed, which Brazil calls inactive; there without those for
    /// transport.
    Revoked,
    /// Brazil: keys in use for transport.
    Transport,
    /// Brazil: keys for transport that are no longer to be believed.
    TransportInactive,
}

/// A software with the keys of its stores.
#[derive(Debug)]
pub(super) struct Listed {
    /// Its place in the order in which software was added.
    pub(super) position: u64,
    pub(super) tpp: Arc<Tpp>,
    keys: RwLock<Vec<ListedKey>>,
    /// The keys as they were when it was listed.
    first_keys: Vec<ListedKey>,
}

#[derive(Debug, Clone)]
pub(super) struct ListedKey {
    pub(super) kid: KeyId,
    pub(super) stored: StoredKey,
    /// Since when it is in a store: milliseconds since the epoch.
    pub(super) published_at: i64,
    /// What it was certified with, unless the TPP brought it along.
    pub(super) credential: Option<Arc<Credential>>,
    /// Whether it is in a store: the key of another organisation's certificate is in none of this
    /// software's.
    pub(super) is_published: bool,
}

/// URL of the current key set of a software, for a caller that knows the TLS listener by `base`.
pub(super) fn key_set_uri(base: &str, org: &OrgId, software: &SoftwareId) -> String {
    format!("{base}/directory/{org}/{software}.jwks")
}

impl Directory {
    /// URL of the current key set of a TPP's software, as its statements name it.
    #[must_use]
    pub fn key_set_uri(&self, identity: &Identity) -> String {
        let base = self.urls().for_host(None).tls;
        key_set_uri(&base, &identity.org_id, &identity.software_id)
    }
}

impl Listed {
    /// `flaw`: that of the transport certificate; `now` in milliseconds since the epoch.
    pub(super) fn new(position: u64, tpp: &Arc<Tpp>, flaw: Option<Flaw>, now: i64) -> Self {
        let profile = tpp.profile();
        let mut keys = vec![ListedKey::certified(
            &profile.transport,
            KeyUse::Transport,
            flaw,
            now,
        )];
        match &profile.signing {
            Signing::Certified(credential) => {
                keys.push(ListedKey::certified(credential, KeyUse::Signing, None, now));
            }
            Signing::Brought(brought) => {
                let brought = brought.all.iter();
                keys.extend(brought.map(|entry| ListedKey::brought(entry, now)));
            }
        }
        Self::with_keys(position, tpp, keys)
    }

    /// A software with these keys.
    pub(super) fn with_keys(position: u64, tpp: &Arc<Tpp>, keys: Vec<ListedKey>) -> Self {
        Self {
            position,
            tpp: Arc::clone(tpp),
            keys: RwLock::new(keys.clone()),
            first_keys: keys,
        }
    }

    /// All keys, those in no store too.
    pub(super) fn keys(&self) -> RwLockReadGuard<'_, Vec<ListedKey>> {
        self.keys.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// The same, to change them.
    pub(super) fn keys_mut(&self) -> RwLockWriteGuard<'_, Vec<ListedKey>> {
        self.keys.write().unwrap_or_else(PoisonError::into_inner)
    }

    /// The keys as they were when it was listed.
    pub(super) fn first_keys(&self) -> &[ListedKey] {
        &self.first_keys
    }

    /// Whether the key with this `kid` was there when it was listed.
    pub(super) fn is_first(&self, kid: &KeyId) -> bool {
        self.first_keys.iter().any(|key| key.kid == *kid)
    }

    /// Undoes every change.
    pub(super) fn restore(&self) {
        self.keys_mut().clone_from(&self.first_keys);
        self.tpp.restore();
    }

    fn key_set(&self, store: KeyStore) -> Value {
        let ecosystem = self.tpp.identity.ecosystem;
        let keys = self.keys();
        let keys: Vec<Value> = keys
            .iter()
            .filter(|key| key.is_in(store, ecosystem))
            .map(|key| key.to_jwk(ecosystem))
            .collect();
        json!({ "keys": keys })
    }
}

impl ListedKey {
    /// `flaw`: that of the certificate; one that is revoked as it is made is in the store of revoked
    /// keys.
    pub(super) fn certified(
        credential: &Arc<Credential>,
        key_use: KeyUse,
        flaw: Option<Flaw>,
        published_at: i64,
    ) -> Self {
        Self {
            kid: credential.kid.clone(),
            stored: StoredKey {
                key: credential.public_key.clone(),
                key_use,
                revoked: flaw == Some(Flaw::Revoked),
            },
            published_at,
            credential: Some(Arc::clone(credential)),
            is_published: flaw != Some(Flaw::WrongOrg),
        }
    }

    fn brought(entry: &KeySetEntry, published_at: i64) -> Self {
        Self {
            kid: entry.kid.clone(),
            stored: StoredKey {
                key: entry.key.clone(),
                key_use: entry.key_use,
                revoked: false,
            },
            published_at,
            credential: None,
            is_published: true,
        }
    }

    /// The serial number of its certificate.
    pub(super) fn serial(&self) -> Option<&Serial> {
        let credential = self.credential.as_ref()?;
        Some(credential.certificate.serial())
    }

    /// Whether it is in the store of keys in use.
    pub(super) fn is_current(&self) -> bool {
        self.is_published && !self.stored.revoked
    }

    fn is_in(&self, store: KeyStore, ecosystem: Ecosystem) -> bool {
        let is_for_transport = self.stored.key_use == KeyUse::Transport;
        let (of_revoked, of_transport) = match store {
            KeyStore::Current => (false, false),
            KeyStore::Revoked => (true, false),
            KeyStore::Transport => (false, true),
            KeyStore::TransportInactive => (true, true),
        };
        // The UK directory keeps all of a software's keys in one place.
        let is_of_kind = match ecosystem {
            Ecosystem::Uk => !of_transport || is_for_transport,
            Ecosystem::Brazil => of_transport == is_for_transport,
        };
        self.is_published && self.stored.revoked == of_revoked && is_of_kind
    }

    fn to_jwk(&self, ecosystem: Ecosystem) -> Value {
        let stored = &self.stored;
        let certificate = self.credential.as_ref();
        let certificate = certificate.map(|credential| &credential.certificate);
        let der = certificate.map(Certificate::der);
        let mut jwk = stored.key.to_jwk(&self.kid, stored.key_use, der);
        let has_dn = ecosystem == Ecosystem::Brazil && stored.key_use == KeyUse::Transport;
        if let (Some(certificate), true) = (certificate, has_dn) {
            jwk["x5dn"] = certificate.subject_dn().into();
        }
        jwk
    }
}

impl Directory {
    /// The directory's own key set, with which statements are verified: its one key, under the
    /// `kid` of UK statements and under that of Brazilian ones. Blocks while the key is made, the
    /// first time.
    ///
    /// # Errors
    /// The key could not be made.
    pub fn jwks(&self) -> Result<Value, DirectoryError> {
        let (signer, public) = self.key().signer()?;
        let under = |kid: &str| public.to_jwk(&KeyId::new(kid), KeyUse::Signing, None);
        Ok(json!({ "keys": [under(&signer.kid), under(brazil::KID)] }))
    }

    /// A key store of a software; `None` if `org` has no such software.
    #[must_use]
    pub fn software_jwks(
        &self,
        org: &OrgId,
        software: &SoftwareId,
        store: KeyStore,
    ) -> Option<Value> {
        if let Some(listed) = self.software.get(software) {
            return (listed.tpp.identity.org_id == *org).then(|| listed.key_set(store));
        }
        let invented = self.invented_entry(software)?;
        (invented.org_id == *org).then(no_keys)
    }

    /// A key store of an organisation itself. It holds no keys: those that this directory
    /// certifies are all of some software. `None` if there is no such organisation.
    #[must_use]
    pub fn organisation_jwks(&self, org: &OrgId) -> Option<Value> {
        let mut listed = self.software.iter();
        let is_listed = listed.any(|listed| listed.tpp.identity.org_id == *org);
        let mut invented = self.invented_entries().iter();
        let is_known = is_listed || invented.any(|entry| entry.org_id == *org);
        is_known.then(no_keys)
    }

    /// A key of a store of this software.
    pub(super) fn listed_key(
        &self,
        software: &SoftwareId,
        matches: impl Fn(&ListedKey) -> bool,
    ) -> Option<ListedKey> {
        let listed = self.software.get(software)?;
        let keys = listed.keys();
        let mut published = keys.iter().filter(|key| key.is_published);
        published.find(|key| matches(key)).cloned()
    }
}

fn no_keys() -> Value {
    json!({ "keys": [] })
}
