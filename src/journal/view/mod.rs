//! An exchange as people and programs are shown it.

mod message;
mod tls;

use schemars::JsonSchema;
use serde::Serialize;

pub(super) use self::message::shown;
pub use self::message::{BodyEncoding, MessageView, RequestView, StatementView};
pub use self::tls::{CertificateView, TlsView};
use crate::dialect::judgement::CheckResult;
use crate::domain::ids::InteractionId;
use crate::journal::exchange::{Delivered, Exchange};
use crate::journal::masking::{self, Masking};
use crate::journal::read::rfc3339;
use crate::scenario::trail::{Outcome, Tried};

/// One request and its answer, or a TLS handshake that failed. What is not known is null.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Exchange")]
pub struct ExchangeView {
    /// Its number in its world, from 1.
    pub id: u64,
    /// When it arrived, on the world's clock (RFC 3339).
    pub at: String,
    /// When it arrived, on the system's clock (RFC 3339).
    pub received_at: String,
    /// Its world.
    pub world: String,
    /// The listener: mtls or tls.
    pub listener: &'static str,
    /// The bank's id.
    pub bank: Option<String>,
    /// The operation; handshake for one that failed.
    pub operation: Option<&'static str>,
    /// The method.
    pub method: Option<String>,
    /// The path, without query and without /w/WORLD.
    pub path: Option<String>,
    /// The URL as it was asked for.
    pub url: Option<String>,
    /// The version of HTTP.
    pub http_version: Option<&'static str>,
    /// The status of the answer as it was meant.
    pub status: Option<u16>,
    /// How much of the answer was delivered.
    pub delivered: Delivered,
    /// What names it across caller and bank: x-fapi-interaction-id.
    pub interaction_id: Option<String>,
    /// The caller's software.
    pub software_id: Option<String>,
    /// The caller's organisation.
    pub org_id: Option<String>,
    /// The client.
    pub client_id: Option<String>,
    /// The scenario whose rule ended the search for an answer.
    pub scenario: Option<String>,
    /// That rule.
    pub rule: Option<String>,
    /// The number of the rule's call.
    pub call: Option<u64>,
    /// What the rule's chance was held against, from 0 to 1, exclusive.
    pub draw: Option<f64>,
    /// The rules that were tried, in order.
    pub trail: Vec<TriedView>,
    /// Which connection.
    pub connection: u64,
    /// Where the connection came from: address and port.
    pub peer_address: String,
    /// What the TLS handshake settled.
    pub tls: Option<TlsView>,
    /// Why the TLS handshake failed.
    pub handshake: Option<HandshakeView>,
    /// What was asked.
    pub request: Option<RequestView>,
    /// The answer as it was meant.
    pub response: Option<MessageView>,
    /// What became of each check.
    pub checks: Vec<CheckResult>,
    /// The check or limit that refused.
    pub refused_by: Option<&'static str>,
    /// How long things took.
    pub timings: TimingsView,
}

/// What became of one rule.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "TriedRule")]
pub struct TriedView {
    /// Its scenario.
    pub scenario: String,
    /// Its name.
    pub rule: String,
    /// The number of the call, where it matches.
    pub call: Option<u64>,
    /// The draw, where it has a chance.
    pub draw: Option<f64>,
    /// missed, closed, added, applied, `no_such_check`, `within_limit` or `not_reached`.
    pub outcome: &'static str,
    /// The matcher that missed, or the gate that was closed.
    pub by: Option<&'static str>,
}

/// Why a TLS handshake failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "FailedHandshake")]
pub struct HandshakeView {
    /// What was wrong.
    pub cause: &'static str,
    /// What to do about it.
    pub hint: &'static str,
    /// What the TLS library says.
    pub detail: String,
}

