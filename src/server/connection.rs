//! One connection, from its handshake to its end.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use hyper::server::conn::{http1, http2};
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use rustls::pki_types::CertificateDer;
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{Instant, timeout};
use tokio_rustls::server::TlsStream;

use super::activity::Activity;
use super::application::Application;
use super::drive::{drive, stopping};
use super::end::{Ending, OverTcp};
use super::exchange::Exchanges;
use super::handshake::{HandshakeCause, Hello, NotShaken};
use super::observer::FailedHandshake;
use super::peer::{ListenerKind, Peer, client_certificate, settled};
use super::streams::Streams;
use super::tls::ServerTls;
use super::wire::{Lent, Watched};
use super::{Limits, Transport};

// hyper's own limits, which it enforces without asking us. They stand well above ours (`exchange`), so
// that a request over ours is answered by us, with an interaction id.

/// Largest head, and read buffer, of HTTP/1.1 in bytes.
const HTTP1_BUFFER: usize = 256 * 1024;
/// Most header lines of HTTP/1.1; room for them is set aside with each request.
const HTTP1_HEADER_LINES: usize = 1024;
/// Largest decoded header list of HTTP/2 in bytes, 32 of them for each line (RFC 9113 §10.5.1). By
/// references to its own table a peer can ask for that with a hundredth of it on the wire.
const HTTP2_HEADER_LIST: u32 = 128 * 1024;
/// Requests at a time on one HTTP/2 connection.
const HTTP2_STREAMS: u32 = 100;
/// Requests of one HTTP/2 connection that were reset before we have seen them; beyond it the connection
/// ends (CVE-2023-44487, "rapid reset").
const HTTP2_RESETS: usize = 20;
/// Streams of one HTTP/2 connection that we had to reset for what the peer did on them; likewise.
const HTTP2_ERRORS: usize = 1024;
/// Body bytes that HTTP/2 peers may send ahead, for each stream and for the whole connection.
const HTTP2_STREAM_WINDOW: u32 = 256 * 1024;
const HTTP2_CONNECTION_WINDOW: u32 = 1024 * 1024;
/// How often an HTTP/2 peer is asked whether it is alive, and how long it may take to say so.
const HTTP2_PING_EVERY: Duration = Duration::from_secs(20);
const HTTP2_PING_TIMEOUT: Duration = Duration::from_secs(10);

/// The stream of a connection, and how it is to end.
type Ended<S> = (Lent<S>, Ending);

/// What all connections of a listener share.
#[derive(Debug)]
pub(super) struct Service {
    pub(super) transport: Transport,
    pub(super) application: Arc<Application>,
    pub(super) limits: Arc<Limits>,
    pub(super) stop: watch::Receiver<bool>,
}

impl Service {
    /// Serves one accepted connection until it ends; the `ordinal`-th of this listener.
    pub(super) async fn serve(&self, stream: TcpStream, address: SocketAddr, ordinal: u64) {
        if let Err(cause) = stream.set_nodelay(true) {
            tracing::debug!(%address, %cause, "no TCP_NODELAY");
        }
        let mut peer = Peer {
            address,
            listener: self.listener(),
            connection: ordinal,
            certificate_chain: Arc::default(),
            certificate: None,
            tls: None,
        };
        let tls = match &self.transport {
            Transport::Cleartext => {
                let ended = Box::pin(self.speak_http1(stream, peer)).await;
                return self.end(ended).await;
            }
            Transport::Tls(tls) => tls,
        };
        // Boxed, as are the protocols: a connection then holds only what its stage needs.
        let stream = match Box::pin(self.shake_hands(tls, stream, address, ordinal)).await {
            Ok(stream) => stream,
            Err(None) => return,
            Err(Some(not_shaken)) => {
                return Box::pin(not_shaken.carry_out(self.stop.clone())).await;
            }
        };
        let (_, session) = stream.get_ref();
        let settled = settled(session);
        let chain = session.peer_certificates().unwrap_or_default();
        peer.certificate_chain = chain
            .iter()
            .cloned()
            .map(CertificateDer::into_owned)
            .collect();
        let http2 = settled.alpn.as_deref() == Some("h2");
        peer.certificate = client_certificate(&settled);
        peer.tls = Some(Arc::new(settled));
        let ended = if http2 {
            Box::pin(self.speak_http2(stream, peer)).await
        } else {
            Box::pin(self.speak_http1(stream, peer)).await
        };
        self.end(ended).await;
    }

    /// Which listener this serves.
    pub(super) fn listener(&self) -> ListenerKind {
        match &self.transport {
            Transport::Cleartext => ListenerKind::Control,
            Transport::Tls(tls) => tls.kind(),
        }
    }

