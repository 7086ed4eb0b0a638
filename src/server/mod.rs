//! The listeners: TLS, HTTP/1.1 and HTTP/2, and everything that bounds what a peer may cost.
//!
//! Nothing here knows what is served. [`serve`] takes a bound socket, how it is secured ([`Transport`]),
//! what answers ([`Application`]: warp routes, a way to refuse, a clock) and the [`Limits`].
//!
//! The path of one connection: `listener` accepts → `tls` chooses an identity and verifies the client,
//! unless a script (`handshake`) or the name asked for (`host_faults`) wants it otherwise; one that fails
//! is told to the [`Observer`] →
//! `connection` speaks HTTP/1.1 or HTTP/2 as ALPN says, watched by `activity` → `exchange` takes each
//! request (`body` reads it once) to the routes and dresses the answer → `fault` delivers it as its
//! [`Delivery`] says (`drip`, `cut`) or asks for the end of the connection (`end`). A request that has not
//! arrived when the server stops gets no answer (`unanswered`).
//!
//! Invariants:
//! - A handshake never runs in the accept loop, so a silent peer stops nobody else.
//! - Every wait for a peer has an end (that of a stall is the peer's own, for which TCP keepalive asks);
//!   hyper's own limits stand above ours, so that ours answer first.
//! - Every answer of a TLS listener to a request whose head can be parsed carries `x-fapi-interaction-id`,
//!   unless its [`Delivery`] says otherwise.
//! - No TLS session is ever resumed: each connection presents its client certificate to the verifier.
//! - An [`Observer`] hears of the end of every connection that it heard of, and of every handshake that
//!   failed, by itself or on purpose.
//! - A [`DeliveryWatch`] knows that an answer is complete before its end can be read.
//! - The stop waits for no rest of a request: only one that arrived whole is in flight.
//! - A panic ends no more than its request or its connection, and [`Panics`] knows of it.
//! - When [`serve`] returns, none of its tasks and sockets are left.

use std::time::Duration;

mod activity;
mod application;
mod body;
mod connection;
mod cut;
mod delivery;
mod drip;
mod drive;
mod end;
mod exchange;
mod fault;
mod handshake;
mod head;
mod host_faults;
mod listener;
mod observer;
mod panics;
mod peer;
mod provider;
mod streams;
mod tls;
mod trust;
mod unanswered;
mod until_stop;
mod wire;

pub use self::application::{Application, Refusal, Routes};
pub use self::delivery::{Delivered, Delivery, DeliveryWatch, Held, IdOnAnswer, WireFault};
pub use self::handshake::{
    ALERTS_ON_CERTIFICATES, Handshake, HandshakeCause, HandshakeFault, HandshakeScript,
};
pub use self::host_faults::{CertificateFault, HOST_FAULTS, HostFault, HostFaultRow, HostFaults};
pub use self::listener::{Transport, serve};
pub use self::observer::{FailedHandshake, Observer};
pub use self::panics::Panics;
pub use self::peer::{ListenerKind, Peer};
pub use self::tls::{RsaIdentity, ServerIdentity, ServerTls, TlsSetupError};
pub use self::trust::{ClientTrust, TrustError};

/// What a peer may cost: sizes in bytes, times from the event that each field names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Longest request body that reaches the routes, in bytes; beyond it 413.
    pub body: usize,
    /// From a request's first byte to the end of its head (HTTP/1.1); then the connection is dropped.
    pub header_timeout: Duration,
    /// From accepting a connection to the end of its TLS handshake.
    pub handshake_timeout: Duration,
    /// Without a request, counted from the end of the handshake or of the last answer; also how long a
    /// peer may leave our bytes unread.
    pub idle_timeout: Duration,
    /// From the end of a request's head to the end of its body; then 408.
    pub body_timeout: Duration,
    /// Open connections of this listener. Further peers wait in the backlog of the socket. At least 1.
    pub connections: usize,
    /// From the stop to the end of what is in flight (requests that have arrived whole); what is left
    /// then is aborted.
    pub drain: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            body: 64 * 1024,
            header_timeout: Duration::from_secs(10),
            handshake_timeout: Duration::from_secs(10),
            idle_timeout: Duration::from_secs(60),
            body_timeout: Duration::from_secs(10),
            connections: 16_384,
            // Half of what container engines wait before they kill.
            drain: Duration::from_secs(5),
        }
    }
}
