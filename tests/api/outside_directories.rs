//! TPPs of other directories: believed statements, known keys, client certificates of another CA.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspsp_emulator::Emulator;
use aspsp_emulator::clock::Clock;
use aspsp_emulator::config::TrustedDirectory;
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::jws::{Algorithm, SigningKey};
use certs_gen::KeyAlgorithm;
use rustls::client::ResolvesClientCert;
use rustls::pki_types::CertificateDer;
use rustls::sign::CertifiedKey;
use rustls::{ClientConfig, RootCertStore, SignatureScheme};
use serde_json::json;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use crate::helpers::{BANK, TestBank, assert_refused, json, rsa_key};
use crate::outside_parties::{ISSUER, Sandbox, bank_that_trusts};
use crate::registration_raw::parts;

async fn trusting(sandbox: &Sandbox) -> TestBank {
    bank_that_trusts(sandbox.trusted_with_keys(), |builder| builder).await
}

async fn assert_nothing_stored(bank: &TestBank) {
    assert!(bank.emulator.clients(BANK).await.unwrap().is_empty());
}

#[tokio::test]
async fn a_tpp_of_a_trusted_directory_registers_and_gets_a_token() {
    for algorithm in [KeyAlgorithm::Rsa2048, KeyAlgorithm::EcP256] {
        let sandbox = Sandbox::start(algorithm).await;
        let bank = trusting(&sandbox).await;
        let tpp = sandbox.caller(&bank);
        let request = sandbox.request(&bank, sandbox.statement(|_| ()));
        let client = tpp.register(request).await;
        assert_eq!(client["software_id"], json!(sandbox.software_id()));
        tpp.token(client["client_id"].as_str().unwrap()).await;
    }
}

#[tokio::test]
async fn its_keys_prove_it_at_the_token_endpoint_too() {
    let sandbox = Sandbox::start(KeyAlgorithm::EcP256).await;
    let bank = trusting(&sandbox).await;
    let tpp = sandbox.caller(&bank);
    let request = tpp.request_for(AuthMethod::PrivateKeyJwt);
    let request = request
        .claim("aud", bank.emulator.issuer(BANK))
        .claim("software_statement", sandbox.statement(|_| ()));
    let client = tpp.register(request).await;
    let client_id = client["client_id"].as_str().unwrap();
    let audience = format!("{}/token", bank.emulator.url(BANK));
    let assertion = tpp.tpp.client_assertion(BANK, client_id);
    let assertion = assertion.claim("aud", audience).sign().unwrap();
    let answer = tpp
        .token_request(&[
            ("grant_type", "client_credentials"),
            (
                "client_assertion_type",
                "urn:ietf:params:oauth:client-assertion-type:jwt-bearer",
            ),
            ("client_assertion", &assertion),
        ])
        .await;
    let status = answer.status();
    assert_eq!(status, 200, "{}", json(answer).await);
}

#[tokio::test]
async fn a_directory_of_our_own_issuers_name_counts_with_its_own_keys() {
    let sandbox = Sandbox::start(KeyAlgorithm::EcP256).await;
    let trusted = TrustedDirectory {
        iss: "OpenBanking Ltd".to_owned(),
        ..sandbox.trusted_with_keys()
    };
    let bank = bank_that_trusts(trusted, |builder| builder).await;
    let tpp = sandbox.caller(&bank);
    let statement = sandbox.statement(|edits| edits.set_claim("iss", "OpenBanking Ltd"));
    tpp.register(sandbox.request(&bank, statement)).await;
    // Those of the directory here count as before.
    bank.tpp().await.registered().await;
}

#[tokio::test]
async fn a_statement_of_another_issuer_or_under_another_key_is_refused() {
    let sandbox = Sandbox::start(KeyAlgorithm::EcP256).await;
    let bank = trusting(&sandbox).await;
    let tpp = sandbox.caller(&bank);
    let own = bank.tpp().await.tpp.statement().unwrap();
    let (header, _, _) = parts(&own);
    let cases = [
        (
            "statement_issuer_untrusted",
            sandbox.statement(|edits| edits.set_claim("iss", "Another Directory")),
        ),
        (
            "statement_not_a_jws",
            sandbox.statement(|edits| {
                edits.header.insert("kid".to_owned(), "nobody".into());
            }),
        ),
        // The keys of one issuer do not sign for another.
        (
            "statement_not_a_jws",
            sandbox.statement(|edits| edits.set_claim("iss", "OpenBanking Ltd")),
        ),
        (
            "statement_not_a_jws",
            sandbox.statement(|edits| {
                edits.header.insert("kid".to_owned(), header["kid"].clone());
            }),
        ),
        (
            "statement_signature_invalid",
            sandbox.statement(|edits| {
                let key = rsa_key(2).private_pem();
                edits.key = Some(SigningKey::from_pem(&key).unwrap());
                edits.algorithm = Some(Algorithm::Ps256);
            }),
        ),
    ];
    for (check, statement) in cases {
        let request = sandbox.request(&bank, statement).sign().unwrap();
        let answer = tpp.post(request).await;
        assert_refused(answer, "invalid_software_statement", check).await;
    }
    assert_nothing_stored(&bank).await;
}

