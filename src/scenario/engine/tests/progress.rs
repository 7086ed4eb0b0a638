//! What scenarios have done: looked at, begun anew, kept and taken up again.

use std::path::Path;

use super::*;
use crate::scenario::progress::{ResumeError, RuleCount, ScenarioProgress};
use crate::scenario::{Banks, Library, parse, parse_match_value};

const TEXTS: [(&str, &str); 3] = [
    (
        "apart",
        "rules: [{ name: first, per: software, calls: 2, respond: 501 }, { name: all, calls: 5, respond: 502 }]",
    ),
    (
        "moves",
        "rules: [{ state: start, next_state: moved }, { state: moved, after: 10s, respond: 503 }]",
    ),
    (
        "limited",
        "rules: [{ limit: { calls: 1, every: 1h, burst: 1 } }]",
    ),
];

fn library() -> Library {
    let library = Library::default();
    for (name, text) in TEXTS {
        let loaded = parse(name, Path::new(name), text).unwrap();
        library.put(Arc::new(loaded.scenario), text);
    }
    library
}

/// `apart` for register only, before `moves`, which is in force from the start.
fn begun(library: &Library) -> Engine {
    let engine = Engine::new(1);
    engine.activate_from_start(library.get("moves").unwrap(), 1_000);
    let narrowed = parse_match_value(&json!({"operation": "register"}), &Banks::default());
    let narrowed = Some(Arc::new(narrowed.unwrap()));
    engine.activate_narrowed(library.get("apart").unwrap(), narrowed, 2_000);
    engine
}

fn at(engine: &Engine, operation: &str, software: &str, now: i64) -> String {
    met(&engine.decide(None, &seen(operation, software), now))
}

/// Through JSON, as a snapshot goes.
fn resumed(engine: &Engine, library: &Library) -> Engine {
    let text = serde_json::to_string(&engine.progress()).unwrap();
    let progress: Vec<ScenarioProgress> = serde_json::from_str(&text).unwrap();
    let other = Engine::new(1);
    other.activate(library.get("limited").unwrap(), 0);
    other.resume(progress, library, &Banks::default()).unwrap();
    other
}

#[test]
fn those_in_force_say_what_they_have_counted() {
    let library = library();
    let engine = begun(&library);
    for (operation, software) in [("register", "a"), ("register", "b"), ("read", "a")] {
        at(&engine, operation, software, 3_000);
    }
    let [apart, moves] = engine.in_force().try_into().unwrap();
    let count = |name: &str, calls, keys| RuleCount {
        name: name.to_owned(),
        calls,
        keys,
    };
    assert_eq!(
        apart.rules,
        [count("first", 2, Some(2)), count("all", 2, None)]
    );
    assert_eq!((apart.since, apart.from_start), (2_000, false));
    assert_eq!(apart.narrowed, Some(json!({"operation": "register"})));
    assert_eq!(apart.state, "start");
    assert_eq!((moves.since, moves.from_start), (1_000, true));
    assert_eq!(
        (moves.name.as_str(), moves.state.as_str()),
        ("moves", "moved")
    );
    assert_eq!(moves.rules, [count("1", 3, None), count("2", 3, None)]);
}

#[test]
fn a_resumed_engine_goes_on_where_the_other_stood() {
    let library = library();
    let engine = begun(&library);
    at(&engine, "register", "a", 3_000);
    let other = resumed(&engine, &library);
    assert_eq!(other.progress(), engine.progress());
    for (operation, software, now) in [
        ("register", "a", 3_000),
        ("register", "b", 4_000),
        ("read", "b", 10_999),
        ("read", "b", 11_000),
        ("register", "b", 11_000),
        ("register", "c", 11_000),
    ] {
        let [one, same] = [&engine, &other].map(|engine| at(engine, operation, software, now));
        assert_eq!(one, same, "{operation} by {software} at {now}");
    }
    assert_eq!(other.progress(), engine.progress());
}

#[test]
fn what_cannot_be_taken_up_changes_nothing() {
    let library = library();
    let engine = begun(&library);
    at(&engine, "register", "a", 3_000);
    let before = engine.progress();
    let refused = |edit: fn(&mut ScenarioProgress)| {
        let mut progress = before.clone();
        edit(&mut progress[0]);
        let refused = engine.resume(progress, &library, &Banks::default());
        assert_eq!(engine.progress(), before);
        refused.unwrap_err()
    };
    let unknown = refused(|apart| apart.name = "unknown".to_owned());
    assert!(matches!(unknown, ResumeError::Unknown { .. }), "{unknown}");
    let unreadable = refused(|apart| apart.narrowed = Some(json!({"operatoin": "read"})));
    assert!(
        unreadable.to_string().starts_with(
            "the `narrowed` of scenario `apart` cannot be used: body:1:2: found the key `operatoin`"
        ),
        "{unreadable}"
    );
    for key in ["", "0", &"é".repeat(32), &"g".repeat(64)] {
        let mut progress = before.clone();
        progress[0].rules[0].keys[0].0 = key.to_owned();
        let refused = engine.resume(progress, &library, &Banks::default());
        let is_key = matches!(&refused, Err(ResumeError::Key { rule, .. }) if rule == "first");
        assert!(is_key, "{key}: {refused:?}");
    }
    assert_eq!(engine.progress(), before);
}

#[test]
fn counts_begin_anew_and_the_order_stays() {
    let library = library();
    let engine = begun(&library);
    let own = library.get("apart").unwrap();
    for _ in 0..2 {
        at(&engine, "register", "a", 3_000);
        engine.decide(Some(&own), &seen("register", "a"), 3_000);
    }
    let names = |engine: &Engine| {
        let active = engine.active().into_iter();
        active
            .map(|scenario| scenario.name.clone())
            .collect::<Vec<_>>()
    };
    let before = names(&engine);
    engine.restart_counts(20_000);
    assert_eq!(names(&engine), before);
    for one in engine.in_force() {
        assert_eq!((one.since, one.state.as_str()), (20_000, "start"));
        assert!(one.rules.iter().all(|rule| rule.calls == 0));
    }
    // The first of its calls, and the second; the one in force is not about them.
    let of_own = || met(&engine.decide(Some(&own), &seen("read", "a"), 20_000));
    assert_eq!([of_own(), of_own()], ["bank", "501"]);
}

#[test]
fn quotas_begin_anew() {
    let library = library();
    let engine = Engine::new(1);
    engine.activate(library.get("limited").unwrap(), 0);
    let over = |engine: &Engine| at(engine, "read", "a", 0).starts_with("over");
    assert!(!over(&engine) && over(&engine));
    engine.restart_counts(0);
    assert!(!over(&engine) && over(&engine));
    let other = resumed(&engine, &library);
    assert!(!over(&other) && over(&other));
}

#[test]
fn nothing_else_is_in_force_after_a_restart() {
    let library = library();
    let engine = begun(&library);
    let from_start = ["limited", "moves"].map(|name| library.get(name).unwrap());
    engine.restart(from_start.into(), 7_000);
    let in_force: Vec<_> = engine
        .in_force()
        .into_iter()
        .map(|one| (one.name, one.from_start, one.since))
        .collect();
    let expected = |name: &str| (name.to_owned(), true, 7_000);
    assert_eq!(in_force, [expected("limited"), expected("moves")]);
    engine.restart(Vec::new(), 8_000);
    assert!(engine.is_idle());
}
