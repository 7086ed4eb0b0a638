//! What the TLS handshake of a connection settled.

use bytes::Bytes;

/// What the TLS handshake of a connection settled.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tls {
    /// `TLSv1.2` or `TLSv1.3`.
    pub version: &'static str,
    /// The IANA name of the cipher suite, such as `TLS_AES_128_GCM_SHA256`.
    pub cipher_suite: String,
    /// The host name that was asked for (SNI, RFC 6066 §3).
    pub server_name: Option<String>,
    /// The protocol agreed by ALPN (RFC 7301): `h2` or `http/1.1`.
    pub alpn: Option<String>,
    /// The client certificate, DER.
    pub certificate: Option<Bytes>,
}
