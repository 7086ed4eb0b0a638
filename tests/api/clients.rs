//! Registered clients, and what they send to the token endpoint.

use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::{Method, Response, StatusCode};
use serde_json::Value;

use crate::helpers::{BANK, FORM, INTERACTION_ID, TestTpp, json};

pub const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
pub const GRANT: (&str, &str) = ("grant_type", "client_credentials");

/// A client as its TPP remembers it.
pub struct TestClient<'a> {
    pub tpp: &'a TestTpp,
    pub id: String,
    secret: Option<String>,
}

impl TestTpp {
    /// Registers a client of this method.
    pub async fn client(&self, method: AuthMethod) -> TestClient<'_> {
        self.client_of(self.request_for(method)).await
    }

    /// Registers a client with this request.
    pub async fn client_of(&self, request: RequestBuilder) -> TestClient<'_> {
        let client = self.register(request).await;
        TestClient {
            tpp: self,
            id: client["client_id"].as_str().unwrap().to_owned(),
            secret: client["client_secret"].as_str().map(str::to_owned),
        }
    }

    /// POSTs a token request with these headers and this body, as they are.
    pub async fn raw_token_request(
        &self,
        headers: &[(&str, &str)],
        body: impl Into<reqwest::Body>,
    ) -> Response {
        let request = self.http.post(format!("{}/token", self.mtls)).body(body);
        let request = headers.iter().fold(request, |request, (name, value)| {
            request.header(*name, *value)
        });
        request.send().await.unwrap()
    }

    /// POSTs a form with an Authorization header.
    pub async fn token_request_as(&self, authorization: &str, form: &[(&str, &str)]) -> Response {
        let headers = [("content-type", FORM), ("authorization", authorization)];
        self.raw_token_request(&headers, encode(form)).await
    }

    /// POSTs a client assertion.
    pub async fn assert_client(&self, assertion: &str) -> Response {
        self.token_request(&[
            GRANT,
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion),
        ])
        .await
    }

    /// GETs a client with a token; the status.
    pub async fn read_status(&self, client_id: &str, token: &str) -> StatusCode {
        self.manage(Method::GET, client_id, token, None)
            .await
            .status()
    }
}

impl TestClient<'_> {
    pub fn secret(&self) -> &str {
        self.secret.as_deref().unwrap()
    }

    /// An ordinary client assertion, to be changed and signed.
    pub fn assertion(&self) -> RequestBuilder {
        self.tpp.tpp.client_assertion(BANK, &self.id)
    }

    /// POSTs an assertion with these changes.
    pub async fn assert_with(
        &self,
        change: impl FnOnce(RequestBuilder) -> RequestBuilder,
    ) -> Response {
        let assertion = change(self.assertion()).sign().unwrap();
        self.tpp.assert_client(&assertion).await
    }
}

pub fn encode(form: &[(&str, &str)]) -> String {
    let mut text = form_urlencoded::Serializer::new(String::new());
    for (name, value) in form {
        text.append_pair(name, value);
    }
    text.finish()
}

/// `Authorization: Basic` of two parts as they are.
pub fn basic(id: &str, secret: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{id}:{secret}")))
}

/// The token of an answer that must be a good one.
pub async fn token_of(answer: Response) -> String {
    let status = answer.status();
    let body = json(answer).await;
    assert_eq!(status, StatusCode::OK, "{body}");
    body["access_token"].as_str().unwrap().to_owned()
}

/// The token endpoint refuses with this status and RFC 6749 §5.2 error, and names this check.
pub async fn assert_token_refused(
    answer: Response,
    expected: (u16, &str, &str),
    case: &str,
) -> Option<String> {
    let (status, error, check) = expected;
    let headers = answer.headers().clone();
    let seen = answer.status().as_u16();
    let body = json(answer).await;
    assert_eq!(
        (seen, body["error"].as_str()),
        (status, Some(error)),
        "{case}: {body}"
    );
    let description = body["error_description"].as_str().unwrap();
    assert!(
        description.ends_with(&format!("({check})")),
        "{case}: {description}"
    );
    assert_eq!(body.as_object().unwrap().len(), 2, "{case}: {body}");
    assert_eq!(headers["content-type"], "application/json", "{case}");
    assert_eq!(headers["cache-control"], "no-store", "{case}");
    assert_eq!(headers["pragma"], "no-cache", "{case}");
    assert!(headers.contains_key(INTERACTION_ID), "{case}");
    headers
        .get("www-authenticate")
        .map(|challenge| challenge.to_str().unwrap().to_owned())
}

/// The names of an object's members, sorted.
pub fn members(object: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = object
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}
