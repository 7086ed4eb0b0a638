//! One server for each test, and the peers that call it.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use aspsp_emulator::server::{
    Application, CertificateFault, ClientTrust, HandshakeScript, HostFaults, Limits, Peer,
    ServerIdentity, ServerTls, Transport, serve,
};
use bytes::Bytes;
use futures_util::FutureExt;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::ServerName;
use rustls::{ClientConfig, RootCertStore, SupportedCipherSuite};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, oneshot, watch};
use tokio::task::JoinHandle;
use tokio::time::timeout;
use tokio_rustls::client::TlsStream;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reject::Rejection;
use warp::reply::{Reply, Response};

use crate::pki::{Certified, Pki};

/// The instant of every answer's `Date`.
pub const DATE: &str = "Sun, 06 Nov 1994 08:49:37 GMT";
pub const INTERACTION_ID: &str = "x-fapi-interaction-id";
pub const HTTP1: &[&str] = &["http/1.1"];
pub const HTTP2: &[&str] = &["h2"];

pub struct TestServer {
    pub address: SocketAddr,
    pub pki: Pki,
    pub trust: Arc<ClientTrust>,
    pub gate: Gate,
    pub rsa: watch::Sender<Option<Arc<ServerIdentity>>>,
    client: Certified,
    stop: Option<oneshot::Sender<()>>,
    task: JoinHandle<()>,
}

/// Where `/gate` waits: says that a request is inside, and lets it out.
#[derive(Clone)]
pub struct Gate {
    pub entered: Arc<Semaphore>,
    pub release: Arc<Semaphore>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    Mtls,
    Tls,
    Control,
}

impl TestServer {
    pub async fn start() -> Self {
        Self::start_with(Kind::Mtls, Limits::default()).await
    }

    pub async fn start_limited(limits: Limits) -> Self {
        Self::start_with(Kind::Mtls, limits).await
    }

    pub async fn start_with(kind: Kind, limits: Limits) -> Self {
        let gate = Gate {
            entered: Semaphore::new(0).into(),
            release: Semaphore::new(0).into(),
        };
        Self::start_serving(kind, limits, routes(gate.clone()), gate).await
    }

    pub async fn start_serving(
        kind: Kind,
        limits: Limits,
        routes: BoxedFilter<(Response,)>,
        gate: Gate,
    ) -> Self {
        Self::start_changed(kind, limits, routes, gate, |application| application).await
    }

    /// With a script for its handshakes.
    pub async fn start_scripted(kind: Kind, script: Arc<dyn HandshakeScript>) -> Self {
        Self::start_scripted_limited(kind, script, Limits::default()).await
    }

    pub async fn start_scripted_limited(
        kind: Kind,
        script: Arc<dyn HandshakeScript>,
        limits: Limits,
    ) -> Self {
        Self::start_as(kind, limits, |it| it.scripting_handshakes(script)).await
    }

    /// With the usual routes, and what `change` makes of the application.
    pub async fn start_as(
        kind: Kind,
        limits: Limits,
        change: impl FnOnce(Application) -> Application,
    ) -> Self {
        let gate = Gate {
            entered: Semaphore::new(0).into(),
            release: Semaphore::new(0).into(),
        };
        let routes = routes(gate.clone());
        Self::start_changed(kind, limits, routes, gate, change).await
    }

    async fn start_changed(
        kind: Kind,
        limits: Limits,
        routes: BoxedFilter<(Response,)>,
        gate: Gate,
        change: impl FnOnce(Application) -> Application,
    ) -> Self {
        let pki = Pki::new("TEST ONLY");
        let trust = ClientTrust::new(pki.anchors(), &[pki.crl(&[])]).unwrap();
        let (rsa, mut made) = watch::channel(None::<Arc<ServerIdentity>>);
        let rsa_identity = async move {
            let identity = made.wait_for(Option::is_some).await.ok()?;
            identity.clone()
        }
        .boxed()
        .shared();
        let identity = pki.server_ec();
        let tls = match kind {
            Kind::Mtls => Some(ServerTls::mutual(
                &identity,
                rsa_identity,
                Arc::clone(&trust),
            )),
            Kind::Tls => Some(ServerTls::server_only(&identity, rsa_identity)),
            Kind::Control => None,
        };
        // Of those that need a certificate, one can be had.
        let faults = HostFaults::new(&["localhost".to_owned()], |fault| match fault {
            CertificateFault::UntrustedRoot => Ok(Pki::new("FOREIGN").server_ec()),
            _ => Err("none".to_owned()),
        });
        let faults = Arc::new(faults);
        let transport = tls.map_or(Transport::Cleartext, |tls| {
            Transport::Tls(Arc::new(tls.unwrap().with_host_faults(faults)))
        });
        let now = || SystemTime::UNIX_EPOCH + Duration::from_secs(784_111_777);
        let application = Arc::new(change(Application::new(routes, now)));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let (stop, stopped) = oneshot::channel();
        let stopped = async { drop(stopped.await) };
        let task = tokio::spawn(serve(listener, transport, application, limits, stopped));
        let client = pki.client();
        Self {
            address,
            pki,
            trust,
            gate,
            rsa,
            client,
            stop: Some(stop),
            task,
        }
    }

    /// Tells the server to stop, without waiting for it.
    pub fn tell_to_stop(&mut self) {
        drop(self.stop.take());
    }

    /// Waits until the server has stopped.
    pub async fn stopped(self) {
        within(self.task).await.unwrap();
    }

    pub async fn stop(mut self) {
        self.tell_to_stop();
        self.stopped().await;
    }

