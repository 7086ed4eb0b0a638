//! The answers of handlers.

use bytes::Bytes;
use schemars::JsonSchema;
use serde::Serialize;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE, LOCATION};
use warp::http::{HeaderValue, StatusCode};

use warp::reply::{Reply, Response};

use crate::control::problem::{PROBLEM_JSON, Problem};

/// A list, as every list is shown.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "ListOf{T}")]
pub struct Items<T> {
    /// What it holds, in order.
    pub items: Vec<T>,
}

/// 200 with this value.
pub fn json(value: &impl Serialize) -> Response {
    warp::reply::json(value).into_response()
}

/// 200 with `{"items": […]}`.
pub fn items<T: Serialize>(items: Vec<T>) -> Response {
    json(&Items { items })
}

/// 201 with this value, which from now on lives at `location`.
///
/// # Errors
/// 500 where `location` cannot be in a header: escape what is in it.
pub fn created(location: &str, value: &impl Serialize) -> Result<Response, Problem> {
    let location = HeaderValue::from_str(location)
        .map_err(|error| Problem::internal("the Location header", &error))?;
    let reply = warp::reply::with_status(warp::reply::json(value), StatusCode::CREATED);
    let mut response = reply.into_response();
    response.headers_mut().insert(LOCATION, location);
    Ok(response)
}

/// A problem document with further members.
pub fn problem(status: StatusCode, document: &impl Serialize) -> Response {
    let reply = warp::reply::with_status(warp::reply::json(document), status);
    let mut response = reply.into_response();
    let media_type = HeaderValue::from_static(PROBLEM_JSON);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// 204.
pub fn no_content() -> Response {
    StatusCode::NO_CONTENT.into_response()
}

/// 200 with contents of this media type.
pub fn contents(media_type: &'static str, contents: impl Into<Bytes>) -> Response {
    let mut response = Response::new(contents.into().into());
    let media_type = HeaderValue::from_static(media_type);
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    response
}

/// The same answer for no cache to keep: it holds what others must not see, or what is soon otherwise.
pub fn unstored(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
