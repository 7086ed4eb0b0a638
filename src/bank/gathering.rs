//! The facts of a call: what is looked up before the checks are run.

use std::sync::Arc;

use aws_lc_rs::digest;

use crate::bank::Bank;
use crate::dialect::Operation;
use crate::dialect::call::{Bearer, Call};
use crate::dialect::checks::management::{CLIENT_UNKNOWN, TOKEN_OF_ANOTHER_CLIENT};
use crate::dialect::facts::{Facts, Management, Memory, Signature};
use crate::dialect::judgement::{CheckResult, Judgement, judge};
use crate::dialect::policy::{Audience, Duplicates};
use crate::domain::client::Client;
use crate::domain::ids::{ClientId, SoftwareId};
use crate::domain::jws::Jws;
use crate::domain::token::TokenKind;
use crate::store::Once;

impl Bank {
    /// Every check of the call's operation, run over the call. Nothing is changed: no client is
    /// stored, no token lost, nothing used up. Empty for operations without checks.
    pub async fn examine(&self, call: &Call) -> Vec<CheckResult> {
        self.judged(call).await.1.results
    }

    /// What is known of a call, and what the checks of its operation make of it. Changes nothing:
    /// the use cases do that afterwards.
    pub(super) async fn judged<'a>(&'a self, call: &'a Call) -> (Facts<'a>, Judgement) {
        let facts = self.gathered(call).await;
        let judgement = self.judge(call, &facts);
        (facts, judgement)
    }

    pub(super) fn judge(&self, call: &Call, facts: &Facts<'_>) -> Judgement {
        judge((self.dialect().checks)(call.operation), facts)
    }

    async fn gathered<'a>(&'a self, call: &'a Call) -> Facts<'a> {
        match call.operation {
            Operation::Register => self.request_facts(call).await,
            Operation::Update => {
                let mut facts = self.request_facts(call).await;
                facts.management = Some(self.management(call).await);
                facts
            }
            Operation::Read | Operation::Delete => {
                let mut facts = self.facts(call);
                facts.management = Some(self.management(call).await);
                facts
            }
            Operation::Token => {
                let mut facts = self.facts(call);
                facts.token = Some(self.read_token_request(call, facts.now).await);
                facts
            }
            Operation::Clients | Operation::Client | Operation::Assertion => {
                self.reader_facts(call).await
            }
            Operation::Discovery | Operation::Jwks => self.facts(call),
        }
    }

    /// Reads a registration request, and looks up what bears on it.
    pub(super) async fn request_facts<'a>(&'a self, call: &'a Call) -> Facts<'a> {
        let mut facts = self.facts(call).with_request();
        if self.rules.policy.aud == Audience::Equals {
            facts.audiences = self.audiences();
        }
        facts.memory = self.remember(&facts).await;
        facts
    }

    /// What `aud` may name: the bank's organisation, and its issuer and token endpoint under every
    /// known host name.
    fn audiences(&self) -> Vec<String> {
        let urls = self.urls.all();
        let names = urls.flat_map(|urls| [self.issuer(&urls), self.token_endpoint(&urls)]);
        let mut known = vec![self.org_id.to_string()];
        for name in names {
            if !known.contains(&name) {
                known.push(name);
            }
        }
        known
    }

    async fn remember(&self, facts: &Facts<'_>) -> Memory {
        let mut memory = Memory::default();
        if let Some(statement) = facts.statement()
            && facts.statement_signature == Signature::Valid
            && facts.is_statement_trusted()
        {
            let kid = facts.request().and_then(Jws::kid);
            let learned = self.registry.learn_keys(&statement.claims, kid).await;
            memory.keys_missing = learned.err();
        }
        let policy = &self.rules.policy;
        if policy.duplicates == Duplicates::Reject
            && let Some(software) = facts.software_id()
        {
            let besides = facts.call.client_id.as_ref();
            memory.is_software_registered = self.store.holds_software(&software, besides).await;
        }
        if let Some(once) = statement_use(facts) {
            memory.is_statement_used = self.store.was_used(&once.key, facts.now).await;
        }
        if let Some(once) = request_use(facts) {
            memory.is_request_used = self.store.was_used(&once.key, facts.now).await;
        }
        memory
    }

    /// Judges a management operation; its caller may lose the token over it.
    pub(super) async fn judge_manager<'a>(&'a self, call: &'a Call) -> (Facts<'a>, Judgement) {
        let (facts, judgement) = self.judged(call).await;
        let refused_by = judgement.failure.as_ref().map(|failure| failure.check);
        let is_unknown = refused_by == Some(CLIENT_UNKNOWN.name);
        let is_anothers = refused_by == Some(TOKEN_OF_ANOTHER_CLIENT.name);
        // RFC 7592 §2.1: whoever asks for a client that is not there loses the token; by the
        // switches also whoever asks for somebody else's.
        let is_lost = is_unknown || (is_anothers && self.rules.policy.revoke_on_mismatch);
        let bearer = facts.management.as_ref().map(|caller| &caller.bearer);
        if let (true, Some(Bearer::Token(token))) = (is_lost, bearer) {
            self.store.remove_token(token).await;
        }
        (facts, judgement)
    }

    pub(super) async fn management(&self, call: &Call) -> Management {
        let bearer = Bearer::parse(call.authorization.as_deref());
        let grant = match &bearer {
            Bearer::Token(token) => self.store.token(token).await,
            Bearer::Missing | Bearer::Malformed => None,
        };
        let client = match &call.client_id {
            Some(id) => self.store.client(id).await,
            None => None,
        };
        Management {
            bearer,
            grant,
            client,
        }
    }

    /// The client with this id: a registered one or, where none are registered, a software that
    /// the directory lists, not stored yet.
    pub(super) async fn known_client(&self, id: &ClientId) -> Option<Arc<Client>> {
        if let Some(client) = self.store.client(id).await {
            return Some(client);
        }
        let listing = self.dialect().listing?;
        let entry = self.registry.entry(&SoftwareId::new(id.as_str()))?;
        let client = Client::listed(
            id.clone(),
            (listing.registration)(&entry),
            self.clock.unix_millis(),
        );
        Some(Arc::new(client))
    }

    /// Stores a listed client that proved who it is, unless it is there.
    pub(super) async fn keep_listed(&self, client: &Client) {
        if self.dialect().listing.is_none() {
            return;
        }
        let kept = self.store.ensure_client(client.clone()).await;
        if let Err(error) = kept {
            tracing::warn!(bank = self.id, %error, "a listed client is turned away");
        }
    }
}

