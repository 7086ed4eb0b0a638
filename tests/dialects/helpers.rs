//! Emulators with the banks that a test needs, and the TPPs that call them.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aspsp_emulator::Emulator;
use aspsp_emulator::clock::Clock;
use aspsp_emulator::config::BankConfig;
use aspsp_emulator::dialect::ALL;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::emulator::tpp::{RequestBuilder, Tpp};
use aspsp_emulator::emulator::tpp_builder::TppBuilder;
use certs_gen::{Key, KeyAlgorithm};
use reqwest::{Client, Method, Response};
use serde_json::Value;

use crate::documents::{Documents, Received};
pub use crate::keys::{authority, rsa_key};

pub const INTERACTION_ID: &str = "x-fapi-interaction-id";
pub const FORM: &str = "application/x-www-form-urlencoded";

/// An emulator whose clock stands still, with its TPPs.
pub struct World {
    pub emulator: Emulator,
    pub documents: Arc<Documents>,
    made: AtomicUsize,
}

impl World {
    /// The default banks, and these.
    pub async fn start(banks: impl IntoIterator<Item = BankConfig>) -> Self {
        let builder = Emulator::builder()
            .authority(authority())
            .clock(Clock::fixed(Clock::system().now()));
        let mut ids: Vec<String> = ALL.iter().map(|dialect| dialect.id.to_owned()).collect();
        let builder = banks.into_iter().fold(builder, |builder, bank| {
            ids.push(bank.id.clone());
            builder.bank(bank)
        });
        Self::documented(builder.start().await.unwrap(), &ids)
    }

    /// The TPPs of an emulator whose answers are as these banks document them.
    pub fn documented(emulator: Emulator, banks: &[String]) -> Self {
        Self {
            documents: Arc::new(Documents::of(&emulator, banks)),
            ..Self::of(emulator)
        }
    }

    /// The TPPs of an emulator that was started otherwise; its answers need not be as documented.
    pub fn of(emulator: Emulator) -> Self {
        Self {
            emulator,
            documents: Arc::default(),
            made: AtomicUsize::new(0),
        }
    }

    /// An ordinary TPP of an ecosystem.
    pub async fn tpp(&self, ecosystem: Ecosystem) -> Caller {
        self.tpp_with(|tpp| tpp.ecosystem(ecosystem)).await
    }

    /// A TPP with an RSA signing key of its own among those of this emulator, and an EC transport
    /// key.
    pub async fn tpp_with(&self, change: impl FnOnce(TppBuilder) -> TppBuilder) -> Caller {
        let index = self.made.fetch_add(1, Ordering::Relaxed);
        let builder = self
            .emulator
            .tpp()
            .signing_key(rsa_key(index))
            .transport_key(Key::generate(KeyAlgorithm::EcP256).unwrap());
        let tpp = change(builder).create().await.unwrap();
        let config = tpp.client_config().unwrap();
        let http = Client::builder().tls_backend_preconfigured(config).build();
        Caller {
            http: http.unwrap(),
            tpp,
            documents: Arc::clone(&self.documents),
        }
    }
}

/// A TPP and its HTTP client.
pub struct Caller {
    pub tpp: Tpp,
    pub http: Client,
    documents: Arc<Documents>,
}

impl Caller {
    /// An ordinary registration request that asks for `tls_client_auth`.
    pub fn request(&self, bank: &str) -> RequestBuilder {
        self.tpp.registration_request(bank)
    }

    /// Calls with these header fields and this body. The answer is as its bank documents it.
    pub async fn send(
        &self,
        method: &str,
        url: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Response {
        let verb = Method::from_bytes(method.as_bytes()).unwrap();
        let request = headers
            .iter()
            .fold(self.http.request(verb, url), |request, (name, value)| {
                request.header(*name, *value)
            });
        let answer = request.body(body.into()).send().await.unwrap();
        let (status, fields) = (answer.status(), answer.headers().clone());
        let version = answer.version();
        let body = answer.bytes().await.unwrap();
        self.documents.assert_documented(Received {
            method,
            url,
            status: status.as_u16(),
            headers: &fields,
            body: &body,
        });
        let mut whole = warp::http::Response::new(body);
        *whole.status_mut() = status;
        *whole.version_mut() = version;
        *whole.headers_mut() = fields;
        whole.into()
    }

    /// POSTs a form.
    pub async fn post_form(&self, url: &str, form: &[(&str, &str)]) -> Response {
        let headers = [("content-type", FORM)];
        self.send("POST", url, &headers, encoded(form)).await
    }

    /// An access token of the grant `client_credentials` for a `tls_client_auth` client.
    pub async fn token(&self, bank_url: &str, client_id: &str, scope: &str) -> String {
        let form = [
            ("grant_type", "client_credentials"),
            ("client_id", client_id),
            ("scope", scope),
        ];
        let answer = self.post_form(&format!("{bank_url}/token"), &form).await;
        let status = answer.status();
        let body = json(answer).await;
        assert_eq!(status, 200, "{bank_url}: {body}");
        body["access_token"].as_str().unwrap().to_owned()
    }
}

/// A form's parameters as a body.
pub fn encoded(form: &[(&str, &str)]) -> String {
    form.iter()
        .fold(
            &mut form_urlencoded::Serializer::new(String::new()),
            |form, (name, value)| form.append_pair(name, value),
        )
        .finish()
}

/// `Authorization` with a bearer token.
pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// The JSON body of an answer.
pub async fn json(answer: Response) -> Value {
    let text = answer.text().await.unwrap();
    serde_json::from_str(&text).unwrap_or_else(|error| panic!("{error} in {text:?}"))
}

/// A header of an answer as text.
pub fn header<'a>(answer: &'a Response, name: &str) -> Option<&'a str> {
    let value = answer.headers().get(name)?;
    Some(value.to_str().unwrap())
}
