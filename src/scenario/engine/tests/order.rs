use std::time::Duration;

use super::*;
use crate::scenario::model::{Calls, Delay, InteractionIdEffect};

fn delay(milliseconds: u64) -> Effect {
    Effect {
        delay: Some(Delay::Fixed(Duration::from_millis(milliseconds))),
        ..Effect::default()
    }
}

fn calls(mut rule: Rule, first: u64, last: u64) -> Rule {
    rule.gates.calls = Some(Calls::Range(first, last));
    rule
}

fn moves(mut rule: Rule, from: Option<&str>, to: &str) -> Rule {
    rule.gates.state = from.map(str::to_owned);
    rule.next_state = Some(to.to_owned());
    rule
}

#[test]
fn nothing_in_force_is_idle_and_the_bank_answers() {
    let engine = Engine::new(1);
    assert!(engine.is_idle());
    let decision = engine.decide(None, &seen("register", "a"), 0);
    assert_eq!(met(&decision), "bank");
    assert!(decision.trail.is_empty());
    engine.activate(scenario("s", vec![]), 0);
    assert!(!engine.is_idle());
    assert!(engine.deactivate("s"));
    assert!(!engine.deactivate("s"));
    assert!(engine.is_idle());
}

#[test]
fn the_first_rule_that_answers_ends_the_search() {
    let engine = engine_with(vec![rule("1", respond(501)), rule("2", respond(502))]);
    let decision = engine.decide(None, &seen("register", "a"), 0);
    assert_eq!(met(&decision), "501");
    assert_eq!(outcomes(&decision), [Outcome::Applied, Outcome::NotReached]);
    let applied = decision.applied.unwrap();
    assert_eq!(
        (applied.scenario.as_str(), applied.rule.as_str()),
        ("s", "1")
    );
    assert_eq!((applied.call, applied.draw), (1, None));
}

#[test]
fn every_rule_that_matches_counts_whichever_answers() {
    let engine = engine_with(vec![
        calls(rule("1", respond(501)), 1, 2),
        calls(rule("2", respond(502)), 3, 3),
        calls(rule("3", fault(Fault::Close)), 4, 4),
    ]);
    assert_eq!(
        asked(&engine, 5),
        ["501", "501", "502", "Some(Close)", "bank"]
    );
    let decision = engine.decide(None, &seen("register", "a"), 0);
    assert!(decision.trail.iter().all(|tried| tried.call == Some(6)));
    assert_eq!(outcomes(&decision), [Outcome::Closed("calls"); 3]);
}

#[test]
fn what_a_rule_is_not_about_it_does_not_count() {
    let mut only = calls(rule("1", respond(501)), 2, 2);
    only.matching.operation = Some(is("register"));
    let engine = engine_with(vec![only]);
    let ask = |operation| engine.decide(None, &seen(operation, "a"), 0);
    assert_eq!(outcomes(&ask("register")), [Outcome::Closed("calls")]);
    assert_eq!(outcomes(&ask("read")), [Outcome::Missed("operation")]);
    assert_eq!(outcomes(&ask("register")), [Outcome::Applied]);
}

#[test]
fn calls_are_counted_apart_by_key_and_without_one_nothing_matches() {
    let mut first = calls(rule("1", respond(501)), 1, 1);
    first.per = Per::Software;
    let engine = engine_with(vec![first]);
    let ask = |software| met(&engine.decide(None, &seen("register", software), 0));
    assert_eq!(
        ["a", "b", "a", "b"].map(ask),
        ["501", "501", "bank", "bank"]
    );
    let decision = engine.decide(None, &Seen::default(), 0);
    assert_eq!(outcomes(&decision), [Outcome::Missed("per")]);
}

#[test]
fn own_then_the_last_activated_then_those_from_the_start() {
    let engine = Engine::new(1);
    let named = |name: &str, status| scenario(name, vec![rule("1", respond(status))]);
    engine.activate_from_start(named("c", 503), 0);
    engine.activate_from_start(named("d", 504), 0);
    engine.activate(named("b", 502), 0);
    engine.activate(named("a", 501), 0);
    let own = named("own", 500);
    let names = || -> Vec<String> {
        let active = engine.active().into_iter();
        active.map(|scenario| scenario.name.clone()).collect()
    };
    assert_eq!(names(), ["a", "b", "c", "d"]);
    assert_eq!(
        met(&engine.decide(Some(&own), &seen("read", "a"), 0)),
        "500"
    );
    for (status, name) in [("501", "a"), ("502", "b"), ("503", "c"), ("504", "d")] {
        assert_eq!(asked(&engine, 1), [status]);
        engine.deactivate(name);
    }
    assert_eq!(asked(&engine, 1), ["bank"]);
}

