//! Scenarios by the control listener: given, looked at, put in force and taken out of it.

use std::fs;

use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::asking::{JSON, YAML, activated, delete, ok, post, problem, send};
use crate::control::{get, http, url};
use crate::helpers::{BANK, TestBank, TestTpp, json as body};

const BUILT_IN: &str = "throttled-429";

/// A scenario that answers everything with this status.
fn answering(status: u16) -> String {
    format!("rules: [{{ respond: {status} }}]")
}

async fn listed(bank: &TestBank, name: &str) -> Option<Value> {
    let list = ok(get(&bank.emulator, "/api/scenarios", &[]).await).await;
    let items = list["items"].as_array().unwrap().clone();
    items.into_iter().find(|item| item["name"] == name)
}

/// What the bank answers to a request for its keys.
async fn status(tpp: &TestTpp) -> u16 {
    let answer = tpp.http.get(format!("{}/jwks", tpp.mtls)).send().await;
    answer.unwrap().status().as_u16()
}

#[tokio::test]
async fn every_scenario_is_listed_with_where_it_is_from() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("of-file.yaml"), answering(503)).unwrap();
    let bank = TestBank::start_with(|builder| builder.scenario_dir(dir.path())).await;
    let path = "/api/scenarios/of-world";
    send(&bank.emulator, Method::PUT, path, YAML, &answering(502)).await;
    let list = ok(get(&bank.emulator, "/api/scenarios", &[]).await).await;
    let items = list["items"].as_array().unwrap();
    let names: Vec<&str> = items
        .iter()
        .map(|item| item["name"].as_str().unwrap())
        .collect();
    assert!(names.is_sorted(), "{names:?}");
    for (name, origin) in [
        (BUILT_IN, "built-in"),
        ("of-file", "file"),
        ("of-world", "world"),
    ] {
        let item = listed(&bank, name).await.unwrap();
        assert_eq!(item["origin"], origin);
        assert_eq!(item["in_force"], Value::Null);
        assert_eq!(item["description"].is_string(), name == BUILT_IN, "{item}");
    }
}

#[tokio::test]
async fn a_scenario_is_given_read_replaced_and_forgotten() {
    let bank = TestBank::start().await;
    let path = "/api/scenarios/mine";
    let text = "# Mine.\ndescription: Busy.\nrules:\n  - respond: 503\n";
    let answer = send(&bank.emulator, Method::PUT, path, YAML, text).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    assert_eq!(answer.headers()["location"], path);
    let created = body(answer).await;
    assert_eq!(
        created,
        json!({
            "name": "mine", "description": "Busy.", "origin": "world", "in_force": null,
            "yaml": text, "warnings": [],
        })
    );
    assert_eq!(ok(get(&bank.emulator, path, &[]).await).await, created);
    let answer = get(&bank.emulator, path, &[("accept", YAML)]).await;
    assert_eq!(answer.headers()["content-type"], YAML);
    assert_eq!(answer.text().await.unwrap(), text);
    let other = json!({ "name": "mine", "description": "\u{1f600} \"ü\"\t", "rules": [{ "respond": 502 }] });
    // As clients write it that keep to ASCII.
    let other = other.to_string().replace('\u{1f600}', "\\ud83d\\ude00");
    let answer = send(&bank.emulator, Method::PUT, path, JSON, &other).await;
    let replaced = ok(answer).await;
    assert_eq!(replaced["description"], "\u{1f600} \"ü\"\t");
    assert_eq!(replaced["yaml"], other);
    assert_eq!(
        delete(&bank.emulator, path).await.status(),
        StatusCode::NO_CONTENT
    );
    problem(get(&bank.emulator, path, &[]).await, 404).await;
}

#[tokio::test]
async fn everything_that_is_wrong_with_a_scenario_is_told_with_its_place() {
    let bank = TestBank::start().await;
    let text = "name: yours\nrules:\n  - match: { operation: registr }\n    respond: 503\n    colour: red\n";
    let answer = send(
        &bank.emulator,
        Method::PUT,
        "/api/scenarios/mine",
        YAML,
        text,
    )
    .await;
    let refused = problem(answer, 400).await;
    assert_eq!(
        (&refused["line"], &refused["column"]),
        (&json!(1), &json!(7))
    );
    assert_eq!(refused["field"], "name");
    let problems = refused["problems"].as_array().unwrap();
    let places: Vec<(u64, u64, &str)> = problems
        .iter()
        .map(|problem| {
            let number = |member: &str| problem[member].as_u64().unwrap();
            let field = problem["field"].as_str().unwrap();
            (number("line"), number("column"), field)
        })
        .collect();
    assert_eq!(
        places,
        [
            (1, 7, "name"),
            (3, 25, "rules.0.match.operation"),
            (5, 5, "rules.0.colour"),
        ]
    );
    assert_eq!(problems[0]["found"], "`yours`");
    assert_eq!(problems[0]["hint"], "or leave `name` out");
    assert!(
        problems[1]["hint"]
            .as_str()
            .unwrap()
            .contains("`register`?"),
        "{problems:?}"
    );
    assert!(
        problems[1]["allowed"]
            .as_str()
            .unwrap()
            .starts_with("register, read"),
        "{problems:?}"
    );
    for (media_type, text) in [(YAML, "rules: ["), (JSON, "rules: []"), (YAML, "7")] {
        let answer = send(
            &bank.emulator,
            Method::PUT,
            "/api/scenarios/mine",
            media_type,
            text,
        );
        let refused = problem(answer.await, 400).await;
        assert_eq!(refused["line"], 1, "{refused}");
    }
    assert!(listed(&bank, "mine").await.is_none());
}

