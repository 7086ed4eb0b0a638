//! `POST {w}/verify`: whether the exchanges of a world are what a test expects.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::{Problem, ProblemDocument};
use crate::control::reply;
use crate::control::route::Route;
use crate::journal::{self, Verification};
use crate::scenario::{ExpectationBody, parse_expectation};

/// The route.
pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "{w}/verify", "verify", verify)
            .summary("Whether the exchanges are what is expected")
            .description(
                "With `within`, waits in real time until it is so; where too many would be wrong, until \
                 the time is over, or there are too many. The end of the emulator ends it; that of the \
                 world is a 404. The world is in use meanwhile.",
            )
            .query::<VerifyQuery>()
            .body::<ExpectationBody>()
            .answers::<Verification>(200, "Whether they are, and what comes nearest if not.")
            .fails_with::<NotSo<'_>>(409, "They are not, and `strict=true` was asked."),
    ]
}

/// How it is told.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct VerifyQuery {
    /// Whether it is a problem, 409, if they are not.
    strict: Option<bool>,
}

/// A problem with what would have been the answer.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "VerificationProblem")]
struct NotSo<'p> {
    #[serde(flatten)]
    problem: &'p ProblemDocument,
    #[serde(flatten)]
    verification: &'p Verification,
}

async fn verify(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let query: VerifyQuery = ask.query()?;
    let text = ask.text()?;
    let expectation = parse_expectation(text, &world.scenarios.banks());
    let expectation = expectation.map_err(|bad| Problem::of_text(&bad, text))?;
    let verification = tokio::select! {
        verified = world.verify(&expectation) => verified.map_err(|deleted| {
            let problem = control.unknown_world(&deleted.name);
            problem.with_way_out("it was deleted while this waited for its exchanges")
        })?,
        () = control.stopping() => journal::verify(&expectation, &world.journal),
    };
    if verification.ok || query.strict != Some(true) {
        return Ok(reply::json(&verification));
    }
    let problem = Problem::conflict(verification.to_string());
    let document = NotSo {
        problem: problem.document(),
        verification: &verification,
    };
    Ok(reply::problem(StatusCode::CONFLICT, &document))
}
