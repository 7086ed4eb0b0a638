//! `GET /metrics`: what the emulator counts of itself, for Prometheus.

use std::collections::BTreeMap;
use std::sync::Arc;

use warp::reply::Response;

use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;
use crate::metrics::CONTENT_TYPE;

/// The route.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/metrics", "metrics", metrics)
            .summary("What the emulator counts of itself")
            .answers_with(200, CONTENT_TYPE, "All of it, as OpenMetrics has it."),
    ]
}

async fn metrics(control: Arc<Control>, _: Ask) -> Result<Response, Problem> {
    let (worlds, metrics) = (&control.worlds, &control.metrics);
    let mut clients: BTreeMap<String, usize> = BTreeMap::new();
    for world in worlds.all() {
        for bank in &world.banks {
            let bank = bank.configured();
            *clients.entry(bank.id.clone()).or_default() += bank.count_clients().await;
        }
    }
    metrics.set_clients(clients.iter().map(|(bank, count)| (bank.as_str(), *count)));
    metrics.set_worlds(worlds.len());
    metrics.set_journal_drops(worlds.journal_drops());
    Ok(reply::contents(CONTENT_TYPE, metrics.render()))
}
