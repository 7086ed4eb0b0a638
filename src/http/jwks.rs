//! `GET {base}/jwks`: the bank's own public keys (RFC 7517 §5).

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::dialect::Operation;
use crate::http::endpoint::asked_for;
use crate::http::reply::{self, Asker};

/// The key set.
pub fn routes() -> BoxedFilter<(Response,)> {
    asked_for(&[Operation::Jwks])
        .map(|asker: Asker| reply::json(StatusCode::OK, &asker.bank.jwks()))
        .boxed()
}
