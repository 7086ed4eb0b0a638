//! `simulate`: what a scenario would do to requests, one after the other, without a socket.

mod exchange;
mod line;
mod source;

use std::io::{self, BufWriter, Write};
use std::sync::Arc;
use std::time::Duration;

use clap::Args;

use self::exchange::Caller;
use self::line::Line;
use crate::cli::terminal::{harmless, harmless_json, printed};
use crate::config::{BankConfig, Config};
use crate::dialect::Operation;
use crate::domain::timespan::TimeSpan;
use crate::offline;
use crate::scenario::seen::HANDSHAKE;
use crate::scenario::{Engine, Scenario};

/// Flags of `simulate`.
#[derive(Debug, Args)]
pub struct SimulateArgs {
    /// A built-in scenario, or a scenario file
    #[arg(value_name = "SCENARIO")]
    scenario: String,
    /// How many requests, up to 1000000; each is answered before the next comes
    #[arg(long, value_name = "N", default_value_t = 10, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    requests: u64,
    /// What is asked, taken in turn: register, read, update, delete, token, discovery, jwks, clients,
    /// client, assertion, handshake
    #[arg(long, value_name = "OPERATION", value_delimiter = ',', default_value = "register", value_parser = operation)]
    operation: Vec<Asked>,
    /// Time from one request to the next
    #[arg(long, value_name = "TIME", default_value = "0s")]
    spacing: TimeSpan,
    /// How many softwares ask in turn, each with client, token, certificate and connection of its own
    #[arg(long, value_name = "N", default_value_t = 1, value_parser = clap::value_parser!(u64).range(1..=1_000_000))]
    software: u64,
    /// The bank's id, for its operations and checks
    #[arg(long, value_name = "ID", default_value = "uk-ob-3.3")]
    bank: String,
    /// Decides draws of a scenario without a seed, as that of `serve`
    #[arg(long, value_name = "N", default_value_t = 1)]
    seed: u64,
    /// Print a JSON object for each request
    #[arg(long)]
    json: bool,
}

/// What is asked; `None` for a TLS handshake.
type Asked = Option<Operation>;

fn operation(text: &str) -> Result<Asked, String> {
    if text == HANDSHAKE {
        return Ok(None);
    }
    let mut all = Operation::ALL.into_iter();
    let found = all.find(|operation| operation.as_str() == text);
    found.map(Some).ok_or_else(|| {
        let words = Operation::ALL.map(Operation::as_str).join(", ");
        format!("write {words} or {HANDSHAKE}")
    })
}

/// Prints what each request would get.
pub fn run(args: &SimulateArgs) -> anyhow::Result<()> {
    let scenario = source::read(&args.scenario)?;
    let config = Config::default();
    let bank = offline::find(&config.banks, &args.bank)?;
    offered(bank, &args.operation)?;
    let mut out = BufWriter::new(io::stdout().lock());
    for line in lines(args, scenario, bank) {
        let text = if args.json {
            harmless_json(&serde_json::to_string(&line)?)
        } else {
            harmless(&line.to_string())
        };
        let written = writeln!(out, "{text}");
        if written.is_err() {
            return printed(written);
        }
    }
    printed(out.flush())
}

fn offered(bank: &BankConfig, asked: &[Asked]) -> anyhow::Result<()> {
    let mut asked = asked.iter().flatten();
    let Some(missing) = asked.find(|operation| !bank.dialect.offers(**operation)) else {
        return Ok(());
    };
    let all = Operation::ALL.into_iter();
    let offered = all.filter(|operation| bank.dialect.offers(*operation));
    let offered: Vec<&str> = offered.map(Operation::as_str).collect();
    Err(anyhow::anyhow!(
        "bank `{}` does not offer `{}`; it offers {}",
        bank.id,
        missing.as_str(),
        offered.join(", ")
    ))
}

/// Every software asks the first operation, then every software the second, and so on.
fn lines<'a>(
    args: &'a SimulateArgs,
    scenario: Arc<Scenario>,
    bank: &'a BankConfig,
) -> impl Iterator<Item = Line> + 'a {
    let engine = Engine::new(args.seed);
    engine.activate(scenario, 0);
    let mut operations = args.operation.iter().copied().cycle();
    let mut operation = None;
    (0..args.requests).map(move |nth| {
        let software = nth % args.software;
        if software == 0 {
            operation = operations.next().flatten();
        }
        let caller = Caller::new(software + 1, operation, bank);
        let offset = times(args.spacing.0, nth);
        let now = i64::try_from(offset.as_millis()).unwrap_or(i64::MAX);
        let decision = engine.decide(None, &caller.seen(), now);
        Line::new(nth + 1, offset, &caller, &decision)
    })
}

/// What is printed about `requests` of everything that a bank offers, each `spacing` after the one
/// before, of three softwares in turn.
#[cfg(feature = "fuzzing")]
#[must_use]
pub fn simulated(
    scenario: Arc<Scenario>,
    bank: &BankConfig,
    requests: u64,
    spacing: Duration,
) -> Vec<String> {
    let offered = Operation::ALL.into_iter();
    let offered = offered.filter(|operation| bank.dialect.offers(*operation));
    let args = SimulateArgs {
        scenario: String::new(),
        requests,
        operation: offered.map(Some).chain([None]).collect(),
        spacing: TimeSpan(spacing),
        software: 3,
        bank: bank.id.clone(),
        seed: 1,
        json: false,
    };
    lines(&args, scenario, bank)
        .map(|line| harmless(&line.to_string()))
        .collect()
}

fn times(spacing: Duration, count: u64) -> Duration {
    let nanos = spacing.as_nanos().saturating_mul(u128::from(count));
    let millis = u64::try_from(nanos / 1_000_000);
    Duration::from_millis(millis.unwrap_or(u64::MAX))
}

#[cfg(test)]
mod tests;
