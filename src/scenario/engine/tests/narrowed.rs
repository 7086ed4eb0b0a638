//! Scenarios that are activated for some exchanges only.

use serde_json::{Value, json};

use super::*;
use crate::scenario::seen::HANDSHAKE;
use crate::scenario::{Banks, Narrowed, parse_match_value};

fn narrowed(given: &Value) -> Arc<Narrowed> {
    Arc::new(parse_match_value(given, &Banks::default()).unwrap())
}

fn once(name: &str, status: u16) -> Arc<Scenario> {
    let mut only = rule("only", respond(status));
    only.gates.calls = Some(crate::scenario::model::Calls::Range(2, 2));
    scenario(name, vec![only])
}

/// What this software meets.
fn asks(engine: &Engine, operation: &str, software: &str) -> String {
    met(&engine.decide(None, &seen(operation, software), 0))
}

#[test]
fn an_exchange_outside_of_it_is_not_counted() {
    let engine = Engine::new(1);
    engine.activate_narrowed(
        once("s", 503),
        Some(narrowed(
            &json!({"software_id": "a", "operation": ["register", "read"]}),
        )),
        0,
    );
    for (operation, software, expected) in [
        ("register", "a", "bank"),
        ("register", "b", "bank"),
        ("delete", "a", "bank"),
        ("read", "a", "503"),
        ("read", "a", "bank"),
    ] {
        let met = asks(&engine, operation, software);
        assert_eq!(met, expected, "{operation} by {software}");
    }
    let decision = engine.decide(None, &seen("read", "b"), 0);
    assert_eq!(outcomes(&decision), [Outcome::Missed("software_id")]);
    assert_eq!(engine.in_force()[0].rules[0].calls, 3);
}

#[test]
fn it_stays_narrowed_when_it_begins_anew_and_not_when_it_is_activated_anew() {
    let engine = Engine::new(1);
    let given = json!({"software_id": "a"});
    let always = |status| scenario("s", vec![rule("1", respond(status))]);
    engine.activate_narrowed(always(500), Some(narrowed(&given)), 0);
    replace(&engine, always(501));
    engine.restart_counts(5);
    assert_eq!(asks(&engine, "read", "a"), "501");
    assert_eq!(asks(&engine, "read", "b"), "bank");
    assert_eq!(engine.in_force()[0].narrowed, Some(given));
    engine.activate(always(502), 0);
    assert_eq!(asks(&engine, "read", "b"), "502");
    assert_eq!(engine.in_force()[0].narrowed, None);
}

#[test]
fn a_rule_for_handshakes_can_be_narrowed_to_a_caller() {
    let engine = Engine::new(1);
    let mut close = rule("1", fault(Fault::Close));
    close.matching.operation = Some(is(HANDSHAKE));
    let closing = scenario("s", vec![close, rule("2", respond(500))]);
    engine.activate(Arc::clone(&closing), 0);
    assert!(!engine.wants_certificate());
    engine.activate_narrowed(closing, Some(narrowed(&json!({"software_id": "a"}))), 0);
    assert!(engine.wants_certificate());
    let handshake = |software| Seen {
        bank: None,
        method: "",
        path: "",
        ..seen(HANDSHAKE, software)
    };
    let decided = |software| engine.decide(None, &handshake(software), 0);
    let missed = Outcome::Missed;
    let [own, other] = ["a", "b"].map(|software| outcomes(&decided(software)));
    assert_eq!(own, [Outcome::Applied, missed("operation")]);
    assert_eq!(other, [missed("software_id"), missed("software_id")]);
    assert_eq!(asks(&engine, "read", "a"), "500");
}
