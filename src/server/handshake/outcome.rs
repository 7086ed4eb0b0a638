//! Handshakes that lead to no HTTP, and how a faulted one is ended.

use std::io;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::HandshakeFault;
use crate::server::end::{close, hold, reset};

/// Why a handshake leads to no HTTP.
#[derive(Debug)]
pub(in crate::server) enum NotShaken {
    /// It failed; the peer has been told.
    Failed(io::Error),
    /// It is to be ended on purpose.
    Faulted(Faulted),
}

/// A handshake that is to be ended on purpose.
#[derive(Debug)]
pub(in crate::server) struct Faulted {
    /// How.
    pub(in crate::server) fault: HandshakeFault,
    /// Who wants it, for the log.
    pub(in crate::server) cause: &'static str,
    /// The connection.
    pub(in crate::server) stream: TcpStream,
}

impl Faulted {
    /// Ends the connection. Takes as long as a stall lasts; the stop of the server ends that.
    pub(in crate::server) async fn carry_out(self, stop: watch::Receiver<bool>) {
        let Self {
            fault, mut stream, ..
        } = self;
        match fault {
            HandshakeFault::Close => close(stream, stop).await,
            HandshakeFault::Reset => reset(stream),
            HandshakeFault::Stall(limit) => hold(stream, limit, stop).await,
            HandshakeFault::Alert(number) => {
                // Seven bytes into an empty send buffer: this does not wait for the peer.
                if let Err(cause) = stream.write_all(&alert(number)).await {
                    tracing::debug!(%cause, "the alert could not be sent");
                }
                close(stream, stop).await;
            }
        }
    }
}

/// A record with a fatal alert, unencrypted (RFC 8446 §5.1, §6): the version is 0x0303 in TLS 1.2 and
/// 1.3 alike.
fn alert(number: u8) -> [u8; 7] {
    const ALERT: u8 = 21;
    const FATAL: u8 = 2;
    [ALERT, 3, 3, 0, 2, FATAL, number]
}
