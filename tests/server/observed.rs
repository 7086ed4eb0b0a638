//! What an observer is told of connections and of handshakes that fail.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspsp_emulator::server::{
    FailedHandshake, HandshakeCause as Cause, HandshakeFault, HandshakeScript, Limits,
    ListenerKind, Observer,
};
use rcgen::{ExtendedKeyUsagePurpose, date_time_ymd};
use rustls::crypto::aws_lc_rs;
use rustls::sign::{CertifiedKey, SingleCertAndKey};
use rustls::{ClientConfig, RootCertStore};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::handshakes::{Script, greeted, greeted_for};
use crate::helpers::{HTTP1, HTTP2, Kind, TestServer, within};
use crate::pki::{CLIENT_SERIAL, Certified, Pki};
use crate::tls::{TLS12, TLS12_CHACHA, TLS13};

/// Remembers what it is told.
struct Recorder {
    opened: Mutex<Vec<ListenerKind>>,
    closed: Mutex<Vec<ListenerKind>>,
    failures: Mutex<Vec<FailedHandshake>>,
    opened_times: Semaphore,
    failed_times: Semaphore,
}

impl Observer for Recorder {
    fn connection_opened(&self, listener: ListenerKind) {
        self.opened.lock().unwrap().push(listener);
        self.opened_times.add_permits(1);
    }

    fn connection_closed(&self, listener: ListenerKind) {
        self.closed.lock().unwrap().push(listener);
    }

    fn handshake_failed(&self, failure: &FailedHandshake) {
        self.failures.lock().unwrap().push(failure.clone());
        self.failed_times.add_permits(1);
    }
}

struct Observed {
    server: TestServer,
    recorder: Arc<Recorder>,
}

impl Observed {
    async fn start() -> Self {
        Self::start_with(Kind::Mtls, Limits::default(), None).await
    }

    async fn start_with(
        kind: Kind,
        limits: Limits,
        script: Option<Arc<dyn HandshakeScript>>,
    ) -> Self {
        let recorder = Arc::new(Recorder {
            opened: Mutex::default(),
            closed: Mutex::default(),
            failures: Mutex::default(),
            opened_times: Semaphore::new(0),
            failed_times: Semaphore::new(0),
        });
        let observer = Arc::clone(&recorder);
        let server = TestServer::start_as(kind, limits, |application| {
            let application = application.observed_by(observer);
            match script {
                Some(script) => application.scripting_handshakes(script),
                None => application,
            }
        });
        Self {
            server: server.await,
            recorder,
        }
    }

    /// The next failure.
    async fn failure(&self) -> FailedHandshake {
        within(self.recorder.failed_times.acquire())
            .await
            .unwrap()
            .forget();
        self.recorder.failures.lock().unwrap().remove(0)
    }

    /// How the handshake of this client fails.
    async fn fails(&self, config: ClientConfig) -> FailedHandshake {
        // In TLS 1.3 the client may believe that all is well.
        let attempt = self.server.connect(config).await;
        let failure = self.failure().await;
        drop(attempt);
        failure
    }

    /// Stops the server: then every connection is closed, and nothing else has failed.
    async fn stop(self) {
        self.server.stop().await;
        let recorder = self.recorder;
        assert!(recorder.failures.lock().unwrap().is_empty());
        let opened = recorder.opened.lock().unwrap();
        assert_eq!(*opened, *recorder.closed.lock().unwrap());
    }
}

#[tokio::test]
async fn every_connection_of_every_listener_is_opened_and_closed() {
    for (kind, listener) in [
        (Kind::Mtls, ListenerKind::Mtls),
        (Kind::Tls, ListenerKind::Tls),
        (Kind::Control, ListenerKind::Control),
    ] {
        let observed = Observed::start_with(kind, Limits::default(), None).await;
        let recorder = Arc::clone(&observed.recorder);
        let silent = TcpStream::connect(observed.server.address).await.unwrap();
        within(recorder.opened_times.acquire())
            .await
            .unwrap()
            .forget();
        assert_eq!(*recorder.opened.lock().unwrap(), [listener]);
        assert!(recorder.closed.lock().unwrap().is_empty());
        // The stop ends it, which is no failure.
        observed.stop().await;
        assert_eq!(*recorder.closed.lock().unwrap(), [listener]);
        drop(silent);
    }
}

