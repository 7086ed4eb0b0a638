//! GET, PUT and DELETE of a client: who may, and what the others are told.

use std::time::Duration;

use aspsp_emulator::domain::client::ClientStatus;
use aspsp_emulator::domain::ids::ClientId;
use certs_gen::{Key, KeyAlgorithm};
use reqwest::{Method, Response, StatusCode};

use crate::helpers::{self, BANK, INTERACTION_ID, JOSE, TestBank, TestTpp, http_client, json};

const METHODS: [Method; 3] = [Method::GET, Method::PUT, Method::DELETE];
const MISSING: &str = "Bearer realm=\"uk-ob-3.3\"";
const INVALID: &str = "Bearer realm=\"uk-ob-3.3\", error=\"invalid_token\"";

/// Calls a client's URL with these Authorization headers, and for PUT with a good request.
async fn call(tpp: &TestTpp, method: &Method, id: &str, authorization: &[&str]) -> Response {
    let url = format!("{}/register/{id}", tpp.mtls);
    let mut request = tpp.http.request(method.clone(), url);
    for header in authorization {
        request = request.header("authorization", *header);
    }
    if method == Method::PUT {
        let body = tpp.request().sign().unwrap();
        request = request.header("content-type", JOSE).body(body);
    }
    request.send().await.unwrap()
}

async fn assert_empty(answer: Response, status: u16, challenge: Option<&str>, case: &str) {
    assert_eq!(answer.status().as_u16(), status, "{case}");
    let headers = answer.headers();
    let told = headers.get("www-authenticate");
    assert_eq!(
        told.map(|value| value.to_str().unwrap()),
        challenge,
        "{case}"
    );
    assert!(headers.contains_key(INTERACTION_ID), "{case}");
    assert!(!headers.contains_key("content-type"), "{case}");
    assert_eq!(answer.bytes().await.unwrap().len(), 0, "{case}");
}

async fn assert_refused(tpp: &TestTpp, id: &str, authorization: &[&str], challenge: &str) {
    for method in METHODS {
        let answer = call(tpp, &method, id, authorization).await;
        let case = format!("{method} with {authorization:?}");
        assert_empty(answer, 401, Some(challenge), &case).await;
    }
}

fn bearer(token: &str) -> String {
    format!("Bearer {token}")
}

#[tokio::test]
async fn each_operation_succeeds_with_the_clients_own_token() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let token = tpp.token(&id).await;
    for (method, status) in [
        (Method::GET, 200),
        (Method::PUT, 200),
        (Method::DELETE, 204),
    ] {
        // The scheme's case does not count (RFC 9110 §11.1).
        let answer = call(&tpp, &method, &id, &[&format!("bEARER {token}")]).await;
        assert_eq!(answer.status().as_u16(), status, "{method}");
        assert!(!answer.headers().contains_key("www-authenticate"));
        if status == 200 {
            assert_eq!(answer.headers()["content-type"], "application/json");
            assert_eq!(answer.headers()["cache-control"], "no-store");
            assert_eq!(answer.headers()["pragma"], "no-cache");
            assert_eq!(json(answer).await["client_id"], id.as_str());
        } else {
            assert_empty(answer, 204, None, "DELETE").await;
        }
    }
}

#[tokio::test]
async fn a_request_without_authorization_is_401_without_an_error_code() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    assert_refused(&tpp, &id, &[], MISSING).await;
}

#[tokio::test]
async fn an_authorization_header_that_is_no_bearer_token_is_401() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let good = bearer(&tpp.token(&id).await);
    for header in [
        "",
        "Bearer",
        "Bearer ",
        "Basic YTpi",
        "Bearer a b",
        "Bearer \"x\"",
        "x",
    ] {
        assert_refused(&tpp, &id, &[header], INVALID).await;
    }
    assert_refused(&tpp, &id, &[&good, &good], INVALID).await;
    assert_refused(&tpp, &id, &[good.trim_start_matches("Bearer ")], INVALID).await;
    assert_eq!(call(&tpp, &Method::GET, &id, &[&good]).await.status(), 200);
}

#[tokio::test]
async fn a_token_that_the_bank_never_issued_is_401() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let token = tpp.token(&id).await;
    for wrong in [
        "unknown",
        &token[1..],
        &format!("{token}x"),
        &token.to_uppercase(),
    ] {
        assert_refused(&tpp, &id, &[&bearer(wrong)], INVALID).await;
    }
}

#[tokio::test]
async fn a_token_counts_until_it_expires_on_the_emulators_clock() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    bank.emulator.clock().freeze();
    let token = tpp.token(&id).await;
    bank.emulator.clock().advance(Duration::from_secs(299));
    assert_eq!(tpp.read_status(&id, &token).await, StatusCode::OK);
    bank.emulator.clock().advance(Duration::from_secs(1));
    assert_refused(&tpp, &id, &[&bearer(&token)], INVALID).await;
    let fresh = tpp.token(&id).await;
    assert_eq!(tpp.read_status(&id, &fresh).await, StatusCode::OK);
}

