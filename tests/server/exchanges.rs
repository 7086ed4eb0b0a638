//! What every answer carries, whatever the request.

use aspsp_emulator::server::Limits;
use reqwest::{Client, Method, Response};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use warp::Filter;

use crate::helpers::{
    DATE, Gate, HTTP1, HTTP2, INTERACTION_ID, Kind, TestServer, read_to_close, within,
};

const ID: &str = "c770aef3-6784-41f7-8e0e-ff5f97bddb3a";

fn id_of(answer: &Response) -> &str {
    let mut ids = answer.headers().get_all(INTERACTION_ID).iter();
    let id = ids.next().expect("an interaction id").to_str().unwrap();
    assert_eq!(ids.next(), None, "a second interaction id");
    id
}

fn is_fresh(id: &str) -> bool {
    id.len() == 36 && id.as_bytes()[14] == b'4' && id != ID
}

async fn send(http: &Client, server: &TestServer, method: &str, path: &str) -> Response {
    let method = Method::from_bytes(method.as_bytes()).unwrap();
    http.request(method, server.url(path))
        .header(INTERACTION_ID, ID)
        .send()
        .await
        .unwrap()
}

#[tokio::test]
async fn every_answer_carries_the_interaction_id_of_its_request_and_the_date_of_the_given_clock() {
    let server = TestServer::start().await;
    let cases = [
        ("GET", "/peer", 200),
        ("POST", "/echo", 200),
        ("GET", "/empty", 204),
        ("GET", "/nowhere", 404),
        ("GET", "/echo", 405),
        ("HEAD", "/nowhere", 404),
        ("OPTIONS", "/peer", 405),
        ("BREW", "/peer", 405),
        ("GET", "/panic", 500),
    ];
    for alpn in [HTTP1, HTTP2] {
        let http = server.http(alpn);
        for (method, path, status) in cases {
            let answer = send(&http, &server, method, path).await;
            assert_eq!(answer.status(), status, "{method} {path}");
            assert_eq!(id_of(&answer), ID, "{method} {path}");
            assert_eq!(answer.headers()["date"], DATE, "{method} {path}");
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn an_id_that_is_absent_malformed_or_sent_twice_is_replaced_by_a_fresh_one() {
    let server = TestServer::start().await;
    let too_long = "a".repeat(101);
    let cases: [&[&str]; 6] = [&[], &[""], &["-a"], &["a_b"], &[&too_long], &[ID, ID]];
    for alpn in [HTTP1, HTTP2] {
        let http = server.http(alpn);
        for sent in cases {
            let mut request = http.get(server.url("/peer"));
            for id in sent {
                request = request.header(INTERACTION_ID, *id);
            }
            let answer = request.send().await.unwrap();
            assert!(is_fresh(id_of(&answer)), "{sent:?}: {}", id_of(&answer));
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_panicking_handler_costs_neither_the_connection_nor_other_requests() {
    let server = TestServer::start().await;
    for alpn in [HTTP1, HTTP2] {
        let http = server.http(alpn);
        let first = send(&http, &server, "GET", "/peer")
            .await
            .text()
            .await
            .unwrap();
        assert_eq!(
            send(&http, &server, "GET", "/panic")
                .await
                .text()
                .await
                .unwrap(),
            ""
        );
        let second = send(&http, &server, "GET", "/peer")
            .await
            .text()
            .await
            .unwrap();
        assert_eq!(first, second, "the same connection");
    }
    server.stop().await;
}

#[tokio::test]
async fn a_rejection_that_escapes_the_routes_is_a_500_that_shows_nothing() {
    let gate = Gate {
        entered: Semaphore::new(0).into(),
        release: Semaphore::new(0).into(),
    };
    let routes = warp::any()
        .and(warp::ext::get::<std::time::Instant>())
        .map(|_| warp::reply::Response::default())
        .boxed();
    let server = TestServer::start_serving(Kind::Mtls, Limits::default(), routes, gate).await;
    let answer = send(&server.http(HTTP1), &server, "GET", "/").await;
    assert_eq!((answer.status().as_u16(), id_of(&answer)), (500, ID));
    assert_eq!(answer.text().await.unwrap(), "");
    server.stop().await;
}

#[tokio::test]
async fn head_is_answered_with_the_length_but_without_the_body() {
    let server = TestServer::start_serving(
        Kind::Mtls,
        Limits::default(),
        warp::any()
            .map(|| warp::reply::Response::new("twelve bytes".into()))
            .boxed(),
        Gate {
            entered: Semaphore::new(0).into(),
            release: Semaphore::new(0).into(),
        },
    )
    .await;
    for alpn in [HTTP1, HTTP2] {
        let answer = send(&server.http(alpn), &server, "HEAD", "/").await;
        assert_eq!(answer.headers()["content-length"], "12");
        assert_eq!(answer.bytes().await.unwrap(), "");
    }
    server.stop().await;
}

#[tokio::test]
async fn odd_request_targets_are_answered_with_the_id() {
    let server = TestServer::start().await;
    for line in [
        "OPTIONS * HTTP/1.1",
        "GET http://localhost/peer HTTP/1.1",
        "GET ?x HTTP/1.1",
        "CONNECT a:1 HTTP/1.1",
    ] {
        let request =
            format!("{line}\r\nhost: a\r\n{INTERACTION_ID}: {ID}\r\nconnection: close\r\n\r\n");
        let answer = server.exchange_bytes(request).await;
        let malformed = answer.starts_with("HTTP/1.1 400");
        assert!(!answer.starts_with("HTTP/1.1 5"), "{line}: {answer}");
        assert!(
            answer.contains(&format!("{INTERACTION_ID}: {ID}\r\n")) || malformed,
            "{line}: {answer}"
        );
    }
    assert!(
        server
            .exchange_bytes("GET\r\n\r\n")
            .await
            .starts_with("HTTP/1.1 400")
    );
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_waits_for_100_continue_gets_it() {
    let server = TestServer::start().await;
    let mut stream = server.connect_http1().await;
    let head = "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 5\r\nexpect: 100-continue\r\nconnection: close\r\n\r\n";
    stream.write_all(head.as_bytes()).await.unwrap();
    assert_eq!(
        crate::helpers::read_head(&mut stream).await,
        "HTTP/1.1 100 Continue\r\n\r\n"
    );
    stream.write_all(b"hello").await.unwrap();
    let answer = read_to_close(&mut stream).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("hello"),
        "{answer}"
    );
    server.stop().await;
}

#[tokio::test]
async fn the_control_listener_speaks_cleartext_and_adds_no_interaction_id() {
    let server = TestServer::start_with(Kind::Control, Limits::default()).await;
    let mut stream = TcpStream::connect(server.address).await.unwrap();
    let request = format!(
        "GET /peer HTTP/1.1\r\nhost: a\r\n{INTERACTION_ID}: {ID}\r\nconnection: close\r\n\r\n"
    );
    within(stream.write_all(request.as_bytes())).await.unwrap();
    let answer = read_to_close(&mut stream).await;
    assert!(
        answer.starts_with("HTTP/1.1 200") && answer.ends_with("Control 1 0 None"),
        "{answer}"
    );
    assert!(!answer.contains(INTERACTION_ID), "{answer}");
    server.stop().await;
}
