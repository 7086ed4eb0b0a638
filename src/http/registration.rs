//! Registration: `POST` on the collection creates a client; `GET`, `PUT` and `DELETE` on a client's
//! own URL read, replace and delete it (RFC 7591 §3, RFC 7592 §2).

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::dialect::Operation;
use crate::http::endpoint::asked_for;
use crate::http::reply::{self, Asker};

/// The four endpoints.
pub fn routes() -> BoxedFilter<(Response,)> {
    let register = asked_for(&[Operation::Register]).then(register);
    let read = asked_for(&[Operation::Read]).then(read);
    let update = asked_for(&[Operation::Update]).then(update);
    let delete = asked_for(&[Operation::Delete]).then(delete);
    register
        .or(read)
        .unify()
        .or(update)
        .unify()
        .or(delete)
        .unify()
        .boxed()
}

/// 201 with the client information.
async fn register(asker: Asker) -> Response {
    let ruling = asker.bank.register(&asker.call).await;
    asker.answer(ruling, |client| {
        if let Some(id) = client.client_id() {
            // It is registered once.
            let _ = asker.asked.registered.set(id.to_owned());
        }
        reply::private_text(StatusCode::CREATED, client.to_json())
    })
}

/// 200 with the client information.
async fn read(asker: Asker) -> Response {
    let ruling = asker.bank.read(&asker.call).await;
    asker.answer(ruling, |client| {
        reply::private_text(StatusCode::OK, client.to_json())
    })
}

/// 200 with the client information.
async fn update(asker: Asker) -> Response {
    let ruling = asker.bank.update(&asker.call).await;
    asker.answer(ruling, |client| {
        reply::private_text(StatusCode::OK, client.to_json())
    })
}

/// 204.
async fn delete(asker: Asker) -> Response {
    let ruling = asker.bank.delete(&asker.call).await;
    asker.answer(ruling, |()| reply::empty(StatusCode::NO_CONTENT))
}
