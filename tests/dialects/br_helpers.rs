//! Emulators whose clock stands still, their TPPs, and answers read whole.

mod answer;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use aspsp_emulator::Emulator;
use aspsp_emulator::clock::Clock;
use aspsp_emulator::config::{BankConfig, Config, Listen};
use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::dialect::{ALL, Dialect, Operation};
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::emulator::EmulatorBuilder;
use aspsp_emulator::emulator::tpp::Tpp;
use aspsp_emulator::emulator::tpp_builder::TppBuilder;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use certs_gen::{Key, KeyAlgorithm};
use reqwest::{Client, Method};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

pub use self::answer::Answer;
use crate::documents::{Documents, Received};
pub use crate::keys::{authority, rsa_key};

/// An operation, and a check that refuses it.
pub type Refused = (Operation, &'static str);

pub const INTERACTION_ID: &str = "x-fapi-interaction-id";
pub const JSON: &str = "application/json";
pub const FORM: &str = "application/x-www-form-urlencoded";
/// The redirect URI of the TPPs here.
pub const REDIRECT_URI: &str = "https://app.example/cb";

/// An emulator with its TPPs.
pub struct Ground {
    pub emulator: Emulator,
    documents: Arc<Documents>,
    made: AtomicUsize,
}

impl Ground {
    /// The default banks.
    pub async fn start() -> Self {
        let ids = ALL.iter().map(|dialect| dialect.id.to_owned()).collect();
        Self::launch(Emulator::builder(), ids).await
    }

    /// Only these banks.
    pub async fn with_banks(banks: Vec<BankConfig>) -> Self {
        let ids = banks.iter().map(|bank| bank.id.clone()).collect();
        let config = Config {
            listen: Listen::on_free_ports(),
            kit: None,
            banks,
            ..Config::default()
        };
        Self::launch(EmulatorBuilder::from_config(config), ids).await
    }

    async fn launch(builder: EmulatorBuilder, ids: Vec<String>) -> Self {
        let clock = Clock::fixed(Clock::system().now());
        let builder = builder.authority(authority()).clock(clock);
        let emulator = builder.start().await.unwrap();
        Self {
            documents: Arc::new(Documents::of(&emulator, &ids)),
            emulator,
            made: AtomicUsize::new(0),
        }
    }

    /// A TPP that calls this bank, with one redirect URI.
    pub async fn tpp(&self, bank: &str, ecosystem: Ecosystem) -> Caller {
        self.tpp_with(bank, ecosystem, |tpp| tpp).await
    }

    pub async fn tpp_with(
        &self,
        bank: &str,
        ecosystem: Ecosystem,
        change: impl FnOnce(TppBuilder) -> TppBuilder,
    ) -> Caller {
        let index = self.made.fetch_add(1, Ordering::Relaxed);
        let builder = self
            .emulator
            .tpp()
            .ecosystem(ecosystem)
            .redirect_uri(REDIRECT_URI)
            .signing_key(rsa_key(index))
            .transport_key(Key::generate(KeyAlgorithm::EcP256).unwrap());
        let tpp = change(builder).create().await.unwrap();
        let config = tpp.client_config().unwrap();
        let http = Client::builder()
            .tls_backend_preconfigured(config)
            .build()
            .unwrap();
        Caller {
            base: self.emulator.url(bank),
            bank: bank.to_owned(),
            http,
            tpp,
            documents: Arc::clone(&self.documents),
        }
    }
}

/// An HTTP client without a certificate.
pub fn stranger(ground: &Ground) -> Client {
    let mut roots = RootCertStore::empty();
    let root = ground.emulator.authority().root_der().to_vec();
    roots.add(CertificateDer::from(root)).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let builder = Client::builder().tls_backend_preconfigured(config);
    builder.build().unwrap()
}

/// A bank of a dialect under an id of its own, with switches as settings write them.
pub fn bank(
    dialect: &'static Dialect,
    id: &str,
    strictness: Strictness,
    switches: Value,
) -> BankConfig {
    BankConfig {
        id: id.to_owned(),
        base_path: format!("/{id}"),
        strictness: Some(strictness),
        policy: serde_json::from_value(switches).unwrap(),
        ..BankConfig::of(dialect)
    }
}

/// A TPP and its HTTP client.
#[derive(Clone)]
pub struct Caller {
    pub tpp: Tpp,
    pub http: Client,
    /// Id of the bank.
    pub bank: String,
    /// URL of the bank on the mutual TLS listener.
    pub base: String,
    pub documents: Arc<Documents>,
}

impl Caller {
    /// Sends a request to a path below the bank's base path. The answer is as the bank documents it.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        headers: &[(&str, &str)],
        body: impl Into<Vec<u8>>,
    ) -> Answer {
        let (verb, url) = (method.to_string(), format!("{}{path}", self.base));
        let mut request = self.http.request(method, &url);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let body = body.into();
        if !body.is_empty() {
            request = request.body(body);
        }
        let answer = request.send().await.unwrap();
        let answer = Answer {
            status: answer.status().as_u16(),
            headers: answer.headers().clone(),
            body: answer.bytes().await.unwrap().to_vec(),
        };
        self.documents.assert_documented(Received {
            method: &verb,
            url: &url,
            status: answer.status,
            headers: &answer.headers,
            body: &answer.body,
        });
        answer
    }

    /// GETs a path with a bearer token.
    pub async fn get(&self, path: &str, token: &str) -> Answer {
        let token = bearer(token);
        let headers = [("authorization", token.as_str())];
        self.send(Method::GET, path, &headers, "").await
    }

    /// POSTs a form to the token endpoint.
    pub async fn token_request(&self, form: &[(&str, &str)]) -> Answer {
        let body = form
            .iter()
            .fold(
                &mut form_urlencoded::Serializer::new(String::new()),
                |form, (name, value)| form.append_pair(name, value),
            )
            .finish();
        let headers = [("content-type", FORM)];
        self.send(Method::POST, "/token", &headers, body).await
    }
}

pub fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

/// Names of an object's members, sorted.
pub fn members(value: &Value) -> Vec<&str> {
    let mut names: Vec<&str> = value
        .as_object()
        .unwrap()
        .keys()
        .map(String::as_str)
        .collect();
    names.sort_unstable();
    names
}

/// Header (0) or claims (1) of a compact JWS.
pub fn part(jws: &str, index: usize) -> Value {
    let text = jws.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

/// Every check of these operations is refused by some test, and no check that is not there.
pub fn assert_covers(dialect: &Dialect, operations: &[Operation], refused: &[Refused]) {
    for operation in operations {
        let checks = (dialect.checks)(*operation).iter().copied().flatten();
        let names: Vec<&str> = checks.map(|check| check.name).collect();
        let is_refused = |name: &str| refused.contains(&(*operation, name));
        let unproven: Vec<_> = names.iter().filter(|name| !is_refused(name)).collect();
        assert!(unproven.is_empty(), "{operation:?}: {unproven:?}");
    }
    for (operation, name) in refused {
        let mut checks = (dialect.checks)(*operation).iter().copied().flatten();
        assert!(
            checks.any(|check| check.name == *name),
            "{operation:?}: {name}"
        );
    }
}
