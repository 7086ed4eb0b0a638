//! A body that breaks off, with every byte before that on its way.

use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use hyper::body::{Body, Frame};
use tokio::sync::oneshot;

use super::activity::Activity;
use super::body::BoxError;
use super::end::{Ending, Way};
use super::fault::StreamBroken;

/// Sends its bytes, waits until they are out, and breaks off: HTTP/1.1 with the end of the connection,
/// HTTP/2 with that of the stream.
pub(super) struct Cut {
    activity: Arc<Activity>,
    http2: bool,
    stage: Stage,
}

enum Stage {
    /// These bytes are still to be handed over.
    Full(Bytes),
    /// HTTP/2 has the bytes: in its queue, which is lost with the stream, until this resolves.
    Queued(oneshot::Receiver<()>),
    /// HTTP/1.1 has the bytes, and sends them with its next flush.
    Buffered,
    Flushing(oneshot::Receiver<()>),
    Over,
}

/// Bytes that tell when nobody needs them any more: their sender is dropped with them.
struct Told {
    bytes: Bytes,
    _told: oneshot::Sender<()>,
}

impl AsRef<[u8]> for Told {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Cut {
    pub(super) fn after(bytes: Bytes, activity: Arc<Activity>, http2: bool) -> Self {
        Self {
            activity,
            http2,
            stage: Stage::Full(bytes),
        }
    }

    /// Hands the bytes over. Those of HTTP/2 tell when they have left its queue, even if there are none:
    /// the head is before them.
    fn hand_over(&mut self, bytes: Bytes) -> Bytes {
        if !self.http2 {
            self.stage = Stage::Buffered;
            return bytes;
        }
        let (told, gone) = oneshot::channel();
        self.stage = Stage::Queued(gone);
        Bytes::from_owner(Told { bytes, _told: told })
    }
}

impl Body for Cut {
    type Data = Bytes;
    type Error = BoxError;

    // The size is unknown, as far as the protocols are concerned: what the head says is not checked.

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        loop {
            match &mut self.stage {
                Stage::Full(bytes) => {
                    let bytes = std::mem::take(bytes);
                    return Poll::Ready(Some(Ok(Frame::data(self.hand_over(bytes)))));
                }
                Stage::Queued(gone) => {
                    // Its sender is dropped: an error is the word.
                    let _ = ready!(Pin::new(gone).poll(cx));
                    self.stage = Stage::Over;
                    return Poll::Ready(Some(Err(StreamBroken.into())));
                }
                Stage::Buffered => self.stage = Stage::Flushing(self.activity.next_flush()),
                Stage::Flushing(flushed) => {
                    let _ = ready!(Pin::new(flushed).poll(cx));
                    self.stage = Stage::Over;
                    self.activity.end(Ending {
                        way: Way::Close,
                        held: None,
                    });
                }
                Stage::Over => return Poll::Pending,
            }
        }
    }
}
