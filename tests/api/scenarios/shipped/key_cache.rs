//! `key-cache`: Signing keys are known late.

use std::time::Duration;

use super::ground::{BRAZIL, Ground, REGISTERING, WAYS, Way};

pub const NAME: &str = "key-cache";

const TICK: Duration = Duration::from_millis(1);
const CACHED: Duration = Duration::from_secs(300);

fn signed() -> impl Iterator<Item = &'static str> {
    REGISTERING.into_iter().filter(|bank| *bank != BRAZIL)
}

#[tokio::test]
async fn a_new_key_is_unknown_for_five_minutes_and_then_known() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        let mut tpps = Vec::new();
        for bank in signed() {
            tpps.push(ground.tpp(bank).await);
        }
        for passed in [Duration::ZERO, CACHED.saturating_sub(TICK)] {
            ground.advance(passed);
            for tpp in &tpps {
                let answer = tpp.register().await;
                answer.assert_error(400, "invalid_client_metadata", tpp.bank);
                assert!(ground.clients(tpp.bank).await.is_empty());
            }
        }
        ground.advance(TICK);
        for tpp in &tpps {
            let client = tpp.registered().await;
            assert_eq!(ground.clients(tpp.bank).await, [client.id]);
        }
        // The key is what is new, not the bank: that of another TPP is not known yet.
        let late = ground.tpp("uk-ob-3.3").await;
        let answer = late.register().await;
        answer.assert_error(400, "invalid_client_metadata", "late");
        tpps[0].register().await.assert_status(201, "old key");
    }
}

#[tokio::test]
async fn it_holds_for_replacing_but_not_for_what_is_not_signed() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    for bank in signed() {
        let tpp = ground.tpp(bank).await;
        let client = tpp.plain().registered().await;
        tpp.token(&client.id).await.assert_status(200, bank);
        if tpp.can_read() {
            tpp.read(&client).await.assert_status(200, bank);
        }
        if tpp.can_replace() {
            let answer = tpp.replace(&client).await;
            answer.assert_error(400, "invalid_client_metadata", bank);
            tpp.plain().replace(&client).await.assert_status(200, bank);
        }
        tpp.delete(&client).await.assert_status(204, bank);
    }
}

#[tokio::test]
async fn in_brazil_requests_are_not_signed_and_nothing_waits() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        let tpp = ground.tpp(BRAZIL).await;
        let client = tpp.registered().await;
        tpp.replace(&client).await.assert_status(200, BRAZIL);
    }
}