#[tokio::test]
async fn a_connection_in_flight_that_the_drain_aborts_is_closed_too() {
    let limits = Limits {
        drain: Duration::from_millis(50),
        ..Limits::default()
    };
    let mut observed = Observed::start_with(Kind::Mtls, limits, None).await;
    let http = observed.server.http(HTTP2);
    let asking = tokio::spawn(http.get(observed.server.url("/gate")).send());
    within(observed.server.gate.entered.acquire())
        .await
        .unwrap()
        .forget();
    observed.server.tell_to_stop();
    within(asking).await.unwrap().unwrap_err();
    observed.stop().await;
}

#[tokio::test]
async fn a_good_handshake_is_no_failure() {
    for kind in [Kind::Mtls, Kind::Tls] {
        let observed = Observed::start_with(kind, Limits::default(), None).await;
        for alpn in [HTTP1, HTTP2] {
            let http = observed.server.http(alpn);
            let answer = http.get(observed.server.url("/peer")).send().await.unwrap();
            assert_eq!(answer.status(), 200);
        }
        observed.stop().await;
    }
}

#[tokio::test]
async fn a_client_without_a_certificate_lacks_it_whatever_it_believes() {
    let observed = Observed::start().await;
    for (suites, version) in [(TLS13, "TLSv1.3"), (TLS12, "TLSv1.2")] {
        let config = observed.server.tls_with(HTTP1, None, suites);
        let failure = observed.fails(config).await;
        assert_eq!(failure.cause, Cause::CertificateMissing, "{failure:?}");
        assert!(failure.certificate_chain.is_empty());
        assert_eq!(failure.tls_version, Some(version));
        assert_eq!(failure.server_name.as_deref(), Some("localhost"));
        assert_eq!(failure.listener, ListenerKind::Mtls);
    }
    observed.stop().await;
}

#[tokio::test]
async fn a_refused_certificate_is_shown_with_what_is_wrong_with_it() {
    let observed = Observed::start().await;
    let pki = &observed.server.pki;
    let expired = pki.client_with(|it| it.not_after = date_time_ymd(2020, 1, 1));
    let early = pki.client_with(|it| it.not_before = date_time_ymd(4000, 1, 1));
    let seal = pki.client_with(|it| it.extended_key_usages.clear());
    let server =
        pki.client_with(|it| it.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth]);
    let broken = Certified {
        chain: vec![vec![1, 2, 3].into()],
        key: pki.client().key,
    };
    let cases = [
        (expired, Cause::CertificateExpired),
        (early, Cause::CertificateNotYetValid),
        (seal, Cause::CertificateWrongPurpose),
        (server, Cause::CertificateWrongPurpose),
        (broken, Cause::CertificateInvalid),
        (Pki::new("FOREIGN").client(), Cause::CertificateUnknownCa),
        // An earlier start: all names are the same, the keys are not.
        (Pki::new("TEST ONLY").client(), Cause::CertificateUnknownCa),
    ];
    let mut connection = 0;
    for (client, cause) in cases {
        for suites in [TLS13, TLS12] {
            connection += 1;
            let failure = observed
                .fails(presenting(&observed.server, &client, suites))
                .await;
            assert_eq!(failure.cause, cause, "{failure:?}");
            assert_eq!(failure.certificate_chain, client.chain);
            assert_eq!(failure.connection, connection);
            assert!(!failure.detail.is_empty());
        }
    }
    observed.stop().await;
}

/// A client that presents a certificate without looking at it.
fn presenting(
    server: &TestServer,
    client: &Certified,
    suites: &[rustls::SupportedCipherSuite],
) -> ClientConfig {
    let mut config = server.tls_with(HTTP1, None, suites);
    let provider = aws_lc_rs::default_provider();
    let key = provider
        .key_provider
        .load_private_key(client.key.clone_key());
    let certified = CertifiedKey::new(client.chain.clone(), key.unwrap());
    config.client_auth_cert_resolver = Arc::new(SingleCertAndKey::from(certified));
    config
}

