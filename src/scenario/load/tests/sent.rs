//! What requests say of scenarios.

use serde_json::json;

use super::*;
use crate::scenario::load::matcher::accepts;
use crate::scenario::{parse_activation, parse_match_value, parse_named};

fn banks() -> Banks {
    Banks::default()
}

#[test]
fn a_scenario_has_the_name_of_its_url() {
    for text in [
        "rules: [{ respond: 503 }]",
        "name: mine\nrules: [{ respond: 503 }]",
        r#"{"name": "mine", "rules": [{"respond": 503}]}"#,
    ] {
        let loaded = parse_named("mine", text, &banks()).unwrap();
        assert_eq!(loaded.scenario.name, "mine");
    }
}

#[test]
fn another_name_is_told_with_everything_else_that_is_wrong() {
    let text = "description: x\nname: yours\nrules: [{ respond: 1000 }]";
    let bad = parse_named("mine", text, &banks()).unwrap_err().to_string();
    let lines: Vec<&str> = bad.lines().collect();
    assert_eq!(
        lines[0],
        "body:2:7: found `yours`; allowed: `mine`, as the URL has it; or leave `name` out"
    );
    assert!(lines[1].starts_with("body:3:"), "{bad}");
    assert_eq!(lines.len(), 2, "{bad}");
}

#[test]
fn a_url_that_is_no_name_is_refused() {
    let bad = parse_named("a b", "rules: [{ respond: 503 }]", &banks()).unwrap_err();
    let bad = bad.to_string();
    assert!(bad.starts_with("body: found `a b` in the URL"), "{bad}");
    assert!(bad.ends_with("choose another name in the URL"), "{bad}");
}

#[test]
fn a_scenario_is_put_in_force_for_some_or_for_everybody() {
    let text = r#"{"match": {"operation": "read", "software_id": ["a", "b"]}}"#;
    let narrowed = parse_activation(text, &banks()).unwrap().unwrap();
    let given = json!({"operation": "read", "software_id": ["a", "b"]});
    assert_eq!(narrowed.given, given);
    let matcher = narrowed.matching.software_id.unwrap();
    assert!(accepts(&matcher, "a") && !accepts(&matcher, "c"));
    for everybody in ["{}", "match: null"] {
        assert!(parse_activation(everybody, &banks()).unwrap().is_none());
    }
}

#[test]
fn what_is_wrong_with_a_match_is_told_with_its_place_in_the_body() {
    let wrong = |text| parse_activation(text, &banks()).unwrap_err().to_string();
    let bad = wrong("match:\n  operation: {is: 1}\n  operatoin: read\n  bank: [a b]");
    let lines: Vec<&str> = bad.lines().collect();
    assert!(
        lines[0].starts_with("body:2:15: found the key `is`"),
        "{bad}"
    );
    assert!(
        lines[1].starts_with("body:3:3: found the key `operatoin`")
            && lines[1].contains("did you mean `operation`?"),
        "{bad}"
    );
    assert!(lines[2].starts_with("body:4:10: found `a b`"), "{bad}");
    for (text, expected) in [
        ("match: all", "body:1:8: found `all`"),
        (
            "{ match: {}, since: 1 }",
            "body:1:14: found the key `since`; allowed: match",
        ),
        ("- 1", "body:1:1: found a list"),
        ("match: [", "body:"),
    ] {
        let bad = wrong(text);
        assert!(bad.starts_with(expected), "{text}: {bad}");
    }
}

#[test]
fn a_match_that_is_a_value_is_given_back_as_it_was() {
    let value = json!({
        "claim": {"/a~1b": {"not": [1, 2.5, true, "ü\n\"\u{1f600}"]}},
        "header": {"x-test": {"absent": true}},
    });
    let narrowed = parse_match_value(&value, &banks()).unwrap();
    assert_eq!(narrowed.given, value);
    let bad = parse_match_value(&json!({"bank": {"is": 1}}), &banks()).unwrap_err();
    assert!(
        bad.to_string().starts_with("body:1:10: found the key `is`"),
        "{bad}"
    );
    for value in [json!(null), json!("a"), json!([])] {
        assert!(parse_match_value(&value, &banks()).is_err(), "{value}");
    }
}
