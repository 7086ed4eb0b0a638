//! A directory's own endpoints (Raidiam Connect): `GET {base}/clients`,
//! `GET {base}/clients/{ClientId}`, and software statements.

use serde_json::Value;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::{Reply, Response};

use crate::bank::Assertion;
use crate::dialect::call::Call;
use crate::domain::ecosystem::Ecosystem;
use crate::http::call::Asked;
use crate::http::reply::{self, Asker};
use crate::scenario::edit::apply;

/// 200 with a page of clients.
pub async fn clients(asker: Asker<'_>, call: &Call) -> Response {
    let ruling = asker.bank.list_clients(call).await;
    asker.answer(ruling, |page| reply::private_json(StatusCode::OK, &page))
}

/// 200 with one client.
pub async fn client(asker: Asker<'_>, call: &Call) -> Response {
    let ruling = asker.bank.read_listed(call).await;
    asker.answer(ruling, |client| {
        reply::private_json(StatusCode::OK, &client)
    })
}

/// 200 with a software statement, under the media type of its own directory.
pub async fn assertion(asker: Asker<'_>, call: &Call, asked: &Asked) -> Response {
    let orders = asked.orders.get();
    let edits = orders.map_or(&[][..], |orders| &orders.statement_edits);
    let alter = |claims: &mut Value| apply(claims, edits);
    let ruling = asker.bank.assertion(call, Some(&alter)).await;
    asker.answer(ruling, statement)
}

fn statement(assertion: Assertion) -> Response {
    let media_type = match assertion.ecosystem {
        Ecosystem::Uk => "application/jws+json",
        Ecosystem::Brazil => "application/jwt",
    };
    let mut response = assertion.text.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
