//! Registration: `POST` on the collection creates a client; `GET`, `PUT` and `DELETE` on a client's
//! own URL read, replace and delete it (RFC 7591 §3, RFC 7592 §2).

use warp::http::StatusCode;
use warp::reply::Response;

use crate::dialect::call::Call;
use crate::http::reply::{self, Asker};

/// 201 with the client information.
pub async fn register(asker: Asker<'_>, call: &Call) -> Response {
    let ruling = asker.bank.register(call).await;
    asker.answer(ruling, |client| {
        reply::private_json(StatusCode::CREATED, &client)
    })
}

/// 200 with the client information.
pub async fn read(asker: Asker<'_>, call: &Call) -> Response {
    let ruling = asker.bank.read(call).await;
    asker.answer(ruling, |client| {
        reply::private_json(StatusCode::OK, &client)
    })
}

/// 200 with the client information.
pub async fn update(asker: Asker<'_>, call: &Call) -> Response {
    let ruling = asker.bank.update(call).await;
    asker.answer(ruling, |client| {
        reply::private_json(StatusCode::OK, &client)
    })
}

/// 204.
pub async fn delete(asker: Asker<'_>, call: &Call) -> Response {
    let ruling = asker.bank.delete(call).await;
    asker.answer(ruling, |()| reply::empty(StatusCode::NO_CONTENT))
}
