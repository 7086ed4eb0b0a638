//! The tables of the page that set servers side by side.

use std::fmt::{self, Write};

use super::foreign::{Role, Yardstick};
use super::goals::{lower_ratio, thousands};
use super::{Report, median};
use crate::outcome::{Outcome, ratio_of};
use crate::spread::Spread;
use crate::verifications::Verifications;

/// One way to verify: its pairs per second.
type Way = fn(&Verifications) -> f64;

/// The emulator, the bare server, the verifications.
pub fn run_table(page: &mut String, report: &Report) -> fmt::Result {
    writeln!(
        page,
        "## The emulator and its nearest yardsticks\n\n\
         Mutual TLS throughout, {} connections with one request in flight each. *Busy* is how much of its \
         CPUs the server, and the load, used: where the load is at 100 %, the server could do more. The \
         bare server is rustls and hyper with the same certificates and the same demands on the client's, \
         and a canned answer of the same size; where it verifies, it does the two verifications for each \
         request, and reads nothing: more than that no server with these libraries can do. A new connection is a full handshake and one small GET; \
         sessions are never resumed, and the load, \
         which is to cost less than the server, verifies the server's certificate only the first time. *Verifications* are the two PS256 signatures of a registration \
         (request and software statement, RSA 2048), on keys that are parsed once, and by `jsonwebtoken`, \
         which parses the key each time. *Token and read* counts both requests.\n\n\
         | | per second | per CPU second | p50 ms | p99 ms | p99.9 ms | server busy | load busy |\n\
         |---|---|---|---|---|---|---|---|",
        report.effort.connections
    )?;
    let ways: [(&str, Way); 2] = [
        ("two verifications, parsed keys", |it| {
            it.parsed_keys_per_second
        }),
        ("two verifications, `jsonwebtoken`", |it| {
            it.jsonwebtoken_per_second
        }),
    ];
    for (title, way) in ways {
        let rate = spread(report.verifications.iter().map(way), 0);
        writeln!(page, "| {title} | {rate} | | | | | | |")?;
    }
    for series in &report.series {
        writeln!(page, "{}", row(&series.title, &series.rounds))?;
    }
    let distinct = report.series("register-1.1");
    let distinct = distinct.and_then(|series| series.rounds.first()?.requests.distinct);
    writeln!(
        page,
        "\nEach registration was signed beforehand; {} of them are distinct, and are sent again after the \
         last.\n",
        thousands(distinct.unwrap_or_default())
    )
}

fn row(title: &str, rounds: &[Outcome]) -> String {
    let milliseconds = |figure: fn(&Outcome) -> f64| median(rounds, figure) / 1e3;
    let percent = |figure: fn(&Outcome) -> f64| median(rounds, figure) * 100.0;
    format!(
        "| {title} | {} | {:.0} | {:.2} | {:.2} | {:.2} | {:.0} % | {:.0} % |",
        spread(rounds.iter().map(|outcome| outcome.per_second), 0),
        median(rounds, |outcome| outcome.per_cpu_second),
        milliseconds(|outcome| outcome.latency.p50),
        milliseconds(|outcome| outcome.latency.p99),
        milliseconds(|outcome| outcome.latency.p99_9),
        percent(|outcome| outcome.server.share),
        percent(|outcome| outcome.load.share),
    )
}

/// `120 (110 to 130)`.
fn spread(figures: impl IntoIterator<Item = f64>, digits: usize) -> String {
    let Some(spread) = Spread::of(figures) else {
        return String::new();
    };
    let (median, min, max) = (spread.median, spread.min, spread.max);
    if spread.samples == 1 {
        return format!("{median:.digits$}");
    }
    format!("{median:.digits$} ({min:.digits$} to {max:.digits$})")
}

/// Servers of others.
pub fn yardstick_tables(page: &mut String, report: &Report) -> fmt::Result {
    writeln!(
        page,
        "## Servers of others\n\n\
         They speak plain HTTP/1.1 here, which is what they offer at once, and none of them verifies a \
         signature: oidc-provider registers plain JSON, the others give a canned 201. The emulator is \
         measured over mutual TLS, and with both signatures verified. Each is loaded twice, and the first \
         time is forgotten, for the sake of just-in-time compilers. *Ratio*: the emulator's registrations \
         over HTTP/1.1 beside it, the lower of the two.\n\n\
         | | per second | per CPU second | p50 ms | p99 ms | p99.9 ms | server busy | load busy | ratio |\n\
         |---|---|---|---|---|---|---|---|---|"
    )?;
    let ours = report.series("register-1.1").map(|series| &series.rounds);
    for yardstick in measured(report) {
        let outcomes = yardstick.outcomes();
        let ratio = ours.and_then(|ours| lower_ratio(ours, &outcomes));
        if let Some(ratio) = ratio {
            writeln!(page, "{} {ratio:.1} |", row(&yardstick.title(), &outcomes))?;
        }
    }
    writeln!(
        page,
        "\n| | ready after, ms | memory a second later, MiB |\n|---|---|---|"
    )?;
    let start = &report.start;
    writeln!(
        page,
        "| {}, `--no-kit` | {:.1} ({:.1} to {:.1}) | {:.1} |",
        report.machine.emulator,
        start.ready_ms.median,
        start.ready_ms.min,
        start.ready_ms.max,
        start.idle_kib.median / 1_024.0
    )?;
    for yardstick in measured(report) {
        let rounds = &yardstick.rounds;
        writeln!(
            page,
            "| {} | {} | {} |",
            yardstick.title(),
            spread(rounds.iter().map(|round| round.ready_ms), 0),
            spread(
                rounds
                    .iter()
                    .map(|round| ratio_of(round.idle_kib) / 1_024.0),
                1
            ),
        )?;
    }
    for yardstick in &report.yardsticks {
        if let Some(why) = &yardstick.missing {
            writeln!(page, "\nNot measured: {}: {why}.", yardstick.title())?;
        }
    }
    writeln!(page)
}

fn measured(report: &Report) -> impl Iterator<Item = &Yardstick> {
    report.yardsticks.iter().filter(|it| !it.rounds.is_empty())
}

impl Yardstick {
    /// Name, version, runtime.
    pub fn title(&self) -> String {
        let description = &self.description;
        format!(
            "{} ({}, {})",
            description.title, description.version, description.runtime
        )
    }

    /// Of its load, where there was one.
    pub fn outcomes(&self) -> Vec<Outcome> {
        match self.description.role {
            Role::Start => Vec::new(),
            Role::Register => {
                let outcomes = self.rounds.iter().filter_map(|round| round.outcome.clone());
                outcomes.collect()
            }
        }
    }
}
