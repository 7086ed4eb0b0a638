//! The parts of a list, a map and a placed value, one by one.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, Deserializer, IntoDeserializer, MapAccess, SeqAccess, Visitor};
use serde::forward_to_deserialize_any;

use crate::document::problem::Position;
use crate::document::reader::notes::Complaint;
use crate::document::reader::{PLACED, Reader};
use crate::document::shaped::Shape;
use crate::document::tree::{Key, Node, Tree};

/// The keys of a map and their values.
pub(super) struct Entries<'t> {
    pub reader: Reader<'t>,
    pub rest: std::vec::IntoIter<&'t (Key, Node)>,
    pub value: Option<&'t Node>,
}

impl<'de> MapAccess<'de> for Entries<'_> {
    type Error = Complaint;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Complaint> {
        let Some((key, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.value = Some(value);
        seed.deserialize(KeyReader { key }).map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Complaint> {
        match self.value.take() {
            Some(node) => self.reader.child(node).read(seed),
            None => Reader::wanted("a value"),
        }
    }
}

/// The items of a list.
pub(super) struct Items<'t> {
    pub reader: Reader<'t>,
    pub items: std::vec::IntoIter<&'t Node>,
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Complaint;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Complaint> {
        let item = self.items.next();
        item.map(|node| self.reader.child(node).read(seed))
            .transpose()
    }
}

/// Line, column and value of one node.
pub(super) struct Placed<'t> {
    pub reader: Reader<'t>,
    pub next: u8,
}

impl<'de> SeqAccess<'de> for Placed<'_> {
    type Error = Complaint;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Complaint> {
        self.next += 1;
        let at = self.reader.node.at;
        match self.next {
            1 => seed.deserialize(at.line.into_deserializer()).map(Some),
            2 => seed.deserialize(at.column.into_deserializer()).map(Some),
            // A complaint is that of the node; whoever handed it out notes it.
            3 => seed.deserialize(self.reader).map(Some),
            _ => Ok(None),
        }
    }
}

/// Hands a key to serde.
#[derive(Clone, Copy)]
struct KeyReader<'t> {
    key: &'t Key,
}

impl<'t> KeyReader<'t> {
    fn name(self) -> StrDeserializer<'t, Complaint> {
        self.key.name.as_str().into_deserializer()
    }
}

impl<'de> Deserializer<'de> for KeyReader<'_> {
    type Error = Complaint;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        self.name().deserialize_any(visitor)
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        name: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Complaint> {
        self.name().deserialize_enum(name, words, visitor)
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Complaint> {
        match name {
            PLACED => visitor.visit_seq(PlacedKey {
                reader: self,
                next: 0,
            }),
            _ => visitor.visit_newtype_struct(self.name()),
        }
    }

    forward_to_deserialize_any! {
        bool i8 i16 i32 i64 i128 u8 u16 u32 u64 u128 f32 f64 char str string bytes byte_buf option
        unit unit_struct seq tuple tuple_struct map struct identifier ignored_any
    }
}

/// Line, column and name of a key.
struct PlacedKey<'t> {
    reader: KeyReader<'t>,
    next: u8,
}

impl<'de> SeqAccess<'de> for PlacedKey<'_> {
    type Error = Complaint;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Complaint> {
        self.next += 1;
        let Position { line, column } = self.reader.key.at;
        match self.next {
            1 => seed.deserialize(line.into_deserializer()).map(Some),
            2 => seed.deserialize(column.into_deserializer()).map(Some),
            3 => seed.deserialize(self.reader).map(Some),
            _ => Ok(None),
        }
    }
}

/// The word for what stands there, and the value.
pub(super) struct Shaped<'t> {
    pub reader: Reader<'t>,
    pub next: u8,
}

impl<'de> SeqAccess<'de> for Shaped<'_> {
    type Error = Complaint;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Complaint> {
        self.next += 1;
        match self.next {
            1 => {
                let word = Shape::of(&self.reader.node.tree).word();
                seed.deserialize(word.into_deserializer()).map(Some)
            }
            2 => seed.deserialize(self.reader).map(Some),
            _ => Ok(None),
        }
    }
}

/// A scalar as it is written, and any value.
pub(super) struct Any<'t> {
    pub reader: Reader<'t>,
    pub next: u8,
}

impl<'de> SeqAccess<'de> for Any<'_> {
    type Error = Complaint;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Complaint> {
        self.next += 1;
        match (self.next, &self.reader.node.tree) {
            (1, Tree::Text(text) | Tree::Number(text, _)) => {
                let text: StrDeserializer<'_, Complaint> = text.as_str().into_deserializer();
                seed.deserialize(text).map(Some)
            }
            (1, Tree::Bool(value)) => {
                let text = if *value { "true" } else { "false" };
                seed.deserialize(text.into_deserializer()).map(Some)
            }
            (1, _) => seed.deserialize("".into_deserializer()).map(Some),
            (2, _) => seed.deserialize(self.reader).map(Some),
            _ => Ok(None),
        }
    }
}
