//! What becomes of one exchange, and why.

use std::sync::Arc;
use std::time::Duration;

use crate::scenario::model::{Effect, Fault, InteractionIdEffect, Scenario, Stage};

/// What becomes of one exchange.
#[derive(Debug, Default)]
pub struct Decision {
    /// What happens; `None` if the bank answers.
    pub act: Option<Act>,
    /// How long the answer is held back.
    pub delay: Option<Duration>,
    /// What becomes of `x-fapi-interaction-id`.
    pub interaction_id: Option<InteractionIdEffect>,
    /// The rule that ended the search.
    pub applied: Option<Applied>,
    /// The rules that were tried, in order, and what became of each.
    pub trail: Vec<Tried>,
    /// Held for as long as the exchange is in flight; `limit: {in_flight}` counts it.
    pub permit: Option<Permit>,
}

/// What happens.
#[derive(Debug, Clone)]
pub enum Act {
    /// This effect, before or after the bank's work. Its `delay` and `interaction_id` are in the
    /// decision already, and it has an answer other than `Limit`, or a fault, or both.
    Effect(Arc<Effect>, Stage),
    /// The limit is exceeded: 429, and when to come again.
    Exceeded {
        /// How long until the next call is within the quota; `None` where nobody can tell.
        retry_after: Option<Duration>,
        /// What else the rule does to that answer.
        fault: Option<Fault>,
    },
}

/// The rule that ended the search.
#[derive(Debug, Clone, PartialEq)]
pub struct Applied {
    /// Name of its scenario.
    pub scenario: String,
    /// Its name.
    pub rule: String,
    /// The number of the call.
    pub call: u64,
    /// The draw that its `chance` was held against, from 0 to 1, exclusive.
    pub draw: Option<f64>,
}

/// What became of one rule.
#[derive(Debug, Clone)]
pub struct Tried {
    /// Its scenario.
    pub scenario: Arc<Scenario>,
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

/// Holds a place among those in flight; dropping it frees the place.
#[derive(Debug)]
pub struct Permit {
    pub(super) _in_flight: Vec<Arc<()>>,
}
