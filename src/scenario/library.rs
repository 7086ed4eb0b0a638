//! Scenarios by name: those that are built in, and those of files.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use crate::scenario::{Scenario, builtin_named, builtin_names};

/// Scenarios by name. One of a file takes the place of a built-in one with its name.
#[derive(Debug, Default)]
pub struct Library(RwLock<BTreeMap<String, Arc<Scenario>>>);

impl Library {
    /// The scenario with this name. Built-in ones are read when they are first asked for.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<Scenario>> {
        if let Some(known) = self.read().get(name) {
            return Some(Arc::clone(known));
        }
        let loaded = builtin_named(name)?.parse().ok()?;
        let scenario = Arc::new(loaded.scenario);
        let mut known = self.write();
        Some(Arc::clone(known.entry(name.to_owned()).or_insert(scenario)))
    }

    /// Keeps a scenario under its name.
    pub fn put(&self, scenario: Arc<Scenario>) {
        self.write().insert(scenario.name.clone(), scenario);
    }

    /// Forgets the scenario with this name, if it is none of the built-in ones.
    pub fn remove(&self, name: &str) {
        self.write().remove(name);
    }

    /// Every name, in alphabetical order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: BTreeSet<String> = self.read().keys().cloned().collect();
        names.extend(builtin_names().map(str::to_owned));
        names.into_iter().collect()
    }

    fn read(&self) -> RwLockReadGuard<'_, BTreeMap<String, Arc<Scenario>>> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, BTreeMap<String, Arc<Scenario>>> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}
