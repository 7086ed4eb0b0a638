//! Scenarios at the edges of HTTP, and hostile requests.

use std::fmt::Write as _;
use std::path::Path;

use aspsp_emulator::scenario::model::{Effects, Fault};
use aspsp_emulator::scenario::parse;
use aspsp_emulator::server::ALERTS_ON_CERTIFICATES;
use reqwest::{Method, Response};
use serde_json::json;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::connections::{HTTP1, HTTP2, plain_client, tpp_client};
use crate::helpers::{INTERACTION_ID, TestBank, TestTpp, authority, json as body_of};

async fn scripted(scenario: &str) -> (TestBank, TestTpp) {
    let bank = TestBank::start_with(|builder| builder.scenario_yaml(scenario)).await;
    let tpp = bank.tpp().await;
    (bank, tpp)
}

/// Writes bytes on a bare HTTP/1.1 connection and reads until it ends.
async fn on_wire(bank: &TestBank, tpp: &TestTpp, request: &[u8]) -> String {
    let mut config = tpp.tpp.client_config().unwrap();
    config.alpn_protocols = vec![HTTP1.as_bytes().to_vec()];
    let connector = tokio_rustls::TlsConnector::from(std::sync::Arc::new(config));
    let stream = tokio::net::TcpStream::connect(bank.emulator.addresses().mtls).await;
    let name = "localhost".try_into().unwrap();
    let mut stream = connector.connect(name, stream.unwrap()).await.unwrap();
    stream.write_all(request).await.unwrap();
    let mut answer = Vec::new();
    let guard = std::time::Duration::from_secs(20);
    let read = tokio::time::timeout(guard, stream.read_to_end(&mut answer));
    // How it ends is of no matter here.
    let _ = read.await.expect("nothing happened for 20 s");
    String::from_utf8_lossy(&answer).into_owned()
}

async fn with_own(tpp: &TestTpp, values: &[&[u8]]) -> Response {
    let request = tpp.http.get(format!("{}/jwks", tpp.mtls));
    let request = values.iter().fold(request, |request, value| {
        request.header("x-emulator-scenario", *value)
    });
    request.send().await.unwrap()
}

#[tokio::test]
async fn a_scenario_must_be_named_once_and_well() {
    let (_bank, tpp) = scripted("{ name: known, rules: [{ respond: 503 }] }").await;
    assert_eq!(with_own(&tpp, &[b"known"]).await.status(), 503);
    let long = [b'a'; 3000];
    let bad: [&[&[u8]]; 8] = [
        &[b"known", b"known"],
        &[b"known", b"other"],
        &[b""],
        &[b"known\tknown"],
        &[b"kn\xffown"],
        &[b"../known"],
        &[b"\"; drop table"],
        &[&long],
    ];
    for values in bad {
        let answer = with_own(&tpp, values).await;
        assert_eq!(answer.status(), 400, "{values:?}");
        assert!(answer.headers().contains_key(INTERACTION_ID));
        let body = body_of(answer).await;
        assert_eq!(body["error"], "unknown_scenario", "{values:?}");
        let text = body["error_description"].as_str().unwrap();
        assert!(text.chars().all(|it| (' '..='~').contains(&it)), "{text}");
    }
}

#[tokio::test]
async fn control_characters_in_the_name_get_no_further() {
    let (bank, tpp) = scripted("{ name: known, rules: [{ respond: 503 }] }").await;
    for name in ["kno\u{1}wn", "kno\u{0}wn", "kno\rwn"] {
        let request = format!(
            "GET /uk-ob-3.3/jwks HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\nx-emulator-scenario: {name}\r\n\r\n"
        );
        let answer = on_wire(&bank, &tpp, request.as_bytes()).await;
        assert!(answer.starts_with("HTTP/1.1 400"), "{name:?}: {answer}");
    }
}

