//! What the requests of a run came to.

use std::collections::BTreeMap;
use std::time::Duration;

use hdrhistogram::Histogram;
use serde::{Deserialize, Serialize};

/// Counts and times.
#[derive(Debug)]
pub struct Tally {
    nanoseconds: Histogram<u64>,
    errors: BTreeMap<String, u64>,
    first_error: Option<String>,
}

/// Percentiles, in microseconds.
#[derive(Debug, Clone, Copy, Default, Serialize, Deserialize)]
pub struct Latency {
    /// Half of the requests took at most so long.
    pub p50: f64,
    /// Nine in ten.
    pub p90: f64,
    /// 99 in 100.
    pub p99: f64,
    /// 999 in 1,000.
    pub p99_9: f64,
    /// All.
    pub max: f64,
}

impl Default for Tally {
    fn default() -> Self {
        Self {
            nanoseconds: histogram(),
            errors: BTreeMap::new(),
            first_error: None,
        }
    }
}

/// Three digits, and as large as is needed.
fn histogram() -> Histogram<u64> {
    #[expect(
        clippy::expect_used,
        reason = "the one error is a count of digits above five"
    )]
    Histogram::new(3).expect("three digits")
}

impl Tally {
    /// An answer as expected, after so long.
    pub fn succeed(&mut self, took: Duration) {
        let nanoseconds = u64::try_from(took.as_nanos()).unwrap_or(u64::MAX);
        // It grows as needed; what not even then fits is years.
        let _ = self.nanoseconds.record(nanoseconds);
    }

    /// Another answer, or none.
    pub fn fail(&mut self, what: &str) {
        *self.errors.entry(what.to_owned()).or_default() += 1;
        self.first_error.get_or_insert_with(|| what.to_owned());
    }

    /// An answer with another status than expected; its body is kept if it is the first.
    pub fn refuse(&mut self, status: u16, body: &[u8]) {
        let what = format!("status {status}");
        *self.errors.entry(what.clone()).or_default() += 1;
        self.first_error
            .get_or_insert_with(|| format!("{what}: {}", String::from_utf8_lossy(body)));
    }

    /// Takes another's.
    pub fn add(&mut self, other: &Self) {
        // Both grow as needed, so that nothing is too large.
        let _ = self.nanoseconds.add(&other.nanoseconds);
        for (what, count) in &other.errors {
            *self.errors.entry(what.clone()).or_default() += count;
        }
        if self.first_error.is_none() {
            self.first_error.clone_from(&other.first_error);
        }
    }

    /// How many were answered as expected.
    pub fn ok(&self) -> u64 {
        self.nanoseconds.len()
    }

    /// How many were not, by what they met.
    pub fn errors(&self) -> &BTreeMap<String, u64> {
        &self.errors
    }

    /// The first that was not, in full.
    pub fn first_error(&self) -> Option<&str> {
        self.first_error.as_deref()
    }

    /// Of those answered as expected.
    pub fn latency(&self) -> Latency {
        let microseconds = |nanoseconds: u64| Duration::from_nanos(nanoseconds).as_secs_f64() * 1e6;
        let at = |quantile: f64| microseconds(self.nanoseconds.value_at_quantile(quantile));
        Latency {
            p50: at(0.5),
            p90: at(0.9),
            p99: at(0.99),
            p99_9: at(0.999),
            max: microseconds(self.nanoseconds.max()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::Tally;

    #[test]
    fn percentiles_and_errors_of_two_tallies_are_those_of_one() {
        let (mut one, mut two) = (Tally::default(), Tally::default());
        for milliseconds in 1..=50 {
            one.succeed(Duration::from_millis(milliseconds));
            two.succeed(Duration::from_millis(milliseconds + 50));
        }
        two.refuse(503, b"busy");
        two.fail("connect: refused");
        one.add(&two);
        assert_eq!(one.ok(), 100);
        let latency = one.latency();
        assert!((latency.p50 - 50_000.0).abs() < 100.0, "{latency:?}");
        assert!((latency.p99 - 99_000.0).abs() < 200.0, "{latency:?}");
        assert!((latency.max - 100_000.0).abs() < 200.0, "{latency:?}");
        assert_eq!(one.errors()["status 503"], 1);
        assert_eq!(one.errors()["connect: refused"], 1);
        assert_eq!(one.first_error(), Some("status 503: busy"));
    }
}
