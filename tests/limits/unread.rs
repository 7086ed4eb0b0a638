//! Peers that leave what they asked for unread.

use std::time::Duration;

use aspsp_emulator::server::Limits;
use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpSocket;
use tokio::time::sleep;

use crate::frames::{
    END_HEADERS, END_STREAM, JWKS_HEAD, Kind, PREFACE, SETTINGS, frame, ping, read_frames, streams,
};
use crate::ground::{Ground, HTTP2};
use crate::neighbour::within;

const ATTACKERS: usize = 20;
const SOON: Duration = Duration::from_millis(300);
/// `SETTINGS_INITIAL_WINDOW_SIZE` of 0.
const NO_WINDOW: &[u8] = &[0, 4, 0, 0, 0, 0];
/// More than sockets, TLS and HTTP/2 keep between two peers, in bytes.
const MORE_THAN_IS_KEPT: usize = 64 * 1024 * 1024;

fn limits() -> Limits {
    Limits {
        idle_timeout: SOON,
        ..Limits::default()
    }
}

/// Guard: `Expiry::Idle` in `src/server/activity.rs`: the answers were handed over long ago.
#[tokio::test]
async fn a_peer_that_asks_and_never_reads_is_dropped_by_the_idle_timeout() {
    let ground = Ground::start(limits()).await;
    let address = ground.emulator().addresses().control;
    let asks = b"GET /openapi.json HTTP/1.1\r\nhost: localhost\r\n\r\n".repeat(1_000);
    let attack = join_all((0..ATTACKERS).map(|_| async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 * 1024).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        // Until the server is gone; never a byte is read.
        while stream.write_all(&asks).await.is_ok() {
            sleep(SOON / 10).await;
        }
    }));
    within(ground.neighbour.beside(attack)).await;
}

/// Guard: `Activity::blocked` in `src/server/activity.rs`: an answer without end is never handed over.
#[tokio::test]
async fn a_peer_that_follows_the_journal_and_never_reads_is_dropped_by_the_idle_timeout() {
    let ground = Ground::start(limits()).await;
    let address = ground.emulator().addresses().control;
    let attack = join_all((0..ATTACKERS).map(|_| async {
        let socket = TcpSocket::new_v4().unwrap();
        socket.set_recv_buffer_size(4 * 1024).unwrap();
        let mut stream = socket.connect(address).await.unwrap();
        let ask = b"GET /api/exchanges/stream HTTP/1.1\r\nhost: localhost\r\n\r\n";
        stream.write_all(ask).await.unwrap();
        // Until the server is gone; never a byte is read.
        while stream.write_all(b"\r\n").await.is_ok() {
            sleep(SOON / 10).await;
        }
    }));
    // Without these there would be little to follow.
    let large = async {
        loop {
            let status = ground.hostile.post(vec![b'x'; 60_000]).await.status();
            assert_eq!(status, 400);
        }
    };
    let attack = async {
        tokio::select! {
            _ = within(attack) => {}
            () = large => {}
        }
    };
    ground.neighbour.beside(attack).await;
}

/// Guard: `ActiveExchange::hand_piece` in `src/server/activity.rs`. TCP flows, HTTP/2 does not: this peer
/// reads every byte, and gives its streams no window.
#[tokio::test]
async fn a_peer_whose_streams_have_no_window_is_dropped_by_the_idle_timeout() {
    let ground = Ground::start(limits()).await;
    let mut bytes = [PREFACE, &frame(Kind::Settings, 0, 0, NO_WINDOW)].concat();
    for stream in streams(50) {
        let flags = END_HEADERS | END_STREAM;
        bytes.extend(frame(Kind::Headers, flags, stream, JWKS_HEAD));
    }
    let attack = join_all((0..ATTACKERS).map(|_| async {
        let mut stream = ground.connect(HTTP2).await;
        stream.write_all(&bytes).await.unwrap();
        stream.flush().await.unwrap();
        read_frames(&mut stream).await
    }));
    for frames in ground.neighbour.beside(attack).await {
        let of = |kind| frames.iter().filter(|it| it.kind == kind).count();
        assert!(of(Kind::Headers) > 0 && of(Kind::Data) == 0, "{frames:?}");
    }
    ground.is_left_alone().await;
}

/// Guard: `Expiry::Idle`, and that h2 reads no further while its answer to a ping waits.
#[tokio::test]
async fn a_peer_that_pings_and_never_reads_is_dropped_by_the_idle_timeout() {
    let ground = Ground::start(limits()).await;
    let pings = ping().repeat(1_000);
    let attack = join_all((0..ATTACKERS).map(|_| async {
        let mut stream = ground.connect(HTTP2).await;
        stream
            .write_all(&[PREFACE, SETTINGS].concat())
            .await
            .unwrap();
        let mut sent = 0;
        while stream.write_all(&pings).await.is_ok() && stream.flush().await.is_ok() {
            sent += pings.len();
            assert!(sent < MORE_THAN_IS_KEPT, "pings are taken without end");
        }
    }));
    within(ground.neighbour.beside(attack)).await;
    ground.is_left_alone().await;
}
