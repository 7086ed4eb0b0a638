//! `throttled-429`: The first two registrations are one too many.

use super::ground::{DIRECTORY, Ground, REGISTERING, WAYS, Way, read_directory};

pub const NAME: &str = "throttled-429";

#[tokio::test]
async fn two_registrations_are_throttled_and_the_third_goes_through() {
    for way in WAYS {
        for bank in REGISTERING {
            let ground = Ground::start(NAME, way).await;
            let tpp = ground.tpp(bank).await;
            for _ in 0..2 {
                let answer = tpp.register().await;
                answer.assert_empty(429, bank);
                assert_eq!(answer.header("retry-after"), Some("2"), "{bank}");
                // Other calls neither count nor suffer.
                assert_eq!(tpp.get("/jwks").await.status, 200);
            }
            assert!(ground.clients(bank).await.is_empty(), "{bank}");
            let client = tpp.registered().await;
            assert_eq!(ground.clients(bank).await, [client.id.as_str()]);
            tpp.delete(&client).await.assert_status(204, bank);
            tpp.register().await.assert_status(201, bank);
        }
    }
}

#[tokio::test]
async fn the_first_two_are_those_of_all_banks_and_tpps_together() {
    let ground = Ground::start(NAME, Way::InForce).await;
    for (bank, status) in [("uk-ob-3.1", 429), ("uk-ob-3.4", 429), ("uk-ob-3.2", 201)] {
        let tpp = ground.tpp(bank).await;
        tpp.register().await.assert_status(status, bank);
    }
}

#[tokio::test]
async fn the_directory_registers_nobody_and_is_not_throttled() {
    let ground = Ground::start(NAME, Way::InForce).await;
    let tpp = ground.tpp(DIRECTORY).await;
    for _ in 0..3 {
        read_directory(&tpp).await.assert_status(200, DIRECTORY);
    }
}
