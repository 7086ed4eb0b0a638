//! The parts of an object, a list and a choice, one by one. Each adds its name to the path of what
//! is wrong below it.

use serde::de::value::StrDeserializer;
use serde::de::{
    DeserializeSeed, Deserializer, EnumAccess, IntoDeserializer, MapAccess, SeqAccess,
    VariantAccess, Visitor,
};
use serde_json::Value;

use crate::control::reading::Reader;
use crate::control::reading::refused::{Refused, Wrong};
use crate::domain::json::Object;

/// The members of an object.
pub(super) struct Members<'v> {
    reader: Reader<'v>,
    object: &'v Object,
    rest: serde_json::map::Iter<'v>,
    next: Option<(&'v str, &'v Value)>,
}

impl<'v> Members<'v> {
    pub fn new(reader: Reader<'v>, object: &'v Object) -> Self {
        Self {
            reader,
            object,
            rest: object.iter(),
            next: None,
        }
    }

    /// The first member with a name that is none of these.
    pub fn first_besides(&self, known: &[&str]) -> Option<&'v str> {
        let mut names = self.object.keys().map(String::as_str);
        names.find(|name| !known.contains(name))
    }
}

impl<'de> MapAccess<'de> for Members<'_> {
    type Error = Refused;

    fn next_key_seed<K: DeserializeSeed<'de>>(
        &mut self,
        seed: K,
    ) -> Result<Option<K::Value>, Refused> {
        let Some((name, value)) = self.rest.next() else {
            return Ok(None);
        };
        self.next = Some((name, value));
        let key: StrDeserializer<'_, Refused> = name.as_str().into_deserializer();
        let key = seed.deserialize(key).map_err(|refused| refused.below(name));
        key.map(Some)
    }

    fn next_value_seed<V: DeserializeSeed<'de>>(&mut self, seed: V) -> Result<V::Value, Refused> {
        let Some((name, value)) = self.next.take() else {
            return self.reader.wanted("a value");
        };
        let read = seed.deserialize(self.reader.of(value));
        read.map_err(|refused| refused.of(value).below(name))
    }
}

/// The items of a list.
pub(super) struct Items<'v> {
    reader: Reader<'v>,
    rest: std::iter::Enumerate<std::slice::Iter<'v, Value>>,
}

impl<'v> Items<'v> {
    pub fn new(reader: Reader<'v>, items: &'v [Value]) -> Self {
        Self {
            reader,
            rest: items.iter().enumerate(),
        }
    }
}

impl<'de> SeqAccess<'de> for Items<'_> {
    type Error = Refused;

    fn next_element_seed<T: DeserializeSeed<'de>>(
        &mut self,
        seed: T,
    ) -> Result<Option<T::Value>, Refused> {
        let Some((index, value)) = self.rest.next() else {
            return Ok(None);
        };
        let read = seed.deserialize(self.reader.of(value));
        read.map_err(|refused| refused.of(value).below(&index.to_string()))
            .map(Some)
    }
}

/// The one member that says which variant it is, and its value.
pub(super) struct Choice<'v> {
    reader: Reader<'v>,
    name: &'v str,
}

impl<'v> Choice<'v> {
    /// `None` of an object with no or several members.
    pub fn of(reader: Reader<'v>, object: &'v Object) -> Option<Self> {
        let mut members = object.iter();
        match (members.next(), members.next()) {
            (Some((name, value)), None) => Some(Self {
                reader: reader.of(value),
                name,
            }),
            _ => None,
        }
    }

    fn below(&self, refused: Refused) -> Refused {
        refused.of(self.reader.value).below(self.name)
    }
}

impl<'de> EnumAccess<'de> for Choice<'_> {
    type Error = Refused;
    type Variant = Self;

    fn variant_seed<V: DeserializeSeed<'de>>(self, seed: V) -> Result<(V::Value, Self), Refused> {
        let name: StrDeserializer<'_, Refused> = self.name.into_deserializer();
        Ok((seed.deserialize(name)?, self))
    }
}

impl<'de> VariantAccess<'de> for Choice<'_> {
    type Error = Refused;

    fn unit_variant(self) -> Result<(), Refused> {
        let wrong = Wrong::Found("an object".to_owned(), format!("the word `{}`", self.name));
        Err(wrong.into())
    }

    fn newtype_variant_seed<T: DeserializeSeed<'de>>(self, seed: T) -> Result<T::Value, Refused> {
        seed.deserialize(self.reader)
            .map_err(|refused| self.below(refused))
    }

    fn tuple_variant<V: Visitor<'de>>(self, _: usize, visitor: V) -> Result<V::Value, Refused> {
        let read = self.reader.deserialize_seq(visitor);
        read.map_err(|refused| self.below(refused))
    }

    fn struct_variant<V: Visitor<'de>>(
        self,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let read = self.reader.deserialize_struct("", known, visitor);
        read.map_err(|refused| self.below(refused))
    }
}
