//! Errors of the control listener (RFC 9457).

use serde_json::json;
use warp::http::header::{ALLOW, CONTENT_TYPE};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::{Reply, Response};

/// A problem document: `{"type": "about:blank", "title", "status", "detail"}`.
pub fn response(status: StatusCode, detail: &str) -> Response {
    let body = json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "detail": detail,
    });
    let mut response = warp::reply::with_status(warp::reply::json(&body), status).into_response();
    let media_type = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// 405 of a route that can only be read.
pub fn only_readable() -> Response {
    let mut response = response(
        StatusCode::METHOD_NOT_ALLOWED,
        "this can only be read: GET or HEAD",
    );
    response
        .headers_mut()
        .insert(ALLOW, HeaderValue::from_static("GET, HEAD"));
    response
}
