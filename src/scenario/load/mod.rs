//! A scenario file, judged and compiled.

mod alter;
mod answer;
pub(super) mod catalogue;
mod effect;
mod expectation;
pub(super) mod fault;
mod gates;
mod handshake;
mod hints;
pub(super) mod matcher;
mod matching;
mod offered;
mod reach;
mod rule;
mod scalars;
mod sent;

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, Read};
use std::path::Path;

pub use self::expectation::{parse_expectation, parse_sought};
pub use self::sent::{parse_activation, parse_match_value, parse_named};
use crate::dialect::policy::PolicyChanges;
use crate::document::placed::Placed;
use crate::document::problem::{BadFile, Position, Problem};
use crate::document::reader;
use crate::document::tree::{Node, Tree};
use crate::scenario::banks::Banks;
use crate::scenario::file::{RuleFile, ScenarioFile};
use crate::scenario::load::rule::Places;
use crate::scenario::model::{Rule, Scenario};

/// What a scenario file says.
#[derive(Debug, Clone)]
pub struct Loaded {
    /// The scenario.
    pub scenario: Scenario,
    /// What can be, but is hardly meant.
    pub warnings: Vec<Problem>,
}

/// Largest scenario file, in bytes.
const LARGEST: usize = 1024 * 1024;
/// Values of a scenario file: a rule has a dozen.
const MOST_VALUES: usize = 300_000;
/// Rules of a scenario.
const MOST_RULES: usize = 10_000;
/// Nobody reads more warnings.
const MOST_WARNINGS: usize = 100;

/// Reads a scenario file, YAML or JSON. Its name, if it says none, is that of the file.
///
/// # Errors
/// [`BadFile`], with everything that is wrong.
pub fn load(path: &Path) -> Result<Loaded, BadFile> {
    parse(&stem(path), path, &read(path)?)
}

/// The name that a scenario has from its file.
fn stem(path: &Path) -> String {
    let stem = path.file_stem().unwrap_or_default();
    stem.to_string_lossy().into_owned()
}

/// The text of a scenario file, which may be as long as one may be.
///
/// # Errors
/// [`BadFile`]: it cannot be read, is too long, or is not UTF-8.
pub fn read(path: &Path) -> Result<String, BadFile> {
    let bad = |text: String| BadFile::new(path, vec![Problem::whole(text)]);
    let bytes = read_file(path).map_err(|cause| {
        bad(format!(
            "the file cannot be read ({cause}); check the path and its permissions"
        ))
    })?;
    String::from_utf8(bytes).map_err(|error| {
        let valid = error.utf8_error().valid_up_to();
        bad(format!(
            "the file is not UTF-8 (byte {valid} is the first that is not); save it as UTF-8"
        ))
    })
}

/// Judges the text of a scenario file, YAML or JSON, for the default banks. `name` is its name if it
/// says none; `file` is for messages.
///
/// # Errors
/// [`BadFile`], with everything that is wrong.
pub fn parse(name: &str, file: &Path, text: &str) -> Result<Loaded, BadFile> {
    parse_for(name, file, text, &Banks::default())
}

/// The same for these banks.
///
/// # Errors
/// [`BadFile`], with everything that is wrong.
pub fn parse_for(name: &str, file: &Path, text: &str, banks: &Banks) -> Result<Loaded, BadFile> {
    judged(name, None, text, banks).map_err(|problems| BadFile::new(file, problems))
}

/// Whether a text is a scenario rather than a config file: it has a key that only scenarios have.
#[must_use]
pub fn looks_like_one(text: &str) -> bool {
    const KEYS: [&str; 4] = ["name", "description", "rules", "policy"];
    const OF_RULES: [&str; 4] = ["match", "respond", "reject", "fault"];
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    match Node::parse_at_most(text, MOST_VALUES) {
        Ok(root) => match root.tree {
            Tree::Map(entries) => entries
                .iter()
                .any(|(key, _)| KEYS.contains(&key.name.as_str())),
            // Its rules alone.
            Tree::List(items) => items.iter().any(|item| {
                let Tree::Map(entries) = &item.tree else {
                    return false;
                };
                let mut keys = entries.iter().map(|(key, _)| key.name.as_str());
                keys.any(|key| OF_RULES.contains(&key))
            }),
            _ => false,
        },
        // It cannot be read, but its lines may show what it was to be.
        Err(_) => text.lines().any(|line| {
            let key = line.split_once(':').map(|(key, _)| key);
            key.is_some_and(|key| KEYS.contains(&key))
        }),
    }
}

fn read_file(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let most = u64::try_from(LARGEST).unwrap_or(u64::MAX);
    File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    if bytes.len() > LARGEST {
        return Err(io::Error::other("larger than 1 MiB"));
    }
    Ok(bytes)
}

fn parsed(text: &str) -> Result<Node, Problem> {
    if text.len() > LARGEST {
        return Err(Problem::whole(format!(
            "found {} bytes; allowed: at most 1 MiB",
            text.len()
        )));
    }
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    Node::parse_at_most(text, MOST_VALUES)
}

