//! What the scenarios in force have done: to look at, to keep, and to take up again.

use std::collections::HashSet;
use std::sync::{Arc, PoisonError};

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::counting::{Counts, Key};
use super::run::Run;
use super::{Engine, Runs};
use crate::document::problem::BadFile;
use crate::document::tree::shown;
use crate::scenario::model::{Per, Rule, START, Scenario};
use crate::scenario::{Banks, Library, Narrowed, parse_match_value};

/// A scenario in force, as one looks at it.
#[derive(Debug, Clone, PartialEq)]
pub struct InForce {
    /// Its name.
    pub name: String,
    /// When it came into force, in milliseconds of the world's clock since the epoch.
    pub since: i64,
    /// Whether it is in force from the start: tried after those that were activated.
    pub from_start: bool,
    /// Its state.
    pub state: String,
    /// The match that it was activated with, as it was given.
    pub narrowed: Option<Value>,
    /// What its rules have counted, in their order.
    pub rules: Vec<RuleCount>,
}

/// What a rule has counted.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RuleCount {
    /// Its name.
    pub name: String,
    /// The exchanges that it is about, of all keys that are remembered.
    pub calls: u64,
    /// How many keys are counted apart; `None` if it counts nothing apart.
    pub keys: Option<usize>,
}

/// What a scenario in force has done, for a snapshot. Quotas and places in flight are not part of it:
/// they begin anew.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ScenarioProgress {
    /// Its name.
    pub name: String,
    /// Whether it is in force from the start.
    pub from_start: bool,
    /// When it came into force, in milliseconds of the world's clock since the epoch.
    pub since: i64,
    /// The match that it was activated with, as it was given.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub narrowed: Option<Value>,
    /// Its state.
    pub state: String,
    /// What its rules have counted, by their names.
    pub rules: Vec<RuleProgress>,
}

/// What a rule has counted, for a snapshot.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RuleProgress {
    /// Its name.
    pub name: String,
    /// What it counted without a key.
    pub calls: u64,
    /// What it counted by key, the oldest first: the SHA-256 of the key in hexadecimal digits.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub keys: Vec<(String, u64)>,
}

/// Why scenarios cannot go on from what they had done.
#[derive(Debug, Clone, PartialEq, thiserror::Error)]
pub enum ResumeError {
    /// There is none of this name.
    #[error("found the scenario `{name}`; allowed: {known}; put it there first")]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// The scenario of this name has no such state or rule.
    #[error("`{field}`: found `{found}`; allowed: {allowed}, as the scenario `{scenario}` is here")]
    NotIn {
        /// The member, with its path in the list.
        field: String,
        /// The scenario.
        scenario: String,
        /// What is there.
        found: String,
        /// What may be.
        allowed: String,
    },
    /// The match that it was activated with cannot be read.
    #[error("the `narrowed` of scenario `{name}` cannot be used: {bad}")]
    Narrowed {
        /// The scenario.
        name: String,
        /// What is wrong with it.
        bad: BadFile,
    },
    /// No snapshot has such a key.
    #[error(
        "found the key `{key}` of rule `{rule}` in scenario `{scenario}`; allowed: 64 hexadecimal digits, as the snapshot had them"
    )]
    Key {
        /// The scenario.
        scenario: String,
        /// Its rule.
        rule: String,
        /// What stands there, or its beginning.
        key: String,
    },
}

impl Engine {
    /// The scenarios in force, in the order in which they are tried.
    pub fn in_force(&self) -> Vec<InForce> {
        self.each(|run, from_start| {
            let progress = run.progress();
            let rules = run.scenario.rules.iter().zip(&progress.counts);
            InForce {
                name: run.scenario.name.clone(),
                since: run.since,
                from_start,
                state: progress.state.clone(),
                narrowed: given(run),
                rules: rules.map(|(rule, counts)| counted(rule, counts)).collect(),
            }
        })
    }

    /// What they have done, in that order.
    pub fn progress(&self) -> Vec<ScenarioProgress> {
        self.each(|run, from_start| {
            let progress = run.progress();
            let rules = run.scenario.rules.iter().zip(&progress.counts);
            ScenarioProgress {
                name: run.scenario.name.clone(),
                from_start,
                since: run.since,
                narrowed: given(run),
                state: progress.state.clone(),
                rules: rules.map(|(rule, counts)| kept(rule, counts)).collect(),
            }
        })
    }

