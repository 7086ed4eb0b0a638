//! Every scenario that is made can be read, and does what it repeats.

use bytes::Bytes;
use proptest::prelude::*;

use super::*;
use crate::journal::exchange::Headers;
use crate::journal::sample;
use crate::scenario::Scenario;
use crate::scenario::model::{Answer as Scripted, Body, Effect, Respond};

fn parsed(exchange: &Exchange) -> Scenario {
    let text = scenario_of(exchange, Masking::Revealed);
    match scenario::parse("repeat", Path::new("repeat.yaml"), &text) {
        Ok(loaded) => {
            assert!(loaded.warnings.is_empty(), "{text}\n{:?}", loaded.warnings);
            loaded.scenario
        }
        Err(error) => panic!("{error}\n{text}"),
    }
}

fn effect(scenario: &Scenario) -> &Effect {
    effect_of(&scenario.rules[0], Some(1)).unwrap()
}

fn responded(scenario: &Scenario) -> &Respond {
    match &effect(scenario).answer {
        Some(Scripted::Respond(respond)) => respond,
        other => panic!("{other:?}"),
    }
}

fn body(respond: &Respond) -> Option<&str> {
    match &respond.body {
        Some(Body::Text(text)) => Some(text),
        None => None,
        Some(other) => panic!("{other:?}"),
    }
}

fn answering(status: u16, fields: &[(&str, &str)], body: &[u8]) -> Exchange {
    Exchange {
        response: Some(Answer {
            status,
            headers: sample::head(fields),
            body: Bytes::copy_from_slice(body).into(),
        }),
        ..sample::registered()
    }
}

#[test]
fn an_answer_is_repeated_for_the_same_bank_operation_and_software() {
    let exchange = answering(
        503,
        &[
            ("content-type", "application/json"),
            ("retry-after", "7"),
            ("date", "x"),
            ("content-length", "2"),
        ],
        b"{\"error\":\"it's \\\"down\\\"\"}",
    );
    assert_eq!(
        scenario_of(&exchange, Masking::Masked),
        "name: repeat-17\n\
         description: What exchange 17 met at 2023-11-14T22:13:20.000Z is met again.\n\
         rules:\n  \
           - match: { bank: 'uk-ob-3.3', operation: register, software_id: 'sw1' }\n    \
             respond:\n      \
               status: 503\n      \
               headers:\n        \
                 'content-type': 'application/json'\n        \
                 'retry-after': '7'\n        \
                 'x-fapi-interaction-id': null\n      \
               template: false\n      \
               body: '{\"error\":\"it''s \\\"down\\\"\"}'\n"
    );
    let scenario = parsed(&exchange);
    assert_eq!(responded(&scenario).status, 503);
    assert!(effect(&scenario).fault.is_none());
}

#[test]
fn bodies_of_every_shape_come_back_as_they_were() {
    for sent in [
        "",
        "plain",
        "429",
        "true",
        "null",
        "{\"a\":[1.10,\"\\u00e9\"]}",
        "it's \"quoted\" \\ # no comment: {{ no template }} {% %}",
        " leading and trailing \n\nlines\r\n\ttab ",
        "- list\n...\n---\n%YAML",
        "<html>\u{85}\u{2028}\u{feff}\u{7f}\u{1b}\u{0}</html>",
        "😀 ä \u{fffe}\u{ffff}",
    ] {
        let scenario = parsed(&answering(200, &[("content-type", "a/b")], sent.as_bytes()));
        assert_eq!(body(responded(&scenario)), Some(sent));
    }
}

#[test]
fn a_status_without_a_body_has_none_and_no_media_type() {
    let scenario = parsed(&answering(204, &[], b""));
    let respond = responded(&scenario);
    assert_eq!((respond.status, body(respond)), (204, None));
    let absent = ["content-type", "date", "x-fapi-interaction-id"];
    assert_eq!(respond.headers.len(), absent.len());
    for ((name, value), absent) in respond.headers.iter().zip(absent) {
        assert_eq!(name.as_str(), absent);
        assert!(value.is_none());
    }
}

#[test]
fn header_values_that_look_like_templates_are_sent_as_they_were() {
    let value = r#"{{ x }} "q" \ {% y"#;
    let scenario = parsed(&answering(200, &[("x-a", value), ("x-a", "2")], b""));
    let (name, template) = &responded(&scenario).headers[0];
    let rendered = template
        .as_ref()
        .unwrap()
        .render(&serde_json::json!({}))
        .unwrap();
    assert_eq!((name.as_str(), rendered), ("x-a", format!("{value}, 2")));
}

#[test]
fn what_is_no_text_or_too_long_is_repeated_in_part_and_says_so() {
    let binary = answering(200, &[], b"\xff\xfeok");
    assert_eq!(
        body(responded(&parsed(&binary))),
        Some("\u{fffd}\u{fffd}ok")
    );
    assert!(scenario_of(&binary, Masking::Masked).starts_with("# The body was no text"));
    let long = answering(200, &[], "\u{1}".repeat(LONGEST_BODY + 1).as_bytes());
    assert_eq!(body(responded(&parsed(&long))).unwrap().len(), LONGEST_BODY);
    let secret = scenario_of(&sample::registered(), Masking::Masked);
    assert!(
        secret.starts_with("# Secrets of the body are masked"),
        "{secret}"
    );
    assert!(!secret.contains("s3cret"));
}

