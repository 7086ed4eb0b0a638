//! The scenarios of one world: which there are, which are in force, and the switches they set.

use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::bank::BankSlot;
use crate::clock::Clock;
use crate::scenario::progress::{InForce, ResumeError, ScenarioProgress};
use crate::scenario::{
    Banks, Decision, Engine, Entry, KnownBank, Library, Narrowed, Scenario, Seen,
};

/// The scenarios of one world.
pub struct Scenarios {
    library: Library,
    engine: Engine,
    clock: Clock,
    banks: Vec<Arc<BankSlot>>,
    /// Those in force from the start, in their order. Held while what is in force changes, so that
    /// the last change is the last that sets switches.
    from_start: Mutex<Vec<Arc<Scenario>>>,
}

/// Why a scenario cannot be removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RemoveError {
    /// There is none of this name.
    #[error("there is no scenario `{name}`; there are: {known}")]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// It was not given to this world.
    #[error(
        "scenario `{name}` is from: {origin}; allowed: one that was put into this world; to take it out of force, deactivate it"
    )]
    NotOwn {
        /// The name.
        name: String,
        /// The word for where it is from.
        origin: &'static str,
    },
    /// It is in use.
    #[error("scenario `{name}` is in force; deactivate it first")]
    InForce {
        /// The name.
        name: String,
    },
}

impl fmt::Debug for Scenarios {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Scenarios").finish_non_exhaustive()
    }
}

impl Scenarios {
    /// None is in force. The world's own will stand before those of the library that all worlds
    /// share.
    pub(super) fn new(
        library: Arc<Library>,
        seed: u64,
        clock: Clock,
        banks: Vec<Arc<BankSlot>>,
    ) -> Self {
        Self {
            library: Library::over(library),
            engine: Engine::new(seed),
            clock,
            banks,
            from_start: Mutex::default(),
        }
    }

    /// Those that can be put in force. [`Scenarios::put`] and [`Scenarios::remove`] change it.
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// The banks that they are about.
    #[must_use]
    pub fn banks(&self) -> Banks {
        Banks::new(self.banks.iter().map(|slot| {
            let bank = slot.configured();
            KnownBank {
                id: bank.id.clone(),
                base_path: bank.base_path.clone(),
                dialect: bank.dialect(),
            }
        }))
    }

    /// Keeps a scenario of this world's own under its name, with its text. Where one of that name is
    /// in force, this one begins in its place. Whether the world had no own one of that name.
    pub fn put(&self, scenario: Arc<Scenario>, text: &str) -> bool {
        self.change(|_| {
            let is_new = self.library.put(Arc::clone(&scenario), text);
            let change = (scenario.name.clone(), scenario);
            self.engine.replace(&[change], self.clock.unix_millis());
            is_new
        })
    }

    /// Forgets a scenario of this world's own.
    ///
    /// # Errors
    /// See [`RemoveError`].
    pub fn remove(&self, name: &str) -> Result<(), RemoveError> {
        self.change(|_| {
            let name = name.to_owned();
            let Some(entry) = self.library.entry(&name) else {
                let known = self.library.names().join(", ");
                return Err(RemoveError::Unknown { name, known });
            };
            if !self.library.is_own(&name) {
                let origin = entry.origin.word();
                return Err(RemoveError::NotOwn { name, origin });
            }
            if self.active().iter().any(|active| active.name == name) {
                return Err(RemoveError::InForce { name });
            }
            self.library.remove(&name);
            Ok(())
        })
    }

