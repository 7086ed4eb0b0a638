//! `missing-interaction-id`: Answers without an interaction id.

use super::answer::Answer;
use super::ground::{DIRECTORY, Ground, REGISTERING, WAYS, Way, read_directory};
use crate::connections::{HTTP1, plain_client};
use crate::helpers::{INTERACTION_ID, TestBank};

pub const NAME: &str = "missing-interaction-id";

fn assert_without(answer: &Answer, status: u16, case: &str) {
    assert_eq!(answer.status, status, "{case}: {answer:?}");
    assert_eq!(answer.header(INTERACTION_ID), None, "{case}");
}

#[tokio::test]
async fn no_answer_has_an_id_and_nothing_else_is_missing() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        for bank in REGISTERING {
            let tpp = ground.tpp(bank).await;
            let client = tpp.registered().await;
            assert_without(&tpp.register().await, 201, bank);
            assert_without(&tpp.token(&client.id).await, 200, bank);
            assert_without(&tpp.token("x").await, 401, bank);
            assert_without(&tpp.get("/jwks").await, 200, bank);
            assert_without(&tpp.get("/unknown").await, 404, bank);
            if tpp.can_read() {
                assert_without(&tpp.read(&client).await, 200, bank);
            }
            if tpp.can_replace() {
                assert_without(&tpp.replace(&client).await, 200, bank);
            }
            assert_without(&tpp.delete(&client).await, 204, bank);
        }
        let reader = ground.tpp(DIRECTORY).await;
        assert_without(&read_directory(&reader).await, 200, DIRECTORY);
    }
}

#[tokio::test]
async fn so_it_is_at_the_other_listener_and_for_what_is_too_large() {
    let bank = TestBank::start_with(|builder| builder.scenario(NAME)).await;
    let http = plain_client(&bank, HTTP1);
    let base = bank.emulator.base_urls().tls;
    for (path, status) in [
        ("/uk-ob-3.3/jwks", 200),
        ("/directory/directory.jwks", 200),
        ("/x", 404),
    ] {
        let answer = http.get(format!("{base}{path}")).send().await.unwrap();
        assert_without(&Answer::read(answer).await.unwrap(), status, path);
    }
    let tpp = bank.tpp().await;
    let answer = tpp.post(vec![b'x'; 4 << 20]).await;
    assert_without(&Answer::read(answer).await.unwrap(), 413, "large");
}

#[tokio::test]
async fn what_http_itself_refuses_is_beyond_scenarios() {
    let ground = Ground::start(NAME, Way::InForce).await;
    let tpp = ground.tpp("uk-ob-3.3").await;
    let long = format!("/{}", "x".repeat(20_000));
    tpp.get(&long).await.assert_status(414, "a long target");
}

#[tokio::test]
async fn who_does_not_ask_for_it_has_the_id() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    let tpp = ground.tpp("uk-ob-3.3").await;
    assert_without(&tpp.get("/jwks").await, 200, "jwks");
    tpp.plain().get("/jwks").await.assert_status(200, "plain");
    tpp.plain().register().await.assert_status(201, "plain");
}
