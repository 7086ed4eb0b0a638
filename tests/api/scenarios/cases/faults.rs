//! Every fault of the transport and every form of delay, on HTTP/1.1 byte by byte where that matters.

use std::time::Duration;

use tokio::io::AsyncReadExt;

use crate::scenarios::cases::party::{discovery, jwks, read, register, rest};
use crate::scenarios::cases::row::{Wire, broken_json, header, stored, text, took};
use crate::scenarios::cases::table::{Case, Stage, case, play};

/// A head that promises more than comes.
fn is_short_of(wire: &Wire, sent: usize) -> bool {
    wire.parse().is_some_and(|(_, headers, body)| {
        let length = headers["content-length"].to_str().unwrap();
        body.len() == sent && length.parse::<usize>().unwrap() > sent
    })
}

fn lost_answers() -> Vec<Case> {
    vec![
        case(
            "close, before the bank",
            "rules: [{ match: { operation: register }, calls: 1, fault: close }]",
            vec![
                register().meets_a_close(),
                stored(0),
                register().gets(201),
                stored(1),
            ],
        ),
        case(
            "close, after the bank",
            "rules: [{ match: { operation: register }, stage: after, fault: close }]",
            vec![register().meets_a_close(), stored(1)],
        ),
        case(
            "reset",
            "rules: [{ match: { operation: register }, fault: reset }]",
            vec![register().meets_a_reset(), stored(0), jwks().gets(200)],
        ),
        case(
            "reset, after the bank",
            "rules: [{ match: { operation: register }, stage: after, fault: reset }]",
            vec![register().meets_a_reset(), stored(1)],
        ),
        case(
            "a stall that ends",
            "rules: [{ match: { operation: register }, fault: { stall: 20ms } }]",
            vec![register().meets_a_close(), stored(0)],
        ),
        case(
            "garbage",
            "rules: [{ match: { operation: register }, fault: garbage }]",
            vec![
                register().on_wire("garbage", |wire| {
                    !wire.bytes.is_empty() && !wire.bytes.starts_with(b"HTTP/") && wire.end.is_ok()
                }),
                stored(0),
            ],
        ),
        case(
            "a close that comes late",
            "rules: [{ delay: 30ms, fault: close }]",
            vec![discovery().meets_a_close()],
        ),
    ]
}

fn broken_answers() -> Vec<Case> {
    vec![
        case(
            "truncate the bank's answer",
            "rules: [{ match: { operation: register }, fault: { truncate: 10 } }]",
            vec![
                register().on_wire("201 and ten bytes", |wire| {
                    is_short_of(wire, 10) && wire.bytes.starts_with(b"HTTP/1.1 201")
                }),
                stored(1),
            ],
        ),
        case(
            "truncate the rule's answer",
            "rules: [{ respond: { status: 500, body: twelve bytes }, fault: { truncate: 6 } }]",
            vec![
                register().on_wire("500 and six bytes", |wire| {
                    is_short_of(wire, 6) && wire.bytes.ends_with(b"twelve")
                }),
                stored(0),
            ],
        ),
        case(
            "truncate beyond the body: never all of it",
            "rules: [{ respond: { status: 500, body: twelve bytes }, fault: { truncate: 4000 } }]",
            vec![discovery().on_wire("eleven bytes", |wire| is_short_of(wire, 11))],
        ),
        case(
            "truncate what has no body: close",
            "rules: [{ respond: { status: 503, body: '' }, fault: { truncate: 5 } }]",
            vec![discovery().meets_a_close()],
        ),
        case(
            "drip the bank's answer",
            "rules: [{ match: { operation: register }, fault: { drip: { bytes: 400, every: 1ms } } }]",
            vec![
                register().on_wire("the whole answer", |wire| {
                    wire.parse().is_some_and(|(status, _, body)| {
                        let is_json = serde_json::from_slice::<serde_json::Value>(body).is_ok();
                        status == 201 && is_json && wire.end.is_ok()
                    })
                }),
                register().gets(201),
                stored(2),
            ],
        ),
        case(
            "drip the rule's answer in three pieces",
            "rules: [{ respond: { status: 200, body: abcdefgh }, fault: { drip: { bytes: 3, every: 15ms } } }]",
            vec![
                discovery()
                    .gets(200)
                    .and(text("abcdefgh"))
                    .and(took(Duration::from_millis(30))),
            ],
        ),
        case(
            "malformed JSON of the bank",
            "rules: [{ match: { operation: register }, fault: malformed_json }]",
            vec![register().gets(201).and(broken_json()), stored(1)],
        ),
        case(
            "malformed JSON of the rule, before and after the bank",
            r"
            rules:
              - { match: { operation: register }, calls: 1, respond: { status: 400, body: { error: no } }, fault: malformed_json }
              - { match: { operation: register }, stage: after, respond: { status: 400, body: [1] }, fault: malformed_json }
            ",
            vec![
                register().gets(400).and(broken_json()),
                stored(0),
                register().gets(400).and(broken_json()),
                stored(1),
            ],
        ),
        case(
            "malformed JSON where there was no body",
            "rules: [{ match: { operation: read }, fault: malformed_json }]",
            vec![read().gets(401).and(broken_json())],
        ),
        case(
            "a wrong length",
            "rules: [{ match: { operation: register }, fault: wrong_length }]",
            vec![
                register().on_wire("a whole body and a longer length", |wire| {
                    wire.parse().is_some_and(|(status, headers, body)| {
                        let length = headers["content-length"].to_str().unwrap();
                        let is_json = serde_json::from_slice::<serde_json::Value>(body).is_ok();
                        status == 201 && is_json && length.parse::<usize>().unwrap() > body.len()
                    })
                }),
                stored(1),
            ],
        ),
        case(
            "a fault of an answer that is over a limit",
            "rules: [{ limit: { calls: 1, every: 1m }, fault: wrong_length, interaction_id: omit }]",
            vec![
                discovery().gets(200),
                discovery().on_wire("429 with a length", |wire| {
                    wire.parse().is_some_and(|(status, headers, body)| {
                        let length = headers["content-length"].to_str().unwrap();
                        status == 429
                            && headers.contains_key("retry-after")
                            && length.parse::<usize>().unwrap() > body.len()
                            && !headers.contains_key("x-fapi-interaction-id")
                    })
                }),
            ],
        ),
    ]
}