    /// Puts these in force, in their order and where they had come to, and nothing else. Rules that are
    /// not told of begin anew. Of two with one name, the first is.
    ///
    /// # Errors
    /// See [`ResumeError`]; then nothing has changed.
    pub fn resume(
        &self,
        progress: Vec<ScenarioProgress>,
        library: &Library,
        banks: &Banks,
    ) -> Result<(), ResumeError> {
        let mut resumed = Runs::default();
        let mut names = HashSet::new();
        for (position, one) in progress.into_iter().enumerate() {
            if !names.insert(one.name.clone()) {
                continue;
            }
            let place = if one.from_start {
                &mut resumed.from_start
            } else {
                &mut resumed.activated
            };
            let scenario = known(&one, library)?;
            check_names(&one, &scenario, position)?;
            let narrowed = read_narrowed(&one, banks)?;
            let run = Run::new(scenario, narrowed, self.seed, one.since);
            take_up(&run, one)?;
            place.push(Arc::new(run));
        }
        self.change(|runs| *runs = resumed);
        Ok(())
    }

    /// All at the same moment, between two decisions.
    fn each<T>(&self, look: impl Fn(&Run, bool) -> T) -> Vec<T> {
        let _held = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        let runs = self.read();
        let activated = runs.activated.iter().map(|run| look(run, false));
        let from_start = runs.from_start.iter().map(|run| look(run, true));
        activated.chain(from_start).collect()
    }
}

fn given(run: &Run) -> Option<Value> {
    let narrowed = run.narrowed.as_ref();
    narrowed.map(|narrowed| narrowed.given.clone())
}

fn counted(rule: &Rule, counts: &Counts) -> RuleCount {
    let by_key = counts.by_key().map(|(_, calls)| calls);
    RuleCount {
        name: rule.name.clone(),
        calls: by_key.fold(counts.whole(), u64::saturating_add),
        keys: (rule.per != Per::Rule).then(|| counts.by_key().count()),
    }
}

fn kept(rule: &Rule, counts: &Counts) -> RuleProgress {
    let by_key = counts.by_key();
    RuleProgress {
        name: rule.name.clone(),
        calls: counts.whole(),
        keys: by_key.map(|(key, calls)| (hex(key), calls)).collect(),
    }
}

fn known(progress: &ScenarioProgress, library: &Library) -> Result<Arc<Scenario>, ResumeError> {
    let scenario = library.get(&progress.name);
    scenario.ok_or_else(|| ResumeError::Unknown {
        name: progress.name.clone(),
        known: library.names().join(", "),
    })
}

/// That the scenario has the state and the rules.
fn check_names(
    progress: &ScenarioProgress,
    scenario: &Scenario,
    position: usize,
) -> Result<(), ResumeError> {
    let not_in = |member: &str, found: &str, allowed: &[&str]| ResumeError::NotIn {
        field: format!("{position}.{member}"),
        scenario: scenario.name.clone(),
        found: shown(found),
        allowed: allowed.join(", "),
    };
    let mut states = vec![START];
    for next in scenario
        .rules
        .iter()
        .filter_map(|rule| rule.next_state.as_deref())
    {
        if !states.contains(&next) {
            states.push(next);
        }
    }
    if !states.contains(&progress.state.as_str()) {
        return Err(not_in("state", &progress.state, &states));
    }
    let rules: Vec<&str> = scenario
        .rules
        .iter()
        .map(|rule| rule.name.as_str())
        .collect();
    for (at, rule) in progress.rules.iter().enumerate() {
        if !rules.contains(&rule.name.as_str()) {
            return Err(not_in(&format!("rules.{at}.name"), &rule.name, &rules));
        }
    }
    Ok(())
}

fn read_narrowed(
    progress: &ScenarioProgress,
    banks: &Banks,
) -> Result<Option<Arc<Narrowed>>, ResumeError> {
    let Some(given) = &progress.narrowed else {
        return Ok(None);
    };
    let narrowed = parse_match_value(given, banks);
    let narrowed = narrowed.map_err(|bad| ResumeError::Narrowed {
        name: progress.name.clone(),
        bad,
    })?;
    Ok(Some(Arc::new(narrowed)))
}

/// A scenario that has just begun goes on from there.
fn take_up(run: &Run, progress: ScenarioProgress) -> Result<(), ResumeError> {
    let mut begun = run.progress();
    for (rule, counts) in run.scenario.rules.iter().zip(&mut begun.counts) {
        let Some(kept) = progress.rules.iter().find(|kept| kept.name == rule.name) else {
            continue;
        };
        counts.of(None).calls = kept.calls;
        for (text, calls) in &kept.keys {
            let key = unhex(text).ok_or_else(|| ResumeError::Key {
                scenario: progress.name.clone(),
                rule: rule.name.clone(),
                key: text.chars().take(100).collect(),
            })?;
            counts.of(Some(key)).calls = *calls;
        }
    }
    begun.state = progress.state;
    Ok(())
}

fn hex(key: &Key) -> String {
    key.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn unhex(text: &str) -> Option<Key> {
    let mut key = Key::default();
    let digits = text.as_bytes();
    if digits.len() != key.len() * 2 || !digits.iter().all(u8::is_ascii_hexdigit) {
        return None;
    }
    for (byte, pair) in key.iter_mut().zip(digits.chunks_exact(2)) {
        *byte = u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok()?;
    }
    Some(key)
}