impl Facts<'_> {
    /// The registration access token of the caller, if that is what it presented.
    pub(super) fn registration_token(&self) -> Option<&str> {
        let management = self.management.as_ref()?;
        let kind = management.grant.as_ref()?.kind;
        match &management.bearer {
            Bearer::Token(token) if kind == TokenKind::Registration => Some(token.reveal()),
            _ => None,
        }
    }
}

/// How the use of a statement is remembered, where it counts once only: by its `jti`, or by the
/// whole of one that has none.
pub(super) fn statement_use(facts: &Facts<'_>) -> Option<Once> {
    if !facts.policy.ssa_single_use {
        return None;
    }
    let statement = facts.statement()?;
    let issuer = facts.statement_text("iss").unwrap_or_default();
    let key = if let Some(jti) = facts.statement_text("jti") {
        format!("statement {issuer} {jti}")
    } else {
        let hash = digest::digest(&digest::SHA256, statement.as_str().as_bytes());
        format!("statement {:?}", hash.as_ref())
    };
    Some(Once {
        key,
        until: i64::MAX,
    })
}

/// How the use of a request is remembered, where it counts once only.
pub(super) fn request_use(facts: &Facts<'_>) -> Option<Once> {
    if !facts.policy.request_single_use {
        return None;
    }
    let claims = facts.claims()?;
    let jti = claims.get("jti")?.as_str()?;
    let issuer = claims.get("iss")?.as_str()?;
    Some(Once {
        // A UUID is the same in either case.
        key: format!("request {issuer} {}", jti.to_ascii_lowercase()),
        until: claims.get("exp")?.as_i64()?,
    })
}
