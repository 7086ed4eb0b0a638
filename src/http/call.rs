//! A request as a bank's call.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use bytes::Bytes;
use warp::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use warp::http::request::Parts;
use warp::http::uri::Authority;
use warp::http::{HeaderMap, HeaderName, Method};

use crate::bank::{Bank, Caller};
use crate::dialect::Operation;
use crate::dialect::call::{Call, Carrier, FapiFields};
use crate::dialect::judgement::CheckResult;
use crate::domain::ids::InteractionId;
use crate::domain::urls::Urls;
use crate::http::target::{PathIds, Target, target};
use crate::scenario::model::Edit;
use crate::server::{Peer, Refusal};
use crate::world::World;

/// A request, the world it is for and what it is aimed at there. Not `Debug`: its headers and body hold
/// secrets.
pub struct Asked {
    /// The world it is for.
    pub world: Arc<World>,
    /// What it is aimed at.
    pub target: Target,
    /// The call that it makes of its bank, where it names an operation.
    pub call: Option<Arc<Call>>,
    /// Its method.
    pub method: Method,
    /// Its path within its world.
    pub path: String,
    /// Its interaction id, for the log.
    pub interaction_id: Option<InteractionId>,
    /// Who asks.
    pub peer: Peer,
    /// Its header fields.
    pub headers: HeaderMap,
    /// Its body; empty if it is over the limit.
    pub body: Bytes,
    /// What scenarios order.
    pub orders: OnceLock<Orders>,
    judged: Mutex<Judged>,
    /// The id of the client that the bank registered.
    pub registered: OnceLock<String>,
}

/// Where a request comes from.
pub struct From {
    /// The other end of the connection.
    pub peer: Peer,
    /// Longest body that the server takes, in bytes; checks state it.
    pub body_limit: usize,
}

/// What the checks of a bank said about a request.
#[derive(Debug, Default)]
pub struct Judged {
    /// One record for each check.
    pub checks: Vec<CheckResult>,
    /// The check that refused, if one did.
    pub refused_by: Option<&'static str>,
}

/// What scenarios order for one request.
#[derive(Debug, Default)]
pub struct Orders {
    /// The bank that answers in the place of the one that others meet.
    pub bank: Option<Arc<Bank>>,
    /// What happens to the claims of a software statement before it is signed.
    pub statement_edits: Vec<Edit>,
}

/// The host that the caller asked, from `:authority` or `Host`; `None` too where that is malformed or
/// the two differ (RFC 9113 §8.3.1).
pub fn host(head: &Parts) -> Option<Authority> {
    let target = head.uri.authority().cloned();
    let Some(header) = head.headers.get(HOST) else {
        return target;
    };
    let header = Authority::try_from(header.as_bytes()).ok()?;
    match target {
        Some(target) if target != header => None,
        _ => Some(header),
    }
}

impl Asked {
    /// Takes what the server read, for a world and the path within it.
    #[must_use]
    pub fn new(world: Arc<World>, path: &str, from: From, head: &Parts, body: Bytes) -> Self {
        let target = target(&world, from.peer.listener, head.method.as_str(), path);
        let operation = target.operation;
        let call = operation.map(|operation| {
            let ids = target.ids.clone();
            Arc::new(call(&world.urls, &from, head, &body, operation, ids))
        });
        Self {
            world,
            target,
            call,
            method: head.method.clone(),
            path: path.to_owned(),
            interaction_id: head.extensions.get().cloned(),
            peer: from.peer,
            headers: head.headers.clone(),
            body,
            orders: OnceLock::new(),
            judged: Mutex::default(),
            registered: OnceLock::new(),
        }
    }

    /// The bank that answers, if the path lies under one.
    #[must_use]
    pub fn bank(&self) -> Option<Arc<Bank>> {
        let ordered = self.orders.get().and_then(|orders| orders.bank.clone());
        ordered.or_else(|| self.target.bank.clone())
    }

    /// Who calls, as far as it can be told without judging.
    pub async fn caller(&self) -> Caller {
        match (&self.target.bank, &self.call) {
            (Some(bank), Some(call)) => bank.caller(call).await,
            _ => Caller::default(),
        }
    }

    /// Takes down what the bank's checks said.
    pub fn note(&self, checks: Vec<CheckResult>, refused_by: Option<&'static str>) {
        tracing::debug!(
            interaction_id = self.interaction_id.as_ref().map(InteractionId::as_str),
            checks = %serde_json::to_string(&checks).unwrap_or_default(),
            "checked"
        );
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        *judged = Judged { checks, refused_by };
    }

    /// What the bank's checks said; nothing if they were not asked, or this was.
    pub fn take_judged(&self) -> Judged {
        let mut judged = self.judged.lock().unwrap_or_else(PoisonError::into_inner);
        std::mem::take(&mut judged)
    }
}

/// The call of `operation`, about what the path names.
fn call(
    urls: &Urls,
    from: &From,
    head: &Parts,
    body: &Bytes,
    operation: Operation,
    ids: PathIds,
) -> Call {
    let header = |name| joined(&head.headers, &name);
    let fapi = |name| joined(&head.headers, &HeaderName::from_static(name));
    Call {
        operation,
        carrier: Carrier::Connection,
        certificate: from.peer.certificate.clone(),
        accept: header(ACCEPT),
        content_type: header(CONTENT_TYPE),
        authorization: header(AUTHORIZATION),
        fapi: FapiFields {
            interaction_id: fapi("x-fapi-interaction-id"),
            auth_date: fapi("x-fapi-auth-date"),
            customer_ip_address: fapi("x-fapi-customer-ip-address"),
            customer_user_agent: fapi("x-customer-user-agent"),
        },
        client_id: ids.client,
        org_id: ids.org,
        software_id: ids.software,
        query: head.uri.query().map(str::to_owned),
        urls: urls.for_host(host(head).as_ref().map(Authority::host)),
        body_limit: from.body_limit,
        // The server hands over one limit only, that of the body.
        is_body_too_large: head.extensions.get::<Refusal>().is_some(),
        body: body.clone(),
    }
}

/// All values of a header, joined with commas (RFC 9110 §5.3).
pub fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values: Vec<String> = headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}
