//! Connections that each hold an answer which never comes, and a client that is served beside them.

use std::fmt;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, anyhow, ensure};
use serde::{Deserialize, Serialize};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

use crate::client::{Http, Target};
use crate::cpus::Placement;
use crate::drive::{Bounds, on_client_cpus};
use crate::modes::{Mode, REGISTER, Settings, small};
use crate::outcome::Outcome;
use crate::scripts;
use crate::server::emulator::{Emulator, Launch};
use crate::server::process::ServerProcess;
use crate::signing::Signer;
use crate::tls::Identity;
use crate::workload::Workload;

/// Handshakes at one time.
const AT_ONCE: usize = 32;
/// A server is at rest that did nothing for so long.
const REST: Duration = Duration::from_secs(1);
/// By then all requests have been read.
const LIMIT: Duration = Duration::from_secs(120);
/// Files besides the connections.
const OTHER_FILES: u64 = 256;

/// What came out.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stalled {
    /// Connections, each with one request that is never answered.
    pub connections: u64,
    /// Those still open at the end.
    pub still_open: u64,
    /// Resident memory before them, in KiB.
    pub before_kib: u64,
    /// Resident memory with them, in KiB.
    pub with_kib: u64,
    /// Registrations on one connection before them.
    pub alone: Outcome,
    /// The same beside them.
    pub beside: Outcome,
}

/// Opens so many, measures, and closes them.
///
/// # Errors
/// Too few files may be open, or the emulator cannot be reached.
pub fn run(
    launch: &Launch,
    connections: u64,
    count: u64,
    placement: &Placement,
) -> Result<Stalled> {
    let files = rlimit::increase_nofile_limit(u64::MAX)?;
    ensure!(
        files >= connections + OTHER_FILES,
        "{files} files may be open; {} are needed: ulimit -Hn",
        connections + OTHER_FILES
    );
    let scenario = scripts::file(scripts::STALLED)?;
    let scenario_path = scenario.path().display().to_string();
    let launch = launch
        .clone()
        .with(["--scenario".to_owned(), scenario_path]);
    let emulator = launch.start(&placement.server)?;
    let measured = on_client_cpus(placement, measure(&emulator, connections, count, placement))?;
    emulator.process.stop()?;
    Ok(measured)
}

async fn measure(
    emulator: &Emulator,
    connections: u64,
    count: u64,
    placement: &Placement,
) -> Result<Stalled> {
    let tls = Identity::of_kit(&emulator.kit())?.client(Http::One)?;
    let target = Target::new(emulator.mtls, Some(tls), Http::One)?;
    let alone = registrations(emulator, &target, count, placement).await?;
    let before_kib = emulator.process.usage()?.resident_kib;
    let open = Arc::new(AtomicU64::new(0));
    let held = hold(&target, connections, &open).await?;
    at_rest(&emulator.process).await?;
    let with_kib = emulator.process.usage()?.resident_kib;
    let beside = registrations(emulator, &target, count, placement).await?;
    let still_open = open.load(Ordering::Relaxed);
    drop(held);
    Ok(Stalled {
        connections,
        still_open,
        before_kib,
        with_kib,
        alone,
        beside,
    })
}

/// Opens the connections and sends a request on each; `open` counts those that wait.
async fn hold(target: &Target, connections: u64, open: &Arc<AtomicU64>) -> Result<JoinSet<()>> {
    let (mut opening, mut held) = (JoinSet::new(), JoinSet::new());
    let slots = Arc::new(Semaphore::new(AT_ONCE));
    for _ in 0..connections {
        let slot = Arc::clone(&slots).acquire_owned().await?;
        let target = target.clone();
        opening.spawn(async move {
            let connection = target.connect().await;
            drop(slot);
            connection
        });
    }
    while let Some(connection) = opening.join_next().await {
        let mut connection = connection?
            .map_err(|broken| anyhow!(broken.0))
            .context("a connection that is to be stalled")?;
        let open = Arc::clone(open);
        open.fetch_add(1, Ordering::Relaxed);
        held.spawn(async move {
            // It ends when an answer or an error comes, which is not meant to be.
            let _ = connection.send_and_wait(&small()).await;
            open.fetch_sub(1, Ordering::Relaxed);
        });
    }
    Ok(held)
}

/// Waits until the server has read everything, and does nothing any more.
async fn at_rest(server: &ServerProcess) -> Result<()> {
    let started = Instant::now();
    let mut cpu = server.usage()?.cpu;
    loop {
        tokio::time::sleep(REST).await;
        let now = server.usage()?.cpu;
        // The clock of the kernel ticks 100 times a second.
        if now.saturating_sub(cpu) <= Duration::from_millis(10) {
            return Ok(());
        }
        ensure!(
            started.elapsed() < LIMIT,
            "the server does not come to rest"
        );
        cpu = now;
    }
}

async fn registrations(
    emulator: &Emulator,
    target: &Target,
    count: u64,
    placement: &Placement,
) -> Result<Outcome> {
    let workload = Workload::Register {
        paths: vec![REGISTER.to_owned()],
        pool: Signer::of_kit(&emulator.kit())?.pool(count, &placement.all)?,
    };
    let settings = Settings {
        http: Http::One,
        bounds: Bounds { count, seconds: 60 },
        connections: 1,
    };
    let plan = settings.plan(Mode::Register, target.clone(), workload);
    plan.run(&emulator.process, placement).await
}

impl fmt::Display for Stalled {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            out,
            "{} connections hold a stalled answer, {} of them to the end",
            self.connections, self.still_open
        )?;
        writeln!(
            out,
            "resident  {} KiB, {} before them",
            self.with_kib, self.before_kib
        )?;
        write!(
            out,
            "beside    a registration takes p99 {:.0} µs, {:.0} before them",
            self.beside.latency.p99, self.alone.latency.p99
        )
    }
}
