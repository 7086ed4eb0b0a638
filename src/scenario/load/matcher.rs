//! One matcher, compiled: what its field may be is judged too.

use regex_lite::{Regex, RegexBuilder};
use serde_json::Value;

use crate::document::placed::{Placed, Written};
use crate::document::problem::{Position, Problem, not_one_of};
use crate::document::shaped::AnyValue;
use crate::document::tree::shown;
use crate::scenario::file::{AlternativesFile, MatcherFile, MatcherKeys};
use crate::scenario::load::{Judge, catalogue};
use crate::scenario::matcher::{Literal, Matcher};

/// What a matcher is held against.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Field {
    /// The id of a bank.
    Bank,
    /// The word of an operation.
    Operation,
    /// A method.
    Method,
    /// A path; its literals are globs.
    Path,
    /// Hexadecimal digits in lower case.
    Hex,
    /// Any text.
    Text,
    /// JSON.
    Json,
}

/// Methods of RFC 9110 §9.3 and RFC 5789.
pub(in crate::scenario) const METHODS: [&str; 9] = [
    "GET", "HEAD", "POST", "PUT", "DELETE", "CONNECT", "OPTIONS", "TRACE", "PATCH",
];

/// Longest regular expression, in bytes.
const LONGEST_REGEX: usize = 1_000;
/// Most memory of a compiled regular expression, in bytes.
const LARGEST_REGEX: usize = 256 * 1024;

impl Judge<'_> {
    /// The matcher, unless something is wrong with it.
    pub(super) fn matcher(&mut self, file: &Placed<MatcherFile>, field: Field) -> Option<Matcher> {
        match &file.value {
            MatcherFile::Value(value) => {
                let value = Placed {
                    at: file.at,
                    value: value.clone(),
                };
                self.keep(exactly(&value, field))
            }
            MatcherFile::OneOf(list) => self.one_of(file.at, list, field),
            MatcherFile::Keys(keys) => self.keys(file.at, keys, field),
        }
    }

    fn one_of(&mut self, at: Position, list: &AlternativesFile, field: Field) -> Option<Matcher> {
        if list.is_empty() {
            self.miss(at, "found an empty list; allowed: at least one value");
        }
        let matchers = list
            .iter()
            .filter_map(|value| self.keep(exactly(value, field)))
            .collect::<Vec<_>>();
        if matchers.is_empty() {
            return None;
        }
        let literals = matchers.iter().map(|matcher| match matcher {
            Matcher::Equals(literal) => Some(literal.clone()),
            _ => None,
        });
        if let Some(literals) = literals.collect::<Option<Vec<_>>>() {
            return Some(Matcher::OneOf(literals));
        }
        // One of these is not: none of these.
        let nots = matchers
            .into_iter()
            .map(|matcher| Matcher::Not(Box::new(matcher)));
        Some(Matcher::Not(Box::new(Matcher::All(nots.collect()))))
    }

    fn keys(&mut self, at: Position, keys: &MatcherKeys, field: Field) -> Option<Matcher> {
        let mut all = Vec::new();
        if let Some(value) = &keys.equals.0 {
            all.push(self.keep(exactly(value, field)));
        }
        if let Some(list) = &keys.one_of.0 {
            all.push(self.one_of(list.at, &list.value, field));
        }
        if let Some(value) = &keys.contains.0 {
            let literal = if field == Field::Json {
                Ok(literal(&value.value))
            } else {
                text(value)
            };
            all.push(self.keep(literal).map(Matcher::Contains));
        }
        if let Some(Placed { value, .. }) = &keys.starts_with.0 {
            let start = match field {
                Field::Hex => hex(&value.0),
                _ => value.0.clone(),
            };
            all.push(Some(Matcher::StartsWith(start)));
        }
        if let Some(text) = &keys.regex.0 {
            all.push(self.keep(regex(text)).map(Matcher::Regex));
        }
        if let Some(file) = &keys.not.0 {
            let matcher = self.matcher(file, field);
            all.push(matcher.map(|matcher| Matcher::Not(Box::new(matcher))));
        }
        if let Some(absent) = &keys.absent.0 {
            if absent.value && !all.is_empty() {
                self.refuse(
                    absent.at,
                    "found `absent: true` beside other keys; allowed: it alone; what is not there is nothing else",
                );
            }
            all.push(Some(Matcher::Absent(absent.value)));
        }
        if all.is_empty() {
            self.miss(
                at,
                "found no key; allowed: equals, one_of, contains, starts_with, regex, absent, not",
            );
        }
        let mut all = all.into_iter().collect::<Option<Vec<_>>>()?;
        match all.len() {
            0 => None,
            1 => all.pop(),
            _ => {
                if contradicts(&all) {
                    self.warn(
                        at,
                        "found a value under `not` that is wanted beside it; this rule never applies",
                    );
                }
                Some(Matcher::All(all))
            }
        }
    }
}

/// Whether all that is wanted is also not wanted.
fn contradicts(all: &[Matcher]) -> bool {
    let literals = |matcher: &Matcher| match matcher {
        Matcher::Equals(literal) => vec![literal.clone()],
        Matcher::OneOf(literals) => literals.clone(),
        _ => Vec::new(),
    };
    let unwanted: Vec<Literal> = all
        .iter()
        .filter_map(|matcher| match matcher {
            Matcher::Not(matcher) => Some(literals(matcher)),
            _ => None,
        })
        .flatten()
        .collect();
    all.iter()
        .map(literals)
        .any(|wanted| !wanted.is_empty() && wanted.iter().all(|literal| unwanted.contains(literal)))
}

