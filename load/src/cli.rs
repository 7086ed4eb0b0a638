//! The command line.

use std::path::PathBuf;
use std::time::Duration;

use anyhow::ensure;
use clap::{Args, Parser, Subcommand, value_parser};

use crate::client::Http;
use crate::cpus::{Cpus, Placement};
use crate::drive::{Bounds, MOST_CONNECTIONS, MOST_REQUESTS, MOST_SECONDS};
use crate::growth::{MOST_WORLDS, Steps};
use crate::modes::{BareMode, Settings};
use crate::report::{Effort, Foreign};
use crate::server::emulator::Launch;
use crate::start::Times;

/// Measures aspsp-emulator on loopback, bounded in count and time.
#[derive(Debug, Parser)]
#[command(version)]
pub struct Cli {
    /// One JSON object instead of text
    #[arg(long, global = true)]
    pub json: bool,
    /// CPUs of the server under test: 0 or 0,2 or 1-3; the first, if not said
    #[arg(long, global = true, value_name = "CPUS")]
    server_cpus: Option<Cpus>,
    /// CPUs of the load; the others, if not said
    #[arg(long, global = true, value_name = "CPUS")]
    client_cpus: Option<Cpus>,
    /// What is measured.
    #[command(subcommand)]
    pub command: Command,
}

impl Cli {
    /// Who runs where.
    ///
    /// # Errors
    /// The system's.
    pub fn placement(&self) -> anyhow::Result<Placement> {
        Placement::new(self.server_cpus.clone(), self.client_cpus.clone())
    }
}

/// What is measured.
#[derive(Debug, Subcommand)]
pub enum Command {
    /// Registrations at uk-ob-3.3, over kept-alive mTLS; each request was signed beforehand
    Register(EmulatorRunArgs),
    /// A token and the client read with it, over kept-alive mTLS
    Token(EmulatorRunArgs),
    /// A new mTLS connection for each request: a full handshake and one small GET
    Connect(EmulatorRunArgs),
    /// The same load on a bare server of rustls and hyper with a canned answer
    Bare {
        /// What it is loaded with
        mode: BareMode,
        /// It verifies two signatures for each registration
        #[arg(long)]
        verifying: bool,
        #[command(flatten)]
        run: RunArgs,
    },
    /// The bare server itself
    #[command(hide = true)]
    BareServer {
        /// The folder of its authority
        authority: PathBuf,
        /// It verifies two signatures for each registration
        #[arg(long)]
        verifying: bool,
    },
    /// What a registration costs with many clients stored, and with many worlds
    Growth(GrowthArgs),
    /// Start, idle memory, worlds, stop with work in flight, size
    Start(StartArgs),
    /// Memory with answers that never come, and a client beside them
    Stalled(StalledArgs),
    /// Mixed load for minutes, with faults, and worlds that come and go: is memory flat?
    Soak(SoakArgs),
    /// All of it in one run, as performance.json, a page and a chart
    Report(ReportArgs),
    /// Makes page and chart again of performance.json
    Render {
        /// The folder of performance.json
        folder: PathBuf,
        /// Why goals were missed, or where they are measured: an object of texts by goal
        #[arg(long, value_name = "FILE", default_value = "load/notes.json")]
        notes: PathBuf,
    },
    /// The two signature verifications of a registration, and nothing else
    Verifications {
        /// For each of the two ways to do it
        #[arg(long, default_value_t = 3, value_parser = value_parser!(u64).range(1..=60))]
        seconds: u64,
    },
}

/// The emulator under test.
#[derive(Debug, Args)]
pub struct EmulatorArgs {
    /// The program; it is started, with free ports and a kit of its own, and stopped
    #[arg(long, value_name = "BINARY")]
    emulator: PathBuf,
    /// A scenario in force from the start
    #[arg(long, value_name = "FILE")]
    scenario: Option<PathBuf>,
    /// Further arguments of the emulator
    #[arg(last = true)]
    arguments: Vec<String>,
}

impl EmulatorArgs {
    /// What is started.
    pub fn launch(&self) -> Launch {
        let mut launch = Launch::new(&self.emulator).with(&self.arguments);
        if let Some(scenario) = &self.scenario {
            launch = launch.with(["--scenario".to_owned(), scenario.display().to_string()]);
        }
        launch
    }
}

/// One run.
#[derive(Debug, Args)]
pub struct RunArgs {
    /// The version of HTTP
    #[arg(long, value_enum, default_value = "1.1")]
    http: Http,
    /// Ends after so many requests
    #[arg(long, default_value_t = 20_000, value_parser = value_parser!(u64).range(1..=MOST_REQUESTS))]
    count: u64,
    /// Ends after so many seconds
    #[arg(long, default_value_t = 30, value_parser = value_parser!(u64).range(1..=MOST_SECONDS))]
    seconds: u64,
    /// So many at once, each with one request in flight
    #[arg(long, default_value_t = 8, value_parser = value_parser!(u64).range(1..=MOST_CONNECTIONS))]
    connections: u64,
}

/// One run against the emulator.
#[derive(Debug, Args)]
pub struct EmulatorRunArgs {
    #[command(flatten)]
    pub run: RunArgs,
    #[command(flatten)]
    pub emulator: EmulatorArgs,
}

impl RunArgs {
    /// How it is driven.
    pub fn settings(&self) -> Settings {
        Settings {
            http: self.http,
            bounds: Bounds {
                count: self.count,
                seconds: self.seconds,
            },
            connections: self.connections,
        }
    }
}

