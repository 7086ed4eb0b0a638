//! Ways of delivering an answer on HTTP/2: what is of the stream leaves the others alone.

use std::io::ErrorKind;
use std::time::Duration;

use aspsp_emulator::server::{Delivery, WireFault};
use bytes::Bytes;
use h2::Reason;
use h2::client::SendRequest;
use tokio::io::AsyncWriteExt;
use warp::http::Request;

use crate::faulty::{Answer, BODY, Faulty, PLAIN, fetch, get, read_all, read_frames};
use crate::helpers::{HTTP2, within};

const SOON: Duration = Duration::from_millis(50);
const LONG: Duration = Duration::from_secs(3600);

/// How a broken stream shows.
const BROKEN: Option<Reason> = Some(Reason::INTERNAL_ERROR);

async fn plain_exchange(http: &mut SendRequest<Bytes>) {
    let (frames, end) = fetch(http, "/plain").await;
    end.unwrap();
    assert_eq!(frames.concat(), PLAIN);
}

#[tokio::test]
async fn a_closed_or_stalled_stream_is_reset_and_the_others_live_on() {
    for fault in [WireFault::Close, WireFault::Stall(Some(SOON))] {
        let faulty = Faulty::start(fault).await;
        let mut http = faulty.http2().await;
        plain_exchange(&mut http).await;
        let (answer, _) = http.send_request(get("/"), true).unwrap();
        plain_exchange(&mut http).await;
        let error = within(answer).await.unwrap_err();
        assert_eq!(error.reason(), BROKEN);
        assert!(error.is_reset() && error.is_remote(), "{error:?}");
        plain_exchange(&mut http).await;
        faulty.released().await;
        faulty.stop().await;
    }
}

#[tokio::test]
async fn a_stall_or_delay_lasts_until_the_client_resets_the_stream() {
    let delayed = Delivery {
        delay: LONG,
        ..Delivery::default()
    };
    for answer in [WireFault::Stall(None).into(), Answer::from(delayed)] {
        let faulty = Faulty::start(answer).await;
        let mut http = faulty.http2().await;
        let (answer, mut request) = http.send_request(get("/"), true).unwrap();
        faulty.entered().await;
        plain_exchange(&mut http).await;
        assert!(faulty.nothing_released());
        request.send_reset(Reason::CANCEL);
        faulty.released().await;
        within(answer).await.unwrap_err();
        plain_exchange(&mut http).await;
        faulty.stop().await;
    }
}

#[tokio::test]
async fn a_stall_or_delay_lasts_until_the_connection_ends() {
    let delayed = Delivery {
        delay: LONG,
        ..Delivery::default()
    };
    for answer in [WireFault::Stall(None).into(), Answer::from(delayed)] {
        let faulty = Faulty::start(answer).await;
        let stream = faulty.server.connect(faulty.server.tls(HTTP2)).await;
        let (mut http, connection) = h2::client::handshake(stream.unwrap()).await.unwrap();
        let connection = tokio::spawn(connection);
        let (answer, _) = http.send_request(get("/"), true).unwrap();
        faulty.entered().await;
        assert!(faulty.nothing_released());
        connection.abort();
        faulty.released().await;
        drop(answer);
        faulty.stop().await;
    }
}

#[tokio::test]
async fn the_stop_closes_a_stalled_stream_and_sends_what_is_late() {
    let stalled = WireFault::Stall(None);
    let delayed = Delivery {
        delay: LONG,
        ..Delivery::default()
    };
    let dripped = WireFault::Drip {
        bytes: 3,
        every: LONG,
    };
    let cases: [(Answer, _, &[u8]); 3] = [
        (stalled.into(), BROKEN, b""),
        (delayed.into(), None, BODY),
        (dripped.into(), None, BODY),
    ];
    for (answer, reason, body) in cases {
        let mut faulty = Faulty::start(answer).await;
        let mut http = faulty.http2().await;
        let fetching = tokio::spawn(async move { fetch(&mut http, "/").await });
        faulty.entered().await;
        assert!(faulty.nothing_released());
        faulty.server.tell_to_stop();
        let (frames, end) = fetching.await.unwrap();
        assert_eq!(frames.concat(), body);
        assert_eq!(end.err().and_then(|error| error.reason()), reason);
        faulty.released().await;
        faulty.stop().await;
    }
}

