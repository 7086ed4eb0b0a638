//! When a rule applies, compiled.

use std::ops::Range;
use std::time::Duration;

use crate::document::placed::{Placed, Written};
use crate::document::problem::Problem;
use crate::document::shaped::Given;
use crate::scenario::file::AgeFile;
use crate::scenario::load::{Judge, scalars};
use crate::scenario::model::{AgeGate, Aged, Calls, Gates};

/// The gates of a rule, as its file has them.
pub(super) struct GatesFile {
    pub calls: Given<Placed<Written>>,
    pub chance: Given<Placed<f64>>,
    pub state: Given<Placed<String>>,
    pub after: Given<Placed<Written>>,
    pub until: Given<Placed<Written>>,
    pub age: Given<AgeFile>,
}

impl Judge<'_> {
    pub(super) fn gates(&mut self, file: GatesFile) -> Gates {
        let calls = file.calls.0.and_then(|text| self.keep(calls(&text)));
        let chance = file.chance.0.and_then(|number| self.chance(&number));
        let state = file
            .state
            .0
            .and_then(|text| self.keep(scalars::name(&text)));
        let after = file
            .after
            .0
            .and_then(|text| self.keep(scalars::span(&text)));
        let until = file
            .until
            .0
            .as_ref()
            .and_then(|text| self.keep(scalars::some_span(text)));
        if let (Some(after), Some(until), Some(text)) = (after, until, &file.until.0)
            && after >= until
        {
            let problem = text.refused(
                "a length of time greater than that of `after`; between these two there is none",
            );
            self.problems.push(problem);
        }
        Gates {
            calls,
            chance,
            state,
            after,
            until,
            ages: self.ages(file.age.0.unwrap_or_default()),
        }
    }

    fn chance(&mut self, number: &Placed<f64>) -> Option<f64> {
        let chance = number.value;
        if !(0.0..=1.0).contains(&chance) {
            self.refuse(
                number.at,
                format!("found the number `{chance}`; allowed: a number from 0 to 1, such as 0.25 for a quarter"),
            );
            return None;
        }
        if chance == 0.0 {
            self.warn(number.at, "a rule with `chance: 0` never applies");
        }
        Some(chance)
    }

    fn ages(&mut self, file: AgeFile) -> Vec<AgeGate> {
        let mut ages = Vec::new();
        for (of, text) in [
            (Aged::Client, file.client),
            (Aged::Token, file.token),
            (Aged::Key, file.key),
            (Aged::Certificate, file.certificate),
            (Aged::Statement, file.statement),
        ] {
            let range = text.0.and_then(|text| self.keep(age(&text)));
            ages.extend(range.map(|range| AgeGate { of, range }));
        }
        ages
    }
}

/// `3`, `1..2`, `4..`, `..3`, `every 5`.
fn calls(text: &Placed<Written>) -> Result<Calls, Problem> {
    let refused = |allowed: &str| Err(text.refused(allowed));
    let shape = "3, 1..2, 4.., ..3, every 5";
    let written = text.value.0.trim();
    let number = |part: &str| part.trim().parse::<u64>().ok();
    if let Some(every) = written.strip_prefix("every ") {
        return match number(every) {
            Some(0) => refused("every 1, every 2, …"),
            Some(every) => Ok(Calls::Every(every)),
            None => refused(shape),
        };
    }
    let Some((first, last)) = written.split_once("..") else {
        return match number(written) {
            Some(0) => refused("calls from 1 on; the first is 1"),
            Some(call) => Ok(Calls::Range(call, call)),
            None => refused(shape),
        };
    };
    let (first, last) = match (first.trim(), last.trim()) {
        ("", "") => return refused(shape),
        (first, "") => (number(first), Some(u64::MAX)),
        ("", last) => (Some(1), number(last)),
        (first, last) => (number(first), number(last)),
    };
    match (first, last) {
        (Some(0), _) | (_, Some(0)) => refused("calls from 1 on; the first is 1"),
        (Some(first), Some(last)) if first > last => {
            refused("a range whose end is not before its start; this one is empty")
        }
        (Some(first), Some(last)) => Ok(Calls::Range(first, last)),
        _ => refused(shape),
    }
}

/// `..3s`, `60s..`, `3s..60s`.
fn age(text: &Placed<Written>) -> Result<Range<Duration>, Problem> {
    let shape = "a range of ages: ..3s, 60s.., 3s..60s";
    let written = text.value.0.trim();
    let Some((from, to)) = written.split_once("..") else {
        return Err(text.refused(shape));
    };
    if from.trim().is_empty() && to.trim().is_empty() {
        return Err(text.refused(shape));
    }
    let from = match from.trim() {
        "" => Duration::ZERO,
        from => scalars::part(text, from)?,
    };
    let to = match to.trim() {
        "" => Duration::MAX,
        to => scalars::part(text, to)?,
    };
    if from >= to {
        return Err(text.refused("a range whose end is after its start; this one is empty"));
    }
    Ok(from..to)
}
