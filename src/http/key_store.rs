//! The directory's key stores (OB Directory, `…_jwks_endpoint` and `…_jwks_revoked_endpoint`):
//!
//! - `GET /directory/directory.jwks`: the keys that statements are signed with
//! - `GET /directory/{org}/{name}.jwks`: current keys of a software, or of the organisation itself
//! - `GET /directory/{org}/revoked/{name}.jwks`: keys no longer to be believed

use std::sync::Arc;

use serde_json::Value;
use tokio::task::spawn_blocking;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::directory::{Directory, KeyStore};
use crate::domain::ids::{OrgId, SoftwareId};
use crate::http::reply;

/// The key stores, whatever the method.
pub fn routes(directory: &Arc<Directory>) -> BoxedFilter<(Response,)> {
    let of_directory = Arc::clone(directory);
    let directory_keys = warp::path!("directory" / "directory.jwks")
        .and(warp::method())
        .then(move |method| directory_keys(Arc::clone(&of_directory), method));
    let of_current = Arc::clone(directory);
    let current = warp::path!("directory" / String / String)
        .and(warp::method())
        .map(move |org: String, name: String, method: Method| {
            store(&of_current, &org, &name, KeyStore::Current, &method)
        });
    let of_revoked = Arc::clone(directory);
    let revoked = warp::path!("directory" / String / "revoked" / String)
        .and(warp::method())
        .map(move |org: String, name: String, method: Method| {
            store(&of_revoked, &org, &name, KeyStore::Revoked, &method)
        });
    directory_keys
        .or(current)
        .unify()
        .or(revoked)
        .unify()
        .boxed()
}

async fn directory_keys(directory: Arc<Directory>, method: Method) -> Response {
    if !is_reading(&method) {
        return reply::not_allowed(&["GET", "HEAD"]);
    }
    // The directory's RSA key may still have to be made.
    match spawn_blocking(move || directory.jwks()).await {
        Ok(Ok(keys)) => reply::json(StatusCode::OK, &keys),
        Ok(Err(error)) => {
            tracing::error!(%error, "the directory has no keys");
            reply::empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
        Err(error) => {
            tracing::error!(%error, "the directory's keys were not made");
            reply::empty(StatusCode::INTERNAL_SERVER_ERROR)
        }
    }
}

fn store(
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
