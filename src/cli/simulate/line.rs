//! What is said about one request.

use std::fmt;
use std::time::Duration;

use serde::Serialize;

use super::exchange::Caller;
use crate::domain::timespan::TimeSpan;
use crate::scenario::Decision;
use crate::scenario::decision::Act;
use crate::scenario::model::{Answer, Fault, InteractionIdEffect, Stage};

/// What is said about one request.
#[derive(Debug, Serialize)]
pub struct Line {
    request: u64,
    offset_ms: u64,
    operation: &'static str,
    software: String,
    /// A status, or what the bank does; `None` for nothing but a fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    fault: Option<String>,
    /// The bank does its work before the effect.
    #[serde(skip_serializing_if = "is_false")]
    after_work: bool,
    /// Seconds, as the header has them.
    #[serde(skip_serializing_if = "Option::is_none")]
    retry_after: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    delay_ms: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    interaction_id: Option<&'static str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    applied: Option<Applied>,
}

/// The rule that ended the search.
#[derive(Debug, Serialize)]
struct Applied {
    scenario: String,
    rule: String,
    call: u64,
    #[serde(skip_serializing_if = "Option::is_none")]
    draw: Option<f64>,
}

impl Line {
    /// What this caller gets, so long after the first.
    pub fn new(request: u64, offset: Duration, caller: &Caller<'_>, decision: &Decision) -> Self {
        let met = Met::of(decision.act.as_ref());
        Self {
            request,
            offset_ms: milliseconds(offset),
            operation: caller.operation,
            software: caller.software.clone(),
            answer: met.answer,
            fault: met.fault,
            after_work: met.after_work,
            retry_after: met.retry_after,
            delay_ms: decision.delay.map(milliseconds),
            interaction_id: decision.interaction_id.map(|effect| match effect {
                InteractionIdEffect::Omit => "omit",
                InteractionIdEffect::Replace => "replace",
            }),
            applied: decision.applied.as_ref().map(|applied| Applied {
                scenario: applied.scenario.clone(),
                rule: applied.rule.clone(),
                call: applied.call,
                draw: applied.draw,
            }),
        }
    }
}

/// `7  +1m30s  register  tpp-1  429, Retry-After 30, delayed by 1s (throttled/1#7)`.
impl fmt::Display for Line {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let offset = short(Duration::from_millis(self.offset_ms));
        write!(
            formatter,
            "{}  +{offset}  {}  {}  ",
            self.request, self.operation, self.software
        )?;
        let met: Vec<&str> = [&self.answer, &self.fault]
            .into_iter()
            .flatten()
            .map(String::as_str)
            .collect();
        formatter.write_str(&met.join(", "))?;
        if self.after_work {
            formatter.write_str(", after the bank's work")?;
        }
        if let Some(seconds) = self.retry_after {
            write!(formatter, ", Retry-After {seconds}")?;
        }
        if let Some(delay) = self.delay_ms {
            let delay = short(Duration::from_millis(delay));
            write!(formatter, ", delayed by {delay}")?;
        }
        if let Some(effect) = self.interaction_id {
            write!(formatter, ", interaction_id: {effect}")?;
        }
        if let Some(applied) = &self.applied {
            let Applied {
                scenario,
                rule,
                call,
                ..
            } = applied;
            write!(formatter, " ({scenario}/{rule}#{call})")?;
        }
        Ok(())
    }
}

/// What a caller meets.
struct Met {
    answer: Option<String>,
    fault: Option<String>,
    after_work: bool,
    retry_after: Option<u64>,
}

impl Met {
    fn of(act: Option<&Act>) -> Self {
        let (answer, fault, stage, wait) = match act {
            None => (Some(BANK.to_owned()), None, Stage::Before, None),
            Some(Act::Exceeded { retry_after, fault }) => {
                let fault = fault.as_ref();
                (Some("429".to_owned()), fault, Stage::Before, *retry_after)
            }
            Some(Act::Effect(effect, stage)) => {
                let answer = effect.answer.as_ref().map(word);
                (answer, effect.fault.as_ref(), *stage, None)
            }
        };
        Self {
            answer,
            fault: fault.map(fault_words),
            after_work: stage == Stage::After,
            // Never too early: full seconds, rounded up.
            retry_after: wait.map(|wait| wait.as_secs() + u64::from(wait.subsec_nanos() > 0)),
        }
    }
}

const BANK: &str = "the bank answers";

fn word(answer: &Answer) -> String {
    match answer {
        Answer::Respond(respond) => respond.status.to_string(),
        Answer::Reject(check) => format!("the bank refuses: {check}"),
        Answer::Alter(_) => "the bank answers, altered".to_owned(),
        // One that is exceeded is an act of its own.
        Answer::Limit(_) => BANK.to_owned(),
    }
}

/// As scenario files write it.
fn fault_words(fault: &Fault) -> String {
    match fault {
        Fault::Close => "close".to_owned(),
        Fault::Reset => "reset".to_owned(),
        Fault::Stall(None) => "stall".to_owned(),
        Fault::Stall(Some(time)) => format!("stall: {}", short(*time)),
        Fault::Truncate(bytes) => format!("truncate: {bytes}"),
        Fault::Drip(bytes, every) => format!("drip: {{bytes: {bytes}, every: {}}}", short(*every)),
        Fault::Garbage => "garbage".to_owned(),
        Fault::MalformedJson => "malformed_json".to_owned(),
        Fault::WrongLength => "wrong_length".to_owned(),
        Fault::Alert(alert) => format!("alert: {}", alert.name),
    }
}

/// `1m30s`.
fn short(time: Duration) -> String {
    TimeSpan(time).to_string()
}

fn milliseconds(time: Duration) -> u64 {
    u64::try_from(time.as_millis()).unwrap_or(u64::MAX)
}

#[allow(clippy::trivially_copy_pass_by_ref)] // As serde asks.
fn is_false(value: &bool) -> bool {
    !value
}
