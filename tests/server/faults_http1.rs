//! Ways of delivering an answer on HTTP/1.1, read from a bare connection.

use std::io::ErrorKind;
use std::time::Duration;

use aspsp_emulator::server::{Limits, WireFault};
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use warp::http::header::CONTENT_LENGTH;

use crate::faulty::{Answer, BODY, Faulty, LARGE, ask, has_line, plain_exchange, read_all, split};
use crate::helpers::{Kind, within};

const SOON: Duration = Duration::from_millis(100);

#[tokio::test]
async fn close_ends_the_connection_in_good_order_without_an_answer() {
    for kind in [Kind::Mtls, Kind::Tls] {
        let faulty = Faulty::start_with(kind, Limits::default(), WireFault::Close).await;
        let mut stream = faulty.server.connect_http1().await;
        plain_exchange(&mut stream).await;
        ask(&mut stream, "GET", "/").await;
        assert_eq!(read_all(&mut stream).await, b"");
        drop(stream);
        faulty.released().await;
        faulty.stop().await;
    }
}

#[tokio::test]
async fn close_does_not_cost_the_answer_before() {
    let faulty = Faulty::start(WireFault::Close).await;
    let mut stream = faulty.server.connect_http1().await;
    let both = b"GET /large HTTP/1.1\r\nhost: a\r\n\r\nGET / HTTP/1.1\r\nhost: a\r\n\r\n";
    stream.write_all(both).await.unwrap();
    let answer = read_all(&mut stream).await;
    assert_eq!(split(&answer).1.len(), LARGE);
    faulty.stop().await;
}

#[tokio::test]
async fn close_lets_a_client_finish_what_it_sends() {
    let faulty = Faulty::start(WireFault::Close).await;
    let mut stream = faulty.asking().await;
    assert_eq!(read_all(&mut stream).await, b"");
    // If nobody took it, the first of these would bring a reset and the second an error.
    for _ in 0..3 {
        within(stream.write_all(b"more")).await.unwrap();
        within(stream.flush()).await.unwrap();
    }
    faulty.stop().await;
}

#[tokio::test]
async fn reset_is_seen_as_a_reset() {
    let faulty = Faulty::start(WireFault::Reset).await;
    let mut stream = faulty.server.connect_http1().await;
    plain_exchange(&mut stream).await;
    ask(&mut stream, "GET", "/").await;
    let mut byte = [0];
    let error = within(stream.read(&mut byte)).await.unwrap_err();
    assert_eq!(error.kind(), ErrorKind::ConnectionReset);
    faulty.released().await;
    faulty.stop().await;
}

#[tokio::test]
async fn a_control_listener_is_no_exception() {
    let cases = [
        (WireFault::Close, Ok(0)),
        (WireFault::Stall(Some(SOON)), Ok(0)),
        (WireFault::Reset, Err(ErrorKind::ConnectionReset)),
    ];
    for (fault, expected) in cases {
        let faulty = Faulty::start_with(Kind::Control, Limits::default(), fault.clone()).await;
        let mut stream = TcpStream::connect(faulty.server.address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let read = within(stream.read(&mut [0])).await;
        assert_eq!(read.map_err(|error| error.kind()), expected, "{fault:?}");
        faulty.stop().await;
    }
}

#[tokio::test]
async fn a_truncated_answer_has_exactly_the_bytes_asked_for_and_never_all() {
    let large = Bytes::from(vec![b'x'; LARGE]);
    let small = Bytes::from_static(BODY);
    let cases = [
        (&small, 0, 0),
        (&small, 4, 4),
        (&small, 10, 9),
        (&small, usize::MAX, 9),
        (&large, LARGE - 2, LARGE - 2),
    ];
    for (body, asked, expected) in cases {
        let answer = Answer::from(WireFault::Truncate(asked)).with_body(body.clone());
        let faulty = Faulty::start(answer).await;
        let mut stream = faulty.asking().await;
        faulty.entered().await;
        let answer = read_all(&mut stream).await;
        let (head, sent) = split(&answer);
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        let length = format!("content-length: {}", body.len());
        assert!(has_line(&head, &length), "{head}");
        assert!(!head.contains("connection:"), "{head}");
        assert!(sent == &body[..expected], "{asked}: {} bytes", sent.len());
        drop(stream);
        faulty.released().await;
        faulty.stop().await;
    }
}

#[tokio::test]
async fn what_has_no_body_cannot_be_truncated_and_is_closed() {
    let truncated = || Answer::from(WireFault::Truncate(4));
    let cases = [
        ("GET", truncated().with_body("")),
        ("HEAD", truncated()),
        ("GET", truncated().with_status(204)),
    ];
    for (method, answer) in cases {
        let faulty = Faulty::start(answer).await;
        let mut stream = faulty.asking_with(method).await;
        assert_eq!(read_all(&mut stream).await, b"");
        faulty.stop().await;
    }
}

#[tokio::test]
async fn a_truncated_answer_without_a_length_lacks_its_last_chunk() {
    let answer = Answer::from(WireFault::Truncate(4)).without(CONTENT_LENGTH);
    let faulty = Faulty::start(answer).await;
    let mut stream = faulty.asking().await;
    let answer = read_all(&mut stream).await;
    let (head, sent) = split(&answer);
    assert!(has_line(&head, "transfer-encoding: chunked"), "{head}");
    assert_eq!(sent, b"4\r\n0123\r\n");
    faulty.stop().await;
}

#[tokio::test]
async fn a_wrong_length_is_beyond_the_body() {
    let wrong = || Answer::from(WireFault::WrongLength);
    let cases: [(_, _, _, &[u8]); 5] = [
        ("GET", wrong(), 26, BODY),
        ("GET", wrong().without(CONTENT_LENGTH), 26, BODY),
        ("GET", wrong().with_body(""), 16, b""),
        ("HEAD", wrong(), 26, b""),
        ("GET", wrong().with_status(204).with_body(""), 16, b""),
    ];
    for (method, answer, length, body) in cases {
        let faulty = Faulty::start(answer).await;
        let mut stream = faulty.asking_with(method).await;
        let answer = read_all(&mut stream).await;
        let (head, sent) = split(&answer);
        let length = format!("content-length: {length}");
        assert!(has_line(&head, &length), "{method} {head}");
        assert_eq!(sent, body);
        drop(stream);
        faulty.released().await;
        faulty.stop().await;
    }
}

#[tokio::test]
async fn garbage_is_all_there_is() {
    let garbage = Bytes::from_static(b"\x00\xff no HTTP at all\r\n\r\n");
    let faulty = Faulty::start(WireFault::Garbage(garbage.clone())).await;
    let mut stream = faulty.asking().await;
    assert_eq!(read_all(&mut stream).await, garbage);
    drop(stream);
    faulty.released().await;
    faulty.stop().await;
}
