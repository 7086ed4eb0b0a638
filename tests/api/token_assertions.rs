//! What a client assertion must hold (RFC 7523 §3).

use std::time::Duration;

use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::jws::{Algorithm, SigningKey};
use aspsp_emulator::emulator::tpp::RequestBuilder;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::clients::{TestClient, assert_token_refused, token_of};
use crate::helpers::{BANK, TestBank};

pub const FAILED: (u16, &str, &str) = (401, "invalid_client", "client_authentication_failed");

pub type Change<'a> = Box<dyn FnOnce(RequestBuilder) -> RequestBuilder + 'a>;

pub async fn assert_all_refused(client: &TestClient<'_>, cases: Vec<(&str, Change<'_>)>) {
    for (case, change) in cases {
        let challenge = assert_token_refused(client.assert_with(change).await, FAILED, case).await;
        assert_eq!(challenge, None, "{case}");
    }
    // The client itself is in order.
    token_of(client.assert_with(|assertion| assertion).await).await;
}

fn claim(name: &'static str, value: impl Into<Value>) -> Change<'static> {
    let value = value.into();
    Box::new(move |assertion| assertion.claim(name, value))
}

fn without(name: &'static str) -> Change<'static> {
    Box::new(move |assertion| assertion.without(name))
}

pub fn key_of(tpp: &aspsp_emulator::emulator::tpp::Tpp) -> SigningKey {
    tpp.signing().unwrap().signing_key().unwrap().unwrap()
}

#[tokio::test]
async fn an_assertion_counts_once() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::PrivateKeyJwt).await;
    let assertion = client.assertion().sign().unwrap();
    token_of(tpp.assert_client(&assertion).await).await;
    assert_token_refused(tpp.assert_client(&assertion).await, FAILED, "the same").await;

    let same_jti = |assertion: RequestBuilder| assertion.claim("jti", "chosen-by-the-client");
    token_of(client.assert_with(same_jti).await).await;
    assert_token_refused(client.assert_with(same_jti).await, FAILED, "the same jti").await;

    let other = tpp.client(AuthMethod::PrivateKeyJwt).await;
    token_of(other.assert_with(same_jti).await).await;
}

#[tokio::test]
async fn a_refused_assertion_does_not_use_up_its_jti() {
    let bank = TestBank::start().await;
    let (tpp, other) = (bank.tpp().await, bank.tpp().await);
    let client = tpp.client(AuthMethod::PrivateKeyJwt).await;
    let forged = client
        .assert_with(|assertion| {
            assertion
                .claim("jti", "mine")
                .signed_with(Algorithm::Ps256, key_of(&other.tpp))
        })
        .await;
    assert_token_refused(forged, FAILED, "forged").await;
    token_of(
        client
            .assert_with(|assertion| assertion.claim("jti", "mine"))
            .await,
    )
    .await;
}

#[tokio::test]
async fn claims_that_are_missing_or_wrong_are_refused() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::PrivateKeyJwt).await;
    let now = bank.emulator.clock().unix();
    let mtls = bank.emulator.url(BANK);
    assert_all_refused(
        &client,
        vec![
            ("no iss", without("iss")),
            ("iss of another", claim("iss", "another")),
            (
                "iss is the software",
                claim("iss", tpp.tpp.software_id().as_str()),
            ),
            ("no sub", without("sub")),
            ("sub of another", claim("sub", "another")),
            ("sub is a number", claim("sub", 1)),
            ("no aud", without("aud")),
            (
                "aud of another bank",
                claim("aud", "https://bank.example/token"),
            ),
            ("aud is an empty list", claim("aud", json!([]))),
            (
                "aud with a slash more",
                claim("aud", format!("{mtls}/token/")),
            ),
            ("aud in a list of others", claim("aud", json!(["a", "b"]))),
            ("no exp", without("exp")),
            ("exp is past", claim("exp", now - 1)),
            ("exp is text", claim("exp", (now + 60).to_string())),
            ("iat is far ahead", claim("iat", now + 3600)),
            ("nbf is far ahead", claim("nbf", now + 3600)),
            ("no jti", without("jti")),
            ("jti is empty", claim("jti", "")),
            ("jti is a number", claim("jti", 7)),
        ],
    )
    .await;
}

#[tokio::test]
async fn an_assertion_expires_on_the_emulators_clock() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::PrivateKeyJwt).await;
    let clock = bank.emulator.clock();
    clock.freeze();
    let (last_second, too_late) = (client.assertion(), client.assertion());
    clock.advance(Duration::from_secs(299));
    token_of(tpp.assert_client(&last_second.sign().unwrap()).await).await;
    clock.advance(Duration::from_secs(1));
    let answer = tpp.assert_client(&too_late.sign().unwrap()).await;
    assert_token_refused(answer, FAILED, "expired").await;
}

#[tokio::test]
async fn the_audience_may_be_token_endpoint_or_issuer_under_every_known_name() {
    let bank = TestBank::start_with(|builder| builder.hostname("bank.example")).await;
    let tpp = bank.tpp_with(|tpp| tpp).await;
    let tpp = crate::connections::at_loopback(&bank, tpp);
    let client = tpp.client(AuthMethod::PrivateKeyJwt).await;
    let addresses = bank.emulator.addresses();
    for name in ["localhost", "127.0.0.1", "[::1]", "bank.example"] {
        let token = format!("https://{name}:{}/{BANK}/token", addresses.mtls.port());
        let issuer = format!("https://{name}:{}/{BANK}", addresses.tls.port());
        for audience in [
            json!(token),
            json!(issuer),
            json!(["x", token]),
            json!([issuer]),
        ] {
            let aud = audience.clone();
            let answer = client
                .assert_with(|assertion| assertion.claim("aud", aud))
                .await;
            assert_eq!(answer.status(), StatusCode::OK, "{audience}");
        }
    }
    let unknown = format!(
        "https://other.example:{}/{BANK}/token",
        addresses.mtls.port()
    );
    let answer = client
        .assert_with(|assertion| assertion.claim("aud", unknown))
        .await;
    assert_token_refused(answer, FAILED, "an unknown name").await;
}
