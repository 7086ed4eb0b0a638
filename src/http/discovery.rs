//! `GET {base}/.well-known/openid-configuration`: the discovery document
//! (`OpenID` Connect Discovery §4).

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::dialect::Operation;
use crate::http::endpoint::asked_for;
use crate::http::reply::{self, Asker};

/// The discovery document.
pub fn routes() -> BoxedFilter<(Response,)> {
    asked_for(&[Operation::Discovery])
        .map(|asker: Asker| reply::json(StatusCode::OK, &asker.bank.discovery(&asker.call.urls)))
        .boxed()
}
