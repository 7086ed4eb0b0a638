//! `POST {base}/token`: issues an access token (RFC 6749 §4.4).
//!
//! Body: a form. 200 with `access_token`, `token_type` and `expires_in`; 400 or 401 with an
//! RFC 6749 §5.2 error.

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
    segments(&context.bank.base_path)
        .and(warp::path("token"))
        .and(warp::path::end())
        .and(asked())
        .then(move |asked| issue(context.clone(), asked))
        .boxed()
}

async fn issue(context: Context, asked: Asked) -> Response {
    if asked.method != Method::POST {
        return reply::method_not_offered(&context.bank, &asked.method, &asked.path, &["POST"]);
    }
    let asker = Asker {
        context: &context,
        operation: Operation::Token,
        interaction_id: asked.interaction_id.clone(),
    };
    let call = asked.into_call(&context, Operation::Token, PathIds::default());
    let ruling = context.bank.issue_token(&call).await;
    asker.answer(ruling, |token| reply::private_json(StatusCode::OK, &token))
}
