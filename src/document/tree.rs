//! A YAML document as a tree in which everything knows its place.
//!
//! Which keys and types are right is not known here, so that a document with several mistakes can
//! be read to its end.

use std::fmt;

use serde::de::{Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::{Number, Value};
use serde_saphyr::budget::Budget;
use serde_saphyr::options::AliasLimits;
use serde_saphyr::{Error, Location, MessageFormatter, Options, Spanned, UserMessageFormatter};

use crate::document::problem::{Position, Problem};

/// A value and its place.
#[derive(Debug)]
pub struct Node {
    pub at: Position,
    pub tree: Tree,
}

/// A value as YAML 1.2 understands it.
#[derive(Debug)]
pub enum Tree {
    Null,
    Bool(bool),
    /// As it is written, and its value; `None` for what JSON cannot say, such as `.inf`.
    Number(String, Option<Number>),
    Text(String),
    List(Vec<Node>),
    Map(Vec<(Key, Node)>),
}

/// A key and its place.
#[derive(Debug)]
pub struct Key {
    pub at: Position,
    pub name: String,
}

impl Node {
    /// Reads one document; an empty one is null.
    pub fn parse(source: &str) -> Result<Self, Problem> {
        Self::parse_at_most(source, MOST_VALUES)
    }

    /// Reads one document of at most so many values.
    pub fn parse_at_most(source: &str, values: usize) -> Result<Self, Problem> {
        serde_saphyr::from_str_with_options::<Spanned<Raw>>(source, options(values))
            .map(|raw| node(raw, source))
            .map_err(|error| unreadable(&error, values))
    }

    /// How many values it is.
    pub fn count(&self) -> usize {
        1 + match &self.tree {
            Tree::List(items) => items.iter().map(Self::count).sum(),
            Tree::Map(entries) => entries.iter().map(|(_, value)| value.count()).sum(),
            _ => 0,
        }
    }

    /// The keys and positions that lead to what stands there, joined by dots, such as
    /// `rules.0.match.bank`; empty for the whole. `None` if nothing begins there.
    pub fn path_to(&self, at: Position) -> Option<String> {
        let below = |name: &str, path: String| match path.as_str() {
            "" => shown(name),
            path => format!("{}.{path}", shown(name)),
        };
        // What is further in is more to the point.
        let inner = match &self.tree {
            Tree::List(items) => items
                .iter()
                .enumerate()
                .find_map(|(index, item)| Some(below(&index.to_string(), item.path_to(at)?))),
            Tree::Map(entries) => entries.iter().find_map(|(key, value)| {
                let is_key = (key.at == at).then(String::new);
                Some(below(&key.name, is_key.or_else(|| value.path_to(at))?))
            }),
            _ => None,
        };
        inner.or_else(|| (self.at == at).then(String::new))
    }

    /// The value in JSON; a number that JSON cannot say is null.
    pub fn to_json(&self) -> Value {
        match &self.tree {
            Tree::Null | Tree::Number(_, None) => Value::Null,
            Tree::Bool(value) => Value::Bool(*value),
            Tree::Number(_, Some(value)) => Value::Number(value.clone()),
            Tree::Text(text) => Value::String(text.clone()),
            Tree::List(items) => items.iter().map(Self::to_json).collect(),
            Tree::Map(entries) => entries
                .iter()
                .map(|(key, value)| (key.name.clone(), value.to_json()))
                .collect(),
        }
    }

    /// What stands there, for `found …`.
    pub fn describe(&self) -> String {
        match &self.tree {
            Tree::Null => "nothing".to_owned(),
            Tree::Bool(value) => format!("`{value}`"),
            Tree::Number(text, _) => format!("the number `{}`", shown(text)),
            // In quotes, so that it is no number and no truth value.
            Tree::Text(text) if text.parse::<f64>().is_ok() || text.parse::<bool>().is_ok() => {
                format!("the text `{}`", shown(text))
            }
            Tree::Text(text) => format!("`{}`", shown(text)),
            Tree::List(_) => "a list".to_owned(),
            Tree::Map(_) => "keys".to_owned(),
        }
    }
}

/// A text of the file for a message of one line.
pub fn shown(text: &str) -> String {
    one_line(text, 80)
}

/// At most so many characters, none of which moves a terminal's cursor.
fn one_line(text: &str, most: usize) -> String {
    let mut line = String::new();
    for character in text.chars().take(most) {
        if character.is_control() {
            line.extend(character.escape_default());
        } else {
            line.push(character);
        }
    }
    if text.chars().nth(most).is_some() {
        line.push('…');
    }
    line
}

/// YAML 1.2, in which `yes` and `on` are texts; `0644` is none of its numbers for us, since two
/// versions of YAML read two different ones. Far smaller than the library's own limits.
fn options(values: usize) -> Options {
    serde_saphyr::options! {
        budget: budget(values),
        alias_limits: alias_limits(),
        leading_zero_numbers_as_strings: true,
        strict_booleans: true,
        underscored_numbers_as_strings: true,
        with_snippet: false,
    }
}

/// Values that a document may have, unless its reader allows more.
const MOST_VALUES: usize = 50_000;

fn budget(values: usize) -> Option<Budget> {
    serde_saphyr::budget! {
        max_events: values.saturating_mul(4),
        max_aliases: 1_000,
        max_depth: 32,
        max_nodes: values,
        max_total_scalar_bytes: 4 * 1024 * 1024,
    }
}

/// Pieces that all aliases together may stand for. A few lines of aliases of aliases stand for millions.
const MOST_BY_ALIAS: usize = 50_000;

fn alias_limits() -> AliasLimits {
    serde_saphyr::alias_limits! { max_total_replayed_events: MOST_BY_ALIAS }
}

/// The library's error as a problem of ours.
fn unreadable(error: &Error, values: usize) -> Problem {
    let error = match error.without_snippet() {
        Error::AliasError { error, .. } => error.without_snippet(),
        error => error,
    };
    let text = match error {
        Error::Budget { .. }
        | Error::AliasReplayLimitExceeded { .. }
        | Error::AliasExpansionLimitExceeded { .. } => {
            format!(
                "found more than can be read; allowed: {values} values, 32 levels, 1000 aliases that \
                 stand for {MOST_BY_ALIAS} pieces"
            )
        }
        Error::DuplicateMappingKey { key: Some(key), .. } => format!(
            "found the key `{}` a second time; allowed: once",
            shown(key)
        ),
        Error::MultipleDocuments { .. } => {
            "found a second document; allowed: one; a line of `---` begins another".to_owned()
        }
        Error::NonFiniteFloat { value, .. } => {
            format!("found `{}`; allowed: a finite number", shown(value))
        }
        Error::UnknownAnchor { .. } => {
            "found `*` and no anchor of that name above; allowed: a text that begins with `*` in quotes: \"*…\""
                .to_owned()
        }
        _ => {
            // The parser's words may quote the file.
            let text = one_line(&UserMessageFormatter.format_message(error), 300);
            let hint = if text.ends_with("expected string scalar") {
                "; a text that begins with `{` or `[` is in quotes: \"{{ … }}\""
            } else {
                ""
            };
            format!("found no YAML that can be read: {text}{hint}")
        }
    };
    match error.location() {
        Some(at) => Problem::at(position(at), text),
        None => Problem::whole(text),
    }
}

fn position(at: Location) -> Position {
    Position {
        line: at.line(),
        column: at.column(),
    }
}

/// A value as the library hands it over.
enum Raw {
    Null,
    Bool(bool),
    /// `None` for a number that JSON cannot say.
    Number(Option<Number>),
    Text(String),
    List(Vec<Spanned<Raw>>),
    Map(Vec<(Spanned<String>, Spanned<Raw>)>),
}

fn node(raw: Spanned<Raw>, source: &str) -> Node {
    let tree = match raw.value {
        Raw::Null => Tree::Null,
        Raw::Bool(value) => Tree::Bool(value),
        Raw::Number(value) => Tree::Number(slice(source, raw.defined), value),
        Raw::Text(text) => Tree::Text(text),
        Raw::List(items) => Tree::List(items.into_iter().map(|item| node(item, source)).collect()),
        Raw::Map(entries) => Tree::Map(
            entries
                .into_iter()
                .map(|(name, value)| (key(name), node(value, source)))
                .collect(),
        ),
    };
    Node {
        at: position(raw.defined),
        tree,
    }
}

fn key(name: Spanned<String>) -> Key {
    Key {
        at: position(name.defined),
        name: name.value,
    }
}

/// What stands in the file there.
fn slice(source: &str, at: Location) -> String {
    let range = at.span().byte_offset().zip(at.span().byte_len());
    let range = range.and_then(|(start, length)| {
        let start = usize::try_from(start).ok()?;
        source.get(start..start + usize::try_from(length).ok()?)
    });
    range.unwrap_or("?").trim().to_owned()
}

impl<'de> Deserialize<'de> for Raw {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(RawVisitor)
    }
}

