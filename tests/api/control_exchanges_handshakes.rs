//! Handshakes that failed are exchanges with a cause and a hint.

use aspsp_emulator::clock::Clock;
use certs_gen::{Authority, CertificateRequest, Flaw, Key, KeyAlgorithm, Kind, PublicKey, Subject};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use tokio::net::TcpStream;

use crate::asking::{activated, problem};
use crate::connections::{HTTP1, Identity, client, identity_of, tls_config};
use crate::control::get;
use crate::control_exchanges::{listed, only};
use crate::helpers::{BANK, TestBank, authority};

const HANDSHAKES: &str = "?operation=handshake";

/// A client certificate of the shared authority, with a flaw.
fn flawed(flaw: Flaw) -> Identity {
    let key = Key::generate(KeyAlgorithm::EcP256).unwrap();
    let request = CertificateRequest {
        kind: Kind::Obwac,
        subject: &Subject::example(Kind::Obwac),
        public_key: PublicKey::Of(&key),
        flaw: Some(flaw),
    };
    let certificate = authority().issue(&request, Clock::system().now()).unwrap();
    let chain = [certificate.der(), certificate.issuing_der()];
    (
        chain.map(|der| CertificateDer::from(der.to_vec())).to_vec(),
        PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.private_der().to_vec())),
    )
}

async fn fail(bank: &TestBank, trusted: &Authority, identity: Option<Identity>) {
    let all = aws_lc_rs::default_provider().cipher_suites;
    let config = tls_config(trusted, identity, &all, HTTP1);
    let client = client(config, bank.emulator.addresses().mtls);
    let url = format!("{}/jwks", bank.emulator.url(BANK));
    client.get(url).send().await.expect_err("no connection");
}

/// Failures that the client learns of first are in the journal soon after.
async fn failed(bank: &TestBank, cause: &str) -> serde_json::Value {
    let failures = || listed(bank, HANDSHAKES);
    for _ in 0..1_000 {
        if let Some(found) = failures().await.pop() {
            assert_eq!(found["handshake"]["cause"], cause, "{found}");
            assert!(found["handshake"]["hint"].as_str().unwrap().ends_with('.'));
            assert!(found["handshake"]["detail"].is_string());
            for absent in ["method", "path", "status", "request", "response", "bank"] {
                assert!(found[absent].is_null(), "{absent} {found}");
            }
            return found;
        }
        tokio::task::yield_now().await;
    }
    panic!("no handshake failed: {cause}");
}

#[tokio::test]
async fn a_client_that_is_refused_or_refuses_is_told_why() {
    let stranger = Authority::generate(Clock::system().now()).unwrap();
    for (cause, identity) in [
        ("certificate_missing", None),
        ("certificate_expired", Some(Flaw::Expired)),
        ("certificate_not_yet_valid", Some(Flaw::NotYetValid)),
        ("certificate_unknown_ca", Some(Flaw::UntrustedIssuer)),
        ("certificate_wrong_purpose", Some(Flaw::WrongEku)),
    ] {
        let bank = TestBank::start().await;
        let is_presented = identity.is_some();
        fail(&bank, bank.emulator.authority(), identity.map(flawed)).await;
        let found = failed(&bank, cause).await;
        assert_eq!(found["tls"]["server_name"], "localhost", "{found}");
        assert_eq!(
            found["tls"]["certificate"].is_object(),
            is_presented,
            "{found}"
        );
    }
    let bank = TestBank::start().await;
    fail(&bank, &stranger, None).await;
    failed(&bank, "ca_not_trusted").await;
}

#[tokio::test]
async fn a_revoked_certificate_is_refused_by_the_name_of_its_owner() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    bank.emulator
        .revoke_transport_certificate(&tpp.tpp)
        .unwrap();
    fail(&bank, bank.emulator.authority(), Some(identity_of(&tpp))).await;
    let found = failed(&bank, "certificate_revoked").await;
    assert_eq!(found["software_id"], tpp.tpp.software_id().as_str());
}

#[tokio::test]
async fn a_failed_handshake_can_be_explained_and_repeated_but_not_by_curl() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let text = "rules: [{ match: { operation: handshake }, fault: { alert: unknown_ca } }]";
    activated(&bank.emulator, "mine", text).await;
    fail(&bank, bank.emulator.authority(), Some(identity_of(&tpp))).await;
    let id = failed(&bank, "scripted").await["id"].clone();
    let path = |part: &str| format!("/api/exchanges/{id}/{part}");
    let story = get(&bank.emulator, &path("explain"), &[]).await;
    assert!(story.text().await.unwrap().contains("\nwhy: "));
    let scenario = get(&bank.emulator, &path("scenario"), &[]).await;
    assert_eq!(scenario.headers()["content-type"], "application/yaml");
    let scenario = scenario.text().await.unwrap();
    assert!(scenario.contains("operation: handshake"), "{scenario}");
    let refused = problem(get(&bank.emulator, &path("curl"), &[]).await, 409).await;
    assert!(refused["detail"].as_str().unwrap().contains("/scenario"));
}

#[tokio::test]
async fn a_handshake_without_a_certificate_fails_again_by_the_same_alert() {
    let bank = TestBank::start().await;
    fail(&bank, bank.emulator.authority(), None).await;
    let id = failed(&bank, "certificate_missing").await["id"].clone();
    let path = format!("/api/exchanges/{id}/scenario");
    let scenario = get(&bank.emulator, &path, &[]).await.text().await.unwrap();
    let fault = "fault: { alert: certificate_required }";
    assert!(scenario.contains(fault), "{scenario}");
}

#[tokio::test]
async fn who_only_looks_whether_the_port_is_open_is_no_exchange() {
    let bank = TestBank::start().await;
    let probe = TcpStream::connect(bank.emulator.addresses().mtls).await;
    drop(probe.unwrap());
    fail(&bank, bank.emulator.authority(), None).await;
    failed(&bank, "certificate_missing").await;
    // It was counted all the same, perhaps a moment later.
    for _ in 0..1_000 {
        let numbers = get(&bank.emulator, "/metrics", &[])
            .await
            .text()
            .await
            .unwrap();
        if numbers.contains("peer_gone") {
            only(&bank, HANDSHAKES).await;
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("nobody counted the probe");
}
