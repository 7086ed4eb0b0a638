//! The directory's token endpoint: every listed software is a client of it.

use aspsp_emulator::dialect::Operation::Token;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use reqwest::Method;

use super::{BANK, SCOPE, reader};
use crate::br_helpers::{Answer, FORM, Ground, JSON, Refused, members};

/// Found by the tests below.
pub const REFUSED: &[Refused] = &[
    (Token, "media_type_unsupported"),
    (Token, "body_too_large"),
    (Token, "token_request_malformed"),
    (Token, "client_authentication_ambiguous"),
    (Token, "client_authentication_failed"),
    (Token, "grant_type_missing"),
    (Token, "grant_type_unknown"),
    (Token, "scope_not_granted"),
];

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const ASSERTION_TYPE: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

fn assert_refused(answer: &Answer, status: u16, error: &str, check: &str) {
    let (found, description) = answer.error(status, check);
    assert_eq!(found, error, "{description}");
    assert!(
        description.ends_with(&format!("({check})")),
        "{description}"
    );
}

#[tokio::test]
async fn a_certificate_or_an_assertion_gets_a_token_of_the_scope() {
    let ground = Ground::start().await;
    for ecosystem in [Ecosystem::Uk, Ecosystem::Brazil] {
        let reader = reader(&ground, ecosystem).await;
        let id = reader.id();
        let tpp = &reader.caller.tpp;
        let assertion = tpp.client_assertion(BANK, &id).sign().unwrap();
        let by_certificate = [GRANT, ("client_id", id.as_str()), ("scope", SCOPE)];
        let by_assertion = [
            GRANT,
            ("scope", SCOPE),
            ("client_assertion_type", ASSERTION_TYPE),
            ("client_assertion", assertion.as_str()),
        ];
        for form in [&by_certificate[..], &by_assertion] {
            let answer = reader.caller.token_request(form).await;
            answer.assert_json(200, "token");
            let body = answer.json();
            let names = ["access_token", "expires_in", "scope", "token_type"];
            assert_eq!(members(&body), names);
            assert_eq!(
                (&body["scope"], &body["token_type"]),
                (&SCOPE.into(), &"Bearer".into())
            );
            let token = answer.text("access_token");
            assert_eq!(reader.caller.get("/clients", &token).await.status, 200);
        }
        let again = reader.caller.token_request(&by_assertion).await;
        assert_refused(
            &again,
            401,
            "invalid_client",
            "client_authentication_failed",
        );
    }
}

#[tokio::test]
async fn what_is_not_right_is_refused() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    let id = reader.id();
    let id = ("client_id", id.as_str());
    let request = "invalid_request";
    for (form, error, check) in [
        (vec![id], request, "grant_type_missing"),
        (
            vec![id, ("grant_type", "refresh_token")],
            "unsupported_grant_type",
            "grant_type_unknown",
        ),
        (
            vec![GRANT, id, ("scope", "directory:admin")],
            "invalid_scope",
            "scope_not_granted",
        ),
        (
            vec![GRANT, id, ("scope", "openid")],
            "invalid_scope",
            "scope_not_granted",
        ),
        (vec![GRANT, id, id], request, "token_request_malformed"),
        (
            vec![GRANT, id, ("client_secret", "a"), ("client_assertion", "b")],
            request,
            "client_authentication_ambiguous",
        ),
    ] {
        assert_refused(&reader.caller.token_request(&form).await, 400, error, check);
    }
    let send = async |media: &str, body: String| {
        let headers = [("content-type", media)];
        reader
            .caller
            .send(Method::POST, "/token", &headers, body)
            .await
    };
    let json = send(JSON, "{}".to_owned()).await;
    assert_refused(&json, 400, request, "media_type_unsupported");
    let large = send(FORM, "x".repeat(65 * 1024)).await;
    large.assert_empty(413, "body_too_large");
}

#[tokio::test]
async fn who_is_not_the_software_gets_no_token() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    let other = super::reader(&ground, Ecosystem::Brazil).await;
    let invented = {
        let body = reader.get("/clients?size=1000").await.json();
        let last = body["content"].as_array().unwrap().last().unwrap().clone();
        last["client_id"].as_str().unwrap().to_owned()
    };
    for id in [other.id(), invented, "unknown".to_owned()] {
        let form = [GRANT, ("client_id", id.as_str()), ("scope", SCOPE)];
        let answer = reader.caller.token_request(&form).await;
        assert_refused(
            &answer,
            401,
            "invalid_client",
            "client_authentication_failed",
        );
    }
    let forged = reader
        .caller
        .tpp
        .client_assertion(BANK, &other.id())
        .sign()
        .unwrap();
    let form = [
        GRANT,
        ("client_assertion_type", ASSERTION_TYPE),
        ("client_assertion", forged.as_str()),
    ];
    let answer = reader.caller.token_request(&form).await;
    assert_refused(
        &answer,
        401,
        "invalid_client",
        "client_authentication_failed",
    );
}
