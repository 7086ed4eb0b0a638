//! `token-rejected-once`: Each token is refused once.

use super::ground::{
    BRAZIL, DIRECTORY, Ground, REGISTERING, Registered, WAYS, Way, directory_token,
};

pub const NAME: &str = "token-rejected-once";

#[tokio::test]
async fn a_token_is_refused_when_first_used_and_the_same_is_taken_from_then_on() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        for bank in REGISTERING {
            let tpp = ground.tpp(bank).await;
            let client = tpp.registered().await;
            if tpp.can_read() {
                tpp.read(&client).await.assert_token_refused(bank);
                tpp.read(&client).await.assert_status(200, bank);
                tpp.read(&client).await.assert_status(200, bank);
            } else {
                tpp.delete(&client).await.assert_token_refused(bank);
            }
            if tpp.can_replace() {
                tpp.replace(&client).await.assert_status(200, bank);
            }
            assert_eq!(ground.clients(bank).await, [client.id.as_str()]);
            tpp.delete(&client).await.assert_status(204, bank);
        }
    }
}

#[tokio::test]
async fn who_asks_for_a_fresh_token_each_time_never_gets_far() {
    let ground = Ground::start(NAME, Way::InForce).await;
    for bank in REGISTERING.into_iter().filter(|bank| *bank != BRAZIL) {
        let tpp = ground.tpp(bank).await;
        let first = tpp.registered().await;
        for _ in 0..3 {
            let fresh = Registered {
                token: tpp.access_token(&first.id).await,
                ..first.clone()
            };
            tpp.delete(&fresh).await.assert_token_refused(bank);
        }
        assert_eq!(ground.clients(bank).await, [first.id.as_str()]);
        tpp.delete(&first).await.assert_token_refused(bank);
        tpp.delete(&first).await.assert_status(204, bank);
    }
}

#[tokio::test]
async fn tokens_are_counted_apart_and_what_was_not_asked_for_does_not_count() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    let tpp = ground.tpp("uk-ob-3.3").await;
    let (one, two) = (tpp.registered().await, tpp.registered().await);
    tpp.plain().read(&one).await.assert_status(200, "plain");
    tpp.read(&one).await.assert_token_refused("uk-ob-3.3");
    tpp.read(&two).await.assert_token_refused("uk-ob-3.3");
    tpp.read(&one).await.assert_status(200, "one");
    tpp.read(&two).await.assert_status(200, "two");
}

#[tokio::test]
async fn so_are_the_tokens_of_the_directory() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        let tpp = ground.tpp(DIRECTORY).await;
        let (org, software) = (tpp.tpp.org_id(), tpp.tpp.software_id());
        for path in [
            "/clients".to_owned(),
            format!("/clients/{software}"),
            format!("/organisations/{org}/softwarestatements/{software}/assertion"),
        ] {
            let token = directory_token(&tpp).await;
            let refused = tpp.get_with_token(&path, &token).await;
            refused.assert_token_refused(DIRECTORY);
            let answer = tpp.get_with_token(&path, &token).await;
            answer.assert_status(200, &path);
        }
    }
}
