//! Every gate: calls and what they are counted by, chance, states, times, ages.

use std::time::Duration;

use crate::scenarios::cases::party::{Who, discovery, jwks, read, register, token, update};
use crate::scenarios::cases::row::{Row, advance, ready, says};
use crate::scenarios::cases::table::{Case, Stage, case, play};

fn calls() -> Vec<Case> {
    let form = |calls: &str, statuses: &[u16]| {
        let scenario = format!(
            "rules: [{{ match: {{ operation: discovery }}, calls: {calls}, respond: 503 }}]"
        );
        // What the rule is not about is not counted.
        case(
            format!("calls: {calls}"),
            scenario,
            vec![jwks().gets(200), discovery().series(statuses)],
        )
    };
    vec![
        form("3", &[200, 200, 503, 200]),
        form("1..2", &[503, 503, 200, 200]),
        form("4..", &[200, 200, 200, 503, 503, 503]),
        form("..2", &[503, 503, 200]),
        form("every 3", &[200, 200, 503, 200, 200, 503, 200]),
        form("every 1", &[503, 503]),
    ]
}

fn counted_apart() -> Vec<Case> {
    let first_of = |per: &str, operation: &str, rows: Vec<Row>| {
        let scenario = format!(
            "rules: [{{ match: {{ operation: {operation} }}, per: {per}, calls: 1, respond: 503 }}]"
        );
        case(format!("per: {per}"), scenario, rows)
    };
    let (a, b, colleague) = (
        || discovery(),
        || discovery().by(Who::B),
        || discovery().by(Who::Colleague),
    );
    vec![
        first_of(
            "rule",
            "discovery",
            vec![a().gets(503), b().gets(200), a().gets(200)],
        ),
        first_of(
            "software",
            "discovery",
            vec![
                a().gets(503),
                a().on_a_new_connection().gets(200),
                colleague().gets(503),
                b().gets(503),
                b().gets(200),
                // Who is in the certificate, whether the directory knows it or not.
                discovery().by(Who::Stranger).series(&[503, 200]),
            ],
        ),
        first_of(
            "org",
            "discovery",
            vec![
                a().gets(503),
                colleague().gets(200),
                b().gets(503),
                a().gets(200),
            ],
        ),
        first_of(
            "client",
            "read",
            vec![
                ready(Who::A),
                ready(Who::B),
                read().series(&[503, 200]),
                read().by(Who::B).series(&[503, 200]),
                read().about("nobody").gets(503),
            ],
        ),
        first_of(
            "token",
            "read",
            vec![
                read().gets(401),
                ready(Who::A),
                read().series(&[503, 200]),
                token().gets(200),
                read().series(&[503, 200]),
            ],
        ),
        first_of(
            "certificate",
            "discovery",
            vec![
                a().gets(503),
                a().on_a_new_connection().gets(200),
                discovery().by(Who::Stranger).gets(503),
                discovery().by(Who::Stranger).gets(200),
                b().gets(503),
            ],
        ),
        first_of(
            "connection",
            "discovery",
            vec![
                a().series(&[503, 200, 200]),
                a().on_a_new_connection().gets(503),
                a().gets(200),
                b().gets(503),
            ],
        ),
    ]
}

fn states_and_times() -> Vec<Case> {
    vec![
        case(
            "states",
            r"
            rules:
              - { match: { operation: jwks }, state: start, next_state: maintenance }
              - { match: { operation: discovery }, state: maintenance, next_state: over, respond: 503 }
              - { match: { operation: discovery }, state: over, respond: 504 }
            ",
            vec![
                discovery().gets(200),
                jwks().gets(200),
                discovery().series(&[503, 504, 504]),
                // A state that was left does not come again by itself.
                jwks().gets(200),
                discovery().gets(504),
            ],
        ),
        case(
            "after is inclusive",
            "rules: [{ after: 30s, respond: 503 }]",
            vec![
                discovery().gets(200),
                advance(29),
                discovery().gets(200),
                advance(1),
                discovery().gets(503),
                advance(3600),
                discovery().gets(503),
            ],
        ),
        case(
            "until is exclusive",
            "rules: [{ until: 2m, respond: 503 }]",
            vec![
                discovery().gets(503),
                advance(119),
                discovery().gets(503),
                advance(1),
                discovery().gets(200),
            ],
        ),
        case(
            "a window",
            "rules: [{ after: 10s, until: 20s, respond: 503 }]",
            vec![
                discovery().gets(200),
                advance(10),
                discovery().gets(503),
                advance(10),
                discovery().gets(200),
            ],
        ),
        case(
            "the first state is start",
            "rules: [{ state: start, next_state: gone, respond: 503 }]",
            vec![discovery().series(&[503, 200, 200])],
        ),
    ]
}

