//! One emulated ASPSP: registers, reads, replaces and deletes clients, and issues tokens.
//!
//! Each use case gathers the facts of a call, runs its dialect's checks over them, and only if
//! every one passed changes what is stored, in one step.

mod client_authentication;
mod discovery;
mod keeping;
mod ruling;
mod token_request;

use std::fmt;
use std::sync::Arc;

use self::keeping::KeepError;
pub use self::ruling::Ruling;

use crate::clock::Clock;
use crate::dialect::call::{Bearer, Call};
use crate::dialect::checks::management::CLIENT_UNKNOWN;
use crate::dialect::facts::{Facts, Management};
use crate::dialect::fault::{Fault, Refusal};
use crate::dialect::judgement::{Judgement, judge};
use crate::dialect::trust::Trust;
use crate::dialect::{Dialect, Operation};
use crate::domain::client::{Client, ClientStatus};
use crate::domain::error::TokenError;
use crate::domain::ids::{ClientId, OrgId};
use crate::domain::json::Object;
use crate::domain::jwk::PublicKey;
use crate::domain::urls::{BaseUrls, Urls};
use crate::store::{Store, StoreError};

/// One emulated bank.
pub struct Bank {
    /// Its id, such as `uk-ob-3.3`.
    pub id: String,
    /// Its path on both TLS listeners, such as `/uk-ob-3.3`.
    pub base_path: String,
    /// The rules it follows.
    pub dialect: &'static Dialect,
    /// Its organisation's id at the directory: the bank's name in `aud` claims.
    pub org_id: OrgId,
    trust: Arc<dyn Trust>,
    store: Arc<dyn Store>,
    clock: Clock,
    urls: Arc<Urls>,
    signing_key: PublicKey,
    /// Life of an access token, in seconds.
    token_lifetime: i64,
}

/// What a bank is built from.
pub struct BankParts {
    /// The rules it follows.
    pub dialect: &'static Dialect,
    /// Its organisation's id at the directory.
    pub org_id: OrgId,
    /// The directory it believes.
    pub trust: Arc<dyn Trust>,
    /// Its memory.
    pub store: Arc<dyn Store>,
    /// Its world's clock.
    pub clock: Clock,
    /// The URLs of the emulator.
    pub urls: Arc<Urls>,
    /// Its own public key, for `/jwks`.
    pub signing_key: PublicKey,
}

impl fmt::Debug for Bank {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Bank")
            .field("id", &self.id)
            .finish_non_exhaustive()
    }
}

impl Bank {
    /// The default bank of a dialect: its id and path are the dialect's.
    #[must_use]
    pub fn new(parts: BankParts) -> Self {
        Self {
            id: parts.dialect.id.to_owned(),
            base_path: parts.dialect.base_path.to_owned(),
            dialect: parts.dialect,
            org_id: parts.org_id,
            trust: parts.trust,
            store: parts.store,
            clock: parts.clock,
            urls: parts.urls,
            signing_key: parts.signing_key,
            token_lifetime: 300,
        }
    }

    /// Creates a client from a signed request; the client information response (201).
    pub async fn register(&self, call: &Call) -> Ruling<Object> {
        let facts = self.facts(call).with_request();
        let judgement = self.judge(call, &facts);
        if judgement.failure.is_some() {
            return self.refused(judgement);
        }
        let kept = match (self.dialect.registration)(&facts) {
            Some(registration) => self.keep_new(registration, facts.now).await,
            None => Err(KeepError::NothingToKeep),
        };
        self.answered(judgement, kept, Fault::TokenInvalid)
            .map(|client| (self.dialect.client_information)(&client))
    }

    /// The client information response of a client (200).
    pub async fn read(&self, call: &Call) -> Ruling<Object> {
        let (facts, judgement) = self.judge_caller(call).await;
        match facts.managed_client() {
            Some(client) if judgement.failure.is_none() => {
                let body = (self.dialect.client_information)(client);
                self.answered(judgement, Ok(body), Fault::TokenInvalid)
            }
            _ => self.refused(judgement),
        }
    }