/// How long things took.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
#[schemars(rename = "Timings")]
pub struct TimingsView {
    /// From the arrived request to the answer in hand, without scripted delay; microseconds.
    pub work_micros: u64,
    /// Scripted delay, milliseconds.
    pub delay_ms: u64,
    /// From the arrived request to the end of the delivery, microseconds.
    pub delivered_micros: Option<u64>,
}

impl ExchangeView {
    /// An exchange, with its secrets or without.
    #[must_use]
    pub fn new(exchange: &Exchange, masking: Masking) -> Self {
        let applied = exchange.applied.as_ref();
        let is_http = !exchange.is_handshake();
        let text = |text: &str| is_http.then(|| text.to_owned());
        let url = match masking {
            Masking::Masked => masking::url(&exchange.url),
            Masking::Revealed => exchange.url.clone(),
        };
        let interaction_id = exchange.interaction_id.as_ref();
        Self {
            id: exchange.id,
            at: rfc3339(exchange.at_ms),
            received_at: rfc3339(exchange.received_at_ms),
            world: exchange.world.to_string(),
            listener: exchange.listener,
            bank: exchange.bank.clone(),
            operation: exchange.operation,
            method: text(&exchange.method),
            path: text(&exchange.path),
            url: text(&url),
            http_version: is_http.then_some(exchange.http_version),
            status: exchange.status(),
            delivered: exchange.delivered(),
            interaction_id: interaction_id.map(InteractionId::to_string),
            software_id: exchange.software_id.clone(),
            org_id: exchange.org_id.clone(),
            client_id: exchange.client_id.clone(),
            scenario: applied.map(|applied| applied.scenario.clone()),
            rule: applied.map(|applied| applied.rule.clone()),
            call: applied.map(|applied| applied.call),
            draw: applied.and_then(|applied| applied.draw),
            trail: exchange.trail.iter().map(TriedView::new).collect(),
            connection: exchange.connection,
            peer_address: exchange.peer_address.clone(),
            tls: exchange.tls.as_deref().map(TlsView::new),
            handshake: HandshakeView::of(exchange),
            request: is_http.then(|| RequestView::new(&exchange.request, masking)),
            response: MessageView::of_answer(exchange, masking),
            checks: checks(&exchange.checks, masking),
            refused_by: exchange.refused_by,
            timings: TimingsView {
                work_micros: exchange.timings.work_micros,
                delay_ms: exchange.timings.delay_ms,
                delivered_micros: exchange.delivery.after_micros(),
            },
        }
    }
}

impl TriedView {
    pub(super) fn new(tried: Tried<'_>) -> Self {
        let (outcome, by) = match tried.outcome {
            Outcome::Missed(matcher) => ("missed", Some(matcher)),
            Outcome::Closed(gate) => ("closed", Some(gate)),
            Outcome::Added => ("added", None),
            Outcome::Applied => ("applied", None),
            Outcome::NoSuchCheck => ("no_such_check", None),
            Outcome::WithinLimit => ("within_limit", None),
            Outcome::NotReached => ("not_reached", None),
        };
        let rule = tried.scenario.rules.get(tried.rule);
        Self {
            scenario: tried.scenario.name.clone(),
            rule: rule.map(|rule| rule.name.clone()).unwrap_or_default(),
            call: tried.call,
            draw: tried.draw,
            outcome,
            by,
        }
    }
}

impl HandshakeView {
    fn of(exchange: &Exchange) -> Option<Self> {
        let failed = exchange.handshake.as_ref()?;
        Some(Self {
            cause: failed.cause,
            hint: failed.hint,
            detail: failed.detail.clone(),
        })
    }
}

/// The values that checks have seen may be secrets.
fn checks(checks: &[CheckResult], masking: Masking) -> Vec<CheckResult> {
    let shown = |check: &CheckResult| CheckResult {
        seen: check.seen.as_ref().map(|seen| masking::text(seen, masking)),
        ..check.clone()
    };
    checks.iter().map(shown).collect()
}

#[cfg(test)]
mod tests;
