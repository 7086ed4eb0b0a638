//! `POST {w}/reset`: a world as it was at the start.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use warp::http::Method;
use warp::reply::Response;

use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;
use crate::control::status;
use crate::world::Part;

/// The route.
pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "{w}/reset", "reset", reset)
            .summary("Makes a world, or parts of it, as it was at the start")
            .description(
                "Waits until the requests that are in have been answered: of whatever was sent before, nothing is seen afterwards.",
            )
            .optional_body::<ResetBody>()
            .answers::<status::Status>(200, "How the world is now.")
            .fails(500, "Something is not as it was; the log says what."),
    ]
}

/// What is to be as it was at the start.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Reset")]
struct ResetBody {
    /// The parts; left out, all of them.
    parts: Option<Vec<Part>>,
}

async fn reset(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let body: ResetBody = ask.optional_body()?.unwrap_or_default();
    let parts = body.parts.unwrap_or_else(|| Part::ALL.to_vec());
    let done = world.reset(&parts).await;
    done.map_err(|error| Problem::internal("the reset", &error))?;
    Ok(reply::json(&status::of(&world).await))
}
