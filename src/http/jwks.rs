//! `GET {base}/jwks`: the bank's own public keys (RFC 7517 §5).

use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::filters::path::FullPath;
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::bank::Bank;
use crate::http::{reply, segments};

/// The key set, whatever the method.
pub fn routes(bank: &Arc<Bank>) -> BoxedFilter<(Response,)> {
    let bank = Arc::clone(bank);
    segments(&bank.base_path)
        .and(warp::path("jwks"))
        .and(warp::path::end())
        .and(warp::method())
        .and(warp::path::full())
        .map(move |method: Method, path: FullPath| match method {
            Method::GET | Method::HEAD => reply::json(StatusCode::OK, &bank.jwks()),
            _ => reply::method_not_offered(&bank, &method, path.as_str(), &["GET", "HEAD"]),
        })
        .boxed()
}
