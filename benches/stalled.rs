//! What an open connection costs the server in resident memory: idle, delayed, stalled; over mutual TLS.
//!
//! `cargo bench --bench stalled [-- CONNECTIONS]` (10,000 without; Linux only). Each row is a server of its
//! own in a process of its own, so that nothing is left of the row before.

#![allow(clippy::unwrap_used, clippy::expect_used, clippy::print_stdout)] // A program that measures.

use std::fs;
use std::io::{BufRead, BufReader};
use std::net::SocketAddr;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, SystemTime};

use aspsp_emulator::server::{
    Application, ClientTrust, Delivery, Limits, ServerTls, Transport, WireFault, serve,
};
use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use bytes::Bytes;
use futures_util::FutureExt;
use rustls::crypto::aws_lc_rs;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use warp::Filter;
use warp::reply::Response;

use self::pki::Pki;

#[allow(dead_code)]
#[path = "../tests/server/pki.rs"]
mod pki;

/// Set in the server's process.
const SERVER: &str = "STALLED_BENCH_SERVER";
/// Handshakes under way at a time.
const AT_ONCE: usize = 64;
const LONG: Duration = Duration::from_secs(24 * 3600);

/// What a row's connections do.
struct Row {
    name: &'static str,
    alpn: &'static str,
    /// What is asked for, if anything.
    path: Option<&'static str>,
    /// Requests on each connection.
    requests: u32,
}

const ROWS: [Row; 8] = [
    row("HTTP/1.1 idle", "http/1.1", None),
    row("HTTP/1.1 idle after an answer", "http/1.1", Some("/plain")),
    row("HTTP/1.1 delayed", "http/1.1", Some("/delay")),
    row("HTTP/1.1 stalled", "http/1.1", Some("/stall")),
    row("HTTP/2 idle", "h2", None),
    row("HTTP/2 idle after an answer", "h2", Some("/plain")),
    row("HTTP/2 stalled stream", "h2", Some("/stall")),
    Row {
        name: "HTTP/2 stalled, 100 streams each",
        requests: 100,
        ..row("", "h2", Some("/stall"))
    },
];

const fn row(name: &'static str, alpn: &'static str, path: Option<&'static str>) -> Row {
    Row {
        name,
        alpn,
        path,
        requests: 1,
    }
}

/// One connection of a client, held open.
enum Connection {
    Http1 {
        _stream: Box<TlsStream<TcpStream>>,
    },
    Http2 {
        _answer: h2::client::SendRequest<Bytes>,
    },
}

fn main() {
    rlimit::increase_nofile_limit(u64::MAX).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    if std::env::var_os(SERVER).is_some() {
        return runtime.block_on(run_server());
    }
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    if !arguments.iter().any(|argument| argument == "--bench") {
        // `cargo test --all-targets` runs this, too.
        return;
    }
    let count = arguments.iter().find_map(|argument| argument.parse().ok());
    let count = count.unwrap_or(10_000);
    println!("{count} connections or streams; resident memory of the server, in KiB");
    for row in ROWS {
        let (before, after) = runtime.block_on(measure(count, &row));
        let grown = after - before;
        println!(
            "{:33} {before:8} -> {after:8}: {:6} MiB, {:5.1} KiB each",
            row.name,
            grown / 1024,
            f64::from(grown) / f64::from(count),
        );
    }
}

/// Resident memory of a server before and after `count` requests or connections, in KiB.
async fn measure(count: u32, row: &Row) -> (u32, u32) {
    let (mut server, address, tls) = start_server(row.alpn);
    let (http2, path, requests) = (row.alpn == "h2", row.path, row.requests);
    // What is made once is not what a connection costs.
    let warm = connect(address, &tls, http2, Some("/plain"), 1).await;
    let before = resident(&server);
    let mut open = Vec::new();
    let mut opening = JoinSet::new();
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    for _ in 0..count / requests {
        let slot = Arc::clone(&slots).acquire_owned().await.unwrap();
        let tls = tls.clone();
        opening.spawn(async move {
            let connection = connect(address, &tls, http2, path, requests).await;
            drop(slot);
            connection
        });
    }
    while let Some(connection) = opening.join_next().await {
        open.push(connection.unwrap());
    }
    // The one before all counts, too.
    let expected = path.map_or(1, |_| count as usize + 1);
    all_entered(address, &tls, expected).await;
    let after = resident(&server);
    drop((open, warm));
    server.kill().unwrap();
    server.wait().unwrap();
    (before, after)
}

