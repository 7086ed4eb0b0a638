//! What a bank decided, as an HTTP response. The one place that does this.

use std::sync::Arc;

use serde::Serialize;
use warp::http::header::{ALLOW, CACHE_CONTROL, CONTENT_TYPE, PRAGMA};
use warp::http::{HeaderValue, Method, StatusCode};
use warp::reply::{Reply, Response, with_header};

use crate::bank::{Bank, Ruling};
use crate::dialect::call::Call;
use crate::dialect::checks::transport::METHOD_NOT_OFFERED;
use crate::dialect::fault::Refusal;
use crate::http::call::Asked;

/// A bank that was asked for something.
pub struct Asker {
    /// The bank.
    pub bank: Arc<Bank>,
    /// What it was asked for.
    pub call: Arc<Call>,
    /// The whole request.
    pub asked: Arc<Asked>,
}

impl Asker {
    /// `None` where no bank was asked for an operation.
    pub fn new(asked: &Arc<Asked>) -> Option<Self> {
        Some(Self {
            bank: asked.bank()?,
            call: asked.call.clone()?,
            asked: Arc::clone(asked),
        })
    }

    /// The response to a ruling; `accepted` makes that of a good one.
    pub fn answer<T>(&self, ruling: Ruling<T>, accepted: impl FnOnce(T) -> Response) -> Response {
        let response = match ruling.result {
            Ok(value) => accepted(value),
            Err(refused) => refusal(&refused),
        };
        self.asked.note(ruling.checks, ruling.refused_by);
        response
    }
}

/// JSON that may hold a secret: `Cache-Control: no-store`, `Pragma: no-cache` (RFC 6749 §5.1,
/// RFC 7591 §3.2.1).
pub fn private_json(status: StatusCode, body: &impl Serialize) -> Response {
    private(json(status, body))
}

/// The same of JSON that is text already.
pub fn private_text(status: StatusCode, text: String) -> Response {
    const MEDIA_TYPE: HeaderValue = HeaderValue::from_static("application/json");
    private(
        warp::reply::with_status(with_header(text, CONTENT_TYPE, MEDIA_TYPE), status)
            .into_response(),
    )
}

fn private(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    response
}

/// JSON that anybody may keep.
pub fn json(status: StatusCode, body: &impl Serialize) -> Response {
    warp::reply::with_status(warp::reply::json(body), status).into_response()
}

/// A response without a body.
pub fn empty(status: StatusCode) -> Response {
    status.into_response()
}

/// The response to a refusal.
pub fn refusal(refusal: &Refusal) -> Response {
    // Statuses come from the dialects' tables, all of them valid.
    let status = StatusCode::from_u16(refusal.status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let mut response = match &refusal.body {
        Some(body) => private_json(status, body),
        None => empty(status),
    };
    for (name, value) in &refusal.headers {
        match HeaderValue::from_str(value) {
            Ok(value) => {
                response.headers_mut().insert(*name, value);
            }
            Err(error) => tracing::error!(name, %error, "a header of a refusal"),
        }
    }
    response
}

/// The bank's answer to a method that is not offered; with 405 the methods that are (RFC 9110
/// §15.5.6).
pub fn method_not_offered(bank: &Bank, method: &Method, path: &str, offered: &[&str]) -> Response {
    let seen = format!("{method} on {path}");
    let refused = bank.refuse(&METHOD_NOT_OFFERED, &seen, &offered.join(", "));
    let mut response = refusal(&refused);
    allow(&mut response, offered);
    response
}

/// 405 of what belongs to no bank.
pub fn not_allowed(offered: &[&str]) -> Response {
    let mut response = empty(StatusCode::METHOD_NOT_ALLOWED);
    allow(&mut response, offered);
    response
}

fn allow(response: &mut Response, offered: &[&str]) {
    if response.status() == StatusCode::METHOD_NOT_ALLOWED
        && let Ok(methods) = HeaderValue::from_str(&offered.join(", "))
    {
        response.headers_mut().insert(ALLOW, methods);
    }
}
