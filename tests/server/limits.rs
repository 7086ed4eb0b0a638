//! Requests that exceed a limit.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use aspsp_emulator::server::Limits;
use bytes::Bytes;
use hyper::body::{Body, Frame};
use reqwest::Response;

use crate::helpers::{HTTP1, HTTP2, INTERACTION_ID, TestServer};

const SOON: Duration = Duration::from_millis(100);
const MIB: usize = 1024 * 1024;

fn assert_refused(answer: &Response, status: u16) {
    assert_eq!(answer.status(), status);
    assert_eq!(answer.headers()[INTERACTION_ID], "mine");
}

/// A body of unannounced length: so many bytes, in pieces; then its end, or nothing more at all.
struct Pieces {
    left: usize,
    stalls: bool,
}

impl Body for Pieces {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        if self.left == 0 {
            return if self.stalls {
                Poll::Pending
            } else {
                Poll::Ready(None)
            };
        }
        let piece = self.left.min(10_000);
        self.left -= piece;
        Poll::Ready(Some(Ok(Frame::data(vec![b'x'; piece].into()))))
    }
}

fn pieces(left: usize, stalls: bool) -> reqwest::Body {
    reqwest::Body::wrap(Pieces { left, stalls })
}

#[tokio::test]
async fn too_many_header_bytes_or_lines_are_a_431() {
    let server = TestServer::start().await;
    for alpn in [HTTP1, HTTP2] {
        let http = server.http(alpn);
        let request = || http.get(server.url("/peer")).header(INTERACTION_ID, "mine");
        let large = request()
            .header("x-large", "x".repeat(64 * 1024))
            .send()
            .await
            .unwrap();
        assert_refused(&large, 431);
        let many = (0..101).fold(request(), |request, i| {
            request.header(format!("x-{i}"), "x")
        });
        assert_refused(&many.send().await.unwrap(), 431);
        let some = (0..90).fold(request(), |request, i| {
            request.header(format!("x-{i}"), "x".repeat(300))
        });
        assert_refused(&some.send().await.unwrap(), 200);
    }
    server.stop().await;
}

#[tokio::test]
async fn a_request_target_over_8_kib_is_a_414() {
    let server = TestServer::start().await;
    for alpn in [HTTP1, HTTP2] {
        let http = server.http(alpn);
        for (length, status) in [(8 * 1024, 200), (8 * 1024 + 1, 414), (60_000, 414)] {
            let query = "x".repeat(length - "/peer?".len());
            let url = server.url(&format!("/peer?{query}"));
            let answer = http
                .get(url)
                .header(INTERACTION_ID, "mine")
                .send()
                .await
                .unwrap();
            assert_refused(&answer, status);
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_over_the_limit_is_a_413_and_no_reset_however_it_is_sent() {
    let server = TestServer::start().await;
    for alpn in [HTTP1, HTTP2] {
        let http = server.http(alpn);
        let request = || {
            http.post(server.url("/echo"))
                .header(INTERACTION_ID, "mine")
        };
        for (length, status) in [
            (64 * 1024, 200),
            (64 * 1024 + 1, 413),
            (MIB, 413),
            (8 * MIB, 413),
        ] {
            let announced = request().body(vec![b'x'; length]).send().await.unwrap();
            assert_refused(&announced, status);
            let unannounced = request().body(pieces(length, false)).send().await.unwrap();
            assert_refused(&unannounced, status);
        }
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_sends_all_of_its_huge_body_before_it_reads_still_gets_its_413() {
    let server = TestServer::start().await;
    for length in [MIB, 65 * MIB] {
        let mut request = format!(
            "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n"
        );
        request.push_str(&"x".repeat(length));
        let answer = server.exchange_bytes(request).await;
        assert!(
            answer.starts_with("HTTP/1.1 413") && answer.contains(INTERACTION_ID),
            "{answer}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_client_that_waits_with_a_body_too_long_gets_its_413_without_sending_it() {
    let server = TestServer::start().await;
    for wait in ["", "expect: 100-continue\r\n"] {
        let request =
            format!("POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 1000000\r\n{wait}\r\n");
        let answer = server.exchange_bytes(request).await;
        assert!(
            answer.starts_with("HTTP/1.1 413") && answer.contains("connection: close"),
            "{answer}"
        );
    }
    server.stop().await;
}

#[tokio::test]
async fn a_body_that_does_not_arrive_in_time_is_a_408() {
    let server = TestServer::start_limited(Limits {
        body_timeout: SOON,
        ..Limits::default()
    })
    .await;
    for alpn in [HTTP1, HTTP2] {
        let request = server
            .http(alpn)
            .post(server.url("/echo"))
            .header(INTERACTION_ID, "mine");
        assert_refused(&request.body(pieces(10, true)).send().await.unwrap(), 408);
    }
    let announced = "POST /echo HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\nhello";
    let answer = server.exchange_bytes(announced).await;
    assert!(
        answer.starts_with("HTTP/1.1 408") && answer.contains("connection: close"),
        "{answer}"
    );
    server.stop().await;
}

#[tokio::test]
async fn a_body_with_broken_framing_is_a_400_with_the_id() {
    let server = TestServer::start().await;
    let request =
        "POST /echo HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nnot a length\r\n";
    let answer = server.exchange_bytes(request).await;
    assert!(
        answer.starts_with("HTTP/1.1 400") && answer.contains(INTERACTION_ID),
        "{answer}"
    );
    server.stop().await;
}