#[test]
fn activating_again_begins_anew_and_comes_first() {
    let engine = Engine::new(1);
    let once = |name, status| scenario(name, vec![calls(rule("1", respond(status)), 1, 1)]);
    engine.activate_from_start(once("a", 501), 0);
    engine.activate(once("b", 502), 0);
    assert_eq!(asked(&engine, 2), ["502", "bank"]);
    engine.activate(once("a", 501), 0);
    assert_eq!(asked(&engine, 2), ["501", "bank"]);
    assert_eq!(engine.active().len(), 2);
}

#[test]
fn a_changed_file_begins_anew_in_its_place() {
    let engine = Engine::new(1);
    let once = |name, status| scenario(name, vec![calls(rule("1", respond(status)), 1, 1)]);
    engine.activate(once("a", 501), 0);
    engine.activate(once("b", 502), 0);
    let own = once("own", 500);
    let ask_own = |own| met(&engine.decide(Some(own), &seen("read", "a"), 0));
    assert_eq!(ask_own(&own), "500");
    assert_eq!(asked(&engine, 2), ["bank", "bank"]);
    replace(&engine, once("a", 511));
    assert_eq!(asked(&engine, 2), ["511", "bank"]);
    replace(&engine, Arc::clone(&own));
    assert_eq!([ask_own(&own), ask_own(&own)], ["500", "bank"]);
    replace(&engine, once("unknown", 500));
    assert_eq!(engine.active().len(), 2);
}

#[test]
fn a_requests_own_scenario_goes_on_from_request_to_request() {
    let engine = Engine::new(1);
    let mut late = rule("1", respond(501));
    late.gates.after = Some(Duration::from_secs(1));
    let own = scenario("own", vec![late, calls(rule("2", respond(502)), 2, 2)]);
    let ask = |own, now| met(&engine.decide(Some(own), &seen("read", "a"), now));
    // Its time begins with its first use.
    assert_eq!(
        [5_000, 5_999, 6_000].map(|now| ask(&own, now)),
        ["bank", "502", "501"]
    );
    assert!(engine.is_idle());
    // Another of that name is another one.
    let other = Arc::new(Scenario::clone(&own));
    assert_eq!([6_000, 6_000].map(|now| ask(&other, now)), ["bank", "502"]);
}

#[test]
fn delays_and_interaction_ids_are_added_and_the_first_of_each_stays() {
    let omit = Effect {
        interaction_id: Some(InteractionIdEffect::Omit),
        ..Effect::default()
    };
    let last = Effect {
        interaction_id: Some(InteractionIdEffect::Replace),
        ..delay(3)
    };
    let ending = Effect {
        answer: respond(501).answer,
        ..last.clone()
    };
    let rules = vec![
        rule("1", delay(1)),
        rule("2", delay(2)),
        rule("3", omit),
        rule("4", ending),
    ];
    let decision = engine_with(rules).decide(None, &seen("read", "a"), 0);
    assert_eq!(decision.delay, Some(Duration::from_millis(1)));
    assert_eq!(decision.interaction_id, Some(InteractionIdEffect::Omit));
    assert_eq!(met(&decision), "501");
    let added = Outcome::Added;
    assert_eq!(outcomes(&decision), [added, added, added, Outcome::Applied]);
    // Alone, the last one's own count, and the bank answers.
    let decision = engine_with(vec![rule("1", last)]).decide(None, &seen("read", "a"), 0);
    assert_eq!(decision.delay, Some(Duration::from_millis(3)));
    assert_eq!(decision.interaction_id, Some(InteractionIdEffect::Replace));
    assert!(decision.act.is_none() && decision.applied.is_none());
}

#[test]
fn a_sequence_goes_by_the_number_of_the_call_and_then_the_bank_answers() {
    let mut sequence = rule("1", Effect::default());
    sequence.effects = Effects::Sequence(vec![
        step(respond(501)),
        Step::Pass,
        step(delay(5)),
        step(fault(Fault::Reset)),
    ]);
    let engine = engine_with(vec![sequence, rule("2", respond(509))]);
    // A step that only adds lets the search go on, as any such effect.
    assert_eq!(asked(&engine, 4), ["501", "bank", "509", "Some(Reset)"]);
    let decision = engine.decide(None, &seen("register", "a"), 0);
    assert_eq!(outcomes(&decision), [Outcome::Applied, Outcome::NotReached]);
    assert_eq!(decision.applied.unwrap().call, 5);
    assert!(decision.act.is_none());
}

#[test]
fn a_state_that_a_rule_moves_is_seen_by_the_next_exchange() {
    let engine = engine_with(vec![
        moves(rule("1", Effect::default()), Some("start"), "second"),
        moves(rule("2", respond(501)), Some("start"), "third"),
        moves(rule("3", respond(502)), Some("second"), "start"),
        moves(rule("4", respond(503)), Some("third"), "second"),
    ]);
    // In the first, rules 1 and 2 both apply: the last of them decides.
    assert_eq!(asked(&engine, 4), ["501", "503", "502", "501"]);
}

