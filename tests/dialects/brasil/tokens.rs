//! The token endpoint.

use std::time::Duration;

use aspsp_emulator::dialect::Operation::Token;
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::jws::Algorithm::{Es256, Rs256};
use aspsp_emulator::domain::jws::SigningKey;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use certs_gen::{Key, KeyAlgorithm};
use reqwest::Method;
use serde_json::json;

use super::{BANK, Registered, manage, register, request, tpp};
use crate::br_helpers::{Answer, Caller, FORM, Ground, JSON, Refused, members};

/// Found by the tests below.
pub const REFUSED: &[Refused] = &[
    (Token, "media_type_unsupported"),
    (Token, "body_too_large"),
    (Token, "token_request_malformed"),
    (Token, "client_authentication_ambiguous"),
    (Token, "client_authentication_failed"),
    (Token, "grant_type_missing"),
    (Token, "grant_type_unknown"),
    (Token, "grant_not_registered"),
    (Token, "scope_not_granted"),
];

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

async fn by_assertion(tpp: &Caller) -> Registered {
    let made = tpp
        .tpp
        .registration_request_for(&tpp.bank, AuthMethod::PrivateKeyJwt);
    register(tpp, made).await
}

fn assert_token(answer: &Answer, names: &[&str]) {
    answer.assert_json(200, "token");
    let body = answer.json();
    assert_eq!(members(&body), names);
    assert_eq!(body["token_type"], "Bearer");
    let life = body["expires_in"].as_i64().unwrap();
    assert!((300..=900).contains(&life), "{life}");
}

fn assert_refused(answer: &Answer, status: u16, error: &str, check: &str) {
    let (found, description) = answer.error(status, check);
    assert_eq!(found, error, "{description}");
    assert!(
        description.ends_with(&format!("({check})")),
        "{description}"
    );
}

#[tokio::test]
async fn a_certificate_gets_a_token() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    let id = ("client_id", client.id.as_str());
    let bare = ["access_token", "expires_in", "token_type"];
    assert_token(&tpp.token_request(&[GRANT, id]).await, &bare);
    assert_token(&tpp.token_request(&[GRANT, id, ("scope", "")]).await, &bare);
    let answer = tpp
        .token_request(&[GRANT, id, ("scope", "openid consents")])
        .await;
    assert_token(
        &answer,
        &["access_token", "expires_in", "scope", "token_type"],
    );
    assert_eq!(answer.text("scope"), "openid consents");
}

#[tokio::test]
async fn an_assertion_gets_a_token_once() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = by_assertion(&tpp).await;
    let assertion = tpp.tpp.client_assertion(BANK, &client.id).sign().unwrap();
    let form = [
        GRANT,
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion.as_str()),
    ];
    let names = ["access_token", "expires_in", "token_type"];
    assert_token(&tpp.token_request(&form).await, &names);
    let failed = "client_authentication_failed";
    assert_refused(
        &tpp.token_request(&form).await,
        401,
        "invalid_client",
        failed,
    );
    // Its certificate alone proves nothing.
    let bare = [GRANT, ("client_id", client.id.as_str())];
    assert_refused(
        &tpp.token_request(&bare).await,
        401,
        "invalid_client",
        failed,
    );
}

/// Asks with an assertion; whether it was accepted. Else the client is not authenticated.
async fn is_accepted(tpp: &Caller, assertion: RequestBuilder) -> bool {
    let assertion = assertion.sign().unwrap();
    let form = [
        GRANT,
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", assertion.as_str()),
    ];
    let answer = tpp.token_request(&form).await;
    if answer.status != 200 {
        assert_refused(
            &answer,
            401,
            "invalid_client",
            "client_authentication_failed",
        );
    }
    answer.status == 200
}

#[tokio::test]
async fn an_assertion_is_for_this_bank_however_it_is_named() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = by_assertion(&tpp).await;
    let now = ground.emulator.clock().unix();
    let made = || tpp.tpp.client_assertion(BANK, &client.id);
    for assertion in [
        made().claim("aud", ground.emulator.issuer(BANK)),
        made().claim("aud", json!([format!("{}/token", tpp.base)])),
        made().header("kid", json!(null)),
        made().claim("iat", now + 60),
        // Clocks may differ by a minute, the profile says.
        made().claim("exp", now - 59),
    ] {
        assert!(is_accepted(&tpp, assertion).await);
    }
}

