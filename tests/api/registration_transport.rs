//! What is judged before the request itself: the certificate, `Accept`, `Content-Type`, the size.

use std::time::Duration;

use aspsp_emulator::clock::Clock;
use certs_gen::Flaw;
use reqwest::{Client, Response};
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::helpers::{BANK, INTERACTION_ID, JOSE, TestBank, TestTpp, authority, json};
use crate::registration_cases::{assert_unchanged, refusal, still_bank};

const DAY: Duration = Duration::from_secs(24 * 60 * 60);

#[tokio::test]
async fn without_a_client_certificate_there_is_no_connection() {
    let bank = still_bank().await;
    let tpp = bank.tpp().await;
    let request = tpp.request().sign().unwrap();
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from(authority().root_der().to_vec());
    roots.add(root).unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let http = Client::builder()
        .tls_backend_preconfigured(config)
        .build()
        .unwrap();
    let bare = TestTpp { http, ..tpp };
    assert!(try_post(&bare, request).await.is_err());
    assert_unchanged(&bank, &[], "no certificate").await;
}

#[tokio::test]
async fn a_spoilt_certificate_makes_no_connection() {
    let bank = still_bank().await;
    for flaw in [
        Flaw::Expired,
        Flaw::NotYetValid,
        Flaw::UntrustedIssuer,
        Flaw::WrongEku,
        Flaw::Revoked,
    ] {
        let tpp = bank.tpp_with(|tpp| tpp.transport_flaw(flaw)).await;
        let request = tpp.request().sign().unwrap();
        assert!(try_post(&tpp, request).await.is_err(), "{flaw}");
        assert_unchanged(&bank, &[], flaw.as_str()).await;
    }
}

#[tokio::test]
async fn a_certificate_revoked_while_its_connection_is_open_is_refused_there() {
    let bank = still_bank().await;
    let (tpp, other) = (bank.tpp().await, bank.tpp().await);
    tpp.register(tpp.request()).await;
    let before = bank.emulator.clients(BANK).await.unwrap();
    bank.emulator
        .revoke_transport_certificate(&tpp.tpp)
        .unwrap();
    let answer = tpp.post(tpp.request().sign().unwrap()).await;
    assert_certificate_refused(answer).await;
    assert_unchanged(&bank, &before, "revoked").await;
    other.register(other.request()).await;
}

#[tokio::test]
async fn a_certificate_that_has_expired_on_the_emulators_clock_is_refused() {
    let bank = still_bank().await;
    let tpp = bank.tpp().await;
    let not_after = tpp.tpp.transport().certificate.not_after();
    let life = (not_after - bank.emulator.clock().now()).unsigned_abs();
    let whole = Duration::from_secs(life.as_secs());
    bank.emulator.clock().advance(whole);
    tpp.register(tpp.request()).await;
    let before = bank.emulator.clients(BANK).await.unwrap();
    bank.emulator.clock().advance(Duration::from_secs(2));
    let answer = tpp.post(tpp.request().sign().unwrap()).await;
    assert_certificate_refused(answer).await;
    assert_unchanged(&bank, &before, "expired").await;
}

#[tokio::test]
async fn a_certificate_that_is_not_yet_valid_on_the_emulators_clock_is_refused() {
    let now = Clock::system().now();
    let bank = TestBank::start_with(|builder| builder.clock(Clock::fixed(now))).await;
    let tpp = bank.tpp().await;
    bank.emulator.clock().set_now(now - DAY).unwrap();
    let answer = tpp.post(tpp.request().sign().unwrap()).await;
    assert_certificate_refused(answer).await;
    assert_unchanged(&bank, &[], "not yet valid").await;
    bank.emulator.clock().advance(DAY);
    tpp.register(tpp.request()).await;
}

#[tokio::test]
async fn an_accept_header_that_excludes_json_is_406() {
    let bank = still_bank().await;
    let tpp = bank.tpp().await;
    for (accept, status) in [
        ("application/json", 201),
        ("application/json; charset=utf-8", 201),
        ("*/*", 201),
        ("text/html, application/*;q=0.1", 201),
        ("text/html", 406),
        ("application/jwt", 406),
        ("application/json;q=0", 406),
        ("application/json;q=0, */*", 406),
        ("\u{e9}", 406),
    ] {
        let headers = [("accept", accept), ("content-type", JOSE)];
        assert_answer(&bank, &tpp, &headers, status).await;
    }
}

#[tokio::test]
async fn a_content_type_other_than_jose_and_jwt_is_415() {
    let bank = still_bank().await;
    let tpp = bank.tpp().await;
    for (content_type, status) in [
        ("application/jose", 201),
        ("application/jwt", 201),
        ("Application/JOSE; charset=utf-8", 201),
        ("application/jose ;x=y", 201),
        ("application/json", 415),
        ("application/jose+json", 415),
        ("application/josex", 415),
        ("text/plain", 415),
        ("application/jose, application/jose", 415),
        ("", 415),
        ("\u{e9}", 415),
    ] {
        let headers = [("content-type", content_type)];
        assert_answer(&bank, &tpp, &headers, status).await;
    }
    assert_answer(&bank, &tpp, &[], 415).await;
}

#[tokio::test]
async fn a_body_of_more_than_64_kib_is_413() {
    const LIMIT: usize = 64 * 1024;
    let bank = still_bank().await;
    let tpp = bank.tpp().await;
    let longest = tpp.post("a".repeat(LIMIT)).await;
    let refused = refusal("longest", longest).await;
    assert_eq!(refused.check(), "request_not_a_jws");
    for length in [LIMIT + 1, 65 * 1024, 1024 * 1024] {
        let answer = tpp.post("a".repeat(length)).await;
        assert_eq!(answer.status(), 413, "{length}");
        assert_bare(answer).await;
    }
    assert_unchanged(&bank, &[], "too large").await;
}

async fn try_post(tpp: &TestTpp, body: String) -> reqwest::Result<Response> {
    let request = tpp.http.post(format!("{}/register", tpp.mtls));
    request.header("content-type", JOSE).body(body).send().await
}

/// A well-signed request under these headers; 201 and a client more, or no body and none more.
async fn assert_answer(bank: &TestBank, tpp: &TestTpp, headers: &[(&str, &str)], status: u16) {
    let before = bank.emulator.clients(BANK).await.unwrap();
    let request = tpp.http.post(format!("{}/register", tpp.mtls));
    let request = headers
        .iter()
        .fold(request, |request, (name, value)| {
            request.header(*name, *value)
        })
        .body(tpp.request().sign().unwrap());
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), status, "{headers:?}");
    if status == 201 {
        let after = bank.emulator.clients(BANK).await.unwrap();
        assert_eq!(after.len(), before.len() + 1, "{headers:?}");
    } else {
        assert_bare(answer).await;
        assert_unchanged(bank, &before, &format!("{headers:?}")).await;
    }
}

async fn assert_bare(answer: Response) {
    assert!(answer.headers().contains_key(INTERACTION_ID));
    assert_eq!(answer.bytes().await.unwrap().len(), 0);
}

/// 401 with `invalid_client`, by the check of the certificate.
async fn assert_certificate_refused(answer: Response) {
    assert_eq!(answer.status(), 401);
    assert!(answer.headers().contains_key(INTERACTION_ID));
    assert_eq!(answer.headers()["content-type"], "application/json");
    let body = json(answer).await;
    assert_eq!(body["error"], "invalid_client");
    let description = body["error_description"].as_str().unwrap();
    assert!(
        description.ends_with("(certificate_untrusted)"),
        "{description}"
    );
    assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
}
