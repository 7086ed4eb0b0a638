//! Quotas: so many calls in a span of time (GCRA), on the world's clock.

use std::num::NonZeroU32;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use governor::RateLimiter;
use governor::clock::Clock;
use governor::middleware::NoOpMiddleware;
use governor::nanos::Nanos;
use governor::state::{InMemoryState, NotKeyed};

/// A span of time that no quota reaches: about 73 years, in nanoseconds.
const FAR: u64 = u64::MAX / 8;

/// A time that is so much before the latest was read before it, by another thread.
const JITTER: i64 = 1_000;

/// A jump of the clock is not counted beyond this: a year, in milliseconds.
const JUMP: i64 = 365 * 24 * 3600 * 1000;

/// Time as quotas know it: as much has passed as the world's clock went forward. It never goes
/// back: if that clock is set back, it stands for that moment and goes on from there, so that nobody
/// waits longer than they were told.
#[derive(Debug, Default)]
pub struct Steady {
    latest: Option<i64>,
    passed: Passed,
}

/// Nanoseconds that have passed.
#[derive(Debug, Clone, Default)]
struct Passed(Arc<AtomicU64>);

impl Clock for Passed {
    type Instant = Nanos;

    fn now(&self) -> Nanos {
        Nanos::new(self.0.load(Ordering::Relaxed))
    }
}

impl Steady {
    /// It is so late on the world's clock.
    pub fn set(&mut self, now: i64) {
        let more = now.saturating_sub(*self.latest.get_or_insert(now));
        if (-JITTER..0).contains(&more) {
            return;
        }
        self.latest = Some(now);
        let more = u64::try_from(more.min(JUMP)).unwrap_or(0);
        let passed = self.passed.0.load(Ordering::Relaxed);
        let passed = passed.saturating_add(more.saturating_mul(1_000_000));
        self.passed.0.store(passed.min(FAR), Ordering::Relaxed);
    }
}

/// So many calls in a span of time.
#[derive(Debug)]
pub struct Quota {
    limiter: RateLimiter<NotKeyed, InMemoryState, Passed, NoOpMiddleware<Nanos>>,
    passed: Passed,
}

impl Quota {
    /// Full.
    pub fn new(calls: u32, every: Duration, burst: u32, time: &Steady) -> Self {
        let burst = NonZeroU32::new(burst).unwrap_or(NonZeroU32::MIN);
        let replenished = every.as_nanos() / u128::from(calls.max(1));
        // Beyond that, the time for a whole burst is none that can be counted.
        let replenished = u64::try_from(replenished)
            .unwrap_or(FAR)
            .min(FAR / u64::from(burst.get()));
        let period = Duration::from_nanos(replenished.max(1));
        let quota = governor::Quota::with_period(period)
            .unwrap_or(governor::Quota::per_second(NonZeroU32::MIN));
        Self {
            limiter: RateLimiter::direct_with_clock(quota.allow_burst(burst), time.passed.clone()),
            passed: time.passed.clone(),
        }
    }

    /// Counts a call, if it is within the quota.
    ///
    /// # Errors
    /// How long until the next is, if it is not.
    pub fn take(&self) -> Result<(), Duration> {
        let now = self.passed.now();
        self.limiter
            .check()
            .map_err(|over| over.wait_time_from(now))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const MINUTE: Duration = Duration::from_secs(60);

    fn steady(now: i64) -> Steady {
        let mut time = Steady::default();
        time.set(now);
        time
    }

    #[test]
    fn a_burst_is_let_through_and_then_one_by_one() {
        let mut time = steady(0);
        let quota = Quota::new(5, MINUTE, 3, &time);
        for _ in 0..3 {
            assert_eq!(quota.take(), Ok(()));
        }
        assert_eq!(quota.take(), Err(Duration::from_secs(12)));
        time.set(11_999);
        assert_eq!(quota.take(), Err(Duration::from_millis(1)));
        time.set(12_000);
        assert_eq!(quota.take(), Ok(()));
        assert_eq!(quota.take(), Err(Duration::from_secs(12)));
    }

    #[test]
    fn a_clock_that_is_set_back_locks_nobody_out() {
        let mut time = steady(1_000_000_000);
        let quota = Quota::new(1, MINUTE, 1, &time);
        assert_eq!(quota.take(), Ok(()));
        time.set(1_000_030_000);
        assert_eq!(quota.take(), Err(Duration::from_secs(30)));
        time.set(0);
        assert_eq!(quota.take(), Err(Duration::from_secs(30)));
        time.set(30_000);
        assert_eq!(quota.take(), Ok(()));
    }

    #[test]
    fn threads_that_read_the_clock_out_of_turn_do_not_make_it_faster() {
        let mut time = steady(10_000);
        let quota = Quota::new(1, MINUTE, 1, &time);
        assert_eq!(quota.take(), Ok(()));
        for _ in 0..1_000 {
            time.set(10_500);
            time.set(10_000);
        }
        assert_eq!(quota.take(), Err(Duration::from_millis(59_500)));
    }

    #[test]
    fn odd_quotas_and_clocks_do_no_harm() {
        let long = Duration::MAX;
        for (calls, every, burst) in [
            (0, Duration::ZERO, 0),
            (1, long, u32::MAX),
            (u32::MAX, Duration::from_nanos(1), u32::MAX),
            (1, long, 1),
        ] {
            let mut time = steady(i64::MIN);
            let quota = Quota::new(calls, every, burst, &time);
            for now in [i64::MAX, i64::MIN, 0, i64::MAX, -1, i64::MAX] {
                let _ = quota.take();
                time.set(now);
            }
        }
    }
}
