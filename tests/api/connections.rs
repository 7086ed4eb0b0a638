//! Who gets a connection: TLS versions, suites and certificates; HTTP/1.1 and HTTP/2.

use std::error::Error;
use std::net::SocketAddr;
use std::sync::Arc;

use certs_gen::{Authority, Key, KeyAlgorithm, Kind};
use reqwest::{Client, ClientBuilder, Method, StatusCode, Version};
use rustls::crypto::aws_lc_rs;
use rustls::crypto::aws_lc_rs::cipher_suite as suites;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::{ClientConfig, RootCertStore, SupportedCipherSuite};

use crate::helpers::{BANK, TestBank, TestTpp, json};

pub const HTTP1: &str = "http/1.1";
pub const HTTP2: &str = "h2";
/// A name of the emulator that no resolver knows.
pub const HOST: &str = "bank.example";

/// A certificate chain and key to come with.
pub type Identity = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

/// A client configuration that trusts this authority.
pub fn tls_config(
    authority: &Authority,
    identity: Option<Identity>,
    suites: &[SupportedCipherSuite],
    alpn: &str,
) -> ClientConfig {
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(authority.root_der().to_vec()))
        .unwrap();
    let provider = rustls::crypto::CryptoProvider {
        cipher_suites: suites.to_vec(),
        ..aws_lc_rs::default_provider()
    };
    let versions: Vec<_> = rustls::ALL_VERSIONS
        .iter()
        .copied()
        .filter(|version| suites.iter().any(|suite| suite.version() == *version))
        .collect();
    let builder = ClientConfig::builder_with_provider(Arc::new(provider))
        .with_protocol_versions(&versions)
        .unwrap()
        .with_root_certificates(roots);
    let mut config = match identity {
        Some((chain, key)) => builder.with_client_auth_cert(chain, key).unwrap(),
        None => builder.with_no_client_auth(),
    };
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    config
}

pub fn identity_of(tpp: &TestTpp) -> Identity {
    let transport = tpp.tpp.transport();
    let certificate = &transport.certificate;
    let chain = [certificate.der(), certificate.issuing_der()];
    let key = transport.key.as_ref().unwrap().private_der().to_vec();
    (
        chain.map(|der| CertificateDer::from(der.to_vec())).to_vec(),
        PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key)),
    )
}

/// An HTTP client over this configuration that finds [`HOST`] at `address`.
pub fn client(config: ClientConfig, address: SocketAddr) -> Client {
    let is_http1 = config.alpn_protocols == [HTTP1.as_bytes()];
    let builder = Client::builder()
        .tls_backend_preconfigured(config)
        .resolve(HOST, address);
    let version = if is_http1 {
        ClientBuilder::http1_only
    } else {
        |builder: ClientBuilder| builder
    };
    version(builder).build().unwrap()
}

/// A client of the listener that asks for no certificate.
pub fn plain_client(bank: &TestBank, alpn: &str) -> Client {
    let config = tls_config(
        bank.emulator.authority(),
        None,
        &aws_lc_rs::default_provider().cipher_suites,
        alpn,
    );
    client(config, bank.emulator.addresses().tls)
}

/// The TPP's own client for one version of HTTP.
pub fn tpp_client(bank: &TestBank, tpp: &TestTpp, alpn: &str) -> Client {
    let config = tls_config(
        bank.emulator.authority(),
        Some(identity_of(tpp)),
        &aws_lc_rs::default_provider().cipher_suites,
        alpn,
    );
    client(config, bank.emulator.addresses().mtls)
}

/// The same TPP, calling the bank by `localhost` whatever it advertises.
pub fn at_loopback(bank: &TestBank, tpp: TestTpp) -> TestTpp {
    let port = bank.emulator.addresses().mtls.port();
    TestTpp {
        mtls: format!("https://localhost:{port}/{BANK}"),
        ..tpp
    }
}

/// Everything an error and its causes say.
fn whole_text(error: &dyn Error) -> String {
    let rest = error.source().map(whole_text).unwrap_or_default();
    format!("{error}; {rest}")
}

/// The alert that this client meets.
async fn alert(bank: &TestBank, config: ClientConfig) -> String {
    let addresses = bank.emulator.addresses();
    let client = client(config, addresses.mtls);
    let url = format!("{}/jwks", bank.emulator.url(BANK));
    let error = client.get(url).send().await.expect_err("no connection");
    whole_text(&error)
}

