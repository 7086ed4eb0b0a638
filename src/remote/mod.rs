//! A running emulator, as another process sees it: its control listener, and its banks.

mod attempt;
mod kit;
mod story;
mod tls;

use std::error::Error;
use std::fmt;
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::time::Duration;

use reqwest::header::HOST;
use reqwest::{Client, RequestBuilder, StatusCode};
use serde::Deserialize;
use serde_json::{Value, json};

pub use self::attempt::{Attempt, Failure, attempt};
pub use self::story::StoryForm;

/// How long an answer may take.
const PATIENCE: Duration = Duration::from_secs(10);

/// Why the emulator could not be asked, or what it said. Each text has the next step.
#[derive(Debug, thiserror::Error)]
pub enum RemoteError {
    /// Nobody answers.
    #[error(
        "no emulator answers at {base} ({cause}): start one with `aspsp-emulator`, or name its address with --control-addr"
    )]
    NoEmulator {
        /// The control listener's URL.
        base: String,
        /// What the HTTP library says.
        cause: String,
    },
    /// It wants another token, or one at all.
    #[error("{0} wants its token: set --control-token, or ASPSP_EMULATOR_CONTROL_TOKEN")]
    TokenNeeded(String),
    /// It has no kit.
    #[error("the emulator at {0} has no kit, and so no TPP to try with: start it without --no-kit")]
    NoKit(String),
    /// It refuses, in its own words.
    #[error("{0}")]
    Refused(String),
    /// It says something that an emulator would not.
    #[error(
        "{url} answers {status} and something unexpected: is it an aspsp-emulator of this version?"
    )]
    Unexpected {
        /// What was asked.
        url: String,
        /// The status.
        status: u16,
    },
    /// There is no such bank.
    #[error("there is no bank `{0}`; there are: {1}")]
    UnknownBank(String, String),
    /// The HTTP client could not be set up.
    #[error("no HTTP client can be made here: {0}")]
    Setup(String),
}

/// The control listener of a running emulator. `Debug` leaves out its token.
pub struct Control {
    http: Client,
    base: String,
    /// The name that it is asked by, which its answers advertise.
    host: Option<String>,
    token: Option<String>,
}

impl fmt::Debug for Control {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Control")
            .field("base", &self.base)
            .finish_non_exhaustive()
    }
}

/// What is read of a problem document.
#[derive(Debug, Deserialize)]
struct Problem {
    detail: String,
}

impl Control {
    /// The one at this address; one that listens everywhere is asked on loopback.
    ///
    /// # Errors
    /// [`RemoteError::Setup`].
    pub fn new(address: SocketAddr, token: Option<String>) -> Result<Self, RemoteError> {
        let address = reachable(address);
        // Any other address is known by itself, and a name may not lead to it.
        let is_here = address.ip() == Ipv4Addr::LOCALHOST;
        Ok(Self {
            http: client(tls::without_certificate()?)?,
            base: format!("http://{address}"),
            host: is_here.then(|| format!("localhost:{}", address.port())),
            token,
        })
    }

    /// The one at this base URL, such as `http://localhost:8445`.
    ///
    /// # Errors
    /// [`RemoteError::Setup`].
    pub fn at(base: impl Into<String>, token: Option<String>) -> Result<Self, RemoteError> {
        Ok(Self {
            http: client(tls::without_certificate()?)?,
            base: base.into(),
            host: None,
            token,
        })
    }

