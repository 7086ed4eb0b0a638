//! What is expected of the exchanges of a world.

use std::fmt;
use std::time::Duration;

use crate::scenario::matcher::{Matcher, Matching};

/// What is expected of the exchanges of a world.
#[derive(Debug, Clone)]
pub struct Expectation {
    /// What must be so.
    pub wanted: Wanted,
    /// How long to wait until it is, in real time.
    pub within: Option<Duration>,
}

/// What must be so.
#[derive(Debug, Clone)]
pub enum Wanted {
    /// So many of them are there.
    Count(Box<Sought>, Times),
    /// They follow each other, others in between or not.
    InOrder(Vec<Sought>),
}

/// How many; both ends are included.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Times {
    /// No fewer.
    pub at_least: u64,
    /// No more; `u64::MAX` for no end.
    pub at_most: u64,
}

/// Which exchanges: all must hold. What is `None` holds for every one.
#[derive(Debug, Clone, Default)]
pub struct Sought {
    /// What the rules of scenarios can look at.
    pub matching: Matching,
    /// The status of the answer as it was meant.
    pub status: Option<Matcher>,
    /// The scenario whose rule ended the search for an answer.
    pub scenario: Option<Matcher>,
    /// That rule.
    pub rule: Option<Matcher>,
    /// The exchange's `x-fapi-interaction-id`.
    pub interaction_id: Option<Matcher>,
}

/// What became of an exchange.
#[derive(Debug, Clone, Copy, Default)]
pub struct Became<'a> {
    /// The status of the answer as it was meant.
    pub status: Option<u16>,
    /// The scenario whose rule ended the search for an answer.
    pub scenario: Option<&'a str>,
    /// That rule.
    pub rule: Option<&'a str>,
    /// What names the exchange.
    pub interaction_id: Option<&'a str>,
}

impl Sought {
    /// Those that both are about.
    #[must_use]
    pub fn and(self, other: Self) -> Self {
        Self {
            matching: self.matching.and(other.matching),
            status: Matcher::both(self.status, other.status),
            scenario: Matcher::both(self.scenario, other.scenario),
            rule: Matcher::both(self.rule, other.rule),
            interaction_id: Matcher::both(self.interaction_id, other.interaction_id),
        }
    }
}

impl Expectation {
    /// Whether further exchanges change nothing: so many match now, and that is what is wanted or not.
    #[must_use]
    pub fn is_settled(&self, count: u64, is_met: bool) -> bool {
        match &self.wanted {
            Wanted::Count(_, times) if times.at_most < u64::MAX => count > times.at_most,
            _ => is_met,
        }
    }
}

impl Times {
    /// Neither more nor fewer.
    #[must_use]
    pub fn exactly(times: u64) -> Self {
        Self {
            at_least: times,
            at_most: times,
        }
    }

    /// No fewer.
    #[must_use]
    pub fn at_least(times: u64) -> Self {
        Self {
            at_least: times,
            at_most: u64::MAX,
        }
    }

    /// No more.
    #[must_use]
    pub fn at_most(times: u64) -> Self {
        Self {
            at_least: 0,
            at_most: times,
        }
    }

    /// Whether so many are right.
    #[must_use]
    pub fn holds(self, count: u64) -> bool {
        (self.at_least..=self.at_most).contains(&count)
    }
}

/// `exactly 3`, `at least 1`, `at most 2`, `1 to 2`.
impl fmt::Display for Times {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.at_least, self.at_most) {
            (least, most) if least == most => write!(formatter, "exactly {least}"),
            (least, u64::MAX) => write!(formatter, "at least {least}"),
            (0, most) => write!(formatter, "at most {most}"),
            (least, most) => write!(formatter, "{least} to {most}"),
        }
    }
}
