//! The path of one request: its interaction id, its limits, its body, the routes, and the last touch on
//! the answer.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::FutureExt;
use hyper::body::{Body, Incoming};
use hyper::ext::ReasonPhrase;
use tokio::sync::watch;
use tokio::time::sleep;
use warp::http::header::{
    CONNECTION, CONTENT_LENGTH, DATE, EXPECT, HeaderMap, HeaderName, HeaderValue, TRANSFER_ENCODING,
};
use warp::http::request::{Parts, Request};
use warp::http::{Method, StatusCode, Uri, Version};
use warp::reply::{Reply, Response};

use super::activity::ActiveExchange;
use super::application::{Application, Refusal};
use super::body::AnswerBody;
use super::delivery::{Delivery, IdOnAnswer};
use super::drive::stopping;
use super::fault::Dispatch;
use super::peer::{ListenerKind, Peer};
use super::unanswered::{Unanswered, give_up, given_up};
use super::{Limits, body, head, panics};
use crate::domain::ids::InteractionId;

const INTERACTION_ID: HeaderName = HeaderName::from_static("x-fapi-interaction-id");

/// What the exchanges of one connection have in common.
#[derive(Debug)]
pub(super) struct Exchanges {
    pub(super) application: Arc<Application>,
    pub(super) limits: Arc<Limits>,
    pub(super) peer: Peer,
    pub(super) stop: watch::Receiver<bool>,
}

/// What is kept of a request for dressing its answer.
#[derive(Debug)]
struct Asked {
    version: Version,
    head_only: bool,
    interaction_id: Option<InteractionId>,
}

impl Exchanges {
    /// Answers one request, unless the answer's delivery is to end the stream or the connection, or the
    /// server stops before the request has arrived.
    pub(super) async fn answer(
        &self,
        request: Request<Incoming>,
        exchange: ActiveExchange,
    ) -> Result<warp::http::Response<AnswerBody>, Unanswered> {
        let (mut head, mut incoming) = request.into_parts();
        if head.uri.path_and_query().is_none() {
            // The target of CONNECT is an authority alone (RFC 9112 §3.2.3); warp panics without a path.
            head.uri = Uri::from_static("/");
        }
        let asked = self.note(&head);
        head.extensions.insert(self.peer.clone());
        if let Some(id) = &asked.interaction_id {
            head.extensions.insert(id.clone());
        }
        let http2 = asked.version == Version::HTTP_2;
        let (received, body_left) = tokio::select! {
            biased;
            received = self.receive(&head, &mut incoming) => received,
            () = given_up(&self.stop) => return Err(give_up(exchange, http2).await),
        };
        if body_left {
            exchange.leave_body();
        }
        let answered = AssertUnwindSafe(self.hand_over(head, received))
            .catch_unwind()
            .await;
        let mut answer = answered.unwrap_or_else(|payload| {
            self.application.panics().note(payload.as_ref());
            answer_panic(panics::message(payload.as_ref()), &asked)
        });
        let delivery = answer.extensions_mut().remove().unwrap_or_default();
        self.hold_back(&delivery).await;
        let answer = self.finish(&asked, answer, &delivery, body_left);
        let dispatch = Dispatch {
            exchange,
            stop: self.stop.clone(),
            http2,
            head_only: asked.head_only,
            measured: !delivery.omitted.contains(&CONTENT_LENGTH),
            until: delivery.until_stop.then(|| self.stop.clone()),
            held: delivery.held,
            watch: delivery.watch,
        };
        Ok(dispatch.send(answer, delivery.fault).await?)
    }

    /// Waits as long as the answer is to be late. A client that goes meanwhile ends the exchange.
    async fn hold_back(&self, delivery: &Delivery) {
        if delivery.delay.is_zero() {
            return;
        }
        tokio::select! {
            biased;
            () = stopping(self.stop.clone()) => {}
            () = sleep(delivery.delay) => {}
        }
    }

    fn note(&self, head: &Parts) -> Asked {
        let interaction_id = match self.peer.listener {
            ListenerKind::Mtls | ListenerKind::Tls => Some(interaction_id(&head.headers)),
            ListenerKind::Control => None,
        };
        Asked {
            version: head.version,
            head_only: head.method == Method::HEAD,
            interaction_id,
        }
    }

    /// The whole body, or why the request is refused; and whether some of the body is still to come.
    async fn receive(
        &self,
        head: &Parts,
        incoming: &mut Incoming,
    ) -> (Result<Bytes, Refusal>, bool) {
        let limits = &self.limits;
        let announced = head::check(head).and_then(|()| body::check_announced(incoming, limits));
        if let Err(refusal) = announced {
            // A client that waits for `100 Continue` gets its answer instead and sends no body at all.
            let body_left = !incoming.is_end_stream()
                && (head.headers.contains_key(EXPECT) || !body::discard(incoming, limits).await);
            return (Err(refusal), body_left);
        }
        match body::read(incoming, limits).await {
            Ok(bytes) => (Ok(bytes), false),
            Err(refusal @ Refusal::BodyTooLarge { .. }) => {
                let body_left = !body::discard(incoming, limits).await;
                (Err(refusal), body_left)
            }
            Err(refusal) => (Err(refusal), true),
        }
    }

