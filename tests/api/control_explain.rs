//! `POST /api/explain`: the judgement of a request that was not sent.

use aspsp_emulator::Emulator;
use reqwest::{Response, StatusCode};
use serde_json::{Value, json};

use crate::clients::members;
use crate::control::{http, url};
use crate::helpers::{BANK, TestBank, json as body};

async fn post(emulator: &Emulator, content_type: &str, text: String) -> Response {
    let request = http().post(url(emulator, "/api/explain")).body(text);
    let request = request.header("content-type", content_type);
    request.send().await.unwrap()
}

/// What the bank makes of this.
async fn explained(bank: &TestBank, asked: &Value) -> Value {
    let answer = post(&bank.emulator, "application/json", asked.to_string()).await;
    let status = answer.status();
    let explained = body(answer).await;
    assert_eq!(status, StatusCode::OK, "{explained}");
    assert_eq!(members(&explained), ["accepted", "bank", "checks"]);
    explained
}

/// One check of an explanation.
pub fn check<'a>(explained: &'a Value, name: &str) -> &'a Value {
    let checks = explained["checks"].as_array().unwrap();
    let found = checks.iter().find(|check| check["check"] == name);
    found.unwrap_or_else(|| panic!("no {name} in {explained}"))
}

#[tokio::test]
async fn a_good_request_is_accepted_and_nothing_is_registered() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let pem = tpp.tpp.transport().certificate.chain_pem();
    let asked = json!({
        "bank": BANK,
        "request": tpp.request().sign().unwrap(),
        "certificate": pem,
        "content_type": "application/jose",
    });
    let explained = explained(&bank, &asked).await;
    assert_eq!(explained["accepted"], true, "{explained}");
    assert_eq!(explained["bank"], BANK);
    for name in [
        "request_signature_invalid",
        "certificate_not_the_tpps",
        "media_type_unsupported",
    ] {
        assert_eq!(check(&explained, name)["result"], "passed", "{name}");
    }
    let one = check(&explained, "statement_signature_invalid");
    assert_eq!(
        members(one),
        ["allowed", "answer", "check", "result", "seen", "source"]
    );
    assert_eq!(one["answer"], Value::Null);
    assert!(bank.emulator.clients(BANK).await.unwrap().is_empty());
}

#[tokio::test]
async fn every_failure_is_told_with_the_answer_it_would_get() {
    let bank = TestBank::start().await;
    let (tpp, other) = (bank.tpp().await, bank.tpp().await);
    let request = tpp
        .request()
        .claim("aud", "")
        .claim("jti", "1")
        .claim("iss", "x/y");
    let asked = json!({
        "bank": BANK,
        "request": request.sign().unwrap(),
        "certificate": other.tpp.transport().certificate.pem(),
        "content_type": "text/plain",
    });
    let explained = explained(&bank, &asked).await;
    assert_eq!(explained["accepted"], false);
    for (name, status) in [
        ("audience_wrong", 400),
        ("jti_malformed", 400),
        ("issuer_malformed", 400),
        ("certificate_not_the_tpps", 400),
        ("media_type_unsupported", 415),
    ] {
        let check = check(&explained, name);
        assert_eq!(check["result"], "failed", "{check}");
        assert_eq!(check["answer"]["status"], status, "{check}");
        assert!(
            check["seen"].is_string() && check["allowed"].is_string(),
            "{check}"
        );
    }
    let answer = &check(&explained, "audience_wrong")["answer"];
    assert_eq!(members(answer), ["body", "headers", "status"]);
    assert_eq!(answer["body"]["error"], "invalid_client_metadata");
}