#[tokio::test]
async fn an_assertion_must_be_for_here_and_in_time_and_signed_with_ps256() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = by_assertion(&tpp).await;
    let now = ground.emulator.clock().unix();
    let made = || tpp.tpp.client_assertion(BANK, &client.id);
    let key = |key: &Key| SigningKey::from_pem(&key.private_pem()).unwrap();
    let ec = Key::generate(KeyAlgorithm::EcP256).unwrap();
    let own = tpp.tpp.signing().unwrap();
    let own = own.key.as_ref().unwrap();
    for (name, assertion) in [
        ("elsewhere", made().claim("aud", "https://other.example")),
        ("no aud", made().without("aud")),
        ("expired", made().claim("exp", now - 60)),
        ("no exp", made().without("exp")),
        ("no jti", made().without("jti")),
        ("too early", made().claim("iat", now + 61)),
        ("another iss", made().claim("iss", "x")),
        ("RS256", made().signed_with(Rs256, key(own))),
        ("ES256", made().signed_with(Es256, key(&ec))),
        ("another kid", made().header("kid", "x")),
    ] {
        assert!(!is_accepted(&tpp, assertion).await, "{name}");
    }
}

#[tokio::test]
async fn a_token_request_that_is_not_right_is_refused() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    let silent = request(&tpp).claim("grant_types", json!(["authorization_code"]));
    let silent = register(&tpp, silent).await;
    let id = ("client_id", client.id.as_str());
    let request = "invalid_request";
    for (form, error, check) in [
        (vec![id], request, "grant_type_missing"),
        (vec![id, ("grant_type", "")], request, "grant_type_missing"),
        (
            vec![id, ("grant_type", "password")],
            "unsupported_grant_type",
            "grant_type_unknown",
        ),
        (
            vec![GRANT, ("client_id", &silent.id)],
            "unauthorized_client",
            "grant_not_registered",
        ),
        (
            vec![GRANT, id, ("scope", "unknown")],
            "invalid_scope",
            "scope_not_granted",
        ),
        (vec![GRANT, GRANT, id], request, "token_request_malformed"),
        (
            vec![GRANT, id, ("client_secret", "a"), ("client_assertion", "b")],
            request,
            "client_authentication_ambiguous",
        ),
    ] {
        assert_refused(&tpp.token_request(&form).await, 400, error, check);
    }
    let form = format!("grant_type=client_credentials&client_id={}", client.id);
    let send = async |media: &str, body: String| {
        tpp.send(Method::POST, "/token", &[("content-type", media)], body)
            .await
    };
    let json = send(JSON, "{}".to_owned()).await;
    assert_refused(&json, 400, request, "media_type_unsupported");
    let large = send(FORM, format!("{form}&x={}", "x".repeat(65 * 1024))).await;
    assert_eq!((large.status, large.text("error").as_str()), (400, request));
    assert_eq!(send(FORM, form).await.status, 200);
}

#[tokio::test]
async fn who_cannot_prove_who_it_is_gets_no_token() {
    let ground = Ground::start().await;
    let (owner, other) = (tpp(&ground).await, tpp(&ground).await);
    let client = register(&owner, request(&owner)).await;
    let form = [GRANT, ("client_id", client.id.as_str())];
    let failed = "client_authentication_failed";
    let theft = other.token_request(&form).await;
    assert_refused(&theft, 401, "invalid_client", failed);
    assert_eq!(theft.header("www-authenticate"), "");
    for form in [vec![GRANT], vec![GRANT, ("client_id", "unknown")]] {
        assert_refused(
            &owner.token_request(&form).await,
            401,
            "invalid_client",
            failed,
        );
    }
    let headers = [("content-type", FORM), ("authorization", "Basic YTpi")];
    let body = "grant_type=client_credentials";
    let basic = owner.send(Method::POST, "/token", &headers, body).await;
    assert_refused(&basic, 401, "invalid_client", failed);
    assert!(basic.header("www-authenticate").starts_with("Basic realm="));
    manage(&owner, Method::DELETE, &client, "")
        .await
        .assert_empty(204, "delete");
    assert_refused(
        &owner.token_request(&form).await,
        401,
        "invalid_client",
        failed,
    );
}

#[tokio::test]
async fn a_registration_token_outlives_every_access_token() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    ground
        .emulator
        .clock()
        .advance(Duration::from_secs(30 * 24 * 60 * 60));
    assert_eq!(super::read(&tpp, &client).await.status, 200);
}