    /// The base URL.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Lets every world advertise these base URLs instead of those of its listeners: `PUT /api/urls`.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn advertise(&self, mtls: &str, tls: &str) -> Result<(), RemoteError> {
        let url = format!("{}/api/urls", self.base);
        let urls = json!({ "mtls": mtls, "tls": tls });
        let request = self.http.put(&url).json(&urls);
        self.send(&url, request).await.map(drop)
    }

    /// A file of the kit, such as `transport.pem` or `brasil/ssa.jwt`; signed now, where it is signed.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn kit_file(&self, name: &str) -> Result<Vec<u8>, RemoteError> {
        self.read(&format!("/kit/{name}")).await
    }

    /// A TLS client configuration with the transport certificate of the kit's TPP.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn kit_client_config(&self) -> Result<rustls::ClientConfig, RemoteError> {
        let ca = self.kit_file("ca.pem").await?;
        let chain = self.kit_file("transport.pem").await?;
        let key = self.kit_file("transport.key").await?;
        tls::with_certificate(&ca, &chain, &key)
    }

    /// What a bank makes of a request: the body of `POST /api/explain`, and its answer.
    ///
    /// # Errors
    /// See [`RemoteError`].
    pub async fn explain(&self, asked: &Value) -> Result<Value, RemoteError> {
        let url = format!("{}/api/explain", self.base);
        let request = self.http.post(&url).json(asked);
        let body = self.send(&url, request).await?;
        serde_json::from_slice(&body).map_err(|_| unexpected(&url, StatusCode::OK))
    }

    /// The body of an answer to GET.
    async fn read(&self, path: &str) -> Result<Vec<u8>, RemoteError> {
        let url = format!("{}{path}", self.base);
        self.send(&url, self.http.get(&url)).await
    }

    async fn send(&self, url: &str, request: RequestBuilder) -> Result<Vec<u8>, RemoteError> {
        let (status, body) = self.answer(request).await?;
        self.accepted(url, status, body)
    }

    async fn answer(&self, request: RequestBuilder) -> Result<(StatusCode, Vec<u8>), RemoteError> {
        let request = match &self.host {
            Some(host) => request.header(HOST, host),
            None => request,
        };
        let request = match &self.token {
            Some(token) => request.bearer_auth(token),
            None => request,
        };
        let answer = request.send().await.map_err(|error| self.silent(&error))?;
        let status = answer.status();
        let body = answer.bytes().await.map_err(|error| self.silent(&error))?;
        Ok((status, body.to_vec()))
    }

    /// The body of an answer that is one.
    fn accepted(
        &self,
        url: &str,
        status: StatusCode,
        body: Vec<u8>,
    ) -> Result<Vec<u8>, RemoteError> {
        if status == StatusCode::OK {
            return Ok(body);
        }
        let problem: Result<Problem, _> = serde_json::from_slice(&body);
        Err(match (status, problem) {
            (StatusCode::UNAUTHORIZED, _) => RemoteError::TokenNeeded(self.base.clone()),
            (StatusCode::NOT_FOUND, Ok(problem)) if problem.detail.contains("--no-kit") => {
                RemoteError::NoKit(self.base.clone())
            }
            (_, Ok(problem)) => {
                RemoteError::Refused(format!("{url} answers {status}: {}", problem.detail))
            }
            (_, Err(_)) => unexpected(url, status),
        })
    }

    fn silent(&self, error: &reqwest::Error) -> RemoteError {
        RemoteError::NoEmulator {
            base: self.base.clone(),
            cause: cause(error),
        }
    }
}

fn unexpected(url: &str, status: StatusCode) -> RemoteError {
    RemoteError::Unexpected {
        url: url.to_owned(),
        status: status.as_u16(),
    }
}

/// An ordinary HTTP client over this.
fn client(config: rustls::ClientConfig) -> Result<Client, RemoteError> {
    Client::builder()
        .tls_backend_preconfigured(config)
        .no_proxy()
        .timeout(PATIENCE)
        .user_agent(concat!("aspsp-emulator/", env!("CARGO_PKG_VERSION")))
        .build()
        .map_err(|error| RemoteError::Setup(cause(&error)))
}

/// The innermost cause, which says most.
fn cause(error: &dyn Error) -> String {
    let mut innermost = error;
    while let Some(source) = innermost.source() {
        innermost = source;
    }
    innermost.to_string()
}

/// An address that listens everywhere is asked on loopback.
#[must_use]
pub fn reachable(address: SocketAddr) -> SocketAddr {
    let ip = match address.ip() {
        IpAddr::V4(ip) if ip.is_unspecified() => Ipv4Addr::LOCALHOST.into(),
        IpAddr::V6(ip) if ip.is_unspecified() => Ipv6Addr::LOCALHOST.into(),
        ip => ip,
    };
    SocketAddr::new(ip, address.port())
}
