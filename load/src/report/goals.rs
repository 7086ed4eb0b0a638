//! Each number that is to be reached, beside what was measured.

use super::{Notes, Report, Series, median};
use crate::growth::Step;
use crate::outcome::{Outcome, ratio_of};
use crate::spread::Spread;
use crate::verifications::Verifications;

/// A mebibyte, in KiB.
const MIB: f64 = 1_024.0;
/// A registration may cost so much more at the last step of the growth than at the first.
const FLAT: f64 = 1.2;

/// One of them.
pub struct Goal {
    /// Its id in the notes.
    pub id: &'static str,
    /// What is to be reached.
    pub text: &'static str,
    /// What was.
    pub measured: Option<Measured>,
}

/// A figure in words, and whether it is good enough.
pub struct Measured {
    /// With its unit.
    pub text: String,
    /// Good enough.
    pub is_met: bool,
}

impl Goal {
    /// `met`, `**missed**` or `not measured here`.
    pub fn verdict(&self) -> &'static str {
        match &self.measured {
            Some(measured) if measured.is_met => "met",
            Some(_) => "**missed**",
            None => "not measured here",
        }
    }

    /// What was measured, in words; empty if nothing was.
    pub fn figure(&self) -> &str {
        self.measured.as_ref().map_or("", |it| it.text.as_str())
    }

    /// The note on it; whatever was missed has a cause.
    pub fn cause<'a>(&self, notes: &'a Notes) -> &'a str {
        let is_missed = self.measured.as_ref().is_some_and(|it| !it.is_met);
        let unknown = if is_missed { "no cause noted" } else { "" };
        notes.get(self.id).map_or(unknown, String::as_str)
    }
}

fn goal(id: &'static str, text: &'static str, measured: Option<(String, bool)>) -> Goal {
    let measured = measured.map(|(text, is_met)| Measured { text, is_met });
    Goal { id, text, measured }
}

/// All of them.
pub fn goals(report: &Report) -> Vec<Goal> {
    let mut goals = speed(report);
    goals.extend(at_rest(report));
    goals.extend(under_load(report));
    goals
}

fn speed(report: &Report) -> Vec<Goal> {
    let percent = |ratio: f64, least: f64| {
        let text = format!("{:.0} %", ratio * 100.0);
        (text, ratio >= least)
    };
    vec![
        goal(
            "verifications",
            "Registration over kept-alive mTLS: at least 70 % of what its two signature verifications alone allow on the same cores",
            beside_verifications(report).map(|ratio| percent(ratio, 0.7)),
        ),
        goal(
            "oidc-provider",
            "Registration: at least 3 times node oidc-provider's plain-HTTP `/reg`",
            beside_oidc_provider(report).map(|ratio| (format!("{ratio:.1} times"), ratio >= 3.0)),
        ),
        goal(
            "connect",
            "New mTLS connections, HTTP/1.1: at least 90 % of a bare rustls accept loop",
            between(report, "connect-1.1", "bare-connect-1.1").map(|ratio| percent(ratio, 0.9)),
        ),
        goal(
            "rules",
            "A scenario of 1,000 rules adds less than 50 µs to a request",
            added_by_rules(report).map(|added| (format!("{added:.1} µs of CPU"), added < 50.0)),
        ),
    ]
}

fn at_rest(report: &Report) -> Vec<Goal> {
    let start = &report.start;
    let at_most = |figure: f64, most: f64, text: String| Some((text, figure <= most));
    let (ready, world) = (start.ready_ms.median, start.world_ms.median);
    let idle = start.idle_kib.median / MIB;
    let megabytes = ratio_of(start.binary_bytes) / 1e6;
    vec![
        goal(
            "ready",
            "Ready in 30 ms, without a kit",
            at_most(ready, 30.0, format!("{ready:.1} ms")),
        ),
        goal(
            "idle",
            "12 MiB of memory at rest",
            at_most(idle, 12.0, format!("{idle:.1} MiB")),
        ),
        goal(
            "world",
            "A world in 1 ms, as the caller of the control API sees it",
            at_most(world, 1.0, format!("{world:.2} ms")),
        ),
        goal(
            "binary",
            "Release binary of 12 MB",
            at_most(megabytes, 12.0, format!("{megabytes:.2} MB")),
        ),
        goal("image", "Container image of 15 MB", None),
    ]
}

fn under_load(report: &Report) -> Vec<Goal> {
    vec![
        goal(
            "stalled",
            "10,000 connections that each hold a stalled answer in 400 MiB",
            stalled(report),
        ),
        goal(
            "clients",
            "A registration costs no more with 1,000,000 clients stored than with 10 (within 20 %)",
            growth(&report.growth.clients, 1_000_000),
        ),
        goal(
            "worlds",
            "A registration costs no more beside 1,000 worlds than beside one (within 20 %)",
            growth(&report.growth.worlds, 1_000),
        ),
        goal(
            "stop",
            "SIGTERM with work in flight: all of it answered, out in 50 ms",
            Some(stop(report)),
        ),
        goal(
            "soak",
            "Memory flat over a soak of ten minutes",
            soak(report),
        ),
        goal(
            "starts",
            "1,000 starts and stops in one process leave no thread, port or file",
            None,
        ),
    ]
}

