//! TLS as the emulated banks speak it: one configuration per handshake, made after the `ClientHello`.

mod config;

use std::sync::Arc;
use std::{fmt, io};

use futures_util::future::{BoxFuture, Shared};
use rustls::ServerConfig;
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{Acceptor, ClientHello, ResolvesServerCert, WebPkiClientVerifier};
use thiserror::Error;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};

pub(super) use self::config::certificate;
use self::config::{ALL_VERSIONS, Recipe, TLS12_ONLY, Versions, takes_only_rsa, version_for};
use super::handshake::{
    HandshakeCause, HandshakeFault, HandshakeScript, Hello, Judge, NotShaken, RecordingVerifier,
    Seen,
};
use super::host_faults::{HostFault, HostFaults};
use super::peer::ListenerKind;
use super::provider::provider;
use super::trust::ClientTrust;

/// Who wants a handshake to fail.
const SCRIPT: &str = "a script";
const HOST_NAME: &str = "the host name asked for";
/// RFC 8446 §6.2.
const INTERNAL_ERROR: u8 = 80;

/// A certificate chain (DER, leaf first) and its private key.
#[derive(Debug)]
pub struct ServerIdentity {
    /// The leaf and what leads to the root; the root itself need not be sent.
    pub chain: Vec<CertificateDer<'static>>,
    /// The leaf's key.
    pub key: PrivateKeyDer<'static>,
}

/// An RSA identity that is made when the first client needs it; `None` if it cannot be made.
///
/// Only clients that cannot take an elliptic-curve certificate wait for it, within their handshake's time.
pub type RsaIdentity = Shared<BoxFuture<'static, Option<Arc<ServerIdentity>>>>;

/// The TLS side of one listener. Sessions are never resumed, on neither listener.
pub struct ServerTls {
    kind: ListenerKind,
    verifier: Arc<dyn ClientCertVerifier>,
    provider: Arc<CryptoProvider>,
    certificate: Arc<dyn ResolvesServerCert>,
    rsa: RsaIdentity,
    rsa_certificate: OnceCell<Arc<dyn ResolvesServerCert>>,
    host_faults: Option<Arc<HostFaults>>,
}

