//! The control API as its own document describes it, and as it answers.

use reqwest::{Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::control::{get, guarded, http, url};
use crate::helpers::{BANK, TestBank, json as body};

pub async fn document(bank: &TestBank) -> Value {
    let answer = get(&bank.emulator, "/openapi.json", &[]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/json");
    body(answer).await
}

/// A path of the document with names that are there.
fn filled(path: &str) -> String {
    path.replace("{world}", "default")
        .replace("{id}", BANK)
        .replace("{scenario}", "throttled-429")
        .replace("{exchange}", "1")
        .replace("{name}", "tpp.json")
}

async fn send(bank: &TestBank, method: Method, path: &str, text: &str) -> Response {
    let request = http().request(method, url(&bank.emulator, path));
    let request = request.header("content-type", "application/json");
    request.body(text.to_owned()).send().await.unwrap()
}

#[tokio::test]
async fn every_path_of_the_document_is_served_with_its_methods_only() {
    let dir = tempfile::tempdir().unwrap();
    let bank = TestBank::start_with(|builder| builder.kit(dir.path().join("kit"))).await;
    let document = document(&bank).await;
    assert_eq!(document["openapi"], "3.1.0");
    let paths = document["paths"].as_object().unwrap();
    for (path, described) in paths {
        let methods = described.as_object().unwrap();
        for method in ["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE"] {
            let answer = send(&bank, method.parse().unwrap(), &filled(path), "").await;
            let status = answer.status();
            match methods.get(&method.to_lowercase()) {
                None => {
                    assert_eq!(status, StatusCode::METHOD_NOT_ALLOWED, "{method} {path}");
                    let allowed = answer.headers()["allow"].to_str().unwrap();
                    for method in methods.keys() {
                        assert!(allowed.contains(&method.to_uppercase()), "{allowed} {path}");
                    }
                }
                Some(operation) => {
                    let described = &operation["responses"][status.as_str()];
                    assert!(described.is_object(), "{method} {path} {status}");
                    // What it is about may be gone by now.
                    if status == StatusCode::NOT_FOUND {
                        let problem = body(answer).await;
                        let detail = problem["detail"].as_str().unwrap();
                        assert!(!detail.contains("nothing lives at"), "{method} {path}");
                    }
                }
            }
        }
    }
}

#[tokio::test]
async fn answers_are_what_the_document_says() {
    let bank = TestBank::start().await;
    bank.tpp().await.registered().await;
    let document = document(&bank).await;
    for path in [
        "/health",
        "/api/banks",
        "/api/banks/{id}",
        "/api/banks/{id}/clients",
        "/api/worlds/{world}/banks/{id}/clients",
        "/api/checks",
    ] {
        let answer = body(get(&bank.emulator, &filled(path), &[]).await).await;
        assert_described(&document, &document["paths"][path]["get"], "200", &answer);
    }
    let explain = &document["paths"]["/api/explain"]["post"];
    let asked = json!({ "bank": BANK, "request": "x" }).to_string();
    let answer = send(&bank, Method::POST, "/api/explain", &asked).await;
    assert_described(&document, explain, "200", &body(answer).await);
    let answer = send(&bank, Method::POST, "/api/explain", "{").await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_described(&document, explain, "400", &body(answer).await);
}

/// The answer has the schema that the operation gives for this status.
pub fn assert_described(document: &Value, operation: &Value, status: &str, answer: &Value) {
    let mut response = &operation["responses"][status];
    if let Some(reference) = response["$ref"].as_str() {
        response = document.pointer(&reference[1..]).unwrap();
    }
    let (_, content) = response["content"]
        .as_object()
        .unwrap()
        .iter()
        .next()
        .unwrap();
    let mut schema = content["schema"].clone();
    schema["components"] = document["components"].clone();
    let validator = jsonschema::validator_for(&schema).unwrap();
    let errors: Vec<String> = validator
        .iter_errors(answer)
        .map(|error| error.to_string())
        .collect();
    assert!(
        errors.is_empty(),
        "{}: {errors:?}",
        operation["operationId"]
    );
}

#[tokio::test]
async fn the_world_of_a_path_is_the_default_one_or_unknown() {
    let bank = TestBank::start().await;
    let of_default = body(get(&bank.emulator, "/api/worlds/default/banks", &[]).await).await;
    assert_eq!(
        of_default,
        body(get(&bank.emulator, "/api/banks", &[]).await).await
    );
    let answer = get(&bank.emulator, "/api/worlds/other%20one/banks", &[]).await;
    assert_eq!(answer.status(), StatusCode::NOT_FOUND);
    let problem = body(answer).await;
    assert_eq!(problem["field"], "world");
    assert_eq!(problem["found"], "`other one`");
    assert_eq!(problem["allowed"], "default");
}

#[tokio::test]
async fn a_body_or_query_that_cannot_be_is_a_problem_with_its_place() {
    let bank = TestBank::start().await;
    for (content_type, text, line, column, field) in [
        (
            "application/json",
            "{\n \"bank\": }",
            json!(2),
            json!(10),
            "body",
        ),
        (
            "application/json",
            "{\"bank\":1,\"bank\":2}",
            json!(1),
            json!(16),
            "body",
        ),
        (
            "application/yaml",
            "bank: x\nrequest: [",
            json!(2),
            json!(10),
            "body",
        ),
        (
            "application/yaml",
            "bank: x\nbank: y",
            json!(2),
            json!(1),
            "body",
        ),
        (
            "application/yaml",
            "bank: uk-ob-3.3\nrequest: 7\n",
            Value::Null,
            Value::Null,
            "request",
        ),
        ("application/json", "7", Value::Null, Value::Null, "body"),
        ("application/json", "", Value::Null, Value::Null, "body"),
    ] {
        let request = http().post(url(&bank.emulator, "/api/explain"));
        let request = request.header("content-type", content_type).body(text);
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{text}");
        let problem = body(answer).await;
        assert_eq!(problem["field"], field, "{problem}");
        assert!(problem["found"].is_string() && problem["allowed"].is_string());
        assert_eq!(
            (&problem["line"], &problem["column"]),
            (&line, &column),
            "{problem}"
        );
    }
    let answer = get(&bank.emulator, "/api/banks?dialekt=x", &[]).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(body(answer).await["field"], "dialekt");
    let answer = get(&bank.emulator, "/api/banks/%ff", &[]).await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    assert_eq!(body(answer).await["field"], "id");
}

#[tokio::test]
async fn only_what_monitors_and_clients_start_from_needs_no_token() {
    let emulator = guarded(None).await;
    let token = [("authorization", "Bearer let-me-in")];
    for path in ["/", "/openapi.json", "/unknown", "/health/", "/metrics/x"] {
        let answer = get(&emulator, path, &[]).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
        let answer = get(&emulator, path, &token).await;
        assert_ne!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
    }
    let document = body(get(&emulator, "/openapi.json", &token).await).await;
    assert!(document["paths"]["/health"]["get"]["responses"]["401"].is_null());
}

#[tokio::test]
async fn a_page_of_another_site_is_told_nothing_by_a_preflight() {
    let bank = TestBank::start().await;
    let own = url(&bank.emulator, "");
    for (origin, status) in [
        ("http://localhost:3000", StatusCode::FORBIDDEN),
        (own.as_str(), StatusCode::METHOD_NOT_ALLOWED),
    ] {
        let preflight = http()
            .request(Method::OPTIONS, url(&bank.emulator, "/api/explain"))
            .header("origin", origin)
            .header("access-control-request-method", "POST");
        let answer = preflight.send().await.unwrap();
        assert_eq!(answer.status(), status, "{origin}");
        let mut names = answer.headers().keys();
        assert!(!names.any(|name| name.as_str().starts_with("access-control")));
    }
}
