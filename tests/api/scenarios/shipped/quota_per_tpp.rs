//! `quota-per-tpp`: So many calls for each TPP.

use std::time::Duration;

use super::answer::Answer;
use super::ground::{BRAZIL, Caller, DIRECTORY, Ground, REGISTERING, WAYS, Way, read_directory};

pub const NAME: &str = "quota-per-tpp";

const SECOND: Duration = Duration::from_secs(1);

fn assert_throttled(answer: &Answer, seconds: &str, case: &str) {
    answer.assert_empty(429, case);
    assert_eq!(answer.header("retry-after"), Some(seconds), "{case}");
}

async fn use_up(tpp: &Caller) {
    for _ in 0..5 {
        tpp.register().await.assert_status(201, tpp.bank);
    }
}

#[tokio::test]
async fn five_calls_at_once_then_one_every_twelve_seconds_and_retry_after_is_true() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        let tpp = ground.tpp("uk-ob-3.3").await;
        use_up(&tpp).await;
        assert_throttled(&tpp.register().await, "12", "sixth");
        // What is refused does not count against the quota.
        assert_throttled(&tpp.register().await, "12", "seventh");
        ground.advance(11 * SECOND);
        assert_throttled(&tpp.register().await, "1", "a second early");
        ground.advance(SECOND);
        tpp.register().await.assert_status(201, "as told");
        assert_throttled(&tpp.register().await, "12", "and no more");
        assert_eq!(ground.clients("uk-ob-3.3").await.len(), 6);
        ground.advance(60 * SECOND);
        use_up(&tpp).await;
        assert_throttled(&tpp.register().await, "12", "after a rest");
    }
}

#[tokio::test]
async fn a_second_less_than_told_is_too_early_whatever_the_fraction() {
    let ground = Ground::start(NAME, Way::InForce).await;
    let tpp = ground.tpp("uk-ob-3.3").await;
    use_up(&tpp).await;
    for millis in [1, 500, 999, 3_250] {
        ground.advance(Duration::from_millis(millis));
        let answer = tpp.register().await;
        assert_eq!(answer.status, 429);
        let told: u32 = answer.header("retry-after").unwrap().parse().unwrap();
        ground.advance((told - 1) * SECOND);
        assert_eq!(tpp.register().await.status, 429, "{millis}");
        ground.advance(SECOND);
        assert_eq!(tpp.register().await.status, 201, "{millis}");
    }
}

#[tokio::test]
async fn two_tpps_at_the_same_time_do_not_use_up_each_others_quota() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        let (one, two) = (ground.tpp("uk-ob-3.3").await, ground.tpp("uk-ob-3.3").await);
        let calls = |tpp: &Caller| {
            let calls: Vec<_> = (0..8)
                .map(|_| {
                    let tpp = tpp.clone();
                    tokio::spawn(async move { tpp.register().await.status })
                })
                .collect();
            calls
        };
        for calls in [calls(&one), calls(&two)] {
            let mut statuses = Vec::new();
            for call in calls {
                statuses.push(call.await.unwrap());
            }
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 201, 201, 201, 201, 429, 429, 429]);
        }
        assert_eq!(ground.clients("uk-ob-3.3").await.len(), 10);
    }
}

#[tokio::test]
async fn registering_reading_replacing_and_deleting_count_together_and_nothing_else_does() {
    for way in WAYS {
        for bank in ["uk-ob-3.2", "uk-ob-3.3", "uk-ob-3.4", BRAZIL] {
            let ground = Ground::start(NAME, way).await;
            let tpp = ground.tpp(bank).await;
            let client = tpp.registered().await;
            tpp.read(&client).await.assert_status(200, bank);
            tpp.replace(&client).await.assert_status(200, bank);
            tpp.read(&client).await.assert_status(200, bank);
            for _ in 0..5 {
                tpp.token(&client.id).await.assert_status(200, bank);
                tpp.get("/jwks").await.assert_status(200, bank);
            }
            tpp.read(&client).await.assert_status(200, bank);
            assert_throttled(&tpp.read(&client).await, "12", bank);
            assert_throttled(&tpp.delete(&client).await, "12", bank);
            assert_throttled(&tpp.register().await, "12", bank);
            tpp.token(&client.id).await.assert_status(200, bank);
            assert_eq!(ground.clients(bank).await, [client.id], "{bank}");
        }
    }
}

#[tokio::test]
async fn a_software_has_one_quota_at_all_banks_and_the_directory_has_none() {
    let ground = Ground::start(NAME, Way::InForce).await;
    let tpp = ground.tpp(REGISTERING[0]).await;
    use_up(&tpp).await;
    for bank in REGISTERING.into_iter().filter(|bank| *bank != BRAZIL) {
        let there = Caller {
            bank,
            base: ground.emulator.url(bank),
            ..tpp.clone()
        };
        assert_throttled(&there.register().await, "12", bank);
    }
    let reader = Caller {
        bank: DIRECTORY,
        base: ground.emulator.url(DIRECTORY),
        ..tpp
    };
    read_directory(&reader).await.assert_status(200, DIRECTORY);
}

#[tokio::test]
async fn who_does_not_ask_for_a_quota_has_none_and_uses_none_up() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    let tpp = ground.tpp("uk-ob-3.3").await;
    for _ in 0..7 {
        tpp.plain().register().await.assert_status(201, "plain");
    }
    use_up(&tpp).await;
    assert_throttled(&tpp.register().await, "12", "sixth");
    tpp.plain().register().await.assert_status(201, "plain");
}
