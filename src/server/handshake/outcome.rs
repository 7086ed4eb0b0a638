//! Handshakes that lead to no HTTP, and how their connections are ended.

use std::io;
use std::time::Duration;

use rustls::CertificateError;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::watch;

use super::{HandshakeCause, HandshakeFault, Seen};
use crate::server::end::{close, hold, reset};

/// A handshake that leads to no HTTP.
#[derive(Debug)]
pub(in crate::server) struct NotShaken {
    pub(in crate::server) cause: HandshakeCause,
    /// The same in the words of whoever knows best.
    pub(in crate::server) detail: String,
    /// What is still to be done to the connection, unless it is gone.
    rest: Option<(TcpStream, HandshakeFault)>,
}

impl NotShaken {
    /// The handshake failed by itself. The peer's alert, if there is one, has been written.
    pub(in crate::server) fn failed(
        error: &io::Error,
        seen: &Seen,
        stream: Option<TcpStream>,
    ) -> Self {
        let cause = if seen.proof_refused() {
            HandshakeCause::CertificateProofInvalid
        } else {
            HandshakeCause::of(error)
        };
        Self {
            cause,
            detail: detail(error),
            // Closing with care lets the alert reach the peer.
            rest: stream.map(|stream| (stream, HandshakeFault::Close)),
        }
    }

    /// A script or the host name wants this `fault`, or an alert is all that the server can do.
    pub(in crate::server) fn faulted(
        cause: HandshakeCause,
        wanted_by: &str,
        fault: HandshakeFault,
        stream: TcpStream,
    ) -> Self {
        Self {
            cause,
            detail: format!("{wanted_by}: {fault}"),
            rest: Some((stream, fault)),
        }
    }

    /// The handshake was given up.
    pub(in crate::server) fn timed_out(limit: Duration) -> Self {
        Self {
            cause: HandshakeCause::TimedOut,
            detail: format!("the handshake was not over after {limit:?}"),
            rest: None,
        }
    }

    /// Says that this failure was wanted, and by whom.
    pub(in crate::server) fn wanted(mut self, by: &str) -> Self {
        self.cause = HandshakeCause::Scripted;
        self.detail = format!("{by}: {}", self.detail);
        self
    }

    /// Ends the connection. Takes as long as a stall lasts; the stop of the server ends that.
    pub(in crate::server) async fn carry_out(self, stop: watch::Receiver<bool>) {
        let Some((mut stream, fault)) = self.rest else {
            return;
        };
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

/// What the error says. rustls shows a verifier's own errors as they are built, not as they read.
fn detail(error: &io::Error) -> String {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
    match inner {
        Some(rustls::Error::InvalidCertificate(CertificateError::Other(own))) => {
            format!("invalid peer certificate: {own}")
        }
        _ => error.to_string(),
    }
}

/// A record with a fatal alert, unencrypted (RFC 8446 §5.1, §6): the version is 0x0303 in TLS 1.2 and
/// 1.3 alike.
fn alert(number: u8) -> [u8; 7] {
    const ALERT: u8 = 21;
    const FATAL: u8 = 2;
    [ALERT, 3, 3, 0, 2, FATAL, number]
}
