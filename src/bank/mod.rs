//! One emulated ASPSP: registers, reads, replaces and deletes clients, and issues tokens. Or one
//! emulated directory service: lists clients and hands out statements.
//!
//! Each use case gathers the facts of a call, runs its dialect's checks over them, and only if
//! every one passed changes what is stored, in one step.

mod administration;
mod caller;
mod client_authentication;
mod directory;
mod discovery;
mod explain;
mod gathering;
mod keeping;
mod openapi;
mod ruling;
mod scripted;
mod slot;
mod token_request;
mod whole;

use std::fmt;
use std::sync::Arc;

pub use self::caller::Caller;
pub use self::directory::Assertion;
pub use self::discovery::BankSummary;
pub use self::explain::{Explained, Explanation, NotOffered, Submission};
use self::keeping::KeepError;
pub use self::ruling::Ruling;
pub use self::slot::BankSlot;

use crate::clock::Clock;
use crate::dialect::call::Call;
use crate::dialect::checks::Check;
use crate::dialect::client_information::ClientInformation;
use crate::dialect::facts::{Facts, Rules};
use crate::dialect::fault::{Fault, Refusal};
use crate::dialect::refusals::Asked;
use crate::dialect::registry::Registry;
use crate::dialect::trust::Trust;
use crate::dialect::{Dialect, Issued, Operation};
use crate::domain::client::Client;
use crate::domain::error::TokenError;
use crate::domain::ids::OrgId;
use crate::domain::json::Object;
use crate::domain::jwk::PublicKey;
use crate::domain::urls::{BaseUrls, Urls};
use crate::store::{Store, StoreError};

/// One emulated bank. A clone shares its memory.
#[derive(Clone)]
pub struct Bank {
    /// Its id, such as `uk-ob-3.3`.
    pub id: String,
    /// Its path on both TLS listeners, such as `/uk-ob-3.3`.
    pub base_path: String,
    /// The rules it follows.
    pub rules: Rules,
    /// Its organisation's id at the directory: the bank's name in `aud` claims.
    pub org_id: OrgId,
    trust: Arc<dyn Trust>,
    registry: Arc<dyn Registry>,
    store: Arc<dyn Store>,
    clock: Clock,
    urls: Arc<Urls>,
    signing_key: PublicKey,
    /// Life of an access token, in seconds.
    token_lifetime: i64,
}

/// What a bank is built from.
pub struct BankParts {
    /// Its id.
    pub id: String,
    /// Its path on both TLS listeners.
    pub base_path: String,
    /// The rules it follows.
    pub rules: Rules,
    /// Its organisation's id at the directory.
    pub org_id: OrgId,
    /// The directory it believes.
    pub trust: Arc<dyn Trust>,
    /// The directory it may publish.
    pub registry: Arc<dyn Registry>,
    /// Its memory.
    pub store: Arc<dyn Store>,
    /// Its world's clock.
    pub clock: Clock,
    /// The URLs of the emulator.
    pub urls: Arc<Urls>,
    /// Its own public key, for `/jwks`.
    pub signing_key: PublicKey,
    /// Life of an access token, in seconds.
    pub token_lifetime: i64,
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
    /// A bank without clients.
    #[must_use]
    pub fn new(parts: BankParts) -> Self {
        Self {
            id: parts.id,
            base_path: parts.base_path,
            rules: parts.rules,
            org_id: parts.org_id,
            trust: parts.trust,
            registry: parts.registry,
            store: parts.store,
            clock: parts.clock,
            urls: parts.urls,
            signing_key: parts.signing_key,
            token_lifetime: parts.token_lifetime,
        }
    }

