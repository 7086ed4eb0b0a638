//! The server's certificates, and whom it trusts.

use std::sync::Arc;

use certs_gen::{Authority, CertificateRequest, Key, KeyAlgorithm, Kind, PublicKey, Subject};
use futures_util::FutureExt;
use rustls::RootCertStore;
use rustls::pki_types::{
    CertificateDer, CertificateRevocationListDer, PrivateKeyDer, PrivatePkcs8KeyDer,
};

use crate::clock::Clock;
use crate::config::TrustedDirectory;
use crate::directory::KeyPool;
use crate::domain::urls::Urls;
use crate::server::{
    ClientTrust, RsaIdentity, ServerIdentity, ServerTls, TlsSetupError, TrustError,
};

/// Why TLS could not be set up.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A certificate or list could not be made.
    #[error(transparent)]
    Certificates(#[from] certs_gen::Error),
    /// The authority's certificates cannot be trust anchors.
    #[error(transparent)]
    Trust(#[from] TrustError),
    /// A CA of another directory is none.
    #[error("a client_ca of the trusted directory `{iss}` is no CA certificate: {cause}")]
    ClientCa {
        /// `iss` of the directory.
        iss: String,
        /// What rustls says.
        cause: rustls::Error,
    },
    /// The server certificate cannot be used.
    #[error(transparent)]
    Setup(#[from] TlsSetupError),
}

/// The TLS side of both TLS listeners.
#[derive(Debug)]
pub struct TlsParts {
    /// The listener that asks for a client certificate.
    pub mtls: Arc<ServerTls>,
    /// The one that does not.
    pub tls: Arc<ServerTls>,
    /// Whose client certificates are taken.
    pub client_trust: Arc<ClientTrust>,
}

impl TlsParts {
    /// An EC certificate for every known name now, and an RSA one when a client needs it. Client
    /// certificates are taken of the authority and of the CAs of `trusted`.
    pub fn new(
        authority: &Arc<Authority>,
        key_pool: &KeyPool,
        urls: &Urls,
        trusted: &[TrustedDirectory],
    ) -> Result<Self, TlsError> {
        let now = Clock::system().now();
        let anchors = [authority.root_der(), authority.issuing_der()];
        let anchors = anchors.map(|der| CertificateDer::from(der.to_vec()));
        let anchors = anchors.into_iter().chain(outside_anchors(trusted)?);
        let revoked = CertificateRevocationListDer::from(authority.crl_der(now)?);
        let client_trust = ClientTrust::new(anchors, vec![revoked])?;
        let names = urls.known_names().to_vec();
        let identity = identity(authority, &Key::generate(KeyAlgorithm::EcP256)?, &names)?;
        let rsa = rsa_identity(Arc::clone(authority), key_pool.clone(), names);
        let mtls = ServerTls::mutual(&identity, rsa.clone(), Arc::clone(&client_trust))?;
        Ok(Self {
            mtls: Arc::new(mtls),
            tls: Arc::new(ServerTls::server_only(&identity, rsa)?),
            client_trust,
        })
    }
}

/// The CAs of other directories; one that is none is named with its directory.
fn outside_anchors(trusted: &[TrustedDirectory]) -> Result<Vec<CertificateDer<'static>>, TlsError> {
    let mut anchors = Vec::new();
    for directory in trusted {
        for der in &directory.client_ca {
            let anchor = CertificateDer::from(der.clone());
            let added = RootCertStore::empty().add(anchor.clone());
            added.map_err(|cause| TlsError::ClientCa {
                iss: directory.iss.clone(),
                cause,
            })?;
            anchors.push(anchor);
        }
    }
    Ok(anchors)
}

fn identity(
    authority: &Authority,
    key: &Key,
    names: &[String],
) -> Result<ServerIdentity, certs_gen::Error> {
    let request = CertificateRequest {
        kind: Kind::Server,
        subject: &Subject::server(names.iter().map(String::as_str)),
        public_key: PublicKey::Of(key),
        flaw: None,
    };
    let certificate = authority.issue(&request, Clock::system().now())?;
    Ok(ServerIdentity {
        chain: vec![
            CertificateDer::from(certificate.der().to_vec()),
            CertificateDer::from(certificate.issuing_der().to_vec()),
        ],
        key: PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.private_der().to_vec())),
    })
}

fn rsa_identity(authority: Arc<Authority>, key_pool: KeyPool, names: Vec<String>) -> RsaIdentity {
    let make = move || {
        let key = key_pool.take()?;
        identity(&authority, &key, &names)
    };
    async move {
        match tokio::task::spawn_blocking(make).await {
            Ok(Ok(identity)) => Some(Arc::new(identity)),
            Ok(Err(error)) => {
                tracing::error!(%error, "no RSA server certificate");
                None
            }
            Err(error) => {
                tracing::error!(%error, "no RSA server certificate");
                None
            }
        }
    }
    .boxed()
    .shared()
}