impl fmt::Debug for ServerTls {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("ServerTls")
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// Why a TLS listener could not be set up.
#[derive(Debug, Error)]
#[error("the server's certificate chain and key cannot be used: {0}")]
pub struct TlsSetupError(#[from] rustls::Error);

impl ServerTls {
    /// The mTLS listener: a client certificate that `trust` accepts is required in the handshake.
    ///
    /// `identity` is an EC P-256 one; `rsa` serves the clients that only take RSA.
    ///
    /// # Errors
    /// A chain that cannot be parsed, or a key that is not the leaf's.
    pub fn mutual(
        identity: &ServerIdentity,
        rsa: RsaIdentity,
        trust: Arc<ClientTrust>,
    ) -> Result<Self, TlsSetupError> {
        Self::new(ListenerKind::Mtls, trust, identity, rsa)
    }

    /// The plain TLS listener: no client certificate is asked for.
    ///
    /// # Errors
    /// As for [`ServerTls::mutual`].
    pub fn server_only(identity: &ServerIdentity, rsa: RsaIdentity) -> Result<Self, TlsSetupError> {
        Self::new(
            ListenerKind::Tls,
            WebPkiClientVerifier::no_client_auth(),
            identity,
            rsa,
        )
    }

    fn new(
        kind: ListenerKind,
        verifier: Arc<dyn ClientCertVerifier>,
        identity: &ServerIdentity,
        rsa: RsaIdentity,
    ) -> Result<Self, TlsSetupError> {
        Ok(Self {
            kind,
            verifier,
            provider: provider(),
            certificate: certificate(identity)?,
            rsa,
            rsa_certificate: OnceCell::new(),
            host_faults: None,
        })
    }

    /// Lets clients meet faults by the host name they ask for. The names themselves must be in the
    /// identities: [`HostFaults::names`].
    #[must_use]
    pub fn with_host_faults(mut self, faults: Arc<HostFaults>) -> Self {
        self.host_faults = Some(faults);
        self
    }

    /// Which listener this is for.
    #[must_use]
    pub fn kind(&self) -> ListenerKind {
        self.kind
    }

    /// Takes the `connection`-th TCP connection through its handshake, as the script wants it.
    ///
    /// What the handshake shows goes to `seen`, also if this is dropped. Has no time limit of its own.
    pub(super) async fn accept(
        &self,
        stream: TcpStream,
        connection: u64,
        script: Option<&Arc<dyn HandshakeScript>>,
        seen: &Arc<Seen>,
    ) -> Result<TlsStream<TcpStream>, NotShaken> {
        let mut acceptor = LazyConfigAcceptor::new(Acceptor::default(), stream);
        let started = match (&mut acceptor).await {
            Ok(started) => started,
            Err(error) => return Err(NotShaken::failed(&error, seen, acceptor.take_io())),
        };
        let hello = started.client_hello();
        let server_name = hello.server_name().map(ToOwned::to_owned);
        let host_fault = self.host_fault(hello.server_name());
        let versions = versions_under(host_fault);
        seen.greet(Hello {
            server_name: server_name.clone(),
            tls_version: Some(version_for(hello.cipher_suites(), versions)),
        });
        let mut judge = script.map(|script| Judge {
            script: Arc::clone(script),
            listener: self.kind,
            connection,
            server_name,
        });
        let is_later = self.asks_for_certificate(host_fault)
            && script.is_some_and(|script| script.wants_certificate());
        if !is_later && let Some(fault) = judge.take().and_then(|judge| judge.ask(None)) {
            return Err(scripted(SCRIPT, fault, started.io));
        }
        if let Some(HostFault::Handshake(fault)) = host_fault {
            return Err(scripted(HOST_NAME, fault, started.io));
        }
        match self.config_for(&hello, host_fault, judge, seen).await {
            Ok(config) => finish(started, config, host_fault, seen).await,
            Err(cause) => {
                tracing::error!(cause, "no TLS configuration for a client");
                let (server_error, fault) = (
                    HandshakeCause::ServerError,
                    HandshakeFault::Alert(INTERNAL_ERROR),
                );
                Err(NotShaken::faulted(server_error, &cause, fault, started.io))
            }
        }
    }

    fn host_fault(&self, server_name: Option<&str>) -> Option<HostFault> {
        self.host_faults.as_ref()?.of(server_name?)
    }

    /// Whether a handshake with this fault comes to ask for a client certificate.
    fn asks_for_certificate(&self, fault: Option<HostFault>) -> bool {
        self.kind == ListenerKind::Mtls
            && !matches!(
                fault,
                Some(HostFault::NoClientCertificateRequest | HostFault::Handshake(_))
            )
    }

    /// The configuration of one handshake, as suits what this client offers and asks for. May wait for a
    /// certificate.
    async fn config_for(
        &self,
        hello: &ClientHello<'_>,
        fault: Option<HostFault>,
        judge: Option<Judge>,
        seen: &Arc<Seen>,
    ) -> Result<Arc<ServerConfig>, String> {
        let certificate = if let Some(HostFault::Certificate(fault)) = fault
            && let Some(faults) = &self.host_faults
        {
            faults.certificate(fault).await?
        } else {
            self.ordinary_certificate(hello).await
        };
        let verifier: Arc<dyn ClientCertVerifier> = if self.asks_for_certificate(fault) {
            Arc::new(RecordingVerifier {
                verifier: Arc::clone(&self.verifier),
                judge,
                seen: Arc::clone(seen),
            })
        } else {
            WebPkiClientVerifier::no_client_auth()
        };
        let recipe = Recipe {
            certificate,
            verifier,
            versions: versions_under(fault),
        };
        recipe
            .config(&self.provider)
            .map_err(|error| error.to_string())
    }

    /// The certificate for clients that ask for no faulty one.
    async fn ordinary_certificate(&self, hello: &ClientHello<'_>) -> Arc<dyn ResolvesServerCert> {
        if !takes_only_rsa(hello.cipher_suites(), hello.signature_schemes()) {
            return Arc::clone(&self.certificate);
        }
        let rsa = self.rsa_certificate.get_or_try_init(|| self.take_rsa());
        match rsa.await {
            Ok(certificate) => Arc::clone(certificate),
            Err(cause) => {
                tracing::warn!(cause, "no RSA certificate for a client that takes no other");
                // Nothing in it suits the client, which is thus told so by the right alert.
                Arc::clone(&self.certificate)
            }
        }
    }

    async fn take_rsa(&self) -> Result<Arc<dyn ResolvesServerCert>, String> {
        let identity = self.rsa.clone().await.ok_or("none was made")?;
        certificate(&identity).map_err(|error| error.to_string())
    }
}

fn versions_under(fault: Option<HostFault>) -> Versions {
    match fault {
        Some(HostFault::Tls12Only) => &TLS12_ONLY,
        _ => &ALL_VERSIONS,
    }
}

/// The handshake after the `ClientHello`, and what a script said meanwhile.
async fn finish(
    started: StartHandshake<TcpStream>,
    config: Arc<ServerConfig>,
    host_fault: Option<HostFault>,
    seen: &Seen,
) -> Result<TlsStream<TcpStream>, NotShaken> {
    let finished = started.into_stream(config).into_fallible().await;
    match (finished, seen.verdict()) {
        (Ok(stream), None) => Ok(stream),
        (Ok(stream), Some(fault)) => Err(scripted(SCRIPT, fault, stream.into_inner().0)),
        (Err((_, stream)), Some(HandshakeFault::Alert(number))) => {
            let told = io::Error::other(HandshakeFault::Alert(number).to_string());
            Err(NotShaken::failed(&told, seen, Some(stream)).wanted(SCRIPT))
        }
        (Err((error, stream)), _) => {
            let failed = NotShaken::failed(&error, seen, Some(stream));
            if host_fault.is_some_and(|fault| fault.explains(failed.cause)) {
                return Err(failed.wanted(HOST_NAME));
            }
            Err(failed)
        }
    }
}

fn scripted(wanted_by: &str, fault: HandshakeFault, stream: TcpStream) -> NotShaken {
    NotShaken::faulted(HandshakeCause::Scripted, wanted_by, fault, stream)
}
