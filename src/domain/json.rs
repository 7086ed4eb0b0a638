//! JSON objects as they arrive from a stranger: duplicate member names are refused.
//!
//! RFC 8259 §4 leaves duplicate names undefined and RFC 7515 §4 and RFC 7519 §4 forbid them, since
//! two parsers may read two different values. `serde_json` alone keeps the last one.

use std::fmt;

use serde::de::{self, DeserializeSeed, MapAccess, SeqAccess, Visitor};
use serde_json::map::Entry;
use serde_json::{Map, Number, Value};

/// A JSON object: the claims of a JWT, a JOSE header, a metadata body.
pub type Object = Map<String, Value>;

/// Why bytes are not an acceptable JSON object.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JsonError {
    /// Not UTF-8, not JSON, nested deeper than 128 levels, or a member name that occurs twice.
    #[error("{0}")]
    Malformed(String),
    /// JSON, but an array, string, number, boolean or null.
    #[error("a JSON {0} where an object is needed")]
    NotAnObject(&'static str),
}

/// Parses one JSON object and nothing after it.
///
/// # Errors
/// See [`JsonError`]; the text names line and column.
pub fn parse_object(bytes: &[u8]) -> Result<Object, JsonError> {
    /// Members of an ordinary registration request: more make it grow.
    const ROOM: usize = 32;
    let value = parse(bytes, ROOM).map_err(|error| JsonError::Malformed(error.to_string()))?;
    match value {
        Value::Object(object) => Ok(object),
        other => Err(JsonError::NotAnObject(type_name(&other))),
    }
}

/// Parses one JSON value and nothing after it.
///
/// # Errors
/// What is malformed, or a member name that occurs twice, with line and column.
pub fn parse_value(bytes: &[u8]) -> Result<Value, serde_json::Error> {
    parse(bytes, 0)
}

/// `room` is for the members of the outermost object: of inner ones there may be very many.
fn parse(bytes: &[u8], room: usize) -> Result<Value, serde_json::Error> {
    let mut deserializer = serde_json::Deserializer::from_slice(bytes);
    let value = Unique { room }.deserialize(&mut deserializer)?;
    deserializer.end().map(|()| value)
}

/// The members of a value written as `json!({…})`; none of any other.
#[must_use]
pub fn members(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// The JSON type of a value, as an error text names it.
#[must_use]
pub fn type_name(value: &Value) -> &'static str {
    match value {
        Value::Null => "null",
        Value::Bool(_) => "boolean",
        Value::Number(_) => "number",
        Value::String(_) => "string",
        Value::Array(_) => "array",
        Value::Object(_) => "object",
    }
}

/// Builds a [`Value`] and refuses an object in which a name occurs twice, at any depth.
struct Unique {
    room: usize,
}

const INNER: Unique = Unique { room: 0 };

impl<'de> DeserializeSeed<'de> for Unique {
    type Value = Value;

    fn deserialize<D: de::Deserializer<'de>>(self, deserializer: D) -> Result<Value, D::Error> {
        deserializer.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Unique {
    type Value = Value;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Value, E> {
        Ok(Value::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Value, E> {
        Ok(Value::Bool(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_u64<E>(self, value: u64) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_f64<E>(self, value: f64) -> Result<Value, E> {
        Ok(Number::from_f64(value).map_or(Value::Null, Value::Number))
    }

    fn visit_str<E>(self, value: &str) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_string<E>(self, value: String) -> Result<Value, E> {
        Ok(value.into())
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Value, A::Error> {
        let mut array = Vec::new();
        while let Some(item) = items.next_element_seed(INNER)? {
            array.push(item);
        }
        Ok(Value::Array(array))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut members: A) -> Result<Value, A::Error> {
        let mut object = Map::with_capacity(self.room);
        while let Some(name) = members.next_key::<String>()? {
            match object.entry(name) {
                Entry::Vacant(place) => {
                    place.insert(members.next_value_seed(INNER)?);
                }
                Entry::Occupied(taken) => {
                    let name = taken.key();
                    return Err(de::Error::custom(format_args!(
                        "the member `{name}` occurs twice"
                    )));
                }
            }
        }
        Ok(Value::Object(object))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_object_keeps_its_members_in_order() {
        let object = parse_object(br#"{"b":1,"a":[true,null,-2,0.5,{"c":"d"}]}"#).unwrap();
        assert_eq!(
            serde_json::to_string(&object).unwrap(),
            r#"{"b":1,"a":[true,null,-2,0.5,{"c":"d"}]}"#
        );
    }

    #[test]
    fn what_is_refused_says_why() {
        let deep = format!("{}{}", "[".repeat(10_000), "]".repeat(10_000));
        let cases: [(&[u8], &str); 7] = [
            (br#"{"a":1,"a":2}"#, "the member `a` occurs twice"),
            (br#"{"x":{"a":1,"a":2}}"#, "the member `a` occurs twice"),
            (b"[1]", "a JSON array where an object is needed"),
            (b"{} {}", "trailing characters"),
            (b"{\"a\":\"\xff\"}", "invalid unicode"),
            (b"", "EOF while parsing"),
            (deep.as_bytes(), "recursion limit exceeded"),
        ];
        for (input, expected) in cases {
            let found = parse_object(input).unwrap_err().to_string();
            assert!(found.contains(expected), "{found}");
        }
    }
}
