//! Ten thousand connections at one time.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, Instant};

use futures_util::stream::{self, StreamExt};
use rustls::ClientConfig;
use tokio::net::TcpStream;
use tokio_rustls::client::TlsStream;

use crate::ground::{HTTP1, HTTP2, connect};
use crate::neighbour::within;
use crate::program::Program;

/// Of each of four kinds.
const EACH: usize = 2_500;
/// Handshakes under way at one time.
const AT_ONCE: usize = 64;
/// In KiB.
const MIB: u64 = 1024;
/// What the container engine would grant, and far more than a stop needs.
const STOP: Duration = Duration::from_secs(10);

async fn shaken(address: SocketAddr, tls: &Arc<ClientConfig>) -> Vec<TlsStream<TcpStream>> {
    let connections = stream::iter(0..EACH)
        .map(|_| connect(address, tls))
        .buffer_unordered(AT_ONCE);
    connections.map(Result::unwrap).collect().await
}

async fn half_open(address: SocketAddr) -> Vec<TcpStream> {
    let connections = stream::iter(0..EACH)
        .map(|_| TcpStream::connect(address))
        .buffer_unordered(AT_ONCE);
    connections.map(Result::unwrap).collect().await
}

/// Guards: `LimitsConfig::connections` of `src/config/limits.rs` has room for them, and a connection without a
/// request holds little (`src/server/connection.rs`).
#[tokio::test]
async fn ten_thousand_connections_are_held_in_little_memory_and_end_with_the_program() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let program = Program::start("limits: { handshake_timeout: 1h, idle_timeout: 1h }").await;
    let before = program.resident();
    let (http1, http2) = (program.client(HTTP1), program.client(HTTP2));
    let attack = async {
        tokio::join!(
            shaken(program.mtls(), &http1),
            shaken(program.mtls(), &http2),
            shaken(program.tls(), &http1),
            half_open(program.mtls()),
        )
    };
    let held = program.neighbour.beside(attack).await;
    for _ in 0..5 {
        program.neighbour.is_served().await;
    }
    let after = program.resident();
    // Beside a debug build; a release build takes half.
    assert!(after < before + 400 * MIB, "{after} KiB were {before}");
    let began = Instant::now();
    let Program { running, .. } = program;
    let ended = tokio::task::spawn_blocking(move || running.terminate().0);
    assert_eq!(within(ended).await.unwrap(), Some(0));
    assert!(began.elapsed() < STOP, "{:?}", began.elapsed());
    drop(held);
}
