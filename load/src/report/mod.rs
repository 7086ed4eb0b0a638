//! Everything in one run, as a file, a page and a chart.
//!
//! `performance.json` is what was measured; page and chart are made of it alone, and of the causes in
//! the notes, so that they can be made again.

mod chart;
mod foreign;
mod goals;
mod machine;
mod measure;
mod page;
mod tables;

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, Result};
use serde::{Deserialize, Serialize};

pub use self::foreign::Foreign;
use self::foreign::Yardstick;
use self::machine::Machine;
pub use self::measure::{Effort, measure};
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

/// The goals, a line each.
impl fmt::Display for Report {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for goal in goals::goals(self) {
            let measured = goal.measured.as_ref().map_or("", |it| it.text.as_str());
            writeln!(out, "{}: {measured} {}", goal.text, goal.verdict())?;
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

/// Writes `performance.json`, then the page and the chart.
///
/// # Errors
/// The disk's.
pub fn write(report: &Report, folder: &Path, notes: &Path) -> Result<()> {
    fs::create_dir_all(folder)?;
    let mut json = serde_json::to_string_pretty(report)?;
    json.push('\n');
    fs::write(folder.join("performance.json"), json)?;
    render(folder, notes)
}

/// Makes `performance.md` and `performance.svg` of `performance.json`.
///
/// # Errors
/// The disk's, or a file of another form.
pub fn render(folder: &Path, notes: &Path) -> Result<()> {
    let path = folder.join("performance.json");
    let named = || path.display().to_string();
    let json = fs::read_to_string(&path).with_context(named)?;
    let report: Report = serde_json::from_str(&json).with_context(named)?;
    let text = fs::read_to_string(notes).with_context(|| notes.display().to_string())?;
    let notes: Notes = serde_json::from_str(&text).with_context(|| notes.display().to_string())?;
    fs::write(folder.join("performance.md"), page::page(&report, &notes)?)?;
    fs::write(folder.join("performance.svg"), chart::chart(&report))?;
    Ok(())
}