#[tokio::test]
async fn a_token_is_bound_to_the_certificate_it_was_issued_to() {
    let bank = TestBank::start().await;
    let (owner, thief) = (bank.tpp().await, bank.tpp().await);
    let id = owner.registered().await;
    let token = owner.token(&id).await;
    assert_refused(&thief, &id, &[&bearer(&token)], INVALID).await;
    // The thief did not make it worthless either.
    assert_refused(&thief, "nobody", &[&bearer(&token)], INVALID).await;
    assert_eq!(owner.read_status(&id, &token).await, StatusCode::OK);
}

#[tokio::test]
async fn a_token_of_another_client_is_403_and_changes_nothing() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let (mine, other) = (tpp.registered().await, tpp.registered().await);
    let token = tpp.token(&mine).await;
    for method in METHODS {
        let answer = call(&tpp, &method, &other, &[&bearer(&token)]).await;
        assert_empty(answer, 403, None, method.as_str()).await;
    }
    assert_eq!(bank.emulator.clients(BANK).await.unwrap().len(), 2);
    assert_eq!(tpp.read_status(&mine, &token).await, StatusCode::OK);
}

#[tokio::test]
async fn whoever_asks_for_an_unknown_client_is_401_and_loses_the_token() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    for method in METHODS {
        let (token, kept) = (tpp.token(&id).await, tpp.token(&id).await);
        let unknown = "6f1ed002-ab5f-4b2c-8b3a-5e2e3f0c9d11";
        let answer = call(&tpp, &method, unknown, &[&bearer(&token)]).await;
        assert_empty(answer, 401, Some(INVALID), method.as_str()).await;
        assert_eq!(tpp.read_status(&id, &token).await, StatusCode::UNAUTHORIZED);
        assert_eq!(tpp.read_status(&id, &kept).await, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_client_id_of_any_other_shape_is_an_unknown_one() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    for malformed in [
        "x",
        "%3Cscript%3E",
        "%00",
        "%2e%2e%2f",
        "a%20b",
        &"x".repeat(300),
    ] {
        let token = bearer(&tpp.token(&id).await);
        let answer = call(&tpp, &Method::GET, malformed, &[&token]).await;
        assert_empty(answer, 401, Some(INVALID), malformed).await;
    }
}

#[tokio::test]
async fn a_suspended_client_is_403_until_it_is_active_again() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let token = tpp.token(&id).await;
    let client_id = ClientId::new(id.as_str());
    let set = |status| bank.emulator.set_client_status(BANK, &client_id, status);
    assert!(set(ClientStatus::Suspended).await.unwrap());
    for method in METHODS {
        let answer = call(&tpp, &method, &id, &[&bearer(&token)]).await;
        assert_empty(answer, 403, None, method.as_str()).await;
    }
    assert!(set(ClientStatus::Active).await.unwrap());
    assert_eq!(tpp.read_status(&id, &token).await, StatusCode::OK);
}

#[tokio::test]
async fn delete_ends_every_token_of_the_client_and_of_no_other() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let (gone, stays) = (tpp.registered().await, tpp.registered().await);
    let (one, other) = (tpp.token(&gone).await, tpp.token(&gone).await);
    let token = tpp.token(&stays).await;
    assert_eq!(
        call(&tpp, &Method::DELETE, &gone, &[&bearer(&one)])
            .await
            .status(),
        204
    );
    for ended in [one, other] {
        assert_refused(&tpp, &gone, &[&bearer(&ended)], INVALID).await;
        assert_refused(&tpp, &stays, &[&bearer(&ended)], INVALID).await;
    }
    assert_eq!(tpp.read_status(&stays, &token).await, StatusCode::OK);
}

#[tokio::test]
async fn put_keeps_tokens_whether_it_is_accepted_or_refused() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.register(tpp.request()).await;
    let id = client["client_id"].as_str().unwrap();
    let (token, other) = (tpp.token(id).await, tpp.token(id).await);
    let bad = tpp.request().claim("grant_types", "text").sign().unwrap();
    let refused = tpp.manage(Method::PUT, id, &token, Some(bad)).await;
    helpers::assert_refused(refused, "invalid_client_metadata", "claim_malformed").await;
    assert_eq!(
        json(tpp.manage(Method::GET, id, &token, None).await).await,
        client
    );
    let good = tpp.request().sign().unwrap();
    let replaced = tpp.manage(Method::PUT, id, &token, Some(good)).await;
    assert_eq!(replaced.status(), StatusCode::OK);
    for kept in [token, other] {
        assert_eq!(tpp.read_status(id, &kept).await, StatusCode::OK);
    }
}

#[tokio::test]
async fn a_certificate_revoked_while_connected_is_401_on_that_connection() {
    let bank = TestBank::start().await;
    let tpp = bank
        .tpp_with(|tpp| tpp.transport_key(Key::generate(KeyAlgorithm::EcP256).unwrap()))
        .await;
    let id = tpp.registered().await;
    let token = tpp.token(&id).await;
    bank.emulator
        .revoke_transport_certificate(&tpp.tpp)
        .unwrap();
    let answer = call(&tpp, &Method::GET, &id, &[&bearer(&token)]).await;
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    assert_eq!(json(answer).await["error"], "invalid_client");
    let anew = http_client(&tpp.tpp)
        .get(format!("{}/jwks", tpp.mtls))
        .send();
    anew.await.expect_err("no new connection");
}
