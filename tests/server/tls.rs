//! Who gets through the handshake, with which certificate, and what the others are told.

use std::io;

use aspsp_emulator::server::Limits;
use rustls::crypto::aws_lc_rs::cipher_suite::{
    TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384, TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256,
    TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256, TLS13_AES_128_GCM_SHA256,
};
use rustls::{AlertDescription, ClientConfig, HandshakeKind, SupportedCipherSuite};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::helpers::{HTTP1, HTTP2, Kind, TestServer, read_to_close, within};
use crate::pki::{CLIENT_SERIAL, Certified, Pki};

pub const TLS12: &[SupportedCipherSuite] = &[TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384];
const TLS12_RSA: &[SupportedCipherSuite] = &[TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256];
pub const TLS12_CHACHA: &[SupportedCipherSuite] = &[TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256];
pub const TLS13: &[SupportedCipherSuite] = &[TLS13_AES_128_GCM_SHA256];

/// The alert that the server sends to this client, in the handshake or right after it.
pub async fn alert(server: &TestServer, config: ClientConfig) -> AlertDescription {
    let mut byte = [0];
    let error = match server.connect(config).await {
        Err(error) => error,
        // In TLS 1.3 the client is done before the server has judged its certificate; what it
        // sends meanwhile must not cost it the alert.
        Ok(mut stream) => {
            let much = "x".repeat(4 * 1024 * 1024);
            within(stream.write_all(much.as_bytes())).await.unwrap();
            within(stream.read(&mut byte)).await.expect_err("an alert")
        }
    };
    let Some(rustls::Error::AlertReceived(alert)) = tls_error(&error) else {
        panic!("no alert but {error:?}");
    };
    *alert
}

fn tls_error(error: &io::Error) -> Option<&rustls::Error> {
    error.get_ref().and_then(|inner| inner.downcast_ref())
}

/// What `/peer` says on a new connection: listener, ordinal, chain length and TLS facts.
async fn peer_as_seen(server: &TestServer, config: ClientConfig) -> String {
    let mut stream = server.connect(config).await.unwrap();
    stream
        .write_all(b"GET /peer HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n")
        .await
        .unwrap();
    read_to_close(&mut stream).await
}

