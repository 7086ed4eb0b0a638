//! TLS and the client certificate.

use schemars::JsonSchema;
use serde::Serialize;

use crate::journal::exchange::Tls;
use crate::journal::read::{self, rfc3339_of_seconds};

/// What the TLS handshake settled.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ExchangeTls")]
pub struct TlsView {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// The IANA name of the cipher suite.
    pub cipher_suite: String,
    /// The host name that was asked for (SNI).
    pub server_name: Option<String>,
    /// The protocol agreed by ALPN.
    pub alpn: Option<String>,
    /// The client certificate; null if none was sent or it cannot be read.
    pub certificate: Option<CertificateView>,
}

/// A client certificate.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "ExchangeCertificate")]
pub struct CertificateView {
    /// Its subject (RFC 4514).
    pub subject: String,
    /// Its issuer (RFC 4514).
    pub issuer: String,
    /// Its serial number, in lower-case hexadecimal digits.
    pub serial: String,
    /// Its SHA-256 fingerprint, in lower-case hexadecimal digits.
    pub sha256: String,
    /// Valid from (RFC 3339).
    pub not_before: String,
    /// Valid until (RFC 3339).
    pub not_after: String,
}

impl TlsView {
    pub(super) fn new(tls: &Tls) -> Self {
        Self {
            version: tls.version,
            cipher_suite: tls.cipher_suite.clone(),
            server_name: tls.server_name.clone(),
            alpn: tls.alpn.clone(),
            certificate: CertificateView::of(tls),
        }
    }
}

impl CertificateView {
    pub(in crate::journal) fn of(tls: &Tls) -> Option<Self> {
        let (certificate, sha256) = read::certificate(Some(tls))?;
        Some(Self {
            subject: certificate.subject.to_string(),
            issuer: certificate.issuer.to_string(),
            serial: certificate.serial,
            sha256,
            not_before: rfc3339_of_seconds(certificate.not_before),
            not_after: rfc3339_of_seconds(certificate.not_after),
        })
    }
}