#[tokio::test]
async fn a_directory_is_believed_only_by_the_banks_of_its_ecosystem() {
    let sandbox = Sandbox::start(KeyAlgorithm::EcP256).await;
    let trusted = TrustedDirectory {
        ecosystem: Ecosystem::Brazil,
        ..sandbox.trusted_with_keys()
    };
    let bank = bank_that_trusts(trusted, |builder| builder).await;
    let request = sandbox.request(&bank, sandbox.statement(|_| ()));
    let answer = sandbox.caller(&bank).post(request.sign().unwrap()).await;
    let check = "statement_issuer_untrusted";
    assert_refused(answer, "invalid_software_statement", check).await;
}

#[tokio::test]
async fn a_certificate_of_a_ca_that_is_not_named_fails_the_handshake() {
    let sandbox = Sandbox::start(KeyAlgorithm::EcP256).await;
    let trusted = TrustedDirectory {
        client_ca: Vec::new(),
        ..sandbox.trusted_with_keys()
    };
    let bank = bank_that_trusts(trusted, |builder| builder).await;
    let request = sandbox.request(&bank, sandbox.statement(|_| ()));
    let tpp = sandbox.caller(&bank);
    let sent = tpp.http.post(format!("{}/register", tpp.mtls));
    assert!(sent.body(request.sign().unwrap()).send().await.is_err());
}

#[tokio::test]
async fn a_certificate_of_another_ca_is_judged_like_any_other() {
    let sandbox = Sandbox::start(KeyAlgorithm::EcP256).await;
    let clock = Clock::fixed(Clock::system().now());
    let still = clock.clone();
    let bank = bank_that_trusts(sandbox.trusted_with_keys(), |builder| builder.clock(still)).await;
    let tpp = sandbox.caller(&bank);
    // It is not that of a TPP of the directory here.
    let own = bank.tpp().await;
    let answer = tpp.post(own.request().sign().unwrap()).await;
    let check = "subject_dn_mismatch";
    assert_refused(answer, "invalid_client_metadata", check).await;
    let request = own.request_for(AuthMethod::PrivateKeyJwt).sign().unwrap();
    let check = "certificate_not_the_tpps";
    assert_refused(tpp.post(request).await, "invalid_software_statement", check).await;
    // Its dates are judged on the emulator's clock.
    clock.advance(Duration::from_secs(400 * 24 * 60 * 60));
    let request = sandbox.request(&bank, sandbox.statement(|_| ()));
    let answer = tpp.post(request.sign().unwrap()).await;
    assert_eq!(answer.status(), 401);
    let body = json(answer).await;
    let description = body["error_description"].as_str().unwrap();
    assert!(description.ends_with("(certificate_untrusted)"), "{body}");
    assert_nothing_stored(&bank).await;
}

#[tokio::test]
async fn what_is_no_ca_is_named_with_its_directory_at_the_start() {
    let sandbox = Sandbox::start(KeyAlgorithm::EcP256).await;
    let trusted = TrustedDirectory {
        client_ca: vec![b"no certificate".to_vec()],
        ..sandbox.trusted()
    };
    let builder = Emulator::builder().trust_directory(trusted);
    let error = builder.start().await.unwrap_err().to_string();
    assert!(error.contains(ISSUER), "{error}");
    assert!(error.contains("client_ca"), "{error}");
}

#[tokio::test]
async fn the_handshake_names_the_cas_of_every_directory() {
    let sandbox = Sandbox::start(KeyAlgorithm::EcP256).await;
    let bank = trusting(&sandbox).await;
    let mut anchors = RootCertStore::empty();
    for authority in [bank.emulator.authority(), &sandbox.authority] {
        for der in [authority.root_der(), authority.issuing_der()] {
            anchors.add(CertificateDer::from(der.to_vec())).unwrap();
        }
    }
    let named: Vec<Vec<u8>> = anchors
        .subjects()
        .iter()
        .map(|subject| subject.as_ref().to_vec())
        .collect();
    assert_eq!(hints(&bank).await, named);
}

/// The CAs that the server names when it asks for a certificate.
async fn hints(bank: &TestBank) -> Vec<Vec<u8>> {
    let mut roots = RootCertStore::empty();
    let root = bank.emulator.authority().root_der().to_vec();
    roots.add(CertificateDer::from(root)).unwrap();
    let seen = Arc::new(Hints::default());
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_cert_resolver(Arc::clone(&seen) as _);
    let stream = TcpStream::connect(bank.emulator.addresses().mtls).await;
    let name = "localhost".try_into().unwrap();
    // Without a certificate it fails, but only after the hints.
    let _ = TlsConnector::from(Arc::new(config))
        .connect(name, stream.unwrap())
        .await;
    seen.0.lock().unwrap().clone()
}

/// Takes note of the hints, and has no certificate.
#[derive(Debug, Default)]
struct Hints(Mutex<Vec<Vec<u8>>>);

impl ResolvesClientCert for Hints {
    fn resolve(&self, hints: &[&[u8]], _: &[SignatureScheme]) -> Option<Arc<CertifiedKey>> {
        *self.0.lock().unwrap() = hints.iter().map(|hint| hint.to_vec()).collect();
        None
    }

    fn has_certs(&self) -> bool {
        true
    }
}