#[tokio::test]
async fn a_tpp_registers_and_reads_over_http_1_1_and_http_2() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    for (alpn, version) in [(HTTP1, Version::HTTP_11), (HTTP2, Version::HTTP_2)] {
        let http = tpp_client(&bank, &tpp, alpn);
        let tpp = TestTpp {
            http,
            tpp: tpp.tpp.clone(),
            mtls: tpp.mtls.clone(),
        };
        let answer = tpp.post(tpp.request().sign().unwrap()).await;
        assert_eq!(answer.version(), version);
        assert_eq!(answer.status(), StatusCode::CREATED);
        let client = json(answer).await;
        let id = client["client_id"].as_str().unwrap();
        let token = tpp.token(id).await;
        let read = tpp.manage(Method::GET, id, &token, None).await;
        assert_eq!(read.version(), version);
        assert_eq!(json(read).await, client);
    }
}

#[tokio::test]
async fn every_suite_of_fapi_and_tls_1_3_are_spoken_on_both_listeners() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    for suite in [
        suites::TLS13_AES_128_GCM_SHA256,
        suites::TLS13_AES_256_GCM_SHA384,
        suites::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        suites::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
        suites::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        suites::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ] {
        let authority = bank.emulator.authority();
        let addresses = bank.emulator.addresses();
        let mutual = tls_config(authority, Some(identity_of(&tpp)), &[suite], HTTP1);
        let url = format!("{}/jwks", bank.emulator.url(BANK));
        let answer = client(mutual, addresses.mtls).get(url).send().await;
        assert_eq!(answer.unwrap().status(), StatusCode::OK, "{suite:?}");
        let plain = tls_config(authority, None, &[suite], HTTP1);
        let url = format!("{}/jwks", bank.emulator.issuer(BANK));
        let answer = client(plain, addresses.tls).get(url).send().await;
        assert_eq!(answer.unwrap().status(), StatusCode::OK, "{suite:?}");
    }
}

#[tokio::test]
async fn a_client_without_certificate_gets_no_connection_to_the_banks() {
    let bank = TestBank::start().await;
    for suite in [
        suites::TLS13_AES_128_GCM_SHA256,
        suites::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
    ] {
        let config = tls_config(bank.emulator.authority(), None, &[suite], HTTP1);
        let text = alert(&bank, config).await;
        assert!(text.contains("received fatal alert"), "{text}");
    }
}

#[tokio::test]
async fn a_certificate_of_a_foreign_authority_gets_no_connection_to_the_banks() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let stranger = TestBank::start_with(|_| aspsp_emulator::Emulator::builder()).await;
    let foreign = stranger.tpp_with(|foreign| foreign).await;
    assert_ne!(
        foreign.tpp.transport().certificate.der(),
        tpp.tpp.transport().certificate.der()
    );
    let all = aws_lc_rs::default_provider().cipher_suites;
    let config = tls_config(
        bank.emulator.authority(),
        Some(identity_of(&foreign)),
        &all,
        HTTP1,
    );
    let text = alert(&bank, config).await;
    assert!(text.contains("received fatal alert"), "{text}");
}

#[tokio::test]
async fn every_transport_kind_registers_gets_a_token_and_reads() {
    let bank = TestBank::start().await;
    for kind in [Kind::ObTransport, Kind::Obwac, Kind::Qwac] {
        for algorithm in [KeyAlgorithm::EcP256, KeyAlgorithm::Rsa2048] {
            let key = if algorithm == KeyAlgorithm::Rsa2048 {
                crate::helpers::rsa_key(2)
            } else {
                Key::generate(algorithm).unwrap()
            };
            let tpp = bank
                .tpp_with(|tpp| tpp.transport_kind(kind).transport_key(key))
                .await;
            let id = tpp.registered().await;
            let token = tpp.token(&id).await;
            assert_eq!(tpp.read_status(&id, &token).await, StatusCode::OK, "{kind}");
        }
    }
}

#[tokio::test]
async fn signing_certificates_get_no_connection_to_the_banks() {
    let bank = TestBank::start().await;
    for kind in [Kind::ObSigning, Kind::Obseal, Kind::Qseal] {
        let tpp = bank.tpp_with(|tpp| tpp.transport_kind(kind)).await;
        let all = aws_lc_rs::default_provider().cipher_suites;
        let config = tls_config(
            bank.emulator.authority(),
            Some(identity_of(&tpp)),
            &all,
            HTTP1,
        );
        let text = alert(&bank, config).await;
        assert!(text.contains("received fatal alert"), "{kind}: {text}");
    }
}
