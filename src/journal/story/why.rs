//! Why an exchange came out as it did, in a sentence with the next step.

use crate::dialect::checks::Verdict;
use crate::dialect::judgement::CheckResult;
use crate::journal::applied::applied;
use crate::journal::exchange::{Delivered, Exchange};
use crate::journal::masking::{self, Masking};
use crate::scenario::model::{Answer, Effect, Fault, Stage};

/// Why, and the next step.
#[must_use]
pub fn why(exchange: &Exchange, masking: Masking) -> String {
    if let Some(text) = of_script(exchange) {
        return text;
    }
    if let Some(failed) = &exchange.handshake {
        let (cause, hint) = (failed.cause.replace('_', " "), failed.hint);
        return format!("the TLS handshake failed ({cause}); {hint}");
    }
    let text = of_bank(exchange, masking);
    match (exchange.delivered(), exchange.delivery.after_micros()) {
        (Delivered::Partial | Delivered::None, Some(_)) => {
            format!("{text}; the client went before it had the whole answer")
        }
        _ => text,
    }
}

/// Where a rule answered, or broke the answer.
fn of_script(exchange: &Exchange) -> Option<String> {
    let (rule, effect) = exchange.trail.iter().find_map(applied)?;
    let by = exchange.applied.as_ref()?;
    let what = effect_in_words(exchange, effect)?;
    let (scenario, call, name) = (&by.scenario, by.call, &by.rule);
    let worked = match (&effect.answer, rule.stage) {
        (_, Stage::After) | (Some(Answer::Alter(_)), _) => " after the bank did its work",
        _ => "",
    };
    let failed = match refusing(exchange) {
        Some(check) => format!("; the check `{}` would have refused it anyway", check.check),
        None => String::new(),
    };
    let api = match &*exchange.world {
        "default" => "/api".to_owned(),
        world => format!("/api/worlds/{world}"),
    };
    Some(format!(
        "scenario `{scenario}`, rule `{name}`, call {call}: {what}{worked}{failed}; to be without it: POST {api}/scenarios/{scenario}/deactivate"
    ))
}

fn effect_in_words(exchange: &Exchange, effect: &Effect) -> Option<String> {
    let status = exchange.status().unwrap_or_default();
    let answer = match &effect.answer {
        Some(Answer::Respond(_)) => Some(format!("it answered {status} in the bank's place")),
        Some(Answer::Reject(check)) => Some(format!(
            "it made the bank refuse as if the check `{check}` had failed"
        )),
        Some(Answer::Alter(_)) => Some("it changed the bank's answer".to_owned()),
        Some(Answer::Limit(_)) => Some("its limit was exceeded".to_owned()),
        None => None,
    };
    let fault = effect.fault.as_ref().map(fault_in_words);
    match (answer, fault) {
        (Some(answer), Some(fault)) => Some(format!("{answer}, and {fault}")),
        (answer, fault) => answer.or(fault),
    }
}

fn fault_in_words(fault: &Fault) -> String {
    match fault {
        Fault::Close => "it closed the connection or stream without an answer".to_owned(),
        Fault::Reset => "it reset the connection".to_owned(),
        Fault::Stall(_) => "it never answered".to_owned(),
        Fault::Truncate(bytes) => format!("it cut the answer after {bytes} bytes"),
        Fault::Drip(..) => "it sent the answer in drops".to_owned(),
        Fault::Garbage => "it sent bytes that are no HTTP".to_owned(),
        Fault::MalformedJson => "it broke the JSON of the answer".to_owned(),
        Fault::WrongLength => "it said a wrong length of the answer".to_owned(),
        Fault::Alert(alert) => format!("it ended the TLS handshake by the alert `{}`", alert.name),
    }
}

fn of_bank(exchange: &Exchange, masking: Masking) -> String {
    let status = exchange.status();
    if let Some(check) = refusing(exchange) {
        let seen = check.seen.as_deref().unwrap_or("nothing");
        let seen = shortened(&masking::text(seen, masking));
        let allowed = match &check.allowed {
            Some(allowed) => format!("; allowed: {}", shortened(allowed)),
            None => String::new(),
        };
        let name = check.check;
        return format!(
            "the check `{name}` refused it: found {seen}{allowed} ({}); change that and ask again",
            check.source
        );
    }
    if let Some(limit) = exchange.refused_by {
        return format!(
            "`{limit}` refused it before its content was judged; the limits are settings of the emulator"
        );
    }
    match status {
        Some(200..=399) => {
            let mut checks = exchange.checks.iter();
            if checks.any(|check| check.result == Verdict::Passed) {
                "every check that applies passed, and the bank did what was asked".to_owned()
            } else {
                "what was asked for is there, and no check stands before it".to_owned()
            }
        }
        Some(404 | 405) if exchange.operation.is_none() => format!(
            "no operation of a bank is {} {}; `GET /api/banks` lists what there is",
            shortened(&exchange.method),
            shortened(&exchange.path)
        ),
        Some(500) => "the emulator itself failed; its log says more, under the same interaction id"
            .to_owned(),
        Some(status) => format!(
            "the bank answered {status}, and neither a check nor a rule says why; its log may"
        ),
        None => {
            "there was no answer: the client went, or the emulator stopped, before there was one"
                .to_owned()
        }
    }
}

/// As much of a text as helps in a sentence.
fn shortened(text: &str) -> String {
    const MOST: usize = 240;
    match text.char_indices().nth(MOST) {
        Some((end, _)) => format!("{}…", text.get(..end).unwrap_or_default()),
        None => text.to_owned(),
    }
}

/// The check whose failure answered: the one that is named, else the first that failed.
fn refusing(exchange: &Exchange) -> Option<&CheckResult> {
    let failed = || {
        exchange
            .checks
            .iter()
            .filter(|check| check.result == Verdict::Failed)
    };
    let named = failed().find(|check| exchange.refused_by == Some(check.check));
    named.or_else(|| failed().next())
}
