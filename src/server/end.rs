//! How a connection is ended when its protocol is not what ends it: closed, reset, or left in silence.

use std::fmt;
use std::future::{pending, poll_fn};
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use socket2::{SockRef, TcpKeepalive};
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio::time::{sleep, timeout};
use tokio_rustls::server::TlsStream;

use super::delivery::Held;
use super::drive::stopping;
use super::wire::linger;

/// The longest that closing may take: the peer may leave our last bytes unread, or keep sending.
const CLOSING: Duration = Duration::from_secs(5);
/// How long a silent connection rests until the kernel asks whether its peer is still there.
const KEEPALIVE: Duration = Duration::from_secs(60);
/// How much is thrown away at a time, in bytes.
const SCRAP: usize = 1024;

/// A byte stream over TCP, in the clear or in TLS.
pub(super) trait OverTcp: AsyncRead + AsyncWrite + Unpin + Send + 'static {
    /// The TCP connection beneath.
    fn tcp(&mut self) -> &mut TcpStream;
}

impl OverTcp for TcpStream {
    fn tcp(&mut self) -> &mut TcpStream {
        self
    }
}

impl OverTcp for TlsStream<TcpStream> {
    fn tcp(&mut self) -> &mut TcpStream {
        self.get_mut().0
    }
}

/// An end of a connection, as an exchange asks for it.
pub(super) struct Ending {
    pub(super) way: Way,
    /// Dropped when the connection has ended.
    pub(super) held: Option<Held>,
}

/// What becomes of the connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Way {
    /// See [`close`].
    Close,
    /// See [`reset`].
    Reset,
    /// See [`hold`].
    Stall(Option<Duration>),
    /// These bytes, then as `Close`.
    Garbage(Bytes),
}

impl Ending {
    /// Ends the connection whose protocol is gone.
    pub(super) async fn carry_out(self, mut stream: impl OverTcp, stop: watch::Receiver<bool>) {
        match self.way {
            Way::Close => close(stream, stop).await,
            Way::Reset => reset(stream),
            Way::Stall(limit) => hold(stream, limit, stop).await,
            Way::Garbage(bytes) => {
                let written = timeout(CLOSING, stream.write_all(&bytes)).await;
                if !matches!(written, Ok(Ok(()))) {
                    tracing::debug!("not all of the garbage could be sent");
                }
                close(stream, stop).await;
            }
        }
        drop(self.held);
    }
}

impl fmt::Debug for Ending {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Ending")
            .field("way", &self.way)
            .finish_non_exhaustive()
    }
}

/// Ends the connection in good order: TLS `close_notify`, FIN, and the peer may finish what it is sending.
///
/// The stop of the server ends the wait for that.
pub(super) async fn close(mut stream: impl OverTcp, stop: watch::Receiver<bool>) {
    let last_words = async {
        if stream.shutdown().await.is_ok() {
            tokio::select! {
                biased;
                () = linger(stream.tcp()) => {}
                () = stopping(stop) => {}
            }
        }
    };
    if timeout(CLOSING, last_words).await.is_err() {
        tracing::debug!("the peer takes too long to let go");
    }
}

/// Ends the connection with a TCP RST. What was not sent yet is thrown away.
pub(super) fn reset(mut stream: impl OverTcp) {
    // With a lingering time of zero, the kernel resets where it would close.
    if let Err(cause) = SockRef::from(&*stream.tcp()).set_linger(Some(Duration::ZERO)) {
        tracing::warn!(%cause, "a connection is closed instead of reset");
    }
}

/// Says nothing and forgets what comes, until the peer goes, the server stops, or the time is over; then
/// closes the connection.
///
/// Of TLS nothing is read any more; its session only serves the `close_notify`.
pub(super) async fn hold(
    mut stream: impl OverTcp,
    limit: Option<Duration>,
    stop: watch::Receiver<bool>,
) {
    let keepalive = TcpKeepalive::new().with_time(KEEPALIVE);
    if let Err(cause) = SockRef::from(&*stream.tcp()).set_tcp_keepalive(&keepalive) {
        tracing::debug!(%cause, "no TCP keepalive");
    }
    {
        let tcp = stream.tcp();
        tokio::select! {
            biased;
            () = stopping(stop.clone()) => {}
            () = elapsed(limit) => {}
            () = poll_fn(|cx| poll_gone(tcp, cx)) => {}
        }
    }
    close(stream, stop).await;
}

/// Resolves when the time is over; never without a limit.
pub(super) async fn elapsed(limit: Option<Duration>) {
    match limit {
        // On the heap: only silence with a limit pays for it.
        Some(limit) => Box::pin(sleep(limit)).await,
        None => pending().await,
    }
}

/// Reads and forgets until the peer goes.
fn poll_gone(stream: &mut TcpStream, cx: &mut Context<'_>) -> Poll<()> {
    // On the stack: nothing of it is kept while the peer is silent.
    let mut scrap = [0; SCRAP];
    loop {
        let mut buffer = ReadBuf::new(&mut scrap);
        let read = ready!(Pin::new(&mut *stream).poll_read(cx, &mut buffer));
        if read.is_err() || buffer.filled().is_empty() {
            return Poll::Ready(());
        }
    }
}
