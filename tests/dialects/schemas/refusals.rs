//! Answers that refuse, against the schema of their kind.

use aspsp_emulator::domain::ecosystem::Ecosystem;
use reqwest::Method;
use serde_json::json;

use super::british::{BANKS, post, tpp};
use crate::br_helpers::{Answer, Caller, FORM, Ground, JSON};
use crate::schemas::validation::{assert_bites, assert_valid};
use crate::{brasil, directory};

fn assert_refusal(schema: &str, statuses: &[u16], name: &str, answer: &Answer) {
    let body = answer.json();
    assert!(
        statuses.contains(&answer.status),
        "{name}: {} {body}",
        answer.status
    );
    assert_valid(schema, name, &body);
    assert_bites(schema, &body);
}

#[tokio::test]
async fn every_uk_bank_refuses_a_registration_as_published() {
    let ground = Ground::start().await;
    for (bank, ..) in BANKS {
        let caller = tpp(&ground, bank).await;
        let request = || caller.tpp.registration_request(bank);
        let long = "x".repeat(2_000);
        for (name, body) in [
            ("no jws", "x".to_owned()),
            ("long", request().claim("iss", long).sign().unwrap()),
            (
                "redirect",
                request()
                    .claim("redirect_uris", json!(["http://a.example"]))
                    .sign()
                    .unwrap(),
            ),
            (
                "statement",
                request().claim("software_statement", "x").sign().unwrap(),
            ),
            (
                "type",
                request()
                    .claim("application_type", "\u{1}\"\\")
                    .sign()
                    .unwrap(),
            ),
            ("unsigned", request().header("alg", "none").sign().unwrap()),
        ] {
            let answer = post(&caller, body).await;
            assert_refusal("registration-error", &[400], name, &answer);
        }
        let token = caller.token_request(&[("grant_type", "x")]).await;
        assert_refusal("token-error", &[400, 401], bank, &token);
    }
}

async fn send(caller: &Caller, body: &str) -> Answer {
    brasil::post(caller, body).await
}

#[tokio::test]
async fn a_brazilian_bank_refuses_as_published() {
    let ground = Ground::start().await;
    let caller = brasil::tpp(&ground).await;
    let request = || brasil::request(&caller);
    let webhooks = request().claim("webhook_uris", json!(["https://a.example"]));
    for (name, body) in [
        ("no json", "x".to_owned()),
        ("nothing", "{}".to_owned()),
        (
            "statement",
            request()
                .claim("software_statement", "x\u{2}")
                .to_json()
                .unwrap(),
        ),
        ("webhooks", webhooks.to_json().unwrap()),
        (
            "redirects",
            request().without("redirect_uris").to_json().unwrap(),
        ),
        (
            "long",
            request()
                .claim("scope", "é".repeat(2_000))
                .to_json()
                .unwrap(),
        ),
    ] {
        let answer = send(&caller, &body).await;
        assert_refusal("registration-error-brasil", &[400], name, &answer);
    }
    for (name, headers, status) in [
        ("missing", &[][..], 401),
        ("malformed", &[("authorization", "Basic YTpi")], 400),
        ("unknown", &[("authorization", "Bearer x")], 401),
    ] {
        let answer = caller.send(Method::GET, "/reg/x", headers, "").await;
        assert_refusal("bearer-error", &[status], name, &answer);
    }
    let unknown = caller.send(Method::GET, "/nowhere", &[], "").await;
    assert_refusal("registration-error-brasil", &[404], "route", &unknown);
    for (media, body) in [(FORM, "grant_type=x"), (JSON, "{}")] {
        let headers = [("content-type", media)];
        let token = caller.send(Method::POST, "/token", &headers, body).await;
        assert_refusal("token-error", &[400, 401], media, &token);
    }
}

#[tokio::test]
async fn the_directory_refuses_as_published() {
    let ground = Ground::start().await;
    let reader = directory::reader(&ground, Ecosystem::Uk).await;
    for (path, status) in [
        ("/clients/unknown", 404),
        ("/clients/%3Ca%3E", 400),
        ("/clients?page=x", 400),
        ("/nowhere", 404),
        ("/organisations/a/softwarestatements/b/assertion", 404),
    ] {
        assert_refusal("errors-array", &[status], path, &reader.get(path).await);
    }
}
