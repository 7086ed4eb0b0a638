//! The emulator's time. The only reader of the system clock.

use std::sync::{Arc, PoisonError, RwLock};
use std::time::Duration;

use time::OffsetDateTime;

/// A clock that can be moved and stopped. Clones show and set the same time.
#[derive(Debug, Clone, Default)]
pub struct Clock(Arc<RwLock<Setting>>);

#[derive(Debug, Clone, Copy)]
enum Setting {
    /// The system's time and this much.
    Running(time::Duration),
    /// Stands still.
    Frozen(OffsetDateTime),
}

impl Default for Setting {
    fn default() -> Self {
        Setting::Running(time::Duration::ZERO)
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
        Self(Arc::new(RwLock::new(Setting::Frozen(at))))
    }

    /// The time shown.
    #[must_use]
    pub fn now(&self) -> OffsetDateTime {
        match *self.0.read().unwrap_or_else(PoisonError::into_inner) {
            Setting::Running(offset) => OffsetDateTime::now_utc().saturating_add(offset),
            Setting::Frozen(at) => at,
        }
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

    /// Moves the clock forward; it goes on running if it ran.
    pub fn advance(&self, by: Duration) {
        let by = time::Duration::try_from(by).unwrap_or(time::Duration::MAX);
        let mut setting = self.0.write().unwrap_or_else(PoisonError::into_inner);
        *setting = match *setting {
            Setting::Running(offset) => Setting::Running(offset.saturating_add(by)),
            Setting::Frozen(at) => Setting::Frozen(at.saturating_add(by)),
        };
    }

    /// Stops the clock where it stands.
    pub fn freeze(&self) {
        let now = self.now();
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = Setting::Frozen(now);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clone_shows_the_same_moved_time() {
        let clock = Clock::fixed(OffsetDateTime::UNIX_EPOCH);
        let clone = clock.clone();
        clock.advance(Duration::from_secs(90));
        assert_eq!(clone.unix(), 90);
        clock.advance(Duration::MAX);
        assert!(clone.unix() > 90);
    }
}
