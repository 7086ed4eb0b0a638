//! A server whose answers are delivered as a test says, and its clients.

use std::sync::Arc;

use aspsp_emulator::server::{Delivery, IdOnAnswer, Limits, WireFault};
use bytes::Bytes;
use futures_util::FutureExt;
use h2::RecvStream;
use h2::client::SendRequest;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::Semaphore;
use tokio_rustls::client::TlsStream;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{HeaderMap, HeaderName, Request};
use warp::path::FullPath;
use warp::reply::Response;

use crate::helpers::{Gate, HTTP2, Kind, TestServer, read_head, within};

pub const BODY: &[u8] = b"0123456789";

/// What is served at `/plain`, without any fault.
pub const PLAIN: &[u8] = b"plain";

/// What is served at `/large`: more than sockets hold.
pub const LARGE: usize = 16 * 1024 * 1024;

/// Serves one answer, with its delivery, at every path but `/plain` and `/large`.
pub struct Faulty {
    pub server: TestServer,
    /// Requests that reached the routes.
    pub entered: Arc<Semaphore>,
    /// Exchanges whose `held` was dropped.
    pub released: Arc<Semaphore>,
}

/// The answer of a test's routes.
#[derive(Clone)]
pub struct Answer {
    pub status: u16,
    pub headers: HeaderMap,
    pub body: Bytes,
    pub delivery: Delivery,
}

struct Place(Arc<Semaphore>);

impl Drop for Place {
    fn drop(&mut self) {
        self.0.add_permits(1);
    }
}

impl Default for Answer {
    fn default() -> Self {
        Self {
            status: 200,
            headers: HeaderMap::new(),
            body: Bytes::from_static(BODY),
            delivery: Delivery::default(),
        }
    }
}

impl From<Delivery> for Answer {
    fn from(delivery: Delivery) -> Self {
        Self {
            delivery,
            ..Self::default()
        }
    }
}

impl From<WireFault> for Answer {
    fn from(fault: WireFault) -> Self {
        Self::from(Delivery {
            fault: Some(fault),
            ..Delivery::default()
        })
    }
}

impl Answer {
    pub fn with_body(self, body: impl Into<Bytes>) -> Self {
        Self {
            body: body.into(),
            ..self
        }
    }

    pub fn with_status(self, status: u16) -> Self {
        Self { status, ..self }
    }

    pub fn with_header(mut self, name: &'static str, value: &'static str) -> Self {
        self.headers.append(name, value.parse().unwrap());
        self
    }

    pub fn without(mut self, name: HeaderName) -> Self {
        self.delivery.omitted.push(name);
        self
    }

    pub fn naming(mut self, interaction_id: IdOnAnswer) -> Self {
        self.delivery.interaction_id = interaction_id;
        self
    }

    fn response(&self, released: &Arc<Semaphore>) -> Response {
        let mut response = Response::new(self.body.clone().into());
        *response.status_mut() = self.status.try_into().unwrap();
        *response.headers_mut() = self.headers.clone();
        let held = Arc::new(Place(Arc::clone(released)));
        response.extensions_mut().insert(Delivery {
            held: Some(held),
            ..self.delivery.clone()
        });
        response
    }
}

impl Faulty {
    pub async fn start(answer: impl Into<Answer>) -> Self {
        Self::start_with(Kind::Mtls, Limits::default(), answer).await
    }

    pub async fn start_limited(limits: Limits, answer: impl Into<Answer>) -> Self {
        Self::start_with(Kind::Mtls, limits, answer).await
    }

    pub async fn start_with(kind: Kind, limits: Limits, answer: impl Into<Answer>) -> Self {
        let none = || Arc::new(Semaphore::new(0));
        let (entered, released) = (none(), none());
        let gate = Gate {
            entered: none(),
            release: none(),
        };
        let routes = routes(answer.into(), Arc::clone(&entered), Arc::clone(&released));
        Self {
            server: TestServer::start_serving(kind, limits, routes, gate).await,
            entered,
            released,
        }
    }

    /// A connection with a GET under way.
    pub async fn asking(&self) -> TlsStream<TcpStream> {
        self.asking_with("GET").await
    }

