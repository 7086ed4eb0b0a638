//! Whether a world's exchanges are what somebody expects, and which come nearest where they are not.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;

use crate::domain::ids::InteractionId;
use crate::journal::Journal;
use crate::journal::exchange::Exchange;
use crate::journal::masking::{self, Masking};
use crate::journal::seen;
use crate::journal::view::ExchangeView;
use crate::scenario::expectation::{Became, Sought, Times, Wanted};
use crate::scenario::{Expectation, Miss};

/// The most exchanges that are named where the expectation does not hold.
const NEAREST: usize = 3;

/// Whether an expectation holds.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct Verification {
    /// Whether it does.
    pub ok: bool,
    /// How many exchanges match; of `in_order`, how many of its elements were found.
    pub count: u64,
    /// What is wrong, in a sentence; null if nothing is.
    pub why: Option<String>,
    /// The exchanges that come nearest to a match, at most three; those that match where there are too
    /// many. Empty if the expectation holds, or would without those that are gone.
    pub nearest: Vec<NearMiss>,
}

/// An exchange that comes near to a match.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
pub struct NearMiss {
    /// The exchange, masked.
    pub exchange: ExchangeView,
    /// What it misses; empty if it is one too many.
    pub missed: Vec<MissedMember>,
}

/// A matcher that an exchange misses.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct MissedMember {
    /// What was looked at, such as `operation`, `header.accept` or `claim/iss`.
    pub member: String,
    /// What is there.
    pub found: String,
    /// What should be.
    pub allowed: String,
}

/// Holds what a journal keeps against an expectation, which does not hold where that depends on what is
/// gone. Does not wait: `within` is the caller's.
#[must_use]
pub fn verify(expectation: &Expectation, journal: &Journal) -> Verification {
    let (exchanges, gone) = journal.whole();
    match &expectation.wanted {
        Wanted::Count(sought, times) => count(sought, *times, &exchanges, gone),
        Wanted::InOrder(list) => in_order(list, &exchanges, gone),
    }
}

/// What is said where others could have counted that are gone.
fn and_gone(why: String, gone: u64) -> String {
    let exchanges = match gone {
        0 => return why,
        1 => "1 older exchange is",
        _ => &format!("{gone} older exchanges are"),
    };
    format!("{why}; {exchanges} gone; raise limits.journal, or empty the journal before")
}

fn count(sought: &Sought, times: Times, exchanges: &[Arc<Exchange>], gone: u64) -> Verification {
    let judged: Vec<Judged<'_>> = exchanges
        .iter()
        .map(|exchange| Judged::new(sought, exchange))
        .collect();
    let (matching, others): (Vec<_>, Vec<_>) = judged
        .into_iter()
        .partition(|judged| judged.misses.is_empty());
    let count = matching.len() as u64;
    // Each of those that are gone may have matched, or not.
    let ok = times.holds(count) && times.at_most >= count.saturating_add(gone);
    let is_too_many = count > times.at_most;
    let nearest = match is_too_many {
        _ if times.holds(count) => Vec::new(),
        true => last(&matching),
        false => nearest(others),
    };
    Verification {
        ok,
        count,
        why: (!ok).then(|| {
            let of = exchanges.len();
            let why = format!("found {count} of {of} exchanges that match; allowed: {times}");
            and_gone(why, if is_too_many { 0 } else { gone })
        }),
        nearest,
    }
}

fn in_order(list: &[Sought], exchanges: &[Arc<Exchange>], gone: u64) -> Verification {
    let mut rest = exchanges;
    let mut last_found: Option<u64> = None;
    for (position, sought) in list.iter().enumerate() {
        let judged = rest.iter().map(|exchange| Judged::new(sought, exchange));
        let judged: Vec<Judged<'_>> = judged.collect();
        let found = judged.iter().position(|judged| judged.misses.is_empty());
        let Some(found) = found else {
            let after = last_found.map_or(String::new(), |id| format!(" after exchange {id}"));
            let (element, of) = (position + 1, list.len());
            let why = format!("found no exchange{after} for element {element} of {of}");
            return Verification {
                ok: false,
                count: position as u64,
                why: Some(and_gone(why, gone)),
                nearest: nearest(judged),
            };
        };
        last_found = rest.get(found).map(|exchange| exchange.id);
        rest = rest.get(found + 1..).unwrap_or_default();
    }
    Verification {
        ok: true,
        count: list.len() as u64,
        why: None,
        nearest: Vec::new(),
    }
}

/// An exchange and what it misses.
struct Judged<'e> {
    exchange: &'e Exchange,
    misses: Vec<Miss>,
}

impl<'e> Judged<'e> {
    fn new(sought: &Sought, exchange: &'e Exchange) -> Self {
        let facts = seen::Facts::new(exchange, sought);
        let applied = exchange.applied.as_ref();
        let became = Became {
            status: exchange.status(),
            scenario: applied.map(|applied| applied.scenario.as_str()),
            rule: applied.map(|applied| applied.rule.as_str()),
            interaction_id: exchange.interaction_id.as_ref().map(InteractionId::as_str),
        };
        Self {
            misses: sought.misses(&facts.seen(exchange), &became),
            exchange,
        }
    }

    /// Fewer misses are nearer; then what was asked of the same bank and operation, then the latest.
    fn distance(&self) -> (usize, bool, u64) {
        let is_of_other = |miss: &Miss| ["bank", "operation"].contains(&miss.member.as_str());
        let is_other = self.misses.iter().any(is_of_other);
        (self.misses.len(), is_other, u64::MAX - self.exchange.id)
    }

    fn near_miss(&self) -> NearMiss {
        NearMiss {
            exchange: ExchangeView::new(self.exchange, Masking::Masked),
            missed: self.misses.iter().map(MissedMember::new).collect(),
        }
    }
}

fn nearest(mut judged: Vec<Judged<'_>>) -> Vec<NearMiss> {
    judged.sort_by_key(Judged::distance);
    judged.iter().take(NEAREST).map(Judged::near_miss).collect()
}

fn last(judged: &[Judged<'_>]) -> Vec<NearMiss> {
    let first = judged.len().saturating_sub(NEAREST);
    judged.iter().skip(first).map(Judged::near_miss).collect()
}

impl MissedMember {
    fn new(miss: &Miss) -> Self {
        Self {
            member: miss.member.clone(),
            found: masking::member(&miss.member, &miss.found),
            allowed: miss.allowed.clone(),
        }
    }
}

/// A line for each exchange that comes near: for the message of a failed test.
impl std::fmt::Display for Verification {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let Some(why) = &self.why else {
            return write!(formatter, "as expected, {} times", self.count);
        };
        formatter.write_str(why)?;
        for NearMiss { exchange, missed } in &self.nearest {
            let what = exchange.operation.unwrap_or("no operation");
            let status = exchange
                .status
                .map_or("-".to_owned(), |status| status.to_string());
            write!(formatter, "\n  exchange {}: {what}", exchange.id)?;
            if let Some((method, path)) = exchange.method.as_ref().zip(exchange.path.as_ref()) {
                write!(formatter, ", {method} {path} -> {status}")?;
            }
            for MissedMember {
                member,
                found,
                allowed,
            } in missed
            {
                write!(
                    formatter,
                    "\n    {member}: found {found}; allowed: {allowed}"
                )?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests;
