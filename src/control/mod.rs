//! The control listener: health, the CA's certificate, the kit, and how tests and people ask what
//! there is and what a bank would say, over plain HTTP.
//!
//! Errors are RFC 9457 problem documents. Only callers that name this machine are answered, so
//! that a web page on a name of its own cannot read the kit's keys through its visitor's browser.

mod access;
mod banks;
mod ca;
mod checks;
mod explain;
mod health;
mod kit;
mod overview;
mod problem;

use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::config::ControlAccess;
use crate::control::access::Guard;
use crate::kit::Kit;
use crate::server::Refusal;
use crate::world::World;

/// The routes of the control listener; `body_limit` is that of the banks.
#[must_use]
pub fn routes(
    world: &Arc<World>,
    files: Option<Arc<Kit>>,
    access: &ControlAccess,
    body_limit: usize,
) -> BoxedFilter<(Response,)> {
    let guard = Guard::new(access, Arc::clone(&world.urls));
    let unknown = warp::path::full().map(|path: warp::path::FullPath| {
        problem::response(
            StatusCode::NOT_FOUND,
            &format!("nothing lives at {}", path.as_str()),
        )
    });
    let overview = overview::routes(world, files.as_ref());
    let files = files.map_or_else(kit::absent, kit::routes);
    let routes = [
        overview,
        health::routes(),
        ca::routes(&world.authority),
        guard.token_needed("kit"),
        files,
        guard.token_needed("api"),
        banks::routes(world),
        checks::routes(world),
        explain::routes(world, body_limit),
    ];
    routes
        .into_iter()
        // Boxed each time, so that no type nests all routes.
        .fold(guard.strangers(), |earlier, routes| {
            earlier.or(routes).unify().boxed()
        })
        .or(unknown)
        .unify()
        .boxed()
}

/// The answer to a request that exceeds a limit of the server.
#[must_use]
pub fn refuse(refusal: Refusal) -> Response {
    problem::response(refusal.status(), &refusal.to_string())
}
