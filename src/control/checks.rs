//! `GET {w}/checks`: every check of every bank, one item for each stable name.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use warp::reply::Response;

use crate::bank::Bank;
use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply::{self, Items};
use crate::control::route::Route;
use crate::dialect::checks::Check;
use crate::dialect::{Dialect, Operation};
use crate::world::World;

/// The route.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("{w}/checks", "checks", checks)
            .summary("What the banks check")
            .answers::<Items<KnownCheck>>(200, "Every check, in the order of judgement."),
    ]
}

/// One rule that a request must meet.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Check")]
struct KnownCheck {
    /// Its stable name.
    check: &'static str,
    /// Where the rule comes from, at the first bank that has it.
    source: Option<&'static str>,
    /// The banks that have it.
    banks: Vec<CheckAtBank>,
}

/// Where a check is made. One that two systems know has a source in each.
#[derive(Debug, Serialize, JsonSchema)]
struct CheckAtBank {
    /// Id of the bank.
    bank: String,
    /// Where the rule comes from there.
    source: &'static str,
    /// The operations that it is made for.
    operations: Vec<Operation>,
}

async fn checks(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    Ok(reply::items(catalogue(&world)))
}

fn catalogue(world: &World) -> Vec<KnownCheck> {
    let mut names: Vec<&'static str> = Vec::new();
    for (_, check) in world.banks().flat_map(|bank| of(bank.dialect())) {
        if !names.contains(&check.name) {
            names.push(check.name);
        }
    }
    names.into_iter().map(|name| item(world, name)).collect()
}

fn item(world: &World, name: &'static str) -> KnownCheck {
    let at_bank = |bank: Arc<Bank>| {
        let rows = || of(bank.dialect()).filter(|(_, check)| check.name == name);
        let (_, first) = rows().next()?;
        let mut operations: Vec<Operation> = rows().map(|(operation, _)| operation).collect();
        // A check that is judged in two steps of one operation has two rows.
        operations.dedup();
        Some(CheckAtBank {
            bank: bank.id.clone(),
            source: first.source,
            operations,
        })
    };
    let banks: Vec<CheckAtBank> = world.banks().filter_map(at_bank).collect();
    KnownCheck {
        check: name,
        source: banks.first().map(|bank| bank.source),
        banks,
    }
}

/// Every check of a dialect, with the operation that it is judged for.
fn of(dialect: &'static Dialect) -> impl Iterator<Item = (Operation, &'static Check)> {
    let offered = Operation::ALL.into_iter();
    let offered = offered.filter(move |operation| dialect.offers(*operation));
    offered.flat_map(move |operation| {
        let rows = (dialect.checks)(operation).iter().copied().flatten();
        rows.map(move |check| (operation, *check))
    })
}
