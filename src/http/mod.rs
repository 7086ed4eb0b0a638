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
mod token;

use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::bank::Bank;
use crate::dialect::checks::transport::ROUTE_UNKNOWN;
use crate::dialect::fault::Fault;
use crate::server::Refusal;
use crate::world::World;

/// The routes of the mutual TLS listener: everything that banks and directory offer.
///
/// `body_limit` is the server's, in bytes; checks state it.
#[must_use]
pub fn mtls_routes(world: &Arc<World>, body_limit: usize) -> BoxedFilter<(Response,)> {
    let mut routes = public_routes(world);
    for bank in &world.banks {
        let context = call::Context {
            bank: Arc::clone(bank),
            urls: Arc::clone(&world.urls),
            body_limit,
        };
        routes = endpoint::routes(&context)
            .or(token::routes(context))
            .unify()
            .or(routes)
            .unify()
            .boxed();
    }
    or_unknown(routes, world)
}

/// The routes of the listener that asks for no client certificate.
#[must_use]
pub fn tls_routes(world: &Arc<World>) -> BoxedFilter<(Response,)> {
    or_unknown(public_routes(world), world)
}

fn public_routes(world: &Arc<World>) -> BoxedFilter<(Response,)> {
    let mut routes = key_store::routes(&world.directory);
    for bank in &world.banks {
        routes = discovery::routes(bank, &world.urls)
            .or(jwks::routes(bank))
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
            Some(bank) => {
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
        Some(bank) => reply::refusal(&bank.refusal(fault, &refusal.to_string())),
        None => reply::empty(refusal.status()),
    }
}

/// The bank that a path lies under.
fn owner<'a>(world: &'a World, path: &str) -> Option<&'a Bank> {
    let is_owner = |bank: &&Arc<Bank>| {
        path.strip_prefix(&bank.base_path)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    world.banks.iter().find(is_owner).map(AsRef::as_ref)
}

/// A filter that takes exactly the segments of `path`, such as `/a/b`.
fn segments(path: &str) -> BoxedFilter<()> {
    path.split('/')
        .filter(|segment| !segment.is_empty())
        .fold(warp::any().boxed(), |filter, segment| {
            filter.and(warp::path(segment.to_owned())).boxed()
        })
}
