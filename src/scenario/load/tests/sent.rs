//! What requests say of scenarios.

use serde_json::json;

use super::*;
use crate::scenario::{parse_match_in, parse_match_value, parse_named};

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
    assert!(bad.to_string().contains("`a b` cannot be one"), "{bad}");
}

#[test]
fn a_match_is_read_where_it_stands_in_a_body() {
    let text = r#"{"times": 1, "in_order": [{}, {"status": [201, 202], "operation": "read"}]}"#;
    let read = |path: &[&str]| parse_match_in(text, path, &["status", "rule"], &banks());
    let sought = read(&["in_order", "1"]).unwrap().unwrap();
    assert!(sought.narrowed.matching.operation.is_some());
    assert_eq!(sought.narrowed.given, json!({"operation": "read"}));
    let [(status, matcher)] = sought.besides.try_into().unwrap();
    assert_eq!(status, "status");
    assert!(matcher.matches(Some("201")) && matcher.matches(Some("202")));
    assert!(!matcher.matches(Some("200")) && !matcher.matches(None));
    let everything = read(&["in_order", "0"]).unwrap().unwrap();
    assert_eq!(everything.narrowed.given, json!({}));
    assert!(everything.besides.is_empty());
    for nothing in [
        &["match"][..],
        &["in_order", "2"],
        &["in_order", "x"],
        &["times", "x"],
    ] {
        assert!(read(nothing).unwrap().is_none(), "{nothing:?}");
    }
    for nothing in ["", "match: null", "{}"] {
        let read = parse_match_in(nothing, &["match"], &[], &banks());
        assert!(read.unwrap().is_none(), "{nothing}");
    }
}

#[test]
fn what_is_wrong_with_a_match_is_told_with_its_place_in_the_body() {
    let besides = ["status", "rule"];
    let wrong = |text| parse_match_in(text, &["match"], &besides, &banks()).unwrap_err();
    let bad = wrong("match:\n  status: {is: 1}\n  operatoin: read\n  bank: [a b]").to_string();
    let lines: Vec<&str> = bad.lines().collect();
    assert!(
        lines[0].starts_with("body:2:12: found the key `is`"),
        "{bad}"
    );
    assert!(
        lines[1].starts_with("body:3:3: found the key `operatoin`")
            && lines[1].contains(", sni, status, rule; did you mean `operation`?"),
        "{bad}"
    );
    assert!(lines[2].starts_with("body:4:10: found `a b`"), "{bad}");
    let bad = wrong("match: { rule: null, bank: a }").to_string();
    assert!(bad.starts_with("body:1:16: found nothing"), "{bad}");
    // Those beside are keys of the match alone.
    let bad = wrong("match: { jose: { status: a } }").to_string();
    assert!(bad.ends_with("allowed: kid, alg, typ"), "{bad}");
    let bad = wrong("match: all");
    assert!(
        bad.to_string().starts_with("body:1:8: found `all`"),
        "{bad}"
    );
    let bad = wrong("match: [");
    assert!(bad.to_string().starts_with("body:"), "{bad}");
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
