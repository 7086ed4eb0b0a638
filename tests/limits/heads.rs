//! Heads without end: header lines and bytes, on HTTP/1.1 and HTTP/2.

use aspsp_emulator::server::Limits;
use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;

use crate::frames::{
    END_HEADERS, END_STREAM, JWKS_HEAD, Kind, NEW_LINE, PREFACE, SAME_LINE, SETTINGS,
    connection_error, frame, read_frames_until,
};
use crate::ground::{Ground, HTTP1, HTTP2, text_to_close};
use crate::neighbour::within;

const ATTACKERS: usize = 20;
const LINE: &[u8] = b"GET /uk-ob-3.3/jwks HTTP/1.1\r\nhost: localhost\r\n";
/// More than sockets and TLS keep between two peers, in bytes.
const MORE_THAN_IS_KEPT: usize = 64 * 1024 * 1024;

const ENHANCE_YOUR_CALM: u32 = 11;
/// `:status: 200` in HPACK.
const STATUS_200: u8 = 0x88;

/// A head with so many lines.
fn lines(count: usize) -> Vec<u8> {
    [LINE, &b"a: b\r\n".repeat(count), b"\r\n"].concat()
}

/// Guards: `MAX_HEADER_LINES` in `src/server/head.rs`, then `HTTP1_HEADER_LINES` and `HTTP1_BUFFER` in
/// `src/server/connection.rs`, beyond which hyper answers by itself.
#[tokio::test]
async fn too_many_header_lines_are_a_431_and_beyond_a_thousand_the_end() {
    let ground = Ground::start(Limits::default()).await;
    // Host and `connection` are two lines more.
    for (count, status, ours) in [
        (98, "200", true),
        (99, "431", true),
        (900, "431", true),
        (1_100, "431", false),
        (100_000, "431", false),
    ] {
        let attack = join_all((0..ATTACKERS).map(|_| async {
            let mut stream = ground.connect(HTTP1).await;
            let head = [LINE, b"connection: close\r\n", &lines(count)[LINE.len()..]].concat();
            // The server does not read all of it where it is too much.
            let _ = stream.write_all(&head).await;
            text_to_close(&mut stream).await
        }));
        for answer in ground.neighbour.beside(attack).await {
            // A reset may take the answer along where the server has not read all.
            if ours || !answer.is_empty() {
                assert!(
                    answer.starts_with(&format!("HTTP/1.1 {status}")),
                    "{count}: {answer}"
                );
            }
            assert_eq!(
                answer.contains("x-fapi-interaction-id"),
                ours,
                "{count}: {answer}"
            );
        }
    }
}

/// Guard: `HTTP1_BUFFER` in `src/server/connection.rs`.
#[tokio::test]
async fn a_header_line_without_end_is_not_read_without_end() {
    let ground = Ground::start(Limits::default()).await;
    let attack = join_all((0..ATTACKERS).map(|_| async {
        let mut stream = ground.connect(HTTP1).await;
        stream.write_all(&[LINE, b"x: "].concat()).await.unwrap();
        let (piece, mut sent) = (vec![b'y'; 64 * 1024], 0);
        while stream.write_all(&piece).await.is_ok() {
            sent += piece.len();
            assert!(sent < MORE_THAN_IS_KEPT, "the line is read without end");
        }
    }));
    within(ground.neighbour.beside(attack)).await;
}

/// A request of HTTP/2 with so many header lines, of which the wire shows a byte each.
fn headers(stream: u32, count: usize) -> Vec<u8> {
    let block = [JWKS_HEAD, NEW_LINE, &vec![SAME_LINE; count - 1]].concat();
    let mut pieces = block.chunks(16 * 1024).peekable();
    let mut frames = Vec::new();
    let mut kind = Kind::Headers;
    let mut flags = END_STREAM;
    while let Some(piece) = pieces.next() {
        let end = if pieces.peek().is_none() {
            END_HEADERS
        } else {
            0
        };
        frames.extend(frame(kind, flags | end, stream, piece));
        (kind, flags) = (Kind::Continuation, 0);
    }
    frames
}

/// The head of the first answer to these bytes, as HPACK has it; else what the connection ended with.
async fn answer(ground: &Ground, bytes: &[u8]) -> Result<Vec<u8>, Option<u32>> {
    let stream = ground.connect(HTTP2).await;
    let (mut reading, mut writing) = tokio::io::split(stream);
    let send = async {
        // The server may have ended the connection already.
        let _ = writing.write_all(bytes).await;
        let _ = writing.flush().await;
    };
    let frames = read_frames_until(&mut reading, Kind::Headers);
    let (mut frames, ()) = tokio::join!(frames, send);
    match frames.pop() {
        Some(last) if last.kind == Kind::Headers => Ok(last.payload),
        last => {
            frames.extend(last);
            Err(connection_error(&frames))
        }
    }
}

/// Guards: `MAX_HEADER_LINES` in `src/server/head.rs`; `HTTP2_HEADER_LIST` in `src/server/connection.rs`,
/// beyond which h2 answers by itself: a handful of bytes on the wire can stand for megabytes.
#[tokio::test]
async fn too_many_header_lines_of_http_2_are_a_431_however_few_bytes_they_are() {
    let ground = Ground::start(Limits::default()).await;
    for (count, is_ok, is_ours) in [
        (90, true, true),
        (200, false, true),
        (3_500, false, true),
        (4_500, false, false),
    ] {
        let bytes = [PREFACE, SETTINGS, &headers(1, count)].concat();
        let attack = join_all((0..ATTACKERS).map(|_| answer(&ground, &bytes)));
        for head in ground.neighbour.beside(attack).await {
            let head = head.unwrap();
            // 200 is in the static table; 431 is written out.
            assert_eq!(head[0] == STATUS_200, is_ok, "{count}: {head:?}");
            // h2's own answer says nothing but the status.
            assert_eq!(head.len() > 20, is_ours, "{count}: {head:?}");
        }
    }
}

/// Guard: the bound that h2 sets to frames of CONTINUATION and to what they stand for, from
/// `HTTP2_HEADER_LIST` in `src/server/connection.rs`.
#[tokio::test]
async fn a_head_of_http_2_without_end_ends_the_connection() {
    let ground = Ground::start(Limits::default()).await;
    let head = frame(
        Kind::Headers,
        END_STREAM,
        1,
        &[JWKS_HEAD, NEW_LINE].concat(),
    );
    for lines in [1, 16 * 1024] {
        let flood = frame(Kind::Continuation, 0, 1, &vec![SAME_LINE; lines]);
        let bytes = [PREFACE, SETTINGS, &head, &flood.repeat(200)].concat();
        let attack = join_all((0..ATTACKERS).map(|_| answer(&ground, &bytes)));
        for ended in ground.neighbour.beside(attack).await {
            assert_eq!(ended.unwrap_err(), Some(ENHANCE_YOUR_CALM), "{lines}");
        }
    }
}
