//! A key store elsewhere: an HTTPS server on loopback that answers every request alike, byte by byte.

use std::net::SocketAddr;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use aspsp_emulator::clock::Clock;
use certs_gen::{Authority, CertificateRequest, Key, KeyAlgorithm, Kind, PublicKey, Subject};
use rustls::ServerConfig;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};
use serde_json::Value;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

/// The server; it ends with the test.
pub struct KeyServer {
    pub address: SocketAddr,
    shared: Arc<Shared>,
    gate: watch::Sender<bool>,
}

struct Shared {
    answer: Mutex<Vec<u8>>,
    requests: Mutex<Vec<String>>,
    hits: AtomicUsize,
    arrived: watch::Sender<usize>,
}

impl KeyServer {
    /// One whose certificate is of this authority.
    pub async fn start(authority: &Authority) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::new(Shared {
            answer: Mutex::default(),
            requests: Mutex::default(),
            hits: AtomicUsize::new(0),
            arrived: watch::Sender::new(0),
        });
        let gate = watch::Sender::new(true);
        let (acceptor, state) = (acceptor(authority), Arc::clone(&shared));
        let opened = gate.subscribe();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let (acceptor, state) = (acceptor.clone(), Arc::clone(&state));
                tokio::spawn(answer(acceptor, stream, state, opened.clone()));
            }
        });
        Self {
            address,
            shared,
            gate,
        }
    }

    /// One that a bank of the tests' shared authority trusts, with these keys.
    pub async fn with(keys: &Value) -> Self {
        let server = Self::start(crate::helpers::authority()).await;
        server.serve(keys);
        server
    }

    /// Answers 200 with this from now on.
    pub fn serve(&self, body: &Value) {
        self.answer("200 OK", &body.to_string());
    }

    /// Answers with this status and body from now on.
    pub fn answer(&self, status: &str, body: &str) {
        let length = body.len();
        self.answer_raw(&format!(
            "HTTP/1.1 {status}\r\nlocation: {}\r\ncontent-length: {length}\r\nconnection: close\r\n\r\n{body}",
            self.url()
        ));
    }

    /// Answers with exactly this from now on.
    pub fn answer_raw(&self, answer: &str) {
        *self.shared.answer.lock().unwrap() = answer.as_bytes().to_vec();
    }

    /// Answers nobody until it is opened.
    pub fn close_gate(&self) {
        self.gate.send_replace(false);
    }

    pub fn open_gate(&self) {
        self.gate.send_replace(true);
    }

    /// Waits until somebody has asked.
    pub async fn asked(&self) {
        let mut arrived = self.shared.arrived.subscribe();
        arrived.wait_for(|count| *count > 0).await.unwrap();
    }

    /// How often it was asked.
    pub fn hits(&self) -> usize {
        self.shared.hits.load(Ordering::SeqCst)
    }

    /// The heads of the requests, in lower case.
    pub fn requests(&self) -> Vec<String> {
        self.shared.requests.lock().unwrap().clone()
    }

    /// `host:port`, as it is listed.
    pub fn listed(&self) -> String {
        format!("localhost:{}", self.address.port())
    }

    pub fn url(&self) -> String {
        format!("https://{}/software.jwks", self.listed())
    }
}

async fn answer(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    state: Arc<Shared>,
    mut opened: watch::Receiver<bool>,
) {
    // A client that does not trust the certificate ends here.
    let Ok(mut stream) = acceptor.accept(stream).await else {
        return;
    };
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        match stream.read_u8().await {
            Ok(byte) => head.push(byte),
            Err(_) => return,
        }
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    state.requests.lock().unwrap().push(head);
    let hits = state.hits.fetch_add(1, Ordering::SeqCst) + 1;
    state.arrived.send_replace(hits);
    if opened.wait_for(|is_open| *is_open).await.is_err() {
        return;
    }
    let answer = state.answer.lock().unwrap().clone();
    // A client that has heard enough may be gone.
    let _ = stream.write_all(&answer).await;
    let _ = stream.shutdown().await;
}

fn acceptor(authority: &Authority) -> TlsAcceptor {
    let key = Key::generate(KeyAlgorithm::EcP256).unwrap();
    let request = CertificateRequest {
        kind: Kind::Server,
        subject: &Subject::server(["localhost", "127.0.0.1"]),
        public_key: PublicKey::Of(&key),
        flaw: None,
    };
    let certificate = authority.issue(&request, Clock::system().now()).unwrap();
    let chain = [certificate.der(), certificate.issuing_der()];
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(
            chain.map(|der| CertificateDer::from(der.to_vec())).into(),
            PrivateKeyDer::from(PrivatePkcs8KeyDer::from(key.private_der().to_vec())),
        )
        .unwrap();
    TlsAcceptor::from(Arc::new(config))
}
