//! The scenario files that settings name: read at the start (`shelf`), watched, read again when they
//! change (`watch`).

mod shelf;
mod watch;

use std::collections::HashSet;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::{fs, io};

use self::shelf::Shelf;
use crate::config::{Config, SCENARIO_ENDINGS, ScenarioRef};
use crate::document::problem::BadFile;
use crate::emulator::activation::fresh_name;
use crate::scenario::{self, Banks, KnownBank, Library, Scenario};

/// A file beside scenarios that is none of them.
const SCHEMA: &str = "schema.json";

/// Why the scenarios of the settings cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ScenarioError {
    /// Files that cannot be used; what is wrong with each.
    #[error("{}", lines(.0))]
    Files(Vec<BadFile>),
    /// There is no scenario of this name.
    #[error(
        "there is no scenario `{name}`; there are: {known}; a file is named with its path, such as ./{name}.yaml"
    )]
    Unknown {
        /// The name.
        name: String,
        /// The names that there are.
        known: String,
    },
    /// A folder that cannot be read.
    #[error("the folder of scenarios {} cannot be read ({cause}); check the path and its permissions", .dir.display())]
    Folder {
        /// The folder.
        dir: PathBuf,
        /// What the system says.
        cause: io::Error,
    },
}

fn lines(files: &[BadFile]) -> String {
    let texts: Vec<String> = files.iter().map(ToString::to_string).collect();
    texts.join("\n")
}

/// The scenario files of one emulator.
#[derive(Debug)]
pub struct ScenarioFiles {
    files: Vec<PathBuf>,
    dirs: Vec<PathBuf>,
    shelf: Shelf,
    library: Arc<Library>,
}

/// What a library is filled with, and what is in force from the start.
#[derive(Debug)]
pub struct Opened {
    /// The files, to be watched.
    pub files: ScenarioFiles,
    /// Every scenario by its name, for all worlds.
    pub library: Arc<Library>,
    /// Those in force from the start, in order.
    pub active: Vec<Arc<Scenario>>,
}

impl ScenarioFiles {
    /// Reads every file that the settings name.
    ///
    /// # Errors
    /// See [`ScenarioError`].
    pub fn open(config: &Config) -> Result<Opened, ScenarioError> {
        let files = config.scenarios.iter().filter_map(|named| match named {
            ScenarioRef::File(file) => Some(file.clone()),
            ScenarioRef::Named(_) | ScenarioRef::Text(_) => None,
        });
        let mut opened = Self {
            files: files.collect(),
            dirs: config.scenario_dirs.clone(),
            shelf: Shelf::new(banks(config)),
            library: Arc::default(),
        };
        let look = opened.shelf.look(&opened.paths()?);
        if !look.bad.is_empty() {
            return Err(ScenarioError::Files(look.bad));
        }
        let library = Arc::clone(&opened.library);
        for change in look.changes {
            library.put(change.scenario, &change.text);
        }
        let active = config.scenarios.iter();
        let active = active.map(|named| opened.named(named, &library));
        Ok(Opened {
            active: active.collect::<Result<_, _>>()?,
            files: opened,
            library,
        })
    }

    /// The scenario that the settings mean.
    fn named(
        &self,
        named: &ScenarioRef,
        library: &Library,
    ) -> Result<Arc<Scenario>, ScenarioError> {
        let (name, found) = match named {
            ScenarioRef::File(file) => (file.display().to_string(), self.shelf.of(file)),
            ScenarioRef::Named(name) => (name.clone(), library.get(name)),
            ScenarioRef::Text(text) => return written(text, library),
        };
        let known = || library.names().join(", ");
        found.ok_or_else(|| ScenarioError::Unknown {
            name,
            known: known(),
        })
    }

    /// Every file there is now, once.
    fn paths(&self) -> Result<Vec<PathBuf>, ScenarioError> {
        let mut paths = self.files.clone();
        for dir in &self.dirs {
            let listed = list(dir).map_err(|cause| ScenarioError::Folder {
                dir: dir.clone(),
                cause,
            })?;
            paths.extend(listed);
        }
        // A file may be named by itself and lie in a folder, too.
        let mut seen = HashSet::new();
        paths.retain(|path| seen.insert(true_path(path)));
        Ok(paths)
    }
}

/// The banks that there will be.
fn banks(config: &Config) -> Banks {
    Banks::new(config.banks.iter().map(|bank| KnownBank {
        id: bank.id.clone(),
        base_path: bank.base_path.clone(),
        dialect: bank.dialect,
    }))
}

/// The path by which a file is the same however it is named.
fn true_path(path: &Path) -> PathBuf {
    fs::canonicalize(path).unwrap_or_else(|_| path.to_owned())
}

/// The scenario that a text says.
fn written(text: &str, library: &Library) -> Result<Arc<Scenario>, ScenarioError> {
    /// What stands for a file in messages.
    const WRITTEN: &str = "scenario";
    let unnamed = fresh_name(|name| library.get(name).is_some());
    let loaded = scenario::parse(&unnamed, Path::new(WRITTEN), text);
    let loaded = loaded.map_err(|bad| ScenarioError::Files(vec![bad]))?;
    let scenario = Arc::new(loaded.scenario);
    library.put(Arc::clone(&scenario), text);
    Ok(scenario)
}

/// The scenario files of a folder, by name.
fn list(dir: &Path) -> io::Result<Vec<PathBuf>> {
    let mut paths = Vec::new();
    for entry in fs::read_dir(dir)? {
        let path = entry?.path();
        let ending = path.extension().and_then(|ending| ending.to_str());
        let is_one = ending.is_some_and(|ending| SCENARIO_ENDINGS.contains(&ending))
            && path.file_name().is_some_and(|name| name != SCHEMA);
        if is_one && path.is_file() {
            paths.push(path);
        }
    }
    paths.sort();
    Ok(paths)
}
