//! What a request to a running emulator says of scenarios: one of them, or whom one is for.

use serde_json::Value;

use crate::document::problem::{BadFile, Problem};
use crate::document::reader;
use crate::document::tree::{self, Node, Tree};
use crate::scenario::banks::Banks;
use crate::scenario::file::{ActivationFile, MatchFile};
use crate::scenario::load::{Judge, Loaded, judged, parsed, scalars};
use crate::scenario::narrowed::Narrowed;

/// What stands for a file in messages about what a request sent.
const BODY: &str = "body";

/// Judges the text of a scenario that is to have this name, YAML or JSON: it may give itself no other.
///
/// # Errors
/// [`BadFile`], with everything that is wrong; the file is `body`.
pub fn parse_named(name: &str, text: &str, banks: &Banks) -> Result<Loaded, BadFile> {
    if !scalars::is_scenario_name(name) {
        return Err(bad(vec![Problem::whole(format!(
            "found `{}` in the URL, which no scenario can be called; allowed: {}; choose another name in the URL",
            tree::shown(name),
            scalars::scenario_names(name)
        ))]));
    }
    judged(name, Some(name), text, banks).map_err(bad)
}

/// Reads how a scenario is put in force, YAML or JSON: `{match?}`, and-ed to the match of every rule.
/// `None` if it is for everybody.
///
/// # Errors
/// [`BadFile`], with everything that is wrong; the file is `body`.
pub fn parse_activation(text: &str, banks: &Banks) -> Result<Option<Narrowed>, BadFile> {
    let mut root = parsed(text).map_err(|problem| bad(vec![problem]))?;
    if let Tree::Map(entries) = &mut root.tree {
        // Null is for everybody, as it is where none is given.
        entries.retain(|(key, value)| key.name != "match" || !matches!(value.tree, Tree::Null));
    }
    let (file, problems) = reader::read::<ActivationFile>(&root);
    let mut judge = Judge::new(&root, problems, banks);
    let matching = file.matching.0.map(|file| judge.matching(file));
    if !judge.problems.is_empty() {
        return Err(bad(judge.problems));
    }
    let given = entry(&root, "match").map(Node::to_json);
    Ok(matching
        .zip(given)
        .map(|(matching, given)| Narrowed { matching, given }))
}

/// Reads a `match` alone from a value. Places are those in its JSON text, without blanks.
///
/// # Errors
/// [`BadFile`], with everything that is wrong; the file is `body`.
pub fn parse_match_value(value: &Value, banks: &Banks) -> Result<Narrowed, BadFile> {
    let root = parsed(&value.to_string()).map_err(|problem| bad(vec![problem]))?;
    let (shape, problems) = reader::read::<MatchFile>(&root);
    let mut judge = Judge::new(&root, problems, banks);
    let matching = judge.matching(shape);
    if !judge.problems.is_empty() {
        return Err(bad(judge.problems));
    }
    let given = root.to_json();
    Ok(Narrowed { matching, given })
}

pub(super) fn bad(problems: Vec<Problem>) -> BadFile {
    BadFile::new(BODY, problems)
}

fn entry<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let Tree::Map(entries) = &node.tree else {
        return None;
    };
    let mut entries = entries.iter();
    let found = entries.find(|(key, _)| key.name == name);
    found.map(|(_, value)| value)
}
