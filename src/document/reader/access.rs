//! The parts of a list, a map and a placed value, one by one.

use serde::de::value::StrDeserializer;
use serde::de::{DeserializeSeed, IntoDeserializer, MapAccess, SeqAccess};

use crate::document::reader::Reader;
use crate::document::reader::notes::Complaint;
use crate::document::tree::{Key, Node};

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
        let name: StrDeserializer<'_, Complaint> = key.name.as_str().into_deserializer();
        seed.deserialize(name).map(Some)
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
