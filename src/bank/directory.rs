//! What a directory service does: lists clients, hands out statements.

use std::sync::Arc;

use serde_json::{Value, json};

use crate::bank::Bank;
use crate::bank::keeping::KeepError;
use crate::bank::ruling::Ruling;
use crate::dialect::call::Call;
use crate::dialect::facts::{Facts, Lookup};
use crate::dialect::fault::Fault;
use crate::dialect::query::ClientQuery;
use crate::dialect::registry::{AlterClaims, Entry};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::SoftwareId;
use crate::domain::json::Object;

/// A statement, and the form it is in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Assertion {
    /// Whose form it is in.
    pub ecosystem: Ecosystem,
    /// The statement, a compact JWS.
    pub text: String,
}

impl Assertion {
    /// The media type that it is handed out under.
    #[must_use]
    pub fn media_type(&self) -> &'static str {
        Self::media_type_of(self.ecosystem)
    }

    /// The media type of an ecosystem's statements.
    #[must_use]
    pub fn media_type_of(ecosystem: Ecosystem) -> &'static str {
        match ecosystem {
            Ecosystem::Uk => "application/jws+json",
            Ecosystem::Brazil => "application/jwt",
        }
    }
}

impl Bank {
    /// A page of the clients that the directory lists (200).
    pub async fn list_clients(&self, call: &Call) -> Ruling<Value> {
        let (facts, judgement) = self.judged(call).await;
        let query = match facts
            .lookup
            .as_ref()
            .and_then(|lookup| lookup.query.clone())
        {
            Some(Ok(query)) if judgement.failure.is_none() => query,
            _ => return self.refused(judgement),
        };
        let page = self.page(&query, call);
        self.answered(&facts, judgement, Ok(page), Fault::TokenInvalid)
    }

    /// One client that the directory lists (200).
    pub async fn read_listed(&self, call: &Call) -> Ruling<Object> {
        let (facts, judgement) = self.judged(call).await;
        let entry = facts
            .lookup
            .as_ref()
            .and_then(|lookup| lookup.entry.clone());
        match entry {
            Some(entry) if judgement.failure.is_none() => {
                let client = self.listed(&entry, call);
                self.answered(&facts, judgement, Ok(client), Fault::TokenInvalid)
            }
            _ => self.refused(judgement),
        }
    }

    /// A software statement of the caller's organisation (200). `alter` changes its claims before
    /// they are signed.
    pub async fn assertion(
        &self,
        call: &Call,
        alter: Option<AlterClaims<'_>>,
    ) -> Ruling<Assertion> {
        let (facts, judgement) = self.judged(call).await;
        let entry = facts
            .lookup
            .as_ref()
            .and_then(|lookup| lookup.entry.clone());
        let entry = match entry {
            Some(entry) if judgement.failure.is_none() => entry,
            _ => return self.refused(judgement),
        };
        let made = match self.registry.assertion(&entry.software_id, alter).await {
            Ok(Some(text)) => Ok(Assertion {
                ecosystem: entry.ecosystem,
                text,
            }),
            Ok(None) => Err(KeepError::NothingToKeep),
            Err(cause) => Err(KeepError::Unsigned(cause)),
        };
        self.answered(&facts, judgement, made, Fault::ClientUnknown)
    }

    pub(super) async fn reader_facts<'a>(&'a self, call: &'a Call) -> Facts<'a> {
        let mut facts = self.facts(call);
        let management = self.management(call).await;
        let caller = management.grant.as_ref().and_then(|grant| {
            self.registry
                .entry(&SoftwareId::new(grant.client_id.as_str()))
        });
        facts.management = Some(management);
        facts.lookup = Some(Lookup {
            caller,
            entry: self.named_entry(call),
            query: Some(ClientQuery::parse(
                call.query.as_deref().unwrap_or_default(),
            )),
        });
        facts
    }

    /// The entry that the path names: by its client id, or as a software of its organisation.
    fn named_entry(&self, call: &Call) -> Option<Arc<Entry>> {
        if let Some(id) = &call.client_id {
            return self.registry.entry(&SoftwareId::new(id.as_str()));
        }
        let entry = self.registry.entry(call.software_id.as_ref()?)?;
        (Some(&entry.org_id) == call.org_id.as_ref()).then_some(entry)
    }

    fn listed(&self, entry: &Entry, call: &Call) -> Object {
        let jwks_uri = self.registry.jwks_uri(entry, &call.urls.tls);
        let listing = self.dialect().listing;
        listing.map_or_else(Object::new, |listing| (listing.client)(entry, &jwks_uri))
    }

    fn page(&self, query: &ClientQuery, call: &Call) -> Value {
        let now = i64::try_from(self.clock.now().unix_timestamp_nanos() / 1_000_000);
        let now = now.unwrap_or(i64::MAX);
        let all: Vec<_> = self
            .registry
            .entries()
            .into_iter()
            .filter(|entry| query.admits(entry, now))
            .collect();
        let content: Vec<Object> = all
            .iter()
            .skip(query.page.saturating_mul(query.size))
            .take(query.size)
            .map(|entry| self.listed(entry, call))
            .collect();
        page(query, all.len(), &content)
    }
}

/// A page with how many there are in all, as the directory's other lists have it.
pub(super) fn page(query: &ClientQuery, total: usize, content: &[Object]) -> Value {
    let pages = total.div_ceil(query.size);
    json!({
        "totalElements": total,
        "totalPages": pages,
        "number": query.page,
        "size": query.size,
        "numberOfElements": content.len(),
        "first": query.page == 0,
        "last": query.page.saturating_add(1) >= pages,
        "content": content,
    })
}
