//! `GET`, `PUT` and `DELETE {base}/register/{ClientId}`: a client manages its registration
//! (OB DCR; RFC 7592 §2).
//!
//! 200 with the client information, or 204; 401 and 403 without a body.

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::dialect::Operation;
use crate::http::call::{Asked, Context, asked};
use crate::http::reply::{self, Asker};
use crate::http::segments;

/// The methods that an item can have, with what they ask.
const METHODS: [(Method, Operation); 3] = [
    (Method::GET, Operation::Read),
    (Method::PUT, Operation::Update),
    (Method::DELETE, Operation::Delete),
];

/// The items of the registration collection, whatever the method.
pub fn routes(context: Context) -> BoxedFilter<(Response,)> {
    segments(&context.bank.base_path)
        .and(segments(context.bank.dialect.collection))
        .and(warp::path::param::<String>())
        .and(warp::path::end())
        .and(asked())
        .then(move |client_id, asked| manage(context.clone(), client_id, asked))
        .boxed()
}

async fn manage(context: Context, client_id: String, asked: Asked) -> Response {
    let offered = || {
        METHODS
            .iter()
            .filter(|(_, operation)| context.bank.dialect.offers(*operation))
    };
    let Some((_, operation)) = offered().find(|(method, _)| *method == asked.method) else {
        let methods: Vec<&str> = offered().map(|(method, _)| method.as_str()).collect();
        return reply::method_not_offered(&context, &methods);
    };
    let asker = Asker {
        context: &context,
        operation: *operation,
        interaction_id: asked.interaction_id.clone(),
    };
    let call = asked.into_call(&context, *operation, Some(client_id));
    let bank = &context.bank;
    if *operation == Operation::Delete {
        return asker.answer(bank.delete(&call).await, |()| {
            reply::empty(StatusCode::NO_CONTENT)
        });
    }
    let ruling = match operation {
        Operation::Update => bank.update(&call).await,
        _ => bank.read(&call).await,
    };
    asker.answer(ruling, |client| {
        reply::private_json(StatusCode::OK, &client)
    })
}
