//! Gates: whether a rule applies to an exchange that it is about.

use std::time::Duration;

use crate::scenario::model::{AgeGate, Calls, Gates};
use crate::scenario::seen::Born;

/// What gates are held against.
#[derive(Debug, Clone, Copy)]
pub struct Moment<'a> {
    /// The number of the call.
    pub call: u64,
    /// The draw, where there is a chance.
    pub draw: Option<f64>,
    /// The state of the scenario.
    pub state: &'a str,
    /// When the scenario came into force.
    pub since: i64,
    /// The time.
    pub now: i64,
    /// When things came to be.
    pub born: Born,
}

impl Moment<'_> {
    /// How long ago that was. What lies ahead, by a clock that was set back, is new.
    fn age(&self, since: i64) -> Duration {
        let passed = self.now.saturating_sub(since);
        Duration::from_millis(u64::try_from(passed).unwrap_or(0))
    }
}

/// The first gate that is closed, by its word in scenario files.
pub fn closed(gates: &Gates, at: &Moment<'_>) -> Option<&'static str> {
    if gates.calls.is_some_and(|calls| !includes(calls, at.call)) {
        return Some("calls");
    }
    let draw = at.draw.unwrap_or(0.0);
    // So that a chance that is no number is none.
    if !gates.chance.is_none_or(|chance| draw < chance) {
        return Some("chance");
    }
    if gates.state.as_ref().is_some_and(|state| state != at.state) {
        return Some("state");
    }
    let passed = at.age(at.since);
    if gates.after.is_some_and(|after| passed < after) {
        return Some("after");
    }
    if gates.until.is_some_and(|until| passed >= until) {
        return Some("until");
    }
    let is_of_age = |gate: &AgeGate| {
        let born = at.born.of(gate.of);
        born.is_some_and(|born| gate.range.contains(&at.age(born)))
    };
    (!gates.ages.iter().all(is_of_age)).then_some("age")
}

fn includes(calls: Calls, call: u64) -> bool {
    match calls {
        Calls::Range(first, last) => (first..=last).contains(&call),
        Calls::Every(nth) => call.is_multiple_of(nth),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::scenario::model::Aged;

    const SECOND: Duration = Duration::from_secs(1);

    fn at() -> Moment<'static> {
        Moment {
            call: 3,
            draw: Some(0.25),
            state: "start",
            since: 1_000,
            now: 2_000,
            born: Born {
                token: Some(1_500),
                ..Born::default()
            },
        }
    }

    fn open() -> Gates {
        Gates::default()
    }

    fn age(of: Aged, from: u64, to: u64) -> Gates {
        let range = Duration::from_millis(from)..Duration::from_millis(to);
        Gates {
            ages: vec![AgeGate { of, range }],
            ..open()
        }
    }

    #[test]
    fn each_gate_opens_and_closes_where_it_says() {
        let calls = |calls| Gates {
            calls: Some(calls),
            ..open()
        };
        let chance = |chance| Gates {
            chance: Some(chance),
            ..open()
        };
        let state = |state: &str| Gates {
            state: Some(state.into()),
            ..open()
        };
        let after = |after| Gates {
            after: Some(after),
            ..open()
        };
        let until = |until| Gates {
            until: Some(until),
            ..open()
        };
        let tick = Duration::from_millis(1);
        for (gates, expected) in [
            (open(), None),
            (calls(Calls::Range(3, 3)), None),
            (calls(Calls::Range(1, 3)), None),
            (calls(Calls::Range(1, 2)), Some("calls")),
            (calls(Calls::Range(4, u64::MAX)), Some("calls")),
            (calls(Calls::Range(3, u64::MAX)), None),
            (calls(Calls::Every(3)), None),
            (calls(Calls::Every(2)), Some("calls")),
            (calls(Calls::Every(0)), Some("calls")),
            (chance(0.26), None),
            (chance(0.25), Some("chance")),
            (chance(0.0), Some("chance")),
            (chance(1.0), None),
            (chance(f64::NAN), Some("chance")),
            (state("start"), None),
            (state("other"), Some("state")),
            (after(SECOND), None),
            (after(SECOND + tick), Some("after")),
            (until(SECOND), Some("until")),
            (until(SECOND + tick), None),
            (age(Aged::Token, 500, 501), None),
            (age(Aged::Token, 0, 500), Some("age")),
            (age(Aged::Token, 501, 900), Some("age")),
            (age(Aged::Client, 0, 900), Some("age")),
        ] {
            assert_eq!(closed(&gates, &at()), expected, "{gates:?}");
        }
    }

    #[test]
    fn the_first_that_is_closed_is_named() {
        let mut gates = Gates {
            calls: Some(Calls::Every(2)),
            chance: Some(0.0),
            state: Some("other".to_owned()),
            after: Some(SECOND * 2),
            until: Some(Duration::ZERO),
            ..age(Aged::Client, 0, 1)
        };
        let mut named = Vec::new();
        while let Some(gate) = closed(&gates, &at()) {
            named.push(gate);
            match gate {
                "calls" => gates.calls = None,
                "chance" => gates.chance = None,
                "state" => gates.state = None,
                "after" => gates.after = None,
                "until" => gates.until = None,
                _ => gates.ages.clear(),
            }
        }
        assert_eq!(named, ["calls", "chance", "state", "after", "until", "age"]);
    }

    #[test]
    fn a_clock_that_was_set_back_makes_everything_new() {
        for now in [0, i64::MIN] {
            let back = Moment { now, ..at() };
            let new = age(Aged::Token, 0, 1);
            assert_eq!(closed(&new, &back), None);
            let at_once = Gates {
                after: Some(Duration::ZERO),
                ..open()
            };
            assert_eq!(closed(&at_once, &back), None);
        }
    }
}
