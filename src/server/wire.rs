//! The byte stream beneath HTTP, reporting to the connection's watch and closed with care.
//!
//! Closing a socket with unread bytes resets it, and a reset can take back what the peer has not read
//! yet: an alert, or the 413 to a body still being sent. So we say that we are done, then read on for a
//! while and throw it away (RFC 9112 §9.6).

use std::io::{self, IoSlice};
use std::pin::Pin;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, ready};

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until, timeout};

use super::activity::{Activity, QUIET};

/// How much is thrown away at a time, in bytes.
const SCRAP: usize = 8 * 1024;

/// A stream that outlives the protocol spoken on it.
#[derive(Debug)]
pub(super) struct Lent<S>(Arc<Mutex<S>>);

impl<S> Lent<S> {
    /// The stream, once the protocol has let go of it.
    pub(super) fn take_back(self) -> Option<S> {
        let stream = Arc::into_inner(self.0)?;
        Some(stream.into_inner().unwrap_or_else(PoisonError::into_inner))
    }
}

/// A stream whose reads and writes are reported to the connection's [`Activity`].
#[derive(Debug)]
pub(super) struct Watched<S> {
    stream: Arc<Mutex<S>>,
    activity: Arc<Activity>,
    lingering: Option<Pin<Box<Sleep>>>,
}

impl<S> Watched<S> {
    /// The stream to speak on, and the claim to have it back.
    pub(super) fn lend(stream: S, activity: Arc<Activity>) -> (Self, Lent<S>) {
        let stream = Arc::new(Mutex::new(stream));
        let lent = Lent(Arc::clone(&stream));
        let watched = Self {
            stream,
            activity,
            lingering: None,
        };
        (watched, lent)
    }

    fn stream(&self) -> MutexGuard<'_, S> {
        lock(&self.stream)
    }

    fn report<T>(&self, written: Poll<io::Result<T>>) -> Poll<io::Result<T>> {
        match &written {
            Poll::Ready(_) => self.activity.sent(),
            Poll::Pending => self.activity.blocked(),
        }
        written
    }
}

impl<S: AsyncRead + Unpin> Watched<S> {
    /// Reads and forgets until the peer closes or is quiet. The connection's own limits end it, too.
    fn poll_linger(&mut self, cx: &mut Context<'_>) -> Poll<()> {
        let mut scrap = [0; SCRAP];
        let quiet_at = || Instant::now() + QUIET;
        let alarm = self.lingering.get_or_insert_with(|| {
            self.activity.linger();
            Box::pin(sleep_until(quiet_at()))
        });
        let mut stream = lock(&self.stream);
        loop {
            let mut buffer = ReadBuf::new(&mut scrap);
            match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.activity.received();
                    alarm.as_mut().reset(quiet_at());
                }
                Poll::Ready(_) => return Poll::Ready(()),
                Poll::Pending => return alarm.as_mut().poll(cx),
            }
        }
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for Watched<S> {
    fn poll_read(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buffer.filled().len();
        ready!(Pin::new(&mut *self.stream()).poll_read(cx, buffer))?;
        if buffer.filled().len() > before {
            self.activity.received();
        }
        Poll::Ready(Ok(()))
    }
}

impl<S: AsyncRead + AsyncWrite + Unpin> AsyncWrite for Watched<S> {
    fn poll_write(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut *self.stream()).poll_write(cx, bytes);
        self.report(written)
    }

    fn poll_write_vectored(
        self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        bytes: &[IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut *self.stream()).poll_write_vectored(cx, bytes);
        self.report(written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream().is_write_vectored()
    }

    fn poll_flush(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        let flushed = Pin::new(&mut *self.stream()).poll_flush(cx);
        match &flushed {
            Poll::Ready(_) => self.activity.flushed(),
            Poll::Pending => self.activity.blocked(),
        }
        flushed
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        if self.lingering.is_none() {
            ready!(Pin::new(&mut *self.stream()).poll_shutdown(cx))?;
        }
        if self.activity.body_left() {
            ready!(self.poll_linger(cx));
        }
        Poll::Ready(Ok(()))
    }
}

/// Never waits: the protocol and whoever takes the stream back have it one after the other.
fn lock<S>(stream: &Mutex<S>) -> MutexGuard<'_, S> {
    stream.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Reads and forgets until the peer closes or is quiet. Has no limit on a peer that keeps sending.
pub(super) async fn linger(stream: &mut (impl AsyncRead + Unpin)) {
    // On the heap: every connection's task would have room for it otherwise.
    let mut scrap = vec![0; SCRAP];
    while let Ok(Ok(1..)) = timeout(QUIET, stream.read(&mut scrap)).await {}
}
