//! All of a store in memory, taken out and put back.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::store::memory::{Kept, MemoryStore};
use crate::store::used::Used;
use crate::store::{Contents, KeptClient, StoreError};

impl MemoryStore {
    pub(super) fn copied(&self) -> Contents {
        let clients = self.clients.iter();
        let clients = clients.map(|kept| (kept.ordinal, self.copy_of(&kept)));
        let mut clients: Vec<(u64, KeptClient)> = clients.collect();
        clients.sort_unstable_by_key(|(ordinal, _)| *ordinal);
        Contents {
            clients: clients.into_iter().map(|(_, kept)| kept).collect(),
            used: self.used().notes(),
        }
    }

    fn copy_of(&self, kept: &Kept) -> KeptClient {
        let expiring = kept.tokens.iter().map(|(_, token)| token);
        let tokens = expiring.chain(&kept.standing);
        // One that was forgotten by itself is still in the client's list.
        let tokens = tokens.filter_map(|token| {
            let grant = self.tokens.get(token)?;
            Some((token.clone(), grant.clone()))
        });
        KeptClient {
            client: Arc::clone(&kept.client),
            tokens: tokens.collect(),
            assertions: kept.assertions.notes(),
        }
    }

    pub(super) fn replaced_by(&self, contents: Contents) -> Result<(), StoreError> {
        let count = contents.clients.len();
        if count > self.limit {
            return Err(StoreError::Full(self.limit));
        }
        self.tokens.clear();
        self.clients.clear();
        self.software.clear();
        *self.used() = contents.used.into_iter().collect();
        for kept in contents.clients {
            self.put_back(kept);
        }
        self.count.store(count, Ordering::Relaxed);
        Ok(())
    }

    fn put_back(&self, copy: KeptClient) {
        let ordinal = self.inserted.fetch_add(1, Ordering::Relaxed);
        let id = copy.client.id.clone();
        let software = copy.client.registration.software_id.clone();
        let mut kept = Kept::new(copy.client, ordinal);
        kept.assertions = copy.assertions.into_iter().collect::<Used>();
        for (token, grant) in copy.tokens {
            self.keep_token(&mut kept, token, grant);
        }
        let mut others = self.software.entry(software).or_default();
        others.insert(id.clone());
        self.clients.insert(id, kept);
    }
}
