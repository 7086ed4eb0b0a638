//! Who is at the other end of a connection.

use std::net::SocketAddr;
use std::sync::Arc;

use bytes::Bytes;
use rustls::pki_types::CertificateDer;
use rustls::{ProtocolVersion, ServerConnection};

use crate::domain::certificate::ClientCertificate;
use crate::domain::tls::Tls;

/// The other end of one connection, in the extensions of each of its requests.
///
/// Filters read it with `warp::ext::get::<Peer>()`. Cloning is cheap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Peer {
    /// Where the connection comes from.
    pub address: SocketAddr,
    /// The listener that accepted it.
    pub listener: ListenerKind,
    /// Ordinal of the connection at its listener, from 1.
    pub connection: u64,
    /// The verified client certificate and what was sent with it, leaf first; empty where none was asked
    /// for, which on the mTLS listener happens under some host names (`HostFault`).
    pub certificate_chain: Arc<[CertificateDer<'static>]>,
    /// The client certificate, read once for all requests of the connection.
    pub certificate: Option<Arc<ClientCertificate>>,
    /// What the TLS handshake settled; `None` on the control listener.
    pub tls: Option<Arc<Tls>>,
}

/// Which of the three doors a connection came through.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ListenerKind {
    /// TLS with a required client certificate.
    Mtls,
    /// TLS without client certificates.
    Tls,
    /// Cleartext HTTP/1.1, for those who steer the emulator.
    Control,
}

impl ListenerKind {
    /// `mtls`, `tls` or `control`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Mtls => "mtls",
            Self::Tls => "tls",
            Self::Control => "control",
        }
    }

    /// The number of its `connection`-th connection among those of all listeners.
    #[must_use]
    pub fn ordinal(self, connection: u64) -> u64 {
        let listeners = Self::Control as u64 + 1;
        connection.saturating_mul(listeners) + self as u64
    }
}

impl Peer {
    /// The connection's number among those of all listeners.
    #[must_use]
    pub fn ordinal(&self) -> u64 {
        self.listener.ordinal(self.connection)
    }

    /// The client certificate of the handshake.
    #[must_use]
    pub fn transport_certificate(&self) -> Option<&CertificateDer<'static>> {
        self.certificate_chain.first()
    }
}

/// Reads what a finished handshake settled.
pub(super) fn settled(connection: &ServerConnection) -> Tls {
    let version = match connection.protocol_version() {
        Some(ProtocolVersion::TLSv1_2) => "TLSv1.2",
        _ => "TLSv1.3",
    };
    let suite = connection
        .negotiated_cipher_suite()
        .map(|suite| format!("{:?}", suite.suite()));
    let alpn = connection
        .alpn_protocol()
        .map(|name| String::from_utf8_lossy(name).into_owned());
    let certificate = connection.peer_certificates().and_then(<[_]>::first);
    Tls {
        version,
        // rustls marks the suites of TLS 1.3 with a prefix of its own.
        cipher_suite: suite.unwrap_or_default().replacen("TLS13_", "TLS_", 1),
        server_name: connection.server_name().map(ToOwned::to_owned),
        alpn,
        certificate: certificate.map(|der| Bytes::copy_from_slice(der)),
    }
}

/// Reads the client certificate of a finished handshake.
pub(super) fn client_certificate(tls: &Tls) -> Option<Arc<ClientCertificate>> {
    match ClientCertificate::from_der(tls.certificate.as_ref()?) {
        Ok(certificate) => Some(Arc::new(certificate)),
        // The TLS library has verified it, so this is not to be expected.
        Err(error) => {
            tracing::warn!(%error, "a verified client certificate");
            None
        }
    }
}
