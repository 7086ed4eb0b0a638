//! Answers without an end of their own: they end with the server, or when their client leaves.

use std::convert::Infallible;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use aspsp_emulator::server::{Delivered, Delivery, DeliveryWatch, Limits};
use bytes::Bytes;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::sync::{Semaphore, mpsc};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};

use crate::faulty::{get, has_line, read_all, read_frames};
use crate::helpers::{Gate, HTTP2, Kind, TestServer, read_head, within};

/// A server with one answer, whose pieces a test sends.
struct Streaming {
    server: TestServer,
    pieces: mpsc::UnboundedSender<Bytes>,
    delivered: Arc<Log>,
}

#[derive(Default)]
struct Log(Mutex<Vec<Delivered>>);

impl DeliveryWatch for Log {
    fn delivered(&self, how: Delivered) {
        self.0.lock().unwrap().push(how);
    }
}

impl Streaming {
    async fn start(kind: Kind) -> Self {
        Self::start_limited(kind, Limits::default()).await
    }

    async fn start_limited(kind: Kind, limits: Limits) -> Self {
        let (pieces, received) = mpsc::unbounded_channel();
        let delivered = Arc::new(Log::default());
        let delivery = Delivery {
            until_stop: true,
            watch: Some(Arc::clone(&delivered) as _),
            ..Delivery::default()
        };
        let gate = Gate {
            entered: Semaphore::new(0).into(),
            release: Semaphore::new(0).into(),
        };
        let limits = Limits {
            drain: Duration::from_secs(3600),
            ..limits
        };
        let routes = routes(received, delivery);
        Self {
            server: TestServer::start_serving(kind, limits, routes, gate).await,
            pieces,
            delivered,
        }
    }

    fn send(&self, piece: &'static [u8]) {
        self.pieces.send(Bytes::from_static(piece)).unwrap();
    }

    /// A connection in the clear, with the head of the answer read.
    async fn ask(&self) -> (TcpStream, String) {
        let mut stream = TcpStream::connect(self.server.address).await.unwrap();
        let request = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
        stream.write_all(request).await.unwrap();
        let head = read_head(&mut stream).await;
        (stream, head)
    }
}

fn routes(pieces: mpsc::UnboundedReceiver<Bytes>, delivery: Delivery) -> BoxedFilter<(Response,)> {
    let pieces = Arc::new(Mutex::new(Some(pieces)));
    warp::any()
        .map(move || {
            let mut pieces = pieces.lock().unwrap().take().expect("one request");
            let stream = futures_util::stream::poll_fn(move |cx| {
                pieces
                    .poll_recv(cx)
                    .map(|piece| Some(Ok::<_, Infallible>(piece?)))
            });
            let mut answer = warp::reply::stream(stream).into_response();
            answer.extensions_mut().insert(delivery.clone());
            answer
        })
        .boxed()
}

#[tokio::test]
async fn each_piece_is_sent_at_once_and_the_stop_ends_the_stream_in_good_order_without_a_wait() {
    let mut streaming = Streaming::start(Kind::Control).await;
    let (mut stream, head) = streaming.ask().await;
    assert!(head.starts_with("HTTP/1.1 200"), "{head}");
    assert!(has_line(&head, "transfer-encoding: chunked"), "{head}");
    for piece in [&b"one"[..], b"two"] {
        streaming.send(piece);
        let mut chunk = [0; 8];
        within(stream.read_exact(&mut chunk)).await.unwrap();
        assert_eq!(&chunk[..3], b"3\r\n");
        assert_eq!(&chunk[3..6], piece);
    }
    assert_eq!(*streaming.delivered.0.lock().unwrap(), [Delivered::Partial]);
    streaming.server.tell_to_stop();
    assert_eq!(read_all(&mut stream).await, b"0\r\n\r\n");
    let delivered = Arc::clone(&streaming.delivered);
    assert_eq!(
        *delivered.0.lock().unwrap(),
        [Delivered::Partial, Delivered::Complete]
    );
    streaming.server.stopped().await;
}

#[tokio::test]
async fn the_stop_ends_a_stream_of_http_2_too() {
    let mut streaming = Streaming::start(Kind::Mtls).await;
    let stream = streaming.server.connect(streaming.server.tls(HTTP2)).await;
    let (mut http, connection) = h2::client::handshake(stream.unwrap()).await.unwrap();
    let connection = tokio::spawn(connection);
    let (answer, _) = http.send_request(get("/"), true).unwrap();
    let mut body = within(answer).await.unwrap().into_body();
    streaming.send(b"one");
    assert_eq!(within(body.data()).await.unwrap().unwrap(), &b"one"[..]);
    streaming.server.tell_to_stop();
    let (frames, end) = read_frames(body).await;
    assert_eq!(frames.concat(), b"");
    end.unwrap();
    streaming.server.stopped().await;
    drop(connection);
}

#[tokio::test]
async fn a_stream_of_http_2_that_waits_for_its_next_piece_is_not_one_that_is_not_read() {
    let limits = Limits {
        idle_timeout: Duration::from_millis(100),
        ..Limits::default()
    };
    let streaming = Streaming::start_limited(Kind::Mtls, limits).await;
    let stream = streaming.server.connect(streaming.server.tls(HTTP2)).await;
    let (mut http, connection) = h2::client::handshake(stream.unwrap()).await.unwrap();
    let connection = tokio::spawn(connection);
    let (answer, _) = http.send_request(get("/"), true).unwrap();
    let mut body = within(answer).await.unwrap().into_body();
    for piece in [&b"one"[..], b"two"] {
        streaming.send(piece);
        assert_eq!(within(body.data()).await.unwrap().unwrap(), piece);
        // Two others that begin later meet their idle limit meanwhile, one after the other.
        for _ in 0..2 {
            assert_eq!(streaming.server.exchange_bytes("").await, "");
        }
    }
    streaming.server.stop().await;
    drop((body, connection));
}

#[tokio::test]
async fn a_client_that_leaves_ends_its_stream() {
    for kind in [Kind::Control, Kind::Mtls] {
        let streaming = Streaming::start(kind).await;
        if kind == Kind::Control {
            drop(streaming.ask().await);
        } else {
            let mut stream = streaming.server.connect_http1().await;
            let request = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
            stream.write_all(request).await.unwrap();
            read_head(&mut stream).await;
        }
        // The other end of the pieces goes with the answer.
        within(streaming.pieces.closed()).await;
        assert_eq!(*streaming.delivered.0.lock().unwrap(), [Delivered::Partial]);
        streaming.server.stop().await;
    }
}

#[tokio::test]
async fn a_stream_that_ends_by_itself_leaves_the_connection_usable() {
    let streaming = Streaming::start(Kind::Control).await;
    let (mut stream, _) = streaming.ask().await;
    let Streaming { server, pieces, .. } = streaming;
    drop(pieces);
    let mut end = [0; 5];
    within(stream.read_exact(&mut end)).await.unwrap();
    assert_eq!(&end, b"0\r\n\r\n");
    let request = b"GET / HTTP/1.1\r\nhost: a\r\n\r\n";
    stream.write_all(request).await.unwrap();
    // There is nothing more to stream, which the handler does not survive; the connection does.
    assert!(read_head(&mut stream).await.starts_with("HTTP/1.1 500"));
    server.stop().await;
}
