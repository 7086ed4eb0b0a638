//! SIGTERM while requests are in flight: is each answered, and how soon is the process gone?

use std::collections::BTreeMap;
use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use bytes::Bytes;
use rustix::process::Signal;
use serde::{Deserialize, Serialize};
use tokio::sync::{Barrier, watch};
use tokio::task::JoinSet;
use tokio::time::timeout;

use crate::client::{Broken, Connection, Http, Message, Target};
use crate::cpus::Placement;
use crate::drive::on_client_cpus;
use crate::modes::{REGISTER, small};
use crate::scripts;
use crate::server::emulator::{Emulator, Launch};
use crate::signing::{Pool, Signer};
use crate::spread::Spread;
use crate::tls::Identity;
use crate::workload::registration;

/// Connections that wait for a delayed answer, and as many that register.
const EACH: usize = 8;
/// Once all are connected, the load runs for so long before the signal.
const BEFORE: Duration = Duration::from_millis(500);
/// The process is gone by then, or something is wrong.
const LIMIT: Duration = Duration::from_secs(30);

/// What came of the requests that were sent before the signal and not answered then, of all stops together.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Stop {
    /// Answers that a scenario delayed by ten minutes.
    pub delayed: InFlight,
    /// Registrations on busy HTTP/2 connections.
    pub plain: InFlight,
    /// From the signal to the end of the process; milliseconds.
    pub exit_ms: Spread,
}

/// One stop.
struct One {
    delayed: InFlight,
    plain: InFlight,
    exit_ms: f64,
}

/// Requests in flight.
#[derive(Debug, Clone, Default, Serialize, Deserialize)]
pub struct InFlight {
    /// All.
    pub requests: u32,
    /// Those answered after all.
    pub answered: u32,
    /// What the others met.
    pub errors: BTreeMap<String, u32>,
}

/// One request: when it was sent, when its answer or its end came, and what that was.
struct Sent {
    at: Instant,
    ended: Instant,
    /// The answer's status, if it is the one expected.
    answer: Result<u16, String>,
}

impl Sent {
    async fn over(connection: &mut Connection, message: &Message, expected: u16) -> Self {
        let at = Instant::now();
        let answer = match connection.send(message).await {
            Ok(answer) if answer.status == expected => Ok(answer.status),
            Ok(answer) => Err(format!("status {}", answer.status)),
            Err(Broken(what)) => Err(what),
        };
        Self {
            at,
            ended: Instant::now(),
            answer,
        }
    }
}

impl InFlight {
    fn add(&mut self, other: Self) {
        self.requests += other.requests;
        self.answered += other.answered;
        for (what, count) in other.errors {
            *self.errors.entry(what).or_default() += count;
        }
    }

    fn at(signal: Instant, sent: &[Sent]) -> Self {
        let mut all = Self::default();
        let is_open = |one: &&Sent| one.at < signal && one.ended > signal;
        for one in sent.iter().filter(is_open) {
            all.requests += 1;
            match &one.answer {
                Ok(_) => all.answered += 1,
                Err(what) => *all.errors.entry(what.clone()).or_default() += 1,
            }
        }
        all
    }
}

/// So often: starts the emulator with a scenario of its own, loads it, and stops it.
///
/// # Errors
/// It cannot be started or reached, or ends otherwise than with 0.
pub fn run(launch: &Launch, times: u32, placement: &Placement) -> Result<Stop> {
    let (mut delayed, mut plain) = (InFlight::default(), InFlight::default());
    let mut exits = Vec::new();
    for _ in 0..times {
        let one = once(launch, placement)?;
        delayed.add(one.delayed);
        plain.add(one.plain);
        exits.push(one.exit_ms);
    }
    Ok(Stop {
        delayed,
        plain,
        exit_ms: Spread::of(exits).context("no stop")?,
    })
}

