//! Rules together: order, counting, states.

use std::time::Duration;

use crate::scenarios::cases::party::{Who, discovery, jwks, register};
use crate::scenarios::cases::row::{Id, advance, header, stored, took};
use crate::scenarios::cases::table::{Case, case, play};

fn cases() -> Vec<Case> {
    vec![
        case(
            "the first that applies decides",
            r"
            rules:
              - { match: { operation: jwks }, respond: 500 }
              - { match: { operation: discovery }, respond: 502 }
              - respond: 503
            ",
            vec![jwks().gets(500), discovery().gets(502), register().gets(503)],
        ),
        case(
            "a rule below counts what a rule above answered",
            r"
            rules:
              - { match: { operation: register }, calls: 1..2, respond: 429 }
              - { match: { operation: register }, calls: 3, respond: 503 }
            ",
            vec![register().series(&[429, 429, 503, 201]), stored(1)],
        ),
        case(
            "a rule above counts what a rule below answered",
            r"
            rules:
              - { match: { operation: [register, jwks] }, calls: 2, respond: 500 }
              - { match: { operation: jwks }, respond: 503 }
            ",
            vec![jwks().gets(503), register().gets(500), jwks().gets(503)],
        ),
        case(
            "a delay above goes with the answer below; the first delay stays",
            r"
            rules:
              - { match: { operation: discovery }, delay: 30ms }
              - { delay: 10s }
              - { match: { operation: discovery }, respond: 503 }
            ",
            vec![discovery().gets(503).and(took(Duration::from_millis(30)))],
        ),
        case(
            "an interaction id above goes with the answer below; the first stays",
            r"
            rules:
              - { interaction_id: replace }
              - { interaction_id: omit, respond: 503 }
            ",
            vec![discovery().gets(503).with_id(Id::Fresh)],
        ),
        case(
            "a delay below an answer is not reached",
            r"
            rules:
              - { respond: 503 }
              - { delay: 1h }
            ",
            vec![discovery().gets(503)],
        ),
        case(
            "within a limit the search goes on, over it no more",
            r"
            rules:
              - { match: { operation: discovery }, limit: { calls: 1, every: 1m } }
              - { match: { operation: discovery }, respond: { status: 503, headers: { Retry-After: null } } }
            ",
            vec![
                discovery().gets(503),
                discovery().gets(429).and(header("retry-after", "60")),
                advance(60),
                discovery().gets(503),
            ],
        ),
        case(
            "two limits: the first that is exceeded",
            r"
            rules:
              - { per: software, limit: { calls: 1, every: 10s } }
              - { limit: { calls: 2, every: 1h } }
            ",
            vec![
                discovery().gets(200),
                discovery().gets(429).and(header("retry-after", "10")),
                discovery().by(Who::B).gets(200),
                discovery()
                    .by(Who::Colleague)
                    .gets(429)
                    .and(header("retry-after", "1800")),
            ],
        ),
        case(
            "a sequence that is over leaves the bank to answer; a rule below for its calls is reached by `calls` above",
            r"
            rules:
              - { match: { operation: discovery }, calls: 3.., respond: 504 }
              - { match: { operation: discovery }, sequence: [{ respond: 503 }, pass] }
              - { respond: 500 }
            ",
            vec![discovery().series(&[503, 200, 504, 504]), jwks().gets(500)],
        ),
        case(
            "a step with only a delay lets the search go on",
            r"
            rules:
              - { match: { operation: discovery }, sequence: [{ delay: 20ms }, pass] }
              - { respond: 503 }
            ",
            vec![
                discovery().gets(503).and(took(Duration::from_millis(20))),
                // `pass`, and what is beyond the sequence: the bank answers.
                discovery().series(&[200, 200]),
            ],
        ),
        case(
            "the state that a request made is seen by the next request only",
            r"
            rules:
              - { match: { operation: register }, state: start, next_state: down }
              - { match: { operation: register }, state: down, respond: 503 }
            ",
            vec![register().series(&[201, 503, 503]), stored(1)],
        ),
        case(
            "a rule that is not reached moves no state, one that adds does",
            r"
            rules:
              - { match: { operation: discovery }, calls: 1, respond: 503 }
              - { match: { operation: discovery }, delay: 1ms, next_state: seen }
              - { match: { operation: jwks }, state: seen, respond: 299 }
            ",
            vec![
                discovery().gets(503),
                jwks().gets(200),
                discovery().gets(200),
                jwks().gets(299),
            ],
        ),
        case(
            "a check that the bank does not have skips the rule",
            r"
            rules:
              - { match: { operation: register }, reject: jwks_by_value }
              - { match: { operation: register }, respond: 503 }
            ",
            vec![
                register().gets(503),
                register().at("open-finance-brasil").by(Who::Brazilian).gets(400),
            ],
        ),
        case(
            "the request's own scenario goes before those in force",
            "{ name: first, rules: [{ respond: 500 }] }",
            vec![
                discovery().gets(500),
                discovery().header("x-emulator-scenario", "own").gets(503),
                // Its first call is over; then the others are tried.
                discovery().header("x-emulator-scenario", "own").gets(500),
            ],
        )
        .and_file("own.yaml", "rules: [{ calls: 1, respond: 503 }]"),
        case(
            "the request's own scenario counts only requests that choose it, from its first use on",
            "{ name: nothing, rules: [{ match: { bank: uk-ob-3.1 }, respond: 500 }] }",
            vec![
                discovery().series(&[200, 200]),
                advance(100),
                discovery().header("x-emulator-scenario", "own").gets(503),
                discovery().gets(200),
                discovery().header("x-emulator-scenario", "own").gets(503),
                discovery().header("x-emulator-scenario", "own").gets(504),
                advance(10),
                discovery().header("x-emulator-scenario", "own").gets(299),
            ],
        )
        .and_file(
            "own.yaml",
            "rules: [{ after: 10s, respond: 299 }, { calls: 1..2, respond: 503 }, { calls: 3, respond: 504 }]",
        ),
        case(
            "a scenario of the request that is in force too is counted apart",
            "{ name: twice, rules: [{ calls: 1..2, respond: 503 }] }",
            vec![
                discovery().header("x-emulator-scenario", "twice").gets(503),
                discovery().gets(503),
                discovery().header("x-emulator-scenario", "twice").gets(503),
                discovery().gets(200),
                discovery().header("x-emulator-scenario", "twice").gets(200),
            ],
        ),
        case(
            "several from the start are tried in the order in which they were named",
            "{ name: one, rules: [{ match: { operation: jwks }, respond: 500 }, { delay: 1ms }] }",
            vec![jwks().gets(500), discovery().gets(503), register().gets(503)],
        )
        .and_active("{ name: two, rules: [{ respond: 503 }] }"),
        case(
            "each scenario has a state of its own",
            "{ name: one, rules: [{ match: { operation: jwks }, next_state: down }, { match: { operation: discovery }, state: down, respond: 500 }] }",
            vec![jwks().gets(200), register().gets(201), discovery().gets(500)],
        )
        .and_active("{ name: two, rules: [{ match: { operation: register }, state: down, respond: 503 }, { match: { operation: read }, next_state: down, respond: 502 }] }"),
    ]
}

#[tokio::test]
async fn rules_work_together() {
    play(cases()).await;
}
