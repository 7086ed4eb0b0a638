use futures_util::FutureExt;

use super::*;
use crate::directory::plan::TppPlan;
use crate::domain::certificate::ClientCertificate;
use crate::journal::{Exchange, JournalLimits};
use crate::world::sample::{parts, plan, scenario};

const TTL: Duration = Duration::from_secs(60);
const ALMOST: Duration = Duration::from_millis(59_999);
/// Longer than any test.
const LATER: Duration = Duration::from_secs(60 * 60);

fn worlds(limit: usize) -> Worlds {
    Worlds::new(parts(), Vec::new(), limit).unwrap()
}

fn named(name: &str, ttl: Option<Duration>) -> NewWorld {
    NewWorld {
        name: Some(name.to_owned()),
        ttl,
        ..NewWorld::default()
    }
}

fn names(worlds: &Worlds) -> Vec<String> {
    let worlds = worlds.all();
    worlds.iter().map(|world| world.name.to_string()).collect()
}

#[tokio::test]
async fn a_world_goes_when_it_was_not_used_for_as_long_as_it_lives() {
    let worlds = worlds(10);
    for (name, ttl) in [("a", Some(TTL)), ("b", Some(TTL * 2)), ("c", None)] {
        worlds.create(named(name, ttl)).unwrap();
    }
    let made = Clock::moment() + LATER;
    for name in ["a", "b", "c"] {
        worlds.world_used_at(name, made).unwrap();
    }
    worlds.sweep(made + ALMOST).await;
    assert_eq!(names(&worlds), ["default", "a", "b", "c"]);
    worlds.sweep(made + TTL).await;
    assert_eq!(names(&worlds), ["default", "b", "c"]);
    worlds.sweep(made + TTL * 1_000).await;
    assert_eq!(names(&worlds), ["default", "c"]);
}

#[tokio::test]
async fn whoever_uses_a_world_keeps_it_and_who_lists_it_does_not() {
    let worlds = worlds(10);
    worlds.create(named("a", Some(TTL))).unwrap();
    let made = Clock::moment() + LATER;
    worlds.world_used_at("a", made + TTL).unwrap();
    // A listing is no use.
    assert_eq!(worlds.all().len(), 2);
    worlds.sweep(made + TTL + ALMOST).await;
    assert_eq!(names(&worlds), ["default", "a"]);
    worlds.sweep(made + TTL * 2).await;
    assert_eq!(names(&worlds), ["default"]);
}

#[tokio::test]
async fn a_world_lives_while_it_is_in_use_and_for_its_time_after_that() {
    let worlds = worlds(10);
    let world = worlds.create(named("a", Some(TTL))).unwrap();
    let in_use = world.in_use();
    worlds.sweep(Clock::moment() + LATER).await;
    assert_eq!(names(&worlds), ["default", "a"]);
    drop(in_use);
    worlds.sweep(Clock::moment() + LATER).await;
    assert_eq!(names(&worlds), ["default"]);
}

#[tokio::test]
async fn a_world_that_is_over_answers_what_is_in_and_tells_who_waits() {
    let worlds = worlds(10);
    let world = worlds.create(named("a", Some(TTL))).unwrap();
    let in_flight = world.enter().await;
    let mut ended = Box::pin(world.ended());
    assert!((&mut ended).now_or_never().is_none());
    let mut sweep = Box::pin(worlds.sweep(Clock::moment() + LATER));
    assert!((&mut sweep).now_or_never().is_none());
    assert!(worlds.world("a").is_none());
    assert!((&mut ended).now_or_never().is_some());
    drop(in_flight);
    sweep.await;
}

#[tokio::test]
async fn dropped_exchanges_are_counted_when_their_world_is_gone() {
    let parts = WorldParts {
        journal: JournalLimits {
            exchanges: 1,
            ..JournalLimits::default()
        },
        ..parts()
    };
    let worlds = Worlds::new(parts, Vec::new(), 10).unwrap();
    let world = worlds.create(named("a", None)).unwrap();
    for _ in 0..3 {
        world.journal.push(Exchange::default());
    }
    worlds.default_world().journal.push(Exchange::default());
    assert_eq!(worlds.journal_drops(), 2);
    assert!(worlds.delete("a").await);
    assert_eq!(worlds.journal_drops(), 2);
    assert!(!worlds.delete("a").await);
}

#[tokio::test]
async fn a_world_knows_the_residents_and_nobody_else() {
    let worlds = worlds(10);
    let resident = TppPlan {
        is_resident: true,
        ..plan()
    };
    let resident = worlds.default_world().directory.add(resident).unwrap();
    worlds.settle();
    worlds.default_world().directory.add(plan()).unwrap();
    let world = worlds.create(named("a", None)).unwrap();
    let known = world.directory.tpps();
    assert_eq!(known.len(), 1);
    assert_eq!(known[0].identity.software_id, resident.identity.software_id);
    let made = world.directory.add(plan()).unwrap();
    let home = |tpp: &Tpp| {
        let read = ClientCertificate::from_der(tpp.transport().certificate.der()).unwrap();
        worlds.home(&read).map(|world| world.name.to_string())
    };
    assert_eq!(home(&made).as_deref(), Some("a"));
    assert_eq!(home(&resident).as_deref(), Some(DEFAULT));
    // It stays its world's when it is gone itself, and nobody else's when the world is gone.
    world.directory.remove(&made.identity.software_id).unwrap();
    assert_eq!(home(&made).as_deref(), Some("a"));
    worlds.delete("a").await;
    assert_eq!(home(&made), None);
    let again = worlds.create(named("a", None)).unwrap();
    again.directory.add(plan()).unwrap();
    assert_eq!(home(&made), None);
}

#[test]
fn names_are_refused_before_anything_is_made() {
    let worlds = worlds(3);
    for name in ["", "A", "a_b", "a.b", "ä", &"a".repeat(64)] {
        let refused = worlds.create(named(name, None));
        assert!(matches!(refused, Err(NewWorldError::BadName(_))), "{name}");
    }
    worlds.create(named(&"a".repeat(63), None)).unwrap();
    worlds.create(named("a", None)).unwrap();
    for name in ["a", "default"] {
        let refused = worlds.create(named(name, None));
        assert!(matches!(refused, Err(NewWorldError::Taken(_))), "{name}");
    }
    let refused = worlds.create(NewWorld::default());
    assert!(matches!(refused, Err(NewWorldError::Full(3))));
}

#[test]
fn its_own_scenarios_are_tried_before_those_of_every_world_the_last_first() {
    let from_start = vec![scenario("x"), scenario("y")];
    let worlds = Worlds::new(parts(), from_start, 10).unwrap();
    let world = worlds.create(NewWorld {
        scenarios: ["a", "y", "b"].map(scenario).to_vec(),
        ..NewWorld::default()
    });
    let expected = ["b", "y", "a", "x"];
    assert_eq!(world.unwrap().scenarios.names_in_force(), expected);
}
