//! Values that are told apart by what stands there: a number or keys, a text or a list.

use std::borrow::Cow;
use std::fmt;
use std::marker::PhantomData;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, MapAccess, SeqAccess, Visitor};
use serde_json::Value;

use crate::document::placed::Placed;
use crate::document::reader::{ANY, SHAPED};
use crate::document::tree::Tree;

/// What stands there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shape {
    Null,
    Bool,
    Number,
    Text,
    List,
    Map,
}

impl Shape {
    const ALL: [Shape; 6] = [
        Shape::Null,
        Shape::Bool,
        Shape::Number,
        Shape::Text,
        Shape::List,
        Shape::Map,
    ];

    /// That of a tree.
    pub(super) fn of(tree: &Tree) -> Self {
        match tree {
            Tree::Null => Shape::Null,
            Tree::Bool(_) => Shape::Bool,
            Tree::Number(..) => Shape::Number,
            Tree::Text(_) => Shape::Text,
            Tree::List(_) => Shape::List,
            Tree::Map(_) => Shape::Map,
        }
    }

    /// The word by which it passes through serde.
    pub(super) fn word(self) -> &'static str {
        match self {
            Shape::Null => "null",
            Shape::Bool => "bool",
            Shape::Number => "number",
            Shape::Text => "text",
            Shape::List => "list",
            Shape::Map => "map",
        }
    }
}

/// A type whose values have more than one shape.
pub trait Shaped<'de>: Sized {
    /// What is allowed, where something of another shape stands.
    const ALLOWED: &'static str;

    /// The value, by its shape; `None` if nothing of that shape is allowed.
    ///
    /// # Errors
    /// What is wrong with the value.
    fn of<A: SeqAccess<'de>>(shape: Shape, value: Part<A>) -> Result<Option<Self>, A::Error>;
}

/// A value whose shape is known and that is still to be read.
pub struct Part<A>(A);

impl<A> Part<A> {
    /// Reads it as a `T`.
    ///
    /// # Errors
    /// What is wrong with it.
    pub fn read<'de, T: Deserialize<'de>>(mut self) -> Result<T, A::Error>
    where
        A: SeqAccess<'de>,
    {
        let missing = || de::Error::custom("a shape without a value");
        self.0.next_element()?.ok_or_else(missing)
    }
}

/// Reads a value by its shape.
///
/// # Errors
/// What is wrong with it.
pub fn by_shape<'de, T: Shaped<'de>, D: Deserializer<'de>>(deserializer: D) -> Result<T, D::Error> {
    deserializer.deserialize_newtype_struct(SHAPED, ShapedVisitor(PhantomData))
}

struct ShapedVisitor<T>(PhantomData<T>);

impl<'de, T: Shaped<'de>> Visitor<'de> for ShapedVisitor<T> {
    type Value = T;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(T::ALLOWED)
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<T, A::Error> {
        let word: Option<String> = parts.next_element()?;
        let word = word.unwrap_or_default();
        let shape = Shape::ALL.into_iter().find(|shape| shape.word() == word);
        let read = match shape {
            Some(shape) => T::of(shape, Part(parts))?,
            None => None,
        };
        read.ok_or_else(|| de::Error::invalid_value(de::Unexpected::Seq, &self))
    }
}

/// Any value, as JSON has it, and its text where it is a scalar.
#[derive(Debug, Clone)]
pub struct AnyValue {
    /// As it is written; empty for nothing, a list and keys.
    pub written: String,
    /// As JSON has it.
    pub value: Value,
}

impl<'de> Deserialize<'de> for AnyValue {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct AnyVisitor;

        impl<'de> Visitor<'de> for AnyVisitor {
            type Value = AnyValue;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("any value")
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut parts: A) -> Result<AnyValue, A::Error> {
                let missing = || de::Error::custom("no value");
                Ok(AnyValue {
                    written: parts.next_element()?.ok_or_else(missing)?,
                    value: parts.next_element()?.ok_or_else(missing)?,
                })
            }
        }

        deserializer.deserialize_newtype_struct(ANY, AnyVisitor)
    }
}

impl JsonSchema for AnyValue {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "AnyValue".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!(true)
    }
}

/// Keys that the writer of the file chooses, in their order, each with its place.
#[derive(Debug, Clone)]
pub struct Keyed<V>(pub Vec<(Placed<String>, V)>);

impl<V> Default for Keyed<V> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<'de, V: Deserialize<'de>> Deserialize<'de> for Keyed<V> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(KeyedVisitor(PhantomData))
    }
}

struct KeyedVisitor<V>(PhantomData<V>);

impl<'de, V: Deserialize<'de>> Visitor<'de> for KeyedVisitor<V> {
    type Value = Keyed<V>;

    fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("keys with values")
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keyed<V>, A::Error> {
        let mut entries = Vec::new();
        while let Some(entry) = map.next_entry()? {
            entries.push(entry);
        }
        Ok(Keyed(entries))
    }
}

impl<V: JsonSchema> JsonSchema for Keyed<V> {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        format!("KeyedBy{}", V::schema_name()).into()
    }

    fn json_schema(generator: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": "object",
            "additionalProperties": generator.subschema_for::<V>(),
        })
    }
}

/// A key that may be left out; if it is there, it has a value. Needs `#[serde(default)]`.
#[derive(Debug, Clone)]
pub struct Given<T>(pub Option<T>);

impl<T> Default for Given<T> {
    fn default() -> Self {
        Self(None)
    }
}

impl<'de, T: Deserialize<'de>> Deserialize<'de> for Given<T> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        T::deserialize(deserializer).map(|value| Self(Some(value)))
    }
}

impl<T: JsonSchema> JsonSchema for Given<T> {
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