    /// The tables it follows.
    #[must_use]
    pub fn dialect(&self) -> &'static Dialect {
        self.rules.dialect
    }

    /// Creates a client; the client information response (201).
    pub async fn register(&self, call: &Call) -> Ruling<ClientInformation> {
        let (facts, judgement) = self.judged(call).await;
        if judgement.failure.is_some() {
            return self.refused(judgement);
        }
        let kept = match (self.dialect().registration)(&facts) {
            Some(registration) => self.keep_new(&facts, registration).await,
            None => Err(KeepError::NothingToKeep),
        };
        self.answered(&facts, judgement, kept, Fault::TokenInvalid)
            .map(|(client, token)| self.client_information(call, &client, token.as_deref()))
    }

    /// The client information response of a client (200).
    pub async fn read(&self, call: &Call) -> Ruling<ClientInformation> {
        let (facts, judgement) = self.judge_manager(call).await;
        match facts.managed_client() {
            Some(client) if judgement.failure.is_none() => {
                let token = facts.registration_token();
                let body = self.client_information(call, client, token);
                self.answered(&facts, judgement, Ok(body), Fault::TokenInvalid)
            }
            _ => self.refused(judgement),
        }
    }

    /// Replaces what a client registered; the client information response (200). Tokens stay, but
    /// for a registration access token where the switches replace it.
    pub async fn update(&self, call: &Call) -> Ruling<ClientInformation> {
        let (facts, judgement) = self.judge_manager(call).await;
        if judgement.failure.is_some() {
            return self.refused(judgement);
        }
        let registration = (self.dialect().registration)(&facts);
        let kept = match (facts.managed_client(), registration) {
            (Some(client), Some(registration)) => {
                self.keep_changed(&facts, client, registration).await
            }
            _ => Err(KeepError::NothingToKeep),
        };
        self.answered(&facts, judgement, kept, Fault::TokenInvalid)
            .map(|(client, token)| self.client_information(call, &client, token.as_deref()))
    }

    /// Deletes a client and its tokens (204).
    pub async fn delete(&self, call: &Call) -> Ruling<()> {
        let (facts, judgement) = self.judge_manager(call).await;
        let removed = match facts.managed_client() {
            Some(client) if judgement.failure.is_none() => {
                self.store.remove_client(&client.id).await
            }
            _ => return self.refused(judgement),
        };
        let removed = removed.then_some(()).ok_or(StoreError::NoSuchClient);
        self.answered(
            &facts,
            judgement,
            removed.map_err(KeepError::Store),
            Fault::TokenInvalid,
        )
    }

    /// Issues an access token for the grant `client_credentials` (RFC 6749 §4.4.3).
    pub async fn issue_token(&self, call: &Call) -> Ruling<Object> {
        let (mut facts, mut judgement) = self.judged(call).await;
        if !self.settle_caller(&mut facts).await {
            judgement = self.judge(call, &facts);
        }
        if judgement.failure.is_some() {
            return self.refused(judgement);
        }
        let kept = self.keep_token(&facts).await;
        let gone = Fault::Token(TokenError::InvalidClient);
        self.answered(&facts, judgement, kept, gone)
    }

    /// The answer to a call that found no operation: by `check`, with what was asked for.
    #[must_use]
    pub fn refuse(&self, check: &'static Check, seen: &str, allowed: &str) -> Refusal {
        let description = format!("found {seen}; allowed: {allowed} ({})", check.name);
        self.refusal(check.fault, &description)
    }

    /// The answer to a fault that no check is about.
    #[must_use]
    pub fn refusal(&self, fault: Fault, description: &str) -> Refusal {
        self.asked(description, |asked| (self.dialect().refusal)(fault, asked))
    }

    fn asked(&self, description: &str, answer: impl FnOnce(&Asked<'_>) -> Refusal) -> Refusal {
        answer(&Asked {
            description,
            realm: &self.id,
            issuer: &self.issuer(&self.urls.for_host(None)),
            policy: &self.rules.policy,
            is_scripted: false,
        })
    }

    fn client_information(
        &self,
        call: &Call,
        client: &Client,
        token: Option<&str>,
    ) -> ClientInformation {
        let issued = Issued {
            policy: &self.rules.policy,
            operation: call.operation,
            registration_client_uri: self.client_uri(&call.urls, &client.id),
            access_token: token,
        };
        (self.dialect().client_information)(client, &issued)
    }

    fn facts<'a>(&'a self, call: &'a Call) -> Facts<'a> {
        Facts::of_call(&self.rules, self.trust.as_ref(), self.clock.unix(), call)
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

    /// Whether it offers `operation`.
    #[must_use]
    pub fn offers(&self, operation: Operation) -> bool {
        self.dialect().offers(operation)
    }
}
