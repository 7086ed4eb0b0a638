//! TLS as the load speaks it: never a resumed session, one protocol by ALPN.

use std::path::Path;
use std::sync::Arc;

use anyhow::{Context, Result};
use rustls::client::{Resumption, WebPkiServerVerifier};
use rustls::crypto::{CryptoProvider, aws_lc_rs};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};

use crate::client::Http;
use crate::pinned::Pinned;

/// The one provider.
pub fn provider() -> Arc<CryptoProvider> {
    Arc::new(aws_lc_rs::default_provider())
}

/// A client's certificates and whom it trusts, as PEM.
#[derive(Debug)]
pub struct Identity {
    /// Anchors.
    pub ca: String,
    /// The client's chain, leaf first.
    pub chain: String,
    /// Its key, PKCS#8.
    pub key: String,
}

impl Identity {
    /// The transport certificate of a kit.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn of_kit(kit: &Path) -> Result<Self> {
        let read = |name: &str| {
            let path = kit.join(name);
            std::fs::read_to_string(&path).with_context(|| path.display().to_string())
        };
        Ok(Self {
            ca: read("ca.pem")?,
            chain: read("transport.pem")?,
            key: read("transport.key")?,
        })
    }

    /// A client that shows this certificate, and speaks `http`. The first server that it meets must be
    /// of the CA; from then on it takes only that one, and knows it by its certificate.
    ///
    /// # Errors
    /// What cannot be parsed, or a key that is not the certificate's.
    pub fn client(&self, http: Http) -> Result<Arc<ClientConfig>> {
        let mut roots = RootCertStore::empty();
        for certificate in certificates(&self.ca)? {
            roots.add(certificate)?;
        }
        let verifier =
            WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider()).build()?;
        let mut config = ClientConfig::builder_with_provider(provider())
            .with_safe_default_protocol_versions()?
            .dangerous()
            .with_custom_certificate_verifier(Arc::new(Pinned::new(verifier)))
            .with_client_auth_cert(certificates(&self.chain)?, private_key(&self.key)?)?;
        config.alpn_protocols = vec![http.alpn().to_vec()];
        config.resumption = Resumption::disabled();
        Ok(Arc::new(config))
    }
}

/// The certificates of a PEM text.
///
/// # Errors
/// What cannot be parsed.
pub fn certificates(pem: &str) -> Result<Vec<CertificateDer<'static>>> {
    CertificateDer::pem_slice_iter(pem.as_bytes())
        .collect::<Result<_, _>>()
        .context("not a PEM of certificates")
}

/// The private key of a PEM text.
///
/// # Errors
/// What cannot be parsed.
pub fn private_key(pem: &str) -> Result<PrivateKeyDer<'static>> {
    PrivateKeyDer::from_pem_slice(pem.as_bytes()).context("not a PEM of a private key")
}
