//! `GET {w}/status`: how a world is.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use warp::reply::Response;

use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::clock::ClockRecord;
use crate::control::moment::Moment;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;
use crate::world::World;

/// The route.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("{w}/status", "status", status)
            .summary("How a world is")
            .answers::<Status>(200, "What is in it."),
    ]
}

/// How a world is.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Status {
    /// Its name.
    world: String,
    /// What people call it.
    label: Option<String>,
    /// What decides its invented names and its draws.
    seed: u64,
    /// When it was made, in real time.
    created_at: Option<Moment>,
    /// Its time.
    clock: ClockRecord,
    /// Its banks.
    banks: Vec<BankStatus>,
    /// How many clients all of them have.
    clients: usize,
    /// How many TPPs its directory lists.
    tpps: usize,
    /// The scenarios in force, in the order in which they are tried.
    scenarios: Vec<String>,
    /// Its journal.
    exchanges: JournalStatus,
}

/// How a bank is.
#[derive(Debug, Serialize, JsonSchema)]
struct BankStatus {
    /// Its id.
    id: String,
    /// How many clients it has.
    clients: usize,
}

/// How a journal is.
#[derive(Debug, Serialize, JsonSchema)]
struct JournalStatus {
    /// How many exchanges it has.
    kept: usize,
    /// The bytes that these take, estimated.
    bytes: usize,
    /// How many made room for others.
    dropped: u64,
    /// The number of the last one that there ever was; 0 before the first.
    last_id: u64,
}

async fn status(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    Ok(reply::json(&of(&world).await))
}

/// How this world is.
pub async fn of(world: &World) -> Status {
    let mut banks = Vec::new();
    for bank in &world.banks {
        let bank = bank.configured();
        banks.push(BankStatus {
            id: bank.id.clone(),
            clients: bank.count_clients().await,
        });
    }
    let journal = &world.journal;
    Status {
        world: world.name.to_string(),
        label: world.label.clone(),
        seed: world.seed,
        created_at: Moment::of_unix(world.created_at),
        clock: ClockRecord::of(&world.clock),
        clients: banks.iter().map(|bank| bank.clients).sum(),
        banks,
        tpps: world.directory.tpps().len(),
        scenarios: world.scenarios.names_in_force(),
        exchanges: JournalStatus {
            kept: journal.len(),
            bytes: journal.bytes(),
            dropped: journal.dropped(),
            last_id: journal.last_id(),
        },
    }
}
