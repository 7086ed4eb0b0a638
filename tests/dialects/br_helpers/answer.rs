//! Answers, read whole.

use reqwest::header::HeaderMap;
use serde_json::Value;

use super::{INTERACTION_ID, JSON, members};

/// An answer, read whole.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Vec<u8>,
}

impl Answer {
    pub fn json(&self) -> Value {
        let text = String::from_utf8_lossy(&self.body);
        serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text:?}"))
    }

    /// The value of a header field; empty if it is not there.
    pub fn header(&self, name: &str) -> &str {
        self.headers
            .get(name)
            .map_or("", |value| value.to_str().unwrap())
    }

    /// A member of the body that is a string.
    pub fn text(&self, member: &str) -> String {
        let body = self.json();
        let value = body[member].as_str();
        value
            .unwrap_or_else(|| panic!("no {member} in {body}"))
            .to_owned()
    }

    /// The answer is empty, but has an interaction id.
    pub fn assert_empty(&self, status: u16, name: &str) {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!((self.status, &*text), (status, ""), "{name}");
        assert!(!self.header(INTERACTION_ID).is_empty(), "{name}");
    }

    /// The answer is JSON that nobody keeps, of this status, and has an interaction id.
    pub fn assert_json(&self, status: u16, name: &str) {
        let text = String::from_utf8_lossy(&self.body);
        assert_eq!(self.status, status, "{name}: {text}");
        assert_eq!(self.header("content-type"), JSON, "{name}");
        assert_eq!(self.header("cache-control"), "no-store", "{name}");
        assert_eq!(self.header("pragma"), "no-cache", "{name}");
        assert!(!self.header(INTERACTION_ID).is_empty(), "{name}");
    }

    /// `error` and `error_description`, exactly.
    pub fn error(&self, status: u16, name: &str) -> (String, String) {
        self.assert_json(status, name);
        let body = self.json();
        assert_eq!(
            members(&body),
            ["error", "error_description"],
            "{name}: {body}"
        );
        (self.text("error"), self.text("error_description"))
    }

    /// The one text of an errors array.
    pub fn errors(&self, status: u16, name: &str) -> String {
        self.assert_json(status, name);
        let body = self.json();
        assert_eq!(members(&body), ["errors"], "{name}: {body}");
        let texts = body["errors"].as_array().unwrap();
        assert_eq!(texts.len(), 1, "{name}: {body}");
        texts[0].as_str().unwrap().to_owned()
    }

    /// A 401 that challenges without a body.
    pub fn assert_challenges(&self, name: &str) {
        self.assert_empty(401, name);
        let challenge = self.header("www-authenticate");
        assert!(challenge.starts_with("Bearer "), "{name}: {challenge}");
    }
}
