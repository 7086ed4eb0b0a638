//! Chance, the same every time.
//!
//! A draw depends on seed, scenario, rule and number of the call, and on nothing else: not on time,
//! threads, the world's name or the value of the `per` key.

use std::f64::consts::TAU;
use std::time::Duration;

use aws_lc_rs::digest::{Context, SHA256};

use crate::scenario::model::Delay;

/// 99 of 100 values of a standard normal distribution are not above this.
const Z99: f64 = 2.326_347_874_040_840_8;

/// No log-normal delay is longer.
const LONGEST: Duration = Duration::from_secs(3600);

/// Where the draws of one rule begin: for its chance, and two for its delay.
#[derive(Debug, Clone, Copy)]
pub struct Source([u64; 3]);

impl Source {
    /// That of a rule. Texts are framed by their length, so that no two rules share their draws
    /// because their names run together.
    pub fn new(seed: u64, scenario: &str, rule: &str) -> Self {
        let mut context = Context::new(&SHA256);
        context.update(&seed.to_be_bytes());
        for text in [scenario, rule] {
            context.update(&(text.len() as u64).to_be_bytes());
            context.update(text.as_bytes());
        }
        let digest = context.finish();
        let words = digest.as_ref().chunks_exact(8);
        let mut words =
            words.map(|word| word.iter().fold(0, |all, byte| all << 8 | u64::from(*byte)));
        Self([(); 3].map(|()| words.next().unwrap_or_default()))
    }

    /// What is drawn for one call.
    pub fn draws(self, call: u64) -> Draws {
        Draws { source: self, call }
    }
}

/// What is drawn for one call of one rule.
#[derive(Debug, Clone, Copy)]
pub struct Draws {
    source: Source,
    call: u64,
}

impl Draws {
    /// What `chance` is held against, from 0 to 1, exclusive.
    pub fn chance(self) -> f64 {
        self.draw(0)
    }

    /// The length of this delay.
    pub fn delay(self, delay: Delay) -> Duration {
        match delay {
            Delay::Fixed(length) => length,
            Delay::Between(from, to) => {
                let span = to.saturating_sub(from).as_secs_f64();
                let more = Duration::try_from_secs_f64(span * self.draw(1));
                from.saturating_add(more.unwrap_or_default())
            }
            Delay::LogNormal { median, p99 } => {
                let draws = (self.draw(1), self.draw(2));
                log_normal(median.as_secs_f64(), p99.as_secs_f64(), draws)
            }
        }
    }

    fn draw(self, which: usize) -> f64 {
        let start = self.source.0.get(which).copied().unwrap_or_default();
        unit(split_mix(start, self.call))
    }
}

/// The number at a position of the sequence that begins at `start`: `SplitMix64` (Steele, Lea and
/// Flood, 2014), which needs nothing of the numbers before.
fn split_mix(start: u64, position: u64) -> u64 {
    let step = 0x9e37_79b9_7f4a_7c15_u64.wrapping_mul(position);
    let mixed = start.wrapping_add(step);
    let mixed = (mixed ^ mixed >> 30).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ mixed >> 27).wrapping_mul(0x94d0_49bb_1331_11eb);
    mixed ^ mixed >> 31
}

/// From 0 to 1, exclusive, by the first 53 bits: as many as the number has.
#[allow(clippy::cast_precision_loss)] // 53 bits fit.
fn unit(bits: u64) -> f64 {
    (bits >> 11) as f64 / (1_u64 << 53) as f64
}

/// By Box and Muller (1958).
fn log_normal(median: f64, p99: f64, (first, second): (f64, f64)) -> Duration {
    // From 0, exclusive, to 1: its logarithm is finite.
    let normal = (-2.0 * (1.0 - first).ln()).sqrt() * (TAU * second).cos();
    let sigma = ((p99 / median).ln() / Z99).max(0.0);
    let seconds = (median * (sigma * normal).exp()).min(LONGEST.as_secs_f64());
    // A median of nothing has no spread.
    Duration::try_from_secs_f64(seconds).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn draws(seed: u64, call: u64) -> Draws {
        Source::new(seed, "flaky", "1").draws(call)
    }

    #[test]
    fn draws_are_those_of_the_first_release() {
        // Computed apart, with Python's hashlib, by what stands above.
        let expected = [0.667_096_606_033_341_4, 0.813_369_508_629_883_1];
        let drawn = [1, 2].map(|call| draws(1, call).chance().to_bits());
        assert_eq!(drawn, expected.map(f64::to_bits));
    }

    #[test]
    fn names_do_not_run_together() {
        let draw = |scenario, rule| Source::new(1, scenario, rule).draws(1).chance().to_bits();
        assert_ne!(draw("ab", "c"), draw("a", "bc"));
        assert_ne!(draw("a", ""), draw("", "a"));
    }

    #[test]
    fn a_chance_is_met_as_often_as_it_says() {
        for seed in [0, 1, u64::MAX] {
            for chance in [0.01, 0.25, 0.5, 0.9] {
                let calls = 100_000_u32;
                let met =
                    (1..=calls).filter(|call| draws(seed, u64::from(*call)).chance() < chance);
                let met = f64::from(u32::try_from(met.count()).unwrap());
                let expected = f64::from(calls) * chance;
                // Five standard deviations of the binomial distribution.
                let slack = 5.0 * (expected * (1.0 - chance)).sqrt();
                assert!((met - expected).abs() < slack, "{seed} {chance}: {met}");
            }
        }
    }

    #[test]
    fn draws_are_within_zero_and_one_so_that_never_and_always_are_exact() {
        for call in 1..=100_000 {
            let draw = draws(7, call).chance();
            assert!((0.0..1.0).contains(&draw));
        }
        assert_eq!(unit(0).to_bits(), 0.0_f64.to_bits());
        assert!(unit(u64::MAX) < 1.0);
    }

    #[test]
    fn delays_are_distributed_as_they_say() {
        let (from, to) = (Duration::from_millis(100), Duration::from_millis(300));
        let (median, p99) = (Duration::from_millis(200), Duration::from_secs(2));
        let lengths = |delay| (1..=100_000).map(move |call| draws(3, call).delay(delay));
        assert!(lengths(Delay::Between(from, to)).all(|length| (from..to).contains(&length)));
        let log_normal = Delay::LogNormal { median, p99 };
        let above = |limit| lengths(log_normal).filter(|length| *length > limit).count();
        assert!(
            (49_000..51_000).contains(&above(median)),
            "{}",
            above(median)
        );
        assert!((800..1_200).contains(&above(p99)), "{}", above(p99));
    }

    #[test]
    fn odd_delays_do_no_harm() {
        let (zero, long) = (Duration::ZERO, Duration::MAX);
        for call in 1..1_000 {
            let draws = draws(0, call);
            let log_normal = |median, p99| draws.delay(Delay::LogNormal { median, p99 });
            assert_eq!(log_normal(zero, zero), zero);
            assert!(log_normal(zero, long) <= LONGEST);
            assert!(log_normal(long, zero) <= LONGEST);
            assert!(log_normal(long, long) <= LONGEST);
            assert!(draws.delay(Delay::Between(long, zero)) == long);
            draws.delay(Delay::Between(zero, long));
        }
    }
}