#[tokio::test]
async fn a_truncated_answer_has_exactly_the_bytes_asked_for_and_never_all() {
    let small = Bytes::from_static(BODY);
    let large = Bytes::from(vec![b'x'; 2_000_000]);
    let cases = [
        (&small, 0, 0),
        (&small, 4, 4),
        (&small, usize::MAX, 9),
        (&large, 300, 300),
        (&large, 1_999_998, 1_999_998),
    ];
    for (body, asked, expected) in cases {
        let answer = Answer::from(WireFault::Truncate(asked)).with_body(body.clone());
        let faulty = Faulty::start(answer).await;
        let mut http = faulty.http2().await;
        let (answer, _) = http.send_request(get("/"), true).unwrap();
        let answer = within(answer).await.unwrap();
        assert_eq!(answer.headers()["content-length"], body.len().to_string());
        let (frames, end) = read_frames(answer.into_body()).await;
        let sent = frames.concat();
        assert!(sent == body[..expected], "{asked}: {} bytes", sent.len());
        assert_eq!(end.unwrap_err().reason(), BROKEN);
        plain_exchange(&mut http).await;
        faulty.released().await;
        faulty.stop().await;
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn streams_truncated_at_the_same_time_lose_nothing() {
    let body = Bytes::from(vec![b'x'; 40_000]);
    let answer = Answer::from(WireFault::Truncate(39_999)).with_body(body);
    let faulty = Faulty::start(answer).await;
    let http = faulty.http2().await;
    // No more than the server takes at a time, or it would refuse some.
    let streams = (0..100).map(|_| {
        let http = http.clone();
        tokio::spawn(async move { fetch(&mut http.ready().await.unwrap(), "/").await })
    });
    for stream in streams.collect::<Vec<_>>() {
        let (frames, end) = within(stream).await.unwrap();
        assert_eq!(frames.concat().len(), 39_999, "{end:?}");
        assert_eq!(end.unwrap_err().reason(), BROKEN);
    }
    faulty.stop().await;
}

#[tokio::test]
async fn a_truncated_answer_to_head_is_a_closed_stream() {
    let faulty = Faulty::start(WireFault::Truncate(4)).await;
    let mut http = faulty.http2().await;
    let head = Request::head("https://localhost/").body(()).unwrap();
    let (answer, _) = http.send_request(head, true).unwrap();
    assert_eq!(within(answer).await.unwrap_err().reason(), BROKEN);
    faulty.stop().await;
}

#[tokio::test]
async fn a_wrong_length_is_a_protocol_error_of_its_stream() {
    for body in [BODY, b""] {
        let answer = Answer::from(WireFault::WrongLength).with_body(body);
        let faulty = Faulty::start(answer).await;
        let mut http = faulty.http2().await;
        let (_, end) = fetch(&mut http, "/").await;
        assert_eq!(end.unwrap_err().reason(), Some(Reason::PROTOCOL_ERROR));
        plain_exchange(&mut http).await;
        let head = Request::head("https://localhost/").body(()).unwrap();
        let (answer, _) = http.send_request(head, true).unwrap();
        let length = body.len() + 16;
        let answer = within(answer).await.unwrap();
        assert_eq!(answer.headers()["content-length"], length.to_string());
        faulty.stop().await;
    }
}

#[tokio::test]
async fn each_piece_of_a_drip_is_a_frame() {
    let drip = WireFault::Drip {
        bytes: 3,
        every: Duration::from_millis(2),
    };
    let faulty = Faulty::start(drip).await;
    let mut http = faulty.http2().await;
    let (frames, end) = fetch(&mut http, "/").await;
    end.unwrap();
    assert_eq!(frames, [&b"012"[..], b"345", b"678", b"9"]);
    plain_exchange(&mut http).await;
    faulty.released().await;
    faulty.stop().await;
}

#[tokio::test]
async fn a_reset_is_of_the_whole_connection() {
    let faulty = Faulty::start(WireFault::Reset).await;
    let stream = faulty.server.connect(faulty.server.tls(HTTP2)).await;
    let (http, connection) = h2::client::handshake(stream.unwrap()).await.unwrap();
    let connection = tokio::spawn(connection);
    let mut http = http.ready().await.unwrap();
    plain_exchange(&mut http).await;
    let (answer, _) = http.send_request(get("/"), true).unwrap();
    within(answer).await.unwrap_err();
    let error = within(connection).await.unwrap().unwrap_err();
    let cause = error.get_io().map(std::io::Error::kind);
    assert_eq!(cause, Some(ErrorKind::ConnectionReset), "{error:?}");
    faulty.released().await;
    faulty.stop().await;
}

/// A client's preface, its empty SETTINGS and the HEADERS of `GET /` (RFC 9113 §3.4, §6.2; RFC 7541 §A).
const GET: &[u8] = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\
    \x00\x00\x00\x04\x00\x00\x00\x00\x00\
    \x00\x00\x06\x01\x05\x00\x00\x00\x01\x82\x84\x87\x41\x01a";

#[tokio::test]
async fn garbage_ends_the_whole_connection() {
    let garbage = Bytes::from_static(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let faulty = Faulty::start(WireFault::Garbage(garbage.clone())).await;
    let stream = faulty.server.connect(faulty.server.tls(HTTP2)).await;
    let mut stream = stream.unwrap();
    stream.write_all(GET).await.unwrap();
    let sent = read_all(&mut stream).await;
    // Before it, only what belongs to no stream: settings and their acknowledgement, window updates.
    let mut frames = sent.strip_suffix(&garbage[..]).expect("garbage at the end");
    while let Some((head, rest)) = frames.split_first_chunk::<9>() {
        assert_eq!(head[5..], [0; 4], "a frame of a stream: {head:?}");
        let length = u32::from_be_bytes([0, head[0], head[1], head[2]]);
        frames = &rest[length as usize..];
    }
    assert_eq!(frames, b"");
    faulty.released().await;
    faulty.stop().await;
}
