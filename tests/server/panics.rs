//! What panics ends no more than it must, and is known afterwards.

use std::sync::Arc;

use aspsp_emulator::server::{FailedHandshake, Limits, ListenerKind, Observer, Panics};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use crate::helpers::{HTTP1, HTTP2, Kind, TestServer, within};

/// Has a mistake in what it does with handshakes.
struct Mistaken;

impl Observer for Mistaken {
    fn connection_opened(&self, _: ListenerKind) {}

    fn connection_closed(&self, _: ListenerKind) {}

    fn handshake_failed(&self, _: &FailedHandshake) {
        panic!("a mistake of the observer");
    }
}

async fn status(server: &TestServer, alpn: &[&str], path: &str) -> u16 {
    let answer = server.http(alpn).get(server.url(path)).send();
    within(answer).await.unwrap().status().as_u16()
}

#[tokio::test]
async fn a_panic_of_a_handler_is_noted_before_it_is_answered() {
    let panics = Panics::default();
    let noting = panics.clone();
    let server = TestServer::start_as(Kind::Mtls, Limits::default(), |it| it.noting_panics(noting));
    let server = server.await;
    for (alpn, times) in [(HTTP1, 1), (HTTP2, 2)] {
        assert_eq!(status(&server, alpn, "/panic").await, 500);
        assert_eq!(panics.so_far().len(), times);
        assert_eq!(status(&server, alpn, "/peer").await, 200);
    }
    server.stop().await;
    assert_eq!(panics.take().len(), 2);
}

#[tokio::test]
async fn a_panic_in_the_task_of_a_connection_ends_that_connection_alone() {
    let panics = Panics::default();
    let noting = panics.clone();
    let server = TestServer::start_as(Kind::Mtls, Limits::default(), |it| {
        it.observed_by(Arc::new(Mistaken)).noting_panics(noting)
    });
    let server = server.await;
    let mut peer = TcpStream::connect(server.address).await.unwrap();
    peer.write_all(b"no TLS at all\r\n\r\n").await.unwrap();
    let noted = async {
        while panics.so_far().is_empty() {
            tokio::task::yield_now().await;
        }
    };
    within(noted).await;
    assert_eq!(panics.take(), ["a mistake of the observer"]);
    assert_eq!(status(&server, HTTP1, "/peer").await, 200);
    server.stop().await;
    assert!(panics.take().is_empty());
}