#[tokio::test]
async fn what_is_hardly_meant_is_a_warning() {
    let bank = TestBank::start().await;
    let text = "rules:\n  - match: { bank: my-bank }\n    respond: 503\n";
    let path = "/api/scenarios/mine";
    let answer = send(&bank.emulator, Method::PUT, path, YAML, text).await;
    let warnings = &body(answer).await["warnings"];
    assert_eq!(warnings[0]["line"], 2, "{warnings}");
    assert_eq!(warnings[0]["field"], "rules.0.match.bank", "{warnings}");
    assert!(
        warnings[0]["found"].as_str().unwrap().contains(BANK),
        "{warnings}"
    );
}

#[tokio::test]
async fn a_scenario_of_the_world_hides_a_built_in_one_until_it_is_forgotten() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let path = format!("/api/scenarios/{BUILT_IN}");
    problem(delete(&bank.emulator, &path).await, 409).await;
    let answer = send(&bank.emulator, Method::PUT, &path, YAML, &answering(502)).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    ok(post(&bank.emulator, &format!("{path}/activate")).await).await;
    assert_eq!(status(&tpp).await, 502);
    let refused = problem(delete(&bank.emulator, &path).await, 409).await;
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.ends_with(&format!("POST {path}/deactivate")),
        "{detail}"
    );
    ok(post(&bank.emulator, &format!("{path}/deactivate")).await).await;
    assert_eq!(
        delete(&bank.emulator, &path).await.status(),
        StatusCode::NO_CONTENT
    );
    assert_eq!(listed(&bank, BUILT_IN).await.unwrap()["origin"], "built-in");
}

#[tokio::test]
async fn a_scenario_of_a_file_stays() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("of-file.yaml"), answering(503)).unwrap();
    let bank = TestBank::start_with(|builder| builder.scenario_dir(dir.path())).await;
    let refused = problem(delete(&bank.emulator, "/api/scenarios/of-file").await, 409).await;
    assert!(
        refused["detail"].as_str().unwrap().contains("from: file"),
        "{refused}"
    );
}

#[tokio::test]
async fn what_is_in_force_is_shown_with_what_it_has_done() {
    let bank = TestBank::start_with(|builder| builder.scenario("slow-bank")).await;
    let tpp = bank.tpp().await;
    bank.emulator.clock().freeze();
    let text = "rules:\n  - { name: keys, match: { operation: jwks }, calls: 1, per: software, respond: 503, next_state: down }\n";
    activated(&bank.emulator, "mine", text).await;
    assert_eq!(status(&tpp).await, 503);
    let in_force = listed(&bank, "mine").await.unwrap()["in_force"].take();
    let since = in_force["since"].as_str().unwrap();
    let since = humantime::parse_rfc3339(since).unwrap();
    let since = since.duration_since(std::time::UNIX_EPOCH).unwrap();
    assert_eq!(since.as_secs().cast_signed(), bank.emulator.clock().unix());
    assert_eq!(
        in_force,
        json!({
            "place": 1, "since": in_force["since"], "from_start": false, "state": "down",
            "match": null, "rules": [{ "name": "keys", "calls": 1, "keys": 1 }],
        })
    );
    let from_start = listed(&bank, "slow-bank").await.unwrap()["in_force"].take();
    assert_eq!(from_start["from_start"], true);
    assert_eq!(from_start["place"], 2);
}

#[tokio::test]
async fn a_match_of_null_is_for_everybody() {
    let bank = TestBank::start().await;
    let path = format!("/api/scenarios/{BUILT_IN}/activate");
    for text in [r#"{"match":null}"#, "{}"] {
        ok(send(&bank.emulator, Method::POST, &path, JSON, text).await).await;
        let in_force = listed(&bank, BUILT_IN).await.unwrap()["in_force"].take();
        assert!(
            in_force.is_object() && in_force["match"].is_null(),
            "{text}"
        );
    }
}

