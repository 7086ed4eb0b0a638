//! What a script does to handshakes, and when it is asked.

use std::io::{self, ErrorKind, Read};
use std::net::TcpStream as StdStream;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspsp_emulator::server::{
    ALERTS_ON_CERTIFICATES, Handshake, HandshakeFault, HandshakeScript, Limits, ListenerKind,
};
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{AlertDescription, ClientConfig, ClientConnection};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;

use crate::helpers::{HTTP1, HTTP2, Kind, TestServer, within};
use crate::pki::Pki;
use crate::tls::{TLS12, TLS13, alert};

const HANDSHAKE_FAILURE: u8 = 40;
const INTERNAL_ERROR: u8 = 80;

/// Listener, connection, server name and client certificate, as the script was told.
type Asked = (
    ListenerKind,
    u64,
    Option<String>,
    Option<CertificateDer<'static>>,
);

/// Does the same to every handshake, or to one connection only, and remembers what it was asked.
pub struct Script {
    wants_certificate: bool,
    fault: Option<HandshakeFault>,
    only: Option<u64>,
    asked: Mutex<Vec<Asked>>,
    times: Semaphore,
}

impl Script {
    pub fn new(wants_certificate: bool, fault: Option<HandshakeFault>) -> Arc<Self> {
        Arc::new(Self {
            wants_certificate,
            fault,
            only: None,
            asked: Mutex::default(),
            times: Semaphore::new(0),
        })
    }

    fn for_the_first(fault: HandshakeFault) -> Arc<Self> {
        let Some(mut script) = Arc::into_inner(Self::new(false, Some(fault))) else {
            unreachable!("nobody else has it");
        };
        script.only = Some(1);
        Arc::new(script)
    }

    fn asked(&self) -> Vec<Asked> {
        self.asked.lock().unwrap().clone()
    }
}

impl HandshakeScript for Script {
    fn wants_certificate(&self) -> bool {
        self.wants_certificate
    }

    fn judge(&self, handshake: &Handshake<'_>) -> Option<HandshakeFault> {
        self.asked.lock().unwrap().push((
            handshake.listener,
            handshake.connection,
            handshake.server_name.map(str::to_owned),
            handshake.certificate.cloned(),
        ));
        self.times.add_permits(1);
        self.fault.filter(|_| {
            self.only
                .is_none_or(|connection| connection == handshake.connection)
        })
    }
}

/// A connection on which a `ClientHello` has been sent, and nothing else.
pub async fn greeted(server: &TestServer) -> TcpStream {
    greeted_for(server, "localhost").await
}

pub async fn greeted_for(server: &TestServer, name: &'static str) -> TcpStream {
    let name = ServerName::try_from(name).unwrap();
    let mut client = ClientConnection::new(server.tls(HTTP1).into(), name).unwrap();
    let mut hello = Vec::new();
    client.write_tls(&mut hello).unwrap();
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream.write_all(&hello).await.unwrap();
    stream
}

/// All that comes until the connection ends, and how it ends.
async fn rest(stream: &mut TcpStream) -> (Vec<u8>, io::Result<usize>) {
    let mut bytes = Vec::new();
    let end = within(stream.read_to_end(&mut bytes)).await;
    (bytes, end)
}

async fn meets(fault: HandshakeFault) -> (Vec<u8>, io::Result<usize>) {
    let server = TestServer::start_scripted(Kind::Mtls, Script::new(false, Some(fault))).await;
    let end = rest(&mut greeted(&server).await).await;
    server.stop().await;
    end
}

#[tokio::test]
async fn after_the_client_hello_a_close_is_a_fin_without_a_byte() {
    let (bytes, end) = meets(HandshakeFault::Close).await;
    assert!(bytes.is_empty() && end.is_ok(), "{bytes:?} {end:?}");
}

#[tokio::test]
async fn after_the_client_hello_a_reset_is_a_rst_without_a_byte() {
    let (bytes, end) = meets(HandshakeFault::Reset).await;
    assert!(bytes.is_empty(), "{bytes:?}");
    assert_eq!(end.unwrap_err().kind(), ErrorKind::ConnectionReset);
}

#[tokio::test]
async fn after_the_client_hello_an_alert_of_any_number_is_seven_bytes() {
    for number in [HANDSHAKE_FAILURE, INTERNAL_ERROR, 255] {
        let (bytes, end) = meets(HandshakeFault::Alert(number)).await;
        assert_eq!(bytes, [0x15, 3, 3, 0, 2, 2, number]);
        end.unwrap();
    }
}

