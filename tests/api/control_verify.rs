//! Verification by the control listener.

use reqwest::Method;
use serde_json::{Value, json};

use crate::asking::{JSON, YAML, ok, problem, send};
use crate::control::{get, http, url};
use crate::helpers::{BANK, TestBank};

async fn verify(bank: &TestBank, expected: &Value) -> Value {
    let text = expected.to_string();
    ok(send(&bank.emulator, Method::POST, "/api/verify", JSON, &text).await).await
}

#[tokio::test]
async fn what_is_so_is_ok_and_what_is_not_comes_with_what_is_nearest() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    tpp.registered().await;
    tpp.registered().await;
    let get_keys = tpp.http.get(format!("{}/jwks", tpp.mtls));
    get_keys.send().await.unwrap();
    for (expected, is_ok, count) in [
        (json!({ "match": { "operation": "register" } }), true, 2),
        (
            json!({ "match": { "operation": "register", "status": 201 }, "times": { "exactly": 2 } }),
            true,
            2,
        ),
        (
            json!({ "match": { "bank": BANK }, "times": { "at_least": 4 } }),
            false,
            3,
        ),
        (json!({ "match": {}, "times": { "at_most": 2 } }), false, 3),
        (
            json!({ "in_order": [{ "operation": "register" }, { "operation": "jwks" }] }),
            true,
            2,
        ),
        (
            json!({ "in_order": [{ "operation": "jwks" }, { "operation": "register" }] }),
            false,
            1,
        ),
    ] {
        let found = verify(&bank, &expected).await;
        assert_eq!(
            (&found["ok"], &found["count"]),
            (&json!(is_ok), &json!(count)),
            "{expected} {found}"
        );
        assert_eq!(found["why"].is_null(), is_ok, "{found}");
    }
    let found = verify(
        &bank,
        &json!({ "match": { "operation": "jwks", "status": 503 } }),
    )
    .await;
    let nearest = &found["nearest"][0];
    assert_eq!(nearest["exchange"]["operation"], "jwks");
    assert_eq!(
        nearest["missed"],
        json!([{ "member": "status", "found": "`200`", "allowed": "`503`" }])
    );
    let text = "match: { operation: jwks, status: 503 }";
    let strict = "/api/verify?strict=true";
    let refused = problem(
        send(&bank.emulator, Method::POST, strict, YAML, text).await,
        409,
    )
    .await;
    for member in ["ok", "count", "why", "nearest"] {
        assert_eq!(refused[member], found[member], "{member}");
    }
    let detail = refused["detail"].as_str().unwrap();
    assert!(
        detail.contains("found 0 of 3") && detail.contains("status: found"),
        "{detail}"
    );
    let text = r#"{"match":{}}"#;
    ok(send(&bank.emulator, Method::POST, strict, JSON, text).await).await;
}

#[tokio::test]
async fn a_verification_waits_until_it_is_so() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    // Of no more than this test can last: it ends because it is so.
    for expected in [
        json!({ "match": { "operation": "register" }, "within": "60s" }),
        json!({ "in_order": [{ "operation": "register" }, { "operation": "register" }], "within": "60s" }),
        // More than it may be: it ends because it never will be.
        json!({ "match": { "operation": "register" }, "times": { "at_most": 2 }, "within": "60s" }),
    ] {
        let asked = async {
            tpp.registered().await;
            tpp.registered().await;
        };
        let (found, ()) = tokio::join!(verify(&bank, &expected), asked);
        assert_eq!(found["ok"], expected["times"].is_null(), "{found}");
    }
}

#[tokio::test]
async fn what_may_become_too_many_is_waited_for_to_the_end() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    tpp.registered().await;
    let expected =
        json!({ "match": { "operation": "register" }, "times": { "exactly": 1 }, "within": "60s" });
    let text = expected.to_string();
    let verified = send(&bank.emulator, Method::POST, "/api/verify", JSON, &text);
    let again = async {
        // It is so already; the second makes it wrong.
        tokio::task::yield_now().await;
        tpp.registered().await
    };
    let (verified, _) = tokio::join!(verified, again);
    assert_eq!(ok(verified).await["ok"], false);
    let expected =
        json!({ "match": { "operation": "register" }, "times": { "exactly": 2 }, "within": "1ms" });
    assert_eq!(verify(&bank, &expected).await["ok"], true);
}