#[test]
fn a_rule_that_does_not_apply_moves_no_state() {
    let mut not_reached = moves(rule("3", Effect::default()), None, "never");
    not_reached.matching.bank = Some(is("uk-ob-3.3"));
    let engine = engine_with(vec![
        moves(rule("1", limit(Limit::InFlight(1))), None, "never"),
        moves(
            rule("2", answer(Answer::Reject("no_such_check"))),
            None,
            "never",
        ),
        calls(moves(rule("3", respond(500)), None, "never"), 9, 9),
        rule("4", respond(501)),
        not_reached,
    ]);
    let decision = engine.decide(None, &seen("read", "a"), 0);
    let expected = [
        Outcome::WithinLimit,
        Outcome::NoSuchCheck,
        Outcome::Closed("calls"),
        Outcome::Applied,
        Outcome::NotReached,
    ];
    assert_eq!(outcomes(&decision), expected);
    let in_start = moves(rule("1", respond(502)), Some("start"), "start");
    let mut rules = engine.active()[0].rules.clone();
    rules.insert(3, in_start);
    let engine = engine_with(rules);
    drop(decision);
    assert_eq!(asked(&engine, 2), ["502", "502"]);
}

#[test]
fn a_rejection_needs_a_check_that_the_bank_has() {
    let checks = crate::dialect::by_id("uk-ob-3.3").unwrap().checks;
    let reject = |check| engine_with(vec![rule("1", answer(Answer::Reject(check)))]);
    for (check, operation, expected) in [
        ("redirect_uri_malformed", "register", Outcome::Applied),
        ("redirect_uri_malformed", "read", Outcome::NoSuchCheck),
        ("unheard_of", "register", Outcome::NoSuchCheck),
        ("route_unknown", "register", Outcome::Applied),
        ("method_not_offered", "read", Outcome::Applied),
    ] {
        let operations = crate::dialect::Operation::ALL.into_iter();
        let of = operations
            .clone()
            .find(|one| one.as_str() == operation)
            .unwrap();
        let seen = Seen {
            checks: checks(of),
            ..seen(operation, "a")
        };
        let decision = reject(check).decide(None, &seen, 0);
        assert_eq!(outcomes(&decision), [expected], "{check} {operation}");
    }
}

#[test]
fn switches_of_the_scenario_that_is_tried_first_are_laid_over_the_others() {
    let engine = Engine::new(1);
    let switched = |name: &str, rotate_rat| {
        let policy = PolicyChanges {
            rotate_rat: Some(rotate_rat),
            ..PolicyChanges::default()
        };
        Arc::new(Scenario {
            policy,
            ..Scenario::clone(&scenario(name, vec![]))
        })
    };
    engine.activate_from_start(switched("a", true), 0);
    engine.activate(switched("b", false), 0);
    engine.activate(switched("c", true), 0);
    let policies = engine.policies();
    let values: Vec<_> = policies.iter().map(|policy| policy.rotate_rat).collect();
    assert_eq!(values, [Some(true), Some(false), Some(true)]);
    engine.deactivate("c");
    assert_eq!(engine.policies().last().unwrap().rotate_rat, Some(false));
}

#[test]
fn the_client_certificate_is_wanted_only_where_a_rule_for_handshakes_needs_it() {
    let handshake = |change: fn(&mut Rule)| {
        let mut rule = rule("1", fault(Fault::Close));
        rule.matching.operation = Some(is("handshake"));
        change(&mut rule);
        engine_with(vec![rule]).wants_certificate()
    };
    assert!(!Engine::new(1).wants_certificate());
    assert!(!handshake(|_| ()));
    assert!(!handshake(|rule| rule.per = Per::Connection));
    assert!(handshake(|rule| rule.per = Per::Software));
    assert!(handshake(|rule| rule.per = Per::Org));
    assert!(handshake(|rule| rule.per = Per::Certificate));
    assert!(handshake(|rule| rule.matching.software_id = Some(is("a"))));
    assert!(handshake(|rule| rule.matching.org_id = Some(is("a"))));
    assert!(!handshake(|rule| {
        rule.matching.org_id = Some(is("a"));
        rule.matching.operation = None;
    }));
}

#[test]
fn an_effect_keeps_its_stage() {
    let mut after = rule("1", fault(Fault::Reset));
    after.stage = Stage::After;
    let decision = engine_with(vec![after]).decide(None, &seen("read", "a"), 0);
    assert!(matches!(decision.act, Some(Act::Effect(_, Stage::After))));
}
