//! `gateway-timeout-504`: A gateway gives up after a while.

use std::time::{Duration, Instant};

use super::ground::{Ground, REGISTERING, Way};

pub const NAME: &str = "gateway-timeout-504";

#[tokio::test]
async fn a_registration_hangs_and_ends_with_504_while_all_else_is_answered() {
    tokio::join!(hangs(Way::InForce), hangs(Way::ByHeader));
}

async fn hangs(way: Way) {
    let ground = Ground::start(NAME, way).await;
    let mut tpps = Vec::new();
    for bank in REGISTERING {
        tpps.push(ground.tpp(bank).await);
    }
    let asked = Instant::now();
    let hanging: Vec<_> = tpps
        .iter()
        .cloned()
        .map(|tpp| tokio::spawn(async move { (tpp.bank, tpp.register().await) }))
        .collect();
    for tpp in &tpps {
        assert_eq!(tpp.get("/jwks").await.status, 200, "{}", tpp.bank);
    }
    for answer in hanging {
        let (bank, answer) = answer.await.unwrap();
        assert!(asked.elapsed() >= Duration::from_secs(3), "{bank}");
        answer.assert_empty(504, bank);
        assert!(ground.clients(bank).await.is_empty(), "{bank}");
    }
}

#[tokio::test]
async fn who_does_not_ask_for_it_is_registered() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    for bank in REGISTERING {
        let tpp = ground.tpp(bank).await.plain();
        tpp.register().await.assert_status(201, bank);
    }
}
