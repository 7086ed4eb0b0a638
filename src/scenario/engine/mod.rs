//! The engine: decides what becomes of exchanges, one after the other.
//!
//! What a scenario says ([`Scenario`]) is apart from what it has done (`run`). Which rules are about an
//! exchange is found out without a lock (`trial`); counting, gates and effects are one step
//! under one, so that all decisions stand in one order, and the same order gives the same decisions,
//! whatever the threads.

mod counting;
mod draws;
mod gates;
pub mod progress;
mod quota;
mod run;
#[cfg(test)]
mod tests;
mod trial;

use std::collections::{HashMap, HashSet};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use self::quota::Steady;
use self::run::Run;
use self::trial::{Matched, Trial};
use crate::dialect::policy::PolicyChanges;
use crate::scenario::decision::Decision;
use crate::scenario::model::Scenario;
use crate::scenario::narrowed::Narrowed;
use crate::scenario::seen::Seen;

/// The scenarios in force in one world, and what they have done. Times are milliseconds of the
/// world's clock since the epoch.
///
/// A rule counts apart by at most 100,000 keys of its `per`, and then forgets the one that came first.
#[derive(Debug)]
pub struct Engine {
    seed: u64,
    runs: RwLock<Runs>,
    /// How many are in force, without those of requests.
    size: AtomicUsize,
    /// Held while an exchange is counted: the order of decisions.
    order: Mutex<Steady>,
}

#[derive(Debug, Default)]
struct Runs {
    /// The last activated first.
    activated: Vec<Arc<Run>>,
    from_start: Vec<Arc<Run>>,
    /// Those that requests have brought themselves, by name.
    own: HashMap<String, Arc<Run>>,
}

impl Runs {
    /// In the order in which they are tried.
    fn in_force(&self) -> impl DoubleEndedIterator<Item = &Arc<Run>> {
        self.activated.iter().chain(&self.from_start)
    }

    fn in_force_mut(&mut self) -> impl Iterator<Item = &mut Arc<Run>> {
        self.activated.iter_mut().chain(&mut self.from_start)
    }

    fn remove(&mut self, name: &str) -> bool {
        let before = self.in_force().count();
        self.activated.retain(|run| run.scenario.name != name);
        self.from_start.retain(|run| run.scenario.name != name);
        self.in_force().count() < before
    }
}

