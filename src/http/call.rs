//! A request as a bank's call.

use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE, HOST};
use warp::http::request::Parts;
use warp::http::uri::Authority;
use warp::http::{HeaderMap, HeaderName, Method};

use crate::bank::{Bank, BankSlot};
use crate::dialect::Operation;
use crate::dialect::call::{Call, Carrier, FapiFields};
use crate::domain::certificate::ClientCertificate;
use crate::domain::ids::InteractionId;
use crate::domain::urls::{BaseUrls, Urls};
use crate::http::endpoint::PathIds;
use crate::scenario::model::Edit;
use crate::server::{Peer, Refusal};

/// What the routes of one bank have in common.
#[derive(Debug, Clone)]
pub struct Context {
    /// The bank's place.
    pub bank: Arc<BankSlot>,
    /// The URLs that it advertises.
    pub urls: Arc<Urls>,
    /// Longest body that is taken, in bytes.
    pub body_limit: usize,
}

/// A request whose operation is not settled yet. Not `Debug`: its headers and body hold secrets.
pub struct Asked {
    /// Its method.
    pub method: Method,
    /// Its path.
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
    query: Option<String>,
    host: Option<Authority>,
    /// The server hands over one limit only, that of the body.
    refusal: Option<Refusal>,
}

/// What scenarios order for one request.
#[derive(Debug, Default)]
pub struct Orders {
    /// The bank that answers in the place of the one that others meet.
    pub bank: Option<Arc<Bank>>,
    /// What happens to the claims of a software statement before it is signed.
    pub statement_edits: Vec<Edit>,
}

/// Takes a request whole, whatever its method.
pub fn asked() -> BoxedFilter<(Arc<Asked>,)> {
    warp::ext::get::<Arc<Asked>>().boxed()
}

/// The host that the caller asked, from `:authority` or `Host`; `None` too where that is malformed or
/// the two differ (RFC 9113 §8.3.1).
fn host(head: &Parts) -> Option<Authority> {
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
    /// Takes what the server read. `None` without the extensions that it gives every request.
    #[must_use]
    pub fn new(head: &Parts, body: Bytes) -> Option<Self> {
        Some(Self {
            method: head.method.clone(),
            path: head.uri.path().to_owned(),
            query: head.uri.query().map(str::to_owned),
            interaction_id: head.extensions.get().cloned(),
            peer: head.extensions.get().cloned()?,
            headers: head.headers.clone(),
            host: host(head),
            body,
            orders: OnceLock::new(),
            refusal: head.extensions.get().copied(),
        })
    }

    /// The URLs that the caller knows the emulator by.
    #[must_use]
    pub fn urls(&self, urls: &Urls) -> BaseUrls {
        urls.for_host(self.host.as_ref().map(Authority::host))
    }

    /// The bank that answers.
    #[must_use]
    pub fn bank(&self, context: &Context) -> Arc<Bank> {
        let ordered = self.orders.get().and_then(|orders| orders.bank.clone());
        ordered.unwrap_or_else(|| context.bank.current())
    }

    /// The call of `operation`, about what the path names.
    #[must_use]
    pub fn call(&self, urls: &Urls, body_limit: usize, operation: Operation, ids: PathIds) -> Call {
        let header = |name| joined(&self.headers, &name);
        let fapi = |name| joined(&self.headers, &HeaderName::from_static(name));
        Call {
            operation,
            carrier: Carrier::Connection,
            certificate: certificate(&self.peer),
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
            query: self.query.clone(),
            urls: self.urls(urls),
            body_limit,
            is_body_too_large: self.refusal.is_some(),
            body: self.body.clone(),
        }
    }
}

fn certificate(peer: &Peer) -> Option<Arc<ClientCertificate>> {
    let der = peer.transport_certificate()?;
    match ClientCertificate::from_der(der) {
        Ok(certificate) => Some(Arc::new(certificate)),
        // The TLS library has verified it, so this is not to be expected.
        Err(error) => {
            tracing::warn!(%error, "a verified client certificate");
            None
        }
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
