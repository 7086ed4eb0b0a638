//! A request as a bank's call.

use std::sync::Arc;

use bytes::Bytes;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::header::{ACCEPT, AUTHORIZATION, CONTENT_TYPE};
use warp::http::uri::Authority;
use warp::http::{HeaderMap, HeaderName, Method};
use warp::path::FullPath;

use crate::bank::Bank;
use crate::dialect::Operation;
use crate::dialect::call::{Call, Carrier, FapiFields};
use crate::domain::certificate::ClientCertificate;
use crate::domain::ids::InteractionId;
use crate::domain::urls::{BaseUrls, Urls};
use crate::http::endpoint::PathIds;
use crate::server::{Peer, Refusal};

/// What the routes of one bank have in common.
#[derive(Debug, Clone)]
pub struct Context {
    /// The bank.
    pub bank: Arc<Bank>,
    /// The URLs that it advertises.
    pub urls: Arc<Urls>,
    /// Longest body that is taken, in bytes.
    pub body_limit: usize,
}

/// A request whose operation is not settled yet. Not `Debug`: its headers and body hold secrets.
#[derive(Clone)]
pub struct Asked {
    /// Its method.
    pub method: Method,
    /// Its path.
    pub path: String,
    query: Option<String>,
    /// Its interaction id, for the log.
    pub interaction_id: Option<InteractionId>,
    peer: Peer,
    headers: HeaderMap,
    host: Option<Authority>,
    body: Bytes,
    /// The server hands over one limit only, that of the body.
    refusal: Option<Refusal>,
}

/// Takes a request whole, whatever its method.
pub fn asked() -> BoxedFilter<(Asked,)> {
    let query = warp::query::raw().map(Some).or(warp::any().map(|| None));
    warp::method()
        .and(warp::path::full())
        .and(query.unify())
        .and(warp::ext::optional::<InteractionId>())
        .and(warp::ext::get::<Peer>())
        .and(warp::header::headers_cloned())
        .and(host())
        .and(warp::body::bytes())
        .and(warp::ext::optional::<Refusal>())
        .map(
            |method, path: FullPath, query, interaction_id, peer, headers, host, body, refusal| {
                Asked {
                    method,
                    path: path.as_str().to_owned(),
                    query,
                    interaction_id,
                    peer,
                    headers,
                    host,
                    body,
                    refusal,
                }
            },
        )
        .boxed()
}

/// The host that the caller asked, from `:authority` or `Host`; `None` too where that is malformed.
fn host() -> BoxedFilter<(Option<Authority>,)> {
    warp::host::optional()
        .or(warp::any().map(|| None))
        .unify()
        .boxed()
}

/// The URLs that the caller knows the emulator by.
pub fn base_urls(urls: &Arc<Urls>) -> BoxedFilter<(BaseUrls,)> {
    let urls = Arc::clone(urls);
    host()
        .map(move |host: Option<Authority>| urls.for_host(host.as_ref().map(Authority::host)))
        .boxed()
}

impl Asked {
    /// The call of `operation`, about what the path names.
    pub fn into_call(self, context: &Context, operation: Operation, ids: PathIds) -> Call {
        let header = |name| joined(&self.headers, &name);
        let fapi = |name| joined(&self.headers, &HeaderName::from_static(name));
        let host = self.host.as_ref().map(Authority::host);
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
            query: self.query,
            urls: context.urls.for_host(host),
            body_limit: context.body_limit,
            is_body_too_large: self.refusal.is_some(),
            body: self.body,
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
fn joined(headers: &HeaderMap, name: &HeaderName) -> Option<String> {
    let values: Vec<String> = headers
        .get_all(name)
        .iter()
        .map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned())
        .collect();
    (!values.is_empty()).then(|| values.join(", "))
}
