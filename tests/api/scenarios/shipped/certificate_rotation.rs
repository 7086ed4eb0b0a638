//! `certificate-rotation`: Transport certificates are known late.

use std::time::Duration;

use super::answer::Answer;
use super::ground::{
    BRAZIL, DIRECTORY, Ground, REGISTERING, Registered, WAYS, Way, read_directory,
};

pub const NAME: &str = "certificate-rotation";

const TICK: Duration = Duration::from_millis(1);
const MINUTE: Duration = Duration::from_secs(60);

fn nobody() -> Registered {
    Registered {
        id: "x".to_owned(),
        token: "x".to_owned(),
    }
}

fn assert_certificate_refused(answer: &Answer, bank: &str) {
    answer.assert_error(401, "invalid_client", bank);
}

#[tokio::test]
async fn a_certificate_is_refused_for_a_minute_and_then_taken() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        let mut tpps = Vec::new();
        for bank in REGISTERING {
            tpps.push(ground.tpp(bank).await);
        }
        for passed in [Duration::ZERO, MINUTE.saturating_sub(TICK)] {
            ground.advance(passed);
            for tpp in &tpps {
                assert_certificate_refused(&tpp.register().await, tpp.bank);
                assert_certificate_refused(&tpp.token("x").await, tpp.bank);
                assert_certificate_refused(&tpp.delete(&nobody()).await, tpp.bank);
                assert!(ground.clients(tpp.bank).await.is_empty());
            }
        }
        ground.advance(TICK);
        for tpp in &tpps {
            let client = tpp.registered().await;
            assert_eq!(ground.clients(tpp.bank).await, [client.id.as_str()]);
            tpp.token(&client.id).await.assert_status(200, tpp.bank);
        }
        // That of another TPP, made just now, is not known yet.
        let late = ground.tpp("uk-ob-3.3").await;
        assert_certificate_refused(&late.register().await, "late");
        tpps[0].register().await.assert_status(201, "old");
    }
}

#[tokio::test]
async fn what_asks_for_no_certificate_is_open_and_so_is_the_connection() {
    let ground = Ground::start(NAME, Way::InForce).await;
    for bank in REGISTERING.into_iter().chain([DIRECTORY]) {
        let tpp = ground.tpp(bank).await;
        tpp.get("/jwks").await.assert_status(200, bank);
    }
}

#[tokio::test]
async fn the_directory_refuses_without_a_body() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        let reader = ground.tpp(DIRECTORY).await;
        let path = "/clients";
        reader.get(path).await.assert_empty(401, path);
        ground.advance(MINUTE.saturating_sub(TICK));
        reader.get(path).await.assert_empty(401, path);
        ground.advance(TICK);
        read_directory(&reader).await.assert_status(200, path);
    }
}

#[tokio::test]
async fn a_client_that_is_there_already_is_refused_with_the_new_certificate_only() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    for bank in ["uk-ob-3.3", BRAZIL] {
        let tpp = ground.tpp(bank).await;
        let client = tpp.plain().registered().await;
        assert_certificate_refused(&tpp.read(&client).await, bank);
        tpp.plain().read(&client).await.assert_status(200, bank);
        ground.advance(MINUTE);
        tpp.read(&client).await.assert_status(200, bank);
    }
}
