use std::time::Duration;

use super::*;
use crate::scenario::model::Delay;

const MINUTE: Duration = Duration::from_secs(60);

const TWO_A_MINUTE: Limit = Limit::Quota {
    calls: 2,
    every: MINUTE,
    burst: 2,
};

#[test]
fn within_its_limit_a_rule_does_not_apply_and_over_it_says_when_to_come_again() {
    let mut over = limit(TWO_A_MINUTE);
    over.delay = Some(Delay::Fixed(Duration::from_secs(1)));
    over.fault = Some(Fault::MalformedJson);
    let engine = engine_with(vec![rule("1", over)]);
    let ask = |now| engine.decide(None, &seen("register", "a"), now);
    for _ in 0..2 {
        let decision = ask(0);
        assert_eq!(outcomes(&decision), [Outcome::WithinLimit]);
        assert!(decision.act.is_none() && decision.applied.is_none() && decision.delay.is_none());
    }
    let decision = ask(0);
    assert_eq!(decision.applied.as_ref().unwrap().call, 3);
    assert_eq!(decision.delay, Some(Duration::from_secs(1)));
    let Some(Act::Exceeded { retry_after, fault }) = decision.act else {
        panic!("{decision:?}");
    };
    assert_eq!(
        (retry_after, fault),
        (Some(MINUTE / 2), Some(Fault::MalformedJson))
    );
    // It is true: not before, but then.
    assert_eq!(met(&ask(29_999)), "over Some(1ms)");
    assert_eq!(met(&ask(30_000)), "bank");
}

#[test]
fn quotas_are_counted_apart_by_key_and_begin_anew() {
    let mut one = rule("1", limit(TWO_A_MINUTE));
    one.per = Per::Software;
    let engine = engine_with(vec![one.clone()]);
    let over = "over Some(30s)";
    let ask = |software| met(&engine.decide(None, &seen("register", software), 0));
    assert_eq!(
        ["a", "a", "a", "b", "b", "b"].map(ask),
        ["bank", "bank", over, "bank", "bank", over]
    );
    engine.activate(scenario("s", vec![one]), 0);
    assert_eq!(ask("a"), "bank");
}

#[test]
fn a_limit_in_a_sequence_is_its_own() {
    let one = Limit::Quota {
        calls: 1,
        every: MINUTE,
        burst: 1,
    };
    let mut sequence = rule("1", Effect::default());
    sequence.effects = Effects::Sequence(vec![step(limit(TWO_A_MINUTE)), step(limit(one))]);
    let engine = engine_with(vec![sequence]);
    assert_eq!(asked(&engine, 3), ["bank", "bank", "bank"]);
}

#[test]
fn places_are_taken_while_exchanges_are_in_flight() {
    let engine = engine_with(vec![rule("1", limit(Limit::InFlight(2)))]);
    let ask = || engine.decide(None, &seen("register", "a"), 0);
    let (first, second) = (ask(), ask());
    assert_eq!([met(&first), met(&second)], ["bank", "bank"]);
    let over = ask();
    assert_eq!(met(&over), "over None");
    assert!(over.permit.is_none());
    drop(first);
    let third = ask();
    assert_eq!(met(&third), "bank");
    assert_eq!(met(&ask()), "over None");
    drop((second, third));
    assert_eq!(met(&ask()), "bank");
}

#[test]
fn who_is_over_one_limit_takes_no_place_of_another() {
    let engine = engine_with(vec![
        rule("1", limit(Limit::InFlight(2))),
        rule("2", limit(Limit::InFlight(1))),
    ]);
    let ask = || engine.decide(None, &seen("register", "a"), 0);
    let held = ask();
    let refused = ask();
    let again = ask();
    // By the second limit, since the one before took no place of the first.
    assert_eq!(again.applied.as_ref().unwrap().rule, "2");
    drop((refused, again));
    drop(held);
    assert_eq!(met(&ask()), "bank");
}
