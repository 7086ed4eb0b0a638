//! Everything in one run, as a file, a page and a chart.
//!
//! `performance.json` is what was measured; page and chart are made of it alone, and of the causes in
//! the notes, so that they can be made again.

mod chart;
mod foreign;
mod goals;
mod head;
mod machine;
mod measure;
mod origin;
mod output;
mod page;
mod tables;

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

pub use self::foreign::Foreign;
use self::foreign::Yardstick;
use self::machine::Machine;
pub use self::measure::{Effort, measure};
pub use self::output::{Output, render};
use crate::growth::Growth;
use crate::outcome::Outcome;
use crate::soak::Soak;
use crate::stalled::Stalled;
use crate::start::Start;
use crate::verifications::Verifications;

/// All that was measured.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// Where and when.
    pub machine: Machine,
    /// How much of everything.
    pub effort: Effort,
    /// The two verifications alone, one figure a round.
    pub verifications: Vec<Verifications>,
    /// Emulator and bare server, one outcome a round.
    pub series: Vec<Series>,
    /// Servers of others.
    pub yardsticks: Vec<Yardstick>,
    /// Start and stop.
    pub start: Start,
    /// Growth.
    pub growth: Growth,
    /// Stalled connections.
    pub stalled: Stalled,
    /// Soak.
    pub soak: Soak,
}

/// One load on one server, in every round.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct Series {
    /// Its id: `register-1.1`.
    pub id: String,
    /// What it is called in the page.
    pub title: String,
    /// One a round.
    pub rounds: Vec<Outcome>,
}

/// Why a goal was missed, or where it is measured, by the goal's id.
pub type Notes = BTreeMap<String, String>;

impl Report {
    fn series(&self, id: &str) -> Option<&Series> {
        self.series.iter().find(|series| series.id == id)
    }
}

/// The goals, a line each; a quick run judges none.
impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for goal in goals::goals(self) {
            write!(out, "{}: {}", goal.text, goal.figure())?;
            if !self.effort.quick {
                write!(out, " {}", goal.verdict())?;
            }
            writeln!(out)?;
        }
        Ok(())
    }
}

impl Series {
    /// The median of a figure over the rounds; 0 without rounds.
    fn median(&self, figure: fn(&Outcome) -> f64) -> f64 {
        median(&self.rounds, figure)
    }
}

fn median(rounds: &[Outcome], figure: fn(&Outcome) -> f64) -> f64 {
    crate::spread::Spread::of(rounds.iter().map(figure)).map_or(0.0, |spread| spread.median)
}
