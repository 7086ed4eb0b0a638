//! Asking the control listener, with bodies.

use aspsp_emulator::Emulator;
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

use crate::control::{http, url};
use crate::helpers::json;

pub const YAML: &str = "application/yaml";
pub const JSON: &str = "application/json";

/// Sends a body of this media type.
pub async fn send(
    emulator: &Emulator,
    method: Method,
    path: &str,
    media_type: &str,
    body: &str,
) -> Response {
    let request = http().request(method, url(emulator, path));
    let request = request.header("content-type", media_type);
    request.body(body.to_owned()).send().await.unwrap()
}

/// POSTs nothing.
pub async fn post(emulator: &Emulator, path: &str) -> Response {
    http().post(url(emulator, path)).send().await.unwrap()
}

pub async fn delete(emulator: &Emulator, path: &str) -> Response {
    http().delete(url(emulator, path)).send().await.unwrap()
}

/// The JSON of an answer, which must be 200.
pub async fn ok(answer: Response) -> Value {
    assert_eq!(answer.headers()["content-type"], JSON);
    let status = answer.status();
    let body = json(answer).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body
}

/// The problem document of an answer of this status.
pub async fn problem(answer: Response, status: u16) -> Value {
    let found = answer.status().as_u16();
    let media_type = answer.headers().get("content-type").cloned();
    let text = answer.text().await.unwrap();
    assert_eq!(found, status, "{text}");
    assert_eq!(media_type.unwrap(), "application/problem+json");
    let problem: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(problem["status"], status, "{problem}");
    problem
}

/// Gives a scenario to the world `default` and puts it in force.
pub async fn activated(emulator: &Emulator, name: &str, yaml: &str) {
    let path = format!("/api/scenarios/{name}?activate=true");
    let answer = send(emulator, Method::PUT, &path, YAML, yaml).await;
    let status = answer.status();
    assert!(status.is_success(), "{}", answer.text().await.unwrap());
}
