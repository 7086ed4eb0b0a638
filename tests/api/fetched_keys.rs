//! Keys of another directory's software, fetched from its key store under guards.

use std::time::Duration;

use aspsp_emulator::clock::Clock;
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::ids::KeyId;
use certs_gen::KeyAlgorithm;
use serde_json::{Value, json};

use crate::helpers::{BANK, TestBank, TestTpp, json};
use crate::key_server::KeyServer;
use crate::outside_parties::{Sandbox, bank_that_trusts};

/// A TPP of another directory, its key store, and a bank that may fetch from there.
pub struct Parties {
    pub sandbox: Sandbox,
    pub server: KeyServer,
    pub clock: Clock,
    pub bank: TestBank,
    pub tpp: TestTpp,
}

impl Parties {
    pub async fn start() -> Self {
        let sandbox = Sandbox::start(KeyAlgorithm::EcP256).await;
        let server = KeyServer::with(&sandbox.key_set()).await;
        let clock = Clock::fixed(Clock::system().now());
        let (listed, still) = (server.listed(), clock.clone());
        let bank = bank_that_trusts(sandbox.trusted(), |builder| {
            builder.fetch_jwks_from(listed).clock(still)
        })
        .await;
        let tpp = sandbox.caller(&bank);
        Self {
            sandbox,
            server,
            clock,
            bank,
            tpp,
        }
    }

    /// A request whose statement says that the keys are there.
    pub fn request(&self, url: &str) -> String {
        let statement = self
            .sandbox
            .statement(|edits| edits.set_claim("software_jwks_endpoint", url));
        let request = self.sandbox.request(&self.bank, statement);
        request.sign().unwrap()
    }

    pub async fn register(&self) -> (u16, Value) {
        self.register_with(&self.server.url()).await
    }

    pub async fn register_with(&self, url: &str) -> (u16, Value) {
        let answer = self.tpp.post(self.request(url)).await;
        (answer.status().as_u16(), json(answer).await)
    }

    pub async fn assert_registers(&self) {
        let (status, body) = self.register().await;
        assert_eq!(status, 201, "{body}");
    }

    /// 400 with this in the description, and nothing stored.
    pub async fn assert_refused(&self, url: &str, expected: &str) {
        let (status, body) = self.register_with(url).await;
        assert_eq!(status, 400, "{url}: {body}");
        assert_eq!(body["error"], "invalid_client_metadata", "{url}");
        let description = body["error_description"].as_str().unwrap();
        assert!(description.contains(expected), "{url}: {description}");
        assert!(description.ends_with("(key_unknown)"), "{description}");
        let clients = self.bank.emulator.clients(BANK).await.unwrap();
        assert!(clients.is_empty(), "{url}");
    }
}

#[tokio::test]
async fn keys_are_fetched_once_and_again_after_five_minutes() {
    let parties = Parties::start().await;
    parties.assert_registers().await;
    parties.clock.advance(Duration::from_secs(299));
    parties.assert_registers().await;
    assert_eq!(parties.server.hits(), 1);
    parties.clock.advance(Duration::from_secs(1));
    parties.assert_registers().await;
    assert_eq!(parties.server.hits(), 2);
    let request = &parties.server.requests()[0];
    assert!(request.starts_with("get /software.jwks http/1.1\r\n"));
    assert!(request.contains("\r\nuser-agent: aspsp-emulator/"));
    for absent in ["\r\ncookie:", "\r\nreferer:", "\r\nauthorization:"] {
        assert!(!request.contains(absent), "{request}");
    }
}

#[tokio::test]
async fn fetched_keys_prove_the_client_at_the_token_endpoint() {
    let parties = Parties::start().await;
    let url = parties.server.url();
    let statement = parties
        .sandbox
        .statement(|edits| edits.set_claim("software_jwks_endpoint", url));
    let request = parties.tpp.request_for(AuthMethod::PrivateKeyJwt);
    let request = request
        .claim("aud", parties.bank.emulator.issuer(BANK))
        .claim("software_statement", statement);
    let client = parties.tpp.register(request).await;
    let assertion = parties
        .tpp
        .tpp
        .client_assertion(BANK, client["client_id"].as_str().unwrap())
        .claim("aud", format!("{}/token", parties.bank.emulator.url(BANK)))
        .sign()
        .unwrap();
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let form = [
        ("grant_type", "client_credentials"),
        ("client_assertion_type", kind),
        ("client_assertion", &assertion),
    ];
    let answer = parties.tpp.token_request(&form).await;
    let status = answer.status();
    assert_eq!(status, 200, "{}", json(answer).await);
}

#[tokio::test]
async fn a_key_that_is_new_in_the_store_is_found_after_thirty_seconds() {
    let parties = Parties::start().await;
    let url = parties.server.url();
    let old = parties.sandbox.key_set_under(&KeyId::new("old"));
    parties.server.serve(&old);
    let unknown = "the kid of a key in the software's key store";
    parties.assert_refused(&url, unknown).await;
    parties.server.serve(&parties.sandbox.key_set());
    parties.clock.advance(Duration::from_secs(29));
    parties.assert_refused(&url, unknown).await;
    assert_eq!(parties.server.hits(), 1);
    parties.clock.advance(Duration::from_secs(1));
    parties.assert_registers().await;
    assert_eq!(parties.server.hits(), 2);
}

#[tokio::test]
async fn a_failure_is_not_kept() {
    let parties = Parties::start().await;
    parties.server.answer("503 Service Unavailable", "");
    let url = parties.server.url();
    parties.assert_refused(&url, "503 Service").await;
    parties.server.serve(&parties.sandbox.key_set());
    parties.assert_registers().await;
}

#[tokio::test]
async fn many_requests_at_once_make_one_fetch() {
    let parties = Parties::start().await;
    parties.server.close_gate();
    let requests = (0..8).map(|_| parties.register());
    let all = futures_util::future::join_all(requests);
    let opened = async {
        parties.server.asked().await;
        parties.server.open_gate();
    };
    let (answers, ()) = tokio::join!(all, opened);
    for (status, body) in answers {
        assert_eq!(status, 201, "{body}");
    }
    assert_eq!(parties.server.hits(), 1);
}

#[tokio::test]
async fn nothing_is_fetched_for_keys_that_are_here_or_in_the_settings() {
    let sandbox = Sandbox::start(KeyAlgorithm::EcP256).await;
    let server = KeyServer::with(&json!({ "keys": [] })).await;
    let listed = server.listed();
    let bank = bank_that_trusts(sandbox.trusted_with_keys(), |builder| {
        builder.fetch_jwks_from(listed)
    })
    .await;
    let statement = sandbox.statement(|edits| {
        edits.set_claim("software_jwks_endpoint", server.url());
    });
    let tpp = sandbox.caller(&bank);
    tpp.register(sandbox.request(&bank, statement)).await;
    bank.tpp().await.registered().await;
    assert_eq!(server.hits(), 0);
}
