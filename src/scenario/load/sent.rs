//! What a request to a running emulator says of scenarios: one of them, or a `match` alone.

use std::path::Path;

use serde_json::Value;

use crate::document::placed::Placed;
use crate::document::problem::{BadFile, Problem};
use crate::document::reader;
use crate::document::shaped::Given;
use crate::document::tree::{Node, Tree};
use crate::scenario::banks::Banks;
use crate::scenario::file::{MatchFile, MatcherFile};
use crate::scenario::load::matcher::Field;
use crate::scenario::load::{Judge, Loaded, judged, parsed};
use crate::scenario::matcher::{Matcher, Matching};
use crate::scenario::narrowed::Narrowed;

/// What stands for a file in messages about what a request sent.
const BODY: &str = "body";

/// Judges the text of a scenario that is to have this name, YAML or JSON: it may give itself no other.
///
/// # Errors
/// [`BadFile`], with everything that is wrong; the file is `body`.
pub fn parse_named(name: &str, text: &str, banks: &Banks) -> Result<Loaded, BadFile> {
    judged(name, Some(name), text, banks).map_err(bad)
}

/// Reads the text of a `match` alone, YAML or JSON, for the default banks. `file` is for messages.
///
/// # Errors
/// [`BadFile`], with everything that is wrong.
pub fn parse_match(file: &Path, text: &str) -> Result<Matching, BadFile> {
    let root = parsed(text).map_err(|problem| vec![problem]);
    let sought = root.and_then(|root| sought(&root, &[], &Banks::default()));
    sought
        .map(|sought| sought.narrowed.matching)
        .map_err(|problems| BadFile::new(file, problems))
}

/// A `match` with keys beside those of scenarios.
#[derive(Debug, Clone)]
pub struct Sought {
    /// The keys of scenarios.
    pub narrowed: Narrowed,
    /// What those beside them must be, in the order in which they were asked for.
    pub besides: Vec<(String, Matcher)>,
}

/// Reads the `match` that stands in a body, YAML or JSON, at the end of a path of keys and positions,
/// such as `["in_order", "0"]`. `None` if nothing stands there. `besides` are keys that it may have
/// beside those of scenarios, with a matcher for a text.
///
/// # Errors
/// [`BadFile`], with everything that is wrong with the match, or that the body cannot be read. Places
/// are those in the body; the file is `body`.
pub fn parse_match_in(
    text: &str,
    path: &[&str],
    besides: &[&str],
    banks: &Banks,
) -> Result<Option<Sought>, BadFile> {
    let mut node = parsed(text).map_err(|problem| bad(vec![problem]))?;
    for step in path {
        match child(node, step) {
            Some(child) => node = child,
            None => return Ok(None),
        }
    }
    match node.tree {
        Tree::Null => Ok(None),
        _ => sought(&node, besides, banks).map(Some).map_err(bad),
    }
}

/// Reads a `match` alone from a value. Places are those in its JSON text, without blanks.
///
/// # Errors
/// [`BadFile`], with everything that is wrong; the file is `body`.
pub fn parse_match_value(value: &Value, banks: &Banks) -> Result<Narrowed, BadFile> {
    let root = parsed(&value.to_string()).map_err(|problem| vec![problem]);
    let sought = root.and_then(|root| sought(&root, &[], banks));
    sought.map(|sought| sought.narrowed).map_err(bad)
}

fn bad(problems: Vec<Problem>) -> BadFile {
    BadFile::new(BODY, problems)
}

fn child(node: Node, step: &str) -> Option<Node> {
    match node.tree {
        Tree::Map(entries) => {
            let mut entries = entries.into_iter();
            let found = entries.find(|(key, _)| key.name == step);
            found.map(|(_, child)| child)
        }
        Tree::List(items) => items.into_iter().nth(step.parse().ok()?),
        _ => None,
    }
}

fn sought(node: &Node, besides: &[&str], banks: &Banks) -> Result<Sought, Vec<Problem>> {
    let (shape, problems) = reader::read_besides::<MatchFile>(node, besides);
    let mut judge = Judge::new(node, problems, banks);
    let matching = judge.matching(shape);
    let mut given = node.to_json();
    let mut matchers = Vec::new();
    for name in besides {
        if let Some(object) = given.as_object_mut() {
            object.shift_remove(*name);
        }
        let matcher = entry(node, name).and_then(|value| judge.beside(value));
        matchers.extend(matcher.map(|matcher| ((*name).to_owned(), matcher)));
    }
    if !judge.problems.is_empty() {
        return Err(judge.problems);
    }
    Ok(Sought {
        narrowed: Narrowed { matching, given },
        besides: matchers,
    })
}

fn entry<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let Tree::Map(entries) = &node.tree else {
        return None;
    };
    let mut entries = entries.iter();
    let found = entries.find(|(key, _)| key.name == name);
    found.map(|(_, value)| value)
}

impl Judge<'_> {
    /// The matcher of a text that no scenario knows.
    fn beside(&mut self, value: &Node) -> Option<Matcher> {
        let (file, problems) = reader::read::<Given<Placed<MatcherFile>>>(value);
        self.problems.extend(problems);
        file.0.and_then(|file| self.matcher(&file, Field::Text))
    }
}