#[tokio::test]
async fn a_certificate_of_the_revocation_list_is_revoked() {
    let observed = Observed::start().await;
    let revoked = [observed.server.pki.crl(&[CLIENT_SERIAL])];
    observed.server.trust.replace_crls(&revoked).unwrap();
    let failure = observed.fails(observed.server.tls(HTTP1)).await;
    assert_eq!(failure.cause, Cause::CertificateRevoked);
    assert_eq!(failure.certificate_chain.len(), 2);
    observed.stop().await;
}

#[tokio::test]
async fn a_certificate_with_the_key_of_another_is_not_proven() {
    let observed = Observed::start().await;
    let pki = &observed.server.pki;
    let mixed = Certified {
        chain: pki.client().chain,
        key: pki.client().key,
    };
    for suites in [TLS13, TLS12] {
        let config = presenting(&observed.server, &mixed, suites);
        let failure = observed.fails(config).await;
        assert_eq!(failure.cause, Cause::CertificateProofInvalid, "{failure:?}");
        assert_eq!(failure.certificate_chain, mixed.chain);
    }
    observed.stop().await;
}

#[tokio::test]
async fn a_client_that_does_not_trust_the_server_is_seen_to_refuse_it() {
    let foreign = Pki::new("FOREIGN").root();
    let earlier = Pki::new("TEST ONLY").root();
    for kind in [Kind::Mtls, Kind::Tls] {
        let observed = Observed::start_with(kind, Limits::default(), None).await;
        for trusted in [None, Some(&foreign), Some(&earlier)] {
            for version in rustls::ALL_VERSIONS {
                let mut roots = RootCertStore::empty();
                roots.add_parsable_certificates(trusted.cloned());
                let provider = Arc::new(aws_lc_rs::default_provider());
                let config = ClientConfig::builder_with_provider(provider)
                    .with_protocol_versions(&[version])
                    .unwrap()
                    .with_root_certificates(roots)
                    .with_no_client_auth();
                let failure = observed.fails(config).await;
                assert_eq!(failure.cause, Cause::CaNotTrusted, "{failure:?}");
            }
        }
        observed.stop().await;
    }
}

#[tokio::test]
async fn nothing_in_common_is_a_mismatch_without_a_version() {
    let observed = Observed::start().await;
    let client = observed.server.pki.client();
    let chacha = observed.server.tls_with(HTTP1, Some(&client), TLS12_CHACHA);
    for config in [chacha, observed.server.tls(&["spdy/1"])] {
        let failure = observed.fails(config).await;
        assert_eq!(failure.cause, Cause::ProtocolMismatch, "{failure:?}");
        assert_eq!(failure.tls_version, None);
    }
    observed.stop().await;
}

#[tokio::test]
async fn plain_http_is_no_tls_and_is_told_before_the_connection_is_closed() {
    let observed = Observed::start().await;
    let mut stream = TcpStream::connect(observed.server.address).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    let failure = observed.failure().await;
    assert_eq!(failure.cause, Cause::NotTls, "{failure:?}");
    assert_eq!(failure.address, stream.local_addr().unwrap());
    assert_eq!((failure.server_name, failure.tls_version), (None, None));
    observed.stop().await;
}

#[tokio::test]
async fn a_client_that_leaves_is_gone_and_one_that_says_why_is_quoted() {
    let observed = Observed::start().await;
    drop(TcpStream::connect(observed.server.address).await.unwrap());
    assert_eq!(observed.failure().await.cause, Cause::PeerGone);

    drop(greeted(&observed.server).await);
    let failure = observed.failure().await;
    assert_eq!(failure.cause, Cause::PeerGone, "{failure:?}");
    assert_eq!(failure.server_name.as_deref(), Some("localhost"));

    let mut stream = greeted(&observed.server).await;
    within(stream.read_u8()).await.unwrap();
    // A fatal internal_error (RFC 8446 §6).
    stream.write_all(&[21, 3, 3, 0, 2, 2, 80]).await.unwrap();
    let failure = observed.failure().await;
    assert_eq!(failure.cause, Cause::ClientAlert, "{failure:?}");
    assert!(failure.detail.contains("InternalError"), "{failure:?}");
    observed.stop().await;
}

