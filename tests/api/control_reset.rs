//! A world as it was at the start, by the control API.

use std::sync::Mutex;

use futures_util::future::join_all;
use serde_json::{Value, json};
use tokio::sync::Notify;

use crate::clients::members;
use crate::helpers::TestBank;
use crate::kit;
use crate::steering::{assert_problem, call, done, read};

const RESET: &str = "/api/reset";
const CLIENTS: &str = "/api/banks/uk-ob-3.3/clients";

async fn client_ids(bank: &TestBank) -> Vec<String> {
    let list = read(&bank.emulator, CLIENTS).await;
    let items = list["items"].as_array().unwrap().iter();
    items
        .map(|client| client["client_id"].as_str().unwrap().to_owned())
        .collect()
}

async fn reset(bank: &TestBank, parts: &[&str]) -> Value {
    done(&bank.emulator, "POST", RESET, json!({ "parts": parts })).await
}

#[tokio::test]
async fn clients_go_with_their_tokens_and_may_register_again() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let token = tpp.token(&id).await;
    let status = reset(&bank, &["clients"]).await;
    assert_eq!(status["clients"], 0);
    assert_eq!(status, {
        let mut now = read(&bank.emulator, "/api/status").await;
        now["clock"] = status["clock"].clone();
        now
    });
    assert!(client_ids(&bank).await.is_empty());
    assert_eq!(tpp.read_status(&id, &token).await, 401);
    tpp.registered().await;
    assert_eq!(client_ids(&bank).await.len(), 1);
}

#[tokio::test]
async fn a_statement_or_request_that_was_used_once_may_be_used_again() {
    let bank = TestBank::start_with(|builder| {
        builder.scenario_yaml("policy: { request_single_use: true }\nrules: []")
    })
    .await;
    let tpp = bank.tpp().await;
    let request = tpp.request().sign().unwrap();
    for _ in 0..2 {
        assert_eq!(tpp.post(request.clone()).await.status(), 201);
        assert_eq!(tpp.post(request.clone()).await.status(), 400);
        reset(&bank, &["clients"]).await;
    }
}

#[tokio::test]
async fn tokens_go_and_their_clients_stay() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let token = tpp.token(&id).await;
    let status = reset(&bank, &["tokens"]).await;
    assert_eq!(status["clients"], 1);
    assert_eq!(tpp.read_status(&id, &token).await, 401);
    let token = tpp.token(&id).await;
    assert_eq!(tpp.read_status(&id, &token).await, 200);
}

#[tokio::test]
async fn tpps_that_were_made_since_are_gone_and_the_next_is_the_first_again() {
    let bank = TestBank::start().await;
    let first = bank.tpp().await;
    bank.tpp().await;
    let status = reset(&bank, &["tpps"]).await;
    assert_eq!(status["tpps"], 0);
    let refused = first.post(first.request().sign().unwrap()).await;
    assert!(refused.status().is_client_error(), "{}", refused.status());
    let again = bank.tpp().await;
    assert_eq!(again.tpp.software_id(), first.tpp.software_id());
    again.registered().await;
}

#[tokio::test]
async fn counts_begin_anew() {
    let bank = TestBank::start_with(|builder| builder.scenario("throttled-429")).await;
    let tpp = bank.tpp().await;
    let send = async || {
        let answer = tpp.post(tpp.request().sign().unwrap()).await;
        answer.status().as_u16()
    };
    for part in ["counts", "scenarios"] {
        assert_eq!([send().await, send().await, send().await], [429, 429, 201]);
        reset(&bank, &["journal", "clients"]).await;
        assert_eq!(send().await, 201, "{part}");
        let status = reset(&bank, &[part]).await;
        assert_eq!(status["scenarios"], json!(["throttled-429"]));
    }
    assert_eq!(send().await, 429);
}

#[tokio::test]
async fn exchanges_go_and_their_numbers_go_on() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    tpp.registered().await;
    let status = reset(&bank, &["journal"]).await;
    let journal = &status["exchanges"];
    assert_eq!(members(journal), ["bytes", "dropped", "kept", "last_id"]);
    assert_eq!(
        (&journal["kept"], &journal["last_id"]),
        (&json!(0), &json!(1))
    );
    assert_eq!(
        (&journal["bytes"], &journal["dropped"]),
        (&json!(0), &json!(0))
    );
    tpp.registered().await;
    let journal = &read(&bank.emulator, "/api/status").await["exchanges"];
    assert_eq!(
        (&journal["kept"], &journal["last_id"]),
        (&json!(1), &json!(2))
    );
}

