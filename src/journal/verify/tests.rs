//! Expectations that hold, and those that do not.

use super::*;
use crate::journal::{JournalLimits, sample};
use crate::scenario::{Banks, ExpectationBody, parse_expectation};

/// Four exchanges: registered, refused, scripted, a failed handshake.
fn journal() -> Journal {
    journal_that_keeps(1_000)
}

fn journal_that_keeps(exchanges: usize) -> Journal {
    let journal = Journal::new(JournalLimits {
        exchanges,
        ..JournalLimits::default()
    });
    journal.push(sample::registered());
    journal.push(sample::refused());
    let mut scripted = sample::scripted(sample::registered(), "rules: [{ respond: 503 }]");
    scripted.response = Some(sample::answer(503, "text/plain", ""));
    scripted.request.headers = sample::head(&[("authorization", "Bearer s3cret")]);
    journal.push(scripted);
    journal.push(sample::handshake());
    journal
}

fn expect(text: &str) -> Verification {
    let expectation = parse_expectation(text, &Banks::default()).unwrap();
    verify(&expectation, &journal())
}

#[test]
fn exchanges_are_counted_by_what_was_asked_and_what_became_of_it() {
    for (matching, expected) in [
        ("{}", 3),
        ("{ operation: register }", 3),
        ("{ operation: handshake }", 1),
        ("{ operation: handshake, sni: LOCALHOST }", 1),
        ("{ status: 400 }", 1),
        ("{ status: [201, '503'] }", 2),
        ("{ status: { not: 201 } }", 2),
        ("{ status: { absent: true }, operation: handshake }", 1),
        ("{ scenario: scripted, rule: 1 }", 1),
        ("{ scenario: { absent: true } }", 2),
        ("{ interaction_id: { starts_with: c77 } }", 3),
        (
            "{ claim: { /jti: j-1 }, statement: { /org_id: org1 }, jose: { kid: key-1 } }",
            3,
        ),
        ("{ claim: { /iat: '1699999990' } }", 0),
        (
            "{ certificate: { subject: { contains: sw1 } }, bank: uk-ob-3.3, software_id: sw1 }",
            3,
        ),
        (
            "{ header: { Accept: application/json }, path: /*/register, method: POST }",
            2,
        ),
    ] {
        let verification = expect(&format!(
            "{{ match: {matching}, times: {{ exactly: {expected} }} }}"
        ));
        assert!(verification.ok, "{matching}: {verification}");
        assert!(verification.nearest.is_empty());
    }
}

#[test]
fn without_a_number_one_is_enough() {
    assert!(expect("match: { status: 201 }").ok);
    assert!(!expect("match: { status: 202 }").ok);
    assert!(expect("{ match: {}, times: { at_least: 2, at_most: 3 } }").ok);
    assert!(!expect("{ match: {}, times: { at_most: 2 } }").ok);
}

#[test]
fn the_nearest_exchanges_say_what_they_miss() {
    let verification = expect("match: { operation: register, status: 201, claim: { /jti: j-2 } }");
    assert!(!verification.ok);
    assert_eq!(verification.count, 0);
    assert_eq!(
        verification.why.as_deref(),
        Some("found 0 of 4 exchanges that match; allowed: at least 1")
    );
    let nearest = &verification.nearest;
    assert_eq!(nearest.len(), 3);
    assert_eq!(nearest[0].exchange.id, 1);
    assert_eq!(
        nearest[0].missed,
        [MissedMember {
            member: "claim/jti".to_owned(),
            found: "`\"j-1\"`".to_owned(),
            allowed: "`\"j-2\"`".to_owned(),
        }]
    );
    // Of those that miss as much, the latest; the handshake is of another operation.
    let ids: Vec<u64> = nearest.iter().map(|near| near.exchange.id).collect();
    assert_eq!(ids, [1, 3, 2]);
    let text = verification.to_string();
    for line in [
        "\n  exchange 3: register, POST /uk-ob-3.3/register -> 503\n",
        "\n    status: found `503`; allowed: `201`",
    ] {
        assert!(text.contains(line), "{text}");
    }
}

#[test]
fn where_there_are_too_many_those_that_match_are_named() {
    let verification = expect("{ match: { status: 201 }, times: { exactly: 0 } }");
    assert_eq!((verification.ok, verification.count), (false, 1));
    assert_eq!(verification.nearest[0].exchange.id, 1);
    assert!(verification.nearest[0].missed.is_empty());
}

#[test]
fn an_order_holds_with_others_in_between() {
    assert!(expect("in_order: [{ status: 201 }, { status: 503 }, { operation: handshake }]").ok);
    let verification = expect("in_order: [{ status: 400 }, { status: 201 }, {}]");
    assert_eq!((verification.ok, verification.count), (false, 1));
    assert_eq!(
        verification.why.as_deref(),
        Some("found no exchange after exchange 2 for element 2 of 3")
    );
    assert_eq!(verification.nearest[0].exchange.id, 3);
    let twice = expect("in_order: [{ status: 201 }, { status: 201 }]");
    assert!(!twice.ok);
}

