//! The store in memory.

mod whole;

use std::collections::{HashSet, VecDeque};
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use async_trait::async_trait;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

use crate::domain::client::{Client, ClientStatus};
use crate::domain::ids::{ClientId, SoftwareId};
use crate::domain::token::{AccessToken, TokenGrant};
use crate::store::used::Used;
use crate::store::{Along, Contents, Store, StoreError};

/// Clients and tokens in concurrent maps.
///
/// Locks are taken in this order, so that no two callers wait for each other: the whole, what is
/// used once, the software, the client, the token. A token is only ever written while its client is held.
#[derive(Debug)]
pub struct MemoryStore {
    /// Held for writing while everything changes, for reading by every other change.
    whole: RwLock<()>,
    clients: DashMap<ClientId, Kept>,
    tokens: DashMap<AccessToken, TokenGrant>,
    /// Clients of each software.
    software: DashMap<SoftwareId, HashSet<ClientId>>,
    used: Mutex<Used>,
    count: AtomicUsize,
    inserted: AtomicU64,
    limit: usize,
}

#[derive(Debug)]
struct Kept {
    client: Arc<Client>,
    /// Its place among all clients ever kept.
    ordinal: u64,
    /// Its tokens in order of issue, with the second at which each expires.
    tokens: VecDeque<(i64, AccessToken)>,
    /// Its tokens that never expire.
    standing: Vec<AccessToken>,
    /// Assertions used.
    assertions: Used,
}

impl Kept {
    /// Takes all its tokens.
    fn take_tokens(&mut self) -> impl Iterator<Item = AccessToken> {
        let expiring = std::mem::take(&mut self.tokens).into_iter();
        let standing = std::mem::take(&mut self.standing);
        expiring.map(|(_, token)| token).chain(standing)
    }

    fn new(client: impl Into<Arc<Client>>, ordinal: u64) -> Self {
        Self {
            client: client.into(),
            ordinal,
            tokens: VecDeque::new(),
            standing: Vec::new(),
            assertions: Used::new(),
        }
    }
}

