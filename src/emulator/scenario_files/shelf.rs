//! What the scenario files say, and what has changed since they were last looked at.

use std::collections::{BTreeMap, HashMap};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::true_path;
use crate::document::problem::{BadFile, Problem};
use crate::scenario::{self, Banks, Scenario};

/// The files that there are, by path.
#[derive(Debug)]
pub struct Shelf {
    banks: Banks,
    known: BTreeMap<PathBuf, Known>,
}

/// What is known of a file.
#[derive(Debug, Default)]
struct Known {
    /// What it said when it was last judged.
    text: Option<String>,
    /// What was last wrong with it: said once.
    wrong: Option<BadFile>,
    /// What it said when it was last right.
    scenario: Option<Arc<Scenario>>,
}

/// A file that is right, and new or other than before.
#[derive(Debug)]
pub struct Change {
    /// What it said before.
    pub before: Option<Arc<Scenario>>,
    /// What it says now.
    pub scenario: Arc<Scenario>,
    /// The text that says it.
    pub text: String,
}

/// What a look at the files showed.
#[derive(Debug, Default)]
pub struct Look {
    /// What has changed.
    pub changes: Vec<Change>,
    /// What cannot be used, where that is new.
    pub bad: Vec<BadFile>,
    /// Files that are no longer there.
    pub gone: Vec<PathBuf>,
}

impl Shelf {
    /// Of scenarios about these banks.
    pub fn new(banks: Banks) -> Self {
        Self {
            banks,
            known: BTreeMap::new(),
        }
    }

    /// The scenario of a file, however its path is written.
    pub fn of(&self, file: &Path) -> Option<Arc<Scenario>> {
        let wanted = true_path(file);
        let mut known = self.known.iter();
        let (_, known) = known.find(|(path, _)| true_path(path) == wanted)?;
        known.scenario.clone()
    }

    /// Whether a file said something right before.
    pub fn has(&self, file: &Path) -> bool {
        self.known
            .get(file)
            .is_some_and(|known| known.scenario.is_some())
    }

    /// Looks at these files, which are all there are.
    pub fn look(&mut self, paths: &[PathBuf]) -> Look {
        let mut look = Look::default();
        self.known.retain(|path, _| {
            let is_there = paths.contains(path);
            if !is_there {
                look.gone.push(path.clone());
            }
            is_there
        });
        let mut read = Vec::new();
        for path in paths {
            match self.read(path) {
                Ok(Some(scenario)) => read.push((path, Arc::new(scenario))),
                Ok(None) => {}
                Err(bad) => self.refuse(path, bad, &mut look),
            }
        }
        // Names are settled once all is read: two files may change names with each other.
        let mut names = self.names_besides(&read);
        for (path, scenario) in read {
            if let Some(other) = names.get(&scenario.name) {
                let bad = namesake(path, &scenario.name, other);
                self.refuse(path, bad, &mut look);
                // It is judged again when the other one has changed.
                self.known.entry(path.clone()).or_default().text = None;
                continue;
            }
            names.insert(scenario.name.clone(), path.clone());
            let known = self.known.entry(path.clone()).or_default();
            known.wrong = None;
            look.changes.push(Change {
                before: known.scenario.replace(Arc::clone(&scenario)),
                text: known.text.clone().unwrap_or_default(),
                scenario,
            });
        }
        look
    }

    /// What a file says, if that is not what it said when it was last judged.
    fn read(&mut self, path: &Path) -> Result<Option<Scenario>, BadFile> {
        let text = scenario::read(path)?;
        let known = self.known.entry(path.to_owned()).or_default();
        if known.text.as_ref() == Some(&text) {
            return Ok(None);
        }
        let stem = path.file_stem().unwrap_or_default().to_string_lossy();
        let loaded = scenario::parse_for(&stem, path, &text, &self.banks);
        known.text = Some(text);
        let loaded = loaded?;
        let warnings = BadFile::new(path, loaded.warnings).to_string();
        for warning in warnings.lines() {
            tracing::warn!("{warning}");
        }
        Ok(Some(loaded.scenario))
    }

    /// The names of files that say what they said before.
    fn names_besides(&self, read: &[(&PathBuf, Arc<Scenario>)]) -> HashMap<String, PathBuf> {
        let is_read = |path: &PathBuf| read.iter().any(|(other, _)| *other == path);
        let unchanged = self.known.iter().filter(|(path, _)| !is_read(path));
        let named = unchanged.filter_map(|(path, known)| {
            let scenario = known.scenario.as_ref()?;
            Some((scenario.name.clone(), path.clone()))
        });
        named.collect()
    }

