//! What is expected of the exchanges of a world, judged and compiled.

use std::path::Path;
use std::time::Duration;

use crate::document::placed::{Placed, Written};
use crate::document::problem::{BadFile, Position};
use crate::document::reader;
use crate::document::shaped::Given;
use crate::document::tree::Node;
use crate::scenario::banks::Banks;
use crate::scenario::expectation::{Expectation, Sought, Times, Wanted};
use crate::scenario::file::{ExpectationFile, MatcherFile, SoughtFile, TimesFile};
use crate::scenario::load::matcher::Field;
use crate::scenario::load::sent::bad;
use crate::scenario::load::{Judge, parsed, scalars};
use crate::scenario::matcher::Matcher;

/// Longest time to wait.
const LONGEST: Duration = Duration::from_secs(60);

/// Reads the text of an expectation, YAML or JSON: `{match, times}` or `{in_order}`, and `within`.
///
/// # Errors
/// [`BadFile`], with everything that is wrong; the file is `body`.
pub fn parse_expectation(text: &str, banks: &Banks) -> Result<Expectation, BadFile> {
    let root = parsed(text).map_err(|problem| bad(vec![problem]))?;
    let (shape, problems) = reader::read::<ExpectationFile>(&root);
    let mut judge = Judge::new(&root, problems, banks);
    let expectation = judge.expectation(&root, shape);
    match expectation {
        Some(expectation) if judge.problems.is_empty() => Ok(expectation),
        _ => Err(bad(judge.problems)),
    }
}

/// Reads the text of a `match` of an expectation alone, YAML or JSON. `file` is for messages.
///
/// # Errors
/// [`BadFile`], with everything that is wrong.
pub fn parse_sought(file: &Path, text: &str) -> Result<Sought, BadFile> {
    let bad_file = |problems| BadFile::new(file, problems);
    let root = parsed(text).map_err(|problem| bad_file(vec![problem]))?;
    let (shape, problems) = reader::read::<SoughtFile>(&root);
    let banks = Banks::default();
    let mut judge = Judge::new(&root, problems, &banks);
    let sought = judge.sought(shape);
    if judge.problems.is_empty() {
        Ok(sought)
    } else {
        Err(bad_file(judge.problems))
    }
}

impl Judge<'_> {
    fn expectation(&mut self, root: &Node, file: ExpectationFile) -> Option<Expectation> {
        let within = file
            .within
            .0
            .as_ref()
            .and_then(|within| self.within(within));
        let wanted = match (file.matching.0, file.in_order.0) {
            (Some(sought), None) => {
                let times = self.times(file.times.0);
                Some(Wanted::Count(Box::new(self.sought(sought.value)), times))
            }
            (None, Some(list)) => {
                if let Some(times) = &file.times.0 {
                    self.refuse(times.at, "found `times` beside `in_order`; allowed: with `match`; what occurs twice stands twice in the list");
                }
                self.in_order(list)
            }
            (matching, _) => {
                let found = match matching {
                    Some(_) => "found `match` and `in_order`",
                    None => "found neither `match` nor `in_order`",
                };
                self.miss(root.at, format!("{found}; allowed: one of them"));
                None
            }
        };
        Some(Expectation {
            wanted: wanted?,
            within,
        })
    }

    fn within(&mut self, file: &Placed<Written>) -> Option<Duration> {
        let span = self.keep(scalars::span(file))?;
        if span > LONGEST {
            let problem = file.refused("at most 60s");
            self.problems.push(problem);
        }
        Some(span)
    }

    fn in_order(&mut self, list: Placed<Vec<Placed<SoughtFile>>>) -> Option<Wanted> {
        if list.value.is_empty() {
            self.miss(list.at, "found an empty list; allowed: at least one match");
            return None;
        }
        let files = list.value.into_iter();
        let sought = files.map(|file| self.sought(file.value)).collect();
        Some(Wanted::InOrder(sought))
    }

    fn times(&mut self, file: Option<Placed<TimesFile>>) -> Times {
        let Some(Placed { at, value }) = file else {
            return Times::at_least(1);
        };
        let number = |given: &Given<Placed<u64>>| given.0.as_ref().map(|times| times.value);
        let parts = (
            number(&value.exactly),
            number(&value.at_least),
            number(&value.at_most),
        );
        match parts {
            (Some(times), None, None) => Times::exactly(times),
            (Some(_), _, _) => self.bad_times(at, "found `exactly` beside other keys"),
            (None, None, None) => self.bad_times(at, "found no number"),
            (None, Some(least), Some(most)) if least > most => {
                self.bad_times(at, "found an `at_least` above `at_most`")
            }
            (None, least, most) => Times {
                at_least: least.unwrap_or(0),
                at_most: most.unwrap_or(u64::MAX),
            },
        }
    }

    fn bad_times(&mut self, at: Position, found: &str) -> Times {
        self.miss(
            at,
            format!("{found}; allowed: exactly, or at_least and at_most, or one of these"),
        );
        Times::at_least(1)
    }

    fn sought(&mut self, file: SoughtFile) -> Sought {
        let (matching, outcome) = file.split();
        Sought {
            matching: self.matching(matching),
            status: self.of_outcome(&outcome.status),
            scenario: self.of_outcome(&outcome.scenario),
            rule: self.of_outcome(&outcome.rule),
            interaction_id: self.of_outcome(&outcome.interaction_id),
        }
    }

    fn of_outcome(&mut self, file: &Given<Placed<MatcherFile>>) -> Option<Matcher> {
        let file = file.0.as_ref()?;
        self.matcher(file, Field::Text)
    }
}
