//! Mixed load for minutes: does memory stay flat, and threads, and descriptors?

mod samples;
mod work;

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};
use tokio::task::JoinSet;

pub use self::samples::{Sample, Verdict};
use self::work::{KINDS, Place, Worker};
use crate::cpus::Placement;
use crate::drive::on_client_cpus;
use crate::server::emulator::{Emulator, Launch};
use crate::signing::Signer;
use crate::tally::{Latency, Tally};
use crate::tls::Identity;

/// Distinct requests; a client is deleted before its request comes again.
const REQUESTS: u64 = 2_000;
/// At most so many looks at the process, evenly spread.
const MOST_SAMPLES: u32 = 200;
/// Not more often than that.
const SHORTEST: Duration = Duration::from_millis(100);
/// Not less often than that.
const LONGEST: Duration = Duration::from_secs(5);

/// What came out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Soak {
    /// How long the load ran.
    pub seconds: f64,
    /// Requests of each kind.
    pub work: BTreeMap<String, Work>,
    /// The process, every few seconds.
    pub samples: Vec<Sample>,
    /// Whether it stayed as it was.
    pub verdict: Verdict,
}

/// One kind of work.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Work {
    /// Requests answered as expected; where a fault is asked for, whatever came of it.
    pub ok: u64,
    /// The others, by what they met.
    pub errors: BTreeMap<String, u64>,
    /// In microseconds.
    pub latency: Latency,
}

/// Runs for so long, on as many connections as there are kinds of work, and a few more.
///
/// # Errors
/// The emulator cannot be started or reached, or ended meanwhile.
pub fn run(launch: &Launch, length: Duration, placement: &Placement) -> Result<Soak> {
    let emulator = launch.start(&placement.server)?;
    let place = Arc::new(place(&emulator, placement)?);
    let soak = on_client_cpus(placement, soak(&emulator, &place, length))?;
    emulator.process.stop()?;
    Ok(soak)
}

fn place(emulator: &Emulator, placement: &Placement) -> Result<Place> {
    Ok(Place {
        mtls: emulator.mtls,
        control: emulator.control,
        identity: Identity::of_kit(&emulator.kit())?,
        pool: Signer::of_kit(&emulator.kit())?.pool(REQUESTS, &placement.all)?,
        next: AtomicU64::new(0),
    })
}

async fn soak(emulator: &Emulator, place: &Arc<Place>, length: Duration) -> Result<Soak> {
    let started = Instant::now();
    let end = started + length;
    let mut workers = JoinSet::new();
    for (kind, workers_of_it) in KINDS {
        for _ in 0..workers_of_it {
            let mut worker = Worker::new(kind, Arc::clone(place));
            workers.spawn(async move {
                while Instant::now() < end {
                    worker.once().await;
                }
                (kind, worker.tally)
            });
        }
    }
    let every = (length / MOST_SAMPLES).clamp(SHORTEST, LONGEST);
    let mut samples = Vec::new();
    while Instant::now() < end {
        tokio::time::sleep(every).await;
        samples.push(sample(emulator, started)?);
    }
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    while let Some(worker) = workers.join_next().await {
        let (kind, tally) = worker?;
        tallies.entry(kind.to_string()).or_default().add(&tally);
    }
    // It may have ended since the last look.
    sample(emulator, started)?;
    let asked = place.next.load(Ordering::Relaxed);
    let work = tallies.into_iter().map(|(kind, tally)| {
        let work = Work {
            ok: tally.ok(),
            errors: tally.errors().clone(),
            latency: tally.latency(),
        };
        (kind, work)
    });
    let work: BTreeMap<_, _> = work.collect();
    let failed = work.values().flat_map(|work| work.errors.values()).sum();
    Ok(Soak {
        seconds: started.elapsed().as_secs_f64(),
        verdict: Verdict::of(&samples, length, failed, asked),
        work,
        samples,
    })
}

/// # Errors
/// The emulator ended.
fn sample(emulator: &Emulator, started: Instant) -> Result<Sample> {
    let usage = emulator.process.usage();
    let usage = usage.with_context(|| format!("after {:.1?} of load", started.elapsed()))?;
    Ok(Sample::of(&usage, started))
}

impl fmt::Display for Soak {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(out, "mixed load for {:.0} s", self.seconds)?;
        for (kind, work) in &self.work {
            writeln!(
                out,
                "{kind:24} {:8} requests, p50 {:.0} µs, p99 {:.0} µs",
                work.ok, work.latency.p50, work.latency.p99
            )?;
            for (what, count) in &work.errors {
                writeln!(out, "{:24} {count:8} × {what}", "")?;
            }
        }
        write!(out, "{}", self.verdict)
    }
}
