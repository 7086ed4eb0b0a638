//! The engine: decides what becomes of exchanges, one after the other.
//!
//! What a scenario says ([`Scenario`]) is apart from what it has done (`run`). Which rules are about an
//! exchange is found out without a lock (`trial`); counting, gates and effects are one step
//! under one, so that all decisions stand in one order, and the same order gives the same decisions,
//! whatever the threads.

mod counting;
mod draws;
mod gates;
mod quota;
mod run;
#[cfg(test)]
mod tests;
mod trial;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use self::quota::Steady;
use self::run::Run;
use self::trial::{Matched, Trial};
use crate::dialect::policy::PolicyChanges;
use crate::scenario::decision::Decision;
use crate::scenario::model::Scenario;
use crate::scenario::seen::Seen;

/// The scenarios in force in one world, and what they have done. Times are milliseconds of the
/// world's clock since the epoch.
///
/// A rule counts apart by at most 100,000 keys of its `per`, and then forgets the one that came first.
#[derive(Debug)]
pub struct Engine {
    seed: u64,
    in_force: RwLock<InForce>,
    /// How many are in force, without those of requests.
    size: AtomicUsize,
    /// Held while an exchange is counted: the order of decisions.
    order: Mutex<Steady>,
}

#[derive(Debug, Default)]
struct InForce {
    /// The last activated first.
    activated: Vec<Arc<Run>>,
    from_start: Vec<Arc<Run>>,
    /// Those that requests have brought themselves, by name.
    own: HashMap<String, Arc<Run>>,
}

impl InForce {
    /// In the order in which they are tried.
    fn runs(&self) -> impl DoubleEndedIterator<Item = &Arc<Run>> {
        self.activated.iter().chain(&self.from_start)
    }

    fn runs_mut(&mut self) -> impl Iterator<Item = &mut Arc<Run>> {
        self.activated.iter_mut().chain(&mut self.from_start)
    }

    fn remove(&mut self, name: &str) -> bool {
        let before = self.runs().count();
        self.activated.retain(|run| run.scenario.name != name);
        self.from_start.retain(|run| run.scenario.name != name);
        self.runs().count() < before
    }
}

impl Engine {
    /// With nothing in force. The seed decides draws of scenarios that have none of their own.
    #[must_use]
    pub fn new(seed: u64) -> Self {
        Self {
            seed,
            in_force: RwLock::default(),
            size: AtomicUsize::new(0),
            order: Mutex::default(),
        }
    }

    /// Puts a scenario in force, as the first that is tried. If one of that name was, its counts,
    /// state, quotas and times begin anew.
    pub fn activate(&self, scenario: Arc<Scenario>, now: i64) {
        self.change(|in_force| {
            in_force.remove(&scenario.name);
            in_force
                .activated
                .insert(0, Arc::new(Run::new(scenario, self.seed, now)));
        });
    }

    /// The same for those in force from the start: they are tried after the activated ones, in their
    /// order.
    pub fn activate_from_start(&self, scenario: Arc<Scenario>, now: i64) {
        self.change(|in_force| {
            in_force.remove(&scenario.name);
            in_force
                .from_start
                .push(Arc::new(Run::new(scenario, self.seed, now)));
        });
    }

    /// Ends the scenario of this name; says whether there was one.
    pub fn deactivate(&self, name: &str) -> bool {
        self.change(|in_force| in_force.remove(name))
    }

    /// A changed file: where the scenario of its name is in force, it begins anew in its place; what
    /// was counted for those of requests is forgotten.
    pub fn replace(&self, scenario: Arc<Scenario>, now: i64) {
        self.change(|in_force| {
            in_force.own.remove(&scenario.name);
            let mut runs = in_force.runs_mut();
            if let Some(run) = runs.find(|run| run.scenario.name == scenario.name) {
                *run = Arc::new(Run::new(scenario, self.seed, now));
            }
        });
    }

    /// Whether nothing is in force: then only a request's own scenario decides anything.
    pub fn is_idle(&self) -> bool {
        self.size.load(Ordering::Acquire) == 0
    }

    /// The scenarios in force, in the order in which they are tried.
    pub fn active(&self) -> Vec<Arc<Scenario>> {
        let in_force = self.read();
        in_force
            .runs()
            .map(|run| Arc::clone(&run.scenario))
            .collect()
    }

    /// The switches that are set, in the order in which they are laid over each other: that of the
    /// scenario that is tried first comes last and wins.
    pub fn policies(&self) -> Vec<PolicyChanges> {
        let in_force = self.read();
        let runs = in_force.runs().rev();
        runs.map(|run| run.scenario.policy.clone()).collect()
    }

    /// Whether a rule for handshakes needs the client certificate: to match, to count, or for its age.
    pub fn wants_certificate(&self) -> bool {
        !self.is_idle() && self.read().runs().any(|run| run.wants_certificate)
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
        runs.extend(self.read().runs().cloned());
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
        let mut in_force = self.write();
        // Another request may have been first.
        if let Some(run) = in_force.own.get(&scenario.name).filter(is_same) {
            return Arc::clone(run);
        }
        let run = Arc::new(Run::new(Arc::clone(scenario), self.seed, now));
        in_force.own.insert(scenario.name.clone(), Arc::clone(&run));
        run
    }

    fn change<T>(&self, change: impl FnOnce(&mut InForce) -> T) -> T {
        let mut in_force = self.write();
        let changed = change(&mut in_force);
        self.size.store(in_force.runs().count(), Ordering::Release);
        changed
    }

    fn read(&self) -> RwLockReadGuard<'_, InForce> {
        self.in_force.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, InForce> {
        self.in_force
            .write()
            .unwrap_or_else(PoisonError::into_inner)
    }
}
