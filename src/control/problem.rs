//! Errors of the control listener (RFC 9457).

use serde_json::{Value, json};
use warp::http::header::{ALLOW, CONTENT_TYPE};
use warp::http::{HeaderValue, StatusCode};
use warp::reply::{Reply, Response};

/// A member of a request, or of its path, that cannot be.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BadField {
    /// Its name.
    pub field: String,
    /// What was found.
    pub found: String,
    /// What is allowed.
    pub allowed: String,
}

impl BadField {
    /// A member with what was found and what is allowed.
    pub fn new(
        field: impl Into<String>,
        found: impl Into<String>,
        allowed: impl Into<String>,
    ) -> Self {
        Self {
            field: field.into(),
            found: found.into(),
            allowed: allowed.into(),
        }
    }
}

/// A problem document: `{"type": "about:blank", "title", "status", "detail"}`.
pub fn response(status: StatusCode, detail: &str) -> Response {
    document(status, &body(status, detail))
}

/// The same with `field`, `found` and `allowed`.
pub fn of_field(status: StatusCode, bad: &BadField) -> Response {
    let BadField {
        field,
        found,
        allowed,
    } = bad;
    let detail = format!("`{field}`: found {found}; allowed: {allowed}");
    let mut body = body(status, &detail);
    body["field"] = field.as_str().into();
    body["found"] = found.as_str().into();
    body["allowed"] = allowed.as_str().into();
    document(status, &body)
}

fn body(status: StatusCode, detail: &str) -> Value {
    json!({
        "type": "about:blank",
        "title": status.canonical_reason().unwrap_or_default(),
        "status": status.as_u16(),
        "detail": detail,
    })
}

fn document(status: StatusCode, body: &Value) -> Response {
    let mut response = warp::reply::with_status(warp::reply::json(body), status).into_response();
    let media_type = HeaderValue::from_static("application/problem+json");
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// 405 of a route that can only be read.
pub fn only_readable() -> Response {
    only("GET, HEAD", "this can only be read: GET or HEAD")
}

/// 405 of a route that only takes a request.
pub fn only_postable() -> Response {
    only("POST", "this takes a request only: POST")
}

fn only(allowed: &'static str, detail: &str) -> Response {
    let mut response = response(StatusCode::METHOD_NOT_ALLOWED, detail);
    let allowed = HeaderValue::from_static(allowed);
    response.headers_mut().insert(ALLOW, allowed);
    response
}
