//! `GET {w}/banks`, `GET {w}/banks/{id}`, `GET {w}/banks/{id}/openapi.json`: the banks, one of them, and
//! what that answers.

use std::sync::Arc;

use serde_json::Value;
use warp::reply::Response;

use crate::bank::{Bank, BankSummary};
use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply::{self, Items};
use crate::control::route::Route;
use crate::world::World;

/// What `{id}` is in the path of a bank.
pub const ID: &str = "Id of a bank, such as `uk-ob-3.3`.";

/// The three routes.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("{w}/banks", "banks", banks)
            .summary("The banks")
            .answers::<Items<BankSummary>>(200, "All of them."),
        Route::get("{w}/banks/{id}", "bank", bank)
            .summary("One bank")
            .description("Its URLs are those of the host name that the request was sent to.")
            .param("id", ID)
            .answers::<BankSummary>(200, "The bank."),
        Route::get("{w}/banks/{id}/openapi.json", "bank_document", document)
            .summary("One bank's own endpoints, as OpenAPI 3.1")
            .param("id", ID)
            .answers::<Value>(200, "The document."),
    ]
}

async fn banks(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let urls = ask.urls(&world);
    let banks = world.banks().map(|bank| bank.summary(&urls));
    Ok(reply::items(banks.collect()))
}

async fn bank(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let bank = find(&world, ask.param("id"))?;
    Ok(reply::json(&bank.summary(&ask.urls(&world))))
}

async fn document(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let bank = find(&world, ask.param("id"))?;
    Ok(reply::json(&bank.openapi(&ask.urls(&world))))
}

/// The bank with this id.
///
/// # Errors
/// 404 with the ids that there are.
pub fn find(world: &World, id: &str) -> Result<Arc<Bank>, Problem> {
    world
        .bank(id)
        .ok_or_else(|| Problem::unknown("bank", id, world.banks().map(|bank| bank.id.clone())))
}
