//! The two bodies of an exchange: the request's, read once and bounded in size and time, and the answer's.

use std::error::Error;
use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, LengthLimitError, Limited};
use hyper::body::{Body, Frame, Incoming, SizeHint};
use tokio::time::timeout;

use super::Limits;
use super::activity::{ActiveExchange, QUIET};
use super::application::Refusal;
use super::delivery::{Delivered, DeliveryWatch, Held};

/// How much of an unwanted body is read and thrown away before the answer, in bytes.
///
/// A client that sends all it has before it reads then gets its answer, on a connection that stays usable.
/// Of a longer body the rest is left: HTTP/1.1 closes with care, HTTP/2 resets the stream after the
/// answer (RFC 9113 §8.1), which some clients take for a failure and lose the answer.
const DISCARDED: u64 = 64 * 1024 * 1024;

/// Checks the announced length (`Content-Length`), if there is one.
pub(super) fn check_announced(body: &Incoming, limits: &Limits) -> Result<(), Refusal> {
    let announced = usize::try_from(body.size_hint().lower());
    if announced.is_ok_and(|length| length <= limits.body) {
        return Ok(());
    }
    Err(Refusal::BodyTooLarge { limit: limits.body })
}

/// The whole body. Asks for it with `100 Continue` where the client waits for that.
pub(super) async fn read(body: &mut Incoming, limits: &Limits) -> Result<Bytes, Refusal> {
    let whole = Limited::new(body, limits.body).collect();
    match timeout(limits.body_timeout, whole).await {
        Ok(Ok(collected)) => Ok(collected.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => {
            Err(Refusal::BodyTooLarge { limit: limits.body })
        }
        Ok(Err(cause)) => {
            tracing::debug!(%cause, "request body broke off");
            Err(Refusal::BodyUnreadable)
        }
        Err(_) => Err(Refusal::BodyTimeout {
            limit: limits.body_timeout,
        }),
    }
}

/// Throws away what comes soon of an unwanted body; `true` if that was all of it.
pub(super) async fn discard(body: &mut Incoming, limits: &Limits) -> bool {
    if body.size_hint().lower() > DISCARDED {
        return false;
    }
    timeout(limits.body_timeout, discard_while_it_flows(body))
        .await
        .unwrap_or(false)
}

async fn discard_while_it_flows(body: &mut Incoming) -> bool {
    let mut discarded = 0;
    while discarded <= DISCARDED {
        match timeout(QUIET, body.frame()).await {
            Ok(Some(Ok(frame))) => {
                discarded += frame.data_ref().map_or(0, |data| data.len() as u64);
            }
            Ok(None) => return true,
            Ok(Some(Err(_))) | Err(_) => return false,
        }
    }
    false
}

/// What can go wrong while an answer is sent.
pub(super) type BoxError = Box<dyn Error + Send + Sync>;

/// Any body of an answer.
pub(super) type AnyBody = UnsyncBoxBody<Bytes, BoxError>;

/// An answer's body, which ends its exchange when it is dropped.
pub(super) struct AnswerBody {
    body: AnyBody,
    watch: Option<Arc<dyn DeliveryWatch>>,
    exchange: ActiveExchange,
    _held: Option<Held>,
}

impl AnswerBody {
    pub(super) fn new(body: AnyBody, exchange: ActiveExchange, held: Option<Held>) -> Self {
        Self {
            body,
            watch: None,
            exchange,
            _held: held,
        }
    }

    /// Tells `watch` once that all has been handed over.
    pub(super) fn watched(self, watch: Option<Arc<dyn DeliveryWatch>>) -> Self {
        Self { watch, ..self }
    }

    /// Whether this was the last of the body. The protocols ask for no more where the size says so.
    fn is_last(&self, frame: Option<&Result<Frame<Bytes>, BoxError>>) -> bool {
        match frame {
            None => true,
            Some(Ok(frame)) => {
                frame.is_trailers() || self.body.is_end_stream() || is_empty(&self.body)
            }
            Some(Err(_)) => false,
        }
    }
}

/// Whether nothing is left of a body that knows its size.
pub(super) fn is_empty(body: &AnyBody) -> bool {
    body.size_hint().upper() == Some(0)
}

impl Body for AnswerBody {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        self.exchange.piece_taken();
        let frame = ready!(Pin::new(&mut self.body).poll_frame(cx));
        if matches!(&frame, Some(Ok(_))) {
            self.exchange.hand_piece();
        }
        if self.is_last(frame.as_ref())
            && let Some(watch) = self.watch.take()
        {
            watch.delivered(Delivered::Complete);
        }
        Poll::Ready(frame)
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

/// A body that does not tell its length, so that nobody states it.
#[derive(Debug)]
pub(super) struct Unmeasured<B>(pub(super) B);

impl<B: Body + Unpin> Body for Unmeasured<B> {
    type Data = B::Data;
    type Error = B::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<B::Data>, B::Error>>> {
        Pin::new(&mut self.0).poll_frame(cx)
    }
}
