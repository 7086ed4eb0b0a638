//! Who is told of connections, and of handshakes that failed.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::pki_types::CertificateDer;

use super::handshake::HandshakeCause;
use super::peer::ListenerKind;

/// Follows what becomes of the connections of a listener. Nothing of it may block.
pub trait Observer: Send + Sync {
    /// A connection was accepted.
    fn connection_opened(&self, listener: ListenerKind);

    /// A connection is over, in whatever way. Comes once for each that was opened.
    fn connection_closed(&self, listener: ListenerKind);

    /// A TLS handshake led to no HTTP. Comes when that is certain: before a scripted end is carried out,
    /// and with the alert that tells the peer just sent. The stop of the server is no failure.
    fn handshake_failed(&self, failure: &FailedHandshake);
}

/// A TLS handshake that led to no HTTP.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FailedHandshake {
    /// Where the connection came from.
    pub address: SocketAddr,
    /// The listener that accepted it.
    pub listener: ListenerKind,
    /// Ordinal of the connection at its listener, from 1.
    pub connection: u64,
    /// The host name that was asked for (SNI, RFC 6066 §3), in lower case.
    pub server_name: Option<String>,
    /// What the client presented, leaf first, also when it was refused; empty if none came.
    pub certificate_chain: Vec<CertificateDer<'static>>,
    /// `TLSv1.2` or `TLSv1.3`: what client and server have in common, by the suites offered.
    pub tls_version: Option<&'static str>,
    /// Why.
    pub cause: HandshakeCause,
    /// The same in the words of the TLS library or of the system.
    pub detail: String,
    /// From accepting the connection until the failure, in real time.
    pub duration: Duration,
}

/// A connection as its observer sees it: opened when this is made, closed when it is dropped.
pub(super) struct ObservedConnection {
    observer: Option<Arc<dyn Observer>>,
    listener: ListenerKind,
}

impl ObservedConnection {
    pub(super) fn open(observer: Option<&Arc<dyn Observer>>, listener: ListenerKind) -> Self {
        let observer = observer.cloned();
        if let Some(observer) = &observer {
            observer.connection_opened(listener);
        }
        Self { observer, listener }
    }
}

impl Drop for ObservedConnection {
    fn drop(&mut self) {
        if let Some(observer) = &self.observer {
            observer.connection_closed(self.listener);
        }
    }
}
