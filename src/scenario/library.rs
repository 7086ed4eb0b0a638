//! Scenarios by name: those that are built in, those of files, and those that a world was given.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use schemars::JsonSchema;
use serde::Serialize;

use crate::scenario::{Scenario, builtin_named, builtin_names};

/// Scenarios by name, in layers: a world's own stand before those of files, and these before the
/// built-in ones.
#[derive(Debug, Default)]
pub struct Library {
    /// The layer below; the built-in ones are below the last.
    parent: Option<Arc<Library>>,
    own: RwLock<BTreeMap<String, Entry>>,
    /// Built-in ones that were asked for.
    shipped: RwLock<BTreeMap<String, Entry>>,
}

/// A scenario of a library.
#[derive(Debug, Clone)]
pub struct Entry {
    /// What it says.
    pub scenario: Arc<Scenario>,
    /// Where it is from.
    pub origin: Origin,
    /// What it was read from, YAML or JSON.
    pub text: Arc<str>,
}

/// Where a scenario is from.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "kebab-case")]
pub enum Origin {
    /// It is part of the program.
    BuiltIn,
    /// From a file, or from who started the emulator.
    File,
    /// It was given to one world while that was there.
    World,
}

impl Origin {
    /// Its word: `built-in`, `file`, `world`.
    #[must_use]
    pub fn word(self) -> &'static str {
        match self {
            Origin::BuiltIn => "built-in",
            Origin::File => "file",
            Origin::World => "world",
        }
    }
}

impl Library {
    /// A world's library: nothing of its own yet, and everything of its parent, also what that gets
    /// later.
    #[must_use]
    pub fn over(parent: Arc<Library>) -> Self {
        Self {
            parent: Some(parent),
            ..Self::default()
        }
    }

    /// The scenario with this name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<Arc<Scenario>> {
        self.entry(name).map(|entry| entry.scenario)
    }

    /// The scenario with this name, where it is from and its text. Built-in ones are read when they
    /// are first asked for.
    #[must_use]
    pub fn entry(&self, name: &str) -> Option<Entry> {
        if let Some(own) = read(&self.own).get(name) {
            return Some(own.clone());
        }
        match &self.parent {
            Some(parent) => parent.entry(name),
            None => self.shipped(name),
        }
    }

    /// Keeps a scenario under its name, with the text it was read from, as an own one; whether there
    /// was no own one of that name.
    pub fn put(&self, scenario: Arc<Scenario>, text: &str) -> bool {
        let name = scenario.name.clone();
        let origin = match self.parent {
            Some(_) => Origin::World,
            None => Origin::File,
        };
        let entry = Entry {
            scenario,
            origin,
            text: text.into(),
        };
        write(&self.own).insert(name, entry).is_none()
    }

    /// Forgets the own scenario with this name; whether there was one. One below it that has the name
    /// shows again.
    pub fn remove(&self, name: &str) -> bool {
        write(&self.own).remove(name).is_some()
    }

    /// Whether it has an own scenario of this name.
    #[must_use]
    pub fn is_own(&self, name: &str) -> bool {
        read(&self.own).contains_key(name)
    }

    /// The own scenarios, by name.
    #[must_use]
    pub fn own(&self) -> Vec<Entry> {
        read(&self.own).values().cloned().collect()
    }

    /// Has these own scenarios and no others; those that it had.
    pub fn exchange_own(&self, entries: Vec<Entry>) -> Vec<Entry> {
        let named = entries.into_iter();
        let own = named.map(|entry| (entry.scenario.name.clone(), entry));
        let before = std::mem::replace(&mut *write(&self.own), own.collect());
        before.into_values().collect()
    }

    /// Every name, in alphabetical order.
    #[must_use]
    pub fn names(&self) -> Vec<String> {
        let mut names: BTreeSet<String> = read(&self.own).keys().cloned().collect();
        match &self.parent {
            Some(parent) => names.extend(parent.names()),
            None => names.extend(builtin_names().map(str::to_owned)),
        }
        names.into_iter().collect()
    }

    /// Every scenario, by name.
    #[must_use]
    pub fn entries(&self) -> Vec<Entry> {
        let names = self.names();
        names.iter().filter_map(|name| self.entry(name)).collect()
    }

    fn shipped(&self, name: &str) -> Option<Entry> {
        if let Some(known) = read(&self.shipped).get(name) {
            return Some(known.clone());
        }
        let builtin = builtin_named(name)?;
        let entry = Entry {
            scenario: Arc::new(builtin.parse().ok()?.scenario),
            origin: Origin::BuiltIn,
            text: builtin.text.into(),
        };
        let mut shipped = write(&self.shipped);
        // Another thread may have been first: one name is one `Arc`.
        Some(shipped.entry(name.to_owned()).or_insert(entry).clone())
    }
}