#[tokio::test]
async fn a_client_without_a_certificate_is_told_that_one_is_required() {
    let server = TestServer::start().await;
    for suites in [TLS13, TLS12] {
        let told = alert(&server, server.tls_with(HTTP1, None, suites)).await;
        let tls13_word = AlertDescription::CertificateRequired;
        // TLS 1.2 has no word for it (RFC 5246 §7.4.6).
        let expected = if suites == TLS13 {
            tls13_word
        } else {
            AlertDescription::HandshakeFailure
        };
        assert!(told == expected || told == tls13_word, "{told:?}");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_certificate_of_a_foreign_authority_is_an_unknown_ca() {
    let server = TestServer::start().await;
    let foreign = Pki::new("FOREIGN").client();
    for suites in [TLS13, TLS12] {
        let told = alert(&server, server.tls_with(HTTP1, Some(&foreign), suites)).await;
        assert_eq!(told, AlertDescription::UnknownCA);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_certificate_revoked_while_running_is_refused_from_then_on() {
    let server = TestServer::start().await;
    assert!(
        peer_as_seen(&server, server.tls(HTTP1))
            .await
            .starts_with("HTTP/1.1 200")
    );

    server
        .trust
        .replace_crls(&[server.pki.crl(&[CLIENT_SERIAL])])
        .unwrap();
    assert_eq!(
        alert(&server, server.tls(HTTP1)).await,
        AlertDescription::CertificateRevoked
    );

    server.trust.replace_crls(&[server.pki.crl(&[])]).unwrap();
    assert!(
        peer_as_seen(&server, server.tls(HTTP1))
            .await
            .starts_with("HTTP/1.1 200")
    );
    server.stop().await;
}

#[tokio::test]
async fn a_crl_that_cannot_be_parsed_leaves_the_former_one_in_force() {
    let server = TestServer::start().await;
    server
        .trust
        .replace_crls(&[server.pki.crl(&[CLIENT_SERIAL])])
        .unwrap();
    server
        .trust
        .replace_crls(&[vec![1, 2, 3].into()])
        .unwrap_err();
    assert_eq!(
        alert(&server, server.tls(HTTP1)).await,
        AlertDescription::CertificateRevoked
    );
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_sends_only_its_leaf_is_accepted() {
    let server = TestServer::start().await;
    let Certified { mut chain, key } = server.pki.client();
    chain.truncate(1);
    let config = server.tls_with(HTTP1, Some(&Certified { chain, key }), TLS13);
    assert!(peer_as_seen(&server, config).await.contains("Mtls 1 1 "));
    server.stop().await;
}

#[tokio::test]
async fn tls_1_3_and_1_2_are_spoken_with_the_ec_certificate() {
    let server = TestServer::start().await;
    let client = server.pki.client();
    let cases = [
        (
            TLS13,
            r#"version: "TLSv1.3", cipher_suite: "TLS_AES_128_GCM_SHA256""#,
        ),
        (
            TLS12,
            r#"version: "TLSv1.2", cipher_suite: "TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384""#,
        ),
    ];
    for (suites, facts) in cases {
        let seen = peer_as_seen(&server, server.tls_with(HTTP1, Some(&client), suites)).await;
        assert!(seen.contains(facts), "{seen}");
        assert!(
            seen.contains(r#"server_name: Some("localhost"), alpn: Some("http/1.1")"#),
            "{seen}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn tls_1_2_has_no_chacha20() {
    let server = TestServer::start().await;
    let client = server.pki.client();
    let told = alert(&server, server.tls_with(HTTP1, Some(&client), TLS12_CHACHA)).await;
    assert_eq!(told, AlertDescription::HandshakeFailure);
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_offers_only_rsa_waits_for_the_rsa_certificate_and_gets_it() {
    let server = TestServer::start().await;
    let client = server.pki.client();
    let early = server.connect(server.tls_with(HTTP1, Some(&client), TLS12_RSA));
    let made_later = async {
        // Others are served meanwhile.
        assert!(
            peer_as_seen(&server, server.tls(HTTP1))
                .await
                .starts_with("HTTP/1.1 200")
        );
        server
            .rsa
            .send_replace(Some(server.pki.server_rsa().into()));
    };
    let (early, ()) = tokio::join!(early, made_later);
    let (_, session) = early.as_ref().unwrap().get_ref();
    assert_eq!(
        session.negotiated_cipher_suite(),
        Some(TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256)
    );
    drop(early);
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_offers_only_rsa_is_refused_when_there_will_be_no_rsa_certificate() {
    let mut server = TestServer::start().await;
    let client = server.pki.client();
    server.rsa = tokio::sync::watch::channel(None).0;
    let told = alert(&server, server.tls_with(HTTP1, Some(&client), TLS12_RSA)).await;
    assert_eq!(told, AlertDescription::HandshakeFailure);
    server.stop().await;
}

#[tokio::test]
async fn a_session_is_never_resumed() {
    let server = TestServer::start().await;
    let client = server.pki.client();
    for suites in [TLS13, TLS12] {
        let config = server.tls_with(HTTP1, Some(&client), suites);
        for _ in 0..2 {
            let mut stream = server.connect(config.clone()).await.unwrap();
            stream
                .write_all(b"GET /peer HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n")
                .await
                .unwrap();
            assert!(read_to_close(&mut stream).await.starts_with("HTTP/1.1 200"));
            assert_full_handshake(&stream);
        }
    }
    server.stop().await;
}

fn assert_full_handshake(stream: &TlsStream<TcpStream>) {
    let (_, session) = stream.get_ref();
    assert_eq!(session.tls13_tickets_received(), 0);
    // One with a retry for another key exchange group is full, too.
    assert_ne!(session.handshake_kind(), Some(HandshakeKind::Resumed));
}

#[tokio::test]
async fn the_plain_tls_listener_asks_for_no_certificate() {
    let server = TestServer::start_with(Kind::Tls, Limits::default()).await;
    for client in [None, Some(&server.pki.client())] {
        let seen = peer_as_seen(&server, server.tls_with(HTTP1, client, TLS13)).await;
        assert!(seen.contains("Tls ") && seen.contains(" 0 Some("), "{seen}");
    }
    server.stop().await;
}

#[tokio::test]
async fn alpn_chooses_between_http_1_and_http_2() {
    let server = TestServer::start().await;
    for (alpn, version) in [(HTTP1, "HTTP/1.1"), (HTTP2, "HTTP/2.0")] {
        let answer = server
            .http(alpn)
            .get(server.url("/peer"))
            .send()
            .await
            .unwrap();
        assert_eq!(format!("{:?}", answer.version()), version);
        assert_eq!(answer.status(), 200);
    }
    // Without ALPN it is HTTP/1.1.
    assert!(
        peer_as_seen(&server, server.tls(&[]))
            .await
            .contains("alpn: None")
    );
    server.stop().await;
}
