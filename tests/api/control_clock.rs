//! The time of a world, by the control API, and everything that follows it.

use std::time::Duration;

use aspsp_emulator::Emulator;
use reqwest::header::DATE;
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::clients::members;
use crate::helpers::{BANK, TestBank, TestTpp};
use crate::key_stores::part;
use crate::steering::{assert_problem, call, done, read};

const CLOCK: &str = "/api/clock";
const ADVANCE: &str = "/api/clock/advance";
const THEN: &str = "2031-05-06T07:08:09Z";

fn time_of(value: &Value) -> OffsetDateTime {
    OffsetDateTime::parse(value.as_str().unwrap(), &Rfc3339).unwrap()
}

async fn advance(emulator: &Emulator, by: &str) {
    done(emulator, "POST", ADVANCE, json!({ "by": by })).await;
}

/// A bank whose clock stands still.
async fn still_bank(scenario: &str) -> TestBank {
    let bank = TestBank::start_with(|builder| match scenario {
        "" => builder,
        text => builder.scenario_yaml(text),
    })
    .await;
    done(&bank.emulator, "PUT", CLOCK, json!({"frozen_at": true})).await;
    bank
}

async fn status(tpp: &TestTpp) -> u16 {
    let answer = tpp.post(tpp.request().sign().unwrap()).await;
    answer.status().as_u16()
}

#[tokio::test]
async fn a_clock_shows_the_systems_time_until_it_is_set() {
    let bank = TestBank::start().await;
    let clock = read(&bank.emulator, CLOCK).await;
    assert_eq!(members(&clock), ["frozen_at", "now", "offset"]);
    assert_eq!(
        (&clock["offset"], &clock["frozen_at"]),
        (&json!("0s"), &Value::Null)
    );
    let difference = time_of(&clock["now"]) - OffsetDateTime::now_utc();
    assert!(difference.unsigned_abs() < Duration::from_secs(3_600));
}

#[tokio::test]
async fn a_clock_is_set_in_one_of_three_ways() {
    let bank = TestBank::start().await;
    let set = async |body: Value| done(&bank.emulator, "PUT", CLOCK, body).await;
    let clock = set(json!({ "frozen_at": THEN })).await;
    assert_eq!(
        (&clock["now"], &clock["frozen_at"]),
        (&json!(THEN), &json!(THEN))
    );
    assert_eq!(read(&bank.emulator, CLOCK).await["now"], THEN);
    // It stands still where it is set.
    let clock = set(json!({ "now": "2032-01-01T01:00:00+01:00" })).await;
    assert_eq!(clock["frozen_at"], "2032-01-01T00:00:00Z");
    let clock = done(&bank.emulator, "POST", ADVANCE, json!({"by": "1h30m"})).await;
    assert_eq!(clock["frozen_at"], "2032-01-01T01:30:00Z");
    let clock = set(json!({ "frozen_at": null })).await;
    assert_eq!(clock["frozen_at"], Value::Null);
    assert!(time_of(&clock["now"]) >= time_of(&json!("2032-01-01T01:30:00Z")));
    for offset in ["1h30m", "-5m", "0s"] {
        let clock = set(json!({ "offset": offset })).await;
        assert_eq!(
            (&clock["offset"], &clock["frozen_at"]),
            (&json!(offset), &Value::Null)
        );
    }
    let clock = set(json!({ "now": THEN })).await;
    assert_eq!(clock["frozen_at"], Value::Null);
    assert!(time_of(&clock["now"]) >= time_of(&json!(THEN)));
    let clock = set(json!({ "frozen_at": true })).await;
    assert_eq!(clock["frozen_at"], clock["now"]);
    assert_eq!(read(&bank.emulator, CLOCK).await["now"], clock["now"]);
}

