//! Whatever stands in a file, it is judged.

use std::path::Path;

use proptest::prelude::*;

use crate::scenario::{Template, looks_like_one, parse};

/// Pieces that scenario files are made of, and some that they are not.
fn pieces() -> impl Strategy<Value = String> {
    let piece = prop_oneof![
        Just("rules:\n  - "),
        Just("match: { "),
        Just("operation: "),
        Just("register"),
        Just("handshake"),
        Just(" }"),
        Just(", "),
        Just("\n    "),
        Just("calls: "),
        Just("1..2"),
        Just("every 5"),
        Just("respond: "),
        Just("503"),
        Just("{ status: "),
        Just("headers: { a: "),
        Just("body: "),
        Just("fault: "),
        Just("close"),
        Just("{ alert: unknown_ca }"),
        Just("{ drip: { bytes: 3, every: 1s } }"),
        Just("delay: "),
        Just("250ms"),
        Just("[ "),
        Just(" ]"),
        Just("alter: "),
        Just("{ set: /a, to: "),
        Just("null"),
        Just("-1"),
        Just("1e9"),
        Just(".nan"),
        Just("'"),
        Just("\""),
        Just("{{ now }}"),
        Just("{% if"),
        Just("&a "),
        Just("*a"),
        Just("<<: "),
        Just("? "),
        Just("sequence: "),
        Just("pass"),
        Just("chance: 0.5"),
        Just("age: { key: ..5m }"),
        Just("claim: { /a: "),
        Just("regex: "),
        Just("("),
        Just("é"),
        Just("99999999999999999999999"),
        Just("!!int "),
        Just("---\n"),
        Just("policy: {}\n"),
    ];
    prop::collection::vec(piece, 0..40).prop_map(|pieces| pieces.concat())
}

proptest! {
    #[test]
    fn any_bytes_are_judged(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let text = String::from_utf8_lossy(&bytes);
        let _ = parse("x", Path::new("f"), &text);
        let _ = looks_like_one(&text);
    }

    #[test]
    fn anything_like_a_scenario_is_judged(text in pieces()) {
        if let Err(bad) = parse("x", Path::new("f"), &text) {
            prop_assert!(!bad.problems.is_empty());
        }
        let _ = looks_like_one(&text);
    }

    #[test]
    fn any_template_is_judged(source in "[{}%#\"'|. \\\\a-e(é\n~]{0,40}") {
        if let Ok(template) = Template::parse(&source) {
            let _ = template.render(&serde_json::json!({}));
        }
    }
}
