//! Typed values from the JSON of a body and the texts of a query, by serde. What is wrong knows its
//! path, what was found and what is allowed.
//!
//! Stricter than serde's own: a struct is an object, never a list, and has no members besides its own.

mod access;
mod meaning;
mod refused;

use schemars::{JsonSchema, SchemaGenerator};
use serde::de::value::StrDeserializer;
use serde::de::{DeserializeOwned, Deserializer, IntoDeserializer, Visitor};
use serde::forward_to_deserialize_any;
use serde_json::Value;

use crate::control::problem::Problem;
use crate::control::reading::access::{Choice, Items, Members};
use crate::control::reading::refused::{Refused, Wrong};

/// A value of a body; `name` is the field of a problem with the whole of it.
///
/// # Errors
/// 400 with the path of what is wrong.
pub fn read<T: DeserializeOwned + JsonSchema>(value: &Value, name: &str) -> Result<T, Problem> {
    let reader = Reader {
        value,
        is_text: false,
    };
    let read = T::deserialize(reader);
    read.map_err(|refused| refused.of(value).problem(name, &schema::<T>()))
}

/// Members of a query: an object of texts, or of lists of them where a name occurs again.
///
/// # Errors
/// 400 with the name of what is wrong.
pub fn read_texts<T: DeserializeOwned + JsonSchema>(texts: &Value) -> Result<T, Problem> {
    let reader = Reader {
        value: texts,
        is_text: true,
    };
    let read = T::deserialize(reader);
    read.map_err(|refused| refused.of(texts).problem("query", &schema::<T>()))
}

/// The schema of a type, without references.
fn schema<T: JsonSchema>() -> Value {
    let settings = schemars::generate::SchemaSettings::draft2020_12();
    let generator: SchemaGenerator = settings
        .with(|settings| settings.inline_subschemas = true)
        .into_generator();
    generator.into_root_schema_for::<T>().to_value()
}

/// Hands one value to serde.
#[derive(Clone, Copy)]
struct Reader<'v> {
    value: &'v Value,
    /// Whether numbers and truth values are written as texts.
    is_text: bool,
}

impl<'v> Reader<'v> {
    fn of(self, value: &'v Value) -> Self {
        Self { value, ..self }
    }

    fn wanted<T>(self, allowed: &str) -> Result<T, Refused> {
        Err(Wrong::Found(refused::describe(self.value), allowed.to_owned()).into())
    }

    /// The text of a query's member that is to be something else.
    fn text(self) -> Option<&'v str> {
        self.value.as_str().filter(|_| self.is_text)
    }

    fn members(self, allowed: &str) -> Result<Members<'v>, Refused> {
        match self.value {
            Value::Object(object) => Ok(Members::new(self, object)),
            _ => self.wanted(allowed),
        }
    }
}

/// A number: from its text in a query.
macro_rules! numbers {
    ($($deserialize:ident $visit:ident $number:ty, $allowed:literal;)*) => {$(
        fn $deserialize<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
            match self.text().map(str::parse::<$number>) {
                Some(Ok(number)) => visitor.$visit(number),
                Some(Err(_)) => self.wanted($allowed),
                None => self.deserialize_any(visitor),
            }
        }
    )*};
}

impl<'de> Deserializer<'de> for Reader<'_> {
    type Error = Refused;

    fn deserialize_any<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.value {
            Value::Null => visitor.visit_unit(),
            Value::Bool(value) => visitor.visit_bool(*value),
            Value::Number(number) => match (number.as_u64(), number.as_i64(), number.as_f64()) {
                (Some(whole), _, _) => visitor.visit_u64(whole),
                (_, Some(whole), _) => visitor.visit_i64(whole),
                (_, _, Some(number)) => visitor.visit_f64(number),
                _ => self.wanted("a number of 64 bits"),
            },
            Value::String(text) => visitor.visit_str(text),
            Value::Array(items) => visitor.visit_seq(Items::new(self, items)),
            Value::Object(object) => visitor.visit_map(Members::new(self, object)),
        }
    }

    numbers! {
        deserialize_bool visit_bool bool, "true, false";
        deserialize_u8 visit_u8 u8, "a whole number from 0 to 255";
        deserialize_u16 visit_u16 u16, "a whole number from 0 to 65535";
        deserialize_u32 visit_u32 u32, "a whole number from 0 to 4294967295";
        deserialize_u64 visit_u64 u64, "a whole number from 0 to 18446744073709551615";
        deserialize_i32 visit_i32 i32, "a whole number";
        deserialize_i64 visit_i64 i64, "a whole number";
        deserialize_f64 visit_f64 f64, "a number";
    }

    fn deserialize_option<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.value {
            Value::Null => visitor.visit_none(),
            _ => visitor.visit_some(self),
        }
    }

    fn deserialize_newtype_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        visitor: V,
    ) -> Result<V::Value, Refused> {
        visitor.visit_newtype_struct(self)
    }

    fn deserialize_seq<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        match self.value {
            Value::Array(items) => visitor.visit_seq(Items::new(self, items)),
            // A name that occurs once in a query is a list of one.
            one if self.text().is_some() => {
                visitor.visit_seq(Items::new(self, std::slice::from_ref(one)))
            }
            _ => self.wanted("a list"),
        }
    }

    fn deserialize_map<V: Visitor<'de>>(self, visitor: V) -> Result<V::Value, Refused> {
        visitor.visit_map(self.members("an object")?)
    }

    fn deserialize_struct<V: Visitor<'de>>(
        self,
        _: &'static str,
        known: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let allowed = format!("an object with the members {}", known.join(", "));
        let members = self.members(&allowed)?;
        match members.first_besides(known) {
            Some(name) => Err(Wrong::Unknown(name.to_owned(), known.join(", ")).into()),
            None => visitor.visit_map(members),
        }
    }

    fn deserialize_enum<V: Visitor<'de>>(
        self,
        _: &'static str,
        words: &'static [&'static str],
        visitor: V,
    ) -> Result<V::Value, Refused> {
        let words = words.join(", ");
        match self.value {
            Value::String(word) => {
                let word: StrDeserializer<'_, Refused> = word.as_str().into_deserializer();
                visitor.visit_enum(word)
            }
            Value::Object(object) => match Choice::of(self, object) {
                Some(choice) => visitor.visit_enum(choice),
                None => self.wanted(&format!("one of the members {words}")),
            },
            _ => self.wanted(&words),
        }
    }

    forward_to_deserialize_any! {
        i8 i16 i128 u128 f32 char str string bytes byte_buf unit unit_struct tuple tuple_struct
        identifier ignored_any
    }
}

#[cfg(test)]
mod tests;
