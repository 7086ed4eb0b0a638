//! Verifies the client certificate of one handshake, and remembers what was shown.

use std::sync::Arc;

use rustls::client::danger::HandshakeSignatureValid;
use rustls::pki_types::{CertificateDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, OtherError, PeerMisbehaved,
    SignatureScheme,
};

use super::{HandshakeFault, Judge, Seen};

/// Verifies as `verifier` does, then asks the script if there is a judge. All that is shown goes to `seen`.
///
/// For one handshake only: rustls tells nobody of a certificate that was refused.
#[derive(Debug)]
pub(in crate::server) struct RecordingVerifier {
    pub(in crate::server) verifier: Arc<dyn ClientCertVerifier>,
    pub(in crate::server) judge: Option<Judge>,
    pub(in crate::server) seen: Arc<Seen>,
}

impl RecordingVerifier {
    fn note_proof(
        &self,
        proof: Result<HandshakeSignatureValid, rustls::Error>,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        proof.inspect_err(|_| self.seen.refuse_proof())
    }
}

impl ClientCertVerifier for RecordingVerifier {
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
        self.seen.present(end_entity, intermediates);
        let verified = self
            .verifier
            .verify_client_cert(end_entity, intermediates, now)?;
        let ask = || {
            let judge = self.judge.as_ref()?;
            judge.ask(Some(&end_entity.clone().into_owned()))
        };
        match self.seen.verdict_or(ask) {
            Some(HandshakeFault::Alert(number)) => Err(error_for_alert(number)),
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
        let proof = self
            .verifier
            .verify_tls12_signature(message, certificate, signature);
        self.note_proof(proof)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        let proof = self
            .verifier
            .verify_tls13_signature(message, certificate, signature);
        self.note_proof(proof)
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
