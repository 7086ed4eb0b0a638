//! Rules for TLS handshakes: there is no request yet, and no answer.

use crate::dialect::Operation;
use crate::document::problem::Position;
use crate::scenario::load::Judge;
use crate::scenario::load::catalogue::HANDSHAKE;
use crate::scenario::load::matcher::accepts;
use crate::scenario::load::rule::{Places, effects};
use crate::scenario::matcher::{Matcher, Matching};
use crate::scenario::model::{Aged, Effect, Fault, InteractionIdEffect, Per, Rule, Stage};

/// The alerts that can still be sent when the client certificate is known.
const ALERTS_AFTER_CERTIFICATE: [&str; 11] = [
    "handshake_failure",
    "bad_certificate",
    "unsupported_certificate",
    "certificate_revoked",
    "certificate_expired",
    "certificate_unknown",
    "illegal_parameter",
    "unknown_ca",
    "access_denied",
    "decrypt_error",
    "bad_certificate_status_response",
];

impl Judge<'_> {
    /// What cannot be in a handshake, and what can be only there.
    pub(super) fn handshake(&mut self, rule: &Rule, places: &Places) {
        match about(&rule.matching) {
            About::Requests => self.requests_only(rule, places),
            About::Both => self.refuse(
                places.matching.unwrap_or(places.rule),
                "found `handshake` beside other operations; allowed: `operation: handshake` alone, since no request is there yet; make two rules of it",
            ),
            About::Handshakes => {
                self.parties(rule, places);
                for effect in effects(rule) {
                    self.effect_on_handshake(rule, effect, places);
                }
            }
        }
    }

    fn requests_only(&mut self, rule: &Rule, places: &Places) {
        let has_alert = |effect: &&Effect| matches!(effect.fault, Some(Fault::Alert(_)));
        if effects(rule).iter().any(has_alert) {
            self.refuse(
                places.fault.unwrap_or(places.rule),
                "found the fault `alert` outside of handshakes; allowed: with `match: { operation: handshake }`",
            );
        }
    }

    fn parties(&mut self, rule: &Rule, places: &Places) {
        let at = places.matching.unwrap_or(places.rule);
        if let Some(matcher) = of_requests(&rule.matching) {
            self.refuse(at, format!("found the matcher `{matcher}` for handshakes; allowed: software_id, org_id, certificate, sni, since no request is there yet"));
        }
        if matches!(rule.per, Per::Client | Per::Token) {
            let at = places.per.unwrap_or(places.rule);
            self.refuse(at, "found a key that no handshake has; allowed: rule, software, org, certificate, connection");
        }
        if rule
            .gates
            .ages
            .iter()
            .any(|age| age.of != Aged::Certificate)
        {
            self.refuse(
                places.rule,
                "found an age that no handshake has; allowed: certificate",
            );
        }
        if rule.stage == Stage::After {
            let at = places.stage.unwrap_or(places.rule);
            self.refuse(at, "found `stage: after` for handshakes, in which the bank does no work; allowed: `stage: before`");
        }
    }

    fn effect_on_handshake(&mut self, rule: &Rule, effect: &Effect, places: &Places) {
        let at = places.fault.unwrap_or(places.rule);
        if effect.answer.is_some() {
            self.refuse(
                places.rule,
                "found an answer for handshakes; allowed: `fault` with close, reset, stall, alert",
            );
        }
        if let Some(InteractionIdEffect::Omit | InteractionIdEffect::Replace) =
            effect.interaction_id
        {
            let at = places.interaction_id.unwrap_or(places.rule);
            self.refuse(
                at,
                "found `interaction_id` for handshakes, which have none; allowed: `fault`",
            );
        }
        if effect.delay.is_some() {
            self.refuse(places.rule, "found `delay` for handshakes; allowed: `fault` with close, reset, stall, alert; `{ stall: 5s }` keeps a client waiting before the end");
        }
        match &effect.fault {
            None | Some(Fault::Close | Fault::Reset | Fault::Stall(_)) => {}
            Some(Fault::Alert(alert)) => {
                if needs_certificate(rule) && !ALERTS_AFTER_CERTIFICATE.contains(&alert.name) {
                    self.refuse(
                        at,
                        format!(
                            "found the alert `{}` in a rule that needs the client certificate; once that is known, allowed: {}",
                            alert.name,
                            ALERTS_AFTER_CERTIFICATE.join(", ")
                        ),
                    );
                }
            }
            Some(_) => self.refuse(
                at,
                "found a fault of answers for handshakes; allowed: close, reset, stall, alert",
            ),
        }
    }
}

enum About {
    Requests,
    Handshakes,
    Both,
}

/// What a rule is about. Handshakes must be asked for by name.
fn about(matching: &Matching) -> About {
    let Some(matcher) = &matching.operation else {
        return About::Requests;
    };
    let takes_requests = Operation::ALL
        .into_iter()
        .any(|operation| accepts(matcher, operation.as_str()));
    match (accepts(matcher, HANDSHAKE), takes_requests) {
        (true, false) => About::Handshakes,
        (true, true) if names_it(matcher) => About::Both,
        _ => About::Requests,
    }
}

/// Whether handshakes are named rather than not excluded.
fn names_it(matcher: &Matcher) -> bool {
    match matcher {
        Matcher::All(all) => all.iter().any(names_it),
        Matcher::Not(_) | Matcher::Absent(_) => false,
        matcher => accepts(matcher, HANDSHAKE),
    }
}

/// A matcher that looks at a request.
fn of_requests(matching: &Matching) -> Option<&'static str> {
    [
        (matching.bank.is_some(), "bank"),
        (matching.method.is_some(), "method"),
        (matching.path.is_some(), "path"),
        (matching.client_id.is_some(), "client_id"),
        (!matching.header.is_empty(), "header"),
        (!matching.jose.is_empty(), "jose"),
        (!matching.claim.is_empty(), "claim"),
        (!matching.statement.is_empty(), "statement"),
    ]
    .into_iter()
    .find_map(|(is_there, name)| is_there.then_some(name))
}

fn needs_certificate(rule: &Rule) -> bool {
    let matching = &rule.matching;
    !matching.certificate.is_empty()
        || matching.software_id.is_some()
        || matching.org_id.is_some()
        || !rule.gates.ages.is_empty()
        || matches!(rule.per, Per::Certificate | Per::Software | Per::Org)
}

/// Where a rule stands, for a message about its operation.
pub(super) fn operation_at(places: &Places) -> Position {
    places.matching.unwrap_or(places.rule)
}