#[tokio::test]
async fn what_a_request_says_is_no_template_and_adds_no_header() {
    let scenario = r#"
rules:
  - match: { operation: register }
    respond:
      status: 299
      headers: { X-Claim: "{{ claims.evil }}", X-Body: "{{ request.body }}", X-After: "{{ 1 + 1 }}" }
      template: true
      body: "[{{ request.headers['x-evil'] }}|{{ claims.evil }}|{{ request.nothing }}]"
"#;
    let (_bank, tpp) = scripted(scenario).await;
    let evil = "a\r\nx-injected: 1\r\n\r\n{{ 7 * 7 }}{% for x in y %}\u{0}<script>";
    let request = tpp.request().claim("evil", evil).sign().unwrap();
    let answer = tpp
        .http
        .post(format!("{}/register", tpp.mtls))
        .header("x-evil", "{{ 7 * 7 }}{% raw %}")
        .body(request);
    let answer = answer.send().await.unwrap();
    assert_eq!(answer.status(), 299);
    assert!(!answer.headers().contains_key("x-injected"));
    assert!(!answer.headers().contains_key("x-claim"));
    assert_eq!(answer.headers()["x-after"], "2");
    let text = answer.text().await.unwrap();
    assert_eq!(text, format!("[{{{{ 7 * 7 }}}}{{% raw %}}|{evil}|]"));
}

#[tokio::test]
async fn bodies_of_any_bytes_are_rendered_or_said_to_be_too_much() {
    let scenario = r#"
rules:
  - match: { header: { x-loop: absent } }
    respond: { status: 500 }
  - match: { header: { x-loop: "yes" } }
    respond: { status: 299, template: true, body: "{% for a in range(9999) %}{% for b in range(9999) %}{{ a }}{% endfor %}{% endfor %}" }
  - respond: { status: 298, template: true, body: "{{ request.body }}|{{ claims }}|{{ statement }}|{{ client }}" }
"#;
    let (_bank, tpp) = scripted(scenario).await;
    let bodies: [&[u8]; 7] = [
        b"",
        b"\xff\xfe\x00",
        b"{",
        b"a.b.c",
        b"{\"software_statement\": 5}",
        b"[[[[[[[[[[[[[[[[[[[[",
        b"{\"a\": {\"__class__\": {}}, \"software_statement\": \"x.y.z\"}",
    ];
    let url = format!("{}/register", tpp.mtls);
    for body in bodies {
        let answer = tpp
            .http
            .post(&url)
            .body(body.to_vec())
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), 298, "{body:?}");
        let text = answer.text().await.unwrap();
        assert!(text.starts_with(&*String::from_utf8_lossy(body)), "{text}");
    }
    let answer = tpp
        .http
        .post(&url)
        .header("x-loop", "yes")
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 500);
    assert!(answer.headers().contains_key(INTERACTION_ID));
    let text = answer.text().await.unwrap();
    assert!(text.contains("a scripted answer cannot be made"), "{text}");
}

#[tokio::test]
async fn the_listener_without_client_certificates_knows_scenarios_too() {
    let scenario = r"
rules:
  - { match: { bank: { absent: true } }, respond: 503 }
  - { match: { operation: discovery }, respond: 504 }
  - { match: { operation: jwks, software_id: { absent: true } }, calls: 1, respond: 502 }
  - { match: { operation: jwks }, per: software, calls: 1.., respond: 500 }
  - { match: { certificate: { subject: { absent: true } }, path: /uk-ob-3.3/nowhere }, respond: 418 }
  - { match: { operation: register }, respond: 501 }
";
    let (bank, tpp) = scripted(scenario).await;
    let issuer = bank.emulator.issuer("uk-ob-3.3");
    let tls = bank.emulator.base_urls().tls;
    for alpn in [HTTP1, HTTP2] {
        let http = plain_client(&bank, alpn);
        let status = async |url: String| http.get(url).send().await.unwrap().status().as_u16();
        assert_eq!(status(format!("{tls}/directory/directory.jwks")).await, 503);
        assert_eq!(status(format!("{tls}/nowhere")).await, 503);
        assert_eq!(
            status(format!("{issuer}/.well-known/openid-configuration")).await,
            504
        );
        let expected = if alpn == HTTP1 { 502 } else { 200 };
        assert_eq!(status(format!("{issuer}/jwks")).await, expected);
        assert_eq!(status(format!("{issuer}/nowhere")).await, 418);
        // Nobody registers here, so it is no operation.
        let register = http.post(format!("{issuer}/register")).send().await;
        assert_eq!(register.unwrap().status(), 404);
    }
    assert_eq!(with_own(&tpp, &[]).await.status(), 500);
}

