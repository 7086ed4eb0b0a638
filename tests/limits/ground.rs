//! One emulator for each test, and those who call it.

use std::net::SocketAddr;
use std::sync::Arc;

use aspsp_emulator::Emulator;
use aspsp_emulator::server::Limits;
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;

use crate::helpers::{BANK, TestBank, TestTpp, http_client};
use crate::neighbour::{Neighbour, within};

pub const HTTP1: &[u8] = b"http/1.1";
pub const HTTP2: &[u8] = b"h2";

/// Any connection.
pub trait Stream: AsyncRead + AsyncWrite + Unpin + Send {}
impl<S: AsyncRead + AsyncWrite + Unpin + Send> Stream for S {}

/// An emulator, a TPP that behaves well, and another one whose certificate the attackers have.
pub struct Ground {
    pub bank: TestBank,
    pub neighbour: Neighbour,
    pub hostile: TestTpp,
}

impl Ground {
    pub async fn start(limits: Limits) -> Self {
        let bank = TestBank::start_with(|builder| builder.limits(limits)).await;
        let tpp = bank.tpp().await;
        let neighbour = Neighbour {
            tls: tpp.tpp.client_config().unwrap(),
            bank: bank.emulator.url(BANK),
            client_id: tpp.registered().await,
        };
        let hostile = bank.tpp().await;
        Self {
            bank,
            neighbour,
            hostile,
        }
    }

    pub fn emulator(&self) -> &Emulator {
        &self.bank.emulator
    }

    pub fn mtls(&self) -> SocketAddr {
        self.emulator().addresses().mtls
    }

    /// The attackers' TLS for one protocol.
    pub fn tls(&self, alpn: &[u8]) -> Arc<ClientConfig> {
        let mut config = self.hostile.tpp.client_config().unwrap();
        config.alpn_protocols = vec![alpn.to_vec()];
        config.into()
    }

    /// An attacker's connection to the mutual TLS listener.
    pub async fn connect(&self, alpn: &[u8]) -> TlsStream<TcpStream> {
        connect(self.mtls(), &self.tls(alpn)).await.unwrap()
    }

    /// One in the clear, to the control listener.
    pub async fn connect_to_control(&self) -> TcpStream {
        let address = self.emulator().addresses().control;
        TcpStream::connect(address).await.unwrap()
    }

    /// The metric of this name and these labels; 0 if it was never counted.
    pub async fn metric(&self, line: &str) -> u64 {
        let url = format!("http://{}/metrics", self.emulator().addresses().control);
        let answer = http_client(&self.hostile.tpp).get(url).send().await;
        let text = answer.unwrap().text().await.unwrap();
        let value = text.lines().find_map(|it| it.strip_prefix(line));
        value.map_or(0, |value| value.trim().parse().unwrap())
    }

    /// Connections that the mutual TLS listener has.
    pub async fn open(&self) -> u64 {
        self.metric("aspsp_emulator_connections{listener=\"mtls\"}")
            .await
    }

    /// Waits until no connection of the mutual TLS listener is left.
    pub async fn is_left_alone(&self) {
        within(async { while self.open().await > 0 {} }).await;
    }

    /// Failed handshakes of this cause at the mutual TLS listener.
    pub async fn failed_handshakes(&self, cause: &str) -> u64 {
        let name = "aspsp_emulator_handshake_failures_total";
        let line = format!("{name}{{listener=\"mtls\",cause=\"{cause}\"}}");
        self.metric(&line).await
    }
}

/// A TLS connection of this configuration.
pub async fn connect(
    address: SocketAddr,
    tls: &Arc<ClientConfig>,
) -> std::io::Result<TlsStream<TcpStream>> {
    let stream = TcpStream::connect(address).await?;
    let name = ServerName::try_from("localhost").unwrap();
    TlsConnector::from(Arc::clone(tls))
        .connect(name, stream)
        .await
}

/// Everything until the peer closes. How it closes is another matter.
pub async fn read_to_close(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut received = Vec::new();
    let _ = within(stream.read_to_end(&mut received)).await;
    received
}

/// The same as text.
pub async fn text_to_close(stream: &mut (impl AsyncRead + Unpin)) -> String {
    String::from_utf8(read_to_close(stream).await).unwrap()
}