/// A matcher for exactly this.
fn exactly(value: &Placed<AnyValue>, field: Field) -> Result<Matcher, Problem> {
    if field == Field::Json {
        return Ok(Matcher::Equals(literal(&value.value)));
    }
    let literal = text(value)?;
    let word = literal.written.as_deref().unwrap_or_default();
    let not_one_of = |kind: &str, meant: &str, words: &[&str]| {
        let found = format!("the {kind} `{}`", shown(word));
        Err(value.problem(not_one_of(&found, meant, words)))
    };
    match field {
        Field::Operation => {
            let words = catalogue::operations();
            if !words.contains(&word) {
                return not_one_of("operation", operation_meant(word), &words);
            }
        }
        Field::Method if !METHODS.contains(&word) => {
            return not_one_of("method", &word.to_uppercase(), &METHODS);
        }
        Field::Bank if word.len() > 63 || !super::scalars::is_name(word) => {
            return Err(refused(
                value,
                word,
                "the id of a bank: 1 to 63 letters, digits, `.`, `_` and `-`",
            ));
        }
        Field::Path => return path(value, word),
        Field::Hex => {
            let digits = hex(word);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_hexdigit()) {
                return Err(refused(
                    value,
                    word,
                    "hexadecimal digits, with or without colons",
                ));
            }
            return Ok(Matcher::Equals(Literal {
                value: Value::String(digits.clone()),
                written: Some(digits),
            }));
        }
        _ => {}
    }
    Ok(Matcher::Equals(literal))
}

/// The operation that a word of HTTP or of its kind stands for.
fn operation_meant(word: &str) -> &str {
    match word.to_ascii_lowercase().as_str() {
        "post" | "create" | "registration" | "dcr" => "register",
        "get" | "retrieve" => "read",
        "put" | "patch" | "replace" => "update",
        "remove" | "unregister" => "delete",
        "openid-configuration" | "well-known" | "metadata" => "discovery",
        "keys" | "certs" => "jwks",
        "ssa" => "assertion",
        "tls" | "connect" => "handshake",
        _ => word,
    }
}

fn path(value: &Placed<AnyValue>, word: &str) -> Result<Matcher, Problem> {
    if word.starts_with("/w/") {
        return Err(refused(
            value,
            word,
            "a path without /w/WORLD: a scenario is of one world already",
        ));
    }
    if !word.starts_with(['/', '*', '?', '[']) {
        return Err(refused(
            value,
            word,
            "a path from its first `/`; * and ** stand for anything",
        ));
    }
    glob::Pattern::new(word)
        .map(Matcher::Glob)
        .map_err(|error| {
            refused(
                value,
                word,
                &format!(
                    "a path, in which * and ** stand for anything; this is none ({})",
                    error.msg
                ),
            )
        })
}

fn refused(value: &Placed<AnyValue>, word: &str, allowed: &str) -> Problem {
    value.problem(format!("found `{}`; allowed: {allowed}", shown(word)))
}

/// Any value.
fn literal(value: &AnyValue) -> Literal {
    let is_scalar = value.value.is_string() || value.value.is_number() || value.value.is_boolean();
    Literal {
        written: is_scalar.then(|| value.written.clone()),
        value: value.value.clone(),
    }
}

/// A value that is held against a text.
fn text(value: &Placed<AnyValue>) -> Result<Literal, Problem> {
    let literal = literal(&value.value);
    if literal.written.is_some() {
        return Ok(literal);
    }
    let found = match &value.value.value {
        Value::Array(_) => "a list",
        Value::Object(_) => "keys",
        _ => "nothing",
    };
    Err(value.problem(format!("found {found}; allowed: a text or a number")))
}

/// Digits as they are compared.
fn hex(text: &str) -> String {
    text.replace(':', "").to_ascii_lowercase()
}

fn regex(text: &Placed<Written>) -> Result<Regex, Problem> {
    if text.value.0.len() > LONGEST_REGEX {
        return Err(text.problem(format!(
            "found a regular expression of {} bytes; allowed: at most {LONGEST_REGEX}",
            text.value.0.len()
        )));
    }
    RegexBuilder::new(&text.value.0)
        .size_limit(LARGEST_REGEX)
        .build()
        .map_err(|error| text.refused(format!("a regular expression; this is none ({error})")))
}

/// Whether a word is what a matcher wants.
pub(super) fn accepts(matcher: &Matcher, word: &str) -> bool {
    let is_word = |literal: &Literal| literal.written.as_deref() == Some(word);
    match matcher {
        Matcher::All(all) => all.iter().all(|matcher| accepts(matcher, word)),
        Matcher::Equals(literal) => is_word(literal),
        Matcher::OneOf(literals) => literals.iter().any(is_word),
        Matcher::Contains(literal) => {
            let part = literal.written.as_deref();
            part.is_some_and(|part| word.contains(part))
        }
        Matcher::StartsWith(start) => word.starts_with(start),
        Matcher::Regex(regex) => regex.is_match(word),
        Matcher::Glob(pattern) => pattern.matches(word),
        Matcher::Absent(absent) => !absent,
        Matcher::Not(matcher) => !accepts(matcher, word),
    }
}

/// Whether a matcher holds where nothing is there.
pub(super) fn takes_nothing(matcher: &Matcher) -> bool {
    match matcher {
        Matcher::All(all) => all.iter().all(takes_nothing),
        Matcher::Absent(absent) => *absent,
        Matcher::Not(matcher) => !takes_nothing(matcher),
        _ => false,
    }
}
