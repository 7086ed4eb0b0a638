//! What requests without end leave behind.

use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWriteExt};

use crate::frames::{
    END_HEADERS, JWKS_HEAD, Kind, NEW_LINE, PREFACE, SAME_LINE, SETTINGS, frame, ping,
    read_frames_until, streams,
};
use crate::ground::{HTTP1, HTTP2, connect};
use crate::neighbour::within;
use crate::program::Program;

/// Connections at one time.
const AT_ONCE: usize = 4;
/// Requests sent before their answers are read.
const BATCH: usize = 50;
/// In KiB.
const MIB: u64 = 1024;

/// Sends so many requests of HTTP/1.1 over kept connections and reads the answers to their ends; `request`
/// makes one of its number. All answers have the status line that begins so.
async fn ask(program: &Program, count: usize, request: impl Fn(usize) -> Vec<u8>, status: &str) {
    let tls = program.client(HTTP1);
    let request = &request;
    let each = join_all((0..AT_ONCE).map(|lane| {
        let tls = &tls;
        async move {
            let stream = connect(program.mtls(), tls).await.unwrap();
            let (mut reading, mut writing) = tokio::io::split(stream);
            for first in (lane * BATCH..count).step_by(AT_ONCE * BATCH) {
                let batch: Vec<u8> = (first..first + BATCH).flat_map(request).collect();
                let sent = async {
                    writing.write_all(&batch).await.unwrap();
                    writing.flush().await.unwrap();
                };
                let read = read_answers(&mut reading, BATCH, status);
                within(async { tokio::join!(sent, read) }).await;
            }
        }
    }));
    each.await;
}

/// Reads until so many answers have begun with this status line, and nothing more has come.
async fn read_answers(reading: &mut (impl AsyncReadExt + Unpin), count: usize, status: &str) {
    let (mut received, mut piece) = (Vec::new(), vec![0; 64 * 1024]);
    while !is_whole(&received, count, status) {
        let length = reading.read(&mut piece).await.unwrap();
        assert_ne!(length, 0, "the server closed");
        received.extend(&piece[..length]);
    }
}

/// Whether these are so many whole answers, each with a stated length.
fn is_whole(received: &[u8], count: usize, status: &str) -> bool {
    let mut rest = received;
    for _ in 0..count {
        let Some(end) = rest.windows(4).position(|four| four == b"\r\n\r\n") else {
            return false;
        };
        let head = std::str::from_utf8(&rest[..end]).unwrap();
        assert!(head.starts_with(status), "{head}");
        let length = head
            .lines()
            .find_map(|line| line.strip_prefix("content-length: "));
        let length: usize = length.map_or(0, |length| length.parse().unwrap());
        match rest.get(end + 4 + length..) {
            Some(next) => rest = next,
            None => return false,
        }
    }
    assert!(rest.is_empty());
    true
}

/// Guards: `Limits::journal` by way of `Ring::push` in `src/journal/mod.rs`; and that nothing is kept by
/// interaction id. The load program asks with a million of them.
#[tokio::test]
async fn distinct_interaction_ids_leave_nothing_behind() {
    let program = Program::start("{}").await;
    let asks = |number: usize| {
        format!(
            "GET /uk-ob-3.3/jwks HTTP/1.1\r\nhost: localhost\r\nx-fapi-interaction-id: {number:036}\r\n\r\n"
        )
        .into_bytes()
    };
    // The journal is full then, and what is made once is made.
    ask(&program, 8_000, asks, "HTTP/1.1 200").await;
    let before = program.resident();
    let attack = ask(
        &program,
        32_000,
        |number| asks(8_000 + number),
        "HTTP/1.1 200",
    );
    program.neighbour.beside(attack).await;
    let after = program.resident();
    // An id that is remembered takes 0.1 KiB at the least, an exchange 2.
    assert!(after < before + 2 * MIB, "{after} KiB were {before}");
}

/// Guard: `JournalLimits::bytes` in `src/journal/mod.rs` (64 MiB).
#[tokio::test]
async fn large_bodies_leave_no_more_than_the_journal_may_keep() {
    let program = Program::start("limits: { journal: 100000 }").await;
    let body = vec![b'x'; 60_000];
    let asks = |_| {
        let head = format!(
            "POST /uk-ob-3.3/register HTTP/1.1\r\nhost: localhost\r\ncontent-type: application/jose\r\ncontent-length: {}\r\n\r\n",
            body.len()
        );
        [head.as_bytes(), &body].concat()
    };
    let before = program.resident();
    // 150 MB in all.
    let attack = ask(&program, 2_500, asks, "HTTP/1.1 400");
    program.neighbour.beside(attack).await;
    let after = program.resident();
    assert!(after < before + 112 * MIB, "{after} KiB were {before}");
}

/// Guard: `HTTP2_HEADER_LIST` in `src/server/connection.rs`.
#[tokio::test]
async fn heads_that_stand_for_more_than_they_are_take_little_memory() {
    const CONNECTIONS: usize = 10;
    const STREAMS: u32 = 100;
    let program = Program::start("{}").await;
    let block = [JWKS_HEAD, NEW_LINE, &[SAME_LINE; 16_000]].concat();
    let mut bytes = [PREFACE, SETTINGS].concat();
    for stream in streams(STREAMS) {
        // Their bodies never come, so that the heads stay where they are kept.
        bytes.extend(frame(Kind::Headers, END_HEADERS, stream, &block));
    }
    bytes.extend(ping());
    let before = program.resident();
    let tls = program.client(HTTP2);
    let attack = join_all((0..CONNECTIONS).map(|_| async {
        let stream = connect(program.mtls(), &tls).await.unwrap();
        let (mut reading, mut writing) = tokio::io::split(stream);
        let _ = writing.write_all(&bytes).await;
        let _ = writing.flush().await;
        // The answer to a ping: all before it has been read.
        read_frames_until(&mut reading, Kind::Ping).await;
        (reading, writing)
    }));
    let open = program.neighbour.beside(attack).await;
    let after = program.resident();
    drop(open);
    assert!(after < before + 64 * MIB, "{after} KiB were {before}");
}
