//! Start, idle memory, worlds, stop and size of the emulator.

use std::fmt;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

use crate::control::Control;
use crate::cpus::Placement;
use crate::drive::on_client_cpus;
use crate::server::emulator::Launch;
use crate::spread::Spread;
use crate::stop::{self, Stop};

/// How often each is done.
#[derive(Debug, Clone, Copy)]
pub struct Times {
    /// Starts.
    pub starts: u32,
    /// Worlds made.
    pub worlds: u32,
    /// Stops with work in flight.
    pub stops: u32,
}

/// What came out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Start {
    /// From the start of the process to its ready message, with `--no-kit`; milliseconds.
    pub ready_ms: Spread,
    /// Resident memory a second after that, in KiB.
    pub idle_kib: Spread,
    /// `POST /api/worlds`, as its caller sees it; milliseconds.
    pub world_ms: Spread,
    /// SIGTERM with work in flight.
    pub stop: Stop,
    /// Size of the program.
    pub binary_bytes: u64,
}

/// Measures them one after the other.
///
/// # Errors
/// The emulator cannot be started or reached.
pub fn run(launch: &Launch, times: Times, placement: &Placement) -> Result<Start> {
    let (mut ready, mut idle) = (Vec::new(), Vec::new());
    let bare = Launch {
        kit: false,
        ..launch.clone()
    };
    for _ in 0..times.starts {
        let emulator = bare.start(&placement.server)?;
        ready.push(emulator.ready_after.as_secs_f64() * 1e3);
        // The memory is asked for at rest; a few starts are enough to tell.
        if idle.len() < 3 {
            thread::sleep(Duration::from_secs(1));
            let kib = emulator.process.usage()?.resident_kib;
            idle.push(crate::outcome::ratio_of(kib));
        }
        emulator.process.stop()?;
    }
    Ok(Start {
        ready_ms: Spread::of(ready).context("no start")?,
        idle_kib: Spread::of(idle).context("no start")?,
        world_ms: worlds(&bare, times.worlds, placement)?,
        stop: stop::run(launch, times.stops, placement)?,
        binary_bytes: std::fs::metadata(&launch.binary)?.len(),
    })
}

fn worlds(launch: &Launch, count: u32, placement: &Placement) -> Result<Spread> {
    let emulator = launch.start(&placement.server)?;
    let took = on_client_cpus(placement, async {
        let mut control = Control::of(&emulator).await?;
        let mut took = Vec::new();
        for n in 0..count {
            let started = Instant::now();
            control.make_world(&format!("world-{n}")).await?;
            took.push(started.elapsed().as_secs_f64() * 1e3);
        }
        Ok(took)
    })?;
    emulator.process.stop()?;
    Spread::of(took).context("no world")
}

impl fmt::Display for Start {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "ready    {} ms", self.ready_ms)?;
        writeln!(out, "idle     {} KiB resident", self.idle_kib)?;
        writeln!(out, "a world  {} ms", self.world_ms)?;
        writeln!(out, "{}", self.stop)?;
        write!(out, "size     {} bytes", self.binary_bytes)
    }
}
