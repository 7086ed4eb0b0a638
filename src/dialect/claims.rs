//! The claims of a registration request as a table, and the one reader of that table.

use serde_json::Value;

use crate::domain::json::type_name;

/// One claim of a registration request.
#[derive(Debug)]
pub struct Claim {
    /// Its name.
    pub name: &'static str,
    /// Its JSON type and limits.
    pub shape: Shape,
    /// Whether the bank repeats it in the client information response.
    pub echoed: bool,
}

/// JSON type and limits of a claim. Lengths are in characters, inclusive.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    /// A string of 1 to this many characters.
    Text(usize),
    /// A string of 1 to this many base62 characters.
    Base62(usize),
    /// A whole number, not below this.
    Integer(i64),
    /// `true` or `false`.
    Boolean,
    /// An array of strings of 1 to this many characters each.
    Texts(usize),
}

impl Shape {
    /// What is allowed, for an error text.
    #[must_use]
    pub fn allowed(self) -> String {
        match self {
            Shape::Text(max) => format!("a string of 1 to {max} characters"),
            Shape::Base62(max) => format!("a string of 1 to {max} characters 0-9, A-Z, a-z"),
            Shape::Integer(min) => format!("a whole number not below {min}"),
            Shape::Boolean => "true or false".to_owned(),
            Shape::Texts(max) => format!("an array of strings of 1 to {max} characters each"),
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
            Shape::Integer(min) => value.as_i64().is_some_and(|number| number >= min),
            Shape::Boolean => value.is_boolean(),
            Shape::Texts(max) => value.as_array().is_some_and(|items| {
                items
                    .iter()
                    .all(|item| item.as_str().is_some_and(|text| within(text, max)))
            }),
        }
    }
}

/// A value as an error text shows it: the type first, the text cut to what helps.
#[must_use]
pub fn shown(value: Option<&Value>) -> String {
    const LIMIT: usize = 120;
    let Some(value) = value else {
        return "nothing".to_owned();
    };
    let text = match value {
        Value::String(text) => format!("'{text}'"),
        Value::Null => "null".to_owned(),
        other => format!("the {} {other}", type_name(other)),
    };
    if text.chars().count() > LIMIT {
        let cut: String = text.chars().take(LIMIT).collect();
        format!("{cut}...")
    } else {
        text
    }
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
        ] {
            assert!(shape.fits(&accepted), "{shape:?} {accepted}");
            assert!(!shape.fits(&refused), "{shape:?} {refused}");
        }
    }
}
