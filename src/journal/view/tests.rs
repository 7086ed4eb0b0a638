//! What is shown of an exchange.

use serde_json::{Value, json};

use super::*;
use crate::journal::sample;

fn view(exchange: &Exchange, masking: Masking) -> Value {
    serde_json::to_value(ExchangeView::new(exchange, masking)).unwrap()
}

#[test]
fn an_exchange_shows_what_was_asked_decoded_and_what_was_answered() {
    let exchange = sample::scripted(
        sample::registered(),
        "rules: [{ chance: 0.5, reject: client_unknown }]",
    );
    exchange.set_delivered(Delivered::Complete, 2_000);
    let view = view(&exchange, Masking::Masked);
    for (pointer, expected) in [
        ("/id", json!(17)),
        ("/at", json!("2023-11-14T22:13:20.000Z")),
        ("/received_at", json!("2027-01-15T08:00:00.000Z")),
        ("/status", json!(201)),
        ("/delivered", json!("complete")),
        ("/interaction_id", json!("c770aef3")),
        ("/client_id", Value::Null),
        ("/scenario", json!("scripted")),
        ("/rule", json!("1")),
        ("/call", json!(2)),
        ("/draw", json!(0.25)),
        ("/trail/0/outcome", json!("applied")),
        ("/tls/certificate/subject", json!("CN=sw1")),
        ("/request/headers/content-type", json!("application/jose")),
        ("/request/jose/kid", json!("key-1")),
        ("/request/claims/jti", json!("j-1")),
        ("/request/statement/jose/kid", json!("dir-1")),
        ("/request/statement/claims/software_id", json!("sw1")),
        ("/request/body_encoding", json!("text")),
        (
            "/response/body",
            json!("{\"client_id\":\"c1\",\"client_secret\":\"***\"}"),
        ),
        ("/checks/0/result", json!("passed")),
        ("/handshake", Value::Null),
        (
            "/timings",
            json!({"work_micros": 1234, "delay_ms": 0, "delivered_micros": 2000}),
        ),
    ] {
        assert_eq!(view.pointer(pointer), Some(&expected), "{pointer}");
    }
    let sha256 = view.pointer("/tls/certificate/sha256").unwrap();
    assert_eq!(sha256.as_str().unwrap().len(), 64);
}

#[test]
fn secrets_are_shown_to_those_who_ask_for_them() {
    let exchange = sample::registered();
    let revealed = view(&exchange, Masking::Revealed).to_string();
    assert!(revealed.contains("s3cret"));
    assert!(
        !view(&exchange, Masking::Masked)
            .to_string()
            .contains("s3cret")
    );
}

#[test]
fn a_handshake_that_failed_has_a_cause_and_no_request() {
    let view = view(&sample::handshake(), Masking::Masked);
    assert_eq!(view["operation"], "handshake");
    assert_eq!(view["handshake"]["cause"], "certificate_expired");
    for absent in ["method", "path", "url", "request", "response", "status"] {
        assert_eq!(view[absent], Value::Null, "{absent}");
    }
}

#[test]
fn fields_of_one_name_are_joined_and_a_body_that_is_no_text_is_in_base64() {
    let mut exchange = sample::registered();
    exchange.request.headers = sample::head(&[("accept", "a/b"), ("accept", "c/d")]);
    exchange.request.body = bytes::Bytes::from_static(b"\xff\x00").into();
    let view = view(&exchange, Masking::Masked);
    assert_eq!(view["request"]["headers"], json!({"accept": "a/b, c/d"}));
    assert_eq!(view["request"]["body"], "/wA=");
    assert_eq!(view["request"]["body_encoding"], "base64");
    assert_eq!(view["request"]["body_length"], 2);
}

#[test]
fn the_schema_of_an_exchange_holds_for_one() {
    let schema = schemars::schema_for!(ExchangeView).to_value();
    for exchange in [sample::registered(), sample::refused(), sample::handshake()] {
        let view = view(&exchange, Masking::Masked);
        let validator = jsonschema::validator_for(&schema).unwrap();
        if let Err(error) = validator.validate(&view) {
            panic!("{error}");
        }
    }
}
