//! Lengths of time as people write them: `1h30m`, `250ms`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

/// A length of time, written `1h30m`, `5m`, `10s` or `250ms`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String")]
pub struct TimeSpan(pub Duration);

impl TimeSpan {
    /// So many seconds.
    #[must_use]
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// Whole seconds, for comparing with time claims.
    #[must_use]
    pub fn whole_seconds(self) -> i64 {
        i64::try_from(self.0.as_secs()).unwrap_or(i64::MAX)
    }
}

impl fmt::Display for TimeSpan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        humantime::format_duration(self.0).fmt(formatter)
    }
}

/// A text that is no length of time.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no length of time: write 10s, 5m or 1h30m")]
pub struct NotATimeSpan(String);

impl FromStr for TimeSpan {
    type Err = NotATimeSpan;

    fn from_str(text: &str) -> Result<Self, NotATimeSpan> {
        humantime::parse_duration(text)
            .map(Self)
            .map_err(|_| NotATimeSpan(text.to_owned()))
    }
}

impl Serialize for TimeSpan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for TimeSpan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map_err(de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_span_is_read_and_written_as_people_write_it() {
        for (text, seconds) in [("1h30m", 5_400), ("5m", 300), ("10s", 10)] {
            let span: TimeSpan = text.parse().unwrap();
            assert_eq!(span.whole_seconds(), seconds);
            assert_eq!(span.to_string().replace(' ', ""), text);
        }
        for text in ["", "5", "-1s", "soon"] {
            assert!(text.parse::<TimeSpan>().is_err(), "{text}");
        }
    }
}
