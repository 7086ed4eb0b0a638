//! `POST {base}/token`: issues an access token (RFC 6749 §4.4).
//!
//! Body: a form. 200 with `access_token`, `token_type` and `expires_in`; 400 or 401 with an
//! RFC 6749 §5.2 error.

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::dialect::Operation;
use crate::http::endpoint::asked_for;
use crate::http::reply::{self, Asker};

/// The token endpoint.
pub fn routes() -> BoxedFilter<(Response,)> {
    asked_for(&[Operation::Token]).then(issue).boxed()
}

async fn issue(asker: Asker) -> Response {
    let ruling = asker.bank.issue_token(&asker.call).await;
    asker.answer(ruling, |token| reply::private_json(StatusCode::OK, &token))
}
