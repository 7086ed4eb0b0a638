//! Banks: ids and paths, each once.

use crate::config::bank::{
    A_PATH, AN_ID, LONGEST_LIFE, SHORTEST_LIFE, is_id, is_path, not_a_banks, overlap,
};
use crate::config::file::BankFile;
use crate::config::load::{Judge, values};
use crate::config::{BankConfig, TOKEN_LIFETIME};
use crate::dialect::{self, Dialect};
use crate::document::placed::Placed;
use crate::document::problem::{Problem, not_one_of};
use crate::document::reader;
use crate::document::tree::{Node, Tree, shown};

impl Judge {
    pub(super) fn banks(&mut self, list: Placed<Vec<Placed<BankFile>>>) -> Vec<BankConfig> {
        // Banks that could not be read are left out, and have problems of their own further down.
        let is_told = |problem: &Problem| problem.at > Some(list.at);
        if list.value.is_empty() && !self.problems.iter().any(is_told) {
            self.problems.push(list.problem(
                "found an empty list; allowed: at least one bank; leave `banks` out for one of each dialect",
            ));
        }
        let mut taken = Taken::default();
        let banks = list.value.into_iter();
        banks
            .filter_map(|bank| self.bank(bank.value, &mut taken))
            .collect()
    }

    /// The bank, if nothing is wrong with it.
    fn bank(&mut self, file: BankFile, taken: &mut Taken) -> Option<BankConfig> {
        let id = self.keep(bank_id(&file.id, &taken.ids));
        let path = base_path(&file);
        let free = free_path(&path, &taken.paths);
        // Of a bad id, nobody wants to hear that it makes a bad path.
        let base_path = match (&id, &file.base_path) {
            (None, None) => None,
            _ => self.keep(free),
        };
        taken.ids.push(file.id.clone());
        taken.paths.push(path);
        let dialect = self.keep(dialect_of(&file.dialect));
        let mut token_lifetime = TOKEN_LIFETIME;
        self.set(&mut token_lifetime, file.token_lifetime, |text| {
            values::span(&text, SHORTEST_LIFE, LONGEST_LIFE)
        });
        // Whatever is missing has been noted.
        Some(BankConfig {
            id: id?,
            dialect: dialect?,
            base_path: base_path?,
            strictness: file.strictness,
            policy: file.policy.unwrap_or_default(),
            token_lifetime,
        })
    }
}

/// The ids and paths of the banks so far.
#[derive(Default)]
struct Taken {
    ids: Vec<Placed<String>>,
    paths: Vec<Placed<String>>,
}

/// A bank of a list that may name banks of the settings.
#[derive(Debug, Clone)]
pub enum BankChoice {
    /// One of the settings, by its id.
    Configured(String),
    /// One that the list describes.
    Described(BankConfig),
}

/// Reads a list of banks, each as a config file has it or by the id of a configured one. `configured`:
/// ids and paths of these.
///
/// # Errors
/// Everything that is wrong.
pub fn choose_banks(
    list: &Node,
    configured: &[(&str, &str)],
) -> Result<Vec<BankChoice>, Vec<Problem>> {
    let mut judge = Judge::default();
    let mut taken = Taken::default();
    let mut choices = Vec::new();
    match &list.tree {
        Tree::List(items) if !items.is_empty() => {
            for item in items {
                choices.extend(judge.choice(item, configured, &mut taken));
            }
        }
        _ => {
            let found = match &list.tree {
                Tree::List(_) => "an empty list".to_owned(),
                _ => list.describe(),
            };
            let text = format!(
                "found {found}; allowed: a list of at least one bank; leave `banks` out for those of the settings"
            );
            judge.problems.push(Problem::at(list.at, text));
        }
    }
    if judge.problems.is_empty() {
        Ok(choices)
    } else {
        Err(judge.problems)
    }
}

impl Judge {
    fn choice(
        &mut self,
        item: &Node,
        configured: &[(&str, &str)],
        taken: &mut Taken,
    ) -> Option<BankChoice> {
        let Tree::Text(named) = &item.tree else {
            let (file, problems) = reader::read::<Option<BankFile>>(item);
            self.problems.extend(problems);
            return self.bank(file?, taken).map(BankChoice::Described);
        };
        let placed = |value: &str| Placed {
            at: item.at,
            value: value.to_owned(),
        };
        let Some((id, path)) = configured.iter().find(|(id, _)| id == named) else {
            let ids: Vec<&str> = configured.iter().map(|(id, _)| *id).collect();
            let found = format!("the bank `{}`", shown(named));
            let text = not_one_of(&found, named, &ids);
            self.problems.push(Problem::at(item.at, text));
            return None;
        };
        let (id, path) = (placed(id), placed(path));
        let is_free = bank_id(&id, &taken.ids).and(free_path(&path, &taken.paths));
        let is_free = self.keep(is_free).is_some();
        let name = id.value.clone();
        taken.ids.push(id);
        taken.paths.push(path);
        is_free.then_some(BankChoice::Configured(name))
    }
}

fn bank_id(id: &Placed<String>, before: &[Placed<String>]) -> Result<String, Problem> {
    if !is_id(&id.value) {
        return Err(id.refused(AN_ID));
    }
    match before.iter().find(|other| other.value == id.value) {
        Some(other) => Err(id.refused(format!(
            "an id that no other bank has; the one in line {} has it",
            other.at.line
        ))),
        None => Ok(id.value.clone()),
    }
}

fn dialect_of(id: &Placed<String>) -> Result<&'static Dialect, Problem> {
    dialect::by_id(&id.value).ok_or_else(|| {
        let ids: Vec<&str> = dialect::ALL.iter().map(|dialect| dialect.id).collect();
        let found = format!("the dialect `{}`", shown(&id.value));
        id.problem(not_one_of(&found, &id.value, &ids))
    })
}

/// The bank's path: its own, that of the default bank with this id, or its id.
fn base_path(file: &BankFile) -> Placed<String> {
    file.base_path.clone().unwrap_or_else(|| Placed {
        at: file.id.at,
        value: dialect::by_id(&file.id.value).map_or_else(
            || format!("/{}", file.id.value),
            |dialect| dialect.base_path.to_owned(),
        ),
    })
}

fn free_path(path: &Placed<String>, before: &[Placed<String>]) -> Result<String, Problem> {
    if !is_path(&path.value) {
        return Err(path.refused(A_PATH));
    }
    if let Some(taken) = not_a_banks(&path.value) {
        return Err(path.refused(format!("a path that is not below or above {taken}")));
    }
    match before
        .iter()
        .find(|other| overlap(&path.value, &other.value))
    {
        Some(other) => Err(path.refused(format!(
            "a path that is not that of another bank, below or above it; line {} has {}",
            other.at.line, other.value
        ))),
        None => Ok(path.value.clone()),
    }
}
