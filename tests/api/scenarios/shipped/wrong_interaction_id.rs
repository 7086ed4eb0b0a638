//! `wrong-interaction-id`: Answers with the interaction id of no request.

use std::collections::HashSet;

use uuid::Uuid;

use super::answer::Answer;
use super::ground::{DIRECTORY, Ground, REGISTERING, SENT_ID, WAYS, Way, read_directory};
use crate::connections::{HTTP1, plain_client};
use crate::helpers::{INTERACTION_ID, JOSE, TestBank};

pub const NAME: &str = "wrong-interaction-id";

/// The one id of the answer, well formed, but not the one of the request.
fn wrong_id(answer: &Answer, status: u16, case: &str) -> String {
    assert_eq!(answer.status, status, "{case}: {answer:?}");
    let ids: Vec<_> = answer.headers.get_all(INTERACTION_ID).iter().collect();
    let [id] = ids[..] else {
        panic!("{case}: {ids:?}")
    };
    let id = id.to_str().unwrap();
    assert_ne!(id, SENT_ID, "{case}");
    assert_eq!(Uuid::parse_str(id).unwrap().to_string(), id, "{case}");
    id.to_owned()
}

#[tokio::test]
async fn every_answer_has_an_id_of_its_own_and_is_as_ever_otherwise() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        let mut seen = HashSet::new();
        for bank in REGISTERING {
            let tpp = ground.tpp(bank).await;
            let client = tpp.registered().await;
            let mut answers = vec![
                (tpp.register().await, 201),
                (tpp.token(&client.id).await, 200),
                (tpp.get("/unknown").await, 404),
            ];
            if tpp.can_read() {
                answers.push((tpp.read(&client).await, 200));
            }
            if tpp.can_replace() {
                answers.push((tpp.replace(&client).await, 200));
            }
            answers.push((tpp.delete(&client).await, 204));
            for (answer, status) in answers {
                assert!(seen.insert(wrong_id(&answer, status, bank)), "{bank}");
            }
        }
        let reader = ground.tpp(DIRECTORY).await;
        let answer = read_directory(&reader).await;
        assert!(seen.insert(wrong_id(&answer, 200, DIRECTORY)));
    }
}

#[tokio::test]
async fn so_it_is_at_the_other_listener_also_for_a_request_without_an_id() {
    let bank = TestBank::start_with(|builder| builder.scenario(NAME)).await;
    let http = plain_client(&bank, HTTP1);
    let base = bank.emulator.base_urls().tls;
    for (path, status) in [("/uk-ob-3.3/jwks", 200), ("/x", 404)] {
        for sent in [Some(SENT_ID), None] {
            let request = http.get(format!("{base}{path}"));
            let request = match sent {
                Some(id) => request.header(INTERACTION_ID, id),
                None => request,
            };
            let answer = Answer::read(request.send().await.unwrap()).await.unwrap();
            wrong_id(&answer, status, path);
        }
    }
    let tpp = bank.tpp().await;
    let large = tpp
        .http
        .post(format!("{}/register", tpp.mtls))
        .header(INTERACTION_ID, SENT_ID)
        .header("content-type", JOSE)
        .body(vec![b'x'; 4 << 20]);
    let answer = large.send().await.unwrap();
    wrong_id(&Answer::read(answer).await.unwrap(), 413, "large");
}

#[tokio::test]
async fn who_does_not_ask_for_it_gets_the_own_id_back() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    let tpp = ground.tpp("uk-ob-3.3").await;
    wrong_id(&tpp.get("/jwks").await, 200, "jwks");
    tpp.plain().get("/jwks").await.assert_status(200, "plain");
    tpp.plain().register().await.assert_status(201, "plain");
}
