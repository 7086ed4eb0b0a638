//! A figure that was measured several times.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Median, least and most of several measurements.
#[derive(Debug, Clone, Copy, PartialEq, Serialize, Deserialize)]
pub struct Spread {
    /// The one in the middle, or the mean of the two there.
    pub median: f64,
    /// The least.
    pub min: f64,
    /// The most.
    pub max: f64,
    /// How many there were.
    pub samples: usize,
}

impl Spread {
    /// Of these; `None` if there are none.
    pub fn of(figures: impl IntoIterator<Item = f64>) -> Option<Self> {
        let mut sorted: Vec<f64> = figures.into_iter().collect();
        sorted.sort_by(f64::total_cmp);
        let (first, last) = (sorted.first()?, sorted.last()?);
        let (lower, upper) = ((sorted.len() - 1) / 2, sorted.len() / 2);
        Some(Self {
            median: f64::midpoint(sorted[lower], sorted[upper]),
            min: *first,
            max: *last,
            samples: sorted.len(),
        })
    }
}

impl fmt::Display for Spread {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            out,
            "{:.2} ({:.2} to {:.2}, {} times)",
            self.median, self.min, self.max, self.samples
        )
    }
}

#[cfg(test)]
mod tests {
    use super::Spread;

    #[test]
    fn the_median_is_in_the_middle() {
        let odd = Spread::of([3.0, 1.0, 2.0]).unwrap();
        assert_eq!(
            (odd.median, odd.min, odd.max, odd.samples),
            (2.0, 1.0, 3.0, 3)
        );
        assert!((Spread::of([4.0, 1.0, 2.0, 3.0]).unwrap().median - 2.5).abs() < 1e-9);
        assert_eq!(Spread::of([]), None);
    }
}
