//! Whether a world is used, and when it last was.

use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::clock::Clock;

/// When a world was last used, and how many use it now.
#[derive(Debug)]
pub(super) struct Usage {
    epoch: Instant,
    /// Milliseconds since the epoch.
    last: AtomicU64,
    users: AtomicUsize,
}

/// Somebody who uses a world, for as long as this is held.
#[derive(Debug)]
pub struct InUse(Arc<Usage>);

impl Usage {
    /// It was used just now.
    pub fn new() -> Self {
        Self {
            epoch: Clock::moment(),
            last: AtomicU64::new(0),
            users: AtomicUsize::new(0),
        }
    }

    /// It was used at this moment.
    pub fn note(&self, now: Instant) {
        self.last.fetch_max(self.since_epoch(now), Ordering::AcqRel);
    }

    /// It is used until what is returned is dropped, and that is when it was last used.
    pub fn begin(self: &Arc<Self>) -> InUse {
        self.users.fetch_add(1, Ordering::AcqRel);
        InUse(Arc::clone(self))
    }

    /// How long nobody has used it at this moment; nothing while somebody does.
    pub fn unused_for(&self, now: Instant) -> Duration {
        // First: whoever ends notes the time before.
        if self.users.load(Ordering::Acquire) > 0 {
            return Duration::ZERO;
        }
        let last = self.last.load(Ordering::Acquire);
        Duration::from_millis(self.since_epoch(now).saturating_sub(last))
    }

    fn since_epoch(&self, now: Instant) -> u64 {
        let passed = now.saturating_duration_since(self.epoch);
        u64::try_from(passed.as_millis()).unwrap_or(u64::MAX)
    }
}

impl Drop for InUse {
    fn drop(&mut self) {
        self.0.note(Clock::moment());
        self.0.users.fetch_sub(1, Ordering::AcqRel);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Longer than any test.
    const LATER: Duration = Duration::from_secs(60 * 60);

    #[test]
    fn whoever_uses_it_keeps_it_used_until_the_last_one_ends() {
        let usage = Arc::new(Usage::new());
        let later = usage.epoch + LATER;
        assert_eq!(usage.unused_for(later), LATER);
        let (one, other) = (usage.begin(), usage.begin());
        assert_eq!(usage.unused_for(later), Duration::ZERO);
        drop(one);
        assert_eq!(usage.unused_for(later), Duration::ZERO);
        drop(other);
        assert!(usage.unused_for(later) > Duration::ZERO);
        usage.note(later);
        assert_eq!(usage.unused_for(later), Duration::ZERO);
    }
}