#[tokio::test]
async fn a_stall_with_a_limit_ends_as_a_close() {
    let (bytes, end) = meets(HandshakeFault::Stall(Some(Duration::from_millis(1)))).await;
    assert!(bytes.is_empty() && end.is_ok(), "{bytes:?} {end:?}");
}

/// Nothing has come and the connection is still there, as the system sees it at this moment.
fn is_silent(stream: &mut StdStream) -> bool {
    matches!(stream.read(&mut [0]), Err(error) if error.kind() == ErrorKind::WouldBlock)
}

#[tokio::test]
async fn a_stall_stops_nobody_else_and_ends_with_the_server() {
    let script = Script::for_the_first(HandshakeFault::Stall(None));
    let server = TestServer::start_scripted(Kind::Mtls, Arc::clone(&script) as _).await;
    let stalled = greeted(&server).await;
    within(script.times.acquire()).await.unwrap().forget();
    let other = server.http(HTTP1).get(server.url("/peer")).send().await;
    assert_eq!(other.unwrap().status(), 200);

    let mut stalled = stalled.into_std().unwrap();
    assert!(is_silent(&mut stalled));
    server.stop().await;
    assert!(!is_silent(&mut stalled));
}

#[tokio::test]
async fn a_stall_outlasts_the_time_that_a_handshake_may_take() {
    let script = Script::for_the_first(HandshakeFault::Stall(None));
    let limits = Limits {
        handshake_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let asked = Arc::clone(&script) as _;
    let server = TestServer::start_scripted_limited(Kind::Mtls, asked, limits).await;
    let stalled = greeted(&server).await;
    within(script.times.acquire()).await.unwrap().forget();
    // Whoever came later and says nothing is shown the door.
    for _ in 0..2 {
        let mut later = TcpStream::connect(server.address).await.unwrap();
        assert!(rest(&mut later).await.0.is_empty());
    }
    assert!(is_silent(&mut stalled.into_std().unwrap()));
    server.stop().await;
}

#[tokio::test]
async fn a_stall_ends_when_its_peer_goes() {
    let script = Script::for_the_first(HandshakeFault::Stall(None));
    let limits = Limits {
        connections: 1,
        ..Limits::default()
    };
    let server = TestServer::start_scripted_limited(Kind::Mtls, script, limits).await;
    let stalled = greeted(&server).await;
    let mut next = greeted(&server).await;
    drop(stalled);
    // There is room for one connection: the next is served when the first is over.
    assert_eq!(within(next.read_u8()).await.unwrap(), 0x16);
    drop(next);
    server.stop().await;
}

#[tokio::test]
async fn every_alert_on_a_certificate_arrives_in_tls_1_2_and_1_3() {
    for number in ALERTS_ON_CERTIFICATES {
        let fault = Some(HandshakeFault::Alert(number));
        for suites in [TLS12, TLS13] {
            let script = Script::new(true, fault);
            let server = TestServer::start_scripted(Kind::Mtls, Arc::clone(&script) as _).await;
            let client = server.pki.client();
            let told = alert(&server, server.tls_with(HTTP1, Some(&client), suites)).await;
            assert_eq!(told, AlertDescription::from(number));
            assert_eq!(script.asked().len(), 1);
            server.stop().await;
        }
    }
}

#[tokio::test]
async fn an_alert_that_cannot_be_sent_on_a_certificate_becomes_a_handshake_failure() {
    for number in [INTERNAL_ERROR, 116, 255] {
        let script = Script::new(true, Some(HandshakeFault::Alert(number)));
        let server = TestServer::start_scripted(Kind::Mtls, script).await;
        let told = alert(&server, server.tls(HTTP1)).await;
        assert_eq!(told, AlertDescription::HandshakeFailure);
        server.stop().await;
    }
}

/// How the handshake fails, or the first read after it.
async fn end(server: &TestServer, config: ClientConfig) -> ErrorKind {
    let ended = match server.connect(config).await {
        Ok(mut stream) => within(stream.read(&mut [0])).await.map(drop),
        Err(error) => Err(error),
    };
    ended.expect_err("no close_notify").kind()
}

#[tokio::test]
async fn other_faults_on_a_certificate_end_the_connection_without_an_alert() {
    let soon = Some(Duration::from_millis(1));
    for (fault, expected) in [
        (HandshakeFault::Close, ErrorKind::UnexpectedEof),
        (HandshakeFault::Reset, ErrorKind::ConnectionReset),
        (HandshakeFault::Stall(soon), ErrorKind::UnexpectedEof),
    ] {
        for suites in [TLS12, TLS13] {
            let script = Script::new(true, Some(fault));
            let server = TestServer::start_scripted(Kind::Mtls, script).await;
            let client = server.pki.client();
            let config = server.tls_with(HTTP1, Some(&client), suites);
            let met = end(&server, config).await;
            assert_eq!(met, expected, "{fault:?}");
            server.stop().await;
        }
    }
}

#[tokio::test]
async fn a_stall_on_a_certificate_ends_with_the_stop_of_the_server() {
    let script = Script::new(true, Some(HandshakeFault::Stall(None)));
    let server = TestServer::start_scripted(Kind::Mtls, Arc::clone(&script) as _).await;
    let mut stalled = server.connect_http1().await;
    stalled
        .write_all(b"GET /peer HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    within(script.times.acquire()).await.unwrap().forget();
    server.stop().await;
    let mut answer = Vec::new();
    within(stalled.read_to_end(&mut answer)).await.unwrap_err();
    assert!(answer.is_empty());
}

#[tokio::test]
async fn a_script_is_asked_once_for_each_handshake_with_what_is_known() {
    let name = Some("localhost".to_owned());
    for (kind, listener, wants_certificate) in [
        (Kind::Mtls, ListenerKind::Mtls, true),
        (Kind::Mtls, ListenerKind::Mtls, false),
        (Kind::Tls, ListenerKind::Tls, true),
        (Kind::Tls, ListenerKind::Tls, false),
    ] {
        let script = Script::new(wants_certificate, None);
        let server = TestServer::start_scripted(kind, Arc::clone(&script) as _).await;
        let knows_certificate = kind == Kind::Mtls && wants_certificate;
        for alpn in [HTTP1, HTTP2] {
            let http = server.http(alpn);
            for _ in 0..2 {
                let answer = http.get(server.url("/peer")).send().await.unwrap();
                assert_eq!(answer.status(), 200);
                answer.bytes().await.unwrap();
            }
        }
        let asked = script.asked();
        assert_eq!(asked.len(), 2);
        for (connection, asked) in (1..).zip(asked) {
            let (at, ordinal, server_name, certificate) = asked;
            assert_eq!((at, ordinal), (listener, connection));
            assert_eq!(server_name, name);
            assert_eq!(certificate.is_some(), knows_certificate);
        }
        server.stop().await;
    }
}

#[tokio::test]
async fn a_script_that_wants_the_certificate_is_not_asked_about_one_that_is_refused() {
    let fault = Some(HandshakeFault::Alert(HANDSHAKE_FAILURE));
    let script = Script::new(true, fault);
    let server = TestServer::start_scripted(Kind::Mtls, Arc::clone(&script) as _).await;
    let foreign = Pki::new("FOREIGN").client();
    for suites in [TLS12, TLS13] {
        let told = alert(&server, server.tls_with(HTTP1, Some(&foreign), suites)).await;
        assert_eq!(told, AlertDescription::UnknownCA);
    }
    assert!(script.asked().is_empty());
    server.stop().await;
}

#[tokio::test]
async fn a_script_goes_before_the_host_name_and_waits_for_no_certificate_that_nobody_asks_for() {
    for name in [
        "handshake-reset.localhost",
        "no-client-cert-request.localhost",
    ] {
        let fault = Some(HandshakeFault::Alert(INTERNAL_ERROR));
        let script = Script::new(true, fault);
        let server = TestServer::start_scripted(Kind::Mtls, Arc::clone(&script) as _).await;
        let (bytes, end) = rest(&mut greeted_for(&server, name).await).await;
        assert_eq!(bytes, [0x15, 3, 3, 0, 2, 2, INTERNAL_ERROR]);
        end.unwrap();
        let told = (ListenerKind::Mtls, 1, Some(name.to_owned()), None);
        assert_eq!(script.asked(), [told]);
        server.stop().await;
    }
}

#[tokio::test]
async fn a_faulty_certificate_that_cannot_be_made_is_an_internal_error_and_not_a_good_one() {
    let server = TestServer::start().await;
    let (bytes, end) = rest(&mut greeted_for(&server, "expired.localhost").await).await;
    assert_eq!(bytes, [0x15, 3, 3, 0, 2, 2, INTERNAL_ERROR]);
    end.unwrap();
    server.stop().await;
}
