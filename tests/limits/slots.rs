//! More peers than a listener has room for.

use std::cell::Cell;
use std::time::Duration;

use aspsp_emulator::server::Limits;
use futures_util::future::join_all;
use tokio::net::TcpStream;

use crate::ground::{Ground, read_to_close};

const SLOTS: u64 = 8;
const SILENT: usize = 40;

/// Guard: the semaphore in `src/server/listener.rs`; that all places come free again: the timeout of
/// `Service::shake_hands` in `src/server/connection.rs`.
#[tokio::test]
async fn no_more_connections_than_allowed_are_open_and_all_get_their_turn() {
    let limits = Limits {
        connections: SLOTS.try_into().unwrap(),
        handshake_timeout: Duration::from_millis(200),
        ..Limits::default()
    };
    let ground = Ground::start(limits).await;
    let (most, is_over) = (Cell::new(0), Cell::new(false));
    let attack = async {
        join_all((0..SILENT).map(|_| async {
            let mut stream = TcpStream::connect(ground.mtls()).await.unwrap();
            read_to_close(&mut stream).await;
        }))
        .await;
        is_over.set(true);
    };
    let count = async {
        while !is_over.get() {
            most.set(most.get().max(ground.open().await));
        }
    };
    ground
        .neighbour
        .beside(async { tokio::join!(attack, count) })
        .await;
    assert_eq!(most.get(), SLOTS);
}
