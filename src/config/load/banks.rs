//! Banks: ids and paths, each once.

use crate::config::file::BankFile;
use crate::config::load::{Judge, values};
use crate::config::{BankConfig, TOKEN_LIFETIME};
use crate::dialect::{self, Dialect};
use crate::document::placed::Placed;
use crate::document::problem::{Problem, not_one_of};
use crate::document::tree::shown;
use crate::domain::timespan::TimeSpan;

/// Longest life of an access token: ten years.
const LONGEST_LIFE: TimeSpan = TimeSpan::seconds(3_650 * 24 * 60 * 60);

/// Paths that are not the banks'.
const TAKEN: [&str; 2] = ["/directory", "/w"];

impl Judge {
    pub(super) fn banks(&mut self, list: Placed<Vec<Placed<BankFile>>>) -> Vec<BankConfig> {
        // Banks that could not be read are left out, and have problems of their own further down.
        let is_told = |problem: &Problem| problem.at > Some(list.at);
        if list.value.is_empty() && !self.problems.iter().any(is_told) {
            self.problems.push(list.problem(
                "found an empty list; allowed: at least one bank; leave `banks` out for one of each dialect",
            ));
        }
        let mut ids: Vec<Placed<String>> = Vec::new();
        let mut paths: Vec<Placed<String>> = Vec::new();
        let mut banks = Vec::new();
        for Placed { value: file, .. } in list.value {
            let id = self.keep(bank_id(&file.id, &ids));
            let path = base_path(&file);
            let free = free_path(&path, &paths);
            // Of a bad id, nobody wants to hear that it makes a bad path.
            let base_path = match (&id, &file.base_path) {
                (None, None) => None,
                _ => self.keep(free),
            };
            ids.push(file.id.clone());
            paths.push(path);
            let dialect = self.keep(dialect_of(&file.dialect));
            let mut token_lifetime = TOKEN_LIFETIME;
            self.set(&mut token_lifetime, file.token_lifetime, |text| {
                values::span(&text, TimeSpan::seconds(1), LONGEST_LIFE)
            });
            // Whatever is missing has been noted.
            if let (Some(id), Some(base_path), Some(dialect)) = (id, base_path, dialect) {
                banks.push(BankConfig {
                    id,
                    dialect,
                    base_path,
                    strictness: file.strictness,
                    policy: file.policy.unwrap_or_default(),
                    token_lifetime,
                });
            }
        }
        banks
    }
}

fn bank_id(id: &Placed<String>, before: &[Placed<String>]) -> Result<String, Problem> {
    let is_allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"._-".contains(&byte);
    if !(1..=63).contains(&id.value.len()) || !id.value.bytes().all(is_allowed) {
        return Err(id.refused("1 to 63 letters, digits, `.`, `_` and `-`"));
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
    let allowed = "a path such as /my-bank: `/` and letters, digits, `-`, `.`, `_`, `~`";
    if !is_path(&path.value) {
        return Err(path.refused(allowed));
    }
    if let Some(taken) = TAKEN.iter().find(|taken| overlap(&path.value, taken)) {
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

fn is_path(path: &str) -> bool {
    let is_unreserved = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
    path.strip_prefix('/').is_some_and(|rest| {
        rest.split('/').all(|segment| {
            !matches!(segment, "" | "." | "..") && segment.bytes().all(is_unreserved)
        })
    })
}

/// Whether one of two paths is the other or lies below it.
fn overlap(one: &str, other: &str) -> bool {
    let below = |path: &str, base: &str| {
        path.strip_prefix(base)
            .is_some_and(|rest| rest.is_empty() || rest.starts_with('/'))
    };
    below(one, other) || below(other, one)
}