fn ages() -> Vec<Case> {
    vec![
        case(
            "age of a client",
            "rules: [{ match: { operation: read }, age: { client: ..3s }, reject: client_unknown }]",
            vec![
                ready(Who::A),
                read().gets(401),
                advance(2),
                read().gets(401),
                advance(1),
                read().gets(200),
            ],
        ),
        case(
            "age of a token",
            "rules: [{ match: { operation: read }, age: { token: 60s.. }, respond: 503 }]",
            vec![
                ready(Who::A),
                advance(59),
                read().gets(200),
                advance(1),
                read().gets(503),
                token().gets(200),
                read().gets(200),
            ],
        ),
        case(
            "age of a key",
            "rules: [{ match: { operation: register }, age: { key: ..5m }, reject: key_unknown }]",
            vec![
                register().gets(400).and(says("scripted")),
                // A key that nobody has published has no age.
                register()
                    .changed(|request| request.header("kid", "unpublished"))
                    .gets(400)
                    .and(says("unpublished")),
                advance(300),
                register().gets(201),
            ],
        ),
        case(
            "age of a certificate",
            "rules: [{ age: { certificate: 10s..20s }, respond: 503 }]",
            vec![
                discovery().gets(200),
                advance(10),
                discovery().gets(503),
                discovery().by(Who::B).gets(200),
                advance(10),
                discovery().gets(200),
                discovery().by(Who::B).gets(503),
            ],
        ),
        case(
            "age of a statement",
            "rules: [{ match: { operation: register }, age: { statement: 60s.. }, respond: 503 }]",
            vec![
                register().gets(201),
                register().with_statement_of_age(59).gets(201),
                register().with_statement_of_age(60).gets(503),
            ],
        ),
        case(
            "what has no age does not pass",
            "rules: [{ age: { token: 0s.. }, respond: 503 }]",
            vec![
                discovery().gets(200),
                register().gets(201),
                update().gets(401),
                token().gets(200),
                update().gets(503),
            ],
        ),
    ]
}

fn certain() -> Vec<Case> {
    vec![
        case(
            "chance: 0",
            "rules: [{ chance: 0, respond: 503 }]",
            vec![discovery().series(&[200; 10])],
        ),
        case(
            "chance: 1",
            "rules: [{ chance: 1, respond: 503 }]",
            vec![discovery().series(&[503; 10])],
        ),
    ]
}

#[tokio::test]
async fn calls_are_counted_from_one() {
    play(calls()).await;
}

#[tokio::test]
async fn calls_are_counted_apart() {
    play(counted_apart()).await;
}

#[tokio::test]
async fn states_and_times_open_and_close_rules() {
    play(states_and_times()).await;
}

#[tokio::test]
async fn ages_open_and_close_rules() {
    play(ages()).await;
}

#[tokio::test]
async fn a_chance_of_nothing_and_of_everything_is_certain() {
    play(certain()).await;
}

async fn drawn(scenario: &str, by: Who, pause: Duration) -> Vec<u16> {
    let mut stage = Stage::with(scenario).await;
    let mut statuses = Vec::new();
    for _ in 0..40 {
        let got = stage.send(&discovery().by(by)).await.unwrap();
        statuses.push(got.status);
        stage.bank.emulator.clock().advance(pause);
    }
    stage.end().await;
    statuses
}

#[tokio::test]
async fn draws_depend_on_seed_scenario_rule_and_number_only() {
    const SCENARIO: &str = "
name: NAME
seed: SEED
rules: [{ name: RULE, chance: 0.5, respond: 503 }]
";
    let text = |name: &str, seed: &str, rule: &str| {
        let text = SCENARIO.replace("NAME", name).replace("SEED", seed);
        text.replace("RULE", rule)
    };
    let same = text("one", "7", "first");
    let drawn_first = drawn(&same, Who::A, Duration::ZERO).await;
    assert!(drawn_first.contains(&200) && drawn_first.contains(&503));
    // Neither who asks nor when is of any matter.
    let again = drawn(&same, Who::B, Duration::from_secs(77)).await;
    assert_eq!(again, drawn_first);
    for other in [
        text("two", "7", "first"),
        text("one", "8", "first"),
        text("one", "7", "second"),
    ] {
        let drawn = drawn(&other, Who::A, Duration::ZERO).await;
        assert_ne!(drawn, drawn_first, "{other}");
    }
}
