//! TLS faults by host name, as a client meets them that verifies what it gets.

mod chains;

use std::io::{self, ErrorKind};
use std::net::SocketAddr;
use std::sync::Arc;

use aspsp_emulator::server::HOST_FAULTS;
use reqwest::StatusCode;
use rustls::crypto::aws_lc_rs::{self, cipher_suite as suites};
use rustls::pki_types::ServerName;
use rustls::{
    AlertDescription, CertificateError, ClientConfig, ClientConnection, Error, ProtocolVersion,
};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::connections::{HOST, HTTP1, HTTP2, Identity, identity_of, tls_config};
use crate::helpers::{BANK, JOSE, TestBank, json};

/// Both TLS listeners.
fn listeners(bank: &TestBank) -> [SocketAddr; 2] {
    let addresses = bank.emulator.addresses();
    [addresses.mtls, addresses.tls]
}

fn config(bank: &TestBank, identity: Option<Identity>) -> ClientConfig {
    let all = aws_lc_rs::default_provider().cipher_suites;
    tls_config(bank.emulator.authority(), identity, &all, HTTP1)
}

async fn shake_hands(
    address: SocketAddr,
    config: ClientConfig,
    name: &str,
) -> io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from(name.to_owned()).unwrap();
    TlsConnector::from(Arc::new(config))
        .connect(name, stream)
        .await
}

/// Why rustls refuses the server.
async fn refusal(address: SocketAddr, config: ClientConfig, name: &str) -> Error {
    let error = shake_hands(address, config, name).await.unwrap_err();
    let Some(error) = error.get_ref().and_then(|inner| inner.downcast_ref()) else {
        panic!("{name}: not TLS but {error:?}");
    };
    Error::clone(error)
}

fn certificate_error(error: Error) -> CertificateError {
    match error {
        Error::InvalidCertificate(error) => error,
        other => panic!("no certificate error but {other:?}"),
    }
}

#[tokio::test]
async fn a_client_refuses_each_certificate_for_its_one_fault_on_both_listeners() {
    let bank = TestBank::start_with(|builder| builder.hostname(HOST)).await;
    let is_expected = |label: &str, error: &CertificateError| match label {
        "expired" => matches!(error, CertificateError::ExpiredContext { .. }),
        "not-yet-valid" => matches!(error, CertificateError::NotValidYetContext { .. }),
        "wrong-host" => matches!(
            error,
            CertificateError::NotValidForNameContext { presented, .. }
                if *presented == [r#"DnsName("another-host.invalid")"#]
        ),
        _ => *error == CertificateError::UnknownIssuer,
    };
    for address in listeners(&bank) {
        for host in ["localhost", HOST] {
            for label in [
                "expired",
                "not-yet-valid",
                "wrong-host",
                "self-signed",
                "untrusted-root",
                "missing-intermediate",
            ] {
                let name = format!("{label}.{host}");
                let error = refusal(address, config(&bank, None), &name).await;
                let error = certificate_error(error);
                assert!(is_expected(label, &error), "{name}: {error:?}");
            }
        }
    }
}

#[tokio::test]
async fn tls12_only_speaks_tls_1_2_with_a_good_certificate_and_refuses_tls_1_3() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let name = "tls12-only.localhost";
    for address in listeners(&bank) {
        let any = config(&bank, Some(identity_of(&tpp)));
        let stream = shake_hands(address, any, name).await.unwrap();
        let version = stream.get_ref().1.protocol_version();
        assert_eq!(version, Some(ProtocolVersion::TLSv1_2));
        let authority = bank.emulator.authority();
        let newest = tls_config(authority, None, &[suites::TLS13_AES_128_GCM_SHA256], HTTP1);
        let error = refusal(address, newest, name).await;
        assert_eq!(
            error,
            Error::AlertReceived(AlertDescription::ProtocolVersion)
        );
    }
}

#[tokio::test]
async fn clients_that_take_only_rsa_get_good_certificates_and_are_refused_the_faulty_ones() {
    let bank = TestBank::start().await;
    let only_rsa = || {
        let suites = [suites::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256];
        tls_config(bank.emulator.authority(), None, &suites, HTTP1)
    };
    let address = bank.emulator.addresses().tls;
    shake_hands(address, only_rsa(), "tls12-only.localhost")
        .await
        .unwrap();
    let error = refusal(address, only_rsa(), "expired.localhost").await;
    assert_eq!(
        error,
        Error::AlertReceived(AlertDescription::HandshakeFailure)
    );
}

#[tokio::test]
async fn who_is_asked_for_no_certificate_is_refused_by_the_bank_itself() {
    const NAME: &str = "no-client-cert-request.localhost";
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let address = bank.emulator.addresses().mtls;
    for (identity, alpn) in [
        (None, HTTP1),
        (None, HTTP2),
        (Some(identity_of(&tpp)), HTTP2),
    ] {
        let all = aws_lc_rs::default_provider().cipher_suites;
        let config = tls_config(bank.emulator.authority(), identity, &all, alpn);
        let http = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .resolve(NAME, address)
            .build()
            .unwrap();
        let url = format!("https://{NAME}:{}/{BANK}/register", address.port());
        let request = http.post(url).header("content-type", JOSE);
        let body = tpp.request().sign().unwrap();
        let answer = request.body(body).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
        let body = json(answer).await;
        assert_eq!(body["error"], "invalid_client");
        let text = body["error_description"].as_str().unwrap();
        assert!(text.contains("certificate_missing"), "{text}");
    }
    // The very same client is known by its certificate under the ordinary name.
    tpp.registered().await;
}

#[tokio::test]
async fn a_handshake_is_reset_or_refused_by_name() {
    let bank = TestBank::start().await;
    for address in listeners(&bank) {
        let reset = shake_hands(address, config(&bank, None), "handshake-reset.localhost").await;
        assert_eq!(reset.unwrap_err().kind(), ErrorKind::ConnectionReset);
        let error = refusal(address, config(&bank, None), "handshake-alert.localhost").await;
        assert_eq!(
            error,
            Error::AlertReceived(AlertDescription::HandshakeFailure)
        );
    }
}

#[tokio::test]
async fn a_stalled_handshake_is_silent_stops_nobody_else_and_ends_with_the_emulator() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let mut all = Vec::new();
    for address in listeners(&bank) {
        let name = ServerName::try_from("handshake-stall.localhost").unwrap();
        let config = Arc::new(config(&bank, None));
        let mut session = ClientConnection::new(config, name).unwrap();
        let mut hello = Vec::new();
        session.write_tls(&mut hello).unwrap();
        let mut stalled = TcpStream::connect(address).await.unwrap();
        stalled.write_all(&hello).await.unwrap();
        all.push(stalled);
    }
    tpp.registered().await;
    for stalled in &all {
        let error = stalled.try_read(&mut [0]).unwrap_err();
        assert_eq!(error.kind(), ErrorKind::WouldBlock);
    }
    bank.emulator.stop();
    for mut stalled in all {
        let mut bytes = Vec::new();
        stalled.read_to_end(&mut bytes).await.unwrap();
        assert!(bytes.is_empty());
    }
}

#[test]
fn the_docs_have_the_table() {
    let docs = include_str!("../../docs/tls-faults.md");
    let documented: Vec<Vec<&str>> = docs
        .lines()
        .filter(|line| line.starts_with("| `"))
        .map(|line| line.trim_matches('|').split('|').map(str::trim).collect())
        .collect();
    let table = HOST_FAULTS.map(|row| {
        let name = format!("`{}.`", row.label);
        vec![name, row.meets.to_owned(), row.curl.to_owned()]
    });
    assert_eq!(documented, table);
}
