//! What a decision costs: `cargo bench --bench decide`. To reach: under 50 µs with 1,000 rules, next
//! to nothing when idle.

#![allow(missing_docs)] // Macros make what there is.

use std::hint::black_box;
use std::sync::Arc;

use criterion::{Criterion, criterion_group, criterion_main};
use serde_json::json;

use aspsp_emulator::dialect::policy::PolicyChanges;
use aspsp_emulator::domain::json::members;
use aspsp_emulator::scenario::matcher::{Literal, Matcher, Matching, Pointer};
use aspsp_emulator::scenario::model::{
    Answer, Effect, Effects, Fault, Gates, Limit, Per, Rule, Stage,
};
use aspsp_emulator::scenario::{Engine, Scenario, Seen};

fn is(text: &str) -> Matcher {
    Matcher::Equals(Literal {
        written: Some(text.to_owned()),
        value: json!(text),
    })
}

fn operation(word: &str) -> Matching {
    Matching {
        operation: Some(is(word)),
        ..Matching::default()
    }
}

/// About registrations with this claim.
fn claim(value: &str) -> Matching {
    let redirect = Pointer(vec!["redirect_uris".to_owned(), "0".to_owned()]);
    Matching {
        claim: vec![(redirect, is(value))],
        ..operation("register")
    }
}

fn rule(position: usize, matching: Matching) -> Rule {
    let effect = Effect {
        fault: Some(Fault::Close),
        ..Effect::default()
    };
    Rule {
        name: position.to_string(),
        matching,
        per: Per::Rule,
        gates: Gates::default(),
        next_state: None,
        stage: Stage::Before,
        effects: Effects::Always(Arc::new(effect)),
    }
}

/// In force: rules that are about something else, and a last one that is about registrations.
fn engine(others: usize, other: impl Fn() -> Matching) -> Engine {
    let others = (1..=others).map(|position| rule(position, other()));
    let scenario = Scenario {
        name: "bench".to_owned(),
        description: None,
        seed: None,
        policy: PolicyChanges::default(),
        rules: others.chain([rule(0, operation("register"))]).collect(),
    };
    let engine = Engine::new(1);
    engine.activate(Arc::new(scenario), 0);
    engine
}

/// In force: rules that are all about registrations, count by software, draw, and let through.
fn counting(rules: usize) -> Engine {
    let engine = engine(0, Matching::default);
    let one = |position| {
        let mut one = rule(position, operation("register"));
        one.per = Per::Software;
        one.gates.chance = Some(0.5);
        one.effects = Effects::Always(Arc::new(Effect {
            answer: Some(Answer::Limit(Limit::InFlight(1))),
            ..Effect::default()
        }));
        one
    };
    let scenario = Scenario {
        name: "bench".to_owned(),
        rules: (0..rules).map(one).collect(),
        ..Scenario::clone(&engine.active()[0])
    };
    engine.activate(Arc::new(scenario), 0);
    engine
}

fn seen() -> Seen<'static> {
    let mut seen = Seen {
        bank: Some("uk-ob-3.3"),
        operation: Some("register"),
        method: "POST",
        path: "/uk-ob-3.3/register",
        software_id: Some("software".to_owned()),
        ..Seen::default()
    };
    seen.request.claims = Some(members(json!({
        "iss": "software",
        "aud": "bank",
        "redirect_uris": ["https://tpp.example/callback"],
    })));
    seen
}

fn decide(criterion: &mut Criterion) {
    let seen = seen();
    let mut measure = |name: &str, engine: Engine| {
        criterion.bench_function(name, |bencher| {
            bencher.iter(|| engine.decide(None, black_box(&seen), black_box(0)));
        });
    };
    measure("idle", Engine::new(1));
    measure("1 rule", engine(0, Matching::default));
    measure(
        "10 rules of other operations",
        engine(9, || operation("read")),
    );
    measure(
        "1,000 rules of other operations",
        engine(999, || operation("read")),
    );
    measure(
        "1,000 rules of other claims",
        engine(999, || claim("other")),
    );
    measure("1,000 rules that count and draw", counting(1_000));
}

criterion_group!(benches, decide);
criterion_main!(benches);
