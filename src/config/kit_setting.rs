//! The one setting that is a text or a truth value.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Deserialize, Deserializer, Visitor};

/// The kit's folder, or `false` for no kit.
#[derive(Debug, Clone)]
pub(super) enum KitSetting {
    None,
    Folder(String),
}

impl<'de> Deserialize<'de> for KitSetting {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct KitVisitor;

        impl Visitor<'_> for KitVisitor {
            type Value = KitSetting;

            fn expecting(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str("a folder, false")
            }

            fn visit_bool<E: de::Error>(self, value: bool) -> Result<KitSetting, E> {
                if value {
                    return Err(E::invalid_value(de::Unexpected::Bool(value), &self));
                }
                Ok(KitSetting::None)
            }

            fn visit_str<E>(self, text: &str) -> Result<KitSetting, E> {
                Ok(KitSetting::Folder(text.to_owned()))
            }
        }

        deserializer.deserialize_any(KitVisitor)
    }
}

impl JsonSchema for KitSetting {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "KitSetting".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [{ "type": "string", "minLength": 1 }, { "const": false }] })
    }
}