impl MemoryStore {
    /// A store that holds at most `limit` clients.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            whole: RwLock::default(),
            clients: DashMap::new(),
            tokens: DashMap::new(),
            software: DashMap::new(),
            used: Mutex::new(Used::new()),
            count: AtomicUsize::new(0),
            inserted: AtomicU64::new(0),
            limit,
        }
    }

    /// Enters for a change of one client or token.
    fn share(&self) -> RwLockReadGuard<'_, ()> {
        self.whole.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Enters for a change of everything.
    fn hold(&self) -> RwLockWriteGuard<'_, ()> {
        self.whole.write().unwrap_or_else(PoisonError::into_inner)
    }

    fn used(&self) -> MutexGuard<'_, Used> {
        self.used.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Notes every use, or none.
    fn use_up(&self, along: &Along) -> Result<(), StoreError> {
        let mut used = self.used();
        let before = along
            .once
            .iter()
            .position(|once| used.holds(&once.key, along.now));
        if let Some(position) = before {
            return Err(StoreError::Used(position));
        }
        for once in &along.once {
            used.note(&once.key, once.until, along.now);
        }
        Ok(())
    }

    /// Takes uses back that came to nothing.
    fn give_back(&self, along: &Along) {
        let mut used = self.used();
        for once in &along.once {
            used.forget(&once.key);
        }
    }

    /// Counts one client more, unless that is too many.
    fn take_place(&self) -> Result<(), StoreError> {
        let one_more = |count: usize| (count < self.limit).then_some(count + 1);
        self.count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, one_more)
            .map(drop)
            .map_err(|_| StoreError::Full(self.limit))
    }

    fn insert(&self, client: Arc<Client>, along: &Along) -> Result<(), StoreError> {
        self.take_place()?;
        let mut others = self
            .software
            .entry(client.registration.software_id.clone())
            .or_default();
        if along.is_only && !others.is_empty() {
            self.count.fetch_sub(1, Ordering::Relaxed);
            return Err(StoreError::SoftwareRegistered);
        }
        others.insert(client.id.clone());
        let id = client.id.clone();
        let ordinal = self.inserted.fetch_add(1, Ordering::Relaxed);
        let mut entry = self.clients.entry(id).insert(Kept::new(client, ordinal));
        if let Some((token, grant)) = along.token.clone() {
            self.keep_token(&mut entry, token, grant);
        }
        Ok(())
    }

    fn replace(&self, client: Client, along: Along) -> Result<(), StoreError> {
        let software = client.registration.software_id.clone();
        let mut others = self.software.entry(software.clone()).or_default();
        if along.is_only && others.iter().any(|other| *other != client.id) {
            return Err(StoreError::SoftwareRegistered);
        }
        let Some(mut kept) = self.clients.get_mut(&client.id) else {
            drop(others);
            self.forget_software(&software, &client.id);
            return Err(StoreError::NoSuchClient);
        };
        others.insert(client.id.clone());
        let former = kept.client.registration.software_id.clone();
        let status = kept.client.status;
        kept.client = Arc::new(Client { status, ..client });
        if let Some(replaced) = along.replaced_token {
            kept.standing.retain(|token| *token != replaced);
            self.tokens.remove(&replaced);
        }
        if let Some((token, grant)) = along.token {
            self.keep_token(&mut kept, token, grant);
        }
        let id = kept.client.id.clone();
        drop((kept, others));
        if former != software {
            self.forget_software(&former, &id);
        }
        Ok(())
    }

    fn keep_token(&self, kept: &mut Kept, token: AccessToken, grant: TokenGrant) {
        if grant.expires_at == i64::MAX {
            kept.standing.push(token.clone());
        } else {
            kept.tokens.push_back((grant.expires_at, token.clone()));
        }
        self.tokens.insert(token, grant);
    }

    fn forget_software(&self, software: &SoftwareId, client: &ClientId) {
        if let Entry::Occupied(mut entry) = self.software.entry(software.clone()) {
            entry.get_mut().remove(client);
            if entry.get().is_empty() {
                entry.remove();
            }
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn insert_client(&self, client: Arc<Client>, along: Along) -> Result<(), StoreError> {
        let _shared = self.share();
        self.use_up(&along)?;
        let inserted = self.insert(client, &along);
        if inserted.is_err() {
            self.give_back(&along);
        }
        inserted
    }

    async fn ensure_client(&self, client: Client) -> Result<Arc<Client>, StoreError> {
        let _shared = self.share();
        if let Some(kept) = self.clients.get(&client.id) {
            return Ok(Arc::clone(&kept.client));
        }
        self.take_place()?;
        let ordinal = self.inserted.fetch_add(1, Ordering::Relaxed);
        match self.clients.entry(client.id.clone()) {
            Entry::Occupied(entry) => {
                // Somebody was faster.
                self.count.fetch_sub(1, Ordering::Relaxed);
                Ok(Arc::clone(&entry.get().client))
            }
            Entry::Vacant(entry) => {
                let kept = entry.insert(Kept::new(client, ordinal));
                Ok(Arc::clone(&kept.client))
            }
        }
    }

    async fn holds_software(&self, software: &SoftwareId, besides: Option<&ClientId>) -> bool {
        let others = self.software.get(software);
        others.is_some_and(|others| others.iter().any(|other| Some(other) != besides))
    }

    async fn was_used(&self, key: &str, now: i64) -> bool {
        self.used().holds(key, now)
    }

    async fn client(&self, id: &ClientId) -> Option<Arc<Client>> {
        self.clients.get(id).map(|kept| Arc::clone(&kept.client))
    }

    async fn replace_client(&self, client: Client, along: Along) -> Result<(), StoreError> {
        let _shared = self.share();
        self.use_up(&along)?;
        let replaced = self.replace(client, along.clone());
        if replaced.is_err() {
            self.give_back(&along);
        }
        replaced
    }

    async fn remove_client(&self, id: &ClientId) -> bool {
        let _shared = self.share();
        let Entry::Occupied(mut entry) = self.clients.entry(id.clone()) else {
            return false;
        };
        for token in entry.get_mut().take_tokens() {
            self.tokens.remove(&token);
        }
        let removed = entry.remove();
        self.count.fetch_sub(1, Ordering::Relaxed);
        self.forget_software(&removed.client.registration.software_id, id);
        true
    }

    async fn set_status(&self, id: &ClientId, status: ClientStatus) -> Option<Arc<Client>> {
        let _shared = self.share();
        let mut kept = self.clients.get_mut(id)?;
        let client = Client::clone(&kept.client);
        kept.client = Arc::new(Client { status, ..client });
        Some(Arc::clone(&kept.client))
    }

    async fn count_clients(&self) -> usize {
        self.clients.len()
    }

    async fn clear_clients(&self) {
        let _alone = self.hold();
        *self.used() = Used::new();
        self.software.clear();
        self.clients.clear();
        self.tokens.clear();
        self.count.store(0, Ordering::Relaxed);
    }

    async fn clients(&self) -> Vec<Arc<Client>> {
        let mut clients: Vec<(u64, Arc<Client>)> = self
            .clients
            .iter()
            .map(|kept| (kept.ordinal, Arc::clone(&kept.client)))
            .collect();
        clients.sort_by_key(|(ordinal, _)| *ordinal);
        clients.into_iter().map(|(_, client)| client).collect()
    }

    async fn insert_token(
        &self,
        token: AccessToken,
        grant: TokenGrant,
        now: i64,
    ) -> Result<(), StoreError> {
        let _shared = self.share();
        let mut kept = self
            .clients
            .get_mut(&grant.client_id)
            .ok_or(StoreError::NoSuchClient)?;
        while kept
            .tokens
            .front()
            .is_some_and(|(expires, _)| *expires <= now)
        {
            if let Some((_, expired)) = kept.tokens.pop_front() {
                self.tokens.remove(&expired);
            }
        }
        self.keep_token(&mut kept, token, grant);
        Ok(())
    }

    async fn token(&self, token: &AccessToken) -> Option<TokenGrant> {
        self.tokens.get(token).map(|grant| grant.clone())
    }

    async fn remove_token(&self, token: &AccessToken) {
        let _shared = self.share();
        self.tokens.remove(token);
    }

    async fn remove_tokens_of(&self, client: &ClientId) -> bool {
        let _shared = self.share();
        let Some(mut kept) = self.clients.get_mut(client) else {
            return false;
        };
        for token in kept.take_tokens() {
            self.tokens.remove(&token);
        }
        true
    }

    async fn clear_tokens(&self) {
        let _alone = self.hold();
        for mut kept in self.clients.iter_mut() {
            drop(kept.take_tokens());
        }
        self.tokens.clear();
    }

    async fn was_assertion_used(&self, client: &ClientId, jti: &str, now: i64) -> bool {
        let kept = self.clients.get(client);
        kept.is_some_and(|kept| kept.assertions.holds(jti, now))
    }

    async fn use_assertion(&self, client: &ClientId, jti: &str, until: i64, now: i64) -> bool {
        let _shared = self.share();
        let Some(mut kept) = self.clients.get_mut(client) else {
            return true;
        };
        kept.assertions.note(jti, until, now)
    }

    async fn export(&self) -> Contents {
        let _whole = self.hold();
        self.copied()
    }

    async fn import(&self, contents: Contents) -> Result<(), StoreError> {
        let _whole = self.hold();
        self.replaced_by(contents)
    }
}

#[cfg(test)]
mod tests;
