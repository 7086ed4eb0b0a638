//! What is wrong with a value, and where.

use std::fmt;

use serde::de::{self, Expected, Unexpected};
use serde_json::Value;

use crate::control::problem::Problem;
use crate::control::reading::meaning;
use crate::document::tree::shown;

/// Something wrong, and the names on the way to it, the innermost first.
#[derive(Debug)]
pub(super) struct Refused {
    path: Vec<String>,
    wrong: Wrong,
}

/// What is wrong.
#[derive(Debug)]
pub(super) enum Wrong {
    /// Found this; allowed is that.
    Found(String, String),
    /// A member that is needed is not there.
    Missing(&'static str),
    /// A member that nobody knows; those that are known.
    Unknown(String, String),
    /// What the type itself says: `found …; allowed: …`, or what is allowed.
    Says(String),
}

impl From<Wrong> for Refused {
    fn from(wrong: Wrong) -> Self {
        let path = Vec::new();
        Self { path, wrong }
    }
}

impl Refused {
    /// The same, as a part of what has this name.
    pub fn below(mut self, name: &str) -> Self {
        self.path.push(name.to_owned());
        self
    }

    /// The same; where only the type has spoken, it spoke of this value.
    pub fn of(mut self, value: &Value) -> Self {
        if let Wrong::Says(text) = self.wrong {
            self.wrong = match text.strip_prefix("found ").and_then(split_allowed) {
                Some((found, allowed)) => Wrong::Found(found.to_owned(), allowed.to_owned()),
                None => Wrong::Found(describe(value), text),
            };
        }
        self
    }

    /// The status is 400. `whole` names what is wrong where no member is; the schema tells what a
    /// missing member may be.
    pub fn problem(mut self, whole: &str, schema: &Value) -> Problem {
        let (found, allowed) = match self.wrong {
            Wrong::Found(found, allowed) => (found, allowed),
            Wrong::Missing(name) => {
                self.path.insert(0, name.to_owned());
                let path: Vec<&str> = self.path.iter().rev().map(String::as_str).collect();
                ("nothing".to_owned(), meaning::allowed(schema, &path))
            }
            Wrong::Unknown(name, known) => {
                self.path.insert(0, name);
                let known = if known.is_empty() {
                    "none".to_owned()
                } else {
                    known
                };
                ("an unknown member".to_owned(), known)
            }
            Wrong::Says(text) => ("something else".to_owned(), text),
        };
        let path: Vec<&str> = self.path.iter().rev().map(String::as_str).collect();
        let field = if path.is_empty() {
            whole.to_owned()
        } else {
            shown(&path.join("."))
        };
        Problem::field(field, found, allowed)
    }
}

fn split_allowed(text: &str) -> Option<(&str, &str)> {
    text.split_once("; allowed: ")
}

/// A value, for `found …`.
pub(super) fn describe(value: &Value) -> String {
    match value {
        Value::Null => "null".to_owned(),
        Value::Bool(value) => format!("`{value}`"),
        Value::Number(number) => format!("the number `{number}`"),
        Value::String(text) => format!("`{}`", shown(text)),
        Value::Array(_) => "a list".to_owned(),
        Value::Object(_) => "an object".to_owned(),
    }
}

/// What serde found, in the words of JSON.
fn found(unexpected: &Unexpected<'_>) -> String {
    match unexpected {
        Unexpected::Bool(value) => format!("`{value}`"),
        Unexpected::Unsigned(number) => format!("the number `{number}`"),
        Unexpected::Signed(number) => format!("the number `{number}`"),
        Unexpected::Float(number) => format!("the number `{number}`"),
        Unexpected::Str(text) => format!("`{}`", shown(text)),
        Unexpected::Unit | Unexpected::Option => "null".to_owned(),
        Unexpected::Seq => "a list".to_owned(),
        Unexpected::Map => "an object".to_owned(),
        other => other.to_string(),
    }
}

/// What serde expected, in the words of JSON.
fn allowed(expected: &dyn Expected) -> String {
    let expected = expected.to_string();
    let words = match expected.as_str() {
        "u8" => "a whole number from 0 to 255",
        "u16" => "a whole number from 0 to 65535",
        "u32" => "a whole number from 0 to 4294967295",
        "u64" | "usize" => "a whole number from 0 to 18446744073709551615",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number",
        "f32" | "f64" => "a number",
        "a boolean" => "true, false",
        "a sequence" => "a list",
        "a map" => "an object",
        other => other,
    };
    words.to_owned()
}

impl de::Error for Refused {
    fn custom<T: fmt::Display>(text: T) -> Self {
        Wrong::Says(text.to_string()).into()
    }

    fn invalid_type(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Wrong::Found(found(&unexpected), allowed(expected)).into()
    }

    fn invalid_value(unexpected: Unexpected<'_>, expected: &dyn Expected) -> Self {
        Wrong::Found(found(&unexpected), allowed(expected)).into()
    }

    fn invalid_length(length: usize, expected: &dyn Expected) -> Self {
        Wrong::Found(format!("{length} of them"), allowed(expected)).into()
    }

    fn unknown_variant(word: &str, words: &'static [&'static str]) -> Self {
        Wrong::Found(format!("`{}`", shown(word)), words.join(", ")).into()
    }

    fn unknown_field(name: &str, known: &'static [&'static str]) -> Self {
        Wrong::Unknown(name.to_owned(), known.join(", ")).into()
    }

    fn missing_field(name: &'static str) -> Self {
        Wrong::Missing(name).into()
    }

    fn duplicate_field(name: &'static str) -> Self {
        Wrong::Found(format!("`{name}` twice"), "once".to_owned()).into()
    }
}

impl std::error::Error for Refused {}

impl fmt::Display for Refused {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "{:?}", self.wrong)
    }
}
