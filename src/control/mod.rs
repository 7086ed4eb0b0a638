//! The control listener: health, the CA's certificate, the kit, and how tests and people ask what
//! there is and what a bank would say, over plain HTTP.
//!
//! Errors are RFC 9457 problem documents. Only callers that name this machine are answered, so
//! that a web page on a name of its own cannot read the kit's keys through its visitor's browser.
//!
//! # The table
//!
//! Every endpoint is a row of one [`table`], from which both the filter that answers ([`dispatch`])
//! and the `OpenAPI` document ([`openapi`]) are made, so that the two cannot disagree. A new one is a
//! file such as this, and its line in [`table::PARTS`]:
//!
//! ```text
//! //! `PUT {w}/lamps/{id}`: turns a lamp on or off.
//!
//! /// The route.
//! pub fn routes() -> Vec<Route> {
//!     vec![
//!         Route::new(Method::PUT, "{w}/lamps/{id}", "switch_lamp", switch)
//!             .summary("Turns a lamp on or off")
//!             .param("id", "Id of the lamp, such as `hall`.")
//!             .query::<When>()
//!             .body::<LampBody>()
//!             .answers::<Lamp>(200, "The lamp as it is now.")
//!             .fails(409, "The lamp is broken."),
//!     ]
//! }
//!
//! /// What a lamp is to be.
//! #[derive(Deserialize, JsonSchema)]
//! #[serde(deny_unknown_fields)]
//! struct LampBody {
//!     /// Whether it is to shine.
//!     on: bool,
//! }
//!
//! async fn switch(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
//!     let world = control.world(&ask)?;
//!     let when: When = ask.query()?;
//!     let body: LampBody = ask.body()?;
//!     let id = ask.param("id");
//!     let lamp = world.lamp(id).ok_or_else(|| Problem::unknown("lamp", id, world.lamps()))?;
//!     let lamp = lamp.switched(body.on, when).map_err(|broken| Problem::conflict(broken.to_string()))?;
//!     Ok(reply::json(&lamp))
//! }
//! ```
//!
//! A handler looks for what the path and the body name (404) before it judges the rest of the body
//! (400). What is allowed stands in the types, so that it is in the document: an enum for words, a
//! pattern for texts, a range for numbers.
//!
//! `{w}` stands for `/api`, the world `default`, and for `/api/worlds/{world}`. HEAD, 401, 403, 404,
//! 405, 413 and 415 are the same for all and nobody's own work; what is wrong with a query or a body
//! is told by [`Ask::query`] and [`Ask::body`], with the field, what was found and what is allowed.

mod access;
mod ask;
mod banks;
mod body;
mod ca;
mod checks;
mod client_id;
mod clients;
mod clock;
mod dispatch;
mod exchanges;
mod explain;
mod health;
mod kit;
mod metrics;
mod moment;
mod openapi;
mod overview;
mod path;
mod problem;
mod reading;
mod reply;
mod reset;
mod route;
mod scenarios;
mod snapshot;
mod status;
mod table;
mod tpps;
mod urls;
mod verify;
mod worlds;

use std::sync::{Arc, OnceLock};

use tokio::sync::watch;

use warp::filters::BoxedFilter;
use warp::reply::{Reply, Response};

use crate::config::ControlAccess;
use crate::control::access::Guard;
use crate::control::ask::Ask;
use crate::control::dispatch::Dispatch;
use crate::control::problem::Problem;
use crate::dialect::policy::Strictness;
use crate::kit::Kit;
use crate::metrics::Metrics;
use crate::server::Refusal;
use crate::world::{World, Worlds};

/// The longest body that a route can ask for, in bytes.
const LARGEST_BODY: usize = 64 * 1024 * 1024;
/// What else may be in the body of a request to the control listener, in bytes.
const SPARE: usize = 64 * 1024;

/// The longest body that a route takes which says nothing of its own, in bytes, where banks take
/// bodies of `body_limit`.
fn usual_body(body_limit: usize) -> usize {
    // A request that is to be explained is wrapped in JSON, which may escape every byte of it; and
    // one that a bank finds too large is explained, too.
    body_limit.saturating_mul(6).saturating_add(SPARE)
}

/// The longest body that any route takes, in bytes, where banks take bodies of `body_limit`.
#[must_use]
pub fn body_limit(body_limit: usize) -> usize {
    LARGEST_BODY.max(usual_body(body_limit))
}

/// What every handler has.
#[derive(Debug)]
pub struct Control {
    /// The worlds.
    pub worlds: Arc<Worlds>,
    /// What is counted.
    pub metrics: Arc<Metrics>,
    /// How strict banks are that say nothing of their own.
    pub strictness: Strictness,
    /// The kit, where there is one.
    pub kit: Option<Arc<Kit>>,
    /// Longest body that a bank takes, in bytes.
    pub body_limit: usize,
    /// Says when the emulator stops.
    pub stopped: watch::Receiver<bool>,
    /// The `OpenAPI` document, made when it is first asked for.
    pub document: OnceLock<String>,
}

impl Control {
    /// The world that a request is about.
    ///
    /// # Errors
    /// 404 with those that there are.
    pub fn world(&self, ask: &Ask) -> Result<Arc<World>, Problem> {
        let Some(name) = ask.optional_param("world") else {
            return Ok(Arc::clone(self.worlds.default_world()));
        };
        let found = self.worlds.world(name);
        found.ok_or_else(|| self.unknown_world(name))
    }

    /// 404: no world has this name; those that there are.
    pub fn unknown_world(&self, name: &str) -> Problem {
        let all = self.worlds.all();
        Problem::unknown("world", name, all.iter().map(|world| &world.name))
    }
}

impl Control {
    /// Resolves when the emulator stops: then nobody waits for anything any more.
    pub async fn stopping(&self) {
        let mut stopped = self.stopped.clone();
        // Whoever could stop it is gone: that is a stop.
        let _ = stopped.wait_for(|stop| *stop).await;
    }
}

/// The routes of the control listener.
#[must_use]
pub fn routes(control: Control, access: &ControlAccess) -> BoxedFilter<(Response,)> {
    let urls = Arc::clone(&control.worlds.default_world().urls);
    let guard = Guard::new(access, urls);
    Dispatch::new(table::routes(), guard, Arc::new(control)).into_filter()
}

/// The answer to a request that exceeds a limit of the server.
#[must_use]
pub fn refuse(refusal: Refusal) -> Response {
    Problem::new(refusal.status(), refusal.to_string()).into_response()
}
