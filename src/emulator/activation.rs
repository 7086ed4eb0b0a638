//! Scenarios of a world that are put in force and taken out of it, by a test.

use std::path::Path;
use std::sync::Arc;

use crate::document::problem::BadFile;
use crate::emulator::World;
use crate::scenario::{self, Banks, Library, Scenario};

/// Why a scenario was not put in force, or taken out of it.
#[derive(Debug, thiserror::Error)]
pub enum ActivateError {
    /// There is none of this name.
    #[error("there is no scenario `{name}`; there are: {known}")]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// It cannot be taken out of force.
    #[error("scenario `{name}` is not in force; in force: {active}")]
    NotInForce {
        /// The name.
        name: String,
        /// The names of those that are.
        active: String,
    },
    /// Its text is not right; everything that is wrong with it.
    #[error(transparent)]
    Text(#[from] BadFile),
}

impl World {
    /// Puts the scenario of this name in force, before all others; one that is in force begins anew.
    ///
    /// # Errors
    /// There is none of this name.
    pub fn activate(&self, name: &str) -> Result<(), ActivateError> {
        let scenarios = &self.inner().scenarios;
        scenarios.activate(named(scenarios.library(), name)?, None);
        Ok(())
    }

    /// The same for one that this text of a scenario file says; its name, which is `scenario` if it
    /// gives itself none. The world keeps it under that name until it is reset.
    ///
    /// # Errors
    /// Everything that is wrong with the text.
    pub fn activate_yaml(&self, text: &str) -> Result<String, ActivateError> {
        let scenarios = &self.inner().scenarios;
        let scenario = written(text, &scenarios.banks())?;
        scenarios.put(Arc::clone(&scenario), text);
        scenarios.activate(Arc::clone(&scenario), None);
        Ok(scenario.name.clone())
    }

    /// Takes a scenario out of force.
    ///
    /// # Errors
    /// It is not in force.
    pub fn deactivate(&self, name: &str) -> Result<(), ActivateError> {
        let scenarios = &self.inner().scenarios;
        if scenarios.deactivate(name) {
            return Ok(());
        }
        let active = scenarios.active();
        let active: Vec<&str> = active.iter().map(|active| active.name.as_str()).collect();
        Err(ActivateError::NotInForce {
            name: name.to_owned(),
            active: if active.is_empty() {
                "none".to_owned()
            } else {
                active.join(", ")
            },
        })
    }
}

/// The scenario of this name.
pub(super) fn named(library: &Library, name: &str) -> Result<Arc<Scenario>, ActivateError> {
    let found = library.get(name);
    found.ok_or_else(|| ActivateError::Unknown {
        name: name.to_owned(),
        known: library.names().join(", "),
    })
}

/// The scenario that this text says, for these banks.
pub(super) fn written(text: &str, banks: &Banks) -> Result<Arc<Scenario>, ActivateError> {
    /// What stands for a file in messages, and for a name where the text has none.
    const WRITTEN: &str = "scenario";
    let loaded = scenario::parse_for(WRITTEN, Path::new(WRITTEN), text, banks)?;
    Ok(Arc::new(loaded.scenario))
}
