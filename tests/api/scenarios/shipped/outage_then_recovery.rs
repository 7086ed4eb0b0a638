//! `outage-then-recovery`: Nobody is there for half a minute.

use std::time::Duration;

use super::answer::Answer;
use super::ground::{BRAZIL, DIRECTORY, Ground, REGISTERING, WAYS, Way, read_directory};

pub const NAME: &str = "outage-then-recovery";

const TICK: Duration = Duration::from_millis(1);
const OUTAGE: Duration = Duration::from_secs(30);

/// In Brazil the engine speaks JSON; what stands before Raidiam's reading does not.
fn assert_out(answer: &Answer, bank: &str, is_json: bool) {
    if is_json {
        answer.assert_scripted_error(503, "server_error", bank);
    } else {
        answer.assert_empty(503, bank);
    }
    assert_eq!(answer.header("retry-after"), Some("5"), "{bank}");
}

#[tokio::test]
async fn everything_is_out_for_30_seconds_and_then_all_is_well() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        let mut tpps = Vec::new();
        for bank in REGISTERING.into_iter().chain([DIRECTORY]) {
            tpps.push(ground.tpp(bank).await);
        }
        // The outage of those who ask for it themselves begins with their first request.
        assert_eq!(tpps[0].get("/jwks").await.status, 503);
        for passed in [Duration::ZERO, OUTAGE.saturating_sub(TICK)] {
            ground.advance(passed);
            for tpp in &tpps {
                let is_json = tpp.bank == BRAZIL;
                assert_out(&tpp.register().await, tpp.bank, is_json);
                assert_out(&tpp.token("x").await, tpp.bank, is_json);
                assert_out(&tpp.get("/jwks").await, tpp.bank, is_json);
                assert_out(&tpp.get("/unknown").await, tpp.bank, is_json);
                let path = if is_json { "/reg/x" } else { "/register/x" };
                assert_out(&tpp.get(path).await, tpp.bank, false);
            }
        }
        for bank in REGISTERING {
            assert!(ground.clients(bank).await.is_empty(), "{bank}");
        }
        ground.advance(TICK);
        for tpp in &tpps {
            if tpp.bank == DIRECTORY {
                read_directory(tpp).await.assert_status(200, tpp.bank);
            } else {
                tpp.register().await.assert_status(201, tpp.bank);
            }
        }
    }
}

#[tokio::test]
async fn who_does_not_ask_for_the_outage_has_none_and_it_does_not_begin_anew() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    let tpp = ground.tpp("uk-ob-3.3").await;
    ground.advance(OUTAGE);
    assert_eq!(tpp.get("/jwks").await.status, 503);
    assert_eq!(tpp.plain().get("/jwks").await.status, 200);
    ground.advance(OUTAGE);
    assert_eq!(tpp.get("/jwks").await.status, 200);
    assert_eq!(ground.tpp("uk-ob-3.1").await.get("/jwks").await.status, 200);
}
