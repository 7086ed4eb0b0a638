//! What a value must be, and whether it is.

use glob::MatchOptions;
use regex_lite::Regex;
use serde_json::{Number, Value};

pub use crate::scenario::matching::{CertificateField, Matching};
use crate::scenario::seen::SeenCertificate;

/// What a value must be.
#[derive(Debug, Clone)]
pub enum Matcher {
    /// All of these.
    All(Vec<Matcher>),
    /// This.
    Equals(Literal),
    /// One of these.
    OneOf(Vec<Literal>),
    /// A text with this in it, or a list with this item.
    Contains(Literal),
    /// A text that begins so.
    StartsWith(String),
    /// A text in which the expression is found.
    Regex(Regex),
    /// A path of this form: `*` and `?` stay within a segment, `**` stands for any number of them.
    Glob(glob::Pattern),
    /// Not there, or there.
    Absent(bool),
    /// Not that; what is not there is not equal to anything.
    Not(Box<Matcher>),
}

/// A value of a scenario file.
#[derive(Debug, Clone, PartialEq)]
pub struct Literal {
    /// As it is written, for comparing with texts; `None` for a list or an object.
    pub written: Option<String>,
    /// As JSON has it, for comparing with JSON.
    pub value: Value,
}

/// A JSON Pointer (RFC 6901): its reference tokens, unescaped. Empty for the whole document.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Pointer(pub Vec<String>);

