//! The claims of a registration request as a table, and the one reader of that table.

use std::borrow::Cow;

use serde_json::Value;

use crate::dialect::facts::Facts;
use crate::dialect::policy::Strictness;
use crate::domain::json::type_name;

/// One claim of a registration request.
#[derive(Debug, Clone, Copy)]
pub struct Claim {
    /// Its name.
    pub name: &'static str,
    /// Its JSON type and limits.
    pub shape: Shape,
    /// The narrower limits of the published schema, applied by strict banks.
    pub strict: Option<Shape>,
    /// Whether the published schema wants it in every request.
    pub required: bool,
    /// Where its value comes from when the request is silent.
    pub origin: Origin,
    /// Whether the bank repeats it in the client information response.
    pub echoed: bool,
}

/// Where the value of a claim comes from that a request leaves out.
#[derive(Debug, Clone, Copy)]
pub enum Origin {
    /// Nowhere: it is not registered.
    Nowhere,
    /// From this claim of the statement.
    Statement(&'static str),
    /// From the rules of the dialect.
    Rule(fn(&Facts<'_>) -> Option<Value>),
}

/// A claim that is repeated in the answer, and that a request may leave out.
#[must_use]
pub const fn claim(name: &'static str, shape: Shape) -> Claim {
    Claim {
        name,
        shape,
        strict: None,
        required: false,
        origin: Origin::Nowhere,
        echoed: true,
    }
}

/// A claim that is judged, and then the server's own or answered from elsewhere.
#[must_use]
pub const fn unechoed(name: &'static str, shape: Shape) -> Claim {
    Claim {
        echoed: false,
        ..claim(name, shape)
    }
}

impl Claim {
    /// The same with the narrower limits of the published schema.
    #[must_use]
    pub const fn strictly(self, shape: Shape) -> Self {
        Self {
            strict: Some(shape),
            ..self
        }
    }

    /// The same, wanted by the published schema.
    #[must_use]
    pub const fn required(self) -> Self {
        Self {
            required: true,
            ..self
        }
    }

    /// The same, taken from a claim of the statement when the request is silent.
    #[must_use]
    pub const fn or_statement(self, name: &'static str) -> Self {
        Self {
            origin: Origin::Statement(name),
            ..self
        }
    }

    /// The same with a default.
    #[must_use]
    pub const fn or(self, rule: fn(&Facts<'_>) -> Option<Value>) -> Self {
        Self {
            origin: Origin::Rule(rule),
            ..self
        }
    }

    /// Its limits for a bank of this strictness.
    #[must_use]
    pub fn shape_at(&self, strictness: Strictness) -> Shape {
        match self.strict {
            Some(strict) if strictness == Strictness::Strict => strict,
            _ => self.shape,
        }
    }

    /// What is registered for it: the request's value, or that of its origin.
    #[must_use]
    pub fn registered<'a>(&self, facts: &'a Facts<'_>) -> Option<Cow<'a, Value>> {
        if let Some(value) = facts
            .claims()?
            .get(self.name)
            .filter(|value| !value.is_null())
        {
            return Some(Cow::Borrowed(value));
        }
        match self.origin {
            Origin::Nowhere => None,
            Origin::Statement(name) => {
                let value = facts.statement()?.claims.get(name)?;
                self.shape.fits(value).then_some(Cow::Borrowed(value))
            }
            Origin::Rule(rule) => rule(facts).map(Cow::Owned),
        }
    }
}

/// JSON type and limits of a claim. Lengths are in characters, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A string of 1 to this many characters.
    Text(usize),
    /// A string of 1 to this many base62 characters.
    Base62(usize),
    /// A string of 1 to this many characters that begins with `CN=` and has no space after a
    /// comma.
    NameFromCn(usize),
    /// An array of strings without `<` and `>`.
    PlainTexts,
    /// A whole number, not below this.
    Integer(i64),
    /// `true` or `false`.
    Boolean,
    /// An array of strings of 1 to this many characters each.
    Texts(usize),
    /// One of two.
    Either(&'static Shape, &'static Shape),
}

impl Shape {
    /// What is allowed, for an error text.
    #[must_use]
    pub fn allowed(self) -> String {
        match self {
            Shape::Text(usize::MAX) => "a string that is not empty".to_owned(),
            Shape::Text(max) => format!("a string of 1 to {max} characters"),
            Shape::Base62(max) => format!("a string of 1 to {max} characters 0-9, A-Z, a-z"),
            Shape::NameFromCn(max) => format!(
                "a string of 1 to {max} characters that begins with CN= and has no space after a comma"
            ),
            Shape::PlainTexts => "an array of strings without < and >".to_owned(),
            Shape::Integer(min) => format!("a whole number not below {min}"),
            Shape::Boolean => "true or false".to_owned(),
            Shape::Texts(max) => format!("an array of strings of 1 to {max} characters each"),
            Shape::Either(one, other) => format!("{}, or {}", one.allowed(), other.allowed()),
        }
    }

    /// Whether `value` has this type and keeps these limits.
    #[must_use]
    pub fn fits(self, value: &Value) -> bool {
        let within = |text: &str, max: usize| (1..=max).contains(&text.chars().count());
        match self {
            Shape::Text(max) => value.as_str().is_some_and(|text| within(text, max)),
            Shape::Base62(max) => value.as_str().is_some_and(|text| {
                within(text, max) && text.bytes().all(|byte| byte.is_ascii_alphanumeric())
            }),
            Shape::NameFromCn(max) => value
                .as_str()
                .is_some_and(|text| within(text, max) && begins_with_cn(text)),
            Shape::PlainTexts => value.as_array().is_some_and(|items| {
                let is_plain = |text: &str| !text.contains(['<', '>']);
                items.iter().all(|item| item.as_str().is_some_and(is_plain))
            }),
            Shape::Integer(min) => value.as_i64().is_some_and(|number| number >= min),
            Shape::Boolean => value.is_boolean(),
            Shape::Texts(max) => value.as_array().is_some_and(|items| {
                items
                    .iter()
                    .all(|item| item.as_str().is_some_and(|text| within(text, max)))
            }),
            Shape::Either(one, other) => one.fits(value) || other.fits(value),
        }
    }
}

/// `[Cc][Nn]=[^,]+(,[^,\s]+=[^,]+)*` (OB DCR 3.4, `tls_client_auth_subject_dn`).
fn begins_with_cn(name: &str) -> bool {
    let parts: Vec<(&str, &str)> = name
        .split(',')
        .map(|part| part.split_once('=').unwrap_or((part, "")))
        .collect();
    let is_named = |(name, value): &(&str, &str)| {
        !name.is_empty() && !value.is_empty() && !name.contains(char::is_whitespace)
    };
    parts.iter().all(is_named)
        && parts
            .first()
            .is_some_and(|(name, _)| name.eq_ignore_ascii_case("cn"))
}

/// A value as an error text shows it: the type first, the text cut to what helps.
#[must_use]
pub fn shown(value: Option<&Value>) -> String {
    match value {
        None => "nothing".to_owned(),
        Some(Value::String(text)) => quoted(text),
        Some(Value::Null) => "null".to_owned(),
        Some(other) => cut(format!("the {} {other}", type_name(other))),
    }
}

/// A text as an error text shows it.
#[must_use]
pub fn quoted(text: &str) -> String {
    cut(format!("'{text}'"))
}

fn cut(mut text: String) -> String {
    const LIMIT: usize = 120;
    // Most are short, and need no counting.
    if text.len() > LIMIT
        && let Some((end, _)) = text.char_indices().nth(LIMIT)
    {
        text.truncate(end);
        text.push_str("...");
    }
    text
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_shape_takes_its_own_type_within_its_limits_only() {
        for (shape, accepted, refused) in [
            (Shape::Text(2), json!("ab"), json!("abc")),
            (Shape::Text(2), json!("a"), json!("")),
            (Shape::Text(2), json!("é"), json!(["a"])),
            (Shape::Base62(3), json!("aZ9"), json!("a-b")),
            (Shape::Integer(0), json!(0), json!(-1)),
            (Shape::Integer(0), json!(1), json!(1.5)),
            (Shape::Integer(0), json!(2), json!("2")),
            (Shape::Boolean, json!(false), json!("false")),
            (Shape::Texts(2), json!(["a", "ab"]), json!(["a", 1])),
            (Shape::Texts(2), json!([]), json!("a")),
            (Shape::NameFromCn(9), json!("cn=a,O=b"), json!("O=b,CN=a")),
            (Shape::NameFromCn(9), json!("CN=a b"), json!("CN=a, O=b")),
            (
                Shape::NameFromCn(9),
                json!("CN=a,C=GB"),
                json!("CN=a,O=bcd"),
            ),
            (
                Shape::Either(&Shape::Text(1), &Shape::Texts(1)),
                json!(["a"]),
                json!(1),
            ),
        ] {
            assert!(shape.fits(&accepted), "{shape:?} {accepted}");
            assert!(!shape.fits(&refused), "{shape:?} {refused}");
        }
    }
}
