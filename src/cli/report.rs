//! An explanation as a person reads it.

use std::fmt::Write as _;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::cli::terminal::harmless;

/// What a bank makes of a request, wherever it was judged.
#[derive(Debug, Serialize, Deserialize)]
pub struct Report {
    /// The bank.
    pub bank: String,
    /// Whether no check failed.
    pub accepted: bool,
    /// Every check, in order.
    pub checks: Vec<Line>,
}

/// One check.
#[derive(Debug, Serialize, Deserialize)]
pub struct Line {
    check: String,
    result: String,
    seen: Option<String>,
    allowed: Option<String>,
    source: String,
    answer: Option<Value>,
}

/// The width of the widest result, `not checked`.
const RESULT: usize = 11;

impl Report {
    /// A summary, then a line for each check; of one that failed also what was seen, what is
    /// allowed, where that is written, and the answer.
    pub fn text(&self) -> String {
        let mut text = format!("{}\n\n", harmless(&self.summary()));
        for line in &self.checks {
            line.write(&mut text);
        }
        text
    }

    fn summary(&self) -> String {
        let failed: Vec<&Line> = self.with_result("failed").collect();
        let unchecked = self.with_result("not_checked").count();
        let Some((first, others)) = failed.split_first() else {
            let passed = self.with_result("passed").count();
            return format!(
                "{} would accept this: {passed} checks passed, {unchecked} not checked",
                self.bank
            );
        };
        let rest = match others.len() {
            0 => String::new(),
            1 => " and 1 more check fails".to_owned(),
            more => format!(" and {more} more checks fail"),
        };
        format!(
            "{} would refuse this: {} ({}){rest}",
            self.bank,
            first.short_answer(),
            first.check
        )
    }

    fn with_result(&self, result: &str) -> impl Iterator<Item = &Line> {
        self.checks.iter().filter(move |line| line.result == result)
    }
}

impl Line {
    fn write(&self, text: &mut String) {
        let has_failed = self.result == "failed";
        let result = if has_failed {
            "FAILED".to_owned()
        } else {
            harmless(&self.result.replace('_', " "))
        };
        let mut line = |text_of_line: &str| {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "{text_of_line}");
        };
        line(&format!("{result:RESULT$}  {}", harmless(&self.check)));
        if !has_failed {
            return;
        }
        let answer = self.whole_answer();
        let details = [
            ("seen", self.seen.as_deref()),
            ("allowed", self.allowed.as_deref()),
            ("source", Some(self.source.as_str())),
            ("answer", Some(answer.as_str())),
        ];
        for (name, value) in details {
            if let Some(value) = value {
                line(&format!("{:RESULT$}  {name:7}  {}", "", harmless(value)));
            }
        }
    }

    /// The status and, where there is one, the error code.
    fn short_answer(&self) -> String {
        let answer = self.answer.as_ref().unwrap_or(&Value::Null);
        match answer["body"]["error"].as_str() {
            Some(error) => format!("{} {error}", answer["status"]),
            None => answer["status"].to_string(),
        }
    }

    /// The status and the body.
    fn whole_answer(&self) -> String {
        let answer = self.answer.as_ref().unwrap_or(&Value::Null);
        match &answer["body"] {
            Value::Null => format!("{} without a body", answer["status"]),
            body => format!("{} {body}", answer["status"]),
        }
    }
}