    async fn hand_over(&self, mut head: Parts, received: Result<Bytes, Refusal>) -> Response {
        let bytes = match received {
            Ok(bytes) => bytes,
            Err(refusal) if self.application.routes_judge(refusal) => {
                head.extensions.insert(refusal);
                Bytes::new()
            }
            Err(refusal) => return self.application.refuse(refusal, &head),
        };
        self.application
            .answer(Request::from_parts(head, bytes))
            .await
    }

    /// The last touch on an answer's head before it is sent.
    fn finish(
        &self,
        asked: &Asked,
        mut answer: Response,
        delivery: &Delivery,
        body_left: bool,
    ) -> Response {
        let length = answer.body().size_hint().exact();
        let headers = answer.headers_mut();
        // Framing is ours: hyper trusts a length that it is told.
        headers.remove(TRANSFER_ENCODING);
        let stated = headers.remove(CONTENT_LENGTH);
        if asked.head_only
            && let Some(length) = stated.or(length.filter(|length| *length > 0).map(Into::into))
        {
            headers.insert(CONTENT_LENGTH, length);
        }
        if let Some(id) = &asked.interaction_id {
            name_exchange(headers, id, delivery.interaction_id);
        }
        if let Some(date) = http_date(self.application.now()) {
            headers.entry(DATE).or_insert(date);
        }
        for name in &delivery.omitted {
            headers.remove(name);
        }
        if body_left && asked.version <= Version::HTTP_11 {
            headers.insert(CONNECTION, HeaderValue::from_static("close"));
        }
        if answer.status().canonical_reason().is_none() {
            // hyper would say `<none>`; the phrase may be empty (RFC 9112 §4).
            let phrase = ReasonPhrase::from_static(b"");
            answer.extensions_mut().insert(phrase);
        }
        answer
    }
}

/// Puts the exchange's `id` into an answer's head, or what a scenario says instead.
fn name_exchange(headers: &mut HeaderMap, id: &InteractionId, on_answer: IdOnAnswer) {
    let of = |id: &InteractionId| HeaderValue::from_str(id.as_str()).ok();
    match on_answer {
        IdOnAnswer::Own => {
            if !headers.contains_key(INTERACTION_ID)
                && let Some(id) = of(id)
            {
                headers.insert(INTERACTION_ID, id);
            }
        }
        IdOnAnswer::Omitted => {
            headers.remove(INTERACTION_ID);
        }
        IdOnAnswer::Replaced => {
            if let Some(id) = of(&InteractionId::fresh()) {
                headers.insert(INTERACTION_ID, id);
            }
        }
    }
}

/// The caller's interaction id where it sent exactly one that may be echoed, else a fresh one.
fn interaction_id(headers: &HeaderMap) -> InteractionId {
    let mut sent = headers.get_all(INTERACTION_ID).iter();
    let only = match (sent.next(), sent.next()) {
        (Some(only), None) => only.to_str().ok(),
        _ => None,
    };
    only.and_then(InteractionId::parse)
        .unwrap_or_else(InteractionId::fresh)
}

fn answer_panic(message: &str, asked: &Asked) -> Response {
    let interaction_id = asked.interaction_id.as_ref().map(InteractionId::as_str);
    tracing::error!(interaction_id, message, "a handler panicked");
    StatusCode::INTERNAL_SERVER_ERROR.into_response()
}

/// The `Date` header (RFC 9110 §5.6.7). A clock can be moved to where the format has no words: then none.
fn http_date(now: SystemTime) -> Option<HeaderValue> {
    /// 10000-01-01T00:00:00Z, in seconds since 1970.
    const YEAR_10000: Duration = Duration::from_secs(253_402_300_800);
    let since_1970 = now.duration_since(SystemTime::UNIX_EPOCH).ok()?;
    if since_1970 >= YEAR_10000 {
        return None;
    }
    HeaderValue::from_str(&httpdate::fmt_http_date(now)).ok()
}

#[cfg(test)]
mod tests {
    use std::time::{Duration, SystemTime};

    use super::{HeaderValue, http_date};

    #[test]
    fn a_clock_outside_of_what_the_date_header_can_say_gives_none() {
        let at = |seconds| SystemTime::UNIX_EPOCH + Duration::from_secs(seconds);
        let cases = [
            (at(0), Some("Thu, 01 Jan 1970 00:00:00 GMT")),
            (at(253_402_300_799), Some("Fri, 31 Dec 9999 23:59:59 GMT")),
            (at(253_402_300_800), None),
            (SystemTime::UNIX_EPOCH - Duration::from_secs(1), None),
        ];
        for (now, expected) in cases {
            assert_eq!(http_date(now), expected.map(HeaderValue::from_static));
        }
    }
}
