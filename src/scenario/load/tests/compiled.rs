//! What a file says, compiled.

use std::sync::Arc;
use std::time::Duration;

use serde_json::json;

use super::{loaded, rule};
use crate::scenario::load::matcher::accepts;
use crate::scenario::looks_like_one;
use crate::scenario::matcher::{CertificateField, Literal, Matcher};
use crate::scenario::model::{
    AgeGate, Aged, Alert, Answer, Body, Calls, Delay, Edit, Effect, Effects, Fault,
    InteractionIdEffect, Limit, Per, Stage, Step,
};

const SECOND: Duration = Duration::from_secs(1);

fn effect(text: &str) -> Arc<Effect> {
    match rule(text).effects {
        Effects::Always(effect) => effect,
        Effects::Sequence(steps) => panic!("{steps:?}"),
    }
}

fn fault(text: &str) -> Fault {
    let effect = effect(text);
    effect.fault.clone().unwrap()
}

#[test]
fn the_example_of_the_documentation() {
    let text = "name: throttled-429\ndescription: d\nseed: 9\nrules:\n  - match: { operation: register }\n    calls: 1..2\n    respond: { status: 429, headers: { Retry-After: \"2\" } }\n";
    let scenario = loaded(text).scenario;
    assert_eq!(scenario.name, "throttled-429");
    assert_eq!(scenario.description.as_deref(), Some("d"));
    assert_eq!(scenario.seed, Some(9));
    let rule = &scenario.rules[0];
    assert_eq!(
        (rule.name.as_str(), rule.per, rule.stage),
        ("1", Per::Rule, Stage::Before)
    );
    assert_eq!(rule.gates.calls, Some(Calls::Range(1, 2)));
    let Effects::Always(effect) = &rule.effects else {
        panic!("{rule:?}");
    };
    let Some(Answer::Respond(respond)) = &effect.answer else {
        panic!("{effect:?}");
    };
    assert_eq!(respond.status, 429);
    assert_eq!(respond.headers[0].0, "retry-after");
    assert_eq!(respond.headers[0].1.as_ref().unwrap().plain(), Some("2"));
    assert!(respond.body.is_none());
}