fn once(launch: &Launch, placement: &Placement) -> Result<One> {
    let scenario = scripts::file(scripts::DELAYED)?;
    let scenario_path = scenario.path().display().to_string();
    let launch = launch
        .clone()
        .with(["--scenario".to_owned(), scenario_path]);
    let mut emulator = launch.start(&placement.server)?;
    let pool = Signer::of_kit(&emulator.kit())?.pool(1_000, &placement.all)?;
    on_client_cpus(placement, stopped(&mut emulator, &pool))
}

async fn stopped(emulator: &mut Emulator, pool: &Pool) -> Result<One> {
    let identity = Identity::of_kit(&emulator.kit())?;
    let target =
        |http| -> Result<Target> { Target::new(emulator.mtls, Some(identity.client(http)?), http) };
    let (patient, busy) = (target(Http::One)?, target(Http::Two)?);
    let (tell, told) = watch::channel(false);
    let ready = Arc::new(Barrier::new(2 * EACH + 1));
    let (mut delayed, mut plain) = (JoinSet::new(), JoinSet::new());
    for first in 0..EACH {
        delayed.spawn(wait(patient.clone(), Arc::clone(&ready)));
        let mine: Vec<_> = (0..pool.distinct())
            .skip(first)
            .step_by(EACH)
            .map(|n| pool.at(n))
            .collect();
        plain.spawn(keep_on(
            busy.clone(),
            mine,
            Arc::clone(&ready),
            told.clone(),
        ));
    }
    let all_connected = timeout(LIMIT, ready.wait()).await;
    all_connected.context("not all connections could be opened")?;
    tokio::time::sleep(BEFORE).await;
    let signal = Instant::now();
    emulator.process.signal(Signal::TERM)?;
    // Nothing new is asked of who was told to stop.
    tell.send_replace(true);
    let status = loop {
        if let Some(status) = emulator.process.ended()? {
            break status;
        }
        ensure!(signal.elapsed() < LIMIT, "the emulator does not stop");
        tokio::time::sleep(Duration::from_millis(1)).await;
    };
    let exit_ms = signal.elapsed().as_secs_f64() * 1e3;
    ensure!(status.success(), "the emulator ended with {status}");
    Ok(One {
        delayed: InFlight::at(signal, &all(delayed).await?),
        plain: InFlight::at(signal, &all(plain).await?),
        exit_ms,
    })
}

async fn all(mut tasks: JoinSet<Result<Vec<Sent>>>) -> Result<Vec<Sent>> {
    let mut sent = Vec::new();
    while let Some(one) = tasks.join_next().await {
        sent.extend(one??);
    }
    Ok(sent)
}

/// Waits for one delayed answer.
async fn wait(target: Target, ready: Arc<Barrier>) -> Result<Vec<Sent>> {
    let mut connection = target.connect().await.ok().context("no connection")?;
    ready.wait().await;
    Ok(vec![Sent::over(&mut connection, &small(), 200).await])
}

/// Registers without a pause until told otherwise.
async fn keep_on(
    target: Target,
    requests: Vec<Bytes>,
    ready: Arc<Barrier>,
    told: watch::Receiver<bool>,
) -> Result<Vec<Sent>> {
    let mut connection = target.connect().await.ok().context("no connection")?;
    ready.wait().await;
    let mut sent = Vec::new();
    for request in requests.into_iter().cycle() {
        if *told.borrow() {
            break;
        }
        let one = Sent::over(&mut connection, &registration(REGISTER, request), 201).await;
        let was_answered = one.answer.is_ok();
        sent.push(one);
        if !was_answered {
            break;
        }
    }
    Ok(sent)
}

impl fmt::Display for Stop {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "stop     {} ms after SIGTERM; in flight: {} of {} delayed answers and {} of {} registrations came",
            self.exit_ms,
            self.delayed.answered,
            self.delayed.requests,
            self.plain.answered,
            self.plain.requests
        )?;
        for (what, count) in self.delayed.errors.iter().chain(&self.plain.errors) {
            write!(out, "\n         {count} × {what}")?;
        }
        Ok(())
    }
}
