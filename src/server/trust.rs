//! Which client certificates the mTLS listener accepts.

use std::sync::{Arc, PoisonError, RwLock};

use rustls::client::danger::HandshakeSignatureValid;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, CertificateRevocationListDer, UnixTime};
use rustls::server::danger::{ClientCertVerified, ClientCertVerifier};
use rustls::server::{VerifierBuilderError, WebPkiClientVerifier};
use rustls::{
    CertificateError, DigitallySignedStruct, DistinguishedName, OtherError, RootCertStore,
    SignatureScheme,
};
use thiserror::Error;
use x509_parser::prelude::{CertificateRevocationList, FromDer, X509Certificate};

use super::provider::provider;

/// Most certificates that a client may present, its own among them: no chain of this field needs more
/// than four, and all of them stay in memory for as long as the connection is open.
const LONGEST_CHAIN: usize = 10;

/// Trust anchors and revocation lists for client certificates; the lists can be replaced while running.
///
/// Every anchor's subject is sent as a hint in the handshake's certificate request. Issuing CAs belong
/// among the anchors too: then their hints are sent, and a client that sends only its leaf is accepted.
/// A certificate must be for TLS clients (extended key usage `clientAuth`): seals are refused. One that no
/// list speaks about is accepted; a list past its `nextUpdate` still counts. With more than ten
/// certificates none is looked at.
#[derive(Debug)]
pub struct ClientTrust {
    provider: Arc<CryptoProvider>,
    anchors: Arc<RootCertStore>,
    hints: Vec<DistinguishedName>,
    verifier: RwLock<Arc<dyn ClientCertVerifier>>,
}

/// Why anchors or revocation lists could not be taken.
#[derive(Debug, Error)]
pub enum TrustError {
    /// An anchor is not an X.509 certificate.
    #[error("trust anchor {position} is not a usable certificate: {cause}")]
    Anchor {
        /// Its place in the list, from 0.
        position: usize,
        /// What rustls says.
        cause: rustls::Error,
    },
    /// No anchor at all, or a revocation list that is not one.
    #[error("client certificates cannot be verified with these anchors and revocation lists: {0}")]
    Verifier(#[from] VerifierBuilderError),
}

impl ClientTrust {
    /// Trusts what chains to one of `anchors` (DER) and is on none of `crls` (DER, RFC 5280 §5).
    ///
    /// # Errors
    /// An anchor or a list that cannot be parsed, or no anchor.
    pub fn new(
        anchors: impl IntoIterator<Item = CertificateDer<'static>>,
        crls: &[CertificateRevocationListDer<'static>],
    ) -> Result<Arc<Self>, TrustError> {
        let mut store = RootCertStore::empty();
        for (position, anchor) in anchors.into_iter().enumerate() {
            store
                .add(anchor)
                .map_err(|cause| TrustError::Anchor { position, cause })?;
        }
        let (provider, anchors) = (provider(), Arc::new(store));
        let verifier = build(&anchors, crls, &provider)?;
        let hints = anchors.subjects();
        Ok(Arc::new(Self {
            provider,
            anchors,
            hints,
            verifier: RwLock::new(verifier),
        }))
    }

    /// Takes `crls` (DER) in place of all former lists, from the next handshake on.
    ///
    /// # Errors
    /// A list that cannot be parsed; the former lists then stay.
    pub fn replace_crls(
        &self,
        crls: &[CertificateRevocationListDer<'static>],
    ) -> Result<(), TrustError> {
        let verifier = build(&self.anchors, crls, &self.provider)?;
        *self
            .verifier
            .write()
            .unwrap_or_else(PoisonError::into_inner) = verifier;
        Ok(())
    }

    fn verifier(&self) -> Arc<dyn ClientCertVerifier> {
        Arc::clone(&self.verifier.read().unwrap_or_else(PoisonError::into_inner))
    }
}

fn build(
    anchors: &Arc<RootCertStore>,
    crls: &[CertificateRevocationListDer<'static>],
    provider: &Arc<CryptoProvider>,
) -> Result<Arc<dyn ClientCertVerifier>, VerifierBuilderError> {
    let with = |crls| {
        WebPkiClientVerifier::builder_with_provider(Arc::clone(anchors), Arc::clone(provider))
            .with_crls(crls)
            .allow_unknown_revocation_status()
            .build()
    };
    // In each handshake the verifier checks the signatures of the lists anew. One that names nobody says
    // as much as none, and need only be one.
    let verifier = with(crls.to_vec())?;
    let telling: Vec<_> = crls.iter().filter(|crl| names_any(crl)).cloned().collect();
    if telling.len() == crls.len() {
        return Ok(verifier);
    }
    with(telling)
}

/// Whether a revocation list names any certificate; also where that cannot be told.
fn names_any(crl: &CertificateRevocationListDer<'_>) -> bool {
    let parsed = CertificateRevocationList::from_der(crl);
    parsed.map_or(true, |(_, list)| {
        list.iter_revoked_certificates().next().is_some()
    })
}

/// More certificates than [`LONGEST_CHAIN`].
#[derive(Debug, Error)]
#[error("a chain of {0} certificates; at most {LONGEST_CHAIN} are allowed")]
struct ChainTooLong(usize);

fn check_length(intermediates: &[CertificateDer<'_>]) -> Result<(), CertificateError> {
    let length = intermediates.len() + 1;
    if length > LONGEST_CHAIN {
        let too_long = Arc::new(ChainTooLong(length));
        return Err(CertificateError::Other(OtherError(too_long)));
    }
    Ok(())
}

/// Whether the certificate says that it is for TLS clients. One that says nothing of its purpose, such
/// as a qualified seal (ETSI TS 119 495 §5), is for signing; the verifier would take it.
fn is_for_clients(certificate: &CertificateDer<'_>) -> bool {
    X509Certificate::from_der(certificate).is_ok_and(|(_, parsed)| {
        matches!(parsed.extended_key_usage(), Ok(Some(usage)) if usage.value.client_auth)
    })
}

impl ClientCertVerifier for ClientTrust {
    fn root_hint_subjects(&self) -> &[DistinguishedName] {
        &self.hints
    }

    fn verify_client_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        now: UnixTime,
    ) -> Result<ClientCertVerified, rustls::Error> {
        check_length(intermediates)?;
        let verified = self
            .verifier()
            .verify_client_cert(end_entity, intermediates, now)?;
        if is_for_clients(end_entity) {
            Ok(verified)
        } else {
            Err(CertificateError::InvalidPurpose.into())
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier()
            .verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        self.verifier()
            .verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.verifier().supported_verify_schemes()
    }
}
