//! `GET /health` and `GET /ready`: 200 while the emulator answers.
//!
//! The control listener is opened once everything else is in place, so the two agree.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use warp::reply::Response;

use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;

/// Both routes.
pub fn routes() -> Vec<Route> {
    [
        ("/health", "health", "Whether the emulator runs"),
        ("/ready", "ready", "Whether it can be used"),
    ]
    .into_iter()
    .map(|(path, operation_id, summary)| {
        Route::get(path, operation_id, health)
            .summary(summary)
            .answers::<Health>(200, "It does, and it can.")
    })
    .collect()
}

/// How the emulator is.
#[derive(Debug, Serialize, JsonSchema)]
struct Health {
    /// Always `ok`: if it were not, nothing would answer.
    #[schemars(extend("const" = "ok"))]
    status: &'static str,
}

async fn health(_: Arc<Control>, _: Ask) -> Result<Response, Problem> {
    Ok(reply::json(&Health { status: "ok" }))
}