/// What a matcher is held against.
#[derive(Clone, Copy)]
pub(super) enum Subject<'a> {
    /// Nothing is there.
    Missing,
    /// Compared as it is written.
    Text(&'a str),
    /// Upper and lower case are the same: host names (RFC 4343), hexadecimal digits.
    Name(&'a str),
    /// The lines of the header field with this name, each for itself and joined (RFC 9110 §5.3).
    Header(&'a [(&'a str, &'a str)], &'a str),
    /// Compared by JSON type and value.
    Json(&'a Value),
}

impl<'a> Subject<'a> {
    pub(super) fn json(value: Option<&'a Value>) -> Self {
        value.map_or(Self::Missing, Self::Json)
    }

    pub(super) fn certificate(
        certificate: Option<&'a SeenCertificate>,
        field: CertificateField,
    ) -> Self {
        let Some(certificate) = certificate else {
            return Self::Missing;
        };
        match field {
            CertificateField::Subject => Self::Text(&certificate.subject),
            CertificateField::Issuer => Self::Text(&certificate.issuer),
            CertificateField::Serial => Self::Name(&certificate.serial),
            CertificateField::Sha256 => Self::Name(&certificate.sha256),
        }
    }

    fn is_missing(self) -> bool {
        match self {
            Self::Missing => true,
            Self::Header(fields, name) => lines(fields, name).next().is_none(),
            _ => false,
        }
    }
}

fn lines<'a>(fields: &'a [(&str, &'a str)], name: &str) -> impl Iterator<Item = &'a str> {
    let named = fields.iter().filter(move |(found, _)| *found == name);
    named.map(|(_, value)| *value)
}

impl Matcher {
    /// What both say; what is `None` says nothing.
    pub(super) fn both(one: Option<Self>, other: Option<Self>) -> Option<Self> {
        match (one, other) {
            (Some(one), Some(other)) => Some(Self::All(vec![one, other])),
            (one, other) => one.or(other),
        }
    }

    pub(super) fn holds(&self, subject: Subject<'_>) -> bool {
        match (self, subject) {
            (Self::All(matchers), _) => matchers.iter().all(|matcher| matcher.holds(subject)),
            (Self::Not(matcher), _) => !matcher.holds(subject),
            (Self::Absent(absent), _) => subject.is_missing() == *absent,
            (_, Subject::Missing) => false,
            (_, Subject::Text(text)) => self.holds_text(text),
            (_, Subject::Name(name)) => self.holds_name(name),
            (_, Subject::Header(fields, name)) => self.holds_header(fields, name),
            (_, Subject::Json(value)) => self.holds_json(value),
        }
    }

    fn holds_text(&self, text: &str) -> bool {
        let is = |literal: &Literal| literal.written.as_deref() == Some(text);
        match self {
            Self::Equals(literal) => is(literal),
            Self::OneOf(literals) => literals.iter().any(is),
            Self::Contains(literal) => {
                let part = literal.written.as_deref();
                part.is_some_and(|part| text.contains(part))
            }
            Self::StartsWith(start) => text.starts_with(start),
            Self::Regex(regex) => regex.is_match(text),
            Self::Glob(pattern) => pattern.matches_with(text, segments(true)),
            Self::All(_) | Self::Not(_) | Self::Absent(_) => self.holds(Subject::Text(text)),
        }
    }

    fn holds_name(&self, name: &str) -> bool {
        let lower = name.to_ascii_lowercase();
        let is = |literal: &Literal| {
            let written = literal.written.as_deref();
            written.is_some_and(|written| written.eq_ignore_ascii_case(name))
        };
        match self {
            Self::Equals(literal) => is(literal),
            Self::OneOf(literals) => literals.iter().any(is),
            Self::Contains(literal) => {
                let part = literal.written.as_deref();
                part.is_some_and(|part| lower.contains(&part.to_ascii_lowercase()))
            }
            Self::StartsWith(start) => lower.starts_with(&start.to_ascii_lowercase()),
            Self::Regex(regex) => regex.is_match(name) || regex.is_match(&lower),
            Self::Glob(pattern) => pattern.matches_with(name, segments(false)),
            Self::All(_) | Self::Not(_) | Self::Absent(_) => self.holds(Subject::Name(name)),
        }
    }

    fn holds_header(&self, fields: &[(&str, &str)], name: &str) -> bool {
        if lines(fields, name).any(|line| self.holds_text(line)) {
            return true;
        }
        if lines(fields, name).nth(1).is_none() {
            return false;
        }
        let joined: Vec<&str> = lines(fields, name).collect();
        self.holds_text(&joined.join(", "))
    }

    fn holds_json(&self, value: &Value) -> bool {
        match (self, value) {
            (Self::Equals(literal), _) => is_same(&literal.value, value),
            (Self::OneOf(literals), _) => {
                let mut literals = literals.iter();
                literals.any(|literal| is_same(&literal.value, value))
            }
            (Self::Contains(literal), Value::Array(items)) => {
                items.iter().any(|item| is_same(&literal.value, item))
            }
            (_, Value::String(text)) => self.holds_text(text),
            _ => false,
        }
    }

    /// Whether it says what a value is, and not only what it is not.
    pub(super) fn says_what_it_is(&self) -> bool {
        match self {
            Self::All(matchers) => matchers.iter().any(Self::says_what_it_is),
            Self::Not(_) | Self::Absent(_) => false,
            _ => true,
        }
    }
}

fn segments(case_sensitive: bool) -> MatchOptions {
    MatchOptions {
        case_sensitive,
        require_literal_separator: true,
        require_literal_leading_dot: false,
    }
}

/// Whether two JSON values are the same, numbers by their value: 5 is 5.0, "5" is neither.
fn is_same(left: &Value, right: &Value) -> bool {
    match (left, right) {
        (Value::Number(left), Value::Number(right)) => is_same_number(left, right),
        (Value::Array(left), Value::Array(right)) => {
            left.len() == right.len()
                && left
                    .iter()
                    .zip(right)
                    .all(|(one, other)| is_same(one, other))
        }
        (Value::Object(left), Value::Object(right)) => {
            let same = |(name, one)| right.get(name).is_some_and(|other| is_same(one, other));
            left.len() == right.len() && left.iter().all(same)
        }
        _ => left == right,
    }
}

fn is_same_number(left: &Number, right: &Number) -> bool {
    if left.is_f64() || right.is_f64() {
        return left.as_f64() == right.as_f64();
    }
    left == right
}

#[cfg(test)]
mod tests;
