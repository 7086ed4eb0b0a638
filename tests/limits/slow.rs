//! Peers that take their time: heads and bodies that drip, connections on which nothing is asked.

use std::time::Duration;

use aspsp_emulator::server::Limits;
use futures_util::future::join_all;
use tokio::io::{AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::time::sleep;

use crate::frames::{PREFACE, SETTINGS, ping};
use crate::ground::{Ground, HTTP1, HTTP2, Stream, text_to_close};
use crate::neighbour::within;

/// Attackers at one time, at each listener that is attacked.
const ATTACKERS: usize = 50;
const SOON: Duration = Duration::from_millis(300);
const HOUR: Duration = Duration::from_secs(3600);

/// Nothing ends by itself.
fn patient() -> Limits {
    Limits {
        header_timeout: HOUR,
        body_timeout: HOUR,
        idle_timeout: HOUR,
        handshake_timeout: HOUR,
        ..Limits::default()
    }
}

/// Connections to the banks and to the control listener, in turn.
async fn attackers(ground: &Ground) -> Vec<Box<dyn Stream>> {
    let mut streams: Vec<Box<dyn Stream>> = Vec::new();
    for _ in 0..ATTACKERS {
        streams.push(Box::new(ground.connect(HTTP1).await));
        streams.push(Box::new(ground.connect_to_control().await));
    }
    streams
}

/// Sends `beginning`, then `piece` again and again until the server is gone; what it said.
async fn drip(stream: Box<dyn Stream>, beginning: &[u8], piece: &[u8]) -> String {
    let (mut reading, mut writing) = tokio::io::split(stream);
    let dripping = async {
        writing.write_all(beginning).await.unwrap();
        while writing.write_all(piece).await.is_ok() {
            sleep(SOON / 10).await;
        }
    };
    let answer = async {
        let answer = text_to_close(&mut reading).await;
        // A server that has stopped reading takes no more of the drip either.
        drop(reading);
        answer
    };
    tokio::select! {
        answer = answer => answer,
        () = async { dripping.await; std::future::pending().await } => unreachable!(),
    }
}

/// Guard: `Expiry::SlowHead` in `src/server/activity.rs`.
#[tokio::test]
async fn heads_that_drip_on_end_by_the_header_timeout() {
    let limits = Limits {
        header_timeout: SOON,
        ..patient()
    };
    let ground = Ground::start(limits).await;
    let attack = async {
        let streams = attackers(&ground).await.into_iter();
        let drips = streams.map(|it| {
            drip(
                it,
                b"GET /ready HTTP/1.1\r\nhost: localhost\r\n",
                b"x: y\r\n",
            )
        });
        join_all(drips).await
    };
    let answers = ground.neighbour.beside(attack).await;
    assert_eq!(answers, vec![""; 2 * ATTACKERS]);
}

/// Guard: the timeout in `read` of `src/server/body.rs`.
#[tokio::test]
async fn bodies_that_drip_on_are_a_408_by_the_body_timeout() {
    let limits = Limits {
        body_timeout: SOON,
        ..patient()
    };
    let ground = Ground::start(limits).await;
    let attack = async {
        let streams = attackers(&ground).await.into_iter();
        let head = b"POST /uk-ob-3.3/register HTTP/1.1\r\nhost: localhost\r\n\
            content-type: application/jose\r\ncontent-length: 60000\r\n\r\n";
        join_all(streams.map(|it| drip(it, head, b"x"))).await
    };
    for answer in ground.neighbour.beside(attack).await {
        assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
        assert!(answer.contains("connection: close"), "{answer}");
    }
}

/// Guard: `Expiry::Idle` in `src/server/activity.rs`.
#[tokio::test]
async fn connections_without_a_request_end_by_the_idle_timeout() {
    let limits = Limits {
        idle_timeout: SOON,
        ..patient()
    };
    let ground = Ground::start(limits).await;
    let attack = async {
        let silent = attackers(&ground).await.into_iter();
        let silent = silent.map(|mut it| async move { text_to_close(&mut it).await });
        join_all(silent).await
    };
    let answers = ground.neighbour.beside(attack).await;
    assert_eq!(answers, vec![""; 2 * ATTACKERS]);
}

/// Guard: the same. Bytes are not requests: what a peer of HTTP/2 says outside of streams keeps nothing open.
#[tokio::test]
async fn pings_do_not_keep_a_connection_open() {
    let limits = Limits {
        idle_timeout: SOON,
        ..patient()
    };
    let ground = Ground::start(limits).await;
    let attack = join_all((0..ATTACKERS).map(|_| async {
        let stream = ground.connect(HTTP2).await;
        let (mut reading, mut writing) = tokio::io::split(stream);
        writing
            .write_all(&[PREFACE, SETTINGS].concat())
            .await
            .unwrap();
        let mut received = Vec::new();
        let reads = reading.read_to_end(&mut received);
        tokio::select! {
            // With or without a close_notify.
            _ = within(reads) => {}
            () = keep_pinging(&mut writing) => {}
        }
    }));
    ground.neighbour.beside(attack).await;
    ground.is_left_alone().await;
}

/// Pings until the server is gone.
async fn keep_pinging(writing: &mut (impl AsyncWrite + Unpin)) {
    while writing.write_all(&ping()).await.is_ok() {
        sleep(SOON / 10).await;
    }
}
