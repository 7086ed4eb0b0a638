//! The store in memory.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};

use async_trait::async_trait;
use dashmap::DashMap;
use dashmap::mapref::entry::Entry;

use crate::domain::client::Client;
use crate::domain::ids::ClientId;
use crate::domain::token::{AccessToken, TokenGrant};
use crate::store::{Store, StoreError};

/// Clients and tokens in concurrent maps.
///
/// Whoever locks in both locks the client first, then the token: so no two callers wait for each
/// other, and a token is only ever written while its client is held.
#[derive(Debug)]
pub struct MemoryStore {
    clients: DashMap<ClientId, Kept>,
    tokens: DashMap<AccessToken, TokenGrant>,
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
    /// Assertions used, with the second until which that is remembered.
    assertions: HashMap<String, i64>,
    /// How many assertions are kept before the expired ones are looked for.
    assertions_swept_at: usize,
}

const FIRST_SWEEP: usize = 64;

impl MemoryStore {
    /// A store that holds at most `limit` clients.
    #[must_use]
    pub fn new(limit: usize) -> Self {
        Self {
            clients: DashMap::new(),
            tokens: DashMap::new(),
            count: AtomicUsize::new(0),
            inserted: AtomicU64::new(0),
            limit,
        }
    }
}

#[async_trait]
impl Store for MemoryStore {
    async fn insert_client(&self, client: Client) -> Result<(), StoreError> {
        let full = |count: usize| (count < self.limit).then_some(count + 1);
        self.count
            .fetch_update(Ordering::Relaxed, Ordering::Relaxed, full)
            .map_err(|_| StoreError::Full(self.limit))?;
        let kept = Kept {
            client: Arc::new(client),
            ordinal: self.inserted.fetch_add(1, Ordering::Relaxed),
            tokens: VecDeque::new(),
            assertions: HashMap::new(),
            assertions_swept_at: FIRST_SWEEP,
        };
        self.clients.insert(kept.client.id.clone(), kept);
        Ok(())
    }

    async fn client(&self, id: &ClientId) -> Option<Arc<Client>> {
        self.clients.get(id).map(|kept| Arc::clone(&kept.client))
    }

    async fn replace_client(&self, client: Client) -> Result<(), StoreError> {
        let mut kept = self
            .clients
            .get_mut(&client.id)
            .ok_or(StoreError::NoSuchClient)?;
        kept.client = Arc::new(client);
        Ok(())
    }

    async fn remove_client(&self, id: &ClientId) -> bool {
        let Entry::Occupied(entry) = self.clients.entry(id.clone()) else {
            return false;
        };
        for (_, token) in &entry.get().tokens {
            self.tokens.remove(token);
        }
        entry.remove();
        self.count.fetch_sub(1, Ordering::Relaxed);
        true
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
        kept.tokens.push_back((grant.expires_at, token.clone()));
        self.tokens.insert(token, grant);
        Ok(())
    }

    async fn token(&self, token: &AccessToken) -> Option<TokenGrant> {
        self.tokens.get(token).map(|grant| grant.clone())
    }

    async fn remove_token(&self, token: &AccessToken) {
        self.tokens.remove(token);
    }

    async fn use_assertion(&self, client: &ClientId, jti: &str, until: i64, now: i64) -> bool {
        let Some(mut kept) = self.clients.get_mut(client) else {
            return true;
        };
        if kept.assertions.len() >= kept.assertions_swept_at {
            kept.assertions.retain(|_, until| *until > now);
            kept.assertions_swept_at = FIRST_SWEEP.max(kept.assertions.len() * 2);
        }
        let first = kept.assertions.get(jti).is_none_or(|until| *until <= now);
        if first {
            kept.assertions.insert(jti.to_owned(), until);
        }
        first
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::client::{AuthMethod, ClientStatus, Metadata, Registration};
    use crate::domain::ids::{OrgId, SoftwareId};
    use crate::domain::json::Object;

    fn client(id: &str) -> Client {
        Client {
            id: ClientId::new(id),
            registration: Registration {
                software_id: SoftwareId::new("s"),
                org_id: OrgId::new("o"),
                auth_method: AuthMethod::TlsClientAuth,
                auth_signing_alg: None,
                subject_dn: None,
                grant_types: Vec::new(),
                scope: Vec::new(),
                metadata: Metadata::from(&Object::new()),
            },
            secret: None,
            created_at: 0,
            updated_at: 0,
            status: ClientStatus::Active,
        }
    }

    fn grant(client: &str, expires_at: i64) -> TokenGrant {
        TokenGrant {
            client_id: ClientId::new(client),
            certificate: String::new(),
            scope: Vec::new(),
            expires_at,
        }
    }

    async fn store_with_a_token() -> (MemoryStore, AccessToken) {
        let store = MemoryStore::new(10);
        let token = AccessToken::new("t");
        store.insert_client(client("a")).await.unwrap();
        let kept = store.insert_token(token.clone(), grant("a", 9), 0).await;
        kept.unwrap();
        (store, token)
    }

    #[tokio::test]
    async fn a_token_does_not_outlive_its_client() {
        let (store, token) = store_with_a_token().await;
        assert!(store.token(&token).await.is_some());
        assert!(store.remove_client(&ClientId::new("a")).await);
        assert!(store.token(&token).await.is_none());
        let late = store.insert_token(token.clone(), grant("a", 9), 0).await;
        assert_eq!(late, Err(StoreError::NoSuchClient));
        assert!(store.token(&token).await.is_none());
    }

    #[tokio::test]
    async fn a_replaced_client_keeps_its_tokens() {
        let (store, token) = store_with_a_token().await;
        store.replace_client(client("a")).await.unwrap();
        assert!(store.token(&token).await.is_some());
        assert_eq!(
            store.replace_client(client("b")).await,
            Err(StoreError::NoSuchClient)
        );
    }

    #[tokio::test]
    async fn expired_tokens_are_forgotten_with_the_next_one() {
        let store = MemoryStore::new(10);
        store.insert_client(client("a")).await.unwrap();
        store
            .insert_token(AccessToken::new("1"), grant("a", 5), 0)
            .await
            .unwrap();
        store
            .insert_token(AccessToken::new("2"), grant("a", 9), 5)
            .await
            .unwrap();
        assert!(store.token(&AccessToken::new("1")).await.is_none());
        assert!(store.token(&AccessToken::new("2")).await.is_some());
    }

    #[tokio::test]
    async fn the_limit_counts_clients_that_are_there() {
        let store = MemoryStore::new(1);
        store.insert_client(client("a")).await.unwrap();
        assert_eq!(
            store.insert_client(client("b")).await,
            Err(StoreError::Full(1))
        );
        store.remove_client(&ClientId::new("a")).await;
        store.insert_client(client("b")).await.unwrap();
        assert_eq!(store.clients().await.len(), 1);
    }

    #[tokio::test]
    async fn an_assertion_counts_once_until_it_expires() {
        let store = MemoryStore::new(1);
        store.insert_client(client("a")).await.unwrap();
        let id = ClientId::new("a");
        assert!(store.use_assertion(&id, "j", 10, 0).await);
        assert!(!store.use_assertion(&id, "j", 10, 9).await);
        assert!(store.use_assertion(&id, "j", 20, 10).await);
        for count in 0..1_000 {
            assert!(store.use_assertion(&id, &format!("n{count}"), 30, 30).await);
        }
        let kept = store.clients.get(&id).unwrap();
        assert!(kept.assertions.len() <= FIRST_SWEEP + 1);
    }
}
