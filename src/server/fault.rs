//! Delivers an answer as its [`Delivery`](super::Delivery) says: whole, faulty, or not at all.

use std::future::pending;
use std::sync::Arc;

use bytes::Bytes;
use http_body_util::{BodyExt, Empty, Full};
use hyper::body::Body;
use thiserror::Error;
use tokio::sync::watch;
use warp::http::header::{CONNECTION, CONTENT_LENGTH, HeaderValue};
use warp::http::response::Parts;
use warp::http::{Response, StatusCode};

use super::activity::ActiveExchange;
use super::body::{AnswerBody, AnyBody, Unmeasured, is_empty};
use super::cut::Cut;
use super::delivery::{Delivered, DeliveryWatch, Held, WireFault};
use super::drip::Drip;
use super::drive::stopping;
use super::end::{Ending, Way, elapsed};
use super::until_stop::UntilStop;

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
    pub(super) watch: Option<Arc<dyn DeliveryWatch>>,
    pub(super) stop: watch::Receiver<bool>,
    pub(super) http2: bool,
    /// The request was HEAD.
    pub(super) head_only: bool,
    /// The body's length is stated where it is known.
    pub(super) measured: bool,
    /// The stop that ends the body, if one does.
    pub(super) until: Option<watch::Receiver<bool>>,
}

/// What is handed to the protocol.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Form {
    /// A well-formed answer, of which the body is all that is left to come.
    Whole,
    /// One that breaks off, or is not what it says.
    Broken,
}

impl Dispatch {
    /// The answer as the protocol gets it. An error breaks the stream of HTTP/2; on HTTP/1.1, where the
    /// connection ends instead, this does not return then.
    pub(super) async fn send(
        mut self,
        answer: warp::reply::Response,
        fault: Option<WireFault>,
    ) -> Result<Response<AnswerBody>, StreamBroken> {
        let (head, body) = answer.into_parts();
        let mut body = body.map_err(Into::into).boxed_unsync();
        if let Some(stop) = self.until.take() {
            body = UntilStop::new(body, stop).boxed_unsync();
        }
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
                Ok(self.send_whole(head, drip.boxed_unsync()))
            }
            Some(WireFault::WrongLength) => Ok(self.misstate(head, whole(body).await)),
        }
    }

    fn send_whole(self, head: Parts, body: AnyBody) -> Response<AnswerBody> {
        let body = if self.head_only {
            no_body()
        } else if self.measured || !has_body(&head) {
            body
        } else {
            Unmeasured(body).boxed_unsync()
        };
        self.pack(head, body, Form::Whole)
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
        Ok(self.pack(head, cut, Form::Broken))
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
        self.pack(head, body, Form::Broken)
    }

    /// A body that breaks off after these bytes.
    fn cut(&self, bytes: Bytes) -> AnyBody {
        Cut::after(bytes, self.exchange.connection().clone(), self.http2).boxed_unsync()
    }

    /// Nothing comes between this and the protocol, so that what is handed over begins here.
    fn pack(self, head: Parts, body: AnyBody, form: Form) -> Response<AnswerBody> {
        let is_all = !has_body(&head) || body.is_end_stream() || is_empty(&body);
        let mut watch = self.watch;
        if let Some(watch) = &watch {
            watch.delivered(match form {
                Form::Whole if is_all => Delivered::Complete,
                Form::Whole | Form::Broken => Delivered::Partial,
            });
        }
        if is_all || form == Form::Broken {
            watch = None;
        }
        let body = AnswerBody::new(body, self.exchange, self.held).watched(watch);
        Response::from_parts(head, body)
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

/// All of the body. Those of the routes are in memory already, but for streams that end with the server.
async fn whole(body: AnyBody) -> Bytes {
    match body.collect().await {
        Ok(collected) => collected.to_bytes(),
        Err(cause) => {
            tracing::warn!(%cause, "an answer's body broke off by itself");
            Bytes::new()
        }
    }
}