    /// Ends a connection as one of its exchanges asked, if any did. By then nothing is left of its protocol.
    async fn end<S: OverTcp>(&self, ended: Option<Ended<S>>) {
        if let Some((lent, ending)) = ended
            && let Some(stream) = lent.take_back()
        {
            Box::pin(ending.carry_out(stream, self.stop.clone())).await;
        }
    }

    /// The TLS handshake. An error is one that failed, of which the observer knows then, or nothing if it
    /// met the stop.
    async fn shake_hands(
        &self,
        tls: &ServerTls,
        stream: TcpStream,
        address: SocketAddr,
        ordinal: u64,
    ) -> Result<TlsStream<TcpStream>, Option<NotShaken>> {
        let (began, seen) = (Instant::now(), Arc::default());
        let limit = self.limits.handshake_timeout;
        let script = self.application.handshake_script();
        let handshake = timeout(limit, tls.accept(stream, ordinal, script, &seen));
        let not_shaken = tokio::select! {
            biased;
            () = stopping(self.stop.clone()) => return Err(None),
            shaken = handshake => match shaken {
                Ok(Ok(stream)) => return Ok(stream),
                Ok(Err(not_shaken)) => not_shaken,
                Err(_) => NotShaken::timed_out(limit),
            },
        };
        let NotShaken { cause, detail, .. } = &not_shaken;
        // What a developer meets first: no certificate, or the authority of an earlier start.
        tracing::info!(%address, cause = cause.as_str(), detail, "TLS handshake failed");
        if let Some(observer) = self.application.observer() {
            let Hello {
                server_name,
                tls_version,
            } = seen.hello();
            observer.handshake_failed(&FailedHandshake {
                address,
                listener: tls.kind(),
                connection: ordinal,
                server_name,
                certificate_chain: seen.take_chain(),
                tls_version: tls_version.filter(|_| *cause != HandshakeCause::ProtocolMismatch),
                cause: *cause,
                detail: detail.clone(),
                duration: began.elapsed(),
            });
        }
        Err(Some(not_shaken))
    }

    async fn speak_http1<S: OverTcp>(&self, stream: S, peer: Peer) -> Option<Ended<S>> {
        let activity = Activity::new(true);
        let (watched, lent) = Watched::lend(stream, Arc::clone(&activity));
        let io = TokioIo::new(watched);
        let exchanges = &self.exchanges(peer);
        let service = service_fn(|request| {
            let exchange = activity.begin();
            exchanges.answer(request, exchange)
        });
        let mut builder = http1::Builder::new();
        builder
            .timer(TokioTimer::new())
            // It would also end idle connections; the activity's deadlines tell the two apart.
            .header_read_timeout(None)
            .max_buf_size(HTTP1_BUFFER)
            .max_headers(HTTP1_HEADER_LINES)
            .auto_date_header(false);
        let connection = builder.serve_connection(io, service);
        let (end, stop) = (http1::Connection::graceful_shutdown, self.stop.clone());
        drive(connection, end, &activity, &self.limits, stop).await;
        activity.take_ending().map(|ending| (lent, ending))
    }

    async fn speak_http2<S: OverTcp>(&self, stream: S, peer: Peer) -> Option<Ended<S>> {
        let activity = Activity::new(false);
        let (watched, lent) = Watched::lend(stream, Arc::clone(&activity));
        let io = TokioIo::new(watched);
        let exchanges = Arc::new(self.exchanges(peer));
        let watch = Arc::clone(&activity);
        let service = service_fn(move |request| {
            let (exchanges, exchange) = (Arc::clone(&exchanges), watch.begin());
            async move { exchanges.answer(request, exchange).await }
        });
        let streams = Streams::new(self.application.panics());
        let mut builder = http2::Builder::new(streams.executor());
        builder
            .timer(TokioTimer::new())
            .max_header_list_size(HTTP2_HEADER_LIST)
            .max_concurrent_streams(HTTP2_STREAMS)
            .max_pending_accept_reset_streams(HTTP2_RESETS)
            .max_local_error_reset_streams(HTTP2_ERRORS)
            .initial_stream_window_size(HTTP2_STREAM_WINDOW)
            .initial_connection_window_size(HTTP2_CONNECTION_WINDOW)
            .keep_alive_interval(HTTP2_PING_EVERY)
            .keep_alive_timeout(HTTP2_PING_TIMEOUT)
            .auto_date_header(false);
        let connection = builder.serve_connection(io, service);
        let (end, stop) = (http2::Connection::graceful_shutdown, self.stop.clone());
        drive(connection, end, &activity, &self.limits, stop).await;
        streams.abort().await;
        activity.take_ending().map(|ending| (lent, ending))
    }

    fn exchanges(&self, peer: Peer) -> Exchanges {
        Exchanges {
            application: Arc::clone(&self.application),
            limits: Arc::clone(&self.limits),
            peer,
            stop: self.stop.clone(),
        }
    }
}
