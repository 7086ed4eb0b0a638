//! The emulator's time. The only reader of the system clock.

use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};
use std::time::{Duration, Instant};

use time::format_description::well_known::Rfc3339;
use time::{OffsetDateTime, UtcOffset};

/// The years that a clock can be set to, in UTC: what certificates and tokens can say.
const YEARS: std::ops::RangeInclusive<i32> = 1970..=9999;

/// A clock that can be moved and stopped. Clones show and set the same time.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<RwLock<Hands>>);

/// How a clock stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Setting {
    /// The time shown, in UTC.
    pub now: OffsetDateTime,
    /// How far that is ahead of the system's time.
    pub offset: time::Duration,
    /// Where it stands still; `None` if it runs.
    pub frozen_at: Option<OffsetDateTime>,
}

/// Why a clock cannot be set so.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ClockError {
    /// Nothing else that has dates could say them.
    #[error(
        "found {}; allowed: 1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z; choose a time between them",
        .0.and_then(written).unwrap_or_else(|| "a time that no calendar has".to_owned())
    )]
    OutsideCalendar(Option<OffsetDateTime>),
    /// An advance goes forward.
    #[error("found an advance of {} seconds; allowed: 0 and more; to go back, set `now` or `offset`", .0.whole_seconds())]
    AdvanceBackward(time::Duration),
}

/// `None` for a year that RFC 3339 does not have.
fn written(at: OffsetDateTime) -> Option<String> {
    at.format(&Rfc3339).ok()
}

#[derive(Debug, Clone, Copy)]
enum Hands {
    /// The system's time and this much.
    Running(time::Duration),
    /// Stands still.
    Frozen(OffsetDateTime),
}

impl Default for Hands {
    fn default() -> Self {
        Hands::Running(time::Duration::ZERO)
    }
}

impl Hands {
    fn shown(self, system: OffsetDateTime) -> OffsetDateTime {
        match self {
            Hands::Running(offset) => system.saturating_add(offset),
            Hands::Frozen(at) => at,
        }
    }

    /// Shows another time, and runs or stands as before.
    fn moved(self, to: OffsetDateTime, system: OffsetDateTime) -> Self {
        match self {
            Hands::Running(_) => Hands::Running(to - system),
            Hands::Frozen(_) => Hands::Frozen(to),
        }
    }
}

impl Clock {
    /// A clock that shows the system's time.
    #[must_use]
    pub fn system() -> Self {
        Self::default()
    }

    /// A clock that stands at `at` until it is moved.
    #[must_use]
    pub fn fixed(at: OffsetDateTime) -> Self {
        Self(Arc::new(RwLock::new(Hands::Frozen(at))))
    }

    /// A moment of the system's, for measuring how long things take; no clock of ours moves it.
    #[must_use]
    pub fn moment() -> Instant {
        Instant::now()
    }

