//! The load itself: connections that each send one request after the other, until the bounds are met.

use std::future::Future;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Result, bail};
use tokio::task::JoinSet;

use crate::client::{Broken, Connection, Target};
use crate::cpus::Placement;
use crate::outcome::Outcome;
use crate::server::process::ServerProcess;
use crate::tally::Tally;
use crate::usage::Usage;
use crate::workload::Workload;

/// Hard ceilings, whatever is asked for.
pub const MOST_REQUESTS: u64 = 2_000_000;
/// Of one run.
pub const MOST_SECONDS: u64 = 3_600;
/// At once.
pub const MOST_CONNECTIONS: u64 = 12_000;

/// When a run ends: at the first of the two.
#[derive(Debug, Clone, Copy)]
pub struct Bounds {
    /// Requests.
    pub count: u64,
    /// Time. What is in flight then is waited for.
    pub seconds: u64,
}

/// A run.
#[derive(Debug)]
pub struct Plan {
    /// Its name in the outcome: `register`.
    pub name: String,
    /// Where.
    pub target: Target,
    /// What.
    pub workload: Workload,
    /// How long.
    pub bounds: Bounds,
    /// How many connections, each with one request in flight.
    pub connections: u64,
}

/// Does `work` on the CPUs of the load.
///
/// # Errors
/// The work's own.
pub fn on_client_cpus<T: Send>(
    placement: &Placement,
    work: impl Future<Output = Result<T>> + Send,
) -> Result<T> {
    placement.client.run(|| {
        let mut builder = match placement.client.count() {
            1 => tokio::runtime::Builder::new_current_thread(),
            _ => tokio::runtime::Builder::new_multi_thread(),
        };
        builder.enable_all().build()?.block_on(work)
    })
}

impl Plan {
    /// Warms up, then runs, with looks at both processes before and after.
    ///
    /// # Errors
    /// The server cannot be reached, or ended meanwhile. Answers other than expected are counted, and are
    /// no errors here.
    pub async fn run(self, server: &ServerProcess, placement: &Placement) -> Result<Outcome> {
        let plan = Arc::new(self);
        let warmed = warm_up(&plan).await?;
        let (before, own_before) = (server.usage()?, Usage::own()?);
        let tally = plan.tally(warmed).await;
        let (after, own_after) = (server.usage()?, Usage::own()?);
        let (server, load) = ((&before, &after), (&own_before, &own_after));
        Ok(Outcome::new(&plan, &tally, server, load, placement))
    }

    async fn tally(self: &Arc<Self>, connections: Vec<Option<Connection>>) -> Tally {
        let (next, start) = (Arc::new(AtomicU64::new(0)), Instant::now());
        let end = start + Duration::from_secs(self.bounds.seconds);
        let mut workers = JoinSet::new();
        for connection in connections {
            let (plan, next) = (Arc::clone(self), Arc::clone(&next));
            workers.spawn(async move {
                let mut tally = Tally::default();
                let mut connection = connection;
                while Instant::now() < end {
                    let n = next.fetch_add(plan.workload.requests_each(), Ordering::Relaxed);
                    if n >= plan.bounds.count {
                        break;
                    }
                    plan.once(n, &mut connection, &mut tally).await;
                }
                tally
            });
        }
        let mut all = Tally::default();
        while let Some(tally) = workers.join_next().await {
            match tally {
                Ok(tally) => all.add(&tally),
                Err(error) => all.fail(&format!("the load itself: {error}")),
            }
        }
        all
    }

    /// The `n`-th time; what broke takes its connection with it.
    async fn once(&self, n: u64, connection: &mut Option<Connection>, tally: &mut Tally) {
        let done = self.workload.once(n, &self.target, connection, tally).await;
        if let Err(Broken(what)) = done {
            *connection = None;
            tally.fail(&what);
            // What refuses connections is not asked as fast as it can refuse.
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
    }
}

/// Opens the connections, and sends a few requests on each that nobody counts.
async fn warm_up(plan: &Arc<Plan>) -> Result<Vec<Option<Connection>>> {
    let mut opening = JoinSet::new();
    let rounds = (plan.bounds.count / plan.connections / 10).clamp(1, 50);
    for worker in 0..plan.connections {
        let plan = Arc::clone(plan);
        opening.spawn(async move {
            let (mut connection, mut tally) = (None, Tally::default());
            for round in 0..rounds {
                let n = worker * rounds + round;
                plan.once(n, &mut connection, &mut tally).await;
            }
            (connection, tally)
        });
    }
    let (mut connections, mut all) = (Vec::new(), Tally::default());
    while let Some(opened) = opening.join_next().await {
        let (connection, tally) = opened?;
        all.add(&tally);
        connections.push(connection);
    }
    if all.ok() == 0 {
        bail!(
            "nothing was answered as expected: {}",
            all.first_error().unwrap_or("no request was sent")
        );
    }
    Ok(connections)
}
