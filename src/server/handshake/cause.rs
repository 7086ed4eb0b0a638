//! Why a TLS handshake failed, in words that stay the same.

use std::io;

use rustls::{AlertDescription, CertificateError, Error, InvalidMessage};

/// Why a TLS handshake led to no HTTP.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum HandshakeCause {
    /// The client presented no certificate.
    CertificateMissing,
    /// Its certificate, or one of the chain, has expired.
    CertificateExpired,
    /// Its certificate, or one of the chain, is not valid yet.
    CertificateNotYetValid,
    /// Its chain leads to no authority that is trusted here, or to one of the same name with another key.
    CertificateUnknownCa,
    /// A revocation list names its certificate.
    CertificateRevoked,
    /// Its certificate is not for TLS clients.
    CertificateWrongPurpose,
    /// Its certificate is wrong in another way.
    CertificateInvalid,
    /// It did not prove that it has the certificate's key (`CertificateVerify`, RFC 8446 §4.4.3).
    CertificateProofInvalid,
    /// It refuses the certificate of this server.
    CaNotTrusted,
    /// It gave up for another reason, which it told.
    ClientAlert,
    /// Both sides have no version, cipher suite, protocol or the like in common.
    ProtocolMismatch,
    /// It does not keep to the rules of TLS.
    ProtocolViolation,
    /// What came is not TLS.
    NotTls,
    /// The connection was closed or reset by the client.
    PeerGone,
    /// It took too long.
    TimedOut,
    /// A scenario or the host name asked for wanted it to fail.
    Scripted,
    /// The server could not do its part.
    ServerError,
}

impl HandshakeCause {
    /// Every cause.
    pub const ALL: [Self; 17] = [
        Self::CertificateMissing,
        Self::CertificateExpired,
        Self::CertificateNotYetValid,
        Self::CertificateUnknownCa,
        Self::CertificateRevoked,
        Self::CertificateWrongPurpose,
        Self::CertificateInvalid,
        Self::CertificateProofInvalid,
        Self::CaNotTrusted,
        Self::ClientAlert,
        Self::ProtocolMismatch,
        Self::ProtocolViolation,
        Self::NotTls,
        Self::PeerGone,
        Self::TimedOut,
        Self::Scripted,
        Self::ServerError,
    ];