    fn refuse(&mut self, path: &Path, bad: BadFile, look: &mut Look) {
        let known = self.known.entry(path.to_owned()).or_default();
        if known.wrong.as_ref() != Some(&bad) {
            known.wrong = Some(bad.clone());
            look.bad.push(bad);
        }
    }
}

/// Two files must not give one name to two scenarios.
fn namesake(path: &Path, name: &str, other: &Path) -> BadFile {
    let other = other.display();
    let text =
        format!("found the name `{name}`, which {other} has too; allowed: a name of its own");
    BadFile::new(path, vec![Problem::whole(text)])
}

#[cfg(test)]
mod tests {
    use std::fs;

    use tempfile::TempDir;

    use super::*;

    /// Writes files, each with a name of its own inside, and looks at all that is there.
    struct Folder(TempDir, Shelf);

    impl Folder {
        fn write(&self, file: &str, name: &str, status: u16) {
            let text = format!("name: {name}\nrules: [{{ respond: {status} }}]\n");
            fs::write(self.0.path().join(file), text).unwrap();
        }

        /// The changed scenarios with what they were called before, what is bad, what is gone.
        fn look(&mut self) -> (Vec<(String, Option<String>)>, usize, usize) {
            let entries = fs::read_dir(self.0.path()).unwrap();
            let mut paths: Vec<PathBuf> = entries.map(|entry| entry.unwrap().path()).collect();
            paths.sort();
            let look = self.1.look(&paths);
            let name = |scenario: Arc<Scenario>| scenario.name.clone();
            let changes = look.changes.into_iter();
            let changes = changes.map(|change| (name(change.scenario), change.before.map(name)));
            (changes.collect(), look.bad.len(), look.gone.len())
        }
    }

    fn folder() -> Folder {
        Folder(tempfile::tempdir().unwrap(), Shelf::new(Banks::default()))
    }

    fn changed(name: &str, before: Option<&str>) -> (String, Option<String>) {
        (name.to_owned(), before.map(str::to_owned))
    }

    #[test]
    fn what_is_new_or_other_is_a_change_and_nothing_else() {
        let mut folder = folder();
        folder.write("a.yaml", "a", 500);
        assert_eq!(folder.look(), (vec![changed("a", None)], 0, 0));
        assert_eq!(folder.look(), (vec![], 0, 0));
        folder.write("a.yaml", "a", 501);
        assert_eq!(folder.look(), (vec![changed("a", Some("a"))], 0, 0));
        folder.write("a.yaml", "b", 501);
        assert_eq!(folder.look(), (vec![changed("b", Some("a"))], 0, 0));
    }

    #[test]
    fn what_is_wrong_is_said_once_and_the_last_that_was_right_stays() {
        let mut folder = folder();
        folder.write("a.yaml", "a", 500);
        folder.look();
        folder.write("a.yaml", "a", 1000);
        assert_eq!(folder.look(), (vec![], 1, 0));
        assert_eq!(folder.look(), (vec![], 0, 0));
        let file = folder.0.path().join("a.yaml");
        assert!(folder.1.has(&file) && folder.1.of(&file).is_some());
        folder.write("a.yaml", "a", 502);
        assert_eq!(folder.look(), (vec![changed("a", Some("a"))], 0, 0));
    }

    #[test]
    fn a_file_that_is_gone_gives_its_name_back() {
        let mut folder = folder();
        folder.write("a.yaml", "a", 500);
        folder.look();
        let at = |file: &str| folder.0.path().join(file);
        fs::rename(at("a.yaml"), at("b.yaml")).unwrap();
        assert_eq!(folder.look(), (vec![changed("a", None)], 0, 1));
    }

    #[test]
    fn of_two_files_with_one_name_the_second_waits_for_the_first_to_go() {
        let mut folder = folder();
        folder.write("a.yaml", "a", 500);
        folder.look();
        folder.write("b.yaml", "a", 501);
        assert_eq!(folder.look(), (vec![], 1, 0));
        assert_eq!(folder.look(), (vec![], 0, 0));
        fs::remove_file(folder.0.path().join("a.yaml")).unwrap();
        assert_eq!(folder.look(), (vec![changed("a", None)], 0, 1));
    }

    #[test]
    fn two_files_may_change_names_with_each_other() {
        let mut folder = folder();
        folder.write("a.yaml", "a", 500);
        folder.write("b.yaml", "b", 500);
        folder.look();
        folder.write("a.yaml", "b", 500);
        folder.write("b.yaml", "a", 500);
        let expected = vec![changed("b", Some("a")), changed("a", Some("b"))];
        assert_eq!(folder.look(), (expected, 0, 0));
    }
}