    /// The time shown.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        self.read().shown(OffsetDateTime::now_utc())
    }

    /// The time shown, in seconds since the epoch.
    #[must_use]
    pub fn unix(&self) -> i64 {
        self.now().unix_timestamp()
    }

    /// The same in milliseconds.
    #[must_use]
    pub fn unix_millis(&self) -> i64 {
        let millis = self.now().unix_timestamp_nanos() / 1_000_000;
        // The calendar ends long before.
        i64::try_from(millis).unwrap_or(i64::MAX)
    }

    /// How it stands.
    #[must_use]
    pub fn setting(&self) -> Setting {
        let hands = *self.read();
        let system = OffsetDateTime::now_utc();
        let now = hands.shown(system);
        match hands {
            Hands::Running(offset) => Setting {
                now,
                offset,
                frozen_at: None,
            },
            Hands::Frozen(at) => Setting {
                now,
                offset: at - system,
                frozen_at: Some(at),
            },
        }
    }

    /// Shows this time from now on; it runs or stands as before.
    ///
    /// # Errors
    /// [`ClockError::OutsideCalendar`].
    pub fn set_now(&self, now: OffsetDateTime) -> Result<(), ClockError> {
        self.set(|hands, system| Ok(hands.moved(within_calendar(now)?, system)))
    }

    /// Shows the system's time and this much; it runs or stands as before.
    ///
    /// # Errors
    /// [`ClockError::OutsideCalendar`].
    pub fn set_offset(&self, offset: time::Duration) -> Result<(), ClockError> {
        self.set(|hands, system| {
            let now = later(system, offset)?;
            Ok(match hands {
                Hands::Running(_) => Hands::Running(offset),
                Hands::Frozen(_) => Hands::Frozen(now),
            })
        })
    }

    /// Stands at this time from now on.
    ///
    /// # Errors
    /// [`ClockError::OutsideCalendar`].
    pub fn freeze_at(&self, at: OffsetDateTime) -> Result<(), ClockError> {
        self.set(|_, _| Ok(Hands::Frozen(within_calendar(at)?)))
    }

    /// Runs on from where it stands. One that runs is left alone.
    pub fn unfreeze(&self) {
        let mut hands = self.write();
        if let Hands::Frozen(at) = *hands {
            *hands = Hands::Running(at - OffsetDateTime::now_utc());
        }
    }

    /// Moves the clock forward; it runs or stands as before.
    ///
    /// # Errors
    /// [`ClockError`].
    pub fn advance_checked(&self, by: time::Duration) -> Result<(), ClockError> {
        if by.is_negative() {
            return Err(ClockError::AdvanceBackward(by));
        }
        self.set(|hands, system| {
            let to = later(hands.shown(system), by)?;
            Ok(match hands {
                Hands::Running(offset) => Hands::Running(offset.saturating_add(by)),
                Hands::Frozen(_) => Hands::Frozen(to),
            })
        })
    }

    /// Stands as it stood when the setting was taken, or runs as far ahead of the system's time.
    ///
    /// # Errors
    /// [`ClockError::OutsideCalendar`].
    pub fn restore(&self, setting: &Setting) -> Result<(), ClockError> {
        self.set(|_, system| match setting.frozen_at {
            Some(at) => Ok(Hands::Frozen(within_calendar(at)?)),
            None => later(system, setting.offset).map(|_| Hands::Running(setting.offset)),
        })
    }

    /// Moves the clock forward, to the end of the calendar at most; it runs or stands as before.
    pub fn advance(&self, by: Duration) {
        let by = time::Duration::try_from(by).unwrap_or(time::Duration::MAX);
        let mut hands = self.write();
        *hands = match *hands {
            Hands::Running(offset) => Hands::Running(offset.saturating_add(by)),
            Hands::Frozen(at) => Hands::Frozen(at.saturating_add(by)),
        };
    }

    /// Stops the clock where it stands.
    pub fn freeze(&self) {
        let mut hands = self.write();
        *hands = Hands::Frozen(hands.shown(OffsetDateTime::now_utc()));
    }

    /// One step, or none if it cannot be.
    fn set(
        &self,
        change: impl FnOnce(Hands, OffsetDateTime) -> Result<Hands, ClockError>,
    ) -> Result<(), ClockError> {
        let mut hands = self.write();
        *hands = change(*hands, OffsetDateTime::now_utc())?;
        Ok(())
    }

    fn read(&self) -> RwLockReadGuard<'_, Hands> {
        self.0.read().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self) -> RwLockWriteGuard<'_, Hands> {
        self.0.write().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The time in UTC, if a clock can show it.
fn within_calendar(at: OffsetDateTime) -> Result<OffsetDateTime, ClockError> {
    let utc = at.checked_to_offset(UtcOffset::UTC);
    utc.filter(|utc| YEARS.contains(&utc.year()))
        .ok_or(ClockError::OutsideCalendar(Some(at)))
}