#[test]
fn what_depends_on_exchanges_that_are_gone_does_not_hold() {
    // Of the four, 201 and 400 are gone.
    let journal = journal_that_keeps(2);
    let judge = |text: &str| {
        let expectation = parse_expectation(text, &Banks::default()).unwrap();
        verify(&expectation, &journal)
    };
    for (text, is_ok, names_gone) in [
        (
            "{ match: { status: 201 }, times: { exactly: 0 } }",
            false,
            true,
        ),
        (
            "{ match: { status: 503 }, times: { exactly: 1 } }",
            false,
            true,
        ),
        (
            "{ match: { status: 503 }, times: { at_most: 2 } }",
            false,
            true,
        ),
        (
            "{ match: { status: 503 }, times: { at_most: 3 } }",
            true,
            false,
        ),
        (
            "{ match: { status: 503 }, times: { at_least: 1 } }",
            true,
            false,
        ),
        (
            "{ match: { status: 503 }, times: { at_least: 2 } }",
            false,
            true,
        ),
        // More cannot make it right.
        (
            "{ match: { status: 503 }, times: { exactly: 0 } }",
            false,
            false,
        ),
        (
            "in_order: [{ status: 503 }, { operation: handshake }]",
            true,
            false,
        ),
        ("in_order: [{ status: 201 }, { status: 503 }]", false, true),
    ] {
        let verification = judge(text);
        assert_eq!(verification.ok, is_ok, "{text}: {verification}");
        let says = "; 2 older exchanges are gone; raise limits.journal";
        assert_eq!(
            verification.to_string().contains(says),
            names_gone,
            "{text}"
        );
    }
    journal.clear();
    assert!(
        verify(
            &parse_expectation("{ match: {}, times: { exactly: 0 } }", &Banks::default()).unwrap(),
            &journal
        )
        .ok
    );
}

#[test]
fn what_was_found_shows_no_secret() {
    let verification = expect("match: { header: { authorization: Bearer other }, status: 503 }");
    let missed = &verification.nearest[0].missed[0];
    assert_eq!(
        (missed.member.as_str(), missed.found.as_str()),
        ("header.authorization", "`Bearer ***`")
    );
}

#[test]
fn a_bad_expectation_names_line_and_column() {
    for (text, expected) in [
        (
            "match: { operation: registr }",
            "body:1:21: found the operation `registr`; allowed: register",
        ),
        (
            "match: { stat: 400 }",
            "body:1:10: found the key `stat`; allowed: bank",
        ),
        (
            "times: { exactly: 1 }",
            "body:1:1: found neither `match` nor `in_order`; allowed: one of them",
        ),
        (
            "{ match: {}, in_order: [{}] }",
            "body:1:1: found `match` and `in_order`; allowed: one of them",
        ),
        (
            "in_order: []",
            "body:1:11: found an empty list; allowed: at least one match",
        ),
        (
            "{ match: {}, times: {} }",
            "body:1:21: found no number; allowed: exactly",
        ),
        (
            "{ match: {}, times: { exactly: 1, at_most: 2 } }",
            "found `exactly` beside other keys",
        ),
        (
            "{ match: {}, times: { at_least: 3, at_most: 2 } }",
            "found an `at_least` above `at_most`",
        ),
        ("{ match: {}, times: { exactly: -1 } }", "body:1:32: found"),
        (
            "{ in_order: [{}], times: { exactly: 1 } }",
            "found `times` beside `in_order`",
        ),
        (
            "{ match: {}, within: 61s }",
            "body:1:22: found `61s`; allowed: at most 60s",
        ),
        ("{ match: {}, within: soon }", "body:1:22: found `soon`"),
        ("[]", "body:1:1: found a list"),
    ] {
        let error = parse_expectation(text, &Banks::default())
            .unwrap_err()
            .to_string();
        assert!(error.contains(expected), "{text}: {error}");
    }
}

#[test]
fn the_schema_of_expectations_takes_what_the_loader_takes() {
    let schema = schemars::schema_for!(ExpectationBody).to_value();
    let validator = jsonschema::validator_for(&schema).unwrap();
    for (text, is_right) in [
        (
            r#"{"match":{"operation":"register","status":400},"times":{"exactly":1},"within":"5s"}"#,
            true,
        ),
        (
            r#"{"in_order":[{"status":[200,"201"]},{"scenario":{"absent":true}}]}"#,
            true,
        ),
        (r#"{"match":{}}"#, true),
        (r#"{"match":{},"in_order":[{}]}"#, false),
        (r#"{"match":{"stat":400}}"#, false),
        (r#"{"in_order":[]}"#, false),
    ] {
        let value = serde_json::from_str(text).unwrap();
        assert_eq!(validator.is_valid(&value), is_right, "{text}");
        assert_eq!(
            parse_expectation(text, &Banks::default()).is_ok(),
            is_right,
            "{text}"
        );
    }
}
