//! The match that a scenario is activated with.

use serde_json::Value;

use crate::scenario::matcher::Matching;

/// The match that a scenario is activated with: and-ed to that of every rule.
#[derive(Debug, Clone)]
pub struct Narrowed {
    /// What it is about.
    pub matching: Matching,
    /// The same as it was given.
    pub given: Value,
}
