//! What banks remember: clients, their tokens, and assertions already used.
//!
//! The trait hands out owned values and each method is one atomic step, so that a store over the
//! network can take the place of the one in memory. No clock is read: time comes in.

mod memory;

use std::sync::Arc;

use async_trait::async_trait;

pub use self::memory::MemoryStore;
use crate::domain::client::Client;
use crate::domain::ids::ClientId;
use crate::domain::token::{AccessToken, TokenGrant};

/// Why nothing was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The limit on clients is reached.
    #[error("the store holds as many clients as it may, {0}")]
    Full(usize),
    /// The client does not exist, or no longer does.
    #[error("the client is not registered")]
    NoSuchClient,
}

/// The memory of one bank.
#[async_trait]
pub trait Store: Send + Sync {
    /// Keeps a new client.
    async fn insert_client(&self, client: Client) -> Result<(), StoreError>;

    /// The client with this id.
    async fn client(&self, id: &ClientId) -> Option<Arc<Client>>;

    /// Puts `client` in the place of the one with its id, and leaves that one's tokens.
    async fn replace_client(&self, client: Client) -> Result<(), StoreError>;

    /// Forgets the client and, in the same step, all its tokens; whether it was there.
    async fn remove_client(&self, id: &ClientId) -> bool;

    /// Every client, oldest first.
    async fn clients(&self) -> Vec<Arc<Client>>;

    /// Keeps a token, unless its client is gone: a token never outlives its client. Tokens of the
    /// client that have expired at `now` are forgotten.
    async fn insert_token(
        &self,
        token: AccessToken,
        grant: TokenGrant,
        now: i64,
    ) -> Result<(), StoreError>;

    /// What is remembered of a token, expired or not.
    async fn token(&self, token: &AccessToken) -> Option<TokenGrant>;

    /// Forgets a token.
    async fn remove_token(&self, token: &AccessToken);

    /// Notes that `client` used the assertion `jti`, until `until`; whether this was the first
    /// time. Notes that have run out at `now` are forgotten.
    async fn use_assertion(&self, client: &ClientId, jti: &str, until: i64, now: i64) -> bool;
}
