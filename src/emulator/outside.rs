//! From settings to the directories elsewhere that the banks believe.

use std::sync::Arc;

use certs_gen::Authority;
use reqwest::Client;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::config::{DirectoryConfig, TrustedDirectory};
use crate::directory::outside::{Fetching, Outside, TrustedIssuer};

/// Why key sets could not be fetched at all.
#[derive(Debug, thiserror::Error)]
pub enum FetchSetupError {
    /// The TLS side.
    #[error("key sets cannot be fetched over TLS: {0}")]
    Tls(#[from] rustls::Error),
    /// The HTTP side.
    #[error("key sets cannot be fetched: {0}")]
    Http(#[from] reqwest::Error),
}

/// The directories of the settings. Blocks while the system's trust store is read, where something
/// may be fetched.
pub fn directories(
    config: &DirectoryConfig,
    authority: &Authority,
) -> Result<Outside, FetchSetupError> {
    let servers = config.fetch_jwks_from.clone();
    let fetching = if servers.is_empty() {
        None
    } else {
        let builder = Client::builder().tls_backend_preconfigured(client_config(authority)?);
        Some(Fetching::new(builder, servers)?)
    };
    Ok(Outside {
        issuers: config.trusted.iter().map(issuer).collect(),
        fetching,
    })
}

fn issuer(trusted: &TrustedDirectory) -> TrustedIssuer {
    TrustedIssuer {
        iss: trusted.iss.clone(),
        ecosystem: trusted.ecosystem,
        keys: trusted.keys.clone(),
        software_keys: trusted.software_keys.clone(),
    }
}

/// Trusts whom the system trusts (or the file that `SSL_CERT_FILE` names) and the authority.
fn client_config(authority: &Authority) -> Result<ClientConfig, rustls::Error> {
    let mut roots = RootCertStore::empty();
    let of_system = rustls_native_certs::load_native_certs();
    for error in &of_system.errors {
        tracing::warn!(%error, "a certificate of the system's trust store cannot be read");
    }
    // Some system has one that the library does not take; it is of no use then.
    roots.add_parsable_certificates(of_system.certs);
    roots.add(CertificateDer::from(authority.root_der().to_vec()))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    Ok(ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()?
        .with_root_certificates(roots)
        .with_no_client_auth())
}
