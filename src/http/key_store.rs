//! The directory's key stores (OB Directory, `…_jwks_endpoint` and `…_jwks_revoked_endpoint`; Open
//! Finance Brasil, `…_jwks_uri`, `…_jwks_inactive_uri`, `…_jwks_transport_uri` and
//! `…_jwks_transport_inactive_uri`):
//!
//! - `GET /directory/directory.jwks`: the keys that statements are signed with
//! - `GET /directory/{org}/{name}.jwks`: current keys of a software, or of the organisation itself
//! - `GET /directory/{org}/revoked/{name}.jwks`, `…/inactive/…`: keys no longer to be believed
//! - `GET /directory/{org}/transport/{name}.jwks`, `…/transport/inactive/…`: keys for transport

use std::future::ready;
use std::panic::resume_unwind;
use std::sync::Arc;

use serde_json::Value;
use tokio::task::spawn_blocking;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::filters::path::Tail;
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::directory::{Directory, KeyStore};
use crate::domain::ids::{OrgId, SoftwareId};
use crate::http::call::Asked;
use crate::http::endpoint::asked;
use crate::http::reply;

/// The key stores of the request's world, whatever the method.
pub fn routes() -> BoxedFilter<(Response,)> {
    let directory_keys = warp::path!("directory" / "directory.jwks")
        .and(asked())
        .then(directory_keys);
    let stores = warp::path("directory")
        .and(warp::path::param())
        .and(warp::path::tail())
        .and(asked())
        .and_then(|org: String, tail: Tail, asked: Arc<Asked>| {
            let directory = &asked.world.directory;
            let found = find(tail.as_str())
                .map(|(store, name)| answer(directory, &org, name, store, &asked.method));
            ready(found.ok_or_else(warp::reject::not_found))
        });
    directory_keys.or(stores).unify().boxed()
}

/// Which store of what a path below the organisation names; `None` if it names none.
fn find(path: &str) -> Option<(KeyStore, &str)> {
    const STORES: [(&str, KeyStore); 5] = [
        ("revoked/", KeyStore::Revoked),
        ("inactive/", KeyStore::Revoked),
        ("transport/inactive/", KeyStore::TransportInactive),
        ("transport/", KeyStore::Transport),
        ("", KeyStore::Current),
    ];
    STORES.into_iter().find_map(|(prefix, store)| {
        let name = path.strip_prefix(prefix)?;
        (!name.is_empty() && !name.contains('/')).then_some((store, name))
    })
}

async fn directory_keys(asked: Arc<Asked>) -> Response {
    if !is_reading(&asked.method) {
        return reply::not_allowed(&["GET", "HEAD"]);
    }
    // The directory's RSA key may still have to be made.
    let directory = Arc::clone(&asked.world.directory);
    match spawn_blocking(move || directory.jwks()).await {
        Ok(Ok(keys)) => reply::json(StatusCode::OK, &keys),
        Ok(Err(error)) => {
            tracing::error!(%error, "the directory has no keys");
            reply::empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Err(error) => match error.try_into_panic() {
            Ok(panic) => resume_unwind(panic),
            Err(error) => {
                tracing::error!(%error, "the directory's keys were not made");
                reply::empty(StatusCode::INTERNAL_SERVER_ERROR)
            }
        },
    }
}

fn answer(
    directory: &Directory,
    org: &str,
    name: &str,
    store: KeyStore,
    method: &Method,
) -> Response {
    let Some(keys) = named(directory, org, name, store) else {
        return reply::empty(StatusCode::NOT_FOUND);
    };
    if is_reading(method) {
        reply::json(StatusCode::OK, &keys)
    } else {
        reply::not_allowed(&["GET", "HEAD"])
    }
}

fn named(directory: &Directory, org: &str, name: &str, store: KeyStore) -> Option<Value> {
    let name = name.strip_suffix(".jwks")?;
    let org_id = OrgId::new(org);
    if name == org {
        directory.organisation_jwks(&org_id)
    } else {
        directory.software_jwks(&org_id, &SoftwareId::new(name), store)
    }
}

fn is_reading(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}
