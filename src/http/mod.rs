//! The routes of the two TLS listeners: one file per endpoint.
//!
//! A request is first given its world (`place`), then its bank and operation (`target`). A route turns
//! it into a call of its bank, and the bank's ruling into a response; where scenarios have a say,
//! `script` stands between. The one place that knows what an answer looks like in HTTP is [`reply`].

mod call;
mod directory;
mod discovery;
mod endpoint;
mod jwks;
mod key_store;
mod place;
mod registration;
mod reply;
mod script;
mod target;
mod token;

use std::sync::Arc;

use bytes::Bytes;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::request::{Parts, Request};
use warp::http::{StatusCode, Uri};
use warp::reply::Response;

use crate::dialect::checks::transport::ROUTE_UNKNOWN;
use crate::dialect::fault::Fault;
use crate::http::call::Asked;
use crate::http::endpoint::asked;
use crate::http::place::{Place, place};
pub use crate::http::script::Handshakes;
use crate::http::target::owner;
use crate::server::{Peer, Refusal, Routes};
use crate::world::Worlds;

/// Everything that the TLS listeners answer. On the one that asks for no client certificate, banks
/// offer only what is public.
#[derive(Clone)]
pub struct Endpoints {
    routes: Routes,
    worlds: Arc<Worlds>,
    body_limit: usize,
    annotate: bool,
}

impl Endpoints {
    /// Those of all worlds. `body_limit` is the server's, in bytes; checks state it. With `annotate`,
    /// answers name the rules that made them.
    #[must_use]
    pub fn new(worlds: &Arc<Worlds>, body_limit: usize, annotate: bool) -> Self {
        Self {
            routes: Routes::new(routes()),
            worlds: Arc::clone(worlds),
            body_limit,
            annotate,
        }
    }

    /// The answer to a request that came with the server's extensions.
    pub async fn answer(&self, request: Request<Bytes>) -> Response {
        let (head, body) = request.into_parts();
        let Some(peer) = head.extensions.get::<Peer>().cloned() else {
            tracing::error!("a request without a peer");
            return reply::empty(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let Place { world, path } = match place(&self.worlds, &peer, head.uri.path()) {
            Ok(place) => place,
            Err(unknown) => return place::refuse(unknown),
        };
        let asked = Asked::new(world, path, peer, &head, body, self.body_limit);
        let asked = Arc::new(asked);
        if !script::concerns(&asked) {
            return self.work(head, asked).await;
        }
        match script::Exchange::decide(&asked, self.annotate).await {
            Ok(exchange) => {
                exchange
                    .carry_out(|| self.work(head, Arc::clone(&asked)))
                    .await
            }
            Err(refused) => refused,
        }
    }

    /// The answer to a request that exceeds a limit of the server, in the shape of its bank.
    #[must_use]
    pub fn refuse(&self, refusal: Refusal, head: &Parts) -> Response {
        let peer = head.extensions.get::<Peer>();
        let place = peer.and_then(|peer| place(&self.worlds, peer, head.uri.path()).ok());
        let owner = place.and_then(|place| owner(&place.world, place.path).map(|(bank, _)| bank));
        tracing::info!(path = head.uri.path(), %refusal, "refused");
        match owner {
            Some(bank) => reply::refusal(&bank.refusal(fault(refusal), &refusal.to_string())),
            None => reply::empty(refusal.status()),
        }
    }

    /// The answer of whom the request is for.
    async fn work(&self, mut head: Parts, asked: Arc<Asked>) -> Response {
        let body = asked.body.clone();
        // It was a path a moment ago.
        head.uri = Uri::try_from(asked.path.as_str()).unwrap_or_default();
        head.extensions.insert(asked);
        self.routes.answer(Request::from_parts(head, body)).await
    }
}

fn routes() -> BoxedFilter<(Response,)> {
    let routes = [
        token::routes(),
        directory::routes(),
        discovery::routes(),
        jwks::routes(),
        key_store::routes(),
    ];
    routes
        .into_iter()
        // Boxed each time, so that no type nests all routes.
        .fold(registration::routes(), |earlier, routes| {
            earlier.or(routes).unify().boxed()
        })
        .or(unknown())
        .unify()
        .boxed()
}

/// 404 for every path that is left, in the shape of the bank it lies under; 405 for a method that a path
/// of it is not offered for.
fn unknown() -> BoxedFilter<(Response,)> {
    let answer = |asked: Arc<Asked>| {
        let (path, offered) = (&asked.path, &asked.target.offered);
        match asked.bank() {
            Some(bank) if !offered.is_empty() => {
                reply::method_not_offered(&bank, &asked.method, path, offered)
            }
            Some(bank) => reply::refusal(&bank.refuse(&ROUTE_UNKNOWN, path, "a path of this bank")),
            None => reply::empty(StatusCode::NOT_FOUND),
        }
    };
    asked().map(answer).boxed()
}

fn fault(refusal: Refusal) -> Fault {
    match refusal {
        Refusal::UriTooLong { .. } => Fault::TargetTooLong,
        Refusal::HeadersTooLarge { .. } => Fault::HeadersTooLarge,
        Refusal::BodyTooLarge { .. } => Fault::BodyTooLarge,
        Refusal::BodyTimeout { .. } => Fault::BodyTimeout,
        Refusal::BodyUnreadable => Fault::BodyUnreadable,
    }
}
