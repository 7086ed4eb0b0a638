//! What a listener serves, as its owner hands it over.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use bytes::Bytes;
use futures_util::FutureExt;
use futures_util::future::BoxFuture;
use http_body_util::Full;
use hyper::service::Service;
use hyper_util::service::TowerToHyperService;
use thiserror::Error;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::http::request::{Parts, Request};
use warp::reject::Rejection;
use warp::reply::{Reply, Response};

use super::handshake::HandshakeScript;
use super::observer::Observer;
use super::panics::Panics;

/// What answers, a way to refuse what exceeds a limit, and the clock of the `Date` header.
///
/// Every request that reaches either has [`super::Peer`] in its extensions, and on the TLS listeners the
/// [`crate::domain::ids::InteractionId`] of the exchange.
pub struct Application {
    answer: Arc<Answer>,
    refuse: Arc<Refuse>,
    routes_judge_size: bool,
    now: Arc<Now>,
    handshake_script: Option<Arc<dyn HandshakeScript>>,
    observer: Option<Arc<dyn Observer>>,
    panics: Panics,
}

type Answer = dyn Fn(Request<Bytes>) -> BoxFuture<'static, Response> + Send + Sync;
type Refuse = dyn Fn(Refusal, &Parts) -> Response + Send + Sync;
type Now = dyn Fn() -> SystemTime + Send + Sync;

/// A request that exceeds a limit of the server, with the limit, so that an answer can state it.
#[derive(Clone, Copy, Debug, Error, PartialEq, Eq)]
pub enum Refusal {
    /// The request target (path and query) is too long.
    #[error("the request target has {length} bytes; at most {limit} are allowed")]
    UriTooLong {
        /// Bytes found.
        length: usize,
        /// Bytes allowed.
        limit: usize,
    },
    /// The header section is too large.
    #[error(
        "the request has {lines} header lines with {bytes} bytes; at most {max_lines} with {max_bytes} are allowed"
    )]
    HeadersTooLarge {
        /// Lines found.
        lines: usize,
        /// Bytes found: names, values, and four for each line.
        bytes: usize,
        /// Lines allowed.
        max_lines: usize,
        /// Bytes allowed.
        max_bytes: usize,
    },
    /// The body is too long.
    #[error("the request body is longer than the allowed {limit} bytes")]
    BodyTooLarge {
        /// Bytes allowed.
        limit: usize,
    },
    /// The body did not arrive in time.
    #[error("the request body did not arrive within {limit:?}")]
    BodyTimeout {
        /// Time allowed.
        limit: Duration,
    },
    /// The body broke off, or its framing is not HTTP.
    #[error("the request body could not be read to its end")]
    BodyUnreadable,
}

