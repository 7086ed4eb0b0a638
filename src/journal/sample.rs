//! Exchanges for the tests of this module.

use std::path::Path;
use std::sync::Arc;

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use bytes::Bytes;
use rcgen::{CertificateParams, DnType, KeyPair};
use serde_json::{Value, json};

use super::*;
use crate::dialect::checks::Verdict;
use crate::dialect::judgement::CheckResult;
use crate::domain::ids::InteractionId;
use crate::scenario;
use crate::scenario::decision::Applied;
use crate::scenario::model::Scenario;
use crate::scenario::trail::{Call, Outcome, Trail};

/// A registration that was accepted.
pub fn registered() -> Exchange {
    let statement = jws(
        &json!({"alg": "PS256", "kid": "dir-1"}),
        &json!({"iss": "OpenBanking Ltd", "software_id": "sw1", "org_id": "org1", "iat": 1_699_999_940}),
    );
    let request = jws(
        &json!({"alg": "PS256", "kid": "key-1", "typ": "JWT"}),
        &json!({
            "iss": "sw1", "aud": "https://localhost:8444/uk-ob-3.3", "jti": "j-1",
            "iat": 1_699_999_990, "exp": 1_700_000_290,
            "redirect_uris": ["https://tpp.example/cb"],
            "software_statement": statement,
        }),
    );
    Exchange {
        id: 17,
        at_ms: 1_700_000_000_000,
        received_at_ms: 1_800_000_000_000,
        world: "default".into(),
        listener: "mtls",
        bank: Some("uk-ob-3.3".to_owned()),
        operation: Some("register"),
        method: "POST".to_owned(),
        path: "/uk-ob-3.3/register".to_owned(),
        url: "https://localhost:8443/uk-ob-3.3/register".to_owned(),
        http_version: "HTTP/1.1",
        interaction_id: InteractionId::parse("c770aef3"),
        software_id: Some("sw1".to_owned()),
        org_id: Some("org1".to_owned()),
        connection: 3,
        peer_address: "127.0.0.1:50000".to_owned(),
        tls: Some(Arc::new(tls())),
        request: Message {
            headers: head(&[
                ("host", "localhost:8443"),
                ("content-type", "application/jose"),
                ("accept", "application/json"),
                ("content-length", "999"),
            ]),
            body: Bytes::from(request).into(),
        },
        response: Some(answer(
            201,
            "application/json",
            r#"{"client_id":"c1","client_secret":"s3cret"}"#,
        )),
        checks: vec![
            check("request_signature", Verdict::Passed),
            check("redirect_uris_in_statement", Verdict::Passed),
            check("ssa_age", Verdict::NotChecked),
        ],
        timings: Timings {
            work_micros: 1_234,
            delay_ms: 0,
        },
        ..Exchange::default()
    }
}

/// The same, refused by a check.
pub fn refused() -> Exchange {
    let mut exchange = registered();
    exchange.checks[1] = CheckResult {
        seen: Some("'https://tpp.example/cb'".to_owned()),
        allowed: Some("a URI of the statement: 'https://tpp.example/other'".to_owned()),
        ..check("redirect_uris_in_statement", Verdict::Failed)
    };
    exchange.refused_by = Some("redirect_uris_in_statement");
    exchange.response = Some(answer(
        400,
        "application/json",
        r#"{"error":"invalid_redirect_uri"}"#,
    ));
    exchange
}

/// The same, with this rule applied; the text is that of a scenario with one rule.
pub fn scripted(mut exchange: Exchange, scenario: &str) -> Exchange {
    let scenario = parsed(scenario);
    exchange.applied = Some(Applied {
        scenario: scenario.name.clone(),
        rule: scenario.rules[0].name.clone(),
        call: 2,
        draw: Some(0.25),
    });
    let mut trail = Trail::default();
    trail.begin(&scenario);
    let place = trail.matched();
    let call = Call {
        number: 2,
        draw: Some(0.25),
        outcome: Outcome::Applied,
    };
    trail.tell(place, call);
    exchange.trail = trail;
    exchange
}

/// The scenario `scripted` with this text.
pub fn parsed(scenario: &str) -> Arc<Scenario> {
    let loaded = scenario::parse("scripted", Path::new("scripted.yaml"), scenario).unwrap();
    Arc::new(loaded.scenario)
}

/// A handshake that failed.
pub fn handshake() -> Exchange {
    Exchange {
        id: 18,
        at_ms: 1_700_000_000_000,
        received_at_ms: 1_700_000_000_000,
        world: "default".into(),
        listener: "mtls",
        operation: Some(HANDSHAKE),
        connection: 4,
        peer_address: "127.0.0.1:50001".to_owned(),
        tls: Some(Arc::new(tls())),
        handshake: Some(FailedHandshake {
            cause: "certificate_expired",
            hint: "send a certificate that is valid now",
            detail: "invalid peer certificate: Expired".to_owned(),
        }),
        ..Exchange::default()
    }
}

pub fn answer(status: u16, content_type: &str, body: &str) -> Answer {
    Answer {
        status,
        headers: head(&[
            ("content-type", content_type),
            ("x-fapi-interaction-id", "c770aef3"),
        ]),
        body: Bytes::copy_from_slice(body.as_bytes()).into(),
    }
}

pub fn head(fields: &[(&str, &str)]) -> Headers {
    let fields = fields.iter();
    fields
        .map(|(name, value)| (*name, value.as_bytes()))
        .collect()
}

pub fn check(name: &'static str, result: Verdict) -> CheckResult {
    CheckResult {
        check: name,
        result,
        seen: None,
        allowed: None,
        source: "OBIE DCR 3.3",
    }
}

pub fn jws(header: &Value, claims: &Value) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    format!("{}.{}.c2lnbmF0dXJl", part(header), part(claims))
}

fn tls() -> Tls {
    let mut params = CertificateParams::new(Vec::new()).unwrap();
    params.distinguished_name.push(DnType::CommonName, "sw1");
    let key = KeyPair::generate().unwrap();
    let certificate = params.self_signed(&key).unwrap();
    Tls {
        version: "TLSv1.3",
        cipher_suite: "TLS_AES_128_GCM_SHA256".to_owned(),
        server_name: Some("localhost".to_owned()),
        alpn: Some("http/1.1".to_owned()),
        certificate: Some(Bytes::copy_from_slice(certificate.der())),
    }
}
