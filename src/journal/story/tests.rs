//! Stories fit a screen and say why.

use super::*;
use crate::dialect::checks::Verdict;
use crate::journal::sample;

fn told(exchange: &Exchange) -> String {
    let text = story(exchange, Masking::Masked);
    for line in text.lines() {
        assert!(line.chars().count() <= 100, "{line}");
        assert!(!line.ends_with(' '), "{line}");
    }
    assert!(text.lines().count() <= 60, "{text}");
    assert!(!text.contains("s3cret"), "{text}");
    text
}

#[test]
fn a_refused_registration_is_told_from_the_question_to_the_reason() {
    let exchange = sample::refused();
    exchange.set_delivered(Delivered::Complete, 2_000);
    let text = told(&exchange);
    for part in [
        "exchange 17 (c770aef3) of world default at 2023-11-14T22:13:20.000Z\n",
        "  asked       POST https://localhost:8443/uk-ob-3.3/register\n",
        "              register at uk-ob-3.3; HTTP/1.1, application/jose, ",
        "  by          software sw1, organisation org1\n",
        "  certificate CN=sw1; serial ",
        "  tls         TLSv1.3, TLS_AES_128_GCM_SHA256, host name localhost, http/1.1, mtls connection 3",
        "  signed      alg PS256, kid key-1, typ JWT\n",
        "  claims      iss sw1, aud https://localhost:8444/uk-ob-3.3, jti j-1, iat 10s ago, exp in 4m50s\n",
        "  redirects   https://tpp.example/cb\n",
        "  statement   iss OpenBanking Ltd, software_id sw1, org_id org1, iat 1m ago; signed with alg\n",
        "  checks      1 passed, 1 failed, 0 not reached, 1 not checked\n",
        "  failed      redirect_uris_in_statement\n",
        "    found     'https://tpp.example/cb'\n",
        "    source    OBIE DCR 3.3\n",
        "  passed      request_signature\n",
        "  answer      400, application/json, 32 bytes\n",
        "  delivered   all of it after 2.0 ms; 1.2 ms of work\n",
        "why: the check `redirect_uris_in_statement` refused it: found 'https://tpp.example/cb';",
    ] {
        assert!(text.contains(part), "{part}\n{text}");
    }
    assert!(text.lines().count() <= 40, "{text}");
}

#[test]
fn every_kind_of_end_has_a_reason_with_a_next_step() {
    let with = |change: fn(&mut Exchange)| {
        let mut exchange = sample::registered();
        change(&mut exchange);
        exchange
    };
    let scripted = |text| sample::scripted(sample::registered(), text);
    let gone = sample::registered();
    gone.set_delivered(Delivered::None, 5);
    for (exchange, expected) in [
        (sample::registered(), "every check that applies passed"),
        (gone, "the client went before it had the whole answer"),
        (sample::refused(), "refused it: found"),
        (
            sample::handshake(),
            "the TLS handshake failed (certificate expired); send a certificate",
        ),
        (
            scripted("rules: [{ respond: 503 }]"),
            "scenario `scripted`, rule `1`, call 2: it answered 201 in the bank's place; to be without it: POST /api/scenarios/scripted/deactivate",
        ),
        (
            scripted("rules: [{ fault: close, stage: after }]"),
            "without an answer after the bank did its work",
        ),
        (
            scripted("rules: [{ reject: client_unknown }]"),
            "as if the check `client_unknown` had failed",
        ),
        (
            scripted("rules: [{ sequence: [{ respond: 503 }, pass] }]"),
            "every check that applies passed",
        ),
        (
            sample::scripted(sample::refused(), "rules: [{ respond: 503 }]"),
            "the check `redirect_uris_in_statement` would have refused it anyway",
        ),
        (
            sample::scripted(
                sample::handshake(),
                "rules: [{ match: { operation: handshake }, fault: { alert: unknown_ca } }]",
            ),
            "it ended the TLS handshake by the alert `unknown_ca`",
        ),
        (
            with(|exchange| {
                exchange.operation = None;
                exchange.response = Some(sample::answer(404, "a/b", ""));
            }),
            "no operation of a bank is POST /uk-ob-3.3/register; `GET /api/banks`",
        ),
        (
            with(|exchange| {
                exchange.checks.clear();
                exchange.refused_by = Some("body_too_large");
            }),
            "`body_too_large` refused it before its content was judged",
        ),
        (
            with(|exchange| exchange.response = None),
            "there was no answer",
        ),
    ] {
        let text = why(&exchange, Masking::Masked);
        assert!(text.contains(expected), "{expected}\n{text}");
        told(&exchange);
    }
}

#[test]
fn an_answer_that_was_held_back_on_purpose_is_not_waited_for() {
    for (fault, expected) in [
        (
            "close",
            "nothing of it; the connection was ended on purpose",
        ),
        (
            "reset",
            "nothing of it; the connection was ended on purpose",
        ),
        ("{ truncate: 3 }", "a part of it at most"),
        ("stall", "nothing of it; not at its end yet"),
    ] {
        let scenario = format!("rules: [{{ fault: {fault}, stage: after }}]");
        let exchange = sample::scripted(sample::registered(), &scenario);
        let text = story(&exchange, Masking::Masked);
        assert!(text.contains(expected), "{text}");
    }
}

#[test]
fn rules_that_are_about_others_are_told_in_one_breath() {
    let scenario = sample::parsed("rules: [{ respond: 503 }]");
    for (rules, expected) in [
        (1, "1 tried; scripted/1 missed by operation\n"),
        (2, "2 tried; 2 are about other exchanges\n"),
    ] {
        let mut exchange = sample::registered();
        for _ in 0..rules {
            exchange.trail.begin(&scenario);
            exchange.trail.missed("operation");
        }
        let text = told(&exchange);
        assert!(
            text.contains(&format!("  rules       {expected}")),
            "{text}"
        );
    }
}

#[test]
fn strangers_cannot_move_the_cursor_or_fill_the_screen() {
    let mut exchange = sample::refused();
    let long = format!("\u{1b}[2J\r\u{202e}{}", "x y ".repeat(20_000));
    exchange.url.clone_from(&long);
    exchange.software_id = Some(long.clone());
    exchange.request.body = bytes::Bytes::from(long.clone()).into();
    exchange.response = Some(sample::answer(400, &"m".repeat(1_000), &long));
    for check in &mut exchange.checks {
        check.result = Verdict::Failed;
        check.seen = Some(long.clone());
        check.allowed = Some(long.clone());
    }
    let why = why(&exchange, Masking::Masked);
    let text = story(&exchange, Masking::Masked);
    assert!(!text.contains(['\u{1b}', '\r', '\u{202e}']));
    assert!(text.lines().count() < 80, "{}", text.lines().count());
    assert!(why.chars().count() < 1_000, "{}", why.len());
}

#[test]
fn the_story_for_programs_is_the_exchange_and_the_reason() {
    let view = StoryView::new(&sample::refused(), Masking::Masked);
    let value = serde_json::to_value(view).unwrap();
    assert_eq!(value["id"], 17);
    assert!(
        value["why"]
            .as_str()
            .unwrap()
            .contains("redirect_uris_in_statement")
    );
}