#[tokio::test]
async fn a_brazilian_request_is_an_object_or_its_text_to_the_letter() {
    let bank = TestBank::start().await;
    let brazil = aspsp_emulator::domain::ecosystem::Ecosystem::Brazil;
    let tpp = bank.tpp_with(|tpp| tpp.ecosystem(brazil)).await;
    let text = tpp
        .tpp
        .registration_request("open-finance-brasil")
        .to_json()
        .unwrap();
    let object: Value = serde_json::from_str(&text).unwrap();
    for request in [json!(text), object] {
        let asked = json!({"bank": "open-finance-brasil", "request": request});
        let explained = explained(&bank, &asked).await;
        assert_eq!(explained["accepted"], true, "{explained}");
    }
    let twice = text.replacen('{', "{\"scope\":\"openid\",\"scope\":\"openid\",", 1);
    let asked = json!({"bank": "open-finance-brasil", "request": twice});
    let explained = explained(&bank, &asked).await;
    assert_eq!(
        check(&explained, "body_not_a_json_object")["result"],
        "failed"
    );
}

#[tokio::test]
async fn an_update_is_judged_for_its_client_and_lacks_no_token() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let mut asked = json!({
        "bank": BANK,
        "operation": "update",
        "client_id": id,
        "request": tpp.request().claim("client_id", id.as_str()).sign().unwrap(),
    });
    let known = explained(&bank, &asked).await;
    assert_eq!(known["accepted"], true, "{known}");
    assert_eq!(check(&known, "client_unknown")["result"], "passed");
    for name in ["token_missing", "token_invalid", "token_of_another_client"] {
        assert_eq!(check(&known, name)["result"], "not_checked", "{name}");
    }
    asked["client_id"] = "another".into();
    let unknown = explained(&bank, &asked).await;
    assert_eq!(check(&unknown, "client_unknown")["result"], "failed");
    assert_eq!(check(&unknown, "client_id_mismatch")["result"], "failed");
    asked.as_object_mut().unwrap().shift_remove("client_id");
    let unnamed = explained(&bank, &asked).await;
    assert_eq!(unnamed["accepted"], true, "{unnamed}");
    assert_eq!(check(&unnamed, "client_unknown")["result"], "not_checked");
}

#[tokio::test]
async fn what_cannot_be_asked_is_a_problem_that_names_the_field() {
    let bank = TestBank::start().await;
    for (asked, status, field) in [
        (
            json!({"bank": BANK, "request": "x", "banks": 1}),
            400,
            "banks",
        ),
        (json!({"request": "x"}), 400, "bank"),
        (json!({"bank": 7, "request": "x"}), 400, "bank"),
        (json!({"bank": "my-bank", "request": "x"}), 404, "bank"),
        (json!({"bank": BANK}), 400, "request"),
        (json!({"bank": BANK, "request": 7}), 400, "request"),
        (
            json!({"bank": BANK, "request": "x", "operation": "delete"}),
            400,
            "operation",
        ),
        (
            json!({"bank": "uk-ob-3.1", "request": "x", "operation": "update"}),
            400,
            "operation",
        ),
        (
            json!({"bank": "raidiam-directory", "request": "x"}),
            400,
            "operation",
        ),
        (
            json!({"bank": BANK, "request": "x", "client_id": "c"}),
            400,
            "client_id",
        ),
        (
            json!({"bank": BANK, "request": "x", "certificate": "c"}),
            400,
            "certificate",
        ),
        (
            json!({"bank": BANK, "request": "x", "content_type": []}),
            400,
            "content_type",
        ),
        (json!([]), 400, "body"),
    ] {
        let answer = post(&bank.emulator, "application/json", asked.to_string()).await;
        assert_eq!(answer.status().as_u16(), status, "{asked}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem = body(answer).await;
        assert_eq!(problem["field"], field, "{problem}");
        assert!(
            problem["found"].is_string() && problem["allowed"].is_string(),
            "{problem}"
        );
    }
    for (content_type, text, status) in [
        (
            "text/plain",
            "{}".to_owned(),
            StatusCode::UNSUPPORTED_MEDIA_TYPE,
        ),
        (
            "application/json",
            "{\"bank\":".to_owned(),
            StatusCode::BAD_REQUEST,
        ),
        (
            "application/json",
            "x".repeat(500_000),
            StatusCode::PAYLOAD_TOO_LARGE,
        ),
    ] {
        let answer = post(&bank.emulator, content_type, text).await;
        assert_eq!(answer.status(), status);
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
    }
    let without = http().post(url(&bank.emulator, "/api/explain")).body("{}");
    let answer = without.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
}