    /// Replaces what a client registered; the client information response (200). Tokens stay.
    pub async fn update(&self, call: &Call) -> Ruling<Object> {
        let (facts, judgement) = self.judge_caller(call).await;
        if judgement.failure.is_some() {
            return self.refused(judgement);
        }
        let kept = match (facts.managed_client(), (self.dialect.registration)(&facts)) {
            (Some(client), Some(registration)) => {
                self.keep_changed(client, registration, facts.now).await
            }
            _ => Err(KeepError::NothingToKeep),
        };
        self.answered(judgement, kept, Fault::TokenInvalid)
            .map(|client| (self.dialect.client_information)(&client))
    }

    /// Deletes a client and its tokens (204).
    pub async fn delete(&self, call: &Call) -> Ruling<()> {
        let (facts, judgement) = self.judge_caller(call).await;
        let removed = match facts.managed_client() {
            Some(client) if judgement.failure.is_none() => {
                self.store.remove_client(&client.id).await
            }
            _ => return self.refused(judgement),
        };
        let removed = removed.then_some(()).ok_or(StoreError::NoSuchClient);
        self.answered(
            judgement,
            removed.map_err(KeepError::Store),
            Fault::TokenInvalid,
        )
    }

    /// Issues an access token for the grant `client_credentials` (RFC 6749 §4.4.3).
    pub async fn issue_token(&self, call: &Call) -> Ruling<Object> {
        let mut facts = self.facts(call);
        facts.token = Some(self.read_token_request(call, facts.now).await);
        let judgement = self.judge(call, &facts);
        if judgement.failure.is_some() {
            return self.refused(judgement);
        }
        let kept = self.keep_token(&facts).await;
        self.answered(judgement, kept, Fault::Token(TokenError::InvalidClient))
    }

    /// The answer to a fault that no check is about, such as an unknown path.
    #[must_use]
    pub fn refusal(&self, fault: Fault, description: &str) -> Refusal {
        (self.dialect.refusal)(fault, description, &self.id)
    }

    /// Every client, oldest first.
    pub async fn clients(&self) -> Vec<Arc<Client>> {
        self.store.clients().await
    }

    /// Bars a client from managing itself, or lets it again; whether it exists.
    pub async fn set_client_status(&self, id: &ClientId, status: ClientStatus) -> bool {
        let Some(client) = self.store.client(id).await else {
            return false;
        };
        let changed = Client {
            status,
            ..Client::clone(&client)
        };
        self.store.replace_client(changed).await.is_ok()
    }

    fn facts<'a>(&'a self, call: &'a Call) -> Facts<'a> {
        Facts::of_call(self.dialect, self.trust.as_ref(), self.clock.unix(), call)
    }

    fn judge(&self, call: &Call, facts: &Facts<'_>) -> Judgement {
        judge((self.dialect.checks)(call.operation), facts)
    }

    /// Looks up token and client of a management operation and judges the whole call.
    async fn judge_caller<'a>(&'a self, call: &'a Call) -> (Facts<'a>, Judgement) {
        let bearer = Bearer::parse(call.authorization.as_deref());
        let grant = match &bearer {
            Bearer::Token(token) => self.store.token(token).await,
            Bearer::Missing | Bearer::Malformed => None,
        };
        let client = match &call.client_id {
            Some(id) => self.store.client(id).await,
            None => None,
        };
        let mut facts = self.facts(call);
        if call.operation == Operation::Update {
            facts = facts.with_request();
        }
        facts.management = Some(Management {
            bearer: bearer.clone(),
            grant,
            client,
        });
        let judgement = self.judge(call, &facts);
        let refused_by = judgement.failure.as_ref().map(|failure| failure.check);
        // RFC 7592 §2.1: whoever asks for a client that is not there loses the token.
        if let (Some(check), Bearer::Token(token)) = (refused_by, bearer)
            && check == CLIENT_UNKNOWN.name
        {
            self.store.remove_token(&token).await;
        }
        (facts, judgement)
    }

    /// The URL of a path below this bank's base path.
    fn under(&self, base: &str, path: &str) -> String {
        format!("{base}{}{path}", self.base_path)
    }

    /// The bank's issuer identifier: its URL on the listener that asks for no certificate.
    #[must_use]
    pub fn issuer(&self, urls: &BaseUrls) -> String {
        self.under(&urls.tls, "")
    }
}