/// Only of as many connections as the goal names.
fn stalled(report: &Report) -> Option<(String, bool)> {
    let stalled = &report.stalled;
    let mib = ratio_of(stalled.with_kib) / MIB;
    let text = format!("{} in {mib:.0} MiB", thousands(stalled.still_open));
    let is_met = stalled.still_open == stalled.connections && mib <= 400.0;
    (stalled.connections >= 10_000).then_some((text, is_met))
}

fn stop(report: &Report) -> (String, bool) {
    let stop = &report.start.stop;
    let all = stop.delayed.requests + stop.plain.requests;
    let answered = stop.delayed.answered + stop.plain.answered;
    let ms = stop.exit_ms.max;
    let text = format!("{answered} of {all} answered, out in {ms:.0} ms at most");
    (text, all > 0 && answered == all && ms <= 50.0)
}

/// Only of ten minutes.
fn soak(report: &Report) -> Option<(String, bool)> {
    let verdict = &report.soak.verdict;
    let word = if verdict.is_flat { "flat" } else { "not flat" };
    let (earlier, later) = verdict.resident_kib;
    let text = format!(
        "{word}: {:.1} MiB beside {:.1} MiB, {} requests failed",
        later / MIB,
        earlier / MIB,
        verdict.failed
    );
    (report.soak.seconds >= 600.0).then_some((text, verdict.is_flat))
}

/// What the emulator reaches of the verifications' rate, round by round; the median.
pub fn beside_verifications(report: &Report) -> Option<f64> {
    let series = report.series("register-1.1")?;
    let rounds = series.rounds.iter().zip(&report.verifications);
    let ratio = |(outcome, alone): (&Outcome, &Verifications)| {
        outcome.per_second / alone.parsed_keys_per_second
    };
    Spread::of(rounds.map(ratio)).map(|spread| spread.median)
}

fn beside_oidc_provider(report: &Report) -> Option<f64> {
    let ours = report.series("register-1.1")?;
    let theirs = report
        .yardsticks
        .iter()
        .find(|yardstick| yardstick.description.name == "oidc-provider")?;
    lower_ratio(&ours.rounds, &theirs.outcomes())
}

/// How one of our series does beside another.
pub fn between(report: &Report, ours: &str, theirs: &str) -> Option<f64> {
    let rounds = |id| report.series(id).map(|series: &Series| &series.rounds);
    lower_ratio(rounds(ours)?, rounds(theirs)?)
}

/// The lower of two ratios: of requests per second, and of requests per second of the server's CPU.
/// The first flatters whoever shares a slow load, the second whoever waits.
pub fn lower_ratio(ours: &[Outcome], theirs: &[Outcome]) -> Option<f64> {
    if ours.is_empty() || theirs.is_empty() {
        return None;
    }
    let ratio = |figure: fn(&Outcome) -> f64| median(ours, figure) / median(theirs, figure);
    Some(ratio(|outcome| outcome.per_second).min(ratio(|outcome| outcome.per_cpu_second)))
}

fn added_by_rules(report: &Report) -> Option<f64> {
    let cost = |id| {
        let series = report.series(id)?;
        Some(series.median(|outcome| outcome.cpu_us_each))
    };
    Some(cost("register-1.1-rules")? - cost("register-1.1")?)
}

/// The last step beside the first, if it went as far as `least`.
fn growth(steps: &[Step], least: u64) -> Option<(String, bool)> {
    let (first, last) = (steps.first()?, steps.last()?);
    let ratio = last.outcome.cpu_us_each / first.outcome.cpu_us_each;
    let text = format!(
        "{:.0} µs of CPU with {}, {:.0} µs with {}",
        first.outcome.cpu_us_each,
        thousands(first.stored),
        last.outcome.cpu_us_each,
        thousands(last.stored)
    );
    (last.stored >= least).then_some((text, ratio <= FLAT))
}

/// `1,000,000`.
pub fn thousands(number: u64) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (index, digit) in digits.chars().enumerate() {
        if index > 0 && (digits.len() - index).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::{Notes, goal, thousands};

    #[test]
    fn a_missed_goal_without_a_note_says_so() {
        let notes = Notes::from([("noted".to_owned(), "a cause".to_owned())]);
        let measured = |is_met| Some(("1 ms".to_owned(), is_met));
        for (id, measured, cause) in [
            ("noted", measured(false), "a cause"),
            ("unknown", measured(false), "no cause noted"),
            ("unknown", measured(true), ""),
            ("unknown", None, ""),
        ] {
            assert_eq!(goal(id, "", measured).cause(&notes), cause, "{id}");
        }
    }

    #[test]
    fn numbers_have_commas() {
        for (number, text) in [
            (0, "0"),
            (999, "999"),
            (1_000, "1,000"),
            (1_234_567, "1,234,567"),
        ] {
            assert_eq!(thousands(number), text);
        }
    }
}
