//! Rules that never do anything: they are no mistake of form, but hardly meant.

use std::collections::HashSet;

use crate::scenario::load::effect::is_nothing;
use crate::scenario::load::matcher::accepts;
use crate::scenario::load::rule::{Places, effects};
use crate::scenario::load::{Judge, catalogue};
use crate::scenario::matcher::{Literal, Matcher, Matching};
use crate::scenario::model::{Answer, Calls, Effect, Effects, Gates, Per, Rule, START, Stage};

/// Rules that others are held against; a longer list would cost more than it tells.
const MOST_BLOCKERS: usize = 500;

/// Steps that are named in one message.
const MOST_NAMED: usize = 10;

impl Judge<'_> {
    pub(super) fn reach(&mut self, rules: &[Rule], places: &[Places]) {
        self.states(rules, places);
        self.blocked(rules, places);
        for (rule, places) in rules.iter().zip(places) {
            self.offered(rule, places);
            self.beyond_sequence(rule, places);
            self.without_effect(rule, places);
        }
    }

    fn states(&mut self, rules: &[Rule], places: &[Places]) {
        let next = rules.iter().filter_map(|rule| rule.next_state.as_deref());
        let reached: HashSet<&str> = next.chain([START]).collect();
        for (rule, places) in rules.iter().zip(places) {
            if let (Some(state), Some(at)) = (&rule.gates.state, places.state)
                && !reached.contains(state.as_str())
            {
                self.warn(at, format!("no rule leads to the state `{state}` by `next_state`; this rule never applies"));
            }
        }
    }

    fn blocked(&mut self, rules: &[Rule], places: &[Places]) {
        let mut blockers: Vec<(&Rule, u64)> = Vec::new();
        for (rule, places) in rules.iter().zip(places) {
            let blocker = blockers.iter().find(|(blocker, _)| {
                is_wider(&blocker.matching, &rule.matching) && same_key(blocker, rule)
            });
            if let Some((blocker, line)) = blocker {
                self.warn(
                    places.rule,
                    format!("the rule `{}` in line {line} ends the search for all that this one matches; this rule never applies", blocker.name),
                );
            } else if always_ends(rule) && blockers.len() < MOST_BLOCKERS {
                blockers.push((rule, places.rule.line));
            }
        }
    }

    fn beyond_sequence(&mut self, rule: &Rule, places: &Places) {
        let (Effects::Sequence(steps), Some(at)) = (&rule.effects, places.calls) else {
            return;
        };
        let Some(calls) = rule.gates.calls else {
            return;
        };
        let is_reached = |call: &u64| match calls {
            Calls::Range(first, last) => (first..=last).contains(call),
            Calls::Every(every) => call.is_multiple_of(every),
        };
        let steps = steps.len();
        let dead: Vec<String> = (1..=steps as u64)
            .filter(|call| !is_reached(call))
            .map(|call| call.to_string())
            .collect();
        let first = dead.get(..MOST_NAMED).unwrap_or(&dead).join(", ");
        let rest = if dead.len() > MOST_NAMED { ", …" } else { "" };
        if dead.len() == steps {
            self.warn(at, format!("the sequence has {steps} steps, so that these calls are beyond its end; this rule never does anything"));
        } else if !dead.is_empty() {
            self.warn(at, format!("a sequence goes by the number of the call, so that with these calls its steps {first}{rest} never happen"));
        }
    }

    fn without_effect(&mut self, rule: &Rule, places: &Places) {
        let effects = effects(rule);
        if let Effects::Always(effect) = &rule.effects
            && is_nothing(effect)
            && rule.next_state.is_none()
        {
            self.warn(
                places.rule,
                "this rule has no effect and no `next_state`; it does nothing",
            );
        }
        let replaces = |effect: &&Effect| effect.answer.is_some() || effect.fault.is_some();
        if let (Some(at), Stage::After) = (places.stage, rule.stage)
            && !effects.iter().any(replaces)
        {
            self.warn(at, "`stage: after` does nothing without an answer or a fault; the bank works and answers anyway");
        }
    }
}

/// Whether a rule ends the search for everything that it matches.
fn always_ends(rule: &Rule) -> bool {
    let Effects::Always(effect) = &rule.effects else {
        return false;
    };
    let ends = match &effect.answer {
        Some(Answer::Respond(_) | Answer::Alter(_)) => true,
        // A bank may not have the check, and a limit may not be exceeded.
        Some(Answer::Reject(_) | Answer::Limit(_)) => false,
        None => effect.fault.is_some(),
    };
    ends && is_open(&rule.gates)
}

fn is_open(gates: &Gates) -> bool {
    matches!(
        gates.calls,
        None | Some(Calls::Range(1, u64::MAX) | Calls::Every(1))
    ) && gates.chance.is_none_or(|chance| chance >= 1.0)
        && gates.state.is_none()
        && gates.after.is_none_or(|after| after.is_zero())
        && gates.until.is_none()
        && gates.ages.is_empty()
}

/// Whether every exchange with the key of one rule has that of the other.
fn same_key(blocker: &Rule, rule: &Rule) -> bool {
    blocker.per == Per::Rule || blocker.per == rule.per
}

/// Whether the first matches everything that the second does, as far as can be told.
fn is_wider(wide: &Matching, narrow: &Matching) -> bool {
    let is_one_wider = |wide: &Option<Matcher>, narrow: &Option<Matcher>| match (wide, narrow) {
        (None, _) => true,
        (Some(_), None) => false,
        (Some(wide), Some(narrow)) => includes(wide, narrow),
    };
    // Handshakes must be asked for by name.
    let asks_for_handshake = |matching: &Matching| {
        let matcher = matching.operation.as_ref();
        matcher.is_some_and(|matcher| accepts(matcher, catalogue::HANDSHAKE))
    };
    (asks_for_handshake(wide) || !asks_for_handshake(narrow))
        && is_one_wider(&wide.bank, &narrow.bank)
        && is_one_wider(&wide.operation, &narrow.operation)
        && is_one_wider(&wide.method, &narrow.method)
        && is_one_wider(&wide.path, &narrow.path)
        && is_one_wider(&wide.software_id, &narrow.software_id)
        && is_one_wider(&wide.org_id, &narrow.org_id)
        && is_one_wider(&wide.client_id, &narrow.client_id)
        && is_one_wider(&wide.sni, &narrow.sni)
        && are_wider(&wide.header, &narrow.header)
        && are_wider(&wide.jose, &narrow.jose)
        && are_wider(&wide.claim, &narrow.claim)
        && are_wider(&wide.statement, &narrow.statement)
        && are_wider(&wide.certificate, &narrow.certificate)
}

fn are_wider<K: PartialEq>(wide: &[(K, Matcher)], narrow: &[(K, Matcher)]) -> bool {
    wide.iter().all(|(key, wide)| {
        let mut same = narrow.iter().filter(|(other, _)| other == key);
        same.any(|(_, narrow)| includes(wide, narrow))
    })
}

fn includes(wide: &Matcher, narrow: &Matcher) -> bool {
    let has = |literal: &Literal| match (wide, &literal.written) {
        (Matcher::Equals(wide), _) => wide == literal,
        (Matcher::OneOf(wide), _) => wide.contains(literal),
        (wide, Some(word)) => literal.value.is_string() && accepts(wide, word),
        _ => false,
    };
    match narrow {
        Matcher::Equals(literal) => has(literal),
        Matcher::OneOf(literals) => literals.iter().all(has),
        narrow => format!("{wide:?}") == format!("{narrow:?}"),
    }
}