#[tokio::test]
async fn the_scenario_that_was_activated_last_is_tried_first() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    activated(&bank.emulator, "a", &answering(502)).await;
    activated(&bank.emulator, "b", &answering(503)).await;
    assert_eq!(status(&tpp).await, 503);
    ok(post(&bank.emulator, "/api/scenarios/a/activate").await).await;
    assert_eq!(status(&tpp).await, 502);
    // In its place, with other rules.
    let path = "/api/scenarios/b";
    ok(send(&bank.emulator, Method::PUT, path, YAML, &answering(504)).await).await;
    assert_eq!(status(&tpp).await, 502);
    let answer = post(&bank.emulator, "/api/scenarios/a/deactivate").await;
    assert_eq!(ok(answer).await, json!({ "was_active": true }));
    assert_eq!(status(&tpp).await, 504);
    let answer = post(&bank.emulator, "/api/scenarios/a/deactivate").await;
    assert_eq!(ok(answer).await, json!({ "was_active": false }));
}

#[tokio::test]
async fn a_scenario_that_is_replaced_or_activated_begins_anew() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let once = "rules: [{ calls: 1, respond: 503 }]";
    let path = "/api/scenarios/mine";
    activated(&bank.emulator, "mine", once).await;
    assert_eq!([status(&tpp).await, status(&tpp).await], [503, 200]);
    ok(send(&bank.emulator, Method::PUT, path, YAML, once).await).await;
    assert_eq!([status(&tpp).await, status(&tpp).await], [503, 200]);
    ok(post(&bank.emulator, &format!("{path}/activate")).await).await;
    assert_eq!([status(&tpp).await, status(&tpp).await], [503, 200]);
}

#[tokio::test]
async fn a_scenario_can_be_put_in_force_for_one_tpp() {
    let bank = TestBank::start().await;
    let (one, other) = (bank.tpp().await, bank.tpp().await);
    let path = "/api/scenarios/mine";
    send(&bank.emulator, Method::PUT, path, YAML, &answering(503)).await;
    let matching = json!({ "software_id": one.tpp.software_id().as_str() });
    let asked = json!({ "match": matching }).to_string();
    let activate = format!("{path}/activate");
    let answer = send(&bank.emulator, Method::POST, &activate, JSON, &asked).await;
    assert_eq!(ok(answer).await["in_force"]["match"], matching);
    assert_eq!([status(&one).await, status(&other).await], [503, 200]);
    let answer = send(&bank.emulator, Method::POST, &activate, JSON, "{}").await;
    assert_eq!(ok(answer).await["in_force"]["match"], Value::Null);
    assert_eq!([status(&one).await, status(&other).await], [503, 503]);
    for (text, field, column) in [
        ("{ match: { bank: [a b] } }", "match.bank.0", 19),
        ("{ match: {}, rules: [] }", "rules", 14),
    ] {
        let answer = send(&bank.emulator, Method::POST, &activate, YAML, text).await;
        let refused = problem(answer, 400).await;
        assert_eq!(refused["field"], field, "{refused}");
        assert_eq!(refused["column"], column, "{refused}");
    }
}

#[tokio::test]
async fn what_is_not_there_or_not_to_be_read_is_a_problem() {
    let bank = TestBank::start().await;
    let emulator = &bank.emulator;
    for path in ["/api/scenarios/x", "/api/worlds/default/scenarios/x"] {
        let mut answers = vec![get(emulator, path, &[]).await, delete(emulator, path).await];
        for step in ["activate", "deactivate"] {
            answers.push(post(emulator, &format!("{path}/{step}")).await);
        }
        for answer in answers {
            let refused = problem(answer, 404).await;
            if let Some(field) = refused["field"].as_str() {
                assert_eq!(field, "scenario");
                assert!(refused["allowed"].as_str().unwrap().contains(BUILT_IN));
            }
        }
    }
    let put = |path: &'static str, media_type: &'static str| async move {
        let text = answering(503);
        send(emulator, Method::PUT, path, media_type, &text).await
    };
    problem(put("/api/worlds/x/scenarios/mine", YAML).await, 404).await;
    problem(put("/api/scenarios/mine", "text/plain").await, 415).await;
    let refused = problem(put("/api/scenarios/a%20b", YAML).await, 400).await;
    let detail = refused.to_string();
    assert!(
        detail.contains("choose another name in the URL"),
        "{detail}"
    );
    let refused = problem(put("/api/scenarios/mine?active=true", YAML).await, 400).await;
    assert_eq!(refused["field"], "active");
    let nothing = http().put(url(emulator, "/api/scenarios/mine"));
    problem(nothing.send().await.unwrap(), 400).await;
}
