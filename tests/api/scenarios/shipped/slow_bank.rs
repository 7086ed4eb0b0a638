//! `slow-bank`: Every answer is late.

use std::sync::Arc;
use std::time::{Duration, Instant};

use aspsp_emulator::emulator::EmulatorBuilder;
use aspsp_emulator::scenario::{Engine, Seen, builtin_named};

use super::ground::{BRAZIL, DIRECTORY, Ground, WAYS, Way, within_a_minute};

pub const NAME: &str = "slow-bank";

/// What the builder's seed is unless told otherwise.
const SEED: u64 = 1;
/// Under this seed the first answer is late by more than a quarter of a minute.
const SEED_OF_A_LONG_DELAY: u64 = 8527;
const LONG: Duration = Duration::from_secs(15);

/// How late the first answers are, as the library decides without a socket.
fn delays(seed: u64, calls: usize) -> Vec<Duration> {
    let engine = Engine::new(seed);
    let loaded = builtin_named(NAME).unwrap().parse().unwrap();
    engine.activate(Arc::new(loaded.scenario), 0);
    let decide = |_| engine.decide(None, &Seen::default(), 0);
    (0..calls)
        .map(decide)
        .map(|decision| {
            assert!(decision.act.is_none(), "the bank answers");
            decision.delay.expect("every answer is late")
        })
        .collect()
}

#[test]
fn most_answers_are_late_by_less_than_a_second_and_some_by_several() {
    let mut delays = delays(SEED, 10_000);
    delays.sort_unstable();
    let median = delays[5_000].as_millis();
    assert!((760..=840).contains(&median), "{median} ms");
    let p99 = delays[9_900].as_millis();
    assert!((4_400..=5_600).contains(&p99), "{p99} ms");
    let below_a_second = delays.iter().filter(|delay| delay.as_secs() == 0).count();
    assert!(below_a_second > 5_000, "usually: {below_a_second}");
    assert!(delays[0] > Duration::ZERO, "every answer");
}

#[test]
fn the_seed_of_the_emulator_decides_which_are_slow() {
    assert_eq!(delays(SEED, 20), delays(SEED, 20));
    assert_ne!(delays(SEED, 20), delays(SEED + 1, 20));
}

#[tokio::test]
async fn no_answer_comes_before_its_time_and_all_are_the_banks_own() {
    const CALLS: usize = 6;
    for way in WAYS {
        let delays = delays(SEED, CALLS);
        let ground = Ground::start_with(NAME, way, EmulatorBuilder::annotate).await;
        let tpp = ground.tpp("uk-ob-3.3").await;
        let asked = Instant::now();
        let asking: Vec<_> = (0..CALLS)
            .map(|_| {
                let tpp = tpp.clone();
                tokio::spawn(async move { (tpp.get("/jwks").await, asked.elapsed()) })
            })
            .collect();
        let mut calls = Vec::new();
        for asked in asking {
            let (answer, passed) = asked.await.unwrap();
            answer.assert_status(200, NAME);
            assert!(answer.json()["keys"].is_array());
            let [rule] = answer.rules()[..] else {
                panic!("{:?}", answer.rules())
            };
            let call = rule.strip_prefix("slow-bank/1#").expect("its rule");
            let call: usize = call.parse().unwrap();
            assert!(passed >= delays[call - 1], "{rule}: {passed:?}");
            calls.push(call);
        }
        calls.sort_unstable();
        assert!(calls.into_iter().eq(1..=CALLS));
    }
}

#[tokio::test]
async fn the_bank_works_at_once_and_a_stop_of_the_emulator_sends_what_is_held_back() {
    let delay = delays(SEED_OF_A_LONG_DELAY, 1)[0];
    assert!(delay > LONG, "{delay:?}");
    for (way, bank, is_http2) in [
        (Way::InForce, "uk-ob-3.3", false),
        (Way::ByHeader, BRAZIL, true),
    ] {
        let seed = |builder: EmulatorBuilder| builder.seed(SEED_OF_A_LONG_DELAY);
        let ground = Ground::start_with(NAME, way, seed).await;
        let tpp = ground.tpp(bank).await;
        let tpp = if is_http2 { tpp.over_http2() } else { tpp };
        let asked = Instant::now();
        let asking = tokio::spawn(async move { tpp.register().await });
        let stored = async {
            while ground.clients(bank).await.is_empty() {
                tokio::task::yield_now().await;
            }
        };
        within_a_minute(stored).await;
        assert!(!asking.is_finished());
        let stopped = tokio::task::spawn_blocking(|| ground.emulator.stop());
        let answer = within_a_minute(asking).await.unwrap();
        answer.assert_status(201, bank);
        stopped.await.unwrap();
        // Else it would have been sent by itself.
        assert!(asked.elapsed() < delay, "{:?}", asked.elapsed());
    }
}

#[tokio::test]
async fn who_does_not_ask_for_it_does_not_wait() {
    let seed = |builder: EmulatorBuilder| builder.seed(SEED_OF_A_LONG_DELAY);
    let ground = Ground::start_with(NAME, Way::ByHeader, seed).await;
    let (slow, plain) = (
        ground.tpp("uk-ob-3.3").await,
        ground.tpp(DIRECTORY).await.plain(),
    );
    let mut waiting = tokio::spawn(async move { slow.get("/jwks").await });
    // However often it asks: the other is answered while this one is held back.
    for _ in 0..10 {
        tokio::select! {
            biased;
            answer = plain.get("/jwks") => answer.assert_status(200, DIRECTORY),
            answer = &mut waiting => panic!("{answer:?}"),
        }
    }
    waiting.abort();
}