#[tokio::test]
async fn a_clock_cannot_be_set_in_two_ways_or_none_or_otherwise() {
    let bank = still_bank("").await;
    let before = read(&bank.emulator, CLOCK).await["now"].clone();
    let one = "exactly one of now, offset, frozen_at";
    let moment = "a time as RFC 3339 has it, such as 2030-01-31T12:00:00Z";
    let span = "a length of time such as 10s, 5m, 1h30m";
    let frozen = format!("{moment}, true, null");
    for (body, field, found, allowed) in [
        (json!({}), "body", "none of its members", one),
        (json!({"now": null}), "body", "none of its members", one),
        (
            json!({"now": THEN, "frozen_at": null}),
            "body",
            "now and frozen_at",
            one,
        ),
        (
            json!({"now": THEN, "offset": "1s"}),
            "body",
            "now and offset",
            one,
        ),
        (json!({"now": "soon"}), "now", "`soon`", moment),
        (json!({"now": 5}), "now", "the number `5`", "a string"),
        (json!({"offset": "soon"}), "offset", "`soon`", span),
        (
            json!({"frozen_at": "soon"}),
            "frozen_at",
            "`soon`",
            frozen.as_str(),
        ),
        (
            json!({"frozen_at": false}),
            "frozen_at",
            "`false`",
            frozen.as_str(),
        ),
        (
            json!({"frozen_at": 5}),
            "frozen_at",
            "the number `5`",
            frozen.as_str(),
        ),
        (
            json!({"at": THEN}),
            "at",
            "an unknown member",
            "now, offset, frozen_at",
        ),
    ] {
        let answer = call(&bank.emulator, "PUT", CLOCK, body).await;
        assert_problem(answer, 400, field, found, allowed);
    }
    for (body, field, found, allowed) in [
        (json!({}), "by", "nothing", "a string such as 10s, 1h30m"),
        (json!({"by": "soon"}), "by", "`soon`", span),
        (json!({"by": 5}), "by", "the number `5`", "a string"),
    ] {
        let answer = call(&bank.emulator, "POST", ADVANCE, body).await;
        assert_problem(answer, 400, field, found, allowed);
    }
    assert_eq!(read(&bank.emulator, CLOCK).await["now"], before);
}

#[tokio::test]
async fn an_impossible_jump_is_a_409_that_says_the_way_out() {
    let bank = still_bank("").await;
    let before = read(&bank.emulator, CLOCK).await["now"].clone();
    let calendar = "1970-01-01T00:00:00Z to 9999-12-31T23:59:59Z";
    let none = "a time that no calendar has";
    for (method, path, body, field, found, allowed, way_out) in [
        (
            "PUT",
            CLOCK,
            json!({"now": "1969-12-31T23:59:59Z"}),
            "now",
            "1969-12-31T23:59:59Z",
            calendar,
            "choose a time",
        ),
        (
            "PUT",
            CLOCK,
            json!({"frozen_at": "1960-01-01T00:00:00Z"}),
            "frozen_at",
            "1960-01-01T00:00:00Z",
            calendar,
            "choose a time",
        ),
        (
            "PUT",
            CLOCK,
            json!({"offset": "10000years"}),
            "offset",
            none,
            calendar,
            "choose a time",
        ),
        (
            "PUT",
            CLOCK,
            json!({"offset": "-10000years"}),
            "offset",
            none,
            calendar,
            "choose a time",
        ),
        (
            "POST",
            ADVANCE,
            json!({"by": "9000years"}),
            "by",
            none,
            calendar,
            "choose a time",
        ),
        (
            "POST",
            ADVANCE,
            json!({"by": "-5m"}),
            "by",
            "an advance of -300 seconds",
            "0 and more",
            "set `now` or `offset`",
        ),
    ] {
        let answer = call(&bank.emulator, method, path, body).await;
        let detail = answer.1["detail"].as_str().unwrap();
        assert!(detail.contains(way_out), "{detail}");
        assert_problem(answer, 409, field, found, allowed);
    }
    assert_eq!(read(&bank.emulator, CLOCK).await["now"], before);
}

#[tokio::test]
async fn statements_requests_and_clients_have_the_worlds_time() {
    let bank = still_bank("").await;
    let tpp = bank.tpp().await;
    let now = "2026-12-24T12:00:00Z";
    let far = done(&bank.emulator, "PUT", CLOCK, json!({ "now": now })).await;
    let unix = time_of(&far["now"]).unix_timestamp();
    assert_eq!(part(&tpp.tpp.statement().unwrap(), 1)["iat"], unix);
    assert_eq!(part(&tpp.request().sign().unwrap(), 1)["iat"], unix);
    let id = tpp.registered().await;
    let client = read(&bank.emulator, &format!("/api/banks/{BANK}/clients/{id}")).await;
    assert_eq!(client["created_at"], now);
}

#[tokio::test]
async fn what_was_signed_grows_old_with_the_worlds_time() {
    let bank = still_bank("").await;
    let tpp = bank.tpp().await;
    let request = tpp.request().sign().unwrap();
    advance(&bank.emulator, "25h").await;
    let refused = tpp.post(request).await;
    assert_eq!(refused.status(), 400);
    assert_eq!(status(&tpp).await, 201);
}

