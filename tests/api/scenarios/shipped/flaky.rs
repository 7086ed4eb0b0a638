//! `flaky`: Some requests fail, the same ones every time.

use std::sync::Arc;

use aspsp_emulator::scenario::decision::Act;
use aspsp_emulator::scenario::model::{Answer as Scripted, Fault};
use aspsp_emulator::scenario::{Engine, Seen, builtin_named};

use super::answer::Outcome;
use super::ground::{Caller, Ground, Way};

pub const NAME: &str = "flaky";

/// What becomes of a call.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Fate {
    Reset,
    Unavailable,
    Served,
}

/// The fates of the first calls, and whether each is slow, as the library decides without a socket.
fn decided(calls: usize) -> Vec<(Fate, bool)> {
    let engine = Engine::new(1);
    let loaded = builtin_named(NAME).unwrap().parse().unwrap();
    engine.activate(Arc::new(loaded.scenario), 0);
    let fate = |_| {
        let decision = engine.decide(None, &Seen::default(), 0);
        let fate = match &decision.act {
            None => Fate::Served,
            Some(Act::Effect(effect, _)) => match (&effect.answer, &effect.fault) {
                (None, Some(Fault::Reset)) => Fate::Reset,
                (Some(Scripted::Respond(respond)), None) if respond.status == 503 => {
                    Fate::Unavailable
                }
                other => panic!("{other:?}"),
            },
            Some(other) => panic!("{other:?}"),
        };
        if let Some(delay) = decision.delay {
            let bounds = 500..=2_000;
            assert!(bounds.contains(&delay.as_millis()), "{delay:?}");
        }
        (fate, decision.delay.is_some())
    };
    (0..calls).map(fate).collect()
}

/// What a TPP saw, and the rules that the answer names.
fn seen(outcome: &Outcome) -> (Fate, Vec<String>) {
    match outcome {
        Err(_) => (Fate::Reset, Vec::new()),
        Ok(answer) => {
            let rules = answer.rules().into_iter().map(str::to_owned).collect();
            if answer.status == 503 {
                assert_eq!(answer.header("retry-after"), Some("1"));
                answer.assert_empty(503, NAME);
                (Fate::Unavailable, rules)
            } else {
                answer.assert_status(200, NAME);
                (Fate::Served, rules)
            }
        }
    }
}

/// What is seen of a call with this fate.
fn expected(call: usize, (fate, is_slow): &(Fate, bool)) -> (Fate, Vec<String>) {
    let mut rules = Vec::new();
    if *fate != Fate::Reset {
        if *is_slow {
            rules.push(format!("flaky/slow#{call}"));
        }
        if *fate == Fate::Unavailable {
            rules.push(format!("flaky/unavailable#{call}"));
        }
    }
    (fate.clone(), rules)
}

fn all_expected(calls: usize) -> Vec<(Fate, Vec<String>)> {
    let fates = decided(calls);
    let numbered = fates.iter().enumerate();
    numbered
        .map(|(index, fate)| expected(index + 1, fate))
        .collect()
}

/// The emulator's own seed decides nothing, since the scenario has one.
async fn start(way: Way) -> (Ground, Caller) {
    let seed = if way == Way::InForce { 1 } else { 2 };
    let ground = Ground::start_with(NAME, way, |builder| builder.annotate().seed(seed)).await;
    let tpp = ground.tpp("uk-ob-3.3").await.over_http1();
    (ground, tpp)
}

async fn one_by_one(way: Way, calls: usize) -> Vec<(Fate, Vec<String>)> {
    let (_ground, tpp) = start(way).await;
    let mut all = Vec::new();
    for _ in 0..calls {
        all.push(seen(&tpp.try_get("/jwks").await));
    }
    all
}

async fn at_once(way: Way, calls: usize) -> Vec<(Fate, Vec<String>)> {
    let (_ground, tpp) = start(way).await;
    let asking: Vec<_> = (0..calls)
        .map(|_| {
            let tpp = tpp.clone();
            tokio::spawn(async move { seen(&tpp.try_get("/jwks").await) })
        })
        .collect();
    let mut all = Vec::new();
    for asked in asking {
        all.push(asked.await.unwrap());
    }
    all.sort_unstable();
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn the_same_calls_fail_in_every_run_one_by_one() {
    const CALLS: usize = 20;
    let (one, two) = tokio::join!(
        one_by_one(Way::InForce, CALLS),
        one_by_one(Way::ByHeader, CALLS)
    );
    assert_eq!(one, all_expected(CALLS));
    assert_eq!(two, one);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn the_same_calls_fail_in_every_run_all_at_once() {
    const CALLS: usize = 60;
    let mut expected = all_expected(CALLS);
    expected.sort_unstable();
    let (one, two) = tokio::join!(at_once(Way::InForce, CALLS), at_once(Way::ByHeader, CALLS));
    assert_eq!(one, expected);
    assert_eq!(two, one);
}

#[test]
fn as_many_fail_as_the_description_says() {
    let fates = decided(20);
    let calls = |is_meant: &dyn Fn(&(Fate, bool)) -> bool| {
        let numbered = fates.iter().zip(1..);
        let meant = numbered.filter(|(fate, _)| is_meant(fate));
        meant.map(|(_, call)| call).collect::<Vec<u32>>()
    };
    assert_eq!(calls(&|(fate, _)| *fate == Fate::Reset), [19]);
    assert_eq!(calls(&|(fate, _)| *fate == Fate::Unavailable), [3, 4]);
    assert_eq!(calls(&|(_, is_slow)| *is_slow), [12, 16, 18]);

    let fates = decided(20_000);
    let count = |wanted: &Fate| fates.iter().filter(|(fate, _)| fate == wanted).count();
    let slow = fates.iter().filter(|(_, is_slow)| *is_slow).count();
    // One, two and three of twenty, each give or take a tenth.
    assert!((900..=1_100).contains(&count(&Fate::Reset)));
    assert!((1_800..=2_200).contains(&count(&Fate::Unavailable)));
    assert!((2_700..=3_300).contains(&slow), "{slow}");
}

#[tokio::test]
async fn who_does_not_ask_for_it_neither_fails_nor_counts() {
    let (_ground, tpp) = start(Way::ByHeader).await;
    let plain = tpp.plain();
    for _ in 0..40 {
        let outcome = plain.try_get("/jwks").await;
        assert_eq!(seen(&outcome), (Fate::Served, Vec::new()));
    }
    for expected in all_expected(3) {
        assert_eq!(seen(&tpp.try_get("/jwks").await), expected);
    }
}