#[tokio::test]
async fn no_bank_has_nothing_to_say_with_a_status_or_a_check() {
    let scenario = r"
rules:
  - { match: { bank: { absent: true }, path: /directory/** }, reject: statement_missing }
  - { match: { bank: { absent: true } }, reject: route_unknown }
  - { match: { bank: { absent: true } }, respond: 400 }
";
    let (bank, _tpp) = scripted(scenario).await;
    let tls = bank.emulator.base_urls().tls;
    let answer = plain_client(&bank, HTTP2)
        .get(format!("{tls}/directory/directory.jwks"))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), 400);
    assert!(answer.headers().contains_key(INTERACTION_ID));
    assert_eq!(answer.text().await.unwrap(), "");
}

#[tokio::test]
async fn head_and_options_are_answered_by_rules_too() {
    let scenario = r#"
rules:
  - { match: { method: HEAD }, respond: { status: 503, headers: { X-Kind: head }, body: twelve bytes } }
  - { match: { method: OPTIONS }, respond: { status: 200, headers: { Allow: "GET, HEAD" }, body: { a: 1 } } }
"#;
    let (bank, tpp) = scripted(scenario).await;
    for alpn in [HTTP1, HTTP2] {
        let http = tpp_client(&bank, &tpp, alpn);
        for _ in 0..2 {
            let url = format!("{}/jwks", tpp.mtls);
            let answer = http.head(&url).send().await.unwrap();
            assert_eq!(answer.status(), 503);
            assert_eq!(answer.headers()["x-kind"], "head");
            assert_eq!(answer.headers()["content-length"], "12");
            assert_eq!(answer.bytes().await.unwrap().len(), 0);
            let answer = http.request(Method::OPTIONS, &url).send().await.unwrap();
            assert_eq!(answer.headers()["allow"], "GET, HEAD");
            assert_eq!(body_of(answer).await, json!({ "a": 1 }));
        }
    }
}

#[tokio::test]
async fn statuses_without_a_body_keep_the_connection_in_step() {
    let scenario = r#"
rules:
  - { match: { operation: jwks }, respond: { status: 204, headers: { X-Kind: "204" } } }
  - { match: { operation: discovery }, respond: { status: 304, headers: { ETag: '"a"' } } }
  - { match: { operation: register }, alter: [{ status: 204 }], fault: malformed_json }
  - { match: { path: /uk-ob-3.3/last }, per: connection, respond: { status: 299, headers: { X-Call: "{{ call }}" } } }
"#;
    let (bank, tpp) = scripted(scenario).await;
    for alpn in [HTTP1, HTTP2] {
        let http = tpp_client(&bank, &tpp, alpn);
        for turn in 1..3 {
            let get = async |path: &str| {
                let answer = http
                    .get(format!("{}/{path}", tpp.mtls))
                    .send()
                    .await
                    .unwrap();
                let (status, headers) = (answer.status().as_u16(), answer.headers().clone());
                assert!(headers.contains_key(INTERACTION_ID), "{path}");
                let body = answer.bytes().await.unwrap();
                assert!(body.is_empty(), "{path}");
                (status, headers)
            };
            let (status, headers) = get("jwks").await;
            assert_eq!((status, &headers["x-kind"]), (204, &"204".parse().unwrap()));
            assert!(!headers.contains_key("content-length"));
            let (status, headers) = get(".well-known/openid-configuration").await;
            assert_eq!((status, headers["etag"].to_str().unwrap()), (304, "\"a\""));
            let request = tpp.request().sign().unwrap();
            let post = http.post(format!("{}/register", tpp.mtls)).body(request);
            let post = post.header("content-type", "application/jose");
            let answer = post.send().await.unwrap();
            assert_eq!(answer.status(), 204);
            let body = answer.bytes().await.unwrap();
            assert!(body.is_empty(), "{alpn}: {body:?}");
            // Still the same connection.
            let (status, headers) = get("last").await;
            assert_eq!(
                (status, headers["x-call"].to_str().unwrap()),
                (299, &*turn.to_string())
            );
        }
    }
}

#[tokio::test]
async fn a_large_body_arrives_whole() {
    let large = "0123456789abcdef".repeat(60_000);
    let scenario = format!("rules: [{{ respond: {{ status: 200, body: \"x{large}\" }} }}]");
    let (bank, tpp) = scripted(&scenario).await;
    for alpn in [HTTP1, HTTP2] {
        let http = tpp_client(&bank, &tpp, alpn);
        let answer = http.get(format!("{}/jwks", tpp.mtls)).send().await.unwrap();
        let text = answer.text().await.unwrap();
        assert!(text.len() == large.len() + 1 && text[1..] == large);
    }
}

fn many_rules(count: usize) -> String {
    let mut text = "rules:\n".to_owned();
    for number in 1..=count {
        writeln!(
            text,
            "  - {{ match: {{ header: {{ x-n: {number} }} }}, respond: 503 }}"
        )
        .unwrap();
    }
    text
}

#[tokio::test]
async fn ten_thousand_rules_are_tried_and_no_more_are_taken() {
    let (_bank, tpp) = scripted(&many_rules(10_000)).await;
    for (number, status) in [("1", 503), ("9999", 503), ("10000", 503), ("10001", 200)] {
        let url = format!("{}/jwks", tpp.mtls);
        let answer = tpp
            .http
            .get(url)
            .header("x-n", number)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), status, "{number}");
    }
    let builder = aspsp_emulator::Emulator::builder().authority(authority());
    let refused = builder.scenario_yaml(many_rules(10_001)).start().await;
    let text = refused.expect_err("it started").to_string();
    assert!(
        text.contains("10001 rules; allowed: at most 10000"),
        "{text}"
    );
}

#[tokio::test]
async fn a_status_without_a_phrase_of_its_own_has_none() {
    let (bank, tpp) = scripted("rules: [{ respond: 299 }]").await;
    let request = b"GET /uk-ob-3.3/jwks HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";
    let answer = on_wire(&bank, &tpp, request).await;
    assert!(answer.starts_with("HTTP/1.1 299 \r\n"), "{answer}");
}

#[test]
fn the_alerts_that_check_allows_beside_a_certificate_are_those_that_the_server_can_send_then() {
    let rule = |alert: &str, matching: &str| {
        let text = format!(
            "rules: [{{ match: {{ operation: handshake{matching} }}, fault: {{ alert: {alert} }} }}]"
        );
        parse("alerts", Path::new("alerts.yaml"), &text)
    };
    let mut allowed: Vec<u8> = ALERTS
        .iter()
        .filter(|alert| rule(alert, ", org_id: a").is_ok())
        .map(|alert| {
            let scenario = rule(alert, "").unwrap().scenario;
            let Effects::Always(effect) = &scenario.rules[0].effects else {
                panic!("{scenario:?}");
            };
            let Some(Fault::Alert(alert)) = &effect.fault else {
                panic!("{effect:?}");
            };
            alert.number
        })
        .collect();
    allowed.sort_unstable();
    assert_eq!(allowed, ALERTS_ON_CERTIFICATES);
}

/// Fatal alerts of RFC 8446 §6.2.
const ALERTS: [&str; 25] = [
    "unexpected_message",
    "bad_record_mac",
    "record_overflow",
    "handshake_failure",
    "bad_certificate",
    "unsupported_certificate",
    "certificate_revoked",
    "certificate_expired",
    "certificate_unknown",
    "illegal_parameter",
    "unknown_ca",
    "access_denied",
    "decode_error",
    "decrypt_error",
    "protocol_version",
    "insufficient_security",
    "internal_error",
    "inappropriate_fallback",
    "missing_extension",
    "unsupported_extension",
    "unrecognized_name",
    "bad_certificate_status_response",
    "unknown_psk_identity",
    "certificate_required",
    "no_application_protocol",
];