/// `only` is the one name that it may give itself.
fn judged(
    name: &str,
    only: Option<&str>,
    text: &str,
    banks: &Banks,
) -> Result<Loaded, Vec<Problem>> {
    let root = parsed(text).map_err(|problem| vec![problem])?;
    let (file, problems) = reader::read::<ScenarioFile>(&root);
    let problems = hints::with_hints(&root, problems);
    let mut judge = Judge::new(&root, problems, banks);
    judge.emptiness(&root, &file);
    if let Some((own, only)) = file.name.0.as_ref().zip(only)
        && own.value != only
    {
        let allowed = format!("`{only}`, as the URL has it; or leave `name` out");
        judge.problems.push(own.refused(allowed));
    }
    let scenario = judge.scenario(name, file);
    if !judge.problems.is_empty() {
        return Err(judge.problems);
    }
    judge.warnings.sort_by_key(|problem| problem.at);
    if let Some(more) = judge.warnings.len().checked_sub(MOST_WARNINGS)
        && more > 0
    {
        judge.warnings.truncate(MOST_WARNINGS);
        let last = judge.warnings.last().and_then(|problem| problem.at);
        judge.warnings.push(Problem {
            at: last,
            text: format!("and {more} more warnings"),
        });
    }
    Ok(Loaded {
        scenario,
        warnings: judge.warnings,
    })
}

/// Collects what is wrong while it makes a scenario of a file.
struct Judge<'b> {
    /// The banks that rules can meet.
    banks: &'b Banks,
    problems: Vec<Problem>,
    warnings: Vec<Problem>,
    /// Where something could not be read and was left out.
    unread: Vec<Position>,
    /// From where to where the part of the file reaches that is being judged.
    within: (Position, Option<Position>),
}

impl<'b> Judge<'b> {
    /// With what is wrong already.
    fn new(root: &Node, problems: Vec<Problem>, banks: &'b Banks) -> Self {
        Self {
            banks,
            unread: problems.iter().filter_map(|problem| problem.at).collect(),
            within: (root.at, None),
            problems,
            warnings: Vec::new(),
        }
    }

    /// The value, or a note of what is wrong with it.
    fn keep<T>(&mut self, judged: Result<T, Problem>) -> Option<T> {
        judged.map_err(|problem| self.problems.push(problem)).ok()
    }

    fn refuse(&mut self, at: Position, text: impl Into<String>) {
        self.problems.push(Problem::at(at, text));
    }

    /// Something is not there; unless it is, and could not be read.
    fn miss(&mut self, at: Position, text: impl Into<String>) {
        let (start, end) = self.within;
        let is_here = |at: &Position| *at >= start && end.is_none_or(|end| *at < end);
        if !self.unread.iter().any(is_here) {
            self.refuse(at, text);
        }
    }

    fn warn(&mut self, at: Position, text: impl Into<String>) {
        self.warnings.push(Problem::at(at, text));
    }

    /// A scenario does something.
    fn emptiness(&mut self, root: &Node, file: &ScenarioFile) {
        let hint = "allowed: at least one rule, or `policy` with switches";
        match &file.rules.0 {
            None if file.policy.0.is_none() => {
                self.miss(root.at, format!("found no key `rules`; {hint}"));
            }
            Some(rules) if rules.value.is_empty() && file.policy.0.is_none() => {
                self.miss(rules.at, format!("found an empty list; {hint}"));
            }
            rules
                if rules.as_ref().is_none_or(|rules| rules.value.is_empty())
                    && file.policy.0 == Some(PolicyChanges::default()) =>
            {
                self.warn(
                    root.at,
                    "found no rule and no switch; this scenario does nothing",
                );
            }
            Some(rules) if rules.value.len() > MOST_RULES => self.refuse(
                rules.at,
                format!(
                    "found {} rules; allowed: at most {MOST_RULES}; make two scenarios of them",
                    rules.value.len()
                ),
            ),
            _ => {}
        }
    }

    fn scenario(&mut self, name: &str, file: ScenarioFile) -> Scenario {
        let name = match &file.name.0 {
            Some(name) => self.keep(scalars::scenario_name(name)).unwrap_or_default(),
            None if scalars::is_scenario_name(name) => name.to_owned(),
            None => {
                self.problems.push(Problem::whole(format!(
                    "found no key `name`, and `{}` cannot be one; allowed: {}; give the scenario a `name`",
                    crate::document::tree::shown(name),
                    scalars::scenario_names(name)
                )));
                String::new()
            }
        };
        let files = file.rules.0.map(|rules| rules.value).unwrap_or_default();
        let (rules, places) = self.rules(files);
        if self.problems.is_empty() {
            self.reach(&rules, &places);
        }
        Scenario {
            name,
            description: file.description.0,
            seed: file.seed.0,
            policy: file.policy.0.unwrap_or_default(),
            rules,
        }
    }

    fn rules(&mut self, files: Vec<Placed<RuleFile>>) -> (Vec<Rule>, Vec<Places>) {
        let mut lines: HashMap<String, u64> = HashMap::new();
        let mut rules = Vec::with_capacity(files.len());
        let mut places = Vec::with_capacity(files.len());
        let mut files = files.into_iter().enumerate().peekable();
        while let Some((index, file)) = files.next() {
            self.within = (file.at, files.peek().map(|(_, next)| next.at));
            let at = file.value.name.0.as_ref().map_or(file.at, |name| name.at);
            let (rule, place) = self.rule(index, file);
            if let Some(line) = lines.insert(rule.name.clone(), at.line) {
                self.refuse(
                    at,
                    format!(
                        "found the rule name `{}`; allowed: a name that no other rule has; the one in line {line} has it",
                        rule.name
                    ),
                );
            }
            rules.push(rule);
            places.push(place);
        }
        (rules, places)
    }
}

#[cfg(test)]
mod tests;