    pub fn url(&self, path: &str) -> String {
        format!("https://localhost:{}{path}", self.address.port())
    }

    /// An HTTP client with this server's client certificate.
    pub fn http(&self, alpn: &[&str]) -> reqwest::Client {
        let builder = reqwest::Client::builder()
            .tls_backend_preconfigured(self.tls(alpn))
            .timeout(Duration::from_secs(20))
            .resolve("localhost", self.address);
        let only_http1 = alpn == HTTP1;
        let builder = if only_http1 {
            builder.http1_only()
        } else {
            builder
        };
        builder.build().unwrap()
    }

    pub fn tls(&self, alpn: &[&str]) -> ClientConfig {
        self.tls_with(
            alpn,
            Some(&self.client),
            &aws_lc_rs::default_provider().cipher_suites,
        )
    }

    /// A client's TLS with the given certificate; the suites also say which versions it speaks.
    pub fn tls_with(
        &self,
        alpn: &[&str],
        client: Option<&Certified>,
        suites: &[SupportedCipherSuite],
    ) -> ClientConfig {
        let mut roots = RootCertStore::empty();
        roots.add(self.pki.root()).unwrap();
        let mut provider = aws_lc_rs::default_provider();
        provider.cipher_suites = suites.to_vec();
        let versions = rustls::ALL_VERSIONS
            .iter()
            .copied()
            .filter(|version| suites.iter().any(|suite| suite.version() == *version));
        let builder = ClientConfig::builder_with_provider(Arc::new(provider))
            .with_protocol_versions(&versions.collect::<Vec<_>>())
            .unwrap()
            .with_root_certificates(roots);
        let mut config = match client {
            Some(Certified { chain, key }) => builder
                .with_client_auth_cert(chain.clone(), key.clone_key())
                .unwrap(),
            None => builder.with_no_client_auth(),
        };
        config.alpn_protocols = alpn.iter().map(|name| name.as_bytes().to_vec()).collect();
        config
    }

    /// A bare TLS connection.
    pub async fn connect(&self, config: ClientConfig) -> std::io::Result<TlsStream<TcpStream>> {
        self.connect_to("localhost", config).await
    }

    /// The same, asking for this host name.
    pub async fn connect_to(
        &self,
        name: &'static str,
        config: ClientConfig,
    ) -> std::io::Result<TlsStream<TcpStream>> {
        let stream = TcpStream::connect(self.address).await?;
        let name = ServerName::try_from(name).unwrap();
        within(tokio_rustls::TlsConnector::from(Arc::new(config)).connect(name, stream)).await
    }

    /// A bare TLS connection for HTTP/1.1 with this server's client certificate.
    pub async fn connect_http1(&self) -> TlsStream<TcpStream> {
        self.connect(self.tls(HTTP1)).await.unwrap()
    }

    /// Sends bytes on a connection of their own and returns all that comes back until it closes.
    pub async fn exchange_bytes(&self, request: impl AsRef<[u8]>) -> String {
        let mut stream = self.connect_http1().await;
        within(stream.write_all(request.as_ref())).await.unwrap();
        read_to_close(&mut stream).await
    }
}

/// Everything until the peer closes.
pub async fn read_to_close(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut answer = Vec::new();
    // How the connection closes is another matter; what counts is what arrived.
    let _ = within(stream.read_to_end(&mut answer)).await;
    String::from_utf8(answer).unwrap()
}

/// The head of one HTTP/1.1 answer without a body.
pub async fn read_head(stream: &mut (impl AsyncRead + Unpin)) -> String {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        head.push(within(stream.read_u8()).await.unwrap());
    }
    String::from_utf8(head).unwrap()
}

/// Fails the test rather than hanging it.
pub async fn within<F: Future>(future: F) -> F::Output {
    timeout(Duration::from_secs(20), future)
        .await
        .expect("nothing happened for 20 s")
}

fn routes(gate: Gate) -> BoxedFilter<(Response,)> {
    let echo = warp::path!("echo")
        .and(warp::post())
        .and(warp::body::bytes())
        .map(|body: Bytes| Response::new(body.into()));
    let who = warp::path!("peer")
        .and(warp::get())
        .and(warp::ext::get::<Peer>())
        .map(|peer: Peer| {
            let chain = peer.certificate_chain.len();
            format!(
                "{:?} {} {chain} {:?}",
                peer.listener, peer.connection, peer.tls
            )
            .into_response()
        });
    let panics = warp::path!("panic").and_then(panic_later);
    let waits = warp::path!("gate").then(move || wait_at(gate.clone()));
    let empty = warp::path!("empty").map(|| StatusCode::NO_CONTENT.into_response());
    let all = echo
        .or(who)
        .unify()
        .or(panics)
        .unify()
        .or(waits)
        .unify()
        .or(empty)
        .unify();
    all.recover(dress_rejection).unify().boxed()
}

async fn panic_later() -> Result<Response, Rejection> {
    tokio::task::yield_now().await;
    panic!("the handler's own fault")
}

async fn wait_at(gate: Gate) -> Response {
    gate.entered.add_permits(1);
    gate.release.acquire().await.unwrap().forget();
    "let out".into_response()
}

async fn dress_rejection(rejection: Rejection) -> Result<Response, Rejection> {
    if rejection.is_not_found() {
        return Ok(StatusCode::NOT_FOUND.into_response());
    }
    if rejection.find::<warp::reject::MethodNotAllowed>().is_some() {
        return Ok(StatusCode::METHOD_NOT_ALLOWED.into_response());
    }
    Err(rejection)
}
