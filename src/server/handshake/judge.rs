//! Asks a script about one handshake, at once or when the client certificate is known.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, OtherError, PeerMisbehaved,
    SignatureScheme,
};

use super::{Handshake, HandshakeFault, HandshakeScript};
use crate::server::peer::ListenerKind;

/// A script and the handshake it is asked about.
#[derive(Clone)]
pub(in crate::server) struct Judge {
    pub(in crate::server) script: Arc<dyn HandshakeScript>,
    pub(in crate::server) listener: ListenerKind,
    pub(in crate::server) connection: u64,
    pub(in crate::server) server_name: Option<String>,
}

impl Judge {
    /// What the script says.
    pub(in crate::server) fn ask(
        &self,
        certificate: Option<&CertificateDer<'static>>,
    ) -> Option<HandshakeFault> {
        self.script.judge(&Handshake {
            listener: self.listener,
            connection: self.connection,
            server_name: self.server_name.as_deref(),
            certificate,
        })
    }

    /// A verifier for this handshake only: asks the script about what `verifier` accepts.
    pub(in crate::server) fn verifier(
        self,
        verifier: Arc<dyn ClientCertVerifier>,
    ) -> Arc<JudgingVerifier> {
        Arc::new(JudgingVerifier {
            verifier,
            judge: self,
            verdict: OnceLock::new(),
        })
    }
}

impl fmt::Debug for Judge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Judge")
            .field("listener", &self.listener)
            .field("connection", &self.connection)
            .field("server_name", &self.server_name)
            .finish_non_exhaustive()
    }
}

/// Verifies as the ordinary verifier does, then asks the script and keeps what it said.
#[derive(Debug)]
pub(in crate::server) struct JudgingVerifier {
    verifier: Arc<dyn ClientCertVerifier>,
    judge: Judge,
    verdict: OnceLock<Option<HandshakeFault>>,
}

impl JudgingVerifier {
    /// What the script said; `None` also before it was asked.
    pub(in crate::server) fn verdict(&self) -> Option<HandshakeFault> {
        self.verdict.get().copied().flatten()
    }
}

impl ClientCertVerifier for JudgingVerifier {
    fn offer_client_auth(&self) -> bool {
        self.verifier.offer_client_auth()
    }

    fn client_auth_mandatory(&self) -> bool {
        self.verifier.client_auth_mandatory()
    }

    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        self.verifier.root_hint_subjects()
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        let verified = self
            .verifier
            .verify_client_cert(end_entity, intermediates, now)?;
        let ask = || self.judge.ask(Some(&end_entity.clone().into_owned()));
        match self.verdict.get_or_init(ask) {
            Some(HandshakeFault::Alert(number)) => Err(error_for_alert(*number)),
            // The others act on the connection, once the handshake is over.
            _ => Ok(verified),
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier.supported_verify_schemes()
    }

    fn requires_raw_public_keys(&self) -> bool {
        self.verifier.requires_raw_public_keys()
    }
}

/// The error of a verifier that rustls tells the peer of by this alert (its `From<CertificateError>
/// for AlertDescription`); by `handshake_failure` where there is none.
fn error_for_alert(number: u8) -> rustls::Error {
    match number {
        42 => CertificateError::BadEncoding.into(),
        43 => CertificateError::InvalidPurpose.into(),
        44 => CertificateError::Revoked.into(),
        45 => CertificateError::Expired.into(),
        46 => CertificateError::Other(OtherError(Arc::new(Scripted))).into(),
        47 => PeerMisbehaved::BadCertChainExtensions.into(),
        48 => CertificateError::UnknownIssuer.into(),
        49 => CertificateError::ApplicationVerificationFailure.into(),
        51 => CertificateError::BadSignature.into(),
        113 => CertificateError::InvalidOcspResponse.into(),
        _ => rustls::Error::General(Scripted.to_string()),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("a script refuses the client certificate")]
struct Scripted;