type Entries = RwLock<BTreeMap<String, Entry>>;

fn read(entries: &Entries) -> RwLockReadGuard<'_, BTreeMap<String, Entry>> {
    entries.read().unwrap_or_else(PoisonError::into_inner)
}

fn write(entries: &Entries) -> RwLockWriteGuard<'_, BTreeMap<String, Entry>> {
    entries.write().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;
    use crate::scenario::parse;

    const BUILT_IN: &str = "throttled-429";

    fn put(library: &Library, name: &str, status: u16) -> bool {
        let text = text(status);
        let loaded = parse(name, Path::new("f"), &text).unwrap();
        library.put(Arc::new(loaded.scenario), &text)
    }

    /// Where the scenario of a name is from, and its text.
    fn shown(library: &Library, name: &str) -> Option<(&'static str, String)> {
        let entry = library.entry(name)?;
        assert_eq!(entry.scenario.name, name);
        Some((entry.origin.word(), entry.text.to_string()))
    }

    fn text(status: u16) -> String {
        format!("rules: [{{ respond: {status} }}]")
    }

    #[test]
    fn a_world_sees_its_own_before_those_of_files_and_built_in_ones() {
        let files = Arc::new(Library::default());
        let world = Library::over(Arc::clone(&files));
        let built_in = builtin_named(BUILT_IN).unwrap().text.to_owned();
        assert_eq!(
            shown(&world, BUILT_IN),
            Some(("built-in", built_in.clone()))
        );
        put(&files, BUILT_IN, 501);
        assert_eq!(shown(&world, BUILT_IN), Some(("file", text(501))));
        assert!(put(&world, BUILT_IN, 502));
        assert!(!put(&world, BUILT_IN, 503));
        assert_eq!(shown(&world, BUILT_IN), Some(("world", text(503))));
        assert_eq!(shown(&files, BUILT_IN), Some(("file", text(501))));
        assert!(world.remove(BUILT_IN));
        assert_eq!(shown(&world, BUILT_IN), Some(("file", text(501))));
        assert!(!world.remove(BUILT_IN));
        assert_eq!(shown(&world, BUILT_IN), Some(("file", text(501))));
        files.remove(BUILT_IN);
        assert_eq!(shown(&world, BUILT_IN), Some(("built-in", built_in)));
    }

    #[test]
    fn every_name_is_there_once_and_in_order() {
        let files = Arc::new(Library::default());
        let world = Library::over(Arc::clone(&files));
        put(&files, "a", 500);
        put(&world, "a", 500);
        put(&world, "zz", 500);
        let names = world.names();
        assert!(names.is_sorted() && names.len() == builtin_names().count() + 2);
        let entries = world.entries();
        let of_entries = entries.iter().map(|entry| entry.scenario.name.as_str());
        assert!(of_entries.eq(names.iter().map(String::as_str)));
        assert_eq!(world.own().len(), 2);
        assert!(world.is_own("zz") && !world.is_own(BUILT_IN));
        assert!(world.get("unknown").is_none());
    }

    #[test]
    fn a_built_in_scenario_is_the_same_in_every_world() {
        let files = Arc::new(Library::default());
        let worlds = [(); 2].map(|()| Library::over(Arc::clone(&files)));
        let [one, other] = worlds.map(|world| world.get(BUILT_IN).unwrap());
        assert!(Arc::ptr_eq(&one, &other));
    }
}