#[tokio::test]
async fn the_clock_shows_the_systems_time_again() {
    let bank = TestBank::start().await;
    let frozen = json!({ "frozen_at": "2031-01-01T00:00:00Z" });
    done(&bank.emulator, "PUT", "/api/clock", frozen).await;
    let status = reset(&bank, &["clock"]).await;
    let clock = &status["clock"];
    assert_eq!(
        (&clock["offset"], &clock["frozen_at"]),
        (&json!("0s"), &Value::Null)
    );
}

#[tokio::test]
async fn without_parts_everything_is_as_at_the_start_but_for_the_kit() {
    let folder = tempfile::tempdir().unwrap();
    let bank = TestBank::of(kit::start(folder.path()).await);
    let before = read(&bank.emulator, "/api/status").await;
    let request = kit::text(folder.path(), "registration-uk-ob-3.3.jwt");
    for body in [Value::Null, json!({}), json!({ "parts": null })] {
        bank.tpp().await;
        let (status, client) = kit::register(&bank.emulator, folder.path(), request.clone()).await;
        assert_eq!(status, 201, "{client}");
        let ahead = json!({ "offset": "1h" });
        done(&bank.emulator, "PUT", "/api/clock", ahead).await;
        let after = done(&bank.emulator, "POST", RESET, body).await;
        for member in ["tpps", "clients", "scenarios", "banks"] {
            assert_eq!(after[member], before[member], "{member}");
        }
        assert_eq!(after["exchanges"]["kept"], 0);
        assert_eq!(after["clock"]["offset"], "0s");
    }
}

#[tokio::test]
async fn another_world_is_as_it_was() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    tpp.registered().await;
    done(
        &bank.emulator,
        "POST",
        "/api/worlds",
        json!({ "name": "a" }),
    )
    .await;
    let status = done(&bank.emulator, "POST", "/api/worlds/a/reset", Value::Null).await;
    assert_eq!(status["world"], "a");
    let status = read(&bank.emulator, "/api/status").await;
    assert_eq!(
        (&status["clients"], &status["tpps"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(status["exchanges"]["kept"], 1);
}

#[tokio::test]
async fn what_is_no_part_is_a_400_and_nothing_is_reset() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    tpp.registered().await;
    let parts = "clients, tokens, tpps, scenarios, counts, journal, clock";
    for (body, field, found, allowed) in [
        (
            json!({"parts": ["clients", "all"]}),
            "parts.1",
            "`all`",
            parts,
        ),
        (json!({"parts": "clients"}), "parts", "`clients`", "a list"),
        (json!({"part": []}), "part", "an unknown member", "parts"),
    ] {
        let answer = call(&bank.emulator, "POST", RESET, body).await;
        assert_problem(answer, 400, field, found, allowed);
    }
    assert_eq!(client_ids(&bank).await.len(), 1);
    assert_eq!(reset(&bank, &[]).await["clients"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_whatever_was_answered_before_a_reset_nothing_is_seen_after_it() {
    const REQUESTS: usize = 40;
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let requests: Vec<String> = (0..REQUESTS)
        .map(|_| tpp.request().sign().unwrap())
        .collect();
    for round in 0..5 {
        let answered = Mutex::new(Vec::new());
        let (some, enough) = (Notify::new(), REQUESTS / 4);
        let registering = join_all(requests.iter().map(|request| async {
            let answer = tpp.post(request.clone()).await;
            assert_eq!(answer.status(), 201);
            let client = crate::helpers::json(answer).await;
            let mut answered = answered.lock().unwrap();
            answered.push(client["client_id"].as_str().unwrap().to_owned());
            if answered.len() == enough {
                some.notify_one();
            }
        }));
        let resetting = async {
            some.notified().await;
            let before = answered.lock().unwrap().clone();
            reset(&bank, &["clients", "tokens", "journal"]).await;
            (before, client_ids(&bank).await)
        };
        let (_, (before, after)) = tokio::join!(registering, resetting);
        assert!(before.len() >= enough);
        assert!(before.iter().all(|id| !after.contains(id)), "{round}");
        // Every request that counts in one part counts in the others.
        let status = read(&bank.emulator, "/api/status").await;
        assert_eq!(status["clients"], status["exchanges"]["kept"], "{round}");
        let left = client_ids(&bank).await;
        assert!(left.len() <= REQUESTS - before.len(), "{round}");
        assert!(after.iter().all(|id| left.contains(id)), "{round}");
        reset(&bank, &["clients", "journal"]).await;
    }
}

#[tokio::test]
async fn a_world_that_is_not_there_is_not_reset() {
    let bank = TestBank::start().await;
    let path = "/api/worlds/a/reset";
    let answer = call(&bank.emulator, "POST", path, Value::Null).await;
    assert_problem(answer, 404, "world", "`a`", "default");
}
