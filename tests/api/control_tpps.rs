//! TPPs by the control API, as somebody meets them who has nothing but HTTP.

mod certificates;
mod changed;
mod keys_kept;
mod made;
mod refused;
mod replaced;
mod revoked_keys;
mod siblings;
mod signed;

use aspsp_emulator::Emulator;
use reqwest::{Client, Method, Response};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::{Value, json};

use crate::connections::{HTTP1, client, tls_config};
use crate::control::{http, url};
use crate::helpers::{BANK, JOSE, TestBank, json as body};

const BRAZIL: &str = "open-finance-brasil";

/// Sends this JSON; `null` for no body.
async fn send(emulator: &Emulator, method: Method, path: &str, asked: &Value) -> Response {
    let request = http().request(method, url(emulator, path));
    let request = match asked {
        Value::Null => request,
        asked => request
            .header("content-type", "application/json")
            .body(asked.to_string()),
    };
    request.send().await.unwrap()
}

/// The answer, which must have this status.
async fn answered(
    emulator: &Emulator,
    method: Method,
    path: &str,
    asked: &Value,
    status: u16,
) -> Value {
    let answer = send(emulator, method, path, asked).await;
    let seen = answer.status();
    let text = answer.text().await.unwrap();
    assert_eq!(seen, status, "{path} {asked} {text}");
    if text.is_empty() {
        return Value::Null;
    }
    serde_json::from_str(&text).unwrap()
}

async fn post(bank: &TestBank, path: &str, asked: Value, status: u16) -> Value {
    answered(&bank.emulator, Method::POST, path, &asked, status).await
}

async fn get(bank: &TestBank, path: &str) -> Value {
    answered(&bank.emulator, Method::GET, path, &Value::Null, 200).await
}

/// A TPP that was made by the control API.
struct Made {
    answer: Value,
    http: Client,
    /// Its path, such as `/api/tpps/…`.
    path: String,
}

impl Made {
    async fn new(bank: &TestBank, asked: Value) -> Self {
        Self::below(bank, "/api", asked).await
    }

    /// One of the world whose routes begin so.
    async fn below(bank: &TestBank, base: &str, asked: Value) -> Self {
        let answer = post(bank, &format!("{base}/tpps"), asked, 201).await;
        let software = answer["software_id"].as_str().unwrap();
        Self {
            http: mutual(bank, &answer["transport"]),
            path: format!("{base}/tpps/{software}"),
            answer,
        }
    }

    fn text(&self, pointer: &str) -> &str {
        let found = self.answer.pointer(pointer).and_then(Value::as_str);
        found.unwrap_or_else(|| panic!("no {pointer} in {}", self.answer))
    }

    /// The answer to this below its path.
    async fn post(&self, bank: &TestBank, below: &str, asked: Value, status: u16) -> Value {
        post(bank, &format!("{}/{below}", self.path), asked, status).await
    }

    /// A registration request for a bank with these further members.
    async fn request(&self, bank: &TestBank, id: &str, mut asked: Value) -> Value {
        asked["bank"] = id.into();
        self.post(bank, "requests", asked, 200).await
    }

    /// Registers at a bank with an ordinary request; the answer.
    async fn register(&self, bank: &TestBank, id: &str) -> Response {
        let request = self.request(bank, id, json!({})).await;
        deliver(&self.http, &request, None).await.unwrap()
    }

    /// Registers at [`BANK`]; the client's id.
    async fn registered(&self, bank: &TestBank) -> String {
        let answer = self.register(bank, BANK).await;
        assert_eq!(answer.status(), 201);
        let client = body(answer).await;
        client["client_id"].as_str().unwrap().to_owned()
    }
}

/// An HTTP client with a certificate as the control API shows it.
fn mutual(bank: &TestBank, shown: &Value) -> Client {
    let key = shown["key"].as_str().unwrap_or_default();
    mutual_with(bank, shown["certificate"].as_str().unwrap(), key)
}

/// The same with a key; without one the client has no certificate.
fn mutual_with(bank: &TestBank, chain: &str, key: &str) -> Client {
    let chain = CertificateDer::pem_slice_iter(chain.as_bytes());
    let chain: Vec<_> = chain.map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_slice(key.as_bytes()).ok();
    let suites = aws_lc_rs::default_provider().cipher_suites;
    let authority = bank.emulator.authority();
    let identity = key.map(|key| (chain, key));
    let config = tls_config(authority, identity, &suites, HTTP1);
    client(config, bank.emulator.addresses().mtls)
}

/// Sends a registration request as `POST …/requests` says, to an own URL with a token.
async fn deliver(http: &Client, request: &Value, token: Option<&str>) -> reqwest::Result<Response> {
    let method: Method = request["method"].as_str().unwrap().parse().unwrap();
    let sent = http
        .request(method, request["url"].as_str().unwrap())
        .header("content-type", request["content_type"].as_str().unwrap())
        .body(request["request"].as_str().unwrap().to_owned());
    let sent = match token {
        Some(token) => sent.bearer_auth(token),
        None => sent,
    };
    sent.send().await
}

/// The checks of a bank that fail over a registration request.
async fn failed(bank: &TestBank, id: &str, request: &str) -> Vec<String> {
    let asked = json!({ "bank": id, "request": request, "content_type": JOSE });
    let asked = if id == BRAZIL {
        json!({ "bank": id, "request": request, "content_type": "application/json" })
    } else {
        asked
    };
    let explained = post(bank, "/api/explain", asked, 200).await;
    let checks = explained["checks"].as_array().unwrap().iter();
    let failed = checks.filter(|check| check["result"] == "failed");
    failed
        .map(|check| check["check"].as_str().unwrap().to_owned())
        .collect()
}
