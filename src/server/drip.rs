//! A body in pieces, with pauses.

use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use hyper::body::{Body, Frame, SizeHint};
use tokio::sync::watch;
use tokio::time::{Sleep, sleep};

use super::body::BoxError;
use super::drive::stopping;

/// Sends `rest` piece by piece; all that is left at once when the server stops.
pub(super) struct Drip {
    rest: Bytes,
    piece: usize,
    every: Duration,
    pause: Option<Pin<Box<Sleep>>>,
    stop: Pin<Box<dyn Future<Output = ()> + Send>>,
}

impl Drip {
    /// Pieces of `piece` bytes, at least one.
    pub(super) fn new(
        rest: Bytes,
        piece: usize,
        every: Duration,
        stop: watch::Receiver<bool>,
    ) -> Self {
        Self {
            rest,
            piece: piece.max(1),
            every,
            pause: None,
            stop: Box::pin(stopping(stop)),
        }
    }

    /// The bytes to send now, after the pause that is before them.
    fn poll_piece(&mut self, cx: &mut Context<'_>) -> Poll<Bytes> {
        if let Some(pause) = &mut self.pause {
            if self.stop.as_mut().poll(cx).is_ready() {
                return Poll::Ready(std::mem::take(&mut self.rest));
            }
            ready!(pause.as_mut().poll(cx));
        }
        let piece = self.rest.split_to(self.piece.min(self.rest.len()));
        self.pause = (!self.rest.is_empty()).then(|| Box::pin(sleep(self.every)));
        Poll::Ready(piece)
    }
}

impl Body for Drip {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        if self.rest.is_empty() {
            return Poll::Ready(None);
        }
        self.poll_piece(cx)
            .map(|piece| Some(Ok(Frame::data(piece))))
    }

    fn is_end_stream(&self) -> bool {
        self.rest.is_empty()
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.rest.len() as u64)
    }
}
