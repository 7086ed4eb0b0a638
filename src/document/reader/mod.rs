//! From a tree to typed values, with every problem on the way instead of the first.
//!
//! serde stops at the first error. What causes it is noted and left out, and the reading begins
//! anew, until nothing is left that causes one.

mod access;
mod notes;

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, DeserializeSeed, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;

use crate::document::problem::{Problem, not_one_of};
use crate::document::reader::access::{Any, Entries, Items, Placed, Shaped};
use crate::document::reader::notes::{Complaint, Notes};
use crate::document::tree::{Key, Node, Tree, shown};

/// Name of the newtype that wants the place of its value too.
pub const PLACED: &str = "$placed";
/// Name of the newtype that wants a scalar as it is written.
pub const WRITTEN: &str = "$written";
/// Name of the newtype that wants the word for what stands there, then the value.
pub const SHAPED: &str = "$shaped";
/// Name of the newtype that wants a scalar as it is written, then any value.
pub const ANY: &str = "$any";

/// The value of a tree, as far as it can be read, and what is wrong with the rest.
pub fn read<T: DeserializeOwned + Default>(root: &Node) -> (T, Vec<Problem>) {
    let notes = Notes::default();
    let reader = Reader {
        node: root,
        notes: &notes,
    };
    let mut work = 0;
    while notes.count() < MOST && work < MOST_WORK && !notes.is_left_out(root) {
        work += root.count();
        match T::deserialize(reader) {
            Ok(value) if notes.count() < MOST => return (value, notes.take()),
            // Not all that is unknown has been told.
            Ok(_) => {}
            Err(complaint) => notes.note(root, complaint),
        }
    }
    let mut problems = notes.take();
    let last = problems.iter().filter_map(|problem| problem.at).max();
    if let Some(last) = last.filter(|_| !notes.is_left_out(root)) {
        let told = problems.len();
        let text = format!("and more: the reading ended after {told} problems");
        problems.push(Problem::at(last, text));
    }
    (T::default(), problems)
}

/// After so many problems nobody reads on, and a hostile file has had its time.
const MOST: usize = 100;
/// Values that are read at most, those that are read anew counted again.
const MOST_WORK: usize = 1_000_000;

/// Hands one node to serde.
#[derive(Clone, Copy)]
struct Reader<'t> {
    node: &'t Node,
    notes: &'t Notes,
}

impl<'t> Reader<'t> {
    fn child(self, node: &'t Node) -> Self {
        Self { node, ..self }
    }

    fn wanted<T>(allowed: &str) -> Result<T, Complaint> {
        Err(Complaint::Wanted(allowed.to_owned()))
    }

    /// Reads a value of its own; what is wrong with it is noted as its.
    fn read<'de, S: DeserializeSeed<'de>>(self, seed: S) -> Result<S::Value, Complaint> {
        seed.deserialize(self).map_err(|complaint| {
            self.notes.note(self.node, complaint);
            Complaint::Noted
        })
    }

