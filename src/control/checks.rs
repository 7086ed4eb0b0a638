//! `GET /api/checks`: every check of every bank, one item for each stable name.

use std::sync::Arc;

use serde_json::{Value, json};
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

use crate::bank::Bank;
use crate::control::banks::{items, readable};
use crate::dialect::checks::Check;
use crate::dialect::{Dialect, Operation};
use crate::world::World;

/// The catalogue. Banks and their rules do not change while the emulator runs.
pub fn routes(world: &Arc<World>) -> BoxedFilter<(Response,)> {
    let checks: Arc<[Value]> = catalogue(world).into();
    warp::path!("api" / "checks")
        .and(warp::method())
        .map(move |method| readable(&method, || items(&checks)))
        .boxed()
}

/// `{"check", "source", "banks": [{"bank", "source", "operations"}]}` for each name, in the order
/// in which the banks judge. A check that two systems know has a source in each.
fn catalogue(world: &World) -> Vec<Value> {
    let mut names: Vec<&'static str> = Vec::new();
    for (_, check) in world.banks().flat_map(|bank| checks(bank.dialect())) {
        if !names.contains(&check.name) {
            names.push(check.name);
        }
    }
    names.into_iter().map(|name| item(world, name)).collect()
}

fn item(world: &World, name: &str) -> Value {
    let of_bank = |bank: Arc<Bank>| {
        let rows = || checks(bank.dialect()).filter(|(_, check)| check.name == name);
        let (_, first) = rows().next()?;
        let mut operations: Vec<Operation> = rows().map(|(operation, _)| operation).collect();
        // A check that is judged in two steps of one operation has two rows.
        operations.dedup();
        Some(json!({"bank": bank.id, "source": first.source, "operations": operations}))
    };
    let banks: Vec<Value> = world.banks().filter_map(of_bank).collect();
    let source = banks.first().map(|bank| bank["source"].clone());
    json!({"check": name, "source": source, "banks": banks})
}

/// Every check of a dialect, with the operation that it is judged for.
fn checks(dialect: &'static Dialect) -> impl Iterator<Item = (Operation, &'static Check)> {
    let offered = Operation::ALL.into_iter();
    let offered = offered.filter(move |operation| dialect.offers(*operation));
    offered.flat_map(move |operation| {
        let rows = (dialect.checks)(operation).iter().copied().flatten();
        rows.map(move |check| (operation, *check))
    })
}