#[tokio::test]
async fn a_silent_client_has_taken_too_long() {
    let limits = Limits {
        handshake_timeout: Duration::from_millis(50),
        ..Limits::default()
    };
    let observed = Observed::start_with(Kind::Mtls, limits, None).await;
    let silent = TcpStream::connect(observed.server.address).await.unwrap();
    let failure = observed.failure().await;
    assert_eq!(
        (failure.cause, failure.server_name),
        (Cause::TimedOut, None)
    );
    assert!(failure.duration >= Duration::from_millis(50));
    let greeted = greeted(&observed.server).await;
    let failure = observed.failure().await;
    assert_eq!(failure.cause, Cause::TimedOut);
    assert_eq!(failure.server_name.as_deref(), Some("localhost"));
    drop((silent, greeted));
    observed.stop().await;
}

#[tokio::test]
async fn what_a_script_wants_is_told_before_it_is_done_with_the_certificate_it_saw() {
    for (wants_certificate, fault, detail) in [
        (false, HandshakeFault::Stall(None), "a script: stall"),
        (false, HandshakeFault::Alert(48), "a script: alert 48"),
        (true, HandshakeFault::Stall(None), "a script: stall"),
        (true, HandshakeFault::Alert(48), "a script: alert 48"),
    ] {
        let script = Script::new(wants_certificate, Some(fault));
        let observed = Observed::start_with(Kind::Mtls, Limits::default(), Some(script)).await;
        let config = observed
            .server
            .tls_with(HTTP1, Some(&observed.server.pki.client()), TLS13);
        // A stall after the `ClientHello` leaves the client waiting, too.
        let failure = tokio::select! {
            failure = observed.failure() => failure,
            Ok(waiting) = observed.server.connect(config) => {
                let failure = observed.failure().await;
                drop(waiting);
                failure
            }
        };
        assert_eq!(failure.cause, Cause::Scripted);
        assert_eq!(failure.detail, detail);
        let shown = failure.certificate_chain.len();
        assert_eq!(shown, if wants_certificate { 2 } else { 0 });
        observed.stop().await;
    }
}

#[tokio::test]
async fn what_the_host_name_asks_for_is_on_purpose_and_what_cannot_be_made_is_not() {
    let observed = Observed::start().await;
    for (name, cause) in [
        ("handshake-alert.localhost", Cause::Scripted),
        ("expired.localhost", Cause::ServerError),
    ] {
        let stream = greeted_for(&observed.server, name).await;
        let failure = observed.failure().await;
        assert_eq!(failure.cause, cause, "{failure:?}");
        assert_eq!(failure.server_name.as_deref(), Some(name));
        drop(stream);
    }
    let client = observed.server.pki.client();
    for (name, suites) in [
        ("untrusted-root.localhost", TLS13),
        ("untrusted-root.localhost", TLS12),
        ("tls12-only.localhost", TLS13),
    ] {
        let config = observed.server.tls_with(HTTP1, Some(&client), suites);
        let attempt = observed.server.connect_to(name, config).await;
        let failure = observed.failure().await;
        assert_eq!(failure.cause, Cause::Scripted, "{failure:?}");
        let prefix = "the host name asked for: ";
        assert!(failure.detail.starts_with(prefix), "{failure:?}");
        drop(attempt);
    }
    // A good certificate that does not suit the client is another matter: this name is not in it.
    let config = observed.server.tls_with(HTTP1, Some(&client), TLS12);
    let attempt = observed.server.connect_to("tls12-only.localhost", config);
    let (attempt, failure) = tokio::join!(attempt, observed.failure());
    assert_eq!(failure.cause, Cause::CaNotTrusted, "{failure:?}");
    drop(attempt);
    observed.stop().await;
}
