//! The body of a request: JSON or, for people, YAML.

use bytes::Bytes;
use serde_json::Value;
use warp::http::HeaderMap;
use warp::http::header::CONTENT_TYPE;

use crate::control::problem::Problem;
use crate::dialect::checks::transport::media_type;
use crate::document::problem::Problem as Wrong;
use crate::document::tree::{Node, Tree};
use crate::domain::json;

/// The media types that a body may have. The first is for programs.
pub const MEDIA_TYPES: [&str; 4] = [
    "application/json",
    "application/yaml",
    "application/x-yaml",
    "text/yaml",
];

/// How a body is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Syntax {
    /// RFC 8259, without members that occur twice.
    Json,
    /// YAML 1.2, which includes JSON.
    Yaml,
}

impl Syntax {
    /// The syntax that the content type names.
    ///
    /// # Errors
    /// 415 of any other, and of none.
    pub fn of(headers: &HeaderMap) -> Result<Self, Problem> {
        let found = headers.get(CONTENT_TYPE).map(|value| value.to_str());
        let found = media_type(found.and_then(Result::ok).unwrap_or_default());
        match MEDIA_TYPES.iter().position(|known| *known == found) {
            Some(0) => Ok(Self::Json),
            Some(_) => Ok(Self::Yaml),
            None => Err(Problem::unsupported_media_type(
                "the body must be JSON or YAML: Content-Type: application/json or application/yaml",
            )),
        }
    }
}

/// The value that a body is.
///
/// # Errors
/// 400 with line and column.
pub fn parse(syntax: Syntax, bytes: &Bytes) -> Result<Value, Problem> {
    match syntax {
        Syntax::Json => json::parse_value(bytes).map_err(|error| not_json(&error)),
        Syntax::Yaml => {
            let text = str::from_utf8(bytes)
                .map_err(|_| Problem::field("body", "bytes that are not UTF-8", "a YAML text"))?;
            let tree = Node::parse(text).and_then(|node| value(&node));
            tree.map_err(|wrong| not_yaml(&wrong))
        }
    }
}

fn not_json(error: &serde_json::Error) -> Problem {
    let (line, column) = (error.line() as u64, error.column() as u64);
    let text = error.to_string();
    // The problem has the place by itself.
    let place = format!(" at line {line} column {column}");
    let found = text.strip_suffix(&place).unwrap_or(&text);
    Problem::field("body", found, "one JSON value").at(line, column)
}

fn not_yaml(wrong: &Wrong) -> Problem {
    let text = wrong.text.strip_prefix("found ").unwrap_or(&wrong.text);
    let parts = text.split_once("; allowed: ");
    let (found, allowed) = parts.unwrap_or((text, "one YAML document"));
    let problem = Problem::field("body", found, allowed);
    match wrong.at {
        Some(at) => problem.at(at.line, at.column),
        None => problem,
    }
}

/// A tree as JSON has it.
fn value(node: &Node) -> Result<Value, Wrong> {
    Ok(match &node.tree {
        Tree::Null => Value::Null,
        Tree::Bool(value) => Value::Bool(*value),
        Tree::Number(_, Some(number)) => Value::Number(number.clone()),
        Tree::Number(_, None) => {
            let text = format!("found {}; allowed: a finite number", node.describe());
            return Err(Wrong::at(node.at, text));
        }
        Tree::Text(text) => Value::String(text.clone()),
        Tree::List(items) => Value::Array(items.iter().map(value).collect::<Result<_, _>>()?),
        Tree::Map(entries) => {
            let members = entries.iter();
            let members = members.map(|(key, node)| Ok((key.name.clone(), value(node)?)));
            Value::Object(members.collect::<Result<_, _>>()?)
        }
    })
}
