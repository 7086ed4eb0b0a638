//! Values of a document that know their place in it.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, SeqAccess, Visitor};

use crate::document::problem::{Position, Problem};
use crate::document::reader::{PLACED, WRITTEN};
use crate::document::tree::shown;

/// A value and its place.
#[derive(Debug, Clone)]
pub struct Placed<T> {
    pub at: Position,
    pub value: T,
}

impl<T> Placed<T> {
    /// A problem with it.
    pub fn problem(&self, text: impl Into<String>) -> Problem {
        Problem::at(self.at, text)
    }
}

impl<T: AsRef<str>> Placed<T> {
    /// A problem with it: what was found, and what is allowed.
    pub fn refused(&self, allowed: impl fmt::Display) -> Problem {
        let found = shown(self.value.as_ref());
        self.problem(format!("found `{found}`; allowed: {allowed}"))
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Placed<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_newtype_struct(PLACED, PlacedVisitor(PhantomData))
    }
}

struct PlacedVisitor<T>(PhantomData<T>);

impl<'de, T: Deserialize<'de>> Visitor<'de> for PlacedVisitor<T> {
    type Value = Placed<T>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("a value and its place")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<Placed<T>, A::Error> {
        let missing = || de::Error::custom("a value without a place");
        Ok(Placed {
            at: Position {
                line: parts.next_element()?.ok_or_else(missing)?,
                column: parts.next_element()?.ok_or_else(missing)?,
            },
            value: parts.next_element()?.ok_or_else(missing)?,
        })
    }
}

/// In a schema the place does not show.
impl<T: JsonSchema> JsonSchema for Placed<T> {
    fn inline_schema() -> bool {
        T::inline_schema()
    }

    fn schema_name() -> Cow<'static, str> {
        T::schema_name()
    }

    fn schema_id() -> Cow<'static, str> {
        T::schema_id()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        T::json_schema(generator)
    }
}

/// A scalar as it is written, in quotes or not: `0644` and `64KiB` alike.
#[derive(Debug, Clone)]
pub struct Written(pub String);

impl AsRef<str> for Written {
    fn as_ref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Written {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct WrittenVisitor;

        impl Visitor<'_> for WrittenVisitor {
            type Value = Written;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a text or a number")
            }

            fn visit_str<E>(self, text: &str) -> Result<Written, E> {
                Ok(Written(text.to_owned()))
            }
        }

        deserializer.deserialize_newtype_struct(WRITTEN, WrittenVisitor)
    }
}

impl JsonSchema for Written {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Written".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "integer"] })
    }
}
