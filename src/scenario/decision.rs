//! What becomes of one exchange, and why.

use std::sync::Arc;
use std::time::Duration;

use crate::scenario::model::{Effect, Fault, InteractionIdEffect, Stage};
use crate::scenario::trail::Trail;

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
    pub trail: Trail,
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

/// Holds a place among those in flight; dropping it frees the place.
#[derive(Debug)]
pub struct Permit {
    pub(super) _in_flight: Vec<Arc<()>>,
}
