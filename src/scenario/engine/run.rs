//! A scenario in force: what it has done, apart from what it says.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::counting::Counts;
use super::draws::{Draws, Source};
use crate::scenario::model::{Aged, Per, Rule, START, Scenario};

/// A scenario in force.
#[derive(Debug)]
pub struct Run {
    /// What it says.
    pub scenario: Arc<Scenario>,
    /// When it came into force.
    pub since: i64,
    /// Whether a rule for handshakes needs the client certificate.
    pub wants_certificate: bool,
    /// Where the draws of its rules begin, in their order.
    sources: Vec<Source>,
    progress: Mutex<Progress>,
}

/// What it has done.
#[derive(Debug)]
pub struct Progress {
    /// Its state.
    pub state: String,
    /// What its rules have counted, in their order.
    pub counts: Vec<Counts>,
}

impl Run {
    /// From now on. `seed` is the world's, for a scenario that has none.
    pub fn new(scenario: Arc<Scenario>, seed: u64, now: i64) -> Self {
        let seed = scenario.seed.unwrap_or(seed);
        let counts = scenario.rules.iter().map(|_| Counts::default()).collect();
        let source = |rule: &Rule| Source::new(seed, &scenario.name, &rule.name);
        Self {
            since: now,
            sources: scenario.rules.iter().map(source).collect(),
            wants_certificate: scenario.rules.iter().any(wants_certificate),
            progress: Mutex::new(Progress {
                state: START.to_owned(),
                counts,
            }),
            scenario,
        }
    }

    /// What is drawn for a call of the rule at a position.
    pub fn draws(&self, rule: usize, call: u64) -> Draws {
        let source = self.sources.get(rule).copied();
        // Every rule has one.
        source.unwrap_or_else(|| Source::new(0, "", "")).draws(call)
    }

    /// What it has done, for as long as it is held.
    pub fn progress(&self) -> MutexGuard<'_, Progress> {
        self.progress.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Whether it can only be judged in a handshake once the client certificate is known.
fn wants_certificate(rule: &Rule) -> bool {
    let matching = &rule.matching;
    let of_caller = matching.software_id.is_some() || matching.org_id.is_some();
    let counts_callers = matches!(rule.per, Per::Software | Per::Org | Per::Certificate);
    let mut ages = rule.gates.ages.iter();
    let needs = of_caller
        || counts_callers
        || !matching.certificate.is_empty()
        || ages.any(|age| age.of == Aged::Certificate);
    needs && matching.is_about_handshakes()
}
