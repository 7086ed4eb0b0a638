//! Times, as bodies and answers have them.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// What a text must be to be one.
pub const ALLOWED: &str = "a time as RFC 3339 has it, such as 2030-01-31T12:00:00Z";

/// A time: RFC 3339, written in UTC and to the millisecond.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub OffsetDateTime);

impl Moment {
    /// That of so many seconds since the epoch, where a calendar has it.
    pub fn of_unix(seconds: i64) -> Option<Self> {
        OffsetDateTime::from_unix_timestamp(seconds).ok().map(Self)
    }

    /// The time that a text names.
    pub fn parse(text: &str) -> Option<Self> {
        OffsetDateTime::parse(text, &Rfc3339).ok().map(Self)
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let millis = self.0.replace_millisecond(self.0.millisecond());
        let text = millis.unwrap_or(self.0).format(&Rfc3339);
        serializer.serialize_str(&text.map_err(ser::Error::custom)?)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bad = || de::Error::invalid_value(de::Unexpected::Str(&text), &ALLOWED);
        Self::parse(&text).ok_or_else(bad)
    }
}

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "Moment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_written_in_utc_to_the_millisecond_and_read_in_any_zone() {
        let read = Moment::parse("2030-01-31T12:00:00.123456+02:00").unwrap();
        let utc = Moment(read.0.to_offset(time::UtcOffset::UTC));
        let written = serde_json::to_value(utc).unwrap();
        assert_eq!(written, "2030-01-31T10:00:00.123Z");
        assert_eq!(
            Moment::of_unix(0).map(|moment| moment.0.unix_timestamp()),
            Some(0)
        );
        for text in ["", "2030-01-31", "2030-02-31T12:00:00Z", "now"] {
            assert_eq!(Moment::parse(text), None, "{text}");
        }
    }
}
