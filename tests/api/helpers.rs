//! One emulator for each test, and the TPPs that call it.

use std::sync::atomic::{AtomicUsize, Ordering};

use aspsp_emulator::Emulator;
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::emulator::tpp::{RequestBuilder, Tpp};
use aspsp_emulator::emulator::tpp_builder::TppBuilder;
use certs_gen::{Key, KeyAlgorithm};
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::Value;

pub use crate::keys::{authority, rsa_key};

/// The bank that most tests are about.
pub const BANK: &str = "uk-ob-3.3";
pub const INTERACTION_ID: &str = "x-fapi-interaction-id";
pub const JOSE: &str = "application/jose";
pub const FORM: &str = "application/x-www-form-urlencoded";

/// An emulator with its TPPs.
pub struct TestBank {
    pub emulator: Emulator,
    made: AtomicUsize,
}

impl TestBank {
    pub async fn start() -> Self {
        Self::start_with(|builder| builder).await
    }

    pub async fn start_with(
        change: impl FnOnce(
            aspsp_emulator::emulator::EmulatorBuilder,
        ) -> aspsp_emulator::emulator::EmulatorBuilder,
    ) -> Self {
        let builder = Emulator::builder().authority(authority());
        Self::of(change(builder).start().await.unwrap())
    }

    pub fn of(emulator: Emulator) -> Self {
        Self {
            emulator,
            made: AtomicUsize::new(0),
        }
    }

    /// A TPP of every role with one redirect URI, `https://app.example/cb`.
    pub async fn tpp(&self) -> TestTpp {
        self.tpp_with(|tpp| tpp.redirect_uri("https://app.example/cb"))
            .await
    }

    /// A TPP with an RSA signing key of its own among those of this emulator, and an EC transport
    /// key.
    pub async fn tpp_with(&self, change: impl FnOnce(TppBuilder) -> TppBuilder) -> TestTpp {
        let index = self.made.fetch_add(1, Ordering::Relaxed);
        let builder = self
            .emulator
            .tpp()
            .signing_key(rsa_key(index))
            .transport_key(Key::generate(KeyAlgorithm::EcP256).unwrap());
        let tpp = change(builder).create().await.unwrap();
        let http = http_client(&tpp);
        TestTpp {
            mtls: self.emulator.url(BANK),
            http,
            tpp,
        }
    }
}

/// An ordinary HTTP client with the TPP's certificate. It speaks HTTP/1.1: the configuration of a TPP
/// offers no other protocol.
pub fn http_client(tpp: &Tpp) -> Client {
    let config = tpp.client_config().unwrap();
    Client::builder()
        .tls_backend_preconfigured(config)
        .build()
        .unwrap()
}

/// A TPP and its HTTP client.
pub struct TestTpp {
    pub tpp: Tpp,
    pub http: Client,
    /// URL of the bank on the mutual TLS listener.
    pub mtls: String,
}

impl TestTpp {
    /// An ordinary registration request that asks for `tls_client_auth`.
    pub fn request(&self) -> RequestBuilder {
        self.tpp.registration_request(BANK)
    }

    pub fn request_for(&self, method: AuthMethod) -> RequestBuilder {
        self.tpp.registration_request_for(BANK, method)
    }

    /// POSTs a body to the registration endpoint as `application/jose`.
    pub async fn post(&self, body: impl Into<reqwest::Body>) -> Response {
        self.http
            .post(format!("{}/register", self.mtls))
            .header("content-type", JOSE)
            .body(body)
            .send()
            .await
            .unwrap()
    }

    /// Registers with this request, which must be accepted.
    pub async fn register(&self, request: RequestBuilder) -> Value {
        let answer = self.post(request.sign().unwrap()).await;
        let status = answer.status();
        let body = json(answer).await;
        assert_eq!(status, StatusCode::CREATED, "{body}");
        body
    }

    /// Registers an ordinary client; its id.
    pub async fn registered(&self) -> String {
        let client = self.register(self.request()).await;
        client["client_id"].as_str().unwrap().to_owned()
    }

    /// POSTs a form to the token endpoint.
    pub async fn token_request(&self, form: &[(&str, &str)]) -> Response {
        let body = form
            .iter()
            .fold(
                &mut form_urlencoded::Serializer::new(String::new()),
                |form, (name, value)| form.append_pair(name, value),
            )
            .finish();
        self.http
            .post(format!("{}/token", self.mtls))
            .header("content-type", FORM)
            .body(body)
            .send()
            .await
            .unwrap()
    }

    /// An access token of a `tls_client_auth` client.
    pub async fn token(&self, client_id: &str) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
        ];
        let answer = self.token_request(&form).await;
        let status = answer.status();
        let body = json(answer).await;
        assert_eq!(status, StatusCode::OK, "{body}");
        body["access_token"].as_str().unwrap().to_owned()
    }

    /// Calls a client's own URL with a bearer token and, for PUT, a body.
    pub async fn manage(
        &self,
        method: Method,
        client_id: &str,
        token: &str,
        body: Option<String>,
    ) -> Response {
        let url = format!("{}/register/{client_id}", self.mtls);
        let request = self.http.request(method, url).bearer_auth(token);
        let request = match body {
            Some(body) => request.header("content-type", JOSE).body(body),
            None => request,
        };
        request.send().await.unwrap()
    }
}

/// The JSON body of an answer.
pub async fn json(answer: Response) -> Value {
    let text = answer.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text:?}"))
}

/// The answer refuses with this RFC 7591 error, and its description names this check.
pub async fn assert_refused(answer: Response, error: &str, check: &str) {
    let status = answer.status();
    assert!(answer.headers().contains_key(INTERACTION_ID), "{check}");
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    let body = json(answer).await;
    let description = body["error_description"].as_str().unwrap_or_default();
    assert_eq!(
        (status.as_u16(), body["error"].as_str()),
        (400, Some(error)),
        "{body}"
    );
    assert!(
        description.ends_with(&format!("({check})")),
        "{check}: {description}"
    );
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
}
