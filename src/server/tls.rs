//! TLS as the emulated banks speak it: one configuration per listener, chosen after the `ClientHello`.

use std::sync::Arc;
use std::{fmt, io};

use futures_util::future::{BoxFuture, Shared};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::server::danger::ClientCertVerifier;
use rustls::server::{Acceptor, ClientHello, NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{CipherSuite, ServerConfig, SignatureScheme};
use thiserror::Error;
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::OnceCell;
use tokio_rustls::LazyConfigAcceptor;
use tokio_rustls::server::TlsStream;

use super::peer::ListenerKind;
use super::provider::provider;
use super::trust::ClientTrust;
use super::wire::linger;

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
        let config = configure(identity, Arc::clone(&verifier))?;
        Ok(Self {
            kind,
            verifier,
            config,
            rsa,
            rsa_config: OnceCell::new(),
        })
    }

    /// Which listener this is for.
    #[must_use]
    pub fn kind(&self) -> ListenerKind {
        self.kind
    }

    /// Takes one TCP connection through its handshake.
    ///
    /// A peer that fails it has been sent its alert when this returns. Has no time limit of its own.
    pub(super) async fn accept(&self, stream: TcpStream) -> io::Result<TlsStream<TcpStream>> {
        let mut acceptor = LazyConfigAcceptor::new(Acceptor::default(), stream);
        let started = match (&mut acceptor).await {
            Ok(started) => started,
            Err(cause) => return Err(refuse(cause, acceptor.take_io()).await),
        };
        let config = self.config_for(&started.client_hello()).await;
        match started.into_stream(config).into_fallible().await {
            Ok(stream) => Ok(stream),
            Err((cause, stream)) => Err(refuse(cause, Some(stream)).await),
        }
    }

    /// The configuration that suits what this client offers. May wait for the RSA identity.
    async fn config_for(&self, hello: &ClientHello<'_>) -> Arc<ServerConfig> {
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
        configure(&identity, Arc::clone(&self.verifier)).map_err(|error| error.to_string())
    }
}

fn configure(
    identity: &ServerIdentity,
    verifier: Arc<dyn ClientCertVerifier>,
) -> Result<Arc<ServerConfig>, TlsSetupError> {
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_protocol_versions(&[&rustls::version::TLS13, &rustls::version::TLS12])?
        .with_client_cert_verifier(verifier)
        .with_single_cert(identity.chain.clone(), identity.key.clone_key())?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    // A resumed session takes the client's chain from the ticket and never asks the verifier again:
    // a certificate revoked meanwhile would pass. No ticketer is set, so that there are no tickets in
    // TLS 1.2 either.
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

/// Whether a client can be served with an RSA certificate only, not with an EC P-256 one.
fn takes_only_rsa(offered: &[CipherSuite], schemes: &[SignatureScheme]) -> bool {
    let offers_one_of = |suites: &[CipherSuite]| suites.iter().any(|suite| offered.contains(suite));
    // The suites of TLS 1.3 say nothing about the certificate.
    let any = offers_one_of(&[
        CipherSuite::TLS13_AES_128_GCM_SHA256,
        CipherSuite::TLS13_AES_256_GCM_SHA384,
        CipherSuite::TLS13_CHACHA20_POLY1305_SHA256,
    ]);
    let ecdsa = offers_one_of(&[
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_ECDSA_WITH_AES_256_GCM_SHA384,
    ]);
    let rsa = offers_one_of(&[
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_128_GCM_SHA256,
        CipherSuite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384,
    ]);
    let takes_ecdsa = (any || ecdsa) && schemes.contains(&SignatureScheme::ECDSA_NISTP256_SHA256);
    !takes_ecdsa && (any || rsa)
}

/// Lets the alert that was just written reach the peer, then gives the cause back.
async fn refuse(cause: io::Error, stream: Option<TcpStream>) -> io::Error {
    if let Some(mut stream) = stream
        && stream.shutdown().await.is_ok()
    {
        linger(&mut stream).await;
    }
    cause
}

#[cfg(test)]
mod tests {
    use rustls::CipherSuite as Suite;
    use rustls::SignatureScheme as Scheme;

    use super::takes_only_rsa;

    #[test]
    fn only_those_who_can_use_it_and_nothing_else_get_the_rsa_certificate() {
        let tls13 = Suite::TLS13_AES_128_GCM_SHA256;
        let ecdsa = Suite::TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256;
        let rsa = Suite::TLS_ECDHE_RSA_WITH_AES_256_GCM_SHA384;
        let chacha = Suite::TLS_ECDHE_ECDSA_WITH_CHACHA20_POLY1305_SHA256;
        let (p256, pss) = (Scheme::ECDSA_NISTP256_SHA256, Scheme::RSA_PSS_SHA256);
        let cases: [(&[Suite], &[Scheme], bool); 7] = [
            (&[tls13, ecdsa, rsa], &[p256, pss], false),
            (&[ecdsa, rsa], &[p256, pss], false),
            (&[tls13], &[pss], true),
            (&[ecdsa, rsa], &[pss], true),
            (&[rsa], &[p256, pss], true),
            (&[chacha], &[p256, pss], false),
            (&[], &[], false),
        ];
        for (offered, schemes, expected) in cases {
            assert_eq!(
                takes_only_rsa(offered, schemes),
                expected,
                "{offered:?} {schemes:?}"
            );
        }
    }
}
