//! `POST {base}/token`: issues an access token (RFC 6749 §4.4).
//!
//! Body: a form. 200 with `access_token`, `token_type` and `expires_in`; 400 or 401 with an
//! RFC 6749 §5.2 error.

use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::dialect::Operation;
use crate::http::call::{Asked, Context, asked};
use crate::http::endpoint::PathIds;
use crate::http::reply::{self, Asker};
use crate::http::segments;

/// The token endpoint, whatever the method.
pub fn routes(context: Context) -> BoxedFilter<(Response,)> {
    segments(&context.bank.configured().base_path)
        .and(warp::path("token"))
        .and(warp::path::end())
        .and(asked())
        .then(move |asked| issue(context.clone(), asked))
        .boxed()
}

async fn issue(context: Context, asked: Arc<Asked>) -> Response {
    let bank = asked.bank(&context);
    if asked.method != Method::POST {
        return reply::method_not_offered(&bank, &asked.method, &asked.path, &["POST"]);
    }
    let asker = Asker {
        bank: &bank,
        operation: Operation::Token,
        interaction_id: asked.interaction_id.clone(),
    };
    let call = asked.call(
        &context.urls,
        context.body_limit,
        Operation::Token,
        PathIds::default(),
    );
    let ruling = bank.issue_token(&call).await;
    asker.answer(ruling, |token| reply::private_json(StatusCode::OK, &token))
}
