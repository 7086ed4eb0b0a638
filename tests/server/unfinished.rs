//! Requests that have not arrived whole when the server stops.

use std::time::Duration;

use aspsp_emulator::server::Limits;
use bytes::Bytes;
use h2::Reason;
use h2::client::SendRequest;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::sleep;
use warp::http::Request;

use crate::faulty::get;
use crate::helpers::{HTTP2, Kind, TestServer, read_head, within};

const KINDS: [Kind; 3] = [Kind::Mtls, Kind::Tls, Kind::Control];
const HOUR: Duration = Duration::from_secs(3600);

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// A server that waits long for everything, unless it is told not to.
async fn patient(kind: Kind) -> TestServer {
    let limits = Limits {
        header_timeout: HOUR,
        body_timeout: HOUR,
        drain: HOUR,
        ..Limits::default()
    };
    TestServer::start_with(kind, limits).await
}

async fn connect(server: &TestServer, kind: Kind) -> Box<dyn Stream> {
    match kind {
        Kind::Control => Box::new(TcpStream::connect(server.address).await.unwrap()),
        _ => Box::new(server.connect_http1().await),
    }
}

/// A request under way whose body the server has begun to read.
async fn begin(server: &TestServer, kind: Kind, path: &str, framing: &str) -> Box<dyn Stream> {
    let mut stream = connect(server, kind).await;
    let head =
        format!("POST {path} HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\n{framing}\r\n\r\n");
    stream.write_all(head.as_bytes()).await.unwrap();
    let asked = read_head(&mut stream).await;
    assert!(asked.starts_with("HTTP/1.1 100"), "{asked}");
    stream
}

async fn connect_http2(server: &TestServer) -> SendRequest<Bytes> {
    let stream = server.connect(server.tls(HTTP2)).await.unwrap();
    let (http, connection) = within(h2::client::handshake(stream)).await.unwrap();
    tokio::spawn(connection);
    within(http.ready()).await.unwrap()
}

fn post(path: &str) -> Request<()> {
    let uri = format!("https://localhost{path}");
    Request::post(uri).body(()).unwrap()
}

/// Returns when the server has seen all that was sent before.
async fn seen(http: &mut SendRequest<Bytes>) {
    let (answer, _) = http.send_request(get("/empty"), true).unwrap();
    assert_eq!(within(answer).await.unwrap().status(), 204);
}

/// Keeps sending until the server is gone.
async fn drip(stream: &mut (impl AsyncWrite + Unpin), piece: &[u8]) {
    while stream.write_all(piece).await.is_ok() {
        sleep(Duration::from_millis(5)).await;
    }
}

#[tokio::test]
async fn the_stop_waits_for_no_rest_of_a_body_and_closes_the_connection_in_good_order() {
    for kind in KINDS {
        for framing in ["content-length: 100", "transfer-encoding: chunked"] {
            let mut server = patient(kind).await;
            let mut stream = begin(&server, kind, "/echo", framing).await;
            stream.write_all(b"1").await.unwrap();
            server.tell_to_stop();
            // On TLS this needs a close_notify.
            let mut answer = Vec::new();
            within(stream.read_to_end(&mut answer)).await.unwrap();
            assert_eq!(answer, b"");
            server.stopped().await;
        }
    }
}

#[tokio::test]
async fn the_stop_refuses_an_unfinished_stream_of_http_2_and_answers_the_one_in_flight() {
    for kind in [Kind::Mtls, Kind::Tls] {
        let mut server = patient(kind).await;
        let mut http = connect_http2(&server).await;
        let (whole, _) = http.send_request(get("/gate"), true).unwrap();
        let (unfinished, mut body) = http.send_request(post("/echo"), false).unwrap();
        body.send_data(Bytes::from_static(b"1"), false).unwrap();
        let entered = within(server.gate.entered.acquire()).await;
        entered.unwrap().forget();
        seen(&mut http).await;
        server.tell_to_stop();
        let error = within(unfinished).await.unwrap_err();
        assert_eq!(error.reason(), Some(Reason::REFUSED_STREAM));
        server.gate.release.add_permits(1);
        assert_eq!(within(whole).await.unwrap().status(), 200);
        server.stopped().await;
    }
}

#[tokio::test]
async fn the_stop_answers_a_request_whose_body_arrived_just_before() {
    for kind in KINDS {
        let mut server = patient(kind).await;
        let mut stream = begin(&server, kind, "/gate", "content-length: 3").await;
        stream.write_all(b"123").await.unwrap();
        let entered = within(server.gate.entered.acquire()).await;
        entered.unwrap().forget();
        server.tell_to_stop();
        server.gate.release.add_permits(1);
        let answer = read_head(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
        server.stopped().await;
    }
}

#[tokio::test]
async fn the_stop_waits_for_no_body_that_is_thrown_away() {
    for kind in KINDS {
        let mut server = patient(kind).await;
        let mut stream = begin(&server, kind, "/echo", "transfer-encoding: chunked").await;
        let too_much = format!("20000\r\n{}\r\n", "x".repeat(0x20000));
        stream.write_all(too_much.as_bytes()).await.unwrap();
        server.tell_to_stop();
        within(drip(&mut stream, b"1\r\nx\r\n")).await;
        server.stopped().await;
    }
}

#[tokio::test]
async fn the_stop_waits_for_no_client_that_sends_on_after_its_413() {
    for kind in KINDS {
        let mut server = patient(kind).await;
        let mut stream = connect(&server, kind).await;
        let head = b"POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000000\r\n\r\n";
        stream.write_all(head).await.unwrap();
        let answer = read_head(&mut stream).await;
        assert!(answer.starts_with("HTTP/1.1 413"), "{answer}");
        server.tell_to_stop();
        within(drip(&mut stream, b"x")).await;
        server.stopped().await;
    }
}

#[tokio::test]
async fn the_stop_waits_for_no_head_that_drips_on() {
    for kind in KINDS {
        let server = patient(kind).await;
        let mut stream = connect(&server, kind).await;
        stream.write_all(b"GET / HTTP/1.1\r\nx: ").await.unwrap();
        let stop = async {
            // Time in which the server reads of the other's head.
            let mut other = connect(&server, kind).await;
            other
                .write_all(b"GET /empty HTTP/1.1\r\nhost: a\r\n\r\n")
                .await
                .unwrap();
            read_head(&mut other).await;
            server.stop().await;
        };
        within(async { tokio::join!(stop, drip(&mut stream, b"y")) }).await;
    }
}
