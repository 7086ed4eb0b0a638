//! All measurements of a report, in rounds: what is compared is measured in turn.

use std::io::{self, Write};
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::{Deserialize, Serialize};

use super::foreign::Foreign;
use super::machine::Machine;
use super::{Report, Series};
use crate::client::Http;
use crate::cpus::Placement;
use crate::drive::Bounds;
use crate::growth::{self, Steps};
use crate::modes::{self, BareMode, Mode, Settings};
use crate::outcome::Outcome;
use crate::server::emulator::Launch;
use crate::start::Times;
use crate::{scripts, soak, stalled, start, verifications};

/// How much of everything.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Effort {
    /// Whether it is only to be seen that all of it works.
    pub quick: bool,
    /// Rounds of everything that is compared.
    pub rounds: u32,
    /// Each run ends after so many seconds.
    pub seconds: u64,
    /// Or after so many requests.
    pub count: u64,
    /// Connections of each run.
    pub connections: u64,
    /// Clients stored at each step of the growth.
    pub clients: Vec<u64>,
    /// Worlds at each step of the growth.
    pub worlds: Vec<u64>,
    /// Starts.
    pub starts: u32,
    /// Worlds timed.
    pub worlds_made: u32,
    /// Stops.
    pub stops: u32,
    /// Stalled connections.
    pub stalled: u64,
    /// Length of the soak.
    pub soak_seconds: f64,
}

impl Effort {
    /// For figures.
    pub fn full(rounds: u32, soak_minutes: f64) -> Self {
        Self {
            quick: false,
            rounds,
            seconds: 10,
            count: 20_000,
            connections: 8,
            clients: vec![10, 100_000, 1_000_000],
            worlds: vec![1, growth::MOST_WORLDS],
            starts: 15,
            worlds_made: 300,
            stops: 5,
            stalled: 10_000,
            soak_seconds: soak_minutes * 60.0,
        }
    }

    /// To see that it all works; the figures say little.
    pub fn quick() -> Self {
        Self {
            quick: true,
            rounds: 1,
            seconds: 2,
            count: 300,
            connections: 4,
            clients: vec![10, 300],
            worlds: vec![1, 10],
            starts: 2,
            worlds_made: 10,
            stops: 1,
            stalled: 50,
            soak_seconds: 4.0,
        }
    }

    fn settings(&self, http: Http) -> Settings {
        Settings {
            http,
            bounds: Bounds {
                count: self.count,
                seconds: self.seconds,
            },
            connections: self.connections,
        }
    }
}

/// What is measured in each round, besides verifications and servers of others.
struct Subject {
    id: &'static str,
    title: &'static str,
    http: Http,
    of: Of,
}

/// The server of a subject.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Of {
    Emulator(Mode),
    /// With a scenario of 1,000 rules in force.
    EmulatorWithRules(Mode),
    Bare(BareMode),
    /// Which verifies two signatures for each registration.
    BareVerifying(BareMode),
}

#[rustfmt::skip]
const SUBJECTS: [Subject; 11] = [
    Subject { id: "register-1.1", title: "register, HTTP/1.1", http: Http::One, of: Of::Emulator(Mode::Register) },
    Subject { id: "register-1.1-rules", title: "register, HTTP/1.1, 1,000 rules in force", http: Http::One, of: Of::EmulatorWithRules(Mode::Register) },
    Subject { id: "bare-register-1.1", title: "bare server, canned 201, HTTP/1.1", http: Http::One, of: Of::Bare(BareMode::Register) },
    Subject { id: "bare-verifying-1.1", title: "bare server, two verifications and a canned 201, HTTP/1.1", http: Http::One, of: Of::BareVerifying(BareMode::Register) },
    Subject { id: "register-2", title: "register, HTTP/2", http: Http::Two, of: Of::Emulator(Mode::Register) },
    Subject { id: "bare-register-2", title: "bare server, canned 201, HTTP/2", http: Http::Two, of: Of::Bare(BareMode::Register) },
    Subject { id: "token-1.1", title: "token and read, HTTP/1.1", http: Http::One, of: Of::Emulator(Mode::Token) },
    Subject { id: "connect-1.1", title: "new connections, HTTP/1.1", http: Http::One, of: Of::Emulator(Mode::Connect) },
    Subject { id: "bare-connect-1.1", title: "bare server, new connections, HTTP/1.1", http: Http::One, of: Of::Bare(BareMode::Connect) },
    Subject { id: "connect-2", title: "new connections, HTTP/2", http: Http::Two, of: Of::Emulator(Mode::Connect) },
    Subject { id: "bare-connect-2", title: "bare server, new connections, HTTP/2", http: Http::Two, of: Of::Bare(BareMode::Connect) },
];

