//! A scenario file that repeats an exchange's answer.

mod yaml;

use std::fmt::Write;
use std::path::Path;
use std::time::Duration;

use self::yaml::scalar;
use crate::dialect::Operation;
use crate::journal::applied::{applied, effect_of};
use crate::journal::exchange::{Answer, Exchange, FailedHandshake};
use crate::journal::masking::{self, Masking, Shown};
use crate::journal::read::rfc3339;
use crate::scenario;
use crate::scenario::model::{Fault, InteractionIdEffect, Stage};
use crate::scenario::trail::Outcome;

/// Header fields that a scenario may not set, or that the server sets anew with each answer.
const LEFT_OUT: [&str; 11] = [
    "connection",
    "content-length",
    "date",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
    "x-emulator-rule",
    "x-fapi-interaction-id",
];
/// Longest body that is repeated, in bytes: escaped, it must still fit into a scenario file.
const LONGEST_BODY: usize = 128 * 1024;

/// What answers before any rule is asked.
const BEFORE_RULES: [&str; 5] = [
    "uri_too_long",
    "headers_too_large",
    "body_timeout",
    "body_unreadable",
    "unknown_world",
];
/// Header fields that every answer has, unless a rule took them away.
const IN_EVERY_ANSWER: [&str; 3] = ["content-type", "date", "x-fapi-interaction-id"];

/// Whether a scenario can repeat it: not where it was answered before any rule was asked.
#[must_use]
pub fn has_scenario(exchange: &Exchange) -> bool {
    let by = exchange.refused_by;
    by.is_none_or(|by| !BEFORE_RULES.contains(&by))
}

/// The text of a scenario file: the same answer, or fault, for the same bank, operation and software.
/// A body that is no text is repeated as far as it is; comments say what is not repeated.
#[must_use]
pub fn scenario_of(exchange: &Exchange, masking: Masking) -> String {
    let id = exchange.id;
    let mut text = String::new();
    for note in notes(exchange, masking) {
        let _ = writeln!(text, "# {note}");
    }
    let at = rfc3339(exchange.at_ms);
    let _ = writeln!(text, "name: repeat-{id}");
    let _ = writeln!(
        text,
        "description: What exchange {id} met at {at} is met again."
    );
    text.push_str("rules:\n");
    let _ = writeln!(text, "  - match: {}", matching(exchange));
    if exchange.is_handshake() {
        text.push_str(&handshake(exchange));
    } else {
        text.push_str(&effects(exchange, masking));
    }
    text
}

fn notes(exchange: &Exchange, masking: Masking) -> Vec<String> {
    let mut notes = Vec::new();
    let Some(answer) = &exchange.response else {
        return notes;
    };
    let body = &answer.body;
    if body.bytes().len().min(LONGEST_BODY) < body.length() {
        let kept = body.bytes().len().min(LONGEST_BODY);
        notes.push(format!(
            "The first {kept} of {} bytes of the body.",
            body.length()
        ));
    }
    if std::str::from_utf8(body.bytes()).is_err() {
        notes.push("The body was no text; what could not be read is replaced.".to_owned());
    }
    if masking == Masking::Masked && text_of(answer, masking) != text_of(answer, Masking::Revealed)
    {
        notes.push(format!(
            "Secrets of the body are masked: {}.",
            masking::MASK
        ));
    }
    notes
}

/// In the order of the design: what names the exchange for a reader.
fn matching(exchange: &Exchange) -> String {
    let mut keys = Vec::new();
    let is_http = !exchange.is_handshake();
    if let Some(bank) = exchange.bank.as_ref().filter(|_| is_http) {
        keys.push(format!("bank: {}", scalar(bank)));
    }
    let operation = exchange
        .operation
        .filter(|word| !is_http || Operation::ALL.iter().any(|known| known.as_str() == *word));
    match operation {
        Some(operation) => keys.push(format!("operation: {operation}")),
        None => keys.extend(route(exchange)),
    }
    if let Some(software) = exchange.software_id.as_ref() {
        keys.push(format!("software_id: {}", scalar(software)));
    }
    let name = exchange
        .tls
        .as_ref()
        .and_then(|tls| tls.server_name.as_ref());
    if let Some(name) = name.filter(|_| !is_http) {
        keys.push(format!("sni: {}", scalar(name)));
    }
    format!("{{ {} }}", keys.join(", "))
}

