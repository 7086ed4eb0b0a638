//! A directory's own endpoints (Raidiam Connect): `GET {base}/clients`,
//! `GET {base}/clients/{ClientId}`, and software statements.

use serde_json::Value;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::{Reply, Response};

use crate::bank::Assertion;
use crate::dialect::Operation;
use crate::http::endpoint::asked_for;
use crate::http::reply::{self, Asker};
use crate::scenario::edit::apply;

/// The three endpoints.
pub fn routes() -> BoxedFilter<(Response,)> {
    let clients = asked_for(&[Operation::Clients]).then(clients);
    let client = asked_for(&[Operation::Client]).then(client);
    let assertion = asked_for(&[Operation::Assertion]).then(assertion);
    clients.or(client).unify().or(assertion).unify().boxed()
}

/// 200 with a page of clients.
async fn clients(asker: Asker) -> Response {
    let ruling = asker.bank.list_clients(&asker.call).await;
    asker.answer(ruling, |page| reply::private_json(StatusCode::OK, &page))
}

/// 200 with one client.
async fn client(asker: Asker) -> Response {
    let ruling = asker.bank.read_listed(&asker.call).await;
    asker.answer(ruling, |client| {
        reply::private_json(StatusCode::OK, &client)
    })
}

/// 200 with a software statement, under the media type of its own directory.
async fn assertion(asker: Asker) -> Response {
    let orders = asker.asked.orders.get();
    let edits = orders.map_or(&[][..], |orders| &orders.statement_edits);
    let alter = |claims: &mut Value| apply(claims, edits);
    let ruling = asker.bank.assertion(&asker.call, Some(&alter)).await;
    asker.answer(ruling, statement)
}

fn statement(assertion: Assertion) -> Response {
    let media_type = assertion.media_type();
    let mut response = assertion.text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