#[tokio::test]
async fn a_token_lives_on_the_worlds_time() {
    let bank = still_bank("").await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let token = tpp.token(&id).await;
    advance(&bank.emulator, "299s").await;
    assert_eq!(tpp.read_status(&id, &token).await, 200);
    advance(&bank.emulator, "1s").await;
    assert_eq!(tpp.read_status(&id, &token).await, 401);
}

#[tokio::test]
async fn a_quota_refills_on_the_worlds_time_and_retry_after_is_true() {
    let bank = still_bank("rules: [{ limit: { calls: 1, every: 1m } }]").await;
    let tpp = bank.tpp().await;
    assert_eq!(status(&tpp).await, 201);
    let refused = tpp.post(tpp.request().sign().unwrap()).await;
    assert_eq!(refused.status(), 429);
    assert_eq!(refused.headers()["retry-after"], "60");
    advance(&bank.emulator, "59s").await;
    assert_eq!(status(&tpp).await, 429);
    advance(&bank.emulator, "1s").await;
    assert_eq!(status(&tpp).await, 201);
}

#[tokio::test]
async fn gates_open_and_close_on_the_worlds_time() {
    let bank = still_bank("rules: [{ after: 30s, until: 2m, respond: 503 }]").await;
    let tpp = bank.tpp().await;
    for (by, expected) in [("29s", 201), ("1s", 503), ("89s", 503), ("1s", 201)] {
        advance(&bank.emulator, by).await;
        assert_eq!(status(&tpp).await, expected, "{by}");
    }
}

#[tokio::test]
async fn things_age_on_the_worlds_time() {
    let young = "rules: [{ match: { operation: read }, age: { client: ..3s }, respond: 404 }]";
    let bank = still_bank(young).await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let token = tpp.token(&id).await;
    assert_eq!(tpp.read_status(&id, &token).await, 404);
    advance(&bank.emulator, "4s").await;
    assert_eq!(tpp.read_status(&id, &token).await, 200);
}

#[tokio::test]
async fn a_certificate_expires_on_the_worlds_time_also_on_an_open_connection() {
    let bank = still_bank("").await;
    let tpp = bank.tpp().await;
    assert_eq!(status(&tpp).await, 201);
    let not_after = tpp.tpp.transport().certificate.not_after();
    let after = (not_after + Duration::from_secs(1))
        .format(&Rfc3339)
        .unwrap();
    done(&bank.emulator, "PUT", CLOCK, json!({ "now": after })).await;
    assert_eq!(status(&tpp).await, 401);
    done(&bank.emulator, "PUT", CLOCK, json!({ "offset": "0s" })).await;
    assert_eq!(status(&tpp).await, 201);
}

#[tokio::test]
async fn answers_are_dated_by_their_world_and_no_other_world_follows() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    for name in ["a", "b"] {
        done(
            &bank.emulator,
            "POST",
            "/api/worlds",
            json!({ "name": name }),
        )
        .await;
    }
    let set = |world: &str| format!("/api/worlds/{world}/clock");
    done(
        &bank.emulator,
        "PUT",
        &set("a"),
        json!({ "frozen_at": THEN }),
    )
    .await;
    let dated = async |world: &str| {
        let port = bank.emulator.addresses().tls.port();
        let url = format!("https://localhost:{port}{world}/{BANK}/jwks");
        let answer = tpp.http.get(url).send().await.unwrap();
        let date = answer.headers()[DATE].to_str().unwrap().to_owned();
        unix_of(&date)
    };
    let then = time_of(&json!(THEN)).unix_timestamp();
    assert_eq!(dated("/w/a").await, then);
    let now = OffsetDateTime::now_utc().unix_timestamp();
    for other in ["", "/w/b"] {
        assert!((dated(other).await - now).abs() < 3_600, "{other}");
    }
    for other in ["/api/clock", "/api/worlds/b/clock"] {
        let clock = read(&bank.emulator, other).await;
        assert_eq!(
            (&clock["offset"], &clock["frozen_at"]),
            (&json!("0s"), &Value::Null)
        );
    }
    assert_eq!(read(&bank.emulator, &set("a")).await["now"], THEN);
    advance(&bank.emulator, "10days").await;
    assert_eq!(dated("/w/a").await, then);
}

/// Seconds since the epoch of an HTTP date.
fn unix_of(date: &str) -> i64 {
    let time = httpdate::parse_http_date(date).unwrap();
    OffsetDateTime::from(time).unix_timestamp()
}
