//! The rules that an exchange was held against, and what became of each.
//!
//! Most rules are about other exchanges, and a scenario may have thousands: those that stand one after the
//! other and are missed by the same matcher are kept as one.

use std::mem::size_of;
use std::sync::Arc;

use crate::scenario::model::Scenario;

/// The rules that were tried, in order, and what became of each.
#[derive(Debug, Clone, Default)]
pub struct Trail {
    scenarios: Vec<Of>,
}

/// The rules of one scenario.
#[derive(Debug, Clone)]
struct Of {
    scenario: Arc<Scenario>,
    entries: Vec<Entry>,
}

#[derive(Debug, Clone)]
enum Entry {
    /// So many rules, one after the other, are missed by this matcher.
    Missed(&'static str, usize),
    /// A rule is about the exchange.
    Matched(Call),
}

/// A call of a rule that is about the exchange, and what became of it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Call {
    /// Its number.
    pub number: u64,
    /// The draw, where the rule has a chance.
    pub draw: Option<f64>,
    /// What became of it.
    pub outcome: Outcome,
}

/// The place in a trail of a rule that is about the exchange.
#[derive(Debug, Clone, Copy)]
pub struct Place {
    scenario: usize,
    entry: usize,
}

/// What became of one rule.
#[derive(Debug, Clone, Copy)]
pub struct Tried<'a> {
    /// Its scenario.
    pub scenario: &'a Scenario,
    /// Its position in that, from 0.
    pub rule: usize,
    /// The number of the call, where it matches.
    pub call: Option<u64>,
    /// The draw, where it has a chance.
    pub draw: Option<f64>,
    /// What became of it.
    pub outcome: Outcome,
}

/// What became of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outcome {
    /// It is about other exchanges; the matcher that says so, such as `claim`.
    Missed(&'static str),
    /// Its time has not come, or is over; the gate that says so, such as `calls`.
    Closed(&'static str),
    /// It applied and the search went on: a delay, an interaction id, or a change of state.
    Added,
    /// It applied and ended the search.
    Applied,
    /// It would reject by a check that the bank does not have here.
    NoSuchCheck,
    /// Its limit was not exceeded.
    WithinLimit,
    /// The search had ended before.
    NotReached,
}

impl Trail {
    /// The rules of this scenario come next.
    pub fn begin(&mut self, scenario: &Arc<Scenario>) {
        self.scenarios.push(Of {
            scenario: Arc::clone(scenario),
            entries: Vec::new(),
        });
    }

    /// The next rule is about other exchanges, as this matcher says.
    pub fn missed(&mut self, by: &'static str) {
        let Some(of) = self.scenarios.last_mut() else {
            return;
        };
        match of.entries.last_mut() {
            Some(Entry::Missed(matcher, rules)) if *matcher == by => *rules += 1,
            _ => of.entries.push(Entry::Missed(by, 1)),
        }
    }

    /// The next rule is about the exchange; what becomes of it is still to be told.
    pub fn matched(&mut self) -> Place {
        let scenario = self.scenarios.len().saturating_sub(1);
        let entries = self.scenarios.last_mut().map(|of| &mut of.entries);
        let entry = entries.map_or(0, |entries| {
            entries.push(Entry::Matched(Call {
                number: 0,
                draw: None,
                outcome: Outcome::NotReached,
            }));
            entries.len() - 1
        });
        Place { scenario, entry }
    }

    /// What became of the rule at this place.
    pub fn tell(&mut self, place: Place, call: Call) {
        let of = self.scenarios.get_mut(place.scenario);
        if let Some(entry) = of.and_then(|of| of.entries.get_mut(place.entry)) {
            *entry = Entry::Matched(call);
        }
    }

    /// The rules, in order.
    pub fn iter(&self) -> impl Iterator<Item = Tried<'_>> {
        self.scenarios.iter().flat_map(Of::rules)
    }

    /// Whether no rule was tried.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.scenarios.iter().all(|of| of.entries.is_empty())
    }

    /// The bytes that it takes besides itself.
    #[must_use]
    pub fn heap_size(&self) -> usize {
        let entries = self.scenarios.iter().map(|of| of.entries.capacity());
        self.scenarios.capacity() * size_of::<Of>() + entries.sum::<usize>() * size_of::<Entry>()
    }
}

impl Of {
    fn rules(&self) -> impl Iterator<Item = Tried<'_>> {
        let mut next = 0;
        self.entries.iter().flat_map(move |entry| {
            let first = next;
            next += entry.rules();
            (first..next).map(move |rule| entry.tried(&self.scenario, rule))
        })
    }
}

impl Entry {
    /// How many it stands for.
    fn rules(&self) -> usize {
        match self {
            Self::Missed(_, rules) => *rules,
            Self::Matched(_) => 1,
        }
    }

    fn tried<'a>(&self, scenario: &'a Scenario, rule: usize) -> Tried<'a> {
        let (call, draw, outcome) = match self {
            Self::Missed(by, _) => (None, None, Outcome::Missed(by)),
            Self::Matched(call) => (Some(call.number), call.draw, call.outcome),
        };
        Tried {
            scenario,
            rule,
            call,
            draw,
            outcome,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::dialect::policy::PolicyChanges;

    fn scenario(name: &str) -> Arc<Scenario> {
        Arc::new(Scenario {
            name: name.to_owned(),
            description: None,
            seed: None,
            policy: PolicyChanges::default(),
            rules: Vec::new(),
        })
    }

    fn call(number: u64, outcome: Outcome) -> Call {
        Call {
            number,
            draw: Some(0.5),
            outcome,
        }
    }

    #[test]
    fn every_rule_is_told_in_its_place() {
        let mut trail = Trail::default();
        trail.begin(&scenario("a"));
        trail.missed("claim");
        trail.missed("claim");
        trail.missed("path");
        let first = trail.matched();
        trail.missed("path");
        trail.begin(&scenario("none"));
        trail.begin(&scenario("b"));
        let second = trail.matched();
        trail.missed("claim");
        trail.tell(second, call(7, Outcome::Applied));
        trail.tell(first, call(1, Outcome::Closed("calls")));
        let told = trail.iter().map(|tried| {
            let outcome = tried.outcome;
            (
                tried.scenario.name.as_str(),
                tried.rule,
                tried.call,
                outcome,
            )
        });
        let missed = Outcome::Missed;
        assert_eq!(
            told.collect::<Vec<_>>(),
            [
                ("a", 0, None, missed("claim")),
                ("a", 1, None, missed("claim")),
                ("a", 2, None, missed("path")),
                ("a", 3, Some(1), Outcome::Closed("calls")),
                ("a", 4, None, missed("path")),
                ("b", 0, Some(7), Outcome::Applied),
                ("b", 1, None, missed("claim")),
            ]
        );
    }

    #[test]
    fn rules_about_other_exchanges_take_no_room_each() {
        let sized = |rules| {
            let mut trail = Trail::default();
            trail.begin(&scenario("a"));
            (0..rules).for_each(|_| trail.missed("operation"));
            assert_eq!(trail.iter().count(), rules);
            trail.heap_size()
        };
        assert_eq!(sized(1), sized(1_000));
    }

    #[test]
    fn without_rules_it_is_empty() {
        let mut trail = Trail::default();
        assert!(trail.is_empty());
        trail.begin(&scenario("a"));
        assert!(trail.is_empty());
        trail.missed("operation");
        assert!(!trail.is_empty());
    }
}
