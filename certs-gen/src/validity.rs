//! Validity periods (RFC 5280 §4.1.2.5).

use der::DateTime;
use time::{Duration, OffsetDateTime, UtcOffset};
use x509_cert::time::{Time, Validity};

use crate::error::Error;

/// How far back certificates and revocation lists start, so that clients whose clock is slow accept
/// what was made a moment ago.
pub const BACKDATING: Duration = Duration::minutes(5);

/// From when to when something is valid; whole seconds, UTC.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Life {
    /// First second.
    pub not_before: OffsetDateTime,
    /// Last second.
    pub not_after: OffsetDateTime,
}

impl Life {
    /// A life that starts [`BACKDATING`] before `now` and ends `length` after it.
    pub(crate) fn starting(now: OffsetDateTime, length: Duration) -> Result<Self, Error> {
        Ok(Self {
            not_before: shifted(now, -BACKDATING)?,
            not_after: shifted(now, length)?,
        })
    }

    /// One that starts before `now` and before `also`, and ends after both, as far as there are dates.
    pub(crate) fn spanning(
        now: OffsetDateTime,
        also: OffsetDateTime,
        length: Duration,
    ) -> Result<Self, Error> {
        let life = Self::starting(now, length)?;
        Ok(Self::starting(also, length).map_or(life, |other| Self {
            not_before: life.not_before.min(other.not_before),
            not_after: life.not_after.max(other.not_after),
        }))
    }

    /// The same life, ending with the issuer's at the latest; one that starts after it is left alone.
    pub(crate) fn within(self, issuer: Self) -> Self {
        if self.not_before >= issuer.not_after {
            return self;
        }
        Self {
            not_after: self.not_after.min(issuer.not_after),
            ..self
        }
    }

    /// As DER `Validity`: `UTCTime` until 2049, `GeneralizedTime` from 2050.
    pub(crate) fn to_der_type(self) -> Result<Validity, Error> {
        let time = |time: OffsetDateTime| {
            let out_of_range = || Error::TimeOutOfRange(time.to_string());
            let seconds = u64::try_from(time.unix_timestamp()).map_err(|_| out_of_range())?;
            DateTime::from_unix_duration(std::time::Duration::from_secs(seconds))
                .map(Time::from)
                .map_err(|_| out_of_range())
        };
        Ok(Validity::new(time(self.not_before)?, time(self.not_after)?))
    }
}

/// `time` moved by `by`, in whole seconds and UTC.
pub(crate) fn shifted(time: OffsetDateTime, by: Duration) -> Result<OffsetDateTime, Error> {
    let out_of_range = || Error::TimeOutOfRange(time.to_string());
    let moved = time.checked_to_offset(UtcOffset::UTC);
    let moved = moved.and_then(|time| time.checked_add(by));
    let moved = moved.and_then(|time| time.replace_nanosecond(0).ok());
    moved
        .filter(|time| time.unix_timestamp() >= 0)
        .ok_or_else(out_of_range)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(seconds: i64) -> OffsetDateTime {
        OffsetDateTime::from_unix_timestamp(seconds).unwrap()
    }

    #[test]
    fn a_life_is_backdated_and_in_whole_seconds() {
        let now = at(1_700_000_000) + Duration::milliseconds(700);
        let life = Life::starting(now, Duration::days(1)).unwrap();
        assert_eq!(life.not_before, at(1_700_000_000 - 300));
        assert_eq!(life.not_after, at(1_700_000_000 + 86_400));
    }

    #[test]
    fn the_year_2050_changes_the_time_type() {
        let life = Life {
            not_before: at(2_524_607_999),
            not_after: at(2_524_608_000),
        };
        let validity = life.to_der_type().unwrap();
        assert!(matches!(validity.not_before, Time::UtcTime(_)));
        assert!(matches!(validity.not_after, Time::GeneralTime(_)));
    }

    #[test]
    fn times_that_x509_cannot_write_are_refused() {
        for seconds in [-1, 0, 299] {
            let life = Life::starting(at(seconds), Duration::days(1));
            assert!(matches!(life, Err(Error::TimeOutOfRange(_))), "{seconds}");
        }
        let late = at(253_402_300_000);
        assert!(matches!(
            Life::starting(late, Duration::days(9)),
            Err(Error::TimeOutOfRange(_))
        ));
    }
}