    /// The text of a scalar that may only be one.
    fn text(self) -> Result<&'t str, Complaint> {
        match &self.node.tree {
            Tree::Text(text) => Ok(text),
            Tree::Number(text, _) => {
                let found = self.node.describe();
                let text =
                    format!("found {found}; allowed: a text; write it in quotes: \"{text}\"");
                Err(Complaint::Says(text))
            }
            Tree::Bool(value) => {
                let text =
                    format!("found `{value}`; allowed: a text; write it in quotes: \"{value}\"");
                Err(Complaint::Says(text))
            }
            _ => Self::wanted("a text"),
        }
    }

    /// A whole number from 0.
    fn whole(self) -> Option<u64> {
        match &self.node.tree {
            Tree::Number(_, Some(value)) => value.as_u64(),
            _ => None,
        }
    }

    fn entries(self, allowed: &str) -> Result<Entries<'t>, Complaint> {
        let Tree::Map(map) = &self.node.tree else {
            return Self::wanted(allowed);
        };
        let kept = |(_, node): &&(Key, Node)| !self.notes.is_left_out(node);
        Ok(Entries {
            reader: self,
            rest: map.iter().filter(kept).collect::<Vec<_>>().into_iter(),
            value: None,
        })
    }

    /// Notes the keys that no struct of this shape has.
    fn refuse_unknown(self, known: &[&str]) {
        let Tree::Map(map) = &self.node.tree else {
            return;
        };
        for (key, node) in map {
            let name = key.name.as_str();
            if known.contains(&name) || self.notes.is_left_out(node) {
                continue;
            }
            if self.notes.count() < MOST {
                let text = not_one_of(&format!("the key `{}`", shown(name)), name, known);
                self.notes.add(Problem::at(key.at, text));
            }
            self.notes.leave_out(node);
        }
    }

    /// Whether a key is there whose value has been left out.
    fn has_left_out(self, name: &str) -> bool {
        let Tree::Map(map) = &self.node.tree else {
            return false;
        };
        map.iter()
            .any(|(key, node)| key.name == name && self.notes.is_left_out(node))
    }
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Complaint;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        match &self.node.tree {
            Tree::Null => visitor.visit_unit(),
            Tree::Bool(value) => visitor.visit_bool(*value),
            Tree::Number(_, value) => match value {
                Some(value) => value
                    .deserialize_any(visitor)
                    .map_err(|error: serde_json::Error| Complaint::Objects(error.to_string())),
                None => Self::wanted("a number that JSON can say"),
            },
            Tree::Text(text) => visitor.visit_str(text),
            Tree::List(_) => self.deserialize_seq(visitor),
            Tree::Map(_) => self.deserialize_map(visitor),
        }
    }

    fn deserialize_bool<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        match self.node.tree {
            Tree::Bool(value) => visitor.visit_bool(value),
            _ => Self::wanted("true, false"),
        }
    }

    fn deserialize_u64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        match self.whole() {
            Some(value) => visitor.visit_u64(value),
            None => Self::wanted("a whole number from 0 to 18446744073709551615"),
        }
    }

    fn deserialize_u16<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        match self.whole() {
            Some(value) if u16::try_from(value).is_ok() => visitor.visit_u64(value),
            _ => Self::wanted("a whole number from 0 to 65535"),
        }
    }

    fn deserialize_f64<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        match &self.node.tree {
            Tree::Number(_, Some(value)) => visitor.visit_f64(value.as_f64().unwrap_or(f64::NAN)),
            _ => Self::wanted("a number"),
        }
    }

    fn deserialize_str<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        visitor.visit_str(self.text()?)
    }

    fn deserialize_string<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        self.deserialize_str(visitor)
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        match self.node.tree {
            Tree::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Complaint> {
        match &self.node.tree {
            Tree::Text(text) => {
                let word: StrDeserializer<'_, Complaint> = text.as_str().into_deserializer();
                visitor.visit_enum(word)
            }
            _ => Self::wanted(&words.join(", ")),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        name: &'static str,
        visitor: V,
    ) -> Result<V::Value, Complaint> {
        match (name, &self.node.tree) {
            (PLACED, _) => visitor.visit_seq(Placed {
                reader: self,
                next: 0,
            }),
            (WRITTEN, Tree::Number(text, _) | Tree::Text(text)) => visitor.visit_str(text),
            (WRITTEN, _) => Self::wanted("a text"),
            (SHAPED, _) => visitor.visit_seq(Shaped {
                reader: self,
                next: 0,
            }),
            (ANY, _) => visitor.visit_seq(Any {
                reader: self,
                next: 0,
            }),
            _ => visitor.visit_newtype_struct(self),
        }
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        let Tree::List(list) = &self.node.tree else {
            return Self::wanted("a list");
        };
        let kept = list.iter().filter(|node| !self.notes.is_left_out(node));
        visitor.visit_seq(Items {
            reader: self,
            items: kept.collect::<Vec<_>>().into_iter(),
        })
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Complaint> {
        visitor.visit_map(self.entries("keys with values")?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        keys: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Complaint> {
        self.refuse_unknown(keys);
        let entries = self.entries(&format!("the keys {}", keys.join(", ")))?;
        visitor
            .visit_map(entries)
            .map_err(|complaint| match complaint {
                // Of a key that is there and wrong, nobody wants to hear that it is missing.
                Complaint::Missing(key) if self.has_left_out(key) => {
                    self.notes.leave_out(self.node);
                    Complaint::Noted
                }
                complaint => complaint,
            })
    }

    forward_to_deserialize_any! {
        i8 i16 i32 i64 i128 u8 u32 u128 f32 char bytes byte_buf unit unit_struct tuple
        tuple_struct identifier ignored_any
    }
}