fn delays() -> Vec<Case> {
    let late = |delay: &str, least: u64| {
        let scenario = format!("rules: [{{ delay: {delay} }}]");
        let row = discovery().gets(200);
        case(
            format!("delay: {delay}"),
            scenario,
            vec![row.and(took(Duration::from_millis(least)))],
        )
    };
    vec![
        late("40ms", 40),
        late("{ from: 30ms, to: 50ms }", 30),
        late("{ median: 40ms, p99: 40ms }", 39),
        case(
            "a delay on the world's frozen clock passes all the same",
            "rules: [{ match: { operation: register }, delay: 30ms, respond: 504 }]",
            vec![
                register().gets(504).and(took(Duration::from_millis(30))),
                stored(0),
            ],
        ),
        case(
            "a delay after the bank's work",
            "rules: [{ match: { operation: register }, stage: after, delay: 20ms, respond: { status: 504, headers: { X-Late: yes } } }]",
            vec![
                register()
                    .gets(504)
                    .and(took(Duration::from_millis(20)))
                    .and(header("x-late", "yes")),
                stored(1),
            ],
        ),
    ]
}

#[tokio::test]
async fn answers_get_lost() {
    play(lost_answers()).await;
}

#[tokio::test]
async fn answers_are_broken() {
    play(broken_answers()).await;
}

#[tokio::test]
async fn answers_are_late() {
    play(delays()).await;
}

/// Waits until the rule with the stall has been reached: it moved the state.
async fn until_reached(stage: &mut Stage) {
    for _ in 0..1000 {
        if stage.send(&jwks()).await.unwrap().status == 299 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    panic!("the rule was not reached");
}

#[tokio::test]
async fn an_answer_that_is_stalled_or_very_late_does_not_come_until_the_end() {
    for (effect, stored) in [
        ("fault: stall", 0),
        ("fault: { stall: 1h }", 0),
        ("stage: after, fault: stall", 1),
        ("delay: 1h", 1),
        ("delay: { median: 1h, p99: 1h }", 1),
    ] {
        let scenario = format!(
            "
rules:
  - {{ match: {{ operation: register }}, next_state: reached, {effect} }}
  - {{ match: {{ operation: jwks }}, state: reached, respond: 299 }}
"
        );
        let mut stage = Stage::with(&scenario).await;
        let mut stream = stage.open(&register()).await;
        until_reached(&mut stage).await;
        for _ in 0..1000 {
            if stage
                .bank
                .emulator
                .clients("uk-ob-3.3")
                .await
                .unwrap()
                .len()
                == stored
            {
                break;
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        let clients = stage.bank.emulator.clients("uk-ob-3.3").await.unwrap();
        assert_eq!(clients.len(), stored, "{effect}");
        let mut byte = [0; 1];
        let soon = tokio::time::timeout(Duration::from_millis(30), stream.read(&mut byte));
        assert!(soon.await.is_err(), "{effect}: something came");
        // The stop of the emulator ends the wait.
        let stopping = tokio::task::spawn_blocking(move || drop(stage));
        let (bytes, end) = rest(stream).await;
        stopping.await.unwrap();
        let is_answered = bytes.starts_with(b"HTTP/1.1 201");
        assert_eq!(
            is_answered,
            effect.starts_with("delay"),
            "{effect}: {end:?}"
        );
    }
}

#[tokio::test]
async fn on_http_2_a_close_is_of_the_stream_and_a_reset_of_the_connection() {
    let scenario = "
rules:
  - { match: { operation: register }, fault: close }
  - { match: { operation: read }, fault: reset }
  - { match: { operation: discovery }, per: connection, calls: 1, respond: 299 }
";
    let mut stage = Stage::with(scenario).await;
    assert_eq!(stage.send(&discovery()).await.unwrap().status, 299);
    assert!(stage.send(&register()).await.is_err());
    assert_eq!(
        stage.send(&discovery()).await.unwrap().status,
        200,
        "the same connection"
    );
    assert!(stage.send(&read()).await.is_err());
    assert_eq!(
        stage.send(&discovery()).await.unwrap().status,
        299,
        "another one"
    );
}
