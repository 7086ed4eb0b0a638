//! The scenarios of one world: which there are, which are in force, and the switches they set.

use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use crate::bank::BankSlot;
use crate::clock::Clock;
use crate::scenario::{Decision, Engine, Library, Scenario, Seen};

/// The scenarios of one world.
pub struct Scenarios {
    library: Arc<Library>,
    engine: Engine,
    clock: Clock,
    banks: Vec<Arc<BankSlot>>,
    /// Held while switches are set, so that the last change is the last that is set.
    switching: Mutex<()>,
}

impl fmt::Debug for Scenarios {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Scenarios").finish_non_exhaustive()
    }
}

impl Scenarios {
    /// None of the library's is in force.
    pub(super) fn new(
        library: Arc<Library>,
        seed: u64,
        clock: Clock,
        banks: Vec<Arc<BankSlot>>,
    ) -> Self {
        Self {
            library,
            engine: Engine::new(seed),
            clock,
            banks,
            switching: Mutex::default(),
        }
    }

    /// Those that can be put in force.
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.library
    }

    /// Whether none is in force.
    #[must_use]
    pub fn is_idle(&self) -> bool {
        self.engine.is_idle()
    }

    /// Puts a scenario in force for good: it is tried after those that are activated later.
    pub fn start_with(&self, scenario: Arc<Scenario>) {
        self.engine
            .activate_from_start(scenario, self.clock.unix_millis());
        self.set_switches();
    }

    /// Puts a scenario in force, before all others; one that is in force begins anew.
    pub fn activate(&self, scenario: Arc<Scenario>) {
        self.engine.activate(scenario, self.clock.unix_millis());
        self.set_switches();
    }

    /// Takes a scenario out of force; whether it was in force.
    pub fn deactivate(&self, name: &str) -> bool {
        let was_active = self.engine.deactivate(name);
        self.set_switches();
        was_active
    }

    /// Puts the new rules of a scenario in the place of its old ones, wherever it is in force.
    pub fn replace(&self, scenario: Arc<Scenario>) {
        self.engine.replace(scenario, self.clock.unix_millis());
        self.set_switches();
    }

    /// Those in force, in the order in which they are tried.
    #[must_use]
    pub fn active(&self) -> Vec<Arc<Scenario>> {
        self.engine.active()
    }

    /// Whether a rule for handshakes needs the client certificate.
    #[must_use]
    pub fn wants_certificate(&self) -> bool {
        self.engine.wants_certificate()
    }

    /// What becomes of an exchange; `own` is the scenario that it asked for itself.
    #[must_use]
    pub fn decide(&self, own: Option<&Arc<Scenario>>, seen: &Seen<'_>) -> Decision {
        self.engine.decide(own, seen, self.clock.unix_millis())
    }

    fn set_switches(&self) {
        let _held = self
            .switching
            .lock()
            .unwrap_or_else(PoisonError::into_inner);
        let policies = self.engine.policies();
        for bank in &self.banks {
            bank.set_policy(&policies);
        }
    }
}