#[test]
fn json_is_read_too_and_the_name_is_that_of_the_file() {
    let scenario = loaded(r#"{"rules":[{"respond":503}]}"#).scenario;
    assert_eq!((scenario.name.as_str(), scenario.rules.len()), ("given", 1));
    let scenario = loaded("\u{feff}policy: { rotate_rat: true }").scenario;
    assert_eq!(scenario.policy.rotate_rat, Some(true));
}

#[test]
fn a_scenario_is_told_from_a_config_file() {
    for (text, expected) in [
        ("rules: []", true),
        ("{\"name\": \"x\"}", true),
        ("policy: {}", true),
        ("description: x", true),
        ("rules: [\n", true),
        ("seed: 1", false),
        ("listen: [\n", false),
        ("", false),
        ("- rules", false),
        ("- respond: 503", true),
        ("\u{0}", false),
    ] {
        assert_eq!(looks_like_one(text), expected, "{text}");
    }
}

#[test]
fn calls_and_times_are_what_is_written() {
    for (text, expected) in [
        ("3", Calls::Range(3, 3)),
        ("'3'", Calls::Range(3, 3)),
        ("1..2", Calls::Range(1, 2)),
        ("2..2", Calls::Range(2, 2)),
        ("4..", Calls::Range(4, u64::MAX)),
        ("..3", Calls::Range(1, 3)),
        ("every 5", Calls::Every(5)),
    ] {
        let gates = rule(&format!("calls: {text}")).gates;
        assert_eq!(gates.calls, Some(expected), "{text}");
    }
    let gates = rule("{ after: 30s, until: 2m, chance: 0.25, state: start, per: software }").gates;
    assert_eq!(gates.after, Some(30 * SECOND));
    assert_eq!(gates.until, Some(120 * SECOND));
    assert_eq!(gates.chance, Some(0.25));
    assert_eq!(gates.state.as_deref(), Some("start"));
    assert_eq!(rule("chance: 1").gates.chance, Some(1.0));
    let gates = rule("age: { client: ..3s, token: 60s.., key: 3s..60s }").gates;
    let age = |of, range| AgeGate { of, range };
    assert_eq!(
        gates.ages,
        [
            age(Aged::Client, Duration::ZERO..3 * SECOND),
            age(Aged::Token, 60 * SECOND..Duration::MAX),
            age(Aged::Key, 3 * SECOND..60 * SECOND),
        ]
    );
}

#[test]
fn matchers_keep_type_and_spelling() {
    let of = |text: &str| {
        let matching = rule(&format!("match: {{ claim: {{ /a: {text} }} }}")).matching;
        matching.claim[0].1.clone()
    };
    let literal = |written: Option<&str>, value| Literal {
        written: written.map(str::to_owned),
        value,
    };
    for (text, expected) in [
        ("x", literal(Some("x"), json!("x"))),
        ("'5'", literal(Some("5"), json!("5"))),
        ("5", literal(Some("5"), json!(5))),
        ("-5", literal(Some("-5"), json!(-5))),
        ("0.50", literal(Some("0.50"), json!(0.5))),
        ("true", literal(Some("true"), json!(true))),
        ("yes", literal(Some("yes"), json!("yes"))),
        ("0644", literal(Some("0644"), json!("0644"))),
        ("{ equals: null }", literal(None, json!(null))),
        (
            "{ equals: [1, { b: 2 }] }",
            literal(None, json!([1, {"b": 2}])),
        ),
    ] {
        let Matcher::Equals(found) = of(text) else {
            panic!("{text}");
        };
        assert_eq!(found, expected, "{text}");
    }
    assert!(matches!(of("[1, 2]"), Matcher::OneOf(list) if list.len() == 2));
    assert!(matches!(of("{ one_of: [1] }"), Matcher::OneOf(_)));
    assert!(matches!(of("{ absent: false }"), Matcher::Absent(false)));
    assert!(matches!(of("{ not: { absent: true } }"), Matcher::Not(_)));
    assert!(matches!(of("{ contains: 1 }"), Matcher::Contains(_)));
    assert!(matches!(of("{ starts_with: 5 }"), Matcher::StartsWith(start) if start == "5"));
    assert!(matches!(of("{ regex: '^a' }"), Matcher::Regex(_)));
    assert!(matches!(of("{ starts_with: a, contains: b }"), Matcher::All(all) if all.len() == 2));
}

#[test]
fn every_field_is_matched_in_its_own_way() {
    let text = "match: { path: [/a/*, /b], header: { X-A: 5 }, jose: { alg: PS256 }, statement: { /b~1c: d }, certificate: { serial: 'AB:01', sha256: { starts_with: 'FF:' } }, sni: x, bank: uk-ob-3.3, operation: [register, update], method: POST }";
    let matching = rule(text).matching;
    let path = matching.path.unwrap();
    for (word, expected) in [("/a/x", true), ("/b", true), ("/c", false)] {
        assert_eq!(accepts(&path, word), expected, "{word}");
    }
    assert_eq!(matching.header[0].0, "x-a");
    assert!(accepts(&matching.header[0].1, "5"));
    assert_eq!(matching.jose[0].0, "alg");
    assert_eq!(matching.statement[0].0.0, ["b/c"]);
    assert_eq!(matching.certificate[0].0, CertificateField::Serial);
    assert!(accepts(&matching.certificate[0].1, "ab01"));
    assert!(accepts(&matching.certificate[1].1, "ff00"));
}

#[test]
fn answers_are_what_is_written() {
    let respond = |text: &str| match &effect(&format!("respond: {text}")).answer {
        Some(Answer::Respond(respond)) => respond.clone(),
        other => panic!("{other:?}"),
    };
    assert_eq!(respond("503").status, 503);
    assert!(
        matches!(respond("{ status: 200, body: a }").body, Some(Body::Text(text)) if text == "a")
    );
    assert!(
        matches!(respond("{ status: 200, body: { b: [1] } }").body, Some(Body::Json(value)) if value == json!({"b": [1]}))
    );
    let headers = respond("{ status: 200, headers: { A: 2, B: null, C: '{{ now }}' } }").headers;
    assert_eq!(headers[0].1.as_ref().unwrap().plain(), Some("2"));
    assert_eq!(headers[1], ("b".to_owned(), None));
    assert_eq!(headers[2].1.as_ref().unwrap().source(), "{{ now }}");
    let template = respond("{ status: 200, body: '{{ call }}', template: true }").body;
    assert!(matches!(template, Some(Body::Template(_))));
    let plain = respond("{ status: 200, body: '{{ call', template: false }").body;
    assert!(matches!(plain, Some(Body::Text(_))));
    assert!(matches!(
        effect("reject: key_unknown").answer,
        Some(Answer::Reject("key_unknown"))
    ));

    let effect = effect(
        "alter: [{ set: /a/b, to: null }, { remove: /c }, { status: 202 }, { header: X, to: 5 }, { header: Y, to: }]",
    );
    let Some(Answer::Alter(edits)) = &effect.answer else {
        panic!("{effect:?}");
    };
    assert!(matches!(&edits[0], Edit::Set(at, value) if at.0 == ["a", "b"] && value.is_null()));
    assert!(matches!(&edits[1], Edit::Remove(at) if at.0 == ["c"]));
    assert!(matches!(&edits[2], Edit::Status(202)));
    assert!(
        matches!(&edits[3], Edit::Header(name, Some(value)) if name == "x" && value.plain() == Some("5"))
    );
    assert!(matches!(&edits[4], Edit::Header(name, None) if name == "y"));
}

#[test]
fn limits_faults_and_delays_are_what_is_written() {
    let limit = |text: &str| match effect(&format!("limit: {text}")).answer {
        Some(Answer::Limit(limit)) => limit,
        _ => panic!("{text}"),
    };
    let quota = |burst| Limit::Quota {
        calls: 5,
        every: 60 * SECOND,
        burst,
    };
    assert_eq!(limit("{ calls: 5, every: 1m }"), quota(5));
    assert_eq!(limit("{ calls: 5, every: 1m, burst: 1 }"), quota(1));
    assert_eq!(limit("{ in_flight: 1 }"), Limit::InFlight(1));
    let alert = Alert {
        name: "unknown_ca",
        number: 48,
    };
    for (text, expected) in [
        ("fault: close", Fault::Close),
        ("fault: reset", Fault::Reset),
        ("fault: stall", Fault::Stall(None)),
        ("fault: { stall: 20s }", Fault::Stall(Some(20 * SECOND))),
        ("fault: { truncate: 10 }", Fault::Truncate(10)),
        (
            "fault: { drip: { bytes: 1, every: 2s } }",
            Fault::Drip(1, 2 * SECOND),
        ),
        ("fault: garbage", Fault::Garbage),
        (
            "{ fault: malformed_json, respond: 500 }",
            Fault::MalformedJson,
        ),
        ("{ fault: wrong_length, stage: after }", Fault::WrongLength),
        ("{ limit: { in_flight: 1 }, fault: close }", Fault::Close),
        (
            "{ match: { operation: handshake, sni: a }, fault: { alert: unknown_ca } }",
            Fault::Alert(alert),
        ),
    ] {
        assert_eq!(fault(text), expected, "{text}");
    }
    let delay = |text: &str| effect(&format!("delay: {text}")).delay.unwrap();
    assert_eq!(delay("250ms"), Delay::Fixed(Duration::from_millis(250)));
    assert_eq!(
        delay("{ from: 1s, to: 1s }"),
        Delay::Between(SECOND, SECOND)
    );
    let late = Delay::LogNormal {
        median: SECOND,
        p99: 2 * SECOND,
    };
    assert_eq!(delay("{ median: 1s, p99: 2s }"), late);
    let id = effect("interaction_id: replace").interaction_id;
    assert_eq!(id, Some(InteractionIdEffect::Replace));
}

#[test]
fn what_stands_beside_a_sequence_holds_for_its_steps() {
    let steps = |text: &str| match rule(text).effects {
        Effects::Sequence(steps) => steps,
        Effects::Always(effect) => panic!("{effect:?}"),
    };
    let plain = steps("sequence: [{ respond: 503 }, pass, { fault: close }]");
    assert!(matches!(&plain[1], Step::Pass));
    let late = steps("{ sequence: [{ respond: 503 }, { delay: 2s }, pass], delay: 1s }");
    let delays: Vec<_> = late
        .iter()
        .map(|step| match step {
            Step::Effect(effect) | Step::PassWith(effect) => effect.delay,
            Step::Pass => None,
        })
        .collect();
    let fixed = |seconds| Some(Delay::Fixed(seconds * SECOND));
    assert_eq!(delays, [fixed(1), fixed(2), fixed(1)]);
}
