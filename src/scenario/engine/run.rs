//! A scenario in force: what it has done, apart from what it says.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::counting::Counts;
use super::draws::{Draws, Source};
use crate::scenario::matcher::Matching;
use crate::scenario::model::{Aged, Per, Rule, START, Scenario};
use crate::scenario::narrowed::Narrowed;

/// A scenario in force.
#[derive(Debug)]
pub struct Run {
    /// What it says.
    pub scenario: Arc<Scenario>,
    /// What it was narrowed to.
    pub narrowed: Option<Arc<Narrowed>>,
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
    pub fn new(
        scenario: Arc<Scenario>,
        narrowed: Option<Arc<Narrowed>>,
        seed: u64,
        now: i64,
    ) -> Self {
        let seed = scenario.seed.unwrap_or(seed);
        let counts = scenario.rules.iter().map(|_| Counts::default()).collect();
        let source = |rule: &Rule| Source::new(seed, &scenario.name, &rule.name);
        let narrowing = narrowed.as_ref().map(|narrowed| &narrowed.matching);
        let wants = |rule: &Rule| wants_certificate(rule, narrowing);
        Self {
            since: now,
            sources: scenario.rules.iter().map(source).collect(),
            wants_certificate: scenario.rules.iter().any(wants),
            progress: Mutex::new(Progress {
                state: START.to_owned(),
                counts,
            }),
            scenario,
            narrowed,
        }
    }

    /// What this scenario is when it begins anew in the place of this one.
    pub fn of(&self, scenario: Arc<Scenario>, seed: u64, now: i64) -> Self {
        Self::new(scenario, self.narrowed.clone(), seed, now)
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
fn wants_certificate(rule: &Rule, narrowing: Option<&Matching>) -> bool {
    let matching = &rule.matching;
    let counts_callers = matches!(rule.per, Per::Software | Per::Org | Per::Certificate);
    let mut ages = rule.gates.ages.iter();
    let needs = is_of_caller(matching)
        || narrowing.is_some_and(is_of_caller)
        || counts_callers
        || ages.any(|age| age.of == Aged::Certificate);
    needs && matching.is_about_handshakes()
}

/// Whether it asks who calls.
fn is_of_caller(matching: &Matching) -> bool {
    let names_caller = matching.software_id.is_some() || matching.org_id.is_some();
    names_caller || !matching.certificate.is_empty()
}
