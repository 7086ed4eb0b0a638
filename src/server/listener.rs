//! The accept loop.

use std::io;
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::task::JoinSet;
use tokio::time::sleep;

use super::Limits;
use super::application::Application;
use super::connection::Service;
use super::observer::ObservedConnection;
use super::tls::ServerTls;

/// How long to wait before accepting again when the process has no room for a socket.
const ACCEPT_PAUSE: Duration = Duration::from_millis(100);

/// How a listener's connections are secured.
#[derive(Clone, Debug)]
pub enum Transport {
    /// TLS; HTTP/1.1 or HTTP/2 as ALPN says.
    Tls(Arc<ServerTls>),
    /// Cleartext HTTP/1.1: the control listener.
    Cleartext,
}

/// Serves `application` on `listener` until `stop` resolves.
///
/// Then no connection is accepted any more (the socket is closed at once), idle connections are closed,
/// handshakes dropped, requests whose bodies are still on their way given up, and what is in flight is
/// answered; what is left after [`Limits::drain`] is aborted. When this returns, none of its tasks is left. Dropping the future aborts everything.
///
/// With [`Limits::connections`] open, further peers wait in the socket's backlog: for a well-behaved
/// peer that is a slow connect rather than an error, and the timeouts of those inside make room.
pub async fn serve(
    listener: TcpListener,
    transport: Transport,
    application: Arc<Application>,
    limits: Limits,
    stop: impl Future<Output = ()>,
) {
    let (stopper, stop_seen) = watch::channel(false);
    let slots = Arc::new(Semaphore::new(
        limits.connections.min(Semaphore::MAX_PERMITS),
    ));
    let limits = Arc::new(limits);
    let panics = application.panics().clone();
    let service = Arc::new(Service {
        transport,
        application,
        limits,
        stop: stop_seen,
    });
    let mut connections = JoinSet::new();
    let mut stop = pin!(stop);
    let mut accepted = 0;
    loop {
        let (slot, stream, address) = tokio::select! {
            biased;
            () = &mut stop => break,
            Some(ended) = connections.join_next() => {
                ended.unwrap_or_else(|error| panics.note_task(error));
                continue;
            }
            next = next_connection(&listener, &slots) => next,
        };
        accepted += 1;
        let (service, ordinal) = (Arc::clone(&service), accepted);
        let observed = ObservedConnection::open(service.application.observer(), service.listener());
        connections.spawn(async move {
            service.serve(stream, address, ordinal).await;
            drop((observed, slot));
        });
    }
    drop(listener);
    stopper.send_replace(true);
    while let Some(ended) = connections.join_next().await {
        ended.unwrap_or_else(|error| panics.note_task(error));
    }
}

/// Waits for a free slot, then for a peer.
async fn next_connection(
    listener: &TcpListener,
    slots: &Arc<Semaphore>,
) -> (Option<OwnedSemaphorePermit>, TcpStream, SocketAddr) {
    // The semaphore is never closed, so there is a slot whenever this resolves.
    let slot = Arc::clone(slots).acquire_owned().await.ok();
    loop {
        match listener.accept().await {
            Ok((stream, address)) => return (slot, stream, address),
            Err(error) => {
                tracing::warn!(%error, "a connection could not be accepted");
                if !concerns_one_peer(&error) {
                    sleep(ACCEPT_PAUSE).await;
                }
            }
        }
    }
}

/// Whether an accept error is over with the peer that caused it. Others (no file descriptor, no memory)
/// come back at once and last until a connection ends.
fn concerns_one_peer(error: &io::Error) -> bool {
    matches!(
        error.kind(),
        io::ErrorKind::ConnectionAborted
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionRefused
            | io::ErrorKind::Interrupted
    )
}
