//! Every way to authenticate at the token endpoint, from registration to the token's first use.

use aspsp_emulator::dialect::Operation;
use aspsp_emulator::dialect::call::{Bearer, Call, Carrier};
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::jws::{Algorithm, SigningKey};
use aspsp_emulator::domain::token::AccessToken;
use aspsp_emulator::domain::urls::{Overrides, Urls};
use certs_gen::{Key, KeyAlgorithm};
use reqwest::StatusCode;

use crate::clients::{ASSERTION_TYPE, GRANT, TestClient, basic, members, token_of};
use crate::helpers::{BANK, TestBank, json};

/// The token lets this client, and nobody else's, be read.
async fn assert_usable(client: &TestClient<'_>, token: &str) {
    let status = client.tpp.read_status(&client.id, token).await;
    assert_eq!(status, StatusCode::OK);
}

#[tokio::test]
async fn a_tls_client_auth_client_gets_a_token_by_its_certificate() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::TlsClientAuth).await;
    let answer = tpp.token_request(&[GRANT, ("client_id", &client.id)]).await;
    assert_usable(&client, &token_of(answer).await).await;
}

#[tokio::test]
async fn a_private_key_jwt_client_gets_a_token_with_and_without_kid() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::PrivateKeyJwt).await;
    let with_kid = client.assert_with(|assertion| assertion).await;
    assert_usable(&client, &token_of(with_kid).await).await;
    let without_kid = client
        .assert_with(|assertion| assertion.header("kid", serde_json::Value::Null))
        .await;
    assert_usable(&client, &token_of(without_kid).await).await;
}

#[tokio::test]
async fn a_private_key_jwt_client_may_sign_with_es256_if_it_registered_that() {
    let bank = TestBank::start().await;
    let tpp = bank
        .tpp_with(|tpp| tpp.signing_key(Key::generate(KeyAlgorithm::EcP256).unwrap()))
        .await;
    let request = tpp
        .request_for(AuthMethod::PrivateKeyJwt)
        .claim("token_endpoint_auth_signing_alg", "ES256");
    let client = tpp.client_of(request).await;
    let answer = client.assert_with(|assertion| assertion).await;
    assert_usable(&client, &token_of(answer).await).await;
}

#[tokio::test]
async fn a_client_id_beside_the_assertion_is_accepted_if_it_is_the_same() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::PrivateKeyJwt).await;
    let assertion = client.assertion().sign().unwrap();
    let form = [
        GRANT,
        ("client_id", client.id.as_str()),
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", &assertion),
    ];
    assert_usable(&client, &token_of(tpp.token_request(&form).await).await).await;
}

#[tokio::test]
async fn a_client_secret_basic_client_gets_a_token_with_its_credentials_raw_or_form_encoded() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::ClientSecretBasic).await;
    // RFC 6749 §2.3.1: each part form-encoded. Every character may be written as an escape.
    let escaped =
        |text: &str| -> String { text.bytes().map(|byte| format!("%{byte:02X}")).collect() };
    let headers = [
        basic(&client.id, client.secret()),
        basic(&escaped(&client.id), &escaped(client.secret())),
        basic(&client.id, client.secret()).replacen("Basic", "bAsIc", 1),
    ];
    for header in headers {
        let answer = tpp.token_request_as(&header, &[GRANT]).await;
        assert_usable(&client, &token_of(answer).await).await;
    }
}

#[tokio::test]
async fn a_client_secret_post_client_gets_a_token_with_its_secret_in_the_form() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::ClientSecretPost).await;
    let form = [
        GRANT,
        ("client_id", client.id.as_str()),
        ("client_secret", client.secret()),
    ];
    assert_usable(&client, &token_of(tpp.token_request(&form).await).await).await;
}

#[tokio::test]
async fn a_client_secret_jwt_client_gets_a_token_with_hs256_whatever_it_registered() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    for registered in ["PS256", "HS256"] {
        let request = tpp
            .request_for(AuthMethod::ClientSecretJwt)
            .claim("token_endpoint_auth_signing_alg", registered);
        let client = tpp.client_of(request).await;
        let key = SigningKey::secret(client.secret());
        let answer = client
            .assert_with(|assertion| assertion.signed_with(Algorithm::Hs256, key))
            .await;
        assert_usable(&client, &token_of(answer).await).await;
    }
}

#[tokio::test]
async fn a_token_answer_holds_token_type_and_life_and_the_scope_only_if_asked_for() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::TlsClientAuth).await;
    let id = ("client_id", client.id.as_str());
    let plain: &[(&str, &str)] = &[GRANT, id];
    let empty: &[(&str, &str)] = &[GRANT, id, ("scope", "")];
    let scoped: &[(&str, &str)] = &[GRANT, id, ("scope", "accounts openid")];
    let always = ["access_token", "expires_in", "token_type"];
    let with_scope = ["access_token", "expires_in", "scope", "token_type"];
    for (form, expected) in [
        (plain, &always[..]),
        (empty, &always),
        (scoped, &with_scope),
    ] {
        let answer = tpp.token_request(form).await;
        assert_eq!(answer.status(), StatusCode::OK, "{form:?}");
        assert_eq!(answer.headers()["content-type"], "application/json");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["pragma"], "no-cache");
        assert!(!answer.headers().contains_key("www-authenticate"));
        let body = json(answer).await;
        assert_eq!(members(&body), expected);
        assert_eq!(body["token_type"], "Bearer");
        assert_eq!(body["expires_in"], 300);
        if expected.contains(&"scope") {
            assert_eq!(body["scope"], "accounts openid");
        }
    }
}

#[tokio::test]
async fn every_token_is_another_one_and_all_of_them_count() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let (one, other) = (tpp.token(&id).await, tpp.token(&id).await);
    assert_ne!(one, other);
    for token in [one, other] {
        assert_eq!(tpp.read_status(&id, &token).await, StatusCode::OK);
    }
}

#[tokio::test]
async fn debug_shows_no_client_secret_and_only_its_method_has_one() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let methods = AuthMethod::ALL;
    for method in methods {
        let client = tpp.register(tpp.request_for(method)).await;
        let secret = client["client_secret"].as_str();
        assert_eq!(secret.is_some(), method.needs_secret(), "{method}");
        let Some(secret) = secret else { continue };
        assert_eq!(secret.len(), 36, "{method}");
        assert_eq!(client["client_secret_expires_at"], 0);
        let clients = bank.emulator.clients(BANK).await.unwrap();
        let shown = format!("{clients:?} {:?}", bank.emulator);
        assert!(shown.contains(client["client_id"].as_str().unwrap()));
        assert!(!shown.contains(secret), "{method}");
    }
}

#[test]
fn debug_of_a_call_shows_neither_its_body_nor_its_authorization() {
    let urls = Urls::new(&[], 1, 2, Overrides::default());
    let header = basic("id", "very-secret");
    let call = Call {
        authorization: Some(header.clone()),
        body: "client_secret=very-secret".into(),
        ..Call::new(Operation::Token, Carrier::Connection, urls.for_host(None))
    };
    let bearer = Bearer::parse(Some("Bearer very-secret"));
    assert_eq!(bearer, Bearer::Token(AccessToken::new("very-secret")));
    let shown = format!("{call:?} {bearer:?}");
    assert!(shown.contains("Token"), "{shown}");
    for secret in ["very-secret", header.trim_start_matches("Basic ")] {
        assert!(!shown.contains(secret), "{shown}");
    }
}
