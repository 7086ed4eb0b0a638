//! What becomes of TLS handshakes: what a script does to them, what they show, and why they fail.

mod cause;
mod judge;
mod outcome;
mod seen;
mod verifier;

use std::fmt;
use std::time::Duration;

use rustls::pki_types::CertificateDer;

use super::peer::ListenerKind;

pub use self::cause::HandshakeCause;
pub(super) use self::judge::Judge;
pub(super) use self::outcome::NotShaken;
pub(super) use self::seen::{Hello, Seen};
pub(super) use self::verifier::RecordingVerifier;

/// Decides what becomes of handshakes.
///
/// A handshake that fails before the script can be asked (bytes that are not TLS, a client certificate
/// that is missing or refused) fails as it would without one. What the script wants goes before what
/// the host name stands for (`HostFault`).
pub trait HandshakeScript: Send + Sync {
    /// Whether the client certificate must be known to decide. Where the listener asks for one,
    /// [`judge`](Self::judge) is then asked once the certificate was accepted; elsewhere right after
    /// the `ClientHello`.
    fn wants_certificate(&self) -> bool;

    /// What becomes of this handshake; `None` for what would become of it anyway. Asked once each.
    fn judge(&self, handshake: &Handshake<'_>) -> Option<HandshakeFault>;
}

/// A handshake, after the `ClientHello` or once the client certificate is known.
#[derive(Clone, Copy, Debug)]
pub struct Handshake<'a> {
    /// The listener.
    pub listener: ListenerKind,
    /// Ordinal of the connection at its listener, from 1.
    pub connection: u64,
    /// The host name that was asked for (SNI, RFC 6066 §3), in lower case.
    pub server_name: Option<&'a str>,
    /// The client certificate, where it is known.
    pub certificate: Option<&'a CertificateDer<'static>>,
}

/// What is done to a handshake.
///
/// After the `ClientHello`, not one byte of TLS has been sent by then; the client's handshake fails.
/// Once the client certificate is known, the handshake is finished first and the connection then ended
/// before any HTTP, except by an alert. In TLS 1.3 that makes no difference to a client: its own part
/// of the handshake is over before the server has seen its certificate, so that it meets every fault
/// when it reads its first answer. In TLS 1.2 its handshake succeeds and its first request fails; but
/// an alert fails the handshake itself, and so may a reset, which can overtake the server's last message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HandshakeFault {
    /// The connection is closed (FIN), without a TLS `close_notify`.
    Close,
    /// The connection is reset (TCP RST).
    Reset,
    /// Silence: until the peer goes or the server stops, or for this long; then as `Close`.
    Stall(Option<Duration>),
    /// A fatal alert (RFC 8446 §6) of this number, then as `Close`.
    ///
    /// After the `ClientHello` any number is sent, unencrypted. Once the client certificate is known,
    /// those of [`ALERTS_ON_CERTIFICATES`] are; any other number is replaced by `handshake_failure`
    /// (40).
    Alert(u8),
}

impl fmt::Display for HandshakeFault {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Close => write!(formatter, "close"),
            Self::Reset => write!(formatter, "reset"),
            Self::Stall(None) => write!(formatter, "stall"),
            Self::Stall(Some(limit)) => write!(formatter, "stall of {limit:?}"),
            Self::Alert(number) => write!(formatter, "alert {number}"),
        }
    }
}

/// Numbers of the alerts that can still be sent once the client certificate is known, in TLS 1.2 and
/// 1.3 alike.
///
/// `handshake_failure` (40), `bad_certificate` (42), `unsupported_certificate` (43),
/// `certificate_revoked` (44), `certificate_expired` (45), `certificate_unknown` (46),
/// `illegal_parameter` (47), `unknown_ca` (48), `access_denied` (49), `decrypt_error` (51),
/// `bad_certificate_status_response` (113).
pub const ALERTS_ON_CERTIFICATES: [u8; 11] = [40, 42, 43, 44, 45, 46, 47, 48, 49, 51, 113];