/// Method and path, where no operation says what was asked.
fn route(exchange: &Exchange) -> Vec<String> {
    const METHODS: [&str; 7] = ["GET", "HEAD", "POST", "PUT", "DELETE", "OPTIONS", "PATCH"];
    let mut keys = Vec::new();
    if METHODS.contains(&exchange.method.as_str()) {
        keys.push(format!("method: {}", exchange.method));
    }
    if exchange.path.starts_with('/') && !exchange.path.starts_with("/w/") {
        keys.push(format!(
            "path: {}",
            scalar(&glob::Pattern::escape(&exchange.path))
        ));
    }
    keys
}

fn effects(exchange: &Exchange, masking: Masking) -> String {
    let applied = exchange.trail.iter().find_map(applied);
    let (rule, effect) = applied.unzip();
    let fault = effect.and_then(|effect| effect.fault.as_ref());
    let mut text = String::new();
    if rule.is_some_and(|rule| rule.stage == Stage::After) {
        text.push_str("    stage: after\n");
    }
    if exchange.timings.delay_ms > 0 {
        let _ = writeln!(text, "    delay: {}ms", exchange.timings.delay_ms);
    }
    if let Some(word) = interaction_id(exchange) {
        let _ = writeln!(text, "    interaction_id: {word}");
    }
    let word = fault.and_then(fault_word);
    if let Some(word) = &word {
        let _ = writeln!(text, "    fault: {word}");
    }
    let has_answer = !matches!(
        fault,
        Some(Fault::Close | Fault::Reset | Fault::Stall(_) | Fault::Garbage)
    );
    match exchange.response.as_ref().filter(|_| has_answer) {
        Some(answer) => text.push_str(&respond(answer, masking)),
        // The client went, or the connection broke, before there was an answer.
        None if word.is_none() => text.push_str("    fault: close\n"),
        None => {}
    }
    text
}

fn interaction_id(exchange: &Exchange) -> Option<&'static str> {
    let mut effects = exchange.trail.iter().filter_map(|tried| {
        let did = matches!(tried.outcome, Outcome::Added | Outcome::Applied);
        let rule = tried.scenario.rules.get(tried.rule).filter(|_| did)?;
        effect_of(rule, tried.call)?.interaction_id
    });
    effects.next().map(|effect| match effect {
        InteractionIdEffect::Omit => "omit",
        InteractionIdEffect::Replace => "replace",
    })
}

/// A fault as scenario files have it; `None` for one that is in the recorded answer already.
fn fault_word(fault: &Fault) -> Option<String> {
    let span = |span: &Duration| format!("{}ms", span.as_millis().max(1));
    Some(match fault {
        Fault::Close => "close".to_owned(),
        Fault::Reset => "reset".to_owned(),
        Fault::Stall(None) => "stall".to_owned(),
        Fault::Stall(Some(time)) => format!("{{ stall: {} }}", span(time)),
        Fault::Truncate(bytes) => format!("{{ truncate: {bytes} }}"),
        Fault::Drip(bytes, every) => {
            format!("{{ drip: {{ bytes: {bytes}, every: {} }} }}", span(every))
        }
        Fault::Garbage => "garbage".to_owned(),
        Fault::WrongLength => "wrong_length".to_owned(),
        Fault::Alert(alert) => format!("{{ alert: {} }}", alert.name),
        Fault::MalformedJson => return None,
    })
}

fn respond(answer: &Answer, masking: Masking) -> String {
    if !(200..=599).contains(&answer.status) {
        return "    fault: close\n".to_owned();
    }
    let mut text = format!("    respond:\n      status: {}\n", answer.status);
    text.push_str("      headers:\n");
    for (name, value) in headers(answer, masking) {
        let _ = writeln!(text, "        {}: {value}", scalar(&name));
    }
    if ![204, 205, 304].contains(&answer.status) {
        text.push_str("      template: false\n");
        let _ = writeln!(text, "      body: {}", scalar(&text_of(answer, masking)));
    }
    text
}

