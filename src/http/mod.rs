//! The routes of the two TLS listeners: one file per endpoint.
//!
//! A route turns a request into a call of its bank, and the bank's ruling into a response. The one
//! place that knows what an answer looks like in HTTP is [`reply`].

mod call;
mod directory;
mod discovery;
mod endpoint;
mod jwks;
mod key_store;
mod registration;
mod reply;
mod script;
mod target;
mod token;

pub use self::script::Handshakes;
use std::sync::Arc;

use bytes::Bytes;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::http::request::{Parts, Request};
use warp::reply::Response;

use crate::bank::BankSlot;
use crate::dialect::checks::transport::ROUTE_UNKNOWN;
use crate::dialect::fault::Fault;
use crate::http::call::{Asked, Context};
use crate::http::target::owner;
use crate::server::{Refusal, Routes};
use crate::world::World;

/// Everything that one of the TLS listeners answers.
#[derive(Clone)]
pub struct Endpoints {
    routes: Routes,
    world: Arc<World>,
    body_limit: usize,
    annotate: bool,
}

impl Endpoints {
    /// Those of the mutual TLS listener: everything that banks and directory offer.
    ///
    /// `body_limit` is the server's, in bytes; checks state it.
    #[must_use]
    pub fn mtls(world: &Arc<World>, body_limit: usize, annotate: bool) -> Self {
        let routes = mtls_routes(world, body_limit);
        Self::new(world, routes, body_limit, annotate)
    }

    /// Those of the listener that asks for no client certificate.
    #[must_use]
    pub fn tls(world: &Arc<World>, body_limit: usize, annotate: bool) -> Self {
        let routes = tls_routes(world, body_limit);
        Self::new(world, routes, body_limit, annotate)
    }

    fn new(
        world: &Arc<World>,
        routes: BoxedFilter<(Response,)>,
        body_limit: usize,
        annotate: bool,
    ) -> Self {
        Self {
            routes: Routes::new(routes),
            world: Arc::clone(world),
            body_limit,
            annotate,
        }
    }

    /// The answer to a request that came with the server's extensions.
    pub async fn answer(&self, request: Request<Bytes>) -> Response {
        let (head, body) = request.into_parts();
        let Some(asked) = Asked::new(&head, body).map(Arc::new) else {
            tracing::error!("a request without a peer");
            return reply::empty(StatusCode::INTERNAL_SERVER_ERROR);
        };
        if !script::concerns(&self.world, &asked) {
            return self.work(head, asked).await;
        }
        let (world, limit) = (&self.world, self.body_limit);
        match script::Exchange::decide(world, &asked, limit, self.annotate).await {
            Ok(exchange) => {
                exchange
                    .carry_out(|| self.work(head, Arc::clone(&asked)))
                    .await
            }
            Err(refused) => refused,
        }
    }

    /// The answer of whom the request is for.
    async fn work(&self, mut head: Parts, asked: Arc<Asked>) -> Response {
        let body = asked.body.clone();
        head.extensions.insert(asked);
        self.routes.answer(Request::from_parts(head, body)).await
    }
}

fn mtls_routes(world: &Arc<World>, body_limit: usize) -> BoxedFilter<(Response,)> {
    let mut routes = public_routes(world, body_limit);
    for bank in &world.banks {
        let context = context(world, bank, body_limit);
        routes = endpoint::routes(&context)
            .or(token::routes(context))
            .unify()
            .or(routes)
            .unify()
            .boxed();
    }
    or_unknown(routes, world)
}

fn tls_routes(world: &Arc<World>, body_limit: usize) -> BoxedFilter<(Response,)> {
    or_unknown(public_routes(world, body_limit), world)
}

fn context(world: &World, bank: &Arc<BankSlot>, body_limit: usize) -> Context {
    Context {
        bank: Arc::clone(bank),
        urls: Arc::clone(&world.urls),
        body_limit,
    }
}

fn public_routes(world: &Arc<World>, body_limit: usize) -> BoxedFilter<(Response,)> {
    let mut routes = key_store::routes(&world.directory);
    for bank in &world.banks {
        let context = context(world, bank, body_limit);
        routes = discovery::routes(context.clone())
            .or(jwks::routes(context))
            .unify()
            .or(routes)
            .unify()
            .boxed();
    }
    routes
}

/// 404 for every path that is left, in the shape of the bank it lies under.
fn or_unknown(routes: BoxedFilter<(Response,)>, world: &Arc<World>) -> BoxedFilter<(Response,)> {
    let world = Arc::clone(world);
    let unknown = warp::path::full().map(move |path: warp::path::FullPath| {
        match owner(&world, path.as_str()) {
            Some((bank, _)) => {
                reply::refusal(&bank.refuse(&ROUTE_UNKNOWN, path.as_str(), "a path of this bank"))
            }
            None => reply::empty(StatusCode::NOT_FOUND),
        }
    });
    routes.or(unknown).unify().boxed()
}

/// The answer to a request that exceeds a limit of the server, in the shape of its bank.
#[must_use]
pub fn refuse(world: &World, refusal: Refusal, path: &str) -> Response {
    let fault = match refusal {
        Refusal::UriTooLong { .. } => Fault::TargetTooLong,
        Refusal::HeadersTooLarge { .. } => Fault::HeadersTooLarge,
        Refusal::BodyTooLarge { .. } => Fault::BodyTooLarge,
        Refusal::BodyTimeout { .. } => Fault::BodyTimeout,
        Refusal::BodyUnreadable => Fault::BodyUnreadable,
    };
    tracing::info!(path, %refusal, "refused");
    match owner(world, path) {
        Some((bank, _)) => reply::refusal(&bank.refusal(fault, &refusal.to_string())),
        None => reply::empty(refusal.status()),
    }
}

/// A filter that takes exactly the segments of `path`, such as `/a/b`.
fn segments(path: &str) -> BoxedFilter<()> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .fold(warp::any().boxed(), |filter, segment| {
            filter.and(warp::path(segment.to_owned())).boxed()
        })
}
