//! Clients that present more certificates than anybody needs.

use std::sync::Arc;

use aspsp_emulator::emulator::tpp::Tpp;
use aspsp_emulator::server::Limits;
use futures_util::future::join_all;
use rustls::ClientConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use tokio::io::AsyncWriteExt;

use crate::ground::{Ground, connect, text_to_close};

/// What is asked on a connection that was let in.
const ASK: &[u8] = b"GET /uk-ob-3.3/jwks HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n";

/// The TPP's TLS, with so many certificates: its own, its issuer, and then the issuer again and again.
fn with_chain(tpp: &Tpp, certificates: usize) -> Arc<ClientConfig> {
    let transport = tpp.transport();
    let (own, issuing) = (
        transport.certificate.der(),
        transport.certificate.issuing_der(),
    );
    let chain = std::iter::once(own).chain(std::iter::repeat(issuing));
    let chain = chain.map(|der| CertificateDer::from(der.to_vec()));
    let key = transport.key.as_ref().unwrap().private_der().to_vec();
    let key = PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key));
    let mut config = tpp.client_config().unwrap();
    let certified = CertifiedKey::from_der(
        chain.take(certificates).collect(),
        key,
        config.crypto_provider(),
    );
    config.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(certified.unwrap()));
    config.into()
}

/// What a client with such a chain gets for its request.
async fn answer(ground: &Ground, certificates: usize) -> String {
    let tls = with_chain(&ground.hostile.tpp, certificates);
    let mut stream = connect(ground.mtls(), &tls).await.unwrap();
    // The alert may have come already.
    let _ = stream.write_all(ASK).await;
    text_to_close(&mut stream).await
}

/// Guard: `LONGEST_CHAIN` in `src/server/trust.rs`. Each of these chains leads to the authority.
#[tokio::test]
async fn a_client_with_more_than_ten_certificates_is_not_let_in() {
    let ground = Ground::start(Limits::default()).await;
    for (certificates, is_let_in) in [(1, true), (2, true), (10, true), (11, false), (100, false)] {
        let answer = answer(&ground, certificates).await;
        let expected = if is_let_in { "HTTP/1.1 200" } else { "" };
        assert_eq!(
            answer.get(..12).unwrap_or_default(),
            expected,
            "{certificates}"
        );
    }
    let exchanges = ground.emulator().exchanges();
    let last = exchanges.last().unwrap();
    let failed = last.handshake.as_ref().unwrap();
    assert_eq!(failed.cause, "certificate_invalid");
    let detail = "a chain of 100 certificates; at most 10 are allowed";
    assert!(failed.detail.contains(detail), "{}", failed.detail);
}

/// Guard: the same, and the size that rustls allows a message of the handshake (64 KiB).
#[tokio::test]
async fn many_long_chains_at_once_disturb_nobody() {
    let ground = Ground::start(Limits::default()).await;
    let attack =
        join_all((0..50).map(|index| answer(&ground, if index % 2 == 0 { 100 } else { 1_000 })));
    for answer in ground.neighbour.beside(attack).await {
        assert_eq!(answer, "");
    }
    ground.is_left_alone().await;
}
