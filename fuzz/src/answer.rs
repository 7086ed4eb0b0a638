//! Answers of routes, read whole.

use std::fmt;

use bytes::Bytes;
use http_body_util::BodyExt;
use serde_json::Value;
use warp::http::{HeaderMap, StatusCode};
use warp::reply::Response;

/// An answer with its whole body.
#[derive(Clone)]
pub struct Answer {
    /// Its status.
    pub status: StatusCode,
    /// Its header.
    pub headers: HeaderMap,
    /// Its body.
    pub body: Bytes,
}

impl Answer {
    /// Reads a response to its end.
    ///
    /// # Panics
    /// Its body breaks off.
    pub async fn read(response: Response) -> Self {
        let (head, body) = response.into_parts();
        let body = body.collect().await.expect("a body that breaks off");
        Self {
            status: head.status,
            headers: head.headers,
            body: body.to_bytes(),
        }
    }

    /// A header as text; empty without.
    #[must_use]
    pub fn header(&self, name: &str) -> &str {
        let value = self.headers.get(name).and_then(|value| value.to_str().ok());
        value.unwrap_or_default()
    }

    /// Its body as JSON, as its content type says it is.
    ///
    /// # Panics
    /// It is none, or says that it is something else.
    #[must_use]
    pub fn json(&self) -> Value {
        let is_json = self.header("content-type").contains("json");
        assert!(is_json, "not said to be JSON: {self:?}");
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {self:?}"))
    }
}

impl fmt::Debug for Answer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let body = String::from_utf8_lossy(&self.body);
        write!(formatter, "{} {:?} {body}", self.status, self.headers)
    }
}
