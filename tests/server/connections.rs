//! How many peers get in, and what becomes of them when the server stops.

use std::time::Duration;

use aspsp_emulator::server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

use crate::helpers::{HTTP1, HTTP2, Kind, TestServer, read_head, read_to_close, within};

#[tokio::test]
async fn a_peer_beyond_the_connection_limit_waits_until_another_has_left() {
    let server = TestServer::start_limited(Limits {
        connections: 1,
        ..Limits::default()
    })
    .await;
    let mut first = server.connect_http1().await;
    let mut second = TcpStream::connect(server.address).await.unwrap();
    // The first bytes of a TLS record: the server would have its say about them.
    second.write_all(b"no TLS at all").await.unwrap();
    first
        .write_all(b"GET /empty HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    assert!(read_head(&mut first).await.starts_with("HTTP/1.1 204"));
    let mut byte = [0];
    let untouched = second.try_read(&mut byte).unwrap_err();
    assert_eq!(untouched.kind(), std::io::ErrorKind::WouldBlock);

    drop(first);
    // An alert: it was let in.
    assert_eq!(within(second.read(&mut byte)).await.unwrap(), 1);
    assert_eq!(byte, [21]);
    server.stop().await;
}

#[tokio::test]
async fn a_stop_answers_what_is_in_flight() {
    for alpn in [HTTP1, HTTP2] {
        let mut server = TestServer::start().await;
        let answer = tokio::spawn(server.http(alpn).get(server.url("/gate")).send());
        within(server.gate.entered.acquire())
            .await
            .unwrap()
            .forget();
        server.tell_to_stop();
        refused_from_now_on(&server).await;
        server.gate.release.add_permits(1);
        let answer = within(answer).await.unwrap().unwrap();
        assert_eq!(answer.text().await.unwrap(), "let out");
        server.stopped().await;
    }
}

/// Waits until the listening socket is closed.
async fn refused_from_now_on(server: &TestServer) {
    let closed = async { while TcpStream::connect(server.address).await.is_ok() {} };
    within(closed).await;
}

#[tokio::test]
async fn a_stop_closes_idle_connections_at_once_and_in_good_order() {
    let limits = Limits {
        drain: Duration::from_secs(3600),
        ..Limits::default()
    };
    for kind in [Kind::Mtls, Kind::Control] {
        let mut server = TestServer::start_with(kind, limits.clone()).await;
        let mut used = idle_connection(&server, kind).await;
        used.write_all(b"GET /empty HTTP/1.1\r\nhost: a\r\n\r\n")
            .await
            .unwrap();
        assert!(read_head(&mut used).await.starts_with("HTTP/1.1 204"));
        let mut unused = idle_connection(&server, kind).await;
        unused
            .write_all(b"GET /empty HTTP/1.1\r\nhost: a\r\n\r\n")
            .await
            .unwrap();
        assert!(read_head(&mut unused).await.starts_with("HTTP/1.1 204"));
        server.tell_to_stop();
        let mut byte = [0];
        assert_eq!(within(used.read(&mut byte)).await.unwrap(), 0);
        assert_eq!(within(unused.read(&mut byte)).await.unwrap(), 0);
        server.stopped().await;
    }
}

async fn idle_connection(server: &TestServer, kind: Kind) -> Box<dyn Stream> {
    match kind {
        Kind::Control => Box::new(TcpStream::connect(server.address).await.unwrap()),
        _ => Box::new(server.connect_http1().await),
    }
}

trait Stream: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin {}
impl<S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin> Stream for S {}

#[tokio::test]
async fn a_stop_waits_for_no_silent_peer() {
    let limits = Limits {
        drain: Duration::from_secs(3600),
        ..Limits::default()
    };
    let server = TestServer::start_limited(limits).await;
    // In the middle of its handshake, of its HTTP/2 preface, of its head; and idle after a whole one.
    let shaking = TcpStream::connect(server.address).await.unwrap();
    let prefacing = server.connect(server.tls(HTTP2)).await.unwrap();
    let mut heading = server.connect_http1().await;
    heading.write_all(b"GET / HTTP/1.1\r\n").await.unwrap();
    let http = server.http(HTTP2);
    assert_eq!(
        http.get(server.url("/empty"))
            .send()
            .await
            .unwrap()
            .status(),
        204
    );
    server.stop().await;
    drop((shaking, prefacing, heading));
}

#[tokio::test]
async fn what_is_in_flight_longer_than_the_drain_is_aborted() {
    for alpn in [HTTP1, HTTP2] {
        let limits = Limits {
            drain: Duration::from_millis(100),
            ..Limits::default()
        };
        let mut server = TestServer::start_limited(limits).await;
        let answer = tokio::spawn(server.http(alpn).get(server.url("/gate")).send());
        within(server.gate.entered.acquire())
            .await
            .unwrap()
            .forget();
        server.tell_to_stop();
        within(answer).await.unwrap().unwrap_err();
        server.stopped().await;
    }
}

#[tokio::test]
async fn nothing_is_left_after_a_stop() {
    let tasks = || {
        tokio::runtime::Handle::current()
            .metrics()
            .num_alive_tasks()
    };
    let before = tasks();
    for _ in 0..20 {
        let mut server = TestServer::start().await;
        let address = server.address;
        let request = |alpn| server.http(alpn).get(server.url("/empty")).send();
        for answer in [request(HTTP1).await, request(HTTP2).await] {
            assert_eq!(answer.unwrap().status(), 204);
        }
        let silent = TcpStream::connect(address).await.unwrap();
        server.tell_to_stop();
        server.stopped().await;
        TcpListener::bind(address).await.unwrap();
        drop(silent);
    }
    // The clients' own tasks end on their own time.
    let clean = async {
        while tasks() > before {
            tokio::task::yield_now().await;
        }
    };
    within(clean).await;
}

#[tokio::test]
async fn a_client_that_leaves_early_ends_its_request() {
    let server = TestServer::start().await;
    let mut stream = server.connect_http1().await;
    stream
        .write_all(b"GET /gate HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    within(server.gate.entered.acquire())
        .await
        .unwrap()
        .forget();
    stream.shutdown().await.unwrap();
    assert_eq!(read_to_close(&mut stream).await, "");
    server.stop().await;
}
