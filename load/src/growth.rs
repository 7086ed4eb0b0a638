//! Does a request cost more when more is stored?

use std::fmt;

use anyhow::Result;
use serde::{Deserialize, Serialize};

use crate::client::{Http, Target};
use crate::control::Control;
use crate::cpus::Placement;
use crate::drive::{Bounds, MOST_SECONDS, Plan, on_client_cpus};
use crate::modes::REGISTER;
use crate::outcome::Outcome;
use crate::scripts;
use crate::server::emulator::{Emulator, Launch};
use crate::signing::Signer;
use crate::tls::Identity;
use crate::workload::Workload;

/// How many clients a bank holds at most, for these runs: the default and some to measure with.
const CLIENTS: &str = "limits: { clients: 1200000 }\n";
/// How many worlds there are by default at most, the default one among them.
pub const MOST_WORLDS: u64 = 1_000;

/// How far it grows.
#[derive(Debug, Clone)]
pub struct Steps {
    /// Clients stored before each measurement, in rising order.
    pub clients: Vec<u64>,
    /// Worlds before each measurement, in rising order; the first is 1, the default one.
    pub worlds: Vec<u64>,
    /// Registrations measured at each.
    pub count: u64,
    /// Connections.
    pub connections: u64,
}

/// What came out, in the order of the steps.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Growth {
    /// Registrations with so many clients stored before.
    pub clients: Vec<Step>,
    /// Registrations in the default world beside so many worlds in all.
    pub worlds: Vec<Step>,
    /// Registrations in each of the last number of worlds in turn.
    pub spread: Step,
}

/// One measurement.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Step {
    /// How many were there.
    pub stored: u64,
    /// The run.
    pub outcome: Outcome,
}

/// Measures both.
///
/// # Errors
/// The emulator cannot be started or reached.
pub fn run(launch: &Launch, steps: &Steps, placement: &Placement) -> Result<Growth> {
    let clients = clients(launch, steps, placement)?;
    let (worlds, spread) = worlds(launch, steps, placement)?;
    Ok(Growth {
        clients,
        worlds,
        spread,
    })
}

fn clients(launch: &Launch, steps: &Steps, placement: &Placement) -> Result<Vec<Step>> {
    let config = scripts::file(CLIENTS)?;
    let config_path = config.path().display().to_string();
    let launch = launch.clone().with(["--config".to_owned(), config_path]);
    let emulator = launch.start(&placement.server)?;
    let (mut stored, mut measured) = (0, Vec::new());
    for wanted in &steps.clients {
        if *wanted > stored {
            let fill = wanted - stored;
            let filled =
                registrations(&emulator, vec![REGISTER.to_owned()], fill, steps, placement)?;
            stored += filled.requests.ok;
        }
        let paths = vec![REGISTER.to_owned()];
        let outcome = registrations(&emulator, paths, steps.count, steps, placement)?;
        let more = outcome.requests.ok;
        measured.push(Step { stored, outcome });
        stored += more;
    }
    emulator.process.stop()?;
    Ok(measured)
}

fn worlds(launch: &Launch, steps: &Steps, placement: &Placement) -> Result<(Vec<Step>, Step)> {
    let emulator = launch.start(&placement.server)?;
    let (mut paths, mut measured) = (vec![REGISTER.to_owned()], Vec::new());
    for wanted in &steps.worlds {
        let more = (paths.len() as u64)..*wanted;
        on_client_cpus(placement, async {
            let mut control = Control::of(&emulator).await?;
            for n in more {
                let name = format!("world-{n}");
                control.make_world(&name).await?;
                paths.push(format!("/w/{name}{REGISTER}"));
            }
            Ok(())
        })?;
        let default = vec![REGISTER.to_owned()];
        let outcome = registrations(&emulator, default, steps.count, steps, placement)?;
        let stored = paths.len() as u64;
        measured.push(Step { stored, outcome });
    }
    let all = paths.len() as u64;
    let outcome = registrations(&emulator, paths, steps.count.max(2 * all), steps, placement)?;
    let spread = Step {
        stored: all,
        outcome,
    };
    emulator.process.stop()?;
    Ok((measured, spread))
}

fn registrations(
    emulator: &Emulator,
    paths: Vec<String>,
    count: u64,
    steps: &Steps,
    placement: &Placement,
) -> Result<Outcome> {
    let tls = Identity::of_kit(&emulator.kit())?.client(Http::One)?;
    let pool = Signer::of_kit(&emulator.kit())?.pool(count.min(2_000), &placement.all)?;
    let plan = Plan {
        name: "register".to_owned(),
        target: Target::new(emulator.mtls, Some(tls), Http::One)?,
        workload: Workload::Register { paths, pool },
        bounds: Bounds {
            count,
            seconds: MOST_SECONDS,
        },
        connections: steps.connections.min(count),
    };
    on_client_cpus(placement, plan.run(&emulator.process, placement))
}

impl fmt::Display for Growth {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut line = |step: &Step, what: &str| {
            let run = &step.outcome;
            writeln!(
                out,
                "{:>9} {what:24} {:7.1} µs of CPU a registration, p50 {:.0} µs, {} KiB resident",
                step.stored, run.cpu_us_each, run.latency.p50, run.memory.start_kib
            )
        };
        for step in &self.clients {
            line(step, "clients stored")?;
        }
        for step in &self.worlds {
            line(step, "worlds, in the default")?;
        }
        line(&self.spread, "worlds, in each in turn")
    }
}