impl Engine {
    /// With nothing in force. The seed decides draws of scenarios that have none of their own.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            runs: RwLock::default(),
            size: AtomicUsize::new(0),
            order: Mutex::default(),
        }
    }

    /// Puts a scenario in force, as the first that is tried. If one of that name was, its counts,
    /// state, quotas and times begin anew.
    pub fn activate(&self, scenario: Arc<Scenario>, now: i64) {
        self.activate_narrowed(scenario, None, now);
    }

    /// The same, where every rule is only about what the match is about, too: for anything else the
    /// scenario is not there. The switches of its `policy` know no match.
    pub fn activate_narrowed(
        &self,
        scenario: Arc<Scenario>,
        narrowed: Option<Arc<Narrowed>>,
        now: i64,
    ) {
        self.change(|runs| {
            runs.remove(&scenario.name);
            let run = Run::new(scenario, narrowed, self.seed, now);
            runs.activated.insert(0, Arc::new(run));
        });
    }

    /// The same for those in force from the start: they are tried after the activated ones, in their
    /// order.
    pub fn activate_from_start(&self, scenario: Arc<Scenario>, now: i64) {
        self.change(|runs| {
            runs.remove(&scenario.name);
            let run = Run::new(scenario, None, self.seed, now);
            runs.from_start.push(Arc::new(run));
        });
    }

    /// Ends the scenario of this name; says whether there was one.
    pub fn deactivate(&self, name: &str) -> bool {
        self.change(|runs| runs.remove(name))
    }

    /// Changed files, each by the name that its scenario had and with what it says now: where one of
    /// them is in force, it begins anew in its place and as narrowed; what was counted for those of
    /// requests is forgotten.
    pub fn replace(&self, changes: &[(String, Arc<Scenario>)], now: i64) {
        self.change(|runs| {
            for (before, scenario) in changes {
                runs.own.remove(before);
                runs.own.remove(&scenario.name);
            }
            for run in runs.in_force_mut() {
                if let Some(scenario) = replacement(changes, &run.scenario.name) {
                    *run = Arc::new(run.of(Arc::clone(scenario), self.seed, now));
                }
            }
            // A new name may be that of another.
            let mut names = HashSet::new();
            let mut is_first = |run: &Arc<Run>| names.insert(run.scenario.name.clone());
            runs.activated.retain(&mut is_first);
            runs.from_start.retain(&mut is_first);
        });
    }

    /// Begins everything that is in force anew, in its place and as narrowed: counts, states, times,
    /// quotas. Those of requests begin with their next use.
    pub fn restart_counts(&self, now: i64) {
        self.change(|runs| {
            runs.own.clear();
            for run in runs.in_force_mut() {
                *run = Arc::new(run.of(Arc::clone(&run.scenario), self.seed, now));
            }
        });
    }

    /// Puts these in force from the start, in their order, and nothing else.
    pub fn restart(&self, from_start: Vec<Arc<Scenario>>, now: i64) {
        let begun = |scenario| Arc::new(Run::new(scenario, None, self.seed, now));
        self.change(|runs| {
            *runs = Runs {
                from_start: from_start.into_iter().map(begun).collect(),
                ..Runs::default()
            };
        });
    }

    /// Whether nothing is in force: then only a request's own scenario decides anything.
    pub fn is_idle(&self) -> bool {
        self.size.load(Ordering::Acquire) == 0
    }

    /// The scenarios in force, in the order in which they are tried.
    pub fn active(&self) -> Vec<Arc<Scenario>> {
        self.read()
            .in_force()
            .map(|run| Arc::clone(&run.scenario))
            .collect()
    }

    /// The switches that are set, in the order in which they are laid over each other: that of the
    /// scenario that is tried first comes last and wins.
    pub fn policies(&self) -> Vec<PolicyChanges> {
        let runs = self.read();
        let in_force = runs.in_force().rev();
        in_force.map(|run| run.scenario.policy.clone()).collect()
    }

    /// Whether a rule for handshakes needs the client certificate: to match, to count, or for its age.
    pub fn wants_certificate(&self) -> bool {
        !self.is_idle() && self.read().in_force().any(|run| run.wants_certificate)
    }

    /// Decides what becomes of an exchange, and counts it.
    ///
    /// `own` is the scenario that the request names itself: tried first, and counted apart from the
    /// same in force. It begins with its first use here, and goes on for as long as it is the same
    /// `Arc`; another of its name begins anew.
    ///
    /// Every rule that is about the exchange counts it, also behind the one that ends the search and
    /// behind closed gates. A `state` that a rule moves is seen by the next exchange.
    pub fn decide(&self, own: Option<&Arc<Scenario>>, seen: &Seen<'_>, now: i64) -> Decision {
        if own.is_none() && self.is_idle() {
            return Decision::default();
        }
        let mut runs: Vec<Arc<Run>> = own.map(|own| self.own(own, now)).into_iter().collect();
        runs.extend(self.read().in_force().cloned());
        let matched = Matched::new(&runs, seen);
        let mut time = self.order.lock().unwrap_or_else(PoisonError::into_inner);
        time.set(now);
        let trial = Trial {
            time: &time,
            seen,
            now,
        };
        trial.decide(&runs, matched)
    }

    /// The request's own scenario, from its first use on.
    fn own(&self, scenario: &Arc<Scenario>, now: i64) -> Arc<Run> {
        let is_same = |run: &&Arc<Run>| Arc::ptr_eq(&run.scenario, scenario);
        if let Some(run) = self.read().own.get(&scenario.name).filter(is_same) {
            return Arc::clone(run);
        }
        let mut runs = self.write();
        // Another request may have been first.
        if let Some(run) = runs.own.get(&scenario.name).filter(is_same) {
            return Arc::clone(run);
        }
        let run = Arc::new(Run::new(Arc::clone(scenario), None, self.seed, now));
        runs.own.insert(scenario.name.clone(), Arc::clone(&run));
        run
    }

    fn change<T>(&self, change: impl FnOnce(&mut Runs) -> T) -> T {
        let mut runs = self.write();
        let changed = change(&mut runs);
        self.size.store(runs.in_force().count(), Ordering::Release);
        changed
    }

    fn read(&self) -> RwLockReadGuard<'_, Runs> {
        self.runs.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Runs> {
        self.runs.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// What the scenario of this name says now: the one that had the name, else the one that took it.
fn replacement<'a>(
    changes: &'a [(String, Arc<Scenario>)],
    name: &str,
) -> Option<&'a Arc<Scenario>> {
    let had = changes.iter().find(|(before, _)| before == name);
    let took = || changes.iter().find(|(_, scenario)| scenario.name == name);
    had.or_else(took).map(|(_, scenario)| scenario)
}