    /// Whether there is one of this name: to be put in force, or from the start.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        let is_it = |scenario: &Arc<Scenario>| scenario.name == name;
        self.held().iter().any(is_it) || self.library.get(name).is_some()
    }

    /// Whether none is in force.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.engine.is_idle()
    }

    /// Puts a scenario in force for good: it is tried after those that are activated later.
    pub fn start_with(&self, scenario: Arc<Scenario>) {
        self.change(|from_start| {
            from_start.retain(|other| other.name != scenario.name);
            from_start.push(Arc::clone(&scenario));
            self.engine
                .activate_from_start(scenario, self.clock.unix_millis());
        });
    }

    /// Puts a scenario in force, before all others; one that is in force begins anew. `narrowed` is
    /// and-ed to the match of every rule; what the scenario switches, it switches for everybody.
    pub fn activate(&self, scenario: Arc<Scenario>, narrowed: Option<Narrowed>) {
        let narrowed = narrowed.map(Arc::new);
        let now = || self.clock.unix_millis();
        self.change(|_| self.engine.activate_narrowed(scenario, narrowed, now()));
    }

    /// Takes a scenario out of force; whether it was in force.
    pub fn deactivate(&self, name: &str) -> bool {
        self.change(|_| self.engine.deactivate(name))
    }

    /// Changed files, each by the name that its scenario had and with what it says now: its rules
    /// take the place of the old ones where they are in force. A world's own are not of files.
    pub fn replace(&self, changes: &[(String, Arc<Scenario>)]) {
        self.change(|from_start| {
            let is_own = |name: &str| self.library.is_own(name);
            let changes = changes
                .iter()
                .filter(|(before, scenario)| !is_own(before) && !is_own(&scenario.name));
            let changes: Vec<_> = changes.cloned().collect();
            for kept in from_start.iter_mut() {
                let mut changes = changes.iter();
                if let Some((_, scenario)) = changes.find(|(before, _)| *before == kept.name) {
                    *kept = Arc::clone(scenario);
                }
            }
            self.engine.replace(&changes, self.clock.unix_millis());
        });
    }

    /// Those in force, in the order in which they are tried.
    #[must_use]
    pub fn active(&self) -> Vec<Arc<Scenario>> {
        self.engine.active()
    }

    /// Their names, in the same order.
    #[must_use]
    pub fn names_in_force(&self) -> Vec<String> {
        let active = self.active();
        active
            .iter()
            .map(|scenario| scenario.name.clone())
            .collect()
    }

    /// The same with what they have done.
    #[must_use]
    pub fn in_force(&self) -> Vec<InForce> {
        self.engine.in_force()
    }

    /// Begins counts, states, times and quotas of all anew; what is in force stays so.
    pub fn restart_counts(&self) {
        self.change(|_| self.engine.restart_counts(self.clock.unix_millis()));
    }

    /// Forgets this world's own, and puts in force what was from the start, as its files say now,
    /// and nothing else.
    pub fn restart(&self) {
        self.change(|from_start| {
            for own in self.library.own() {
                self.library.remove(&own.scenario.name);
            }
            let current = |old: &Arc<Scenario>| self.library.get(&old.name);
            let scenarios = from_start
                .iter()
                .map(|old| current(old).unwrap_or_else(|| Arc::clone(old)));
            self.engine
                .restart(scenarios.collect(), self.clock.unix_millis());
        });
    }

    /// What those in force have done, for a snapshot.
    #[must_use]
    pub fn progress(&self) -> Vec<ScenarioProgress> {
        self.engine.progress()
    }

    /// Puts these in force, where they had come to, and nothing else. The world's own must be there
    /// again before; the clock as well.
    ///
    /// # Errors
    /// See [`ResumeError`]; then nothing has changed.
    pub fn resume(&self, progress: Vec<ScenarioProgress>) -> Result<(), ResumeError> {
        let (library, banks) = (&self.library, self.banks());
        self.change(|_| self.engine.resume(progress, library, &banks))
    }

    /// Has these own scenarios and no others, and puts these in force, where they had come to, and
    /// nothing else.
    ///
    /// # Errors
    /// See [`ResumeError`]; then nothing has changed.
    pub(super) fn restore(
        &self,
        own: Vec<Entry>,
        progress: Vec<ScenarioProgress>,
    ) -> Result<(), ResumeError> {
        let (library, banks) = (&self.library, self.banks());
        self.change(|_| {
            let before = library.exchange_own(own);
            let resumed = self.engine.resume(progress, library, &banks);
            if resumed.is_err() {
                library.exchange_own(before);
            }
            resumed
        })
    }

    /// Whether a rule for handshakes needs the client certificate.
    #[must_use]
    pub fn wants_certificate(&self) -> bool {
        self.engine.wants_certificate()
    }

    /// Whether a rule in force is about handshakes.
    #[must_use]
    pub fn concerns_handshakes(&self) -> bool {
        let concerns = |scenario: &Arc<Scenario>| {
            let mut rules = scenario.rules.iter();
            rules.any(|rule| rule.matching.is_about_handshakes())
        };
        !self.is_idle() && self.active().iter().any(concerns)
    }

    /// What becomes of an exchange; `own` is the scenario that it asked for itself.
    #[must_use]
    pub fn decide(&self, own: Option<&Arc<Scenario>>, seen: &Seen<'_>) -> Decision {
        self.engine.decide(own, seen, self.clock.unix_millis())
    }

    /// One change at a time, and the switches as they are then.
    fn held(&self) -> MutexGuard<'_, Vec<Arc<Scenario>>> {
        let from_start = self.from_start.lock();
        from_start.unwrap_or_else(PoisonError::into_inner)
    }

    fn change<T>(&self, change: impl FnOnce(&mut Vec<Arc<Scenario>>) -> T) -> T {
        let mut from_start = self.held();
        let changed = change(&mut from_start);
        let policies = self.engine.policies();
        for bank in &self.banks {
            bank.set_policy(&policies);
        }
        changed
    }
}

#[cfg(test)]
mod tests;
