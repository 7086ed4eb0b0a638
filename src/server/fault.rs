//! Delivers an answer as its [`Delivery`](super::Delivery) says: whole, faulty, or not at all.

use std::future::pending;

use bytes::Bytes;
use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Body;
use thiserror::Error;
use tokio::sync::watch;
use warp::http::header::{CONNECTION, CONTENT_LENGTH, HeaderValue};
use warp::http::response::Parts;
use warp::http::{Response, StatusCode};

use super::activity::ActiveExchange;
use super::body::{AnswerBody, BoxError, Unmeasured};
use super::cut::Cut;
use super::delivery::{Held, WireFault};
use super::drip::Drip;
use super::drive::stopping;
use super::end::{Ending, Way, elapsed};

/// How far a wrong `Content-Length` is beyond the body, in bytes.
const BEYOND: u64 = 16;

/// The stream was to be broken. HTTP/2 tells the peer `INTERNAL_ERROR`, since this is no error of its own:
/// after `REFUSED_STREAM` a client may try again by itself (RFC 9113 §8.7).
#[derive(Clone, Copy, Debug, Error)]
#[error("the stream was broken on purpose")]
pub(super) struct StreamBroken;

/// One answer on its way to the protocol.
pub(super) struct Dispatch {
    pub(super) exchange: ActiveExchange,
    pub(super) held: Option<Held>,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) http2: bool,
    /// The request was HEAD.
    pub(super) head_only: bool,
    /// The body's length is stated where it is known.
    pub(super) measured: bool,
}

type AnyBody = UnsyncBoxBody<Bytes, BoxError>;

impl Dispatch {
    /// The answer as the protocol gets it. An error breaks the stream of HTTP/2; on HTTP/1.1, where the
    /// connection ends instead, this does not return then.
    pub(super) async fn send(
        self,
        answer: warp::reply::Response,
        fault: Option<WireFault>,
    ) -> Result<Response<AnswerBody>, StreamBroken> {
        let (head, body) = answer.into_parts();
        match fault {
            None => Ok(self.send_whole(head, body)),
            Some(WireFault::Close) => self.close().await,
            Some(WireFault::Reset) => self.end(Way::Reset).await,
            Some(WireFault::Stall(limit)) if self.http2 => {
                tokio::select! {
                    biased;
                    () = stopping(self.stop.clone()) => {}
                    () = elapsed(limit) => {}
                }
                Err(StreamBroken)
            }
            Some(WireFault::Stall(limit)) => self.end(Way::Stall(limit)).await,
            Some(WireFault::Garbage(bytes)) => self.end(Way::Garbage(bytes)).await,
            Some(WireFault::Truncate(kept)) => self.truncate(head, whole(body).await, kept).await,
            Some(WireFault::Drip { bytes, every }) => {
                let drip = Drip::new(whole(body).await, bytes, every, self.stop.clone());
                Ok(self.send_whole(head, drip))
            }
            Some(WireFault::WrongLength) => Ok(self.misstate(head, whole(body).await)),
        }
    }

    fn send_whole<B>(self, head: Parts, body: B) -> Response<AnswerBody>
    where
        B: Body<Data = Bytes> + Send + Unpin + 'static,
        B::Error: Into<BoxError>,
    {
        let body = body.map_err(Into::into);
        let body = if self.head_only {
            no_body()
        } else if self.measured || !has_body(&head) {
            body.boxed_unsync()
        } else {
            Unmeasured(body).boxed_unsync()
        };
        self.pack(head, body)
    }

    async fn truncate(
        self,
        mut head: Parts,
        body: Bytes,
        kept: usize,
    ) -> Result<Response<AnswerBody>, StreamBroken> {
        if self.head_only || body.is_empty() || !has_body(&head) {
            return self.close().await;
        }
        if self.measured {
            head.headers.insert(CONTENT_LENGTH, body.len().into());
        }
        let kept = body.slice(..kept.min(body.len() - 1));
        let cut = self.cut(kept);
        Ok(self.pack(head, cut))
    }

    /// States a length beyond that of the body.
    fn misstate(self, mut head: Parts, body: Bytes) -> Response<AnswerBody> {
        let stated = head.headers.get(CONTENT_LENGTH);
        let stated = stated.and_then(|length| length.to_str().ok()?.parse().ok());
        let length = stated.unwrap_or(body.len() as u64);
        head.headers
            .insert(CONTENT_LENGTH, length.saturating_add(BEYOND).into());
        let has_body = !self.head_only && has_body(&head);
        let body = match (has_body, self.http2) {
            (true, false) => self.cut(body),
            (true, true) => Full::new(body)
                .map_err(|never| match never {})
                .boxed_unsync(),
            (false, true) => no_body(),
            (false, false) => {
                // Nobody waits for a body, so the head alone says that this was the last answer.
                head.headers
                    .insert(CONNECTION, HeaderValue::from_static("close"));
                Unmeasured(no_body()).boxed_unsync()
            }
        };
        self.pack(head, body)
    }

    /// A body that breaks off after these bytes.
    fn cut(&self, bytes: Bytes) -> AnyBody {
        Cut::after(bytes, self.exchange.connection().clone(), self.http2).boxed_unsync()
    }

    fn pack(self, head: Parts, body: AnyBody) -> Response<AnswerBody> {
        Response::from_parts(head, AnswerBody::new(body, self.exchange, self.held))
    }

    async fn close<T>(self) -> Result<T, StreamBroken> {
        if self.http2 {
            return Err(StreamBroken);
        }
        self.end(Way::Close).await
    }

    /// Ends the connection. Does not return: what waits here is dropped with the protocol. Answers to
    /// earlier requests are out by now, since HTTP/1.1 asks for one only when it has sent the last.
    async fn end<T>(self, way: Way) -> T {
        self.exchange.connection().end(Ending {
            way,
            held: self.held,
        });
        pending().await
    }
}

fn no_body() -> AnyBody {
    Empty::new().map_err(|never| match never {}).boxed_unsync()
}

/// Whether an answer of this status can have a body (RFC 9110 §6.4.1).
fn has_body(head: &Parts) -> bool {
    !matches!(
        head.status,
        StatusCode::NO_CONTENT | StatusCode::NOT_MODIFIED
    )
}

/// All of the body. Those of the routes are in memory already.
async fn whole<B>(body: B) -> Bytes
where
    B: Body<Data = Bytes>,
    B::Error: std::fmt::Display,
{
    match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(cause) => {
            tracing::warn!(%cause, "an answer's body broke off by itself");
            Bytes::new()
        }
    }
}