    pub async fn asking_with(&self, method: &str) -> TlsStream<TcpStream> {
        let mut stream = self.server.connect_http1().await;
        ask(&mut stream, method, "/").await;
        stream
    }

    pub async fn http2(&self) -> SendRequest<Bytes> {
        let stream = self.server.connect(self.server.tls(HTTP2)).await.unwrap();
        let (requests, connection) = within(h2::client::handshake(stream)).await.unwrap();
        tokio::spawn(connection);
        within(requests.ready()).await.unwrap()
    }

    pub async fn entered(&self) {
        within(self.entered.acquire()).await.unwrap().forget();
    }

    pub async fn released(&self) {
        within(self.released.acquire()).await.unwrap().forget();
    }

    /// Time in which something else happens.
    pub async fn meanwhile(&self) {
        plain_exchange(&mut self.server.connect_http1().await).await;
    }

    pub fn nothing_released(&self) -> bool {
        self.released.available_permits() == 0
    }

    /// Stops the server and waits until nothing of it is left.
    pub async fn stop(self) {
        self.server.stop().await;
    }
}

pub async fn ask(stream: &mut TlsStream<TcpStream>, method: &str, path: &str) {
    let request = format!("{method} {path} HTTP/1.1\r\nhost: a\r\n\r\n");
    within(stream.write_all(request.as_bytes())).await.unwrap();
}

/// An exchange without fault on a connection that stays open.
pub async fn plain_exchange(stream: &mut TlsStream<TcpStream>) {
    ask(stream, "GET", "/plain").await;
    assert!(read_head(stream).await.starts_with("HTTP/1.1 200"));
    let mut body = vec![0; PLAIN.len()];
    within(stream.read_exact(&mut body)).await.unwrap();
    assert_eq!(body, PLAIN);
}

/// Everything until the connection ends in good order: with a `close_notify`, where there is TLS.
pub async fn read_all(stream: &mut (impl AsyncRead + Unpin)) -> Vec<u8> {
    let mut all = Vec::new();
    within(stream.read_to_end(&mut all)).await.unwrap();
    all
}

/// What has arrived so far is nothing. Says something only after [`Faulty::meanwhile`].
pub fn is_silent(stream: &mut TlsStream<TcpStream>) -> bool {
    stream.read(&mut [0]).now_or_never().is_none()
}

/// Head and body, apart.
pub fn split(answer: &[u8]) -> (String, &[u8]) {
    let end = answer.windows(4).position(|four| four == b"\r\n\r\n");
    let (head, body) = answer.split_at(end.expect("the end of a head") + 4);
    (String::from_utf8(head.to_vec()).unwrap(), body)
}

pub fn has_line(head: &str, line: &str) -> bool {
    head.lines().any(|found| found == line)
}

pub fn get(path: &str) -> Request<()> {
    let uri = format!("https://localhost{path}");
    Request::get(uri).body(()).unwrap()
}

/// All of an answer's body, or what came of it before an error.
pub async fn read_frames(mut body: RecvStream) -> (Vec<Bytes>, Result<(), h2::Error>) {
    let mut frames = Vec::new();
    let read = async {
        while let Some(frame) = body.data().await {
            let frame = frame?;
            body.flow_control().release_capacity(frame.len())?;
            frames.push(frame);
        }
        Ok(())
    };
    let end = within(read).await;
    (frames, end)
}

/// Sends a GET and reads its answer's body.
pub async fn fetch(
    http: &mut SendRequest<Bytes>,
    path: &str,
) -> (Vec<Bytes>, Result<(), h2::Error>) {
    let (answer, _) = http.send_request(get(path), true).unwrap();
    match within(answer).await {
        Ok(answer) => read_frames(answer.into_body()).await,
        Err(error) => (Vec::new(), Err(error)),
    }
}

fn routes(
    answer: Answer,
    entered: Arc<Semaphore>,
    released: Arc<Semaphore>,
) -> BoxedFilter<(Response,)> {
    warp::path::full()
        .map(move |path: FullPath| {
            if path.as_str() == "/plain" {
                return Response::new(Bytes::from_static(PLAIN).into());
            }
            if path.as_str() == "/large" {
                return Response::new(vec![b'x'; LARGE].into());
            }
            entered.add_permits(1);
            answer.response(&released)
        })
        .boxed()
}
