//! The certificates themselves: what is wrong with each, and that nothing else is.

use std::sync::Arc;
use std::time::Duration;

use aspsp_emulator::clock::Clock;
use aspsp_emulator::server::HostFaults;
use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use x509_parser::extensions::GeneralName;
use x509_parser::prelude::{FromDer, X509Certificate};

use super::{certificate_error, config, refusal, shake_hands};
use crate::helpers::TestBank;

const DAY: Duration = Duration::from_secs(86_400);

#[tokio::test]
async fn certificates_out_of_their_dates_were_or_will_be_good() {
    let bank = TestBank::start().await;
    let issuing = bank.emulator.authority().issuing_der();
    for (name, good_at) in [
        ("expired.localhost", now().saturating_sub(2 * DAY)),
        ("not-yet-valid.localhost", now() + 31 * DAY),
    ] {
        let chain = chain(&bank, name).await;
        assert_eq!(chain[1].as_ref(), issuing);
        judge(issuing, &chain, name, now()).unwrap_err();
        judge(issuing, &chain, name, good_at).unwrap();
    }
}

#[tokio::test]
async fn a_certificate_for_another_host_is_good_there() {
    let bank = TestBank::start().await;
    let chain = chain(&bank, "wrong-host.localhost").await;
    let root = bank.emulator.authority().root_der();
    judge(root, &chain, "another-host.invalid", now()).unwrap();
    judge(root, &chain, "localhost", now()).unwrap_err();
}

#[tokio::test]
async fn an_untrusted_root_is_sent_and_would_do_if_it_were_trusted() {
    let bank = TestBank::start().await;
    let name = "untrusted-root.localhost";
    let chain = chain(&bank, name).await;
    let [_, _, root] = &chain[..] else {
        panic!("not leaf, issuing CA and root: {}", chain.len());
    };
    assert_ne!(root.as_ref(), bank.emulator.authority().root_der());
    judge(root, &chain, name, now()).unwrap();
}

#[tokio::test]
async fn a_self_signed_certificate_comes_alone_and_has_the_name() {
    let bank = TestBank::start().await;
    let name = "self-signed.localhost";
    let chain = chain(&bank, name).await;
    assert_eq!(chain.len(), 1);
    let leaf = parsed(&chain[0]);
    assert_eq!(leaf.issuer().as_raw(), leaf.subject().as_raw());
    leaf.verify_signature(None).unwrap();
    assert_for_name(&leaf, name);
}

#[tokio::test]
async fn a_missing_intermediate_is_neither_sent_nor_the_issuing_ca() {
    let bank = TestBank::start().await;
    let name = "missing-intermediate.localhost";
    let chain = chain(&bank, name).await;
    assert_eq!(chain.len(), 1);
    let leaf = parsed(&chain[0]);
    assert_for_name(&leaf, name);
    let authority = bank.emulator.authority();
    for ca in [authority.root_der(), authority.issuing_der()] {
        let ca = CertificateDer::from(ca.to_vec());
        assert_ne!(leaf.issuer().as_raw(), parsed(&ca).subject().as_raw());
    }
}

fn assert_for_name(leaf: &X509Certificate<'_>, name: &str) {
    let names = leaf.subject_alternative_name().unwrap().unwrap();
    let is_name =
        |general: &GeneralName<'_>| matches!(general, GeneralName::DNSName(dns) if *dns == name);
    assert!(names.value.general_names.iter().any(is_name), "{name}");
}

#[tokio::test]
async fn a_certificate_once_made_stays_the_same() {
    let bank = TestBank::start().await;
    let first = chain(&bank, "self-signed.localhost").await;
    assert_eq!(chain(&bank, "self-signed.localhost").await, first);
}

#[tokio::test]
async fn other_names_get_the_ordinary_certificate() {
    let bank = TestBank::start().await;
    let address = bank.emulator.addresses().tls;
    let ordinary = chain(&bank, "localhost").await;
    for name in [
        "no-such-fault.localhost",
        "expired.bank.example",
        "handshake-reset.bank.example",
        "x.expired.localhost",
    ] {
        assert_eq!(chain(&bank, name).await, ordinary, "{name}");
        let error = certificate_error(refusal(address, config(&bank, None), name).await);
        let is_other = matches!(error, CertificateError::NotValidForNameContext { .. });
        assert!(is_other, "{name}: {error:?}");
    }
    let root = bank.emulator.authority().root_der();
    for name in HostFaults::names(&["localhost".to_owned()]) {
        judge(root, &ordinary, &name, now()).unwrap();
    }
}

#[tokio::test]
async fn a_host_name_too_long_for_a_label_in_front_starts_all_the_same() {
    let long = format!(
        "{}.{}.{}.{}",
        "a".repeat(63),
        "b".repeat(63),
        "c".repeat(63),
        "d".repeat(60)
    );
    assert_eq!(long.len(), 252);
    let bank = TestBank::start_with(|builder| builder.hostname(&long)).await;
    let chain = chain(&bank, &long).await;
    judge(bank.emulator.authority().root_der(), &chain, &long, now()).unwrap();
}

fn now() -> Duration {
    let seconds = Clock::system().now().unix_timestamp();
    Duration::from_secs(seconds.try_into().unwrap())
}

fn parsed<'a>(der: &'a CertificateDer<'_>) -> X509Certificate<'a> {
    X509Certificate::from_der(der).unwrap().1
}

/// Takes every certificate; what was sent is looked at afterwards.
#[derive(Debug)]
struct Credulous(Arc<WebPkiServerVerifier>);

impl ServerCertVerifier for Credulous {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.0
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.supported_verify_schemes()
    }
}

/// Judges a chain as a rustls client does that trusts `anchor`, at a time that is `now`.
fn judge(
    anchor: &[u8],
    chain: &[CertificateDer<'static>],
    name: &str,
    now: Duration,
) -> Result<(), Error> {
    let name = ServerName::try_from(name.to_owned()).unwrap();
    let now = UnixTime::since_unix_epoch(now);
    verifier(anchor)
        .verify_server_cert(&chain[0], &chain[1..], &name, &[], now)
        .map(drop)
}

fn verifier(anchor: &[u8]) -> Arc<WebPkiServerVerifier> {
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(anchor.to_vec())).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    WebPkiServerVerifier::builder_with_provider(roots.into(), provider)
        .build()
        .unwrap()
}

/// The chain that is sent under a name, whatever is wrong with it.
async fn chain(bank: &TestBank, name: &str) -> Vec<CertificateDer<'static>> {
    let mut config = config(bank, None);
    let verifier = verifier(bank.emulator.authority().root_der());
    config
        .dangerous()
        .set_certificate_verifier(Arc::new(Credulous(verifier)));
    let address = bank.emulator.addresses().tls;
    let stream = shake_hands(address, config, name).await.unwrap();
    let chain = stream.get_ref().1.peer_certificates().unwrap();
    chain
        .iter()
        .cloned()
        .map(CertificateDer::into_owned)
        .collect()
}