impl Application {
    /// Serves `routes`. `now` is read for the `Date` of an answer that has none.
    pub fn new(
        routes: BoxedFilter<(Response,)>,
        now: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Self {
        let routes = Routes::new(routes);
        let answer = move |request| {
            let routes = routes.clone();
            async move { routes.answer(request).await }
        };
        Self::answering(answer, now)
    }

    /// Serves what `answer` says, with its whole body read.
    pub fn answering<Answered>(
        answer: impl Fn(Request<Bytes>) -> Answered + Send + Sync + 'static,
        now: impl Fn() -> SystemTime + Send + Sync + 'static,
    ) -> Self
    where
        Answered: Future<Output = Response> + Send + 'static,
    {
        let answer = move |request| answer(request).boxed();
        let refuse = |refusal: Refusal, _: &Parts| {
            warp::reply::with_status(refusal.to_string(), refusal.status()).into_response()
        };
        Self {
            answer: Arc::new(answer),
            refuse: Arc::new(refuse),
            routes_judge_size: false,
            now: Arc::new(now),
            handshake_script: None,
            observer: None,
            panics: Panics::default(),
        }
    }

    /// Answers refusals with `refuse` instead of a line of text.
    ///
    /// It sees the request's head as it came, with its extensions; the path says whose answer this is.
    #[must_use]
    pub fn refusing_with(
        mut self,
        refuse: impl Fn(Refusal, &Parts) -> Response + Send + Sync + 'static,
    ) -> Self {
        self.refuse = Arc::new(refuse);
        self
    }

    /// Lets the routes answer a request whose body is too large, since that may not be the first thing
    /// that is wrong with it: they get it with an empty body and [`Refusal::BodyTooLarge`] in its
    /// extensions.
    #[must_use]
    pub fn judging_size(mut self) -> Self {
        self.routes_judge_size = true;
        self
    }

    /// Lets `script` decide what becomes of the TLS handshakes of the listener.
    #[must_use]
    pub fn scripting_handshakes(mut self, script: Arc<dyn HandshakeScript>) -> Self {
        self.handshake_script = Some(script);
        self
    }

    /// Tells `observer` of the connections of the listener and of the handshakes that fail.
    #[must_use]
    pub fn observed_by(mut self, observer: Arc<dyn Observer>) -> Self {
        self.observer = Some(observer);
        self
    }

    /// Notes there what panics, in its routes or in the tasks of its connections.
    #[must_use]
    pub fn noting_panics(mut self, panics: Panics) -> Self {
        self.panics = panics;
        self
    }

    /// Where panics are noted.
    pub(super) fn panics(&self) -> &Panics {
        &self.panics
    }

    /// Who follows the connections, if anyone does.
    pub(super) fn observer(&self) -> Option<&Arc<dyn Observer>> {
        self.observer.as_ref()
    }

    /// Who decides what becomes of handshakes, if anyone does.
    pub(super) fn handshake_script(&self) -> Option<&Arc<dyn HandshakeScript>> {
        self.handshake_script.as_ref()
    }

    /// Whether the routes answer what exceeds this limit.
    pub(super) fn routes_judge(&self, refusal: Refusal) -> bool {
        self.routes_judge_size && matches!(refusal, Refusal::BodyTooLarge { .. })
    }

    /// The answer to a request.
    pub(super) async fn answer(&self, request: Request<Bytes>) -> Response {
        (self.answer)(request).await
    }

    /// The answer to a request that exceeds a limit.
    pub(super) fn refuse(&self, refusal: Refusal, head: &Parts) -> Response {
        (self.refuse)(refusal, head)
    }

    /// What the clock says.
    pub(super) fn now(&self) -> SystemTime {
        (self.now)()
    }
}

/// Warp routes that turn their own rejections into answers (`recover`); one that escapes is logged and
/// answered with a bare 500. Cloning is cheap.
#[derive(Clone)]
pub struct Routes(BoxedFilter<(Response,)>);

impl Routes {
    /// Takes the routes.
    #[must_use]
    pub fn new(routes: BoxedFilter<(Response,)>) -> Self {
        Self(routes.or_else(answer_escaped_rejection).boxed())
    }

    /// Their answer.
    pub async fn answer(&self, request: Request<Bytes>) -> Response {
        let service = TowerToHyperService::new(warp::service(self.0.clone()));
        service
            .call(request.map(Full::new))
            .await
            .unwrap_or_else(|never| match never {})
    }
}

impl fmt::Debug for Application {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Application").finish_non_exhaustive()
    }
}

impl Refusal {
    /// The status that HTTP has for it (RFC 9110 §15.5, RFC 6585 §5).
    #[must_use]
    pub fn status(self) -> StatusCode {
        match self {
            Self::UriTooLong { .. } => StatusCode::URI_TOO_LONG,
            Self::HeadersTooLarge { .. } => StatusCode::REQUEST_HEADER_FIELDS_TOO_LARGE,
            Self::BodyTooLarge { .. } => StatusCode::PAYLOAD_TOO_LARGE,
            Self::BodyTimeout { .. } => StatusCode::REQUEST_TIMEOUT,
            Self::BodyUnreadable => StatusCode::BAD_REQUEST,
        }
    }
}

async fn answer_escaped_rejection(rejection: Rejection) -> Result<(Response,), Rejection> {
    // warp's own answer would show the rejection's Debug text to the caller.
    tracing::error!(?rejection, "the routes left a rejection unanswered");
    Ok((StatusCode::INTERNAL_SERVER_ERROR.into_response(),))
}
