//! `eventual-consistency`: What was just written cannot be read yet.

use std::time::Duration;

use super::ground::{DIRECTORY, Ground, REGISTERING, WAYS, Way, read_directory};

pub const NAME: &str = "eventual-consistency";

const TICK: Duration = Duration::from_millis(1);
const LATE: Duration = Duration::from_secs(3);

#[tokio::test]
async fn a_client_is_unknown_until_it_is_three_seconds_old_and_its_token_stays_good() {
    for way in WAYS {
        for bank in REGISTERING {
            let ground = Ground::start(NAME, way).await;
            let tpp = ground.tpp(bank).await;
            let client = tpp.registered().await;
            assert_eq!(ground.clients(bank).await, [client.id.as_str()]);
            if !tpp.can_read() {
                continue;
            }
            for passed in [Duration::ZERO, LATE.saturating_sub(TICK)] {
                ground.advance(passed);
                tpp.read(&client).await.assert_token_refused(bank);
                tpp.token(&client.id).await.assert_status(200, bank);
            }
            ground.advance(TICK);
            let answer = tpp.read(&client).await;
            answer.assert_status(200, bank);
            assert_eq!(answer.text("client_id"), client.id);
            // It is of this client that time is told.
            let next = tpp.registered().await;
            tpp.read(&next).await.assert_token_refused(bank);
            tpp.read(&client).await.assert_status(200, bank);
        }
    }
}

#[tokio::test]
async fn only_reading_is_behind() {
    let ground = Ground::start(NAME, Way::InForce).await;
    for bank in REGISTERING {
        let tpp = ground.tpp(bank).await;
        let client = tpp.registered().await;
        if tpp.can_replace() {
            tpp.replace(&client).await.assert_status(200, bank);
            tpp.read(&client).await.assert_token_refused(bank);
        }
        tpp.delete(&client).await.assert_status(204, bank);
    }
    let reader = ground.tpp(DIRECTORY).await;
    read_directory(&reader).await.assert_status(200, DIRECTORY);
}

#[tokio::test]
async fn replacing_a_client_does_not_make_it_new() {
    let ground = Ground::start(NAME, Way::InForce).await;
    let tpp = ground.tpp("uk-ob-3.3").await;
    let client = tpp.registered().await;
    ground.advance(LATE);
    tpp.replace(&client).await.assert_status(200, "replace");
    tpp.read(&client).await.assert_status(200, "read");
}

#[tokio::test]
async fn who_does_not_ask_for_it_reads_at_once() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    let tpp = ground.tpp("uk-ob-3.3").await;
    let client = tpp.registered().await;
    tpp.plain().read(&client).await.assert_status(200, "plain");
    tpp.read(&client).await.assert_token_refused("uk-ob-3.3");
    tpp.plain().read(&client).await.assert_status(200, "plain");
}
