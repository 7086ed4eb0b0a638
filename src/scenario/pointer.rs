//! JSON Pointer (RFC 6901).

use std::fmt;
use std::str::FromStr;

use serde_json::Value;

use crate::domain::json::Object;
use crate::scenario::matcher::Pointer;

/// Why a text is no JSON Pointer.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("a JSON Pointer (RFC 6901) such as /software_roles/0; in it, ~0 is `~` and ~1 is `/`")]
pub struct NotAPointer;

impl FromStr for Pointer {
    type Err = NotAPointer;

    fn from_str(text: &str) -> Result<Self, NotAPointer> {
        if text.is_empty() {
            return Ok(Self::default());
        }
        let tokens = text.strip_prefix('/').ok_or(NotAPointer)?.split('/');
        tokens.map(unescaped).collect::<Result<_, _>>().map(Self)
    }
}

fn unescaped(token: &str) -> Result<String, NotAPointer> {
    let mut text = String::with_capacity(token.len());
    let mut characters = token.chars();
    while let Some(character) = characters.next() {
        text.push(match character {
            '~' => match characters.next() {
                Some('0') => '~',
                Some('1') => '/',
                _ => return Err(NotAPointer),
            },
            other => other,
        });
    }
    Ok(text)
}

impl fmt::Display for Pointer {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for token in &self.0 {
            write!(
                formatter,
                "/{}",
                token.replace('~', "~0").replace('/', "~1")
            )?;
        }
        Ok(())
    }
}

impl Pointer {
    /// What it points to.
    #[must_use]
    pub fn find<'v>(&self, document: &'v Value) -> Option<&'v Value> {
        self.0
            .iter()
            .try_fold(document, |value, token| child(value, token))
    }

    /// What it points to in an object; the whole object is no [`Value`], so that is `None`.
    #[must_use]
    pub fn find_in<'v>(&self, object: &'v Object) -> Option<&'v Value> {
        let (first, rest) = self.0.split_first()?;
        rest.iter()
            .try_fold(object.get(first)?, |value, token| child(value, token))
    }
}

fn child<'v>(value: &'v Value, token: &str) -> Option<&'v Value> {
    match value {
        Value::Object(members) => members.get(token),
        Value::Array(items) => items.get(index(token)?),
        _ => None,
    }
}

/// An index of an array: digits, without leading zeros.
pub(super) fn index(token: &str) -> Option<usize> {
    let is_index = token == "0" || !token.starts_with(['0', '+']);
    token.parse().ok().filter(|_| is_index)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::domain::json::members;

    #[test]
    fn a_pointer_finds_what_rfc_6901_says() {
        let document = json!({
            "foo": ["bar", "baz"], "": 0, "a/b": 1, "c%d": 2, "e^f": 3, "g|h": 4, "i\\j": 5,
            "k\"l": 6, " ": 7, "m~n": 8
        });
        for (text, expected) in [
            ("", Some(document.clone())),
            ("/foo", Some(json!(["bar", "baz"]))),
            ("/foo/0", Some(json!("bar"))),
            ("/foo/00", None),
            ("/foo/+1", None),
            ("/foo/2", None),
            ("/foo/-", None),
            ("/", Some(json!(0))),
            ("/a~1b", Some(json!(1))),
            ("/c%d", Some(json!(2))),
            ("/e^f", Some(json!(3))),
            ("/g|h", Some(json!(4))),
            ("/i\\j", Some(json!(5))),
            ("/k\"l", Some(json!(6))),
            ("/ ", Some(json!(7))),
            ("/m~0n", Some(json!(8))),
            ("/nothing/at/all", None),
        ] {
            let pointer: Pointer = text.parse().unwrap();
            assert_eq!(pointer.find(&document), expected.as_ref(), "{text}");
            assert_eq!(pointer.to_string(), text);
            let in_object = if text.is_empty() { None } else { expected };
            let object = members(document.clone());
            assert_eq!(pointer.find_in(&object), in_object.as_ref(), "{text}");
        }
        for text in ["a", "a/b", "/~", "/~2", "/a~"] {
            assert_eq!(text.parse::<Pointer>(), Err(NotAPointer), "{text}");
        }
    }
}