    /// Its name, in `snake_case`.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Self::CertificateMissing => "certificate_missing",
            Self::CertificateExpired => "certificate_expired",
            Self::CertificateNotYetValid => "certificate_not_yet_valid",
            Self::CertificateUnknownCa => "certificate_unknown_ca",
            Self::CertificateRevoked => "certificate_revoked",
            Self::CertificateWrongPurpose => "certificate_wrong_purpose",
            Self::CertificateInvalid => "certificate_invalid",
            Self::CertificateProofInvalid => "certificate_proof_invalid",
            Self::CaNotTrusted => "ca_not_trusted",
            Self::ClientAlert => "client_alert",
            Self::ProtocolMismatch => "protocol_mismatch",
            Self::ProtocolViolation => "protocol_violation",
            Self::NotTls => "not_tls",
            Self::PeerGone => "peer_gone",
            Self::TimedOut => "timed_out",
            Self::Scripted => "scripted",
            Self::ServerError => "server_error",
        }
    }

    /// What a TPP's developer does about it: one sentence.
    #[must_use]
    pub fn hint(self) -> &'static str {
        match self {
            Self::CertificateMissing => {
                "Give the client its transport certificate and key (transport.pem and transport.key of the kit); some clients withhold one whose issuer the server does not name."
            }
            Self::CertificateExpired => {
                "Present a transport certificate that is valid now, by the system clock of this server: take the kit's, or have a new one made."
            }
            Self::CertificateNotYetValid => {
                "Present a transport certificate that is valid now, and compare the clocks of the machine that made it and of this server."
            }
            Self::CertificateUnknownCa => {
                "Present a transport certificate of this emulator's authority, with its chain: each start makes a new authority unless --authority keeps one, so take the kit's files anew."
            }
            Self::CertificateRevoked => {
                "Present another transport certificate: this one is on the revocation list (/ca.crl of the control listener)."
            }
            Self::CertificateWrongPurpose => {
                "Present the transport certificate (OBWAC, QWAC, BRCAC; extended key usage clientAuth), not the signing certificate or seal."
            }
            Self::CertificateInvalid => {
                "Look at the certificate with `openssl x509 -text`, and compare it with transport.pem of the kit."
            }
            Self::CertificateProofInvalid => {
                "Use the private key that belongs to the certificate: the client signed with another one, or in a way that the key does not allow. RSA keys need 2048 bits."
            }
            Self::CaNotTrusted => {
                "Let the client trust this emulator's authority (/ca.pem of the control listener, ca.pem of the kit; each start makes a new one unless --authority keeps it), and ask for a host name that is in the server's certificate (--hostname)."
            }
            Self::ClientAlert => {
                "Look at the client's own error message: it gave up, and the detail names the alert that it sent."
            }
            Self::ProtocolMismatch => {
                "Let the client offer TLS 1.2 or 1.3 with ECDHE and AES-GCM, and h2 or http/1.1 if it offers protocols (ALPN)."
            }
            Self::ProtocolViolation => {
                "Look at what lies between client and server: what came is TLS, but not as its rules have it."
            }
            Self::NotTls => "Use https:// in the URL: this port speaks TLS only.",
            Self::PeerGone => {
                "Look at the client's own error message and timeouts: it left in the middle of the handshake, as some clients do when they refuse the server's certificate."
            }
            Self::TimedOut => {
                "Look for what holds the client up, or for a proxy that waits: the handshake must be over within limits.handshake_timeout."
            }
            Self::Scripted => {
                "Nothing is wrong with the client: a scenario, or a host name such as expired.localhost, asked for this failure."
            }
            Self::ServerError => "Look at the log of this server: it could not do its part.",
        }
    }

    /// The cause behind what the TLS library or the system says.
    pub(in crate::server) fn of(error: &io::Error) -> Self {
        let inner = error.get_ref().and_then(|inner| inner.downcast_ref());
        match inner {
            Some(error) => Self::of_tls(error),
            None => Self::of_system(error.kind()),
        }
    }

    fn of_system(kind: io::ErrorKind) -> Self {
        match kind {
            io::ErrorKind::UnexpectedEof
            | io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::NotConnected
            | io::ErrorKind::HostUnreachable
            | io::ErrorKind::NetworkUnreachable
            | io::ErrorKind::TimedOut => Self::PeerGone,
            _ => Self::ServerError,
        }
    }

    fn of_tls(error: &Error) -> Self {
        match error {
            Error::NoCertificatesPresented => Self::CertificateMissing,
            Error::InvalidCertificate(wrong) => Self::of_certificate(wrong),
            Error::AlertReceived(alert) => Self::of_alert(*alert),
            Error::InvalidMessage(
                InvalidMessage::InvalidContentType
                | InvalidMessage::UnknownProtocolVersion
                | InvalidMessage::MessageTooLarge
                | InvalidMessage::InvalidEmptyPayload,
            ) => Self::NotTls,
            Error::PeerIncompatible(_) | Error::NoApplicationProtocol => Self::ProtocolMismatch,
            Error::InvalidMessage(_)
            | Error::InappropriateMessage { .. }
            | Error::InappropriateHandshakeMessage { .. }
            | Error::PeerMisbehaved(_)
            | Error::PeerSentOversizedRecord
            | Error::InvalidEncryptedClientHello(_)
            | Error::DecryptError => Self::ProtocolViolation,
            // No randomness, no time, a certificate or list of our own that cannot be used.
            _ => Self::ServerError,
        }
    }

    fn of_certificate(wrong: &CertificateError) -> Self {
        match wrong {
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                Self::CertificateExpired
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                Self::CertificateNotYetValid
            }
            CertificateError::Revoked => Self::CertificateRevoked,
            // An authority of the same name with another key: that of an earlier start.
            CertificateError::UnknownIssuer | CertificateError::BadSignature => {
                Self::CertificateUnknownCa
            }
            CertificateError::InvalidPurpose | CertificateError::InvalidPurposeContext { .. } => {
                Self::CertificateWrongPurpose
            }
            _ => Self::CertificateInvalid,
        }
    }

    fn of_alert(alert: AlertDescription) -> Self {
        match alert {
            AlertDescription::UnknownCA
            | AlertDescription::BadCertificate
            | AlertDescription::CertificateUnknown
            | AlertDescription::UnsupportedCertificate
            // Of OpenSSL and rustls, when they know our authority's name with another key.
            | AlertDescription::DecryptError => Self::CaNotTrusted,
            AlertDescription::ProtocolVersion
            | AlertDescription::InsufficientSecurity
            | AlertDescription::NoApplicationProtocol => Self::ProtocolMismatch,
            _ => Self::ClientAlert,
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;
    use std::io::{Error, ErrorKind};

    use rustls::{AlertDescription, CertificateError, InvalidMessage, OtherError, PeerMisbehaved};

    use super::HandshakeCause as Cause;

    #[test]
    fn every_error_has_its_cause() {
        let tls = |error: rustls::Error| Error::new(ErrorKind::InvalidData, error);
        let cases = [
            (
                tls(CertificateError::Expired.into()),
                Cause::CertificateExpired,
            ),
            (
                tls(CertificateError::NotValidYet.into()),
                Cause::CertificateNotYetValid,
            ),
            (
                tls(CertificateError::UnknownIssuer.into()),
                Cause::CertificateUnknownCa,
            ),
            (
                tls(CertificateError::BadSignature.into()),
                Cause::CertificateUnknownCa,
            ),
            (
                tls(CertificateError::BadEncoding.into()),
                Cause::CertificateInvalid,
            ),
            (
                tls(AlertReceived(AlertDescription::UnknownCA)),
                Cause::CaNotTrusted,
            ),
            (
                tls(AlertReceived(AlertDescription::DecryptError)),
                Cause::CaNotTrusted,
            ),
            (
                tls(AlertReceived(AlertDescription::InternalError)),
                Cause::ClientAlert,
            ),
            (
                tls(AlertReceived(AlertDescription::ProtocolVersion)),
                Cause::ProtocolMismatch,
            ),
            (
                tls(InvalidMessage::InvalidContentType.into()),
                Cause::NotTls,
            ),
            (
                tls(InvalidMessage::MissingData("random").into()),
                Cause::ProtocolViolation,
            ),
            (
                tls(PeerMisbehaved::TooManyEmptyFragments.into()),
                Cause::ProtocolViolation,
            ),
            (
                tls(rustls::Error::FailedToGetRandomBytes),
                Cause::ServerError,
            ),
            (ErrorKind::UnexpectedEof.into(), Cause::PeerGone),
            (ErrorKind::ConnectionReset.into(), Cause::PeerGone),
            (ErrorKind::OutOfMemory.into(), Cause::ServerError),
            (
                Error::other(OtherError(std::sync::Arc::new(Error::other("x")))),
                Cause::ServerError,
            ),
        ];
        for (error, cause) in cases {
            assert_eq!(Cause::of(&error), cause, "{error:?}");
        }
    }

    #[test]
    fn causes_have_names_of_their_own_and_a_sentence_for_what_to_do() {
        let names: HashSet<_> = Cause::ALL.iter().map(|cause| cause.as_str()).collect();
        assert_eq!(names.len(), Cause::ALL.len());
        for cause in Cause::ALL {
            let hint = cause.hint();
            assert!(
                hint.ends_with('.') && hint.starts_with(char::is_uppercase),
                "{hint}"
            );
        }
    }

    use rustls::Error::AlertReceived;
}