/// Growth.
#[derive(Debug, Args)]
pub struct GrowthArgs {
    /// Clients stored before each measurement; each step is more than the one before
    #[arg(long, value_delimiter = ',', default_value = "10,100000,1000000",
        value_parser = value_parser!(u64).range(1..=1_000_000))]
    clients: Vec<u64>,
    /// Worlds at each measurement, the default one among them
    #[arg(long, value_delimiter = ',', default_value = "1,1000",
        value_parser = value_parser!(u64).range(1..=MOST_WORLDS))]
    worlds: Vec<u64>,
    /// Registrations in each measurement
    #[arg(long, default_value_t = 3_000, value_parser = value_parser!(u64).range(1..=100_000))]
    count: u64,
    /// So many at once
    #[arg(long, default_value_t = 8, value_parser = value_parser!(u64).range(1..=1_000))]
    connections: u64,
    #[command(flatten)]
    pub emulator: EmulatorArgs,
}

impl GrowthArgs {
    /// How far it grows.
    ///
    /// # Errors
    /// Steps that do not rise: what is stored stays stored.
    pub fn steps(&self) -> anyhow::Result<Steps> {
        for (name, steps) in [("--clients", &self.clients), ("--worlds", &self.worlds)] {
            let rises = steps.is_sorted_by(|one, next| one < next);
            ensure!(rises, "{name}: found {steps:?}; allowed: steps that rise");
        }
        Ok(Steps {
            clients: self.clients.clone(),
            worlds: self.worlds.clone(),
            count: self.count,
            connections: self.connections,
        })
    }
}

/// Start and stop.
#[derive(Debug, Args)]
pub struct StartArgs {
    /// Starts
    #[arg(long, default_value_t = 15, value_parser = value_parser!(u32).range(1..=1_000))]
    starts: u32,
    /// Worlds made
    #[arg(long, default_value_t = 300, value_parser = value_parser!(u32).range(1..=999))]
    worlds: u32,
    /// Stops with work in flight
    #[arg(long, default_value_t = 5, value_parser = value_parser!(u32).range(1..=100))]
    stops: u32,
    #[command(flatten)]
    pub emulator: EmulatorArgs,
}

impl StartArgs {
    /// How often each is done.
    pub fn times(&self) -> Times {
        Times {
            starts: self.starts,
            worlds: self.worlds,
            stops: self.stops,
        }
    }
}

/// Stalled connections.
#[derive(Debug, Args)]
pub struct StalledArgs {
    /// Connections, each with one answer that never comes
    #[arg(long, default_value_t = 10_000, value_parser = value_parser!(u64).range(1..=MOST_CONNECTIONS))]
    pub connections: u64,
    /// Registrations of the client beside them
    #[arg(long, default_value_t = 500, value_parser = value_parser!(u64).range(1..=20_000))]
    pub count: u64,
    #[command(flatten)]
    pub emulator: EmulatorArgs,
}

/// A soak.
#[derive(Debug, Args)]
pub struct SoakArgs {
    /// How long; a fraction will do
    #[arg(long, default_value_t = 10.0, value_parser = minutes)]
    minutes: f64,
    #[command(flatten)]
    pub emulator: EmulatorArgs,
}

impl SoakArgs {
    /// How long.
    pub fn length(&self) -> Duration {
        Duration::from_secs_f64(self.minutes * 60.0)
    }
}

/// A report.
#[derive(Debug, Args)]
pub struct ReportArgs {
    #[command(flatten)]
    pub emulator: EmulatorArgs,
    /// Where `load/yardsticks/install` put the servers of others; without it they are not measured
    #[arg(long, value_name = "DIR", value_parser = folder)]
    yardsticks: Option<PathBuf>,
    /// The folder of the yardsticks' `start` and `yardsticks.json`
    #[arg(long, value_name = "DIR", default_value = "load/yardsticks")]
    yardstick_scripts: PathBuf,
    /// Where the report is written
    #[arg(long, value_name = "FOLDER")]
    pub out: PathBuf,
    /// Why goals were missed, or where they are measured: an object of texts by goal
    #[arg(long, value_name = "FILE", default_value = "load/notes.json")]
    pub notes: PathBuf,
    /// Only shows that all of it works; no goal is judged
    #[arg(long)]
    quick: bool,
    /// Rounds of everything that is compared
    #[arg(long, default_value_t = 3, value_parser = value_parser!(u32).range(1..=20))]
    rounds: u32,
    /// Length of the soak
    #[arg(long, default_value_t = 10.0, value_parser = minutes)]
    soak_minutes: f64,
}

impl ReportArgs {
    /// How much of everything.
    pub fn effort(&self) -> Effort {
        if self.quick {
            Effort::quick()
        } else {
            Effort::full(self.rounds, self.soak_minutes)
        }
    }

    /// Servers of others.
    pub fn foreign(&self) -> Foreign {
        Foreign {
            scripts: self.yardstick_scripts.clone(),
            installed: self.yardsticks.clone(),
        }
    }
}

/// One that is there.
fn folder(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    if path.is_dir() {
        return Ok(path);
    }
    Err("there is no such folder".to_owned())
}

/// More than nothing, at most two hours.
fn minutes(text: &str) -> Result<f64, String> {
    match text.parse() {
        Ok(minutes) if minutes > 0.0 && minutes <= 120.0 => Ok(minutes),
        _ => Err(format!("found {text:?}; allowed: more than 0, at most 120")),
    }
}
