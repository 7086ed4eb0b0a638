//! Peers that take too long.

use std::time::Duration;

use aspsp_emulator::server::Limits;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio::time::sleep;
use warp::Filter;

use crate::helpers::{Gate, HTTP1, HTTP2, Kind, TestServer, read_head, read_to_close, within};

const SOON: Duration = Duration::from_millis(100);

#[tokio::test]
async fn a_silent_peer_stops_nobody_else_and_is_closed() {
    let server = TestServer::start_limited(Limits {
        handshake_timeout: SOON,
        ..Limits::default()
    })
    .await;
    let mut silent = TcpStream::connect(server.address).await.unwrap();
    let other = server
        .http(HTTP1)
        .get(server.url("/peer"))
        .send()
        .await
        .unwrap();
    assert_eq!(other.status(), 200);
    assert_eq!(read_to_close(&mut silent).await, "");
    server.stop().await;
}

#[tokio::test]
async fn a_connection_without_a_request_is_closed_from_the_handshake_on() {
    let server = TestServer::start_limited(Limits {
        idle_timeout: SOON,
        ..Limits::default()
    })
    .await;
    for alpn in [HTTP1, HTTP2] {
        let mut stream = server.connect(server.tls(alpn)).await.unwrap();
        // HTTP/2 begins with the server's settings.
        let mut sent = Vec::new();
        let _ = within(stream.read_to_end(&mut sent)).await;
        assert!(alpn == HTTP2 || sent.is_empty());
    }
    server.stop().await;
}

#[tokio::test]
async fn a_connection_idle_after_its_answer_is_closed_in_good_order() {
    let server = TestServer::start_limited(Limits {
        idle_timeout: SOON,
        ..Limits::default()
    })
    .await;
    let mut stream = server.connect_http1().await;
    stream
        .write_all(b"GET /empty HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 204"));
    // `Ok(0)` needs a close_notify: without it this is an UnexpectedEof.
    let mut byte = [0];
    let end = within(stream.read(&mut byte)).await;
    assert_eq!(end.unwrap(), 0);
    server.stop().await;
}

#[tokio::test]
async fn a_head_that_takes_too_long_ends_the_connection_however_busily_it_drips() {
    let limits = Limits {
        header_timeout: SOON,
        idle_timeout: Duration::from_secs(60),
        ..Limits::default()
    };
    let server = TestServer::start_limited(limits).await;
    let (mut reading, mut writing) = tokio::io::split(server.connect_http1().await);
    let drip = async {
        writing.write_all(b"GET /empty HTTP/1.1\r\n").await.unwrap();
        // Ends with an error once the server has closed.
        while writing.write_all(b"x: y\r\n").await.is_ok() {
            sleep(Duration::from_millis(5)).await;
        }
    };
    let (answer, ()) = within(async { tokio::join!(read_to_close(&mut reading), drip) }).await;
    assert_eq!(answer, "");
    server.stop().await;
}

#[tokio::test]
async fn an_idle_connection_is_not_used_again() {
    let server = TestServer::start_limited(Limits {
        idle_timeout: SOON,
        ..Limits::default()
    })
    .await;
    for alpn in [HTTP1, HTTP2] {
        let http = server.http(alpn);
        let seen = async || {
            http.get(server.url("/peer"))
                .send()
                .await
                .unwrap()
                .text()
                .await
                .unwrap()
        };
        let (first, second) = (seen().await, seen().await);
        assert_eq!(first, second);
        // Two connections that end by the same limit, one after the other.
        assert_eq!(
            server.exchange_bytes("").await + &server.exchange_bytes("").await,
            ""
        );
        assert_ne!(seen().await, first);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_peer_that_does_not_read_its_answer_is_closed() {
    const ANSWER: usize = 64 * 1024 * 1024;
    let gate = Gate {
        entered: Semaphore::new(0).into(),
        release: Semaphore::new(0).into(),
    };
    let routes = warp::any()
        .map(|| warp::reply::Response::new(vec![b'x'; ANSWER].into()))
        .boxed();
    let limits = Limits {
        idle_timeout: SOON,
        ..Limits::default()
    };
    let server = TestServer::start_serving(Kind::Control, limits, routes, gate).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    stream
        .write_all(b"GET / HTTP/1.1\r\nhost: a\r\n\r\n")
        .await
        .unwrap();
    // Writable again and again until the server's end is gone; never readable for us, who do not read.
    let closed = async {
        while stream.write_all(b"\r\n").await.is_ok() {
            sleep(SOON / 10).await;
        }
    };
    within(closed).await;
    assert!(read_to_close(&mut stream).await.len() < ANSWER);
    server.stop().await;
}

#[tokio::test]
async fn a_request_in_flight_is_not_idle() {
    let server = TestServer::start_limited(Limits {
        idle_timeout: SOON,
        ..Limits::default()
    })
    .await;
    let silent = TcpStream::connect(server.address).await.unwrap();
    for alpn in [HTTP1, HTTP2] {
        let request = server.http(alpn).get(server.url("/gate")).send();
        let answer = tokio::spawn(request);
        within(server.gate.entered.acquire())
            .await
            .unwrap()
            .forget();
        // Another connection that began later outlives its own idle limit meanwhile.
        assert_eq!(server.exchange_bytes("").await, "");
        server.gate.release.add_permits(1);
        assert_eq!(
            within(answer).await.unwrap().unwrap().text().await.unwrap(),
            "let out"
        );
    }
    drop(silent);
    server.stop().await;
}
