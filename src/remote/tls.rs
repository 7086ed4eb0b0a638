//! TLS as a client, with the certificates of a kit.

use std::sync::Arc;

use rustls::client::WantsClientCert;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, ConfigBuilder, RootCertStore};

use crate::remote::RemoteError;

/// For plain HTTP: the client wants to know how TLS would be.
pub(super) fn without_certificate() -> Result<ClientConfig, RemoteError> {
    Ok(builder(RootCertStore::empty())?.with_no_client_auth())
}

/// Trusts the CA and presents the certificate; all in PEM.
pub(super) fn with_certificate(
    ca: &[u8],
    chain: &[u8],
    key: &[u8],
) -> Result<ClientConfig, RemoteError> {
    let mut roots = RootCertStore::empty();
    for certificate in certificates(ca)? {
        roots.add(certificate).map_err(setup)?;
    }
    let key = PrivateKeyDer::from_pem_slice(key).map_err(setup)?;
    builder(roots)?
        .with_client_auth_cert(certificates(chain)?, key)
        .map_err(setup)
}

fn builder(
    roots: RootCertStore,
) -> Result<ConfigBuilder<ClientConfig, WantsClientCert>, RemoteError> {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .with_root_certificates(roots))
}

fn certificates(pem: &[u8]) -> Result<Vec<CertificateDer<'static>>, RemoteError> {
    let certificates = CertificateDer::pem_slice_iter(pem);
    certificates.collect::<Result<_, _>>().map_err(setup)
}

fn setup(error: impl std::fmt::Display) -> RemoteError {
    RemoteError::Setup(error.to_string())
}
