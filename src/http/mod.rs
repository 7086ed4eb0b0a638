//! The routes of the two TLS listeners: one file per endpoint.
//!
//! A request is first given its world (`place`), then its bank and operation (`target`). A route turns
//! it into a call of its bank, and the bank's ruling into a response; where scenarios have a say,
//! `script` stands between. The one place that knows what an answer looks like in HTTP is [`reply`].

mod call;
mod directory;
mod discovery;
mod endpoint;
mod failed_handshake;
mod jwks;
mod key_store;
mod place;
mod record;
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

use crate::bank::Caller;
use crate::dialect::checks::transport::ROUTE_UNKNOWN;
use crate::dialect::fault::Fault;
use crate::http::call::{Asked, From};
use crate::http::endpoint::asked;
use crate::http::place::{Place, Stray, place};
use crate::http::record::{Arrival, Record};
pub use crate::http::script::Handshakes;
use crate::http::target::{Target, target};
use crate::metrics::Metrics;
use crate::scenario::Decision;
use crate::server::{Peer, Refusal, Routes};
use crate::world::Worlds;

/// Everything that the TLS listeners answer. On the one that asks for no client certificate, banks
/// offer only what is public.
#[derive(Clone)]
pub struct Endpoints {
    routes: Routes,
    worlds: Arc<Worlds>,
    metrics: Arc<Metrics>,
    body_limit: usize,
    annotate: bool,
}

impl Endpoints {
    /// Those of all worlds. `body_limit` is the server's, in bytes; checks state it. With `annotate`,
    /// answers name the rules that made them.
    #[must_use]
    pub fn new(
        worlds: &Arc<Worlds>,
        metrics: &Arc<Metrics>,
        body_limit: usize,
        annotate: bool,
    ) -> Self {
        Self {
            metrics: Arc::clone(metrics),
            routes: Routes::new(routes()),
            worlds: Arc::clone(worlds),
            body_limit,
            annotate,
        }
    }

    /// The answer to a request that came with the server's extensions.
    pub async fn answer(&self, request: Request<Bytes>) -> Response {
        let arrival = Arrival::now();
        let (head, body) = request.into_parts();
        let Some(peer) = head.extensions.get::<Peer>().cloned() else {
            tracing::error!("a request without a peer");
            return reply::empty(StatusCode::INTERNAL_SERVER_ERROR);
        };
        let place = place(&self.worlds, peer.certificate.as_deref(), head.uri.path());
        let Place { world, path } = match place {
            Ok(place) => place,
            Err(stray) => return self.stray(&stray, &peer, &head, arrival),
        };
        // Whoever changes the world as a whole waits until this request is in the journal.
        let _here = world.enter().await;
        let mut record = Record::new(&world, path, &peer, &head, arrival);
        let from = From {
            peer,
            body_limit: self.body_limit,
        };
        let asked = Asked::new(Arc::clone(&world), path, from, &head, body);
        let asked = Arc::new(asked);
        let caller = asked.caller().await;
        record.of(&asked, caller.clone());
        let mut response = match self.decided(head, &asked, caller).await {
            Ok((response, decision)) => {
                record.judged(&asked, decision);
                response
            }
            Err(unknown_scenario) => {
                record.refused_by("unknown_scenario");
                *unknown_scenario
            }
        };
        record.keep(&world, &self.metrics, &mut response);
        response
    }

    /// The answer, under what scenarios decide. An error is the answer to a request that chooses a
    /// scenario that is not there.
    async fn decided(
        &self,
        head: Parts,
        asked: &Arc<Asked>,
        caller: Caller,
    ) -> Result<(Response, Option<Decision>), Box<Response>> {
        if !script::concerns(asked) {
            return Ok((self.work(head, Arc::clone(asked)).await, None));
        }
        let exchange = script::Exchange::decide(asked, caller, self.annotate)?;
        let work = || self.work(head, Arc::clone(asked));
        let (response, decision) = exchange.carry_out(work).await;
        Ok((response, Some(decision)))
    }

    /// The answer to a request for a world that is not there; the default one's journal has it.
    fn stray(&self, stray: &Stray<'_>, peer: &Peer, head: &Parts, arrival: Arrival) -> Response {
        let world = self.worlds.default_world();
        let mut record = Record::new(world, head.uri.path(), peer, head, arrival);
        let target = match stray {
            Stray::Homeless => {
                let (method, path) = (head.method.as_str(), head.uri.path());
                target(world, peer.listener, method, path)
            }
            Stray::Unknown(_) => Target::default(),
        };
        record.refused(&target, "unknown_world");
        let mut response = place::refuse(stray);
        record.keep(world, &self.metrics, &mut response);
        response
    }

    /// The answer to a request that exceeds a limit of the server, in the shape of its bank.
    #[must_use]
    pub fn refuse(&self, refusal: Refusal, head: &Parts) -> Response {
        let arrival = Arrival::now();
        let Some(peer) = head.extensions.get::<Peer>() else {
            return reply::empty(refusal.status());
        };
        let place = place(&self.worlds, peer.certificate.as_deref(), head.uri.path());
        let Ok(Place { world, path }) = place else {
            return reply::empty(refusal.status());
        };
        let target = target(&world, peer.listener, head.method.as_str(), path);
        let mut response = match &target.bank {
            Some(bank) => reply::refusal(&bank.refusal(fault(refusal), &refusal.to_string())),
            None => reply::empty(refusal.status()),
        };
        let mut record = Record::new(&world, path, peer, head, arrival);
        record.refused(&target, limit(refusal));
        record.keep(&world, &self.metrics, &mut response);
        response
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

/// The limit's name in the journal.
fn limit(refusal: Refusal) -> &'static str {
    match refusal {
        Refusal::UriTooLong { .. } => "uri_too_long",
        Refusal::HeadersTooLarge { .. } => "headers_too_large",
        Refusal::BodyTooLarge { .. } => "body_too_large",
        Refusal::BodyTimeout { .. } => "body_timeout",
        Refusal::BodyUnreadable => "body_unreadable",
    }
}
