//! What banks remember: clients, their tokens, and what may be used once only.
//!
//! The trait hands out owned values and each method is one atomic step, so that a store over the
//! network can take the place of the one in memory. No clock is read: time comes in.

mod memory;
mod used;

use std::sync::Arc;

use async_trait::async_trait;

pub use self::memory::MemoryStore;
use crate::domain::client::{Client, ClientStatus};
use crate::domain::ids::{ClientId, SoftwareId};
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
    /// The software has a client already, and may have one only.
    #[error("the software has a client already")]
    SoftwareRegistered,
    /// Something that may be used once was used before; its place among those given.
    #[error("used before")]
    Used(usize),
}

/// Something that may be used once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Once {
    /// What it is known by.
    pub key: String,
    /// Second until which that is remembered, since the epoch.
    pub until: i64,
}

/// What comes with a client that is stored, in the same step.
#[derive(Debug, Clone, Default)]
pub struct Along {
    /// A token of the client.
    pub token: Option<(AccessToken, TokenGrant)>,
    /// A token that no longer counts.
    pub replaced_token: Option<AccessToken>,
    /// What it uses up.
    pub once: Vec<Once>,
    /// Whether its software must have no other client.
    pub is_only: bool,
    /// Now, in seconds since the epoch: what has run out is forgotten.
    pub now: i64,
}

/// All that a store remembers.
#[derive(Debug, Clone, Default)]
pub struct Contents {
    /// The clients, oldest first.
    pub clients: Vec<KeptClient>,
    /// What was used once, besides assertions.
    pub used: Vec<Once>,
}

/// A client with all that is its own.
#[derive(Debug, Clone)]
pub struct KeptClient {
    /// The client.
    pub client: Arc<Client>,
    /// Its tokens in order of issue, those that never expire behind the others.
    pub tokens: Vec<(AccessToken, TokenGrant)>,
    /// The `jti` of the assertions that it used.
    pub assertions: Vec<Once>,
}

/// The memory of one bank.
#[async_trait]
pub trait Store: Send + Sync {
    /// Keeps a new client and what comes along, or nothing.
    async fn insert_client(&self, client: Arc<Client>, along: Along) -> Result<(), StoreError>;

    /// Keeps the client unless there is one of its id; the one that is there afterwards.
    async fn ensure_client(&self, client: Client) -> Result<Arc<Client>, StoreError>;

    /// Whether the software has a client, besides this one.
    async fn holds_software(&self, software: &SoftwareId, besides: Option<&ClientId>) -> bool;

    /// Whether something that may be used once was used, as far as that is remembered at `now`.
    async fn was_used(&self, key: &str, now: i64) -> bool;

    /// The client with this id.
    async fn client(&self, id: &ClientId) -> Option<Arc<Client>>;

    /// Puts `client` in the place of the one with its id, keeps what comes along, and leaves that
    /// one's status and other tokens; or does nothing.
    async fn replace_client(&self, client: Client, along: Along) -> Result<(), StoreError>;

    /// Forgets the client and, in the same step, all its tokens; whether it was there.
    async fn remove_client(&self, id: &ClientId) -> bool;

    /// Gives the client another status, and leaves everything else of it; the client as it is then.
    async fn set_status(&self, id: &ClientId, status: ClientStatus) -> Option<Arc<Client>>;

    /// Every client, oldest first.
    async fn clients(&self) -> Vec<Arc<Client>>;

    /// How many clients there are.
    async fn count_clients(&self) -> usize;

    /// Forgets all clients, their tokens, and what was used once.
    async fn clear_clients(&self);

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

    /// Forgets all tokens of a client; whether the client is there.
    async fn remove_tokens_of(&self, client: &ClientId) -> bool;

    /// Forgets all tokens of all clients.
    async fn clear_tokens(&self);

    /// Whether `client` used the assertion `jti` before, as far as that is remembered at `now`.
    async fn was_assertion_used(&self, client: &ClientId, jti: &str, now: i64) -> bool;

    /// Notes that `client` used the assertion `jti`, until `until`; whether this was the first
    /// time. Notes that have run out at `now` are forgotten.
    async fn use_assertion(&self, client: &ClientId, jti: &str, until: i64, now: i64) -> bool;

    /// All that is remembered, at one moment.
    async fn export(&self) -> Contents;

    /// Remembers this and nothing else, in one step; or, with an error, what it did before. No client
    /// and no token is given twice.
    async fn import(&self, contents: Contents) -> Result<(), StoreError>;
}