fn later(from: OffsetDateTime, by: time::Duration) -> Result<OffsetDateTime, ClockError> {
    let to = from.checked_add(by);
    within_calendar(to.ok_or(ClockError::OutsideCalendar(None))?)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    const START: OffsetDateTime = datetime!(2030-01-01 00:00 UTC);
    const DAY: time::Duration = time::Duration::DAY;

    #[test]
    fn a_clone_shows_the_same_moved_time() {
        let clock = Clock::fixed(OffsetDateTime::UNIX_EPOCH);
        let clone = clock.clone();
        clock.advance(Duration::from_secs(90));
        assert_eq!(clone.unix(), 90);
        clock.advance(Duration::MAX);
        assert!(clone.unix() > 90);
    }

    #[test]
    fn a_frozen_clock_moves_only_when_it_is_moved() {
        let clock = Clock::fixed(START);
        clock.advance_checked(DAY).unwrap();
        assert_eq!(clock.now(), START + DAY);
        clock.set_now(datetime!(2031-06-01 02:00 +02:00)).unwrap();
        let setting = clock.setting();
        assert_eq!(setting.now, datetime!(2031-06-01 00:00 UTC));
        assert_eq!(setting.now.offset(), UtcOffset::UTC);
        assert_eq!(setting.frozen_at, Some(setting.now));
        clock.set_offset(DAY).unwrap();
        assert!(clock.setting().frozen_at.is_some());
    }

    #[test]
    fn a_running_clock_runs_on_from_where_it_is_set() {
        let clock = Clock::system();
        clock.set_now(START).unwrap();
        assert!(clock.now() >= START);
        assert_eq!(clock.setting().frozen_at, None);
        let offset = clock.setting().offset;
        clock.advance_checked(DAY).unwrap();
        assert_eq!(clock.setting().offset, offset + DAY);
        clock.set_offset(-DAY).unwrap();
        assert_eq!(clock.setting().offset, -DAY);
    }

    #[test]
    fn an_unfrozen_clock_goes_on_from_where_it_stood() {
        let clock = Clock::system();
        clock.freeze_at(START).unwrap();
        assert_eq!(clock.now(), START);
        clock.unfreeze();
        assert_eq!(clock.setting().frozen_at, None);
        assert!(clock.now() >= START);
        let offset = clock.setting().offset;
        clock.unfreeze();
        assert_eq!(clock.setting().offset, offset);
    }

    #[test]
    fn a_setting_is_restored_running_or_frozen() {
        let clock = Clock::system();
        clock.set_offset(DAY * 30).unwrap();
        let running = clock.setting();
        clock.freeze_at(START).unwrap();
        let frozen = clock.setting();
        let other = Clock::system();
        other.restore(&frozen).unwrap();
        assert_eq!(other.now(), START);
        other.restore(&running).unwrap();
        assert_eq!(other.setting().offset, DAY * 30);
        assert_eq!(other.setting().frozen_at, None);
    }

    #[test]
    fn an_impossible_jump_is_an_error_and_changes_nothing() {
        use ClockError::{AdvanceBackward, OutsideCalendar};
        let early = datetime!(1969-12-31 23:59:59 UTC);
        // In UTC it is the year 10000.
        let late = datetime!(9999-12-31 23:59:59 -01:00);
        for clock in [Clock::fixed(START), Clock::system()] {
            clock.set_now(START).unwrap();
            let before = clock.setting();
            for at in [early, late] {
                assert_eq!(clock.set_now(at), Err(OutsideCalendar(Some(at))));
                assert_eq!(clock.freeze_at(at), Err(OutsideCalendar(Some(at))));
            }
            let ages = DAY * 366 * 9000;
            for by in [ages, time::Duration::MAX] {
                assert_eq!(clock.advance_checked(by), Err(OutsideCalendar(None)));
                assert_eq!(clock.set_offset(by), Err(OutsideCalendar(None)));
            }
            assert!(clock.set_offset(time::Duration::MIN).is_err());
            assert!(clock.set_offset(-DAY * 366 * 100).is_err());
            assert_eq!(clock.advance_checked(-DAY), Err(AdvanceBackward(-DAY)));
            let bad = Setting {
                offset: ages,
                frozen_at: None,
                ..before
            };
            assert!(clock.restore(&bad).is_err());
            assert_eq!(clock.setting().frozen_at, before.frozen_at);
            assert!(clock.now() >= START && clock.now() < START + DAY);
        }
    }

    #[test]
    fn an_error_says_the_way_out() {
        let error = Clock::fixed(START).advance_checked(-DAY).unwrap_err();
        assert_eq!(
            error.to_string(),
            "found an advance of -86400 seconds; allowed: 0 and more; to go back, set `now` or `offset`"
        );
        let error = Clock::system()
            .set_now(datetime!(1960-01-01 00:00 UTC))
            .unwrap_err();
        assert_eq!(
            error.to_string(),
            "found 1960-01-01T00:00:00Z; allowed: 1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z; choose a time between them"
        );
    }
}
