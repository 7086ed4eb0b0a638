//! Lengths of time as people write them: `1h30m`, `250ms`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

const ALLOWED: &str = "a length of time such as 10s, 5m, 1h30m";

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
        let words = humantime::format_duration(self.0).to_string();
        formatter.write_str(&words.replace(' ', ""))
    }
}

/// A length of time that may lead back: `1h30m`, `-5m`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String")]
pub struct SignedTimeSpan(pub time::Duration);

impl fmt::Display for SignedTimeSpan {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_negative() {
            formatter.write_str("-")?;
        }
        TimeSpan(self.0.unsigned_abs()).fmt(formatter)
    }
}

impl FromStr for SignedTimeSpan {
    type Err = NotATimeSpan;

    fn from_str(text: &str) -> Result<Self, NotATimeSpan> {
        let not_one = || NotATimeSpan(text.to_owned());
        let back = text.strip_prefix('-');
        let span: TimeSpan = back.unwrap_or(text).parse().map_err(|_| not_one())?;
        let span = time::Duration::try_from(span.0).map_err(|_| not_one())?;
        Ok(Self(if back.is_some() { -span } else { span }))
    }
}

impl Serialize for SignedTimeSpan {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SignedTimeSpan {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let bad = |_| de::Error::invalid_value(de::Unexpected::Str(&text), &ALLOWED);
        text.parse().map_err(bad)
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
        let bad = |_| de::Error::invalid_value(de::Unexpected::Str(&text), &ALLOWED);
        text.parse().map_err(bad)
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
            assert_eq!(span.to_string(), text);
        }
        for text in ["", "5", "-1s", "soon"] {
            assert!(text.parse::<TimeSpan>().is_err(), "{text}");
        }
    }

    #[test]
    fn a_signed_time_span_may_lead_back() {
        for (text, seconds) in [("-5m", -300), ("1h30m", 5_400), ("0s", 0)] {
            let span: SignedTimeSpan = text.parse().unwrap();
            assert_eq!(span.0.whole_seconds(), seconds);
            assert_eq!(span.to_string(), text);
        }
        let longest = format!("{}s", u64::MAX);
        for text in ["", "-", "--5m", "5", longest.as_str()] {
            assert!(text.parse::<SignedTimeSpan>().is_err(), "{text}");
        }
    }
}
