//! The process over time, and whether it stayed as it was.

use std::fmt;
use std::time::{Duration, Instant};

use serde::{Deserialize, Serialize};

use crate::outcome::ratio_of;
use crate::usage::Usage;

/// Memory is flat if the later part needs at most so much more than the earlier part.
const MEMORY: f64 = 1.05;
/// And so many KiB, which an allocator may keep for later.
const SLACK_KIB: f64 = 2_048.0;
/// Descriptors come and go with connections.
const DESCRIPTORS: f64 = 4.0;

/// The process at one moment.
#[derive(Debug, Clone, Copy, Serialize, Deserialize)]
pub struct Sample {
    /// Seconds since the start of the load.
    pub at: f64,
    /// Resident memory.
    pub resident_kib: u64,
    /// Threads.
    pub threads: u64,
    /// Open files and sockets.
    pub descriptors: u64,
}

impl Sample {
    /// Of this look.
    pub fn of(usage: &Usage, started: Instant) -> Self {
        Self {
            at: (usage.at - started).as_secs_f64(),
            resident_kib: usage.resident_kib,
            threads: usage.threads,
            descriptors: usage.descriptors as u64,
        }
    }
}

/// What the later half shows beside the earlier one, after a warm-up of a fifth; means of each.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Verdict {
    /// Whether all is flat and nothing failed.
    pub is_flat: bool,
    /// In KiB: earlier, later.
    pub resident_kib: (f64, f64),
    /// Earlier, later.
    pub threads: (f64, f64),
    /// Earlier, later.
    pub descriptors: (f64, f64),
    /// Requests not answered as expected.
    pub failed: u64,
    /// Registrations asked for.
    pub registrations: u64,
}

impl Verdict {
    /// Of the samples of a run of this length.
    pub fn of(samples: &[Sample], length: Duration, failed: u64, registrations: u64) -> Self {
        let warm = length.as_secs_f64() / 5.0;
        let half = warm + (length.as_secs_f64() - warm) / 2.0;
        let halves = |figure: fn(&Sample) -> u64| {
            let mean = |from: f64, to: f64| mean(samples, from, to, figure);
            (mean(warm, half), mean(half, f64::INFINITY))
        };
        let resident_kib = halves(|sample| sample.resident_kib);
        let threads = halves(|sample| sample.threads);
        let descriptors = halves(|sample| sample.descriptors);
        let is_flat = resident_kib.1 <= resident_kib.0 * MEMORY + SLACK_KIB
            && threads.1 <= threads.0 + 1.0
            && descriptors.1 <= descriptors.0 + DESCRIPTORS;
        Self {
            is_flat: is_flat && failed == 0,
            resident_kib,
            threads,
            descriptors,
            failed,
            registrations,
        }
    }
}

fn mean(samples: &[Sample], from: f64, to: f64, figure: fn(&Sample) -> u64) -> f64 {
    let inside = samples
        .iter()
        .filter(|sample| sample.at >= from && sample.at < to);
    let figures: Vec<f64> = inside.map(|sample| ratio_of(figure(sample))).collect();
    figures.iter().sum::<f64>() / ratio_of(figures.len().max(1) as u64)
}

impl fmt::Display for Verdict {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let word = if self.is_flat { "flat" } else { "NOT flat" };
        write!(
            out,
            "{word}: later half beside earlier one, after a fifth to warm up: {:.0} KiB resident \
             beside {:.0}, {:.1} threads beside {:.1}, {:.1} descriptors beside {:.1}; {} requests \
             failed; {} registrations",
            self.resident_kib.1,
            self.resident_kib.0,
            self.threads.1,
            self.threads.0,
            self.descriptors.1,
            self.descriptors.0,
            self.failed,
            self.registrations
        )
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::{Sample, Verdict};

    fn judged(resident: fn(u64) -> u64, threads: fn(u64) -> u64, failed: u64) -> Verdict {
        let samples: Vec<Sample> = (0..100_u32)
            .map(|at| Sample {
                at: at.into(),
                resident_kib: resident(at.into()),
                threads: threads(at.into()),
                descriptors: 30,
            })
            .collect();
        Verdict::of(&samples, Duration::from_secs(100), failed, 0)
    }

    #[test]
    fn growth_after_the_warm_up_is_not_flat() {
        let warms_up = |at: u64| 20_000 + 1_000 * at.min(20);
        assert!(judged(warms_up, |_| 4, 0).is_flat);
        assert!(!judged(|at| 20_000 + 200 * at, |_| 4, 0).is_flat);
        assert!(!judged(warms_up, |at| 4 + at / 10, 0).is_flat);
        assert!(!judged(warms_up, |_| 4, 1).is_flat);
    }
}
