//! TLS as the emulated banks speak it: one configuration per listener, chosen after the `ClientHello`.

mod config;

use std::sync::Arc;
use std::{fmt, io};

use futures_util::future::{BoxFuture, Shared};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{Acceptor, ClientHello, WebPkiClientVerifier};
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::server::TlsStream;
use tokio_rustls::{LazyConfigAcceptor, StartHandshake};

pub(super) use self::config::certificate;
use self::config::{Recipe, TLS12_ONLY, takes_only_rsa};
use super::handshake::{
    Faulted, HandshakeFault, HandshakeScript, Judge, JudgingVerifier, NotShaken,
};
use super::host_faults::{HostFault, HostFaults};
use super::peer::ListenerKind;
use super::trust::ClientTrust;
use super::wire::linger;

/// Who ends a handshake, for the log.
const SCRIPT: &str = "a script";
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
    config: Arc<ServerConfig>,
    rsa: RsaIdentity,
    rsa_config: OnceCell<Arc<ServerConfig>>,
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
        let config = Recipe::new(certificate(identity)?, Arc::clone(&verifier)).config()?;
        Ok(Self {
            kind,
            verifier,
            config,
            rsa,
            rsa_config: OnceCell::new(),
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
    /// A peer that fails it has been sent its alert when this returns. Has no time limit of its own.
    pub(super) async fn accept(
        &self,
        stream: TcpStream,
        connection: u64,
        script: Option<&Arc<dyn HandshakeScript>>,
    ) -> Result<TlsStream<TcpStream>, NotShaken> {
        let mut acceptor = LazyConfigAcceptor::new(Acceptor::default(), stream);
        let started = match (&mut acceptor).await {
            Ok(started) => started,
            Err(cause) => return Err(refuse(cause, acceptor.take_io()).await),
        };
        let hello = started.client_hello();
        let host_fault = self.host_fault(hello.server_name());
        let mut judge = script.map(|script| Judge {
            script: Arc::clone(script),
            listener: self.kind,
            connection,
            server_name: hello.server_name().map(ToOwned::to_owned),
        });
        let is_later = self.asks_for_certificate(host_fault)
            && script.is_some_and(|script| script.wants_certificate());
        if !is_later && let Some(fault) = judge.take().and_then(|judge| judge.ask(None)) {
            return Err(faulted(fault, SCRIPT, started.io));
        }
        if let Some(HostFault::Handshake(fault)) = host_fault {
            return Err(faulted(fault, "the host name asked for", started.io));
        }
        match self.config_for(&hello, host_fault, judge).await {
            Ok((config, judging)) => finish(started, config, judging).await,
            Err(cause) => {
                tracing::error!(cause, "no certificate for a host name with a fault");
                let fault = HandshakeFault::Alert(INTERNAL_ERROR);
                Err(faulted(fault, "no certificate", started.io))
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

    /// The configuration that suits what this client offers and asks for. May wait for a certificate.
    ///
    /// With a `judge` it is for this handshake only, and has the verifier that asks.
    async fn config_for(
        &self,
        hello: &ClientHello<'_>,
        fault: Option<HostFault>,
        judge: Option<Judge>,
    ) -> Result<(Arc<ServerConfig>, Option<Arc<JudgingVerifier>>), String> {
        let certificate = if let Some(HostFault::Certificate(fault)) = fault
            && let Some(faults) = &self.host_faults
        {
            faults.certificate(fault).await?
        } else {
            let ordinary = self.ordinary_config(hello).await;
            if fault.is_none() && judge.is_none() {
                return Ok((ordinary, None));
            }
            Arc::clone(&ordinary.cert_resolver)
        };
        let mut recipe = Recipe::new(certificate, Arc::clone(&self.verifier));
        match fault {
            Some(HostFault::Tls12Only) => recipe.versions = &TLS12_ONLY,
            Some(HostFault::NoClientCertificateRequest) => {
                recipe.verifier = WebPkiClientVerifier::no_client_auth();
            }
            _ => {}
        }
        let judging = judge.map(|judge| judge.verifier(Arc::clone(&recipe.verifier)));
        if let Some(verifier) = &judging {
            recipe.verifier = Arc::clone(verifier) as _;
        }
        let config = recipe.config().map_err(|error| error.to_string())?;
        Ok((config, judging))
    }

    /// The configuration for clients that ask for no fault.
    async fn ordinary_config(&self, hello: &ClientHello<'_>) -> Arc<ServerConfig> {
        if !takes_only_rsa(hello.cipher_suites(), hello.signature_schemes()) {
            return Arc::clone(&self.config);
        }
        match self
            .rsa_config
            .get_or_try_init(|| self.configure_rsa())
            .await
        {
            Ok(config) => Arc::clone(config),
            Err(cause) => {
                tracing::warn!(cause, "no RSA certificate for a client that takes no other");
                // Nothing in it suits the client, which is thus told so by the right alert.
                Arc::clone(&self.config)
            }
        }
    }

    async fn configure_rsa(&self) -> Result<Arc<ServerConfig>, String> {
        let identity = self.rsa.clone().await.ok_or("none was made")?;
        let certificate = certificate(&identity).map_err(|error| error.to_string())?;
        let recipe = Recipe::new(certificate, Arc::clone(&self.verifier));
        recipe.config().map_err(|error| error.to_string())
    }
}

/// The handshake after the `ClientHello`, and what a script said meanwhile.
async fn finish(
    started: StartHandshake<TcpStream>,
    config: Arc<ServerConfig>,
    judging: Option<Arc<JudgingVerifier>>,
) -> Result<TlsStream<TcpStream>, NotShaken> {
    let finished = started.into_stream(config).into_fallible().await;
    let verdict = judging.and_then(|verifier| verifier.verdict());
    match (finished, verdict) {
        (Ok(stream), None) => Ok(stream),
        (Ok(stream), Some(fault)) => Err(faulted(fault, SCRIPT, stream.into_inner().0)),
        (Err((_, stream)), Some(HandshakeFault::Alert(number))) => {
            let cause = io::Error::other(format!("{SCRIPT} wants alert {number}"));
            Err(refuse(cause, Some(stream)).await)
        }
        (Err((cause, stream)), _) => Err(refuse(cause, Some(stream)).await),
    }
}

fn faulted(fault: HandshakeFault, cause: &'static str, stream: TcpStream) -> NotShaken {
    NotShaken::Faulted(Faulted {
        fault,
        cause,
        stream,
    })
}

/// Lets the alert that was just written reach the peer.
async fn refuse(cause: io::Error, stream: Option<TcpStream>) -> NotShaken {
    if let Some(mut stream) = stream
        && stream.shutdown().await.is_ok()
    {
        linger(&mut stream).await;
    }
    NotShaken::Failed(cause)
}
