//! Scenarios of a world that are put in force and taken out of it, by a test.

use std::path::Path;
use std::sync::Arc;

use crate::config::ScenarioRef;
use crate::document::problem::BadFile;
use crate::domain::words::debug_as_display;
use crate::emulator::World;
use crate::emulator::host::Gone;
use crate::scenario::{self, Banks, Library, Scenario};
use crate::world::Deleted;

/// Why a scenario was not put in force, or taken out of it.
#[derive(thiserror::Error)]
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
    /// The world is deleted.
    #[error(transparent)]
    Deleted(#[from] Deleted),
    /// The emulator has been stopped.
    #[error("the emulator has been stopped; there are no scenarios any more")]
    Stopped,
    /// Its text is not right; everything that is wrong with it.
    #[error(transparent)]
    Text(#[from] BadFile),
}

debug_as_display!(ActivateError);

impl From<Gone> for ActivateError {
    fn from(gone: Gone) -> Self {
        match gone {
            Gone::Stopped => Self::Stopped,
            Gone::Deleted(deleted) => Self::Deleted(deleted),
        }
    }
}

impl World {
    /// Puts a scenario in force, before all others: a built-in one by its name, or one by its file (with
    /// a `/` or an ending such as `.yaml`), which is read now. One that is in force begins anew. Returns
    /// its name.
    ///
    /// # Errors
    /// There is none of this name; everything that is wrong with the file; the world is no more.
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use aspsp_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().start().await?;
    /// emulator.activate("throttled-429")?;
    /// emulator.activate("lost-response")?;
    /// let name = emulator.activate_yaml("rules: [{ match: { operation: token }, respond: 503 }]")?;
    /// emulator.deactivate(&name)?;
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
    /// ```
    pub fn activate(&self, name_or_file: &str) -> Result<String, ActivateError> {
        self.put_in_force(&ScenarioRef::parse(name_or_file))
    }

    /// The same for one that this text of a scenario file says; its name, which is `scenario` if it
    /// gives itself none, or the first of `scenario-2`, `scenario-3` and so on that is free. The world
    /// keeps it under that name until it is reset.
    ///
    /// # Errors
    /// Everything that is wrong with the text; the world is no more.
    pub fn activate_yaml(&self, text: &str) -> Result<String, ActivateError> {
        self.put_in_force(&ScenarioRef::Text(text.to_owned()))
    }

    fn put_in_force(&self, reference: &ScenarioRef) -> Result<String, ActivateError> {
        self.host().check(self.inner())?;
        let scenarios = &self.inner().scenarios;
        let unnamed = fresh_name(|name| scenarios.has(name));
        let chosen = Chosen::find(reference, &unnamed, scenarios.library(), &scenarios.banks())?;
        if let Some(text) = &chosen.text {
            scenarios.put(Arc::clone(&chosen.scenario), text);
        }
        scenarios.activate(Arc::clone(&chosen.scenario), None);
        Ok(chosen.scenario.name.clone())
    }

    /// Takes a scenario out of force.
    ///
    /// # Errors
    /// It is not in force; the world is no more.
    pub fn deactivate(&self, name: &str) -> Result<(), ActivateError> {
        self.host().check(self.inner())?;
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

/// What stands for a file in messages.
const WRITTEN: &str = "scenario";

/// A name for a text without one: `scenario`, or `scenario-2` and so on where that is taken.
pub(super) fn fresh_name(is_taken: impl Fn(&str) -> bool) -> String {
    let mut name = WRITTEN.to_owned();
    let mut number = 1_u64;
    while is_taken(&name) {
        number += 1;
        name = format!("{WRITTEN}-{number}");
    }
    name
}

/// A scenario that somebody chose.
pub(super) struct Chosen {
    pub(super) scenario: Arc<Scenario>,
    /// Its text, if nobody has it yet.
    pub(super) text: Option<String>,
}

impl Chosen {
    /// The one that is meant, for these banks; `unnamed` is the name of a text without one. Blocks while
    /// a file is read.
    pub(super) fn find(
        reference: &ScenarioRef,
        unnamed: &str,
        library: &Library,
        banks: &Banks,
    ) -> Result<Self, ActivateError> {
        match reference {
            ScenarioRef::Named(name) => Ok(Self {
                scenario: named(library, name)?,
                text: None,
            }),
            ScenarioRef::File(path) => {
                let stem = path.file_stem().unwrap_or_default().to_string_lossy();
                Self::written(&stem, path, scenario::read(path)?, banks)
            }
            ScenarioRef::Text(text) => {
                Self::written(unnamed, Path::new(WRITTEN), text.clone(), banks)
            }
        }
    }

    fn written(
        name: &str,
        file: &Path,
        text: String,
        banks: &Banks,
    ) -> Result<Self, ActivateError> {
        let loaded = scenario::parse_for(name, file, &text, banks)?;
        Ok(Self {
            scenario: Arc::new(loaded.scenario),
            text: Some(text),
        })
    }
}

fn named(library: &Library, name: &str) -> Result<Arc<Scenario>, ActivateError> {
    let found = library.get(name);
    found.ok_or_else(|| ActivateError::Unknown {
        name: name.to_owned(),
        known: library.names().join(", "),
    })
}
