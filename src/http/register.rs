//! `POST {base}/register`: creates a client from a signed request (OB DCR, `POST /register`).
//!
//! Body: a compact JWS. 201 with the client information; 400 with an RFC 7591 §3.2.2 error.

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::dialect::Operation;
use crate::http::call::{Asked, Context, asked};
use crate::http::reply::{self, Asker};
use crate::http::segments;

/// The registration collection, whatever the method.
pub fn routes(context: Context) -> BoxedFilter<(Response,)> {
    segments(&context.bank.base_path)
        .and(segments(context.bank.dialect.collection))
        .and(warp::path::end())
        .and(asked())
        .then(move |asked| register(context.clone(), asked))
        .boxed()
}

async fn register(context: Context, asked: Asked) -> Response {
    if asked.method != Method::POST || !context.bank.dialect.offers(Operation::Register) {
        return reply::method_not_offered(&context, &["POST"]);
    }
    let asker = Asker {
        context: &context,
        operation: Operation::Register,
        interaction_id: asked.interaction_id.clone(),
    };
    let call = asked.into_call(&context, Operation::Register, None);
    let ruling = context.bank.register(&call).await;
    asker.answer(ruling, |client| {
        reply::private_json(StatusCode::CREATED, &client)
    })
}
