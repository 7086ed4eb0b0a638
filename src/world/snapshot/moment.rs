//! Times in a snapshot.

use std::borrow::Cow;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de, ser};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use time::macros::datetime;

/// The last one that RFC 3339 can write. No clock gets there.
const LATEST: OffsetDateTime = datetime!(9999-12-31 23:59:59.999 UTC);

/// A time as RFC 3339 writes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Moment(pub OffsetDateTime);

impl Moment {
    /// That of so many milliseconds since the epoch.
    pub fn of_millis(millis: i64) -> Self {
        let time = OffsetDateTime::from_unix_timestamp_nanos(i128::from(millis) * 1_000_000);
        Self(time.map_or(LATEST, |time| {
            time.clamp(OffsetDateTime::UNIX_EPOCH, LATEST)
        }))
    }

    /// That of so many seconds since the epoch.
    pub fn of_seconds(seconds: i64) -> Self {
        Self::of_millis(seconds.saturating_mul(1_000))
    }

    /// That of so many seconds since the epoch; `None` for never, which comes after all times.
    pub fn or_never(seconds: i64) -> Option<Self> {
        (seconds < LATEST.unix_timestamp()).then(|| Self::of_seconds(seconds))
    }

    /// Milliseconds since the epoch.
    pub fn millis(self) -> i64 {
        let millis = self.0.unix_timestamp_nanos() / 1_000_000;
        i64::try_from(millis).unwrap_or(i64::MAX)
    }

    /// Seconds since the epoch.
    pub fn seconds(self) -> i64 {
        self.0.unix_timestamp()
    }
}

impl Serialize for Moment {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let text = self.0.format(&Rfc3339).map_err(ser::Error::custom)?;
        serializer.serialize_str(&text)
    }
}

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let read = OffsetDateTime::parse(&text, &Rfc3339);
        read.map(Self).map_err(|_| {
            let allowed = "a time as RFC 3339 has it, such as 2030-01-31T12:00:00Z";
            de::Error::invalid_value(de::Unexpected::Str(&text), &allowed)
        })
    }
}

impl JsonSchema for Moment {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        "SnapshotMoment".into()
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "format": "date-time" })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn times_go_there_and_back_to_the_millisecond_and_end_with_the_calendar() {
        for millis in [0, 1, 1_999, 1_893_456_000_123] {
            let written = serde_json::to_string(&Moment::of_millis(millis)).unwrap();
            let read: Moment = serde_json::from_str(&written).unwrap();
            assert_eq!(read.millis(), millis, "{written}");
        }
        assert_eq!(Moment::of_seconds(i64::MAX).0, LATEST);
        assert_eq!(Moment::of_seconds(7).seconds(), 7);
        assert_eq!(Moment::or_never(7), Some(Moment::of_seconds(7)));
        assert_eq!(Moment::or_never(i64::MAX), None);
        assert!(serde_json::from_str::<Moment>("\"soon\"").is_err());
    }
}
