//! The yardstick of a server: rustls and hyper, and a canned answer.
//!
//! The same certificates as the emulator's, the same demand for a client's, no session tickets, HTTP/1.1
//! or HTTP/2 by ALPN. It looks at nothing that it is sent; where it verifies, it verifies two signatures of
//! its own for each POST, as a registration wants it, and thus says what the best of servers could do.

use std::convert::Infallible;
use std::io::Write;
use std::net::Ipv4Addr;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::body::Incoming;
use hyper::header::CONTENT_TYPE;
use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper::{Method, Request, Response, StatusCode};
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use rustls::server::{NoServerSessionStorage, WebPkiClientVerifier};
use rustls::{RootCertStore, ServerConfig};
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

use crate::cpus::Cpus;
use crate::pki;
use crate::server::process::ServerProcess;
use crate::tls::{certificates, private_key, provider};
use crate::verifications::Pair;

/// About what uk-ob-3.3 answers to the kit's registration, in bytes.
pub const REGISTRATION_ANSWER: usize = 4_747;
/// About the length of the bank's key set.
pub const SMALL_ANSWER: usize = 500;

/// A running bare server.
#[derive(Debug)]
pub struct Bare {
    /// Its process.
    pub process: ServerProcess,
    /// Where it listens.
    pub address: std::net::SocketAddr,
}

/// Starts this very program as a bare server, with certificates of the authority in `authority`.
///
/// # Errors
/// It cannot be started.
pub fn start(authority: &Path, is_verifying: bool, cpus: &Cpus) -> Result<Bare> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg("bare-server").arg(authority);
    if is_verifying {
        command.arg("--verifying");
    }
    let mut process = ServerProcess::start("the bare server", &mut command, cpus)?;
    let line = process.first_line(Duration::from_secs(30))?;
    let port: u16 = line
        .trim()
        .parse()
        .with_context(|| format!("no port: {line:?}"))?;
    Ok(Bare {
        process,
        address: (Ipv4Addr::LOCALHOST, port).into(),
    })
}

/// Prints its port and serves until it is killed.
///
/// # Errors
/// Certificates that cannot be used.
pub fn serve(authority: &Path, is_verifying: bool) -> Result<()> {
    let pair = is_verifying.then(Pair::new).transpose()?.map(Arc::new);
    let acceptor = TlsAcceptor::from(config(authority)?);
    // As many threads as CPUs, as the emulator has.
    tokio::runtime::Runtime::new()?.block_on(async {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await?;
        let mut out = std::io::stdout();
        writeln!(out, "{}", listener.local_addr()?.port())?;
        out.flush()?;
        loop {
            let (stream, _) = listener.accept().await?;
            let (acceptor, pair) = (acceptor.clone(), pair.clone());
            tokio::spawn(async move {
                // A connection that breaks is its client's to count.
                let _ = answer_all(acceptor, stream, pair).await;
            });
        }
    })
}

fn config(authority: &Path) -> Result<Arc<ServerConfig>> {
    let identity = pki::server(authority)?;
    let mut roots = RootCertStore::empty();
    for certificate in certificates(&identity.ca)? {
        roots.add(certificate)?;
    }
    let verifier =
        WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider()).build()?;
    let mut config = ServerConfig::builder_with_provider(provider())
        .with_safe_default_protocol_versions()?
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificates(&identity.chain)?, private_key(&identity.key)?)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    config.session_storage = Arc::new(NoServerSessionStorage {});
    config.send_tls13_tickets = 0;
    Ok(Arc::new(config))
}

async fn answer_all(
    acceptor: TlsAcceptor,
    stream: TcpStream,
    pair: Option<Arc<Pair>>,
) -> Result<()> {
    stream.set_nodelay(true)?;
    let stream = acceptor.accept(stream).await?;
    let is_http2 = stream.get_ref().1.alpn_protocol() == Some(b"h2");
    let stream = TokioIo::new(stream);
    let service = service_fn(|request| {
        let pair = pair.clone();
        async move { answer(request, pair.as_deref()).await }
    });
    if is_http2 {
        http2::Builder::new(TokioExecutor::new())
            .timer(TokioTimer::new())
            .serve_connection(stream, service)
            .await?;
    } else {
        http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(stream, service)
            .await?;
    }
    Ok(())
}

/// 201 to a POST, once its body is read; else 200.
async fn answer(
    request: Request<Incoming>,
    pair: Option<&Pair>,
) -> Result<Response<Full<Bytes>>, Infallible> {
    static BODY: [u8; REGISTRATION_ANSWER] = [b'a'; REGISTRATION_ANSWER];
    let (status, length) = if request.method() == Method::POST {
        (StatusCode::CREATED, REGISTRATION_ANSWER)
    } else {
        (StatusCode::OK, SMALL_ANSWER)
    };
    // A body that breaks breaks its connection, too.
    let _ = request.into_body().collect().await;
    let is_good = status != StatusCode::CREATED || pair.is_none_or(Pair::is_valid);
    let status = if is_good {
        status
    } else {
        StatusCode::BAD_REQUEST
    };
    let mut answer = Response::new(Full::new(Bytes::from_static(&BODY[..length])));
    *answer.status_mut() = status;
    let json = hyper::header::HeaderValue::from_static("application/json");
    answer.headers_mut().insert(CONTENT_TYPE, json);
    Ok(answer)
}
