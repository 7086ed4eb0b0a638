//! Calls of the control API, as a test suite makes them.

use aspsp_emulator::Emulator;
use reqwest::{Method, Response};
use serde_json::Value;

use crate::control::{http, url};

/// Sends a request, with a JSON body unless that is null.
pub async fn send(emulator: &Emulator, method: &str, path: &str, body: Value) -> Response {
    let method: Method = method.parse().unwrap();
    let request = http().request(method, url(emulator, path));
    let request = match body {
        Value::Null => request,
        body => request
            .header("content-type", "application/json")
            .body(body.to_string()),
    };
    request.send().await.unwrap()
}

/// Status and JSON body of the answer; null for an empty one.
pub async fn call(emulator: &Emulator, method: &str, path: &str, body: Value) -> (u16, Value) {
    let answer = send(emulator, method, path, body).await;
    let status = answer.status().as_u16();
    let text = answer.text().await.unwrap();
    if text.is_empty() {
        return (status, Value::Null);
    }
    let body = serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text:?}"));
    (status, body)
}

/// GETs JSON.
pub async fn read(emulator: &Emulator, path: &str) -> Value {
    let (status, body) = call(emulator, "GET", path, Value::Null).await;
    assert_eq!(status, 200, "{path}: {body}");
    body
}

/// Does what must work; the body of the answer.
pub async fn done(emulator: &Emulator, method: &str, path: &str, body: Value) -> Value {
    let (status, body) = call(emulator, method, path, body).await;
    assert!(
        (200..300).contains(&status),
        "{method} {path}: {status} {body}"
    );
    body
}

/// The answer is a problem with this member of the request.
pub fn assert_problem(
    (status, body): (u16, Value),
    expected: u16,
    field: &str,
    found: &str,
    allowed: &str,
) {
    assert_eq!(status, expected, "{body}");
    assert_eq!(body["status"], expected, "{body}");
    assert_eq!(body["field"], field, "{body}");
    assert_eq!(body["found"], found, "{body}");
    assert_eq!(body["allowed"], allowed, "{body}");
}
