//! Handshakes that never end, and those that never do: half-open sockets and floods.

use std::cell::Cell;
use std::time::Duration;

use aspsp_emulator::server::Limits;
use futures_util::future::join_all;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::ground::{Ground, HTTP1, connect, read_to_close};
use crate::neighbour::within;

/// The beginning of a `ClientHello` of 512 bytes, and no more of it.
const HALF_A_HELLO: &[u8] = b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03";
/// Connections that are never used: fewer than the system keeps before they are accepted (1,024). Of one
/// that it dropped a silent client would never hear.
const HALF_OPEN: usize = 1_000;
const FLOODING: usize = 64;
const SOON: Duration = Duration::from_millis(500);

/// What does not end by itself within the test.
fn limits() -> Limits {
    Limits {
        handshake_timeout: SOON,
        header_timeout: Duration::from_secs(3600),
        idle_timeout: Duration::from_secs(3600),
        ..Limits::default()
    }
}

/// Guard: the timeout in `Service::shake_hands` of `src/server/connection.rs`; and that handshakes are not
/// waited for in the accept loop of `src/server/listener.rs`.
#[tokio::test]
async fn half_open_sockets_end_by_the_handshake_timeout() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let ground = Ground::start(limits()).await;
    let attack = join_all((0..HALF_OPEN).map(|index| {
        let address = ground.mtls();
        async move {
            let mut stream = TcpStream::connect(address).await.unwrap();
            if index % 2 == 0 {
                stream.write_all(HALF_A_HELLO).await.unwrap();
            }
            read_to_close(&mut stream).await
        }
    }));
    for answer in ground.neighbour.beside(attack).await {
        assert_eq!(answer, b"");
    }
    ground.is_left_alone().await;
    assert_eq!(
        ground.failed_handshakes("timed_out").await,
        HALF_OPEN as u64
    );
    // They are told of, in a journal that keeps the last of them.
    assert!(ground.emulator().exchanges().len() <= 1_000);
}

/// Guard: that each connection is a task of its own (`src/server/listener.rs`), so that handshakes take
/// turns.
#[tokio::test]
async fn a_flood_of_handshakes_leaves_a_turn_for_everybody() {
    let ground = Ground::start(limits()).await;
    let tls = ground.tls(HTTP1);
    let (made, is_over) = (Cell::new(0), Cell::new(false));
    let flood = join_all((0..FLOODING).map(|_| async {
        while !is_over.get() {
            // A whole handshake each, and then nothing.
            drop(connect(ground.mtls(), &tls).await.unwrap());
            made.set(made.get() + 1);
        }
    }));
    let tokens = async {
        for _ in 0..10 {
            ground.neighbour.is_served().await;
        }
        is_over.set(true);
    };
    within(async { tokio::join!(flood, tokens) }).await;
    assert!(made.get() >= FLOODING);
    ground.is_left_alone().await;
}

/// Guard: the same as of half-open sockets. What is not TLS fails at once.
#[tokio::test]
async fn bytes_that_are_no_tls_end_at_once() {
    let ground = Ground::start(Limits {
        handshake_timeout: Duration::from_secs(3600),
        ..limits()
    })
    .await;
    let attack = join_all((0..HALF_OPEN / 10).map(|_| async {
        let mut stream = TcpStream::connect(ground.mtls()).await.unwrap();
        let _ = stream.write_all(&vec![b'x'; 64 * 1024]).await;
        read_to_close(&mut stream).await
    }));
    ground.neighbour.beside(attack).await;
    ground.is_left_alone().await;
    assert_eq!(
        ground.failed_handshakes("not_tls").await,
        (HALF_OPEN / 10) as u64
    );
}
