//! `GET {base}/jwks`: the bank's own public keys (RFC 7517 §5).

use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::http::call::{Asked, Context, asked};
use crate::http::{reply, segments};

/// The key set, whatever the method.
pub fn routes(context: Context) -> BoxedFilter<(Response,)> {
    segments(&context.bank.configured().base_path)
        .and(warp::path("jwks"))
        .and(warp::path::end())
        .and(asked())
        .map(move |asked: Arc<Asked>| {
            let bank = asked.bank(&context);
            match asked.method {
                Method::GET | Method::HEAD => reply::json(StatusCode::OK, &bank.jwks()),
                _ => reply::method_not_offered(&bank, &asked.method, &asked.path, &["GET", "HEAD"]),
            }
        })
        .boxed()
}