struct RawVisitor;

impl<'de> Visitor<'de> for RawVisitor {
    type Value = Raw;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("any value")
    }

    fn visit_unit<E>(self) -> Result<Raw, E> {
        Ok(Raw::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Raw, E> {
        Ok(Raw::Bool(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Raw, E> {
        Ok(Raw::Number(Some(value.into())))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Raw, E> {
        Ok(Raw::Number(Some(value.into())))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Raw, E> {
        Ok(Raw::Number(Number::from_f64(value)))
    }

    fn visit_str<E>(self, text: &str) -> Result<Raw, E> {
        Ok(Raw::Text(text.to_owned()))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Raw, A::Error> {
        let mut list = Vec::new();
        while let Some(item) = items.next_element()? {
            list.push(item);
        }
        Ok(Raw::List(list))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut entries: A) -> Result<Raw, A::Error> {
        let mut map = Vec::new();
        while let Some(entry) = entries.next_entry()? {
            map.push(entry);
        }
        Ok(Raw::Map(map))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_has_the_path_of_what_begins_there() {
        let root = Node::parse("a: 1\nrules:\n  - match: { bank: x }\n").unwrap();
        let path = |line, column| root.path_to(Position { line, column });
        for (line, column, expected) in [
            (1, 4, Some("a")),
            (2, 1, Some("rules")),
            (3, 5, Some("rules.0.match")),
            (3, 14, Some("rules.0.match.bank")),
            (3, 20, Some("rules.0.match.bank")),
            (3, 21, None),
            (9, 1, None),
        ] {
            assert_eq!(path(line, column).as_deref(), expected, "{line}:{column}");
        }
    }
}
