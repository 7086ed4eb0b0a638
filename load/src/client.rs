//! One connection of the load, with one request in flight.

use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Result, ensure};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::client::conn::{http1, http2};
use hyper::header::HOST;
use hyper::{Method, Request, Uri};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rustls::ClientConfig;
use rustls::pki_types::ServerName;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

/// An answer that takes longer is an error.
const ANSWER: Duration = Duration::from_secs(60);

/// The version of HTTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq, clap::ValueEnum, Serialize, Deserialize)]
pub enum Http {
    /// HTTP/1.1, kept alive.
    #[value(name = "1.1")]
    #[serde(rename = "1.1")]
    One,
    /// HTTP/2.
    #[value(name = "2")]
    #[serde(rename = "2")]
    Two,
}

impl Http {
    /// Its name in the handshake.
    pub fn alpn(self) -> &'static [u8] {
        match self {
            Http::One => b"http/1.1",
            Http::Two => b"h2",
        }
    }
}

impl fmt::Display for Http {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(match self {
            Http::One => "1.1",
            Http::Two => "2",
        })
    }
}

/// Where requests go.
#[derive(Debug, Clone)]
pub struct Target {
    address: SocketAddr,
    tls: Option<Arc<ClientConfig>>,
    http: Http,
}

/// A request, but for its host.
#[derive(Debug, Clone)]
pub struct Message {
    /// Its method.
    pub method: Method,
    /// Path and query.
    pub path: String,
    /// Name and value of its headers.
    pub headers: Vec<(&'static str, String)>,
    /// Its body.
    pub body: Bytes,
}

/// An answer, read to its end.
#[derive(Debug)]
pub struct Answer {
    /// Its status.
    pub status: u16,
    /// Its body.
    pub body: Bytes,
}

/// Why there was no answer, in words that are the same each time.
#[derive(Debug)]
pub struct Broken(pub String);

impl Target {
    /// A server on loopback; with `tls` over TLS, else plain.
    ///
    /// # Errors
    /// Any other address: this program is no weapon.
    pub fn new(address: SocketAddr, tls: Option<Arc<ClientConfig>>, http: Http) -> Result<Self> {
        ensure!(
            address.ip().is_loopback(),
            "found {address}; allowed: loopback addresses"
        );
        Ok(Self { address, tls, http })
    }

    /// The version of HTTP spoken.
    pub fn http(&self) -> Http {
        self.http
    }

    /// Opens a connection: TCP, a full handshake, HTTP.
    ///
    /// # Errors
    /// What broke.
    pub async fn connect(&self) -> Result<Connection, Broken> {
        let broken = |what: &str, error: &dyn fmt::Display| Broken(format!("{what}: {error}"));
        let stream = TcpStream::connect(self.address)
            .await
            .map_err(|error| broken("connect", &error))?;
        stream
            .set_nodelay(true)
            .map_err(|error| broken("connect", &error))?;
        let sender = match &self.tls {
            Some(tls) => {
                let name = ServerName::from(self.address.ip());
                let stream = TlsConnector::from(Arc::clone(tls))
                    .connect(name, stream)
                    .await
                    .map_err(|error| broken("handshake", &error))?;
                Sender::over(stream, self.http).await
            }
            None => Sender::over(stream, self.http).await,
        };
        Ok(Connection {
            sender: sender.map_err(|error| broken("connect", &error))?,
            authority: self.address.to_string(),
            scheme: if self.tls.is_some() { "https" } else { "http" },
        })
    }
}

/// An open connection.
pub struct Connection {
    sender: Sender,
    authority: String,
    scheme: &'static str,
}

enum Sender {
    One(http1::SendRequest<Full<Bytes>>),
    Two(http2::SendRequest<Full<Bytes>>),
}

impl Sender {
    async fn over(
        stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
        http: Http,
    ) -> hyper::Result<Self> {
        let stream = TokioIo::new(stream);
        // What breaks a connection is met by the request that it was made for.
        match http {
            Http::One => {
                let (sender, connection) = http1::handshake(stream).await?;
                tokio::spawn(connection);
                Ok(Self::One(sender))
            }
            Http::Two => {
                let (sender, connection) = http2::handshake(TokioExecutor::new(), stream).await?;
                tokio::spawn(connection);
                Ok(Self::Two(sender))
            }
        }
    }
}

impl Connection {
    /// Sends a request and reads the whole answer.
    ///
    /// # Errors
    /// What broke; the connection is of no use any more.
    pub async fn send(&mut self, message: &Message) -> Result<Answer, Broken> {
        match tokio::time::timeout(ANSWER, self.send_and_wait(message)).await {
            Ok(answer) => answer,
            Err(_) => Err(Broken("answer: none in time".to_owned())),
        }
    }

    /// The same without an end.
    ///
    /// # Errors
    /// As for [`Self::send`].
    pub async fn send_and_wait(&mut self, message: &Message) -> Result<Answer, Broken> {
        let request = self
            .request(message)
            .map_err(|error| Broken(format!("request: {error}")))?;
        let answer = self.exchange(request).await;
        answer.map_err(|error| Broken(format!("answer: {error}")))
    }

    async fn exchange(&mut self, request: Request<Full<Bytes>>) -> hyper::Result<Answer> {
        let answer = match &mut self.sender {
            Sender::One(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
            Sender::Two(sender) => {
                sender.ready().await?;
                sender.send_request(request).await?
            }
        };
        Ok(Answer {
            status: answer.status().as_u16(),
            body: answer.into_body().collect().await?.to_bytes(),
        })
    }

    fn request(&self, message: &Message) -> Result<Request<Full<Bytes>>, hyper::http::Error> {
        let mut request = Request::builder().method(message.method.clone());
        request = match self.sender {
            Sender::One(_) => request.uri(&message.path).header(HOST, &self.authority),
            Sender::Two(_) => request.uri(
                Uri::builder()
                    .scheme(self.scheme)
                    .authority(self.authority.as_str())
                    .path_and_query(&message.path)
                    .build()?,
            ),
        };
        for (name, value) in &message.headers {
            request = request.header(*name, value);
        }
        request.body(Full::new(message.body.clone()))
    }
}

#[cfg(test)]
mod tests {
    use super::{Http, Target};

    #[test]
    fn only_loopback_is_loaded() {
        for (address, is_loopback) in [
            ("127.0.0.1:1", true),
            ("[::1]:1", true),
            ("10.0.0.1:1", false),
            ("192.0.2.1:443", false),
        ] {
            let target = Target::new(address.parse().unwrap(), None, Http::One);
            assert_eq!(target.is_ok(), is_loopback, "{address}");
        }
    }
}