/// The problem of whoever verifies in a world that is deleted at about the same time.
async fn deleted_while_verifying(bank: &TestBank, query: &str, expected: &Value) -> Value {
    let world = bank.emulator.world().await.unwrap();
    let name = world.name().to_owned();
    let path = format!("/api/worlds/{name}/verify{query}");
    let expected = expected.to_string();
    let waiting = send(&bank.emulator, Method::POST, &path, JSON, &expected);
    let deleted = async {
        // Likely later than the other request.
        get(&bank.emulator, "/health", &[]).await;
        get(&bank.emulator, "/health", &[]).await;
        drop(world);
    };
    let (answer, ()) = tokio::join!(waiting, deleted);
    let problem = problem(answer, 404).await;
    assert_eq!(problem["field"], "world");
    assert_eq!(problem["found"], format!("`{name}`"));
    assert_eq!(problem["allowed"], "default");
    problem
}

#[tokio::test]
async fn whoever_waits_in_a_world_that_is_deleted_is_told_so() {
    let bank = TestBank::start().await;
    for expected in [
        json!({ "match": {}, "within": "60s" }),
        // It would be so, if nothing came any more.
        json!({ "match": {}, "times": { "exactly": 0 }, "within": "60s" }),
    ] {
        for query in ["", "?strict=true"] {
            let mut told = String::new();
            // The deletion may come first; then the world was not there at all.
            for _ in 0..100 {
                let problem = deleted_while_verifying(&bank, query, &expected).await;
                problem["detail"].as_str().unwrap().clone_into(&mut told);
                if told.contains("deleted") {
                    break;
                }
            }
            assert!(told.contains("it was deleted while this waited"), "{told}");
        }
    }
}

#[tokio::test]
async fn a_stop_ends_the_waiting() {
    let bank = TestBank::start().await;
    let expected = json!({ "match": {}, "within": "60s" }).to_string();
    let request = http().post(url(&bank.emulator, "/api/verify"));
    let request = request.header("content-type", JSON).body(expected);
    let waiting = tokio::spawn(request.send());
    // The server has it when it is connected.
    get(&bank.emulator, "/health", &[]).await;
    let stopped = tokio::task::spawn_blocking(move || drop(bank));
    if let Ok(answer) = waiting.await.unwrap() {
        assert_eq!(ok(answer).await["ok"], false);
    }
    stopped.await.unwrap();
}

#[tokio::test]
async fn what_cannot_be_expected_is_told_with_its_place() {
    let bank = TestBank::start().await;
    for (media_type, text, line, column, field) in [
        (
            YAML,
            "match:\n  operation: registr\n",
            2,
            14,
            "match.operation",
        ),
        (JSON, "{\"match\": {\"stat\": 400}}", 1, 12, "match.stat"),
        (
            YAML,
            "in_order:\n- {}\n- { status: { is: 1 } }\n",
            3,
            15,
            "in_order.1.status.is",
        ),
        (YAML, "{ match: {}, within: 61s }", 1, 22, "within"),
        (YAML, "times: { exactly: 1 }", 1, 1, "times"),
    ] {
        let answer = send(
            &bank.emulator,
            Method::POST,
            "/api/verify",
            media_type,
            text,
        )
        .await;
        let refused = problem(answer, 400).await;
        assert_eq!(
            (&refused["line"], &refused["column"]),
            (&json!(line), &json!(column)),
            "{refused}"
        );
        assert_eq!(refused["field"], field, "{refused}");
        assert!(refused["problems"][0]["allowed"].is_string());
    }
    let strict = "/api/verify?strict=perhaps";
    problem(
        send(&bank.emulator, Method::POST, strict, JSON, "{\"match\":{}}").await,
        400,
    )
    .await;
    problem(
        send(
            &bank.emulator,
            Method::POST,
            "/api/verify",
            "text/plain",
            "match: {}",
        )
        .await,
        415,
    )
    .await;
    problem(get(&bank.emulator, "/api/verify", &[]).await, 405).await;
    problem(
        send(
            &bank.emulator,
            Method::POST,
            "/api/worlds/x/verify",
            JSON,
            "{}",
        )
        .await,
        404,
    )
    .await;
}
