//! The control listener: health, the CA's certificate and the kit, over plain HTTP.
//!
//! Errors are RFC 9457 problem documents. Only callers that name this machine are answered, so
//! that a web page on a name of its own cannot read the kit's keys through its visitor's browser.

mod access;
mod ca;
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

/// The routes of the control listener.
#[must_use]
pub fn routes(
    world: &Arc<World>,
    files: Option<Arc<Kit>>,
    access: &ControlAccess,
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
    guard
        .strangers()
        .or(overview)
        .unify()
        .or(health::routes())
        .unify()
        .or(ca::routes(&world.authority))
        .unify()
        .or(guard.token_needed("kit"))
        .unify()
        .or(files)
        .unify()
        .or(unknown)
        .unify()
        .boxed()
}

/// The answer to a request that exceeds a limit of the server.
#[must_use]
pub fn refuse(refusal: Refusal) -> Response {
    problem::response(refusal.status(), &refusal.to_string())
}
