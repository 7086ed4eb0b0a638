//! The server's certificates, and whom it trusts.

use std::sync::Arc;

use certs_gen::{
    Authority, Certificate, CertificateRequest, Flaw, Key, KeyAlgorithm, Kind, PublicKey, Subject,
};
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
    CertificateFault, ClientTrust, HostFaults, RsaIdentity, ServerIdentity, ServerTls,
    TlsSetupError, TrustError,
};

/// Whose certificate `wrong-host` shows: a name that nobody has (RFC 6761 §6.4).
const ANOTHER_HOST: &str = "another-host.invalid";

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
        let client_trust = ClientTrust::new(anchors, &[revoked])?;
        let hosts = urls.known_names();
        let names: Vec<String> = hosts
            .iter()
            .cloned()
            .chain(HostFaults::names(hosts))
            .collect();
        let key = Key::generate(KeyAlgorithm::EcP256)?;
        let identity = identity(authority, &key, &names)?;
        let rsa = rsa_identity(Arc::clone(authority), key_pool.clone(), names.clone());
        let (authority, faulty_names) = (Arc::clone(authority), names);
        let faults = Arc::new(HostFaults::new(hosts, move |fault| {
            let made = faulty_identity(fault, &authority, &key, &faulty_names);
            made.map_err(|error| error.to_string())
        }));
        let mtls = ServerTls::mutual(&identity, rsa.clone(), Arc::clone(&client_trust))?;
        let tls = ServerTls::server_only(&identity, rsa)?;
        Ok(Self {
            mtls: Arc::new(mtls.with_host_faults(Arc::clone(&faults))),
            tls: Arc::new(tls.with_host_faults(faults)),
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

/// A certificate and the issuing CA's.
fn identity(
    authority: &Authority,
    key: &Key,
    names: &[String],
) -> Result<ServerIdentity, certs_gen::Error> {
    let subject = server(names);
    let certificate = authority.issue(&request(&subject, key, None), Clock::system().now())?;
    Ok(chained([certificate.der(), certificate.issuing_der()], key))
}

/// As [`identity`], but for one fault.
fn faulty_identity(
    fault: CertificateFault,
    authority: &Authority,
    key: &Key,
    names: &[String],
) -> Result<ServerIdentity, certs_gen::Error> {
    let now = Clock::system().now();
    let subject = server(names);
    let flawed = |flaw| {
        let certificate = authority.issue(&request(&subject, key, Some(flaw)), now)?;
        Ok(chained([certificate.der(), certificate.issuing_der()], key))
    };
    match fault {
        CertificateFault::Expired => flawed(Flaw::Expired),
        CertificateFault::NotYetValid => flawed(Flaw::NotYetValid),
        CertificateFault::WrongHost => identity(authority, key, &[ANOTHER_HOST.to_owned()]),
        CertificateFault::SelfSigned => {
            let certificate = Certificate::self_signed(Kind::Server, &subject, key, now)?;
            Ok(chained([certificate.der()], key))
        }
        CertificateFault::UntrustedRoot => {
            let stranger = Authority::generate(now)?;
            let certificate = stranger.issue(&request(&subject, key, None), now)?;
            let chain = [
                certificate.der(),
                stranger.issuing_der(),
                stranger.root_der(),
            ];
            Ok(chained(chain, key))
        }
        CertificateFault::MissingIntermediate => {
            let request = request(&subject, key, None);
            let certificate = authority.issue_by_unlisted_ca(&request, now)?;
            Ok(chained([certificate.der()], key))
        }
    }
}

fn server(names: &[String]) -> Subject {
    Subject::server(names.iter().map(String::as_str))
}

fn request<'a>(subject: &'a Subject, key: &'a Key, flaw: Option<Flaw>) -> CertificateRequest<'a> {
    CertificateRequest {
        kind: Kind::Server,
        subject,
        public_key: PublicKey::Of(key),
        flaw,
    }
}

fn chained<const LENGTH: usize>(chain: [&[u8]; LENGTH], key: &Key) -> ServerIdentity {
    ServerIdentity {
        chain: chain.map(|der| CertificateDer::from(der.to_vec())).to_vec(),
        key: PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.private_der().to_vec())),
    }
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
