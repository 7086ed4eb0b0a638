//! Who may read the directory.

use std::time::Duration;

use aspsp_emulator::dialect::Operation::{Assertion, Client, Clients, Token};
use aspsp_emulator::directory::tpp::{OrgStatus, SoftwareStatus};
use aspsp_emulator::domain::ecosystem::Ecosystem;
use reqwest::Method;

use super::{BANK, Reader, reader, token};
use crate::br_helpers::{FORM, Ground, Refused, stranger};

/// Found by the tests below.
pub const REFUSED: &[Refused] = &[
    (Clients, "route_unknown"),
    (Client, "route_unknown"),
    (Assertion, "route_unknown"),
    (Token, "route_unknown"),
    (Clients, "method_not_offered"),
    (Client, "method_not_offered"),
    (Assertion, "method_not_offered"),
    (Token, "method_not_offered"),
    (Clients, "certificate_missing"),
    (Client, "certificate_missing"),
    (Assertion, "certificate_missing"),
    (Token, "certificate_missing"),
    (Clients, "certificate_untrusted"),
    (Client, "certificate_untrusted"),
    (Assertion, "certificate_untrusted"),
    (Token, "certificate_untrusted"),
    (Clients, "token_missing"),
    (Client, "token_missing"),
    (Assertion, "token_missing"),
    (Clients, "token_malformed"),
    (Client, "token_malformed"),
    (Assertion, "token_malformed"),
    (Clients, "token_invalid"),
    (Client, "token_invalid"),
    (Assertion, "token_invalid"),
    (Clients, "token_certificate_mismatch"),
    (Client, "token_certificate_mismatch"),
    (Assertion, "token_certificate_mismatch"),
    (Clients, "token_scope_insufficient"),
    (Client, "token_scope_insufficient"),
    (Assertion, "token_scope_insufficient"),
    (Clients, "client_not_manageable"),
    (Client, "client_not_manageable"),
    (Assertion, "client_not_manageable"),
];

#[tokio::test]
async fn a_path_or_method_that_is_not_there_is_404_or_405() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    for path in reader.paths() {
        reader.get(&format!("{path}/x/y")).await.errors(404, &path);
    }
    reader.get("/token/x").await.errors(404, "/token/x");
    let answer = reader.get("/token").await;
    answer.assert_empty(405, "/token");
    assert_eq!(answer.header("allow"), "POST");
}

#[tokio::test]
async fn who_has_no_certificate_gets_no_connection() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    let nobody = stranger(&ground);
    for path in reader.paths().iter().map(String::as_str).chain(["/token"]) {
        let url = format!("{}{path}", reader.caller.base);
        assert!(nobody.get(url).send().await.is_err(), "{path}");
    }
}

#[tokio::test]
async fn a_certificate_past_its_dates_is_401_without_a_body() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Brazil).await;
    ground
        .emulator
        .clock()
        .advance(Duration::from_secs(2 * 366 * 24 * 60 * 60));
    for path in reader.paths() {
        reader.get(&path).await.assert_empty(401, &path);
    }
    let headers = [("content-type", FORM)];
    let answer = reader
        .caller
        .send(Method::POST, "/token", &headers, "a=b")
        .await;
    assert_eq!(answer.status, 401);
}

#[tokio::test]
async fn no_token_and_what_is_none_is_401() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    for path in reader.paths() {
        let none = reader.caller.send(Method::GET, &path, &[], "").await;
        none.assert_challenges(&path);
        assert!(!none.header("www-authenticate").contains("error"));
        for header in ["Bearer", "Basic YTpi", "x", "Bearer unknown"] {
            let headers = [("authorization", header)];
            let answer = reader.caller.send(Method::GET, &path, &headers, "").await;
            answer.assert_challenges(header);
        }
    }
}

#[tokio::test]
async fn a_token_ends_and_is_of_its_certificate_only() {
    let ground = Ground::start().await;
    let (one, other) = (
        reader(&ground, Ecosystem::Uk).await,
        reader(&ground, Ecosystem::Brazil).await,
    );
    let thief = Reader {
        caller: other.caller,
        token: one.token.clone(),
    };
    for path in one.paths() {
        thief.get(&path).await.assert_challenges(&path);
        assert_eq!(one.get(&path).await.status, 200, "{path}");
    }
    ground.emulator.clock().advance(Duration::from_secs(299));
    assert_eq!(one.get("/clients").await.status, 200);
    ground.emulator.clock().advance(Duration::from_secs(1));
    for path in one.paths() {
        one.get(&path).await.assert_challenges(&path);
    }
}

#[tokio::test]
async fn a_token_without_the_scope_is_403() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    let weak = Reader {
        token: token(&reader.caller, "").await,
        caller: reader.caller.clone(),
    };
    for path in weak.paths() {
        weak.get(&path).await.assert_empty(403, &path);
    }
}

#[tokio::test]
async fn a_token_of_another_bank_is_401() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Brazil).await;
    let mut at_bank = reader.caller.clone();
    at_bank.base = ground.emulator.url("open-finance-brasil");
    "open-finance-brasil".clone_into(&mut at_bank.bank);
    let body = at_bank
        .tpp
        .registration_request(&at_bank.bank)
        .to_json()
        .unwrap();
    let headers = [("content-type", "application/json")];
    let client = at_bank.send(Method::POST, "/reg", &headers, body).await;
    for token in [
        client.text("registration_access_token"),
        registered_token(&at_bank, &client.text("client_id")).await,
    ] {
        reader
            .caller
            .get("/clients", &token)
            .await
            .assert_challenges(BANK);
    }
}

async fn registered_token(caller: &crate::br_helpers::Caller, id: &str) -> String {
    let form = [("grant_type", "client_credentials"), ("client_id", id)];
    caller.token_request(&form).await.text("access_token")
}

#[tokio::test]
async fn who_is_no_longer_active_is_403() {
    let ground = Ground::start().await;
    for (org, software) in [
        (OrgStatus::Active, SoftwareStatus::Suspended),
        (OrgStatus::Active, SoftwareStatus::Revoked),
        (OrgStatus::Revoked, SoftwareStatus::Active),
    ] {
        let reader = reader(&ground, Ecosystem::Brazil).await;
        reader.caller.tpp.set_status(org, software);
        for path in reader.paths() {
            reader.get(&path).await.assert_empty(403, &path);
        }
        reader
            .caller
            .tpp
            .set_status(OrgStatus::Active, SoftwareStatus::Active);
        assert_eq!(reader.get("/clients").await.status, 200);
    }
}