#[test]
fn faults_are_repeated_with_or_without_the_answer() {
    for (fault, has_answer) in [
        ("close", false),
        ("reset", false),
        ("stall", false),
        ("{ stall: 20s }", false),
        ("garbage", false),
        ("{ truncate: 10 }", true),
        ("{ drip: { bytes: 5, every: 100ms } }", true),
        ("wrong_length", true),
    ] {
        let original = format!("rules: [{{ fault: {fault}, stage: after }}]");
        let exchange = sample::scripted(sample::registered(), &original);
        let scenario = parsed(&exchange);
        let effect = effect(&scenario);
        let wanted = effect_of(
            &exchange.trail.iter().next().unwrap().scenario.rules[0],
            Some(1),
        )
        .unwrap();
        assert_eq!(effect.fault, wanted.fault, "{fault}");
        assert_eq!(effect.answer.is_some(), has_answer, "{fault}");
        assert_eq!(scenario.rules[0].stage, Stage::After);
    }
    let malformed = sample::scripted(sample::registered(), "rules: [{ fault: malformed_json }]");
    let scenario = parsed(&malformed);
    assert!(effect(&scenario).fault.is_none());
}

#[test]
fn a_delay_and_a_missing_interaction_id_are_repeated() {
    let mut exchange = sample::scripted(
        sample::registered(),
        "rules: [{ sequence: [pass, { respond: 503, interaction_id: omit }] }]",
    );
    exchange.timings.delay_ms = 250;
    let scenario = parsed(&exchange);
    let effect = effect(&scenario);
    assert!(effect.delay.is_some());
    assert_eq!(effect.interaction_id, Some(InteractionIdEffect::Omit));
}

#[test]
fn what_got_no_answer_gets_none_again() {
    let mut exchange = sample::registered();
    exchange.response = None;
    assert_eq!(effect(&parsed(&exchange)).fault, Some(Fault::Close));
}

#[test]
fn handshakes_fail_again_by_the_alert_that_was_sent() {
    let alert = |exchange: &Exchange| match effect(&parsed(exchange)).fault {
        Some(Fault::Alert(alert)) => alert.name,
        ref other => panic!("{other:?}"),
    };
    assert_eq!(alert(&sample::handshake()), "certificate_expired");
    let scripted = "rules: [{ match: { operation: handshake }, fault: { alert: unknown_ca } }]";
    assert_eq!(
        alert(&sample::scripted(sample::handshake(), scripted)),
        "unknown_ca"
    );
    let missing = failed("certificate_missing", "peer sent no certificates");
    assert_eq!(alert(&missing), "certificate_required");
    let invalid = |detail| failed("certificate_unknown_ca", detail);
    for (detail, expected) in [
        ("UnknownIssuer", "unknown_ca"),
        ("BadSignature", "decrypt_error"),
    ] {
        assert_eq!(alert(&invalid(detail)), expected);
    }
    for (cause, expected) in [
        ("certificate_not_yet_valid", "certificate_expired"),
        ("certificate_revoked", "certificate_revoked"),
        ("certificate_wrong_purpose", "unsupported_certificate"),
        ("certificate_invalid", "bad_certificate"),
        ("certificate_proof_invalid", "decrypt_error"),
        ("timed_out", "handshake_failure"),
    ] {
        assert_eq!(alert(&failed(cause, "")), expected, "{cause}");
    }
    let mut unknown = sample::handshake();
    unknown.handshake.as_mut().unwrap().cause = "of_our_own";
    unknown.software_id = Some("sw1".to_owned());
    assert_eq!(alert(&unknown), "handshake_failure");
}

fn failed(cause: &'static str, detail: &str) -> Exchange {
    let mut exchange = sample::handshake();
    let failed = exchange.handshake.as_mut().unwrap();
    (failed.cause, failed.detail) = (cause, detail.to_owned());
    exchange
}

#[test]
fn what_no_rule_ever_saw_has_no_scenario() {
    for (by, expected) in [
        (None, true),
        (Some("redirect_uris_in_statement"), true),
        (Some("body_too_large"), true),
        (Some("uri_too_long"), false),
        (Some("unknown_world"), false),
    ] {
        let exchange = Exchange {
            refused_by: by,
            ..sample::registered()
        };
        assert_eq!(has_scenario(&exchange), expected, "{by:?}");
    }
}

#[test]
fn requests_without_bank_or_operation_are_matched_by_method_and_path() {
    for path in ["/nowhere", "/a*b[c]?d", "/it's", "*", "/w/x"] {
        for method in ["GET", "TRACE", "BREW"] {
            let mut exchange = answering(404, &[], b"");
            exchange.bank = None;
            exchange.operation = None;
            exchange.software_id = None;
            exchange.method = method.to_owned();
            exchange.path = path.to_owned();
            let scenario = parsed(&exchange);
            let matching = &scenario.rules[0].matching;
            let seen = crate::scenario::Seen {
                method,
                path,
                ..crate::scenario::Seen::default()
            };
            assert_eq!(matching.missed(&seen), None, "{method} {path}");
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_answer_makes_a_scenario_that_can_be_read(
        status in 100_u16..1000,
        body in any::<String>(),
        value in prop::collection::vec(any::<u8>(), 0..40),
        software in "\\PC{0,20}",
    ) {
        let mut exchange = answering(status, &[], body.as_bytes());
        exchange.software_id = Some(software);
        if let Some(answer) = &mut exchange.response {
            answer.headers = Headers::from_iter([("x-any", &value[..])]);
        }
        parsed(&exchange);
    }
}
