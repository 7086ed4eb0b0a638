//! Running a list of checks over the facts of one call: the first that fails answers, all of
//! them are recorded.

use schemars::JsonSchema;
use serde::Serialize;

use crate::dialect::checks::{Check, Outcome, Verdict};
use crate::dialect::facts::Facts;
use crate::dialect::fault::{DESCRIPTION_LIMIT, Fault};

/// The record of one check.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
pub struct CheckResult {
    /// The check's stable name.
    pub check: &'static str,
    /// What became of it.
    pub result: Verdict,
    /// The value seen.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub seen: Option<String>,
    /// What is allowed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub allowed: Option<String>,
    /// Where the rule comes from.
    pub source: &'static str,
}

/// The failure that answers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// The check's stable name.
    pub check: &'static str,
    /// What kind of failure.
    pub fault: Fault,
    /// What was found and what is allowed, for the caller.
    pub description: String,
}

/// The outcome of a list of checks.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Judgement {
    /// One record for each check, in order.
    pub results: Vec<CheckResult>,
    /// The first failure: the one that answers.
    pub failure: Option<Failure>,
    /// Every failure, in order.
    pub failures: Vec<Failure>,
}

/// Runs groups of checks in order. A name that occurs twice (a check judged in two steps) is recorded
/// once, at its second place unless the first step failed.
#[must_use]
pub fn judge(checks: &[&[&'static Check]], facts: &Facts<'_>) -> Judgement {
    let mut judgement = Judgement {
        results: Vec::with_capacity(checks.iter().map(|group| group.len()).sum()),
        ..Judgement::default()
    };
    for check in checks.iter().copied().flatten() {
        judgement.record(check, (check.run)(facts));
    }
    judgement.close(checks);
    judgement
}

impl Judgement {
    /// Nothing is accepted unjudged: a check that could not be reached refuses by itself, unless
    /// the failure that kept it from being reached is there.
    fn close(&mut self, checks: &[&[&'static Check]]) {
        if self.failure.is_some() {
            return;
        }
        let unreached = |result: &&CheckResult| result.result == Verdict::NotReached;
        let Some(name) = self
            .results
            .iter()
            .find(unreached)
            .map(|result| result.check)
        else {
            return;
        };
        let mut rows = checks.iter().copied().flatten().copied();
        if let Some(check) = rows.find(|check| check.name == name) {
            let outcome =
                Outcome::failed("nothing that could be judged", "what this check is about");
            self.record(check, outcome);
        }
    }

    fn record(&mut self, check: &'static Check, outcome: Outcome) {
        let earlier = self
            .results
            .iter()
            .position(|result| result.check == check.name);
        if let Some(index) = earlier {
            if self.results[index].result == Verdict::Failed {
                return;
            }
            self.results.remove(index);
        }
        if outcome.verdict == Verdict::Failed {
            // What is documented of an operation is made from the rows.
            debug_assert!(
                outcome
                    .fault
                    .is_none_or(|it| it == check.fault || check.fault.others().contains(&it))
            );
            let failure = Failure {
                check: check.name,
                fault: outcome.fault.unwrap_or(check.fault),
                description: describe(check, &outcome),
            };
            self.failure.get_or_insert_with(|| failure.clone());
            self.failures.push(failure);
        }
        self.results.push(CheckResult {
            check: check.name,
            result: outcome.verdict,
            seen: outcome.seen,
            allowed: outcome.allowed.map(Into::into),
            source: check.source,
        });
    }
}

/// `found …; allowed: … (check_name)`; cut before the name where it is longer than a caller may get.
fn describe(check: &Check, outcome: &Outcome) -> String {
    let seen = outcome.seen.as_deref().unwrap_or("nothing");
    let text = match &outcome.allowed {
        Some(allowed) => format!("found {seen}; allowed: {allowed}"),
        None => format!("found {seen}"),
    };
    let name = format!(" ({})", check.name);
    let room = DESCRIPTION_LIMIT.saturating_sub(name.len());
    if text.chars().count() > room {
        let cut: String = text.chars().take(room.saturating_sub(3)).collect();
        format!("{cut}...{name}")
    } else {
        text + &name
    }
}