async fn connect(
    address: SocketAddr,
    tls: &TlsConnector,
    http2: bool,
    path: Option<&str>,
    requests: u32,
) -> Connection {
    let stream = TcpStream::connect(address).await.unwrap();
    let name = ServerName::try_from("localhost").unwrap();
    let mut stream = tls.connect(name, stream).await.unwrap();
    if http2 {
        let (mut http, connection) = h2::client::handshake(stream).await.unwrap();
        tokio::spawn(connection);
        for path in path.into_iter().cycle().take(requests as usize) {
            let uri = format!("https://localhost{path}");
            let request = warp::http::Request::get(uri).body(()).unwrap();
            http = http.ready().await.unwrap();
            let (answer, _) = http.send_request(request, true).unwrap();
            if path == "/plain" {
                answer.await.unwrap();
            } else {
                tokio::spawn(answer);
            }
        }
        return Connection::Http2 { _answer: http };
    }
    if let Some(path) = path {
        let request = format!("GET {path} HTTP/1.1\r\nhost: localhost\r\n\r\n");
        stream.write_all(request.as_bytes()).await.unwrap();
        if path == "/plain" {
            stream.read_u8().await.unwrap();
        }
    }
    Connection::Http1 {
        _stream: Box::new(stream),
    }
}

/// Waits until the server's routes have seen so many requests, and a little longer.
async fn all_entered(address: SocketAddr, tls: &TlsConnector, count: usize) {
    loop {
        let Connection::Http1 {
            _stream: mut asking,
        } = connect(address, &http1(tls), false, None, 1).await
        else {
            unreachable!("HTTP/1.1 was asked for");
        };
        let request = b"GET /entered HTTP/1.1\r\nhost: a\r\nconnection: close\r\n\r\n";
        asking.write_all(request).await.unwrap();
        let mut answer = String::new();
        asking.read_to_string(&mut answer).await.unwrap();
        tokio::time::sleep(Duration::from_secs(1)).await;
        let entered: usize = answer.lines().last().unwrap().parse().unwrap();
        if entered >= count {
            return;
        }
    }
}

fn http1(tls: &TlsConnector) -> TlsConnector {
    let mut config = ClientConfig::clone(tls.config());
    config.alpn_protocols = vec![b"http/1.1".to_vec()];
    TlsConnector::from(Arc::new(config))
}

fn resident(server: &Child) -> u32 {
    let status = fs::read_to_string(format!("/proc/{}/status", server.id())).unwrap();
    let line = status.lines().find(|line| line.starts_with("VmRSS:"));
    let size = line.unwrap().split_whitespace().nth(1).unwrap();
    size.parse().unwrap()
}

fn start_server(alpn: &str) -> (Child, SocketAddr, TlsConnector) {
    let mut server = Command::new(std::env::current_exe().unwrap())
        .env(SERVER, "1")
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut line = String::new();
    BufReader::new(server.stdout.take().unwrap())
        .read_line(&mut line)
        .unwrap();
    let ready: Value = serde_json::from_str(&line).unwrap();
    let bytes = |value: &Value| BASE64_STANDARD.decode(value.as_str().unwrap()).unwrap();
    let mut roots = RootCertStore::empty();
    roots
        .add(CertificateDer::from(bytes(&ready["root"])))
        .unwrap();
    let chain = ready["chain"].as_array().unwrap().iter();
    let key = PrivateKeyDer::try_from(bytes(&ready["key"])).unwrap();
    let provider = Arc::new(aws_lc_rs::default_provider());
    let mut config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(chain.map(|it| bytes(it).into()).collect(), key)
        .unwrap();
    config.alpn_protocols = vec![alpn.as_bytes().to_vec()];
    let address = ready["address"].as_str().unwrap().parse().unwrap();
    (server, address, TlsConnector::from(Arc::new(config)))
}

/// The server's process: prints where it is and what its clients need, and serves until it is killed.
async fn run_server() {
    let pki = Pki::new("BENCH ONLY");
    let trust = ClientTrust::new(pki.anchors(), &[]).unwrap();
    let no_rsa = async { None }.boxed().shared();
    let tls = ServerTls::mutual(&pki.server_ec(), no_rsa, trust).unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let client = pki.client();
    let text = |der: &[u8]| BASE64_STANDARD.encode(der);
    let chain: Vec<_> = client.chain.iter().map(|it| text(it)).collect();
    let ready = json!({
        "address": listener.local_addr().unwrap(),
        "root": text(&pki.root()),
        "chain": chain,
        "key": text(client.key.secret_der()),
    });
    println!("{ready}");
    let limits = Limits {
        idle_timeout: LONG,
        ..Limits::default()
    };
    let entered = Arc::new(AtomicUsize::new(0));
    let routes = warp::path!(String)
        .map(move |path: String| {
            if path == "entered" {
                return Response::new(entered.load(Ordering::Relaxed).to_string().into());
            }
            entered.fetch_add(1, Ordering::Relaxed);
            let mut answer = Response::new("plain".into());
            answer.extensions_mut().insert(Delivery {
                delay: if path == "delay" {
                    LONG
                } else {
                    Duration::ZERO
                },
                fault: (path == "stall").then_some(WireFault::Stall(None)),
                ..Delivery::default()
            });
            answer
        })
        .boxed();
    let application = Arc::new(Application::new(routes, SystemTime::now));
    let transport = Transport::Tls(Arc::new(tls));
    let never = std::future::pending();
    serve(listener, transport, application, limits, never).await;
}