impl Subject {
    fn run(&self, launch: &Launch, effort: &Effort, placement: &Placement) -> Result<Outcome> {
        let settings = effort.settings(self.http);
        let outcome = match self.of {
            Of::Emulator(mode) => modes::run(mode, launch, settings, placement),
            Of::EmulatorWithRules(mode) => {
                let scenario = scripts::file(&scripts::many_rules(1_000))?;
                let path = scenario.path().display().to_string();
                let launch = launch.clone().with(["--scenario".to_owned(), path]);
                modes::run(mode, &launch, settings, placement)
            }
            Of::Bare(mode) => modes::run_bare(mode, false, settings, placement),
            Of::BareVerifying(mode) => modes::run_bare(mode, true, settings, placement),
        };
        let outcome = outcome.with_context(|| self.title)?;
        ensure!(
            outcome.requests.failed == 0,
            "{}: {} requests failed, the first: {}",
            self.title,
            outcome.requests.failed,
            outcome.first_error.as_deref().unwrap_or("unknown")
        );
        Ok(outcome)
    }
}

/// Measures everything; says on standard error what it is at.
///
/// # Errors
/// A measurement of the emulator or the bare server fails, or answers are not as expected. A server of
/// others that cannot be had is named in the report.
pub fn measure(
    launch: &Launch,
    foreign: &Foreign,
    effort: Effort,
    placement: &Placement,
) -> Result<Report> {
    let mut series: Vec<Series> = SUBJECTS
        .iter()
        .map(|subject| Series {
            id: subject.id.to_owned(),
            title: subject.title.to_owned(),
            rounds: Vec::new(),
        })
        .collect();
    let machine = Machine::of(&launch.binary, placement)?;
    let (mut verified, mut yardsticks) = (Vec::new(), foreign.list()?);
    for round in 1..=effort.rounds {
        say(&format!("round {round}: verifications"));
        verified.push(verifications::run(placement, effort.seconds.min(5))?);
        for (subject, series) in SUBJECTS.iter().zip(&mut series) {
            say(&format!("round {round}: {}", subject.title));
            series.rounds.push(subject.run(launch, &effort, placement)?);
        }
        for yardstick in &mut yardsticks {
            say(&format!("round {round}: {}", yardstick.description.title));
            foreign.round(yardstick, effort.settings(Http::One), placement);
        }
    }
    say("start and stop");
    let times = Times {
        starts: effort.starts,
        worlds: effort.worlds_made,
        stops: effort.stops,
    };
    let start = start::run(launch, times, placement)?;
    say("growth");
    let steps = Steps {
        clients: effort.clients.clone(),
        worlds: effort.worlds.clone(),
        count: effort.count.min(5_000),
        connections: effort.connections,
    };
    let growth = growth::run(launch, &steps, placement)?;
    say("stalled connections");
    let stalled = stalled::run(launch, effort.stalled, effort.count.min(500), placement)?;
    say("soak");
    let soak = soak::run(
        launch,
        Duration::from_secs_f64(effort.soak_seconds),
        placement,
    )?;
    Ok(Report {
        machine,
        effort,
        verifications: verified,
        series,
        yardsticks,
        start,
        growth,
        stalled,
        soak,
    })
}

fn say(what: &str) {
    // Nobody may be watching.
    let _ = writeln!(io::stderr(), "load: {what}");
}
