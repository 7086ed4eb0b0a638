//! `broken-json`: JSON that cannot be read.

use serde_json::Value;

use super::answer::Answer;
use super::ground::{DIRECTORY, Ground, REGISTERING, Registered, WAYS, Way, directory_token};

pub const NAME: &str = "broken-json";

fn assert_broken(answer: &Answer, status: u16, case: &str) {
    answer.assert_status(status, case);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    let read = serde_json::from_str::<Value>(&answer.body);
    assert!(read.is_err(), "{case}: {}", answer.body);
    assert!(answer.body.starts_with('{'), "{case}: {}", answer.body);
}

#[tokio::test]
async fn no_parser_takes_the_answer_but_the_client_is_registered() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        for bank in REGISTERING {
            let tpp = ground.tpp(bank).await;
            let answer = tpp.register().await;
            assert_broken(&answer, 201, bank);
            let clients = ground.clients(bank).await;
            assert_eq!(clients.len(), 1, "{bank}");
            let named = answer.body.contains(&clients[0]);
            assert!(named, "the answer of the bank is cut: {}", answer.body);
            assert_broken(&tpp.token(&clients[0]).await, 200, bank);
            // What is not listed is whole.
            assert!(tpp.get("/jwks").await.json()["keys"].is_array());
        }
    }
}

#[tokio::test]
async fn reading_and_replacing_work_but_cannot_be_read_and_deleting_has_no_body_to_break() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    for bank in REGISTERING {
        let tpp = ground.tpp(bank).await;
        let client = tpp.plain().registered().await;
        if tpp.can_read() {
            assert_broken(&tpp.read(&client).await, 200, bank);
        }
        if tpp.can_replace() {
            assert_broken(&tpp.replace(&client).await, 200, bank);
            let scope = tpp.plain().read(&client).await.text("scope");
            assert_eq!(scope.split(' ').count(), 2, "{bank}: replaced");
        }
        tpp.delete(&client).await.assert_empty(204, bank);
    }
}

#[tokio::test]
async fn errors_are_broken_too() {
    let ground = Ground::start(NAME, Way::InForce).await;
    let tpp = ground.tpp("uk-ob-3.3").await;
    assert_broken(&tpp.token("x").await, 401, "token");
    let nobody = Registered {
        id: "x".to_owned(),
        token: "x".to_owned(),
    };
    // 401 of this bank has no body; there is one now that says it is JSON.
    assert_broken(&tpp.read(&nobody).await, 401, "read");
}

#[tokio::test]
async fn what_the_directory_lists_is_broken_and_its_statements_are_whole() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    let tpp = ground.tpp(DIRECTORY).await;
    let token = directory_token(&tpp.plain()).await;
    let (org, software) = (tpp.tpp.org_id(), tpp.tpp.software_id());
    for path in ["/clients".to_owned(), format!("/clients/{software}")] {
        let answer = tpp.get_with_token(&path, &token).await;
        assert_broken(&answer, 200, &path);
        let answer = tpp.plain().get_with_token(&path, &token).await;
        assert!(answer.json().is_object(), "{path}");
    }
    let path = format!("/organisations/{org}/softwarestatements/{software}/assertion");
    let answer = tpp.get_with_token(&path, &token).await;
    answer.assert_status(200, &path);
    assert_eq!(answer.body.split('.').count(), 3, "a JWS");
}
