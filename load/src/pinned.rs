//! Knows one server again, by its certificate.
//!
//! The load verifies a server's chain once. In each further handshake the certificate must be the very
//! same, and its signatures are not computed again: the load is to cost less than the server.

use std::fmt;
use std::sync::{Arc, OnceLock};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{CertificateError, DigitallySignedStruct, Error, SignatureScheme};

/// Asks `first` until a certificate was good, and takes only that one from then on.
pub struct Pinned {
    first: Arc<dyn ServerCertVerifier>,
    known: OnceLock<CertificateDer<'static>>,
}

impl Pinned {
    /// Knows nobody yet.
    pub fn new(first: Arc<dyn ServerCertVerifier>) -> Self {
        Self {
            first,
            known: OnceLock::new(),
        }
    }

    /// A signature by the known server, or one that `verify` finds good: then its server is known.
    fn signature(
        &self,
        certificate: &CertificateDer<'_>,
        verify: impl FnOnce() -> Result<HandshakeSignatureValid, Error>,
    ) -> Result<HandshakeSignatureValid, Error> {
        if self.known.get().is_some_and(|known| known == certificate) {
            return Ok(HandshakeSignatureValid::assertion());
        }
        let verified = verify()?;
        // Another handshake may have been quicker, with the same certificate.
        self.known.get_or_init(|| certificate.clone().into_owned());
        Ok(verified)
    }
}

impl fmt::Debug for Pinned {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Pinned").finish_non_exhaustive()
    }
}

impl ServerCertVerifier for Pinned {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        if let Some(known) = self.known.get() {
            return if known == end_entity {
                Ok(ServerCertVerified::assertion())
            } else {
                Err(CertificateError::ApplicationVerificationFailure.into())
            };
        }
        let first = &self.first;
        first.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let first = &self.first;
        self.signature(certificate, || {
            first.verify_tls12_signature(message, certificate, signed)
        })
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let first = &self.first;
        self.signature(certificate, || {
            first.verify_tls13_signature(message, certificate, signed)
        })
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.first.supported_verify_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;

    use rustls::RootCertStore;
    use rustls::client::WebPkiServerVerifier;
    use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerifier};
    use rustls::pki_types::{ServerName, UnixTime};

    use super::Pinned;
    use crate::pki::{self, Pki};
    use crate::tls::{certificates, provider};

    #[test]
    fn once_a_server_is_known_another_of_the_same_authority_is_refused() {
        let pki = Pki::new().unwrap();
        let servers = [(); 2].map(|()| pki::server(&pki.authority()).unwrap());
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&servers[0].ca).unwrap() {
            roots.add(certificate).unwrap();
        }
        let first = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider());
        let pinned = Pinned::new(first.build().unwrap());
        let chains = servers.map(|server| certificates(&server.chain).unwrap());
        let verify = |chain: &[_]| {
            let name = ServerName::try_from("localhost").unwrap();
            pinned.verify_server_cert(&chain[0], &chain[1..], &name, &[], UnixTime::now())
        };
        assert!(verify(&chains[0]).is_ok() && verify(&chains[1]).is_ok());
        let good = || Ok(HandshakeSignatureValid::assertion());
        pinned.signature(&chains[0][0], good).unwrap();
        assert!(verify(&chains[0]).is_ok() && verify(&chains[1]).is_err());
    }
}