/// Names and values; fields of one name are joined, but for cookies, of which the first is set.
fn headers(answer: &Answer, masking: Masking) -> Vec<(String, String)> {
    let mut joined: Vec<(String, String)> = Vec::new();
    for (name, value) in masking::headers(&answer.headers, masking) {
        let is_sent = !LEFT_OUT.contains(&name.as_str()) && name.len() <= 256;
        let known = joined.iter_mut().find(|(known, _)| *known == name);
        match known {
            Some(_) if name == "set-cookie" => {}
            Some((_, values)) => {
                values.push_str(", ");
                values.push_str(&value);
            }
            None if is_sent => joined.push((name, value)),
            None => {}
        }
    }
    for (_, value) in &mut joined {
        value.retain(|sign| sign == '\t' || !sign.is_control());
        *value = scalar(&literal_template(value));
    }
    let absent = IN_EVERY_ANSWER
        .into_iter()
        .filter(|name| answer.headers.iter().all(|(known, _)| known != *name));
    joined.extend(absent.map(|name| (name.to_owned(), "null".to_owned())));
    joined
}

/// A template that makes this text.
fn literal_template(text: &str) -> String {
    if !["{{", "{%", "{#"].iter().any(|mark| text.contains(mark)) {
        return text.to_owned();
    }
    let escaped = text.replace('\\', r"\\").replace('"', "\\\"");
    format!("{{{{ \"{escaped}\" }}}}")
}

fn text_of(answer: &Answer, masking: Masking) -> String {
    let shown = masking::body(&answer.body, &answer.headers, masking);
    let mut text = match shown {
        Shown::Text(text) => text,
        Shown::Binary(bytes) => String::from_utf8_lossy(&bytes).into_owned(),
    };
    let mut end = LONGEST_BODY.min(text.len());
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    text.truncate(end);
    text
}

/// The alert that a script sent, else the one that the client was told of the cause, else the usual one.
fn handshake(exchange: &Exchange) -> String {
    let scripted = exchange.trail.iter().find_map(applied);
    let scripted = scripted.and_then(|(_, effect)| fault_word(effect.fault.as_ref()?));
    let alert = exchange.handshake.as_ref().and_then(alert_of);
    let of_cause = alert.map(|alert| format!("{{ alert: {alert} }}"));
    let wanted = [scripted, of_cause].into_iter().flatten();
    let word = wanted.into_iter().find(|word| is_fault_of(exchange, word));
    let word = word.unwrap_or_else(|| "{ alert: handshake_failure }".to_owned());
    format!("    fault: {word}\n")
}

/// The alert that the TLS library sends for it (RFC 8446 §6.2); `None` where it sends none or any.
fn alert_of(failed: &FailedHandshake) -> Option<&'static str> {
    Some(match failed.cause {
        "certificate_missing" => "certificate_required",
        "certificate_expired" | "certificate_not_yet_valid" => "certificate_expired",
        // Signed by another key of the same name.
        "certificate_unknown_ca" if failed.detail.contains("BadSignature") => "decrypt_error",
        "certificate_unknown_ca" => "unknown_ca",
        "certificate_revoked" => "certificate_revoked",
        "certificate_wrong_purpose" => "unsupported_certificate",
        "certificate_invalid" => "bad_certificate",
        "certificate_proof_invalid" => "decrypt_error",
        _ => return None,
    })
}

/// Whether a handshake that is matched so may meet this fault.
fn is_fault_of(exchange: &Exchange, word: &str) -> bool {
    let text = format!(
        "rules:\n  - match: {}\n    fault: {word}\n",
        matching(exchange)
    );
    scenario::parse("fault", Path::new("fault"), &text).is_ok()
}

#[cfg(test)]
mod tests;
