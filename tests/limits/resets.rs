//! HTTP/2 streams by the thousand.

use aspsp_emulator::Operation;
use aspsp_emulator::server::Limits;
use aspsp_emulator::{at_most, operation};
use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;

use crate::frames::{
    END_HEADERS, END_STREAM, JWKS_HEAD, Kind, PREFACE, Received, SETTINGS, connection_error, frame,
    read_frames, reset, stream_errors, streams,
};
use crate::ground::{Ground, HTTP2};

const ATTACKERS: u64 = 10;
const ENHANCE_YOUR_CALM: u32 = 11;
const REFUSED_STREAM: u32 = 7;

/// What the server says to these bytes; the client keeps its side open.
async fn said(ground: &Ground, bytes: &[u8]) -> Vec<Received> {
    let stream = ground.connect(HTTP2).await;
    let (mut reading, mut writing) = tokio::io::split(stream);
    let send = async {
        // The server may have ended the connection already.
        let _ = writing.write_all(bytes).await;
        let _ = writing.flush().await;
    };
    let (frames, ()) = tokio::join!(read_frames(&mut reading), send);
    frames
}

/// Guard: `HTTP2_RESETS` in `src/server/connection.rs` (CVE-2023-44487).
#[tokio::test]
async fn a_peer_that_resets_what_it_asks_for_loses_its_connection() {
    let ground = Ground::start(Limits::default()).await;
    let mut bytes = [PREFACE, SETTINGS].concat();
    for stream in streams(20_000) {
        bytes.extend(frame(
            Kind::Headers,
            END_HEADERS | END_STREAM,
            stream,
            JWKS_HEAD,
        ));
        bytes.extend(reset(stream));
    }
    let attack = join_all((0..ATTACKERS).map(|_| said(&ground, &bytes)));
    for frames in ground.neighbour.beside(attack).await {
        assert_eq!(connection_error(&frames), Some(ENHANCE_YOUR_CALM));
    }
    // Of the two hundred thousand, the bank has worked for a few.
    let asked = operation(Operation::Jwks);
    ground
        .emulator()
        .verify(asked, at_most(ATTACKERS * 100))
        .await
        .unwrap();
}

/// Guards: `HTTP2_STREAMS` and `HTTP2_ERRORS` in `src/server/connection.rs`.
#[tokio::test]
async fn streams_beyond_a_hundred_are_refused_and_a_thousand_of_those_end_the_connection() {
    let ground = Ground::start(Limits::default()).await;
    let mut bytes = [PREFACE, SETTINGS].concat();
    for stream in streams(5_000) {
        // Their bodies never come.
        bytes.extend(frame(Kind::Headers, END_HEADERS, stream, JWKS_HEAD));
    }
    let attack = join_all((0..ATTACKERS).map(|_| said(&ground, &bytes)));
    for frames in ground.neighbour.beside(attack).await {
        let refused = stream_errors(&frames);
        assert_eq!(refused, vec![REFUSED_STREAM; refused.len()]);
        assert!(refused.len() <= 1_024, "{}", refused.len());
        assert_eq!(connection_error(&frames), Some(ENHANCE_YOUR_CALM));
    }
}
