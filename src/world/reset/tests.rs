use std::time::Duration;

use futures_util::FutureExt;

use super::*;
use crate::directory::changes::TppChanges;
use crate::directory::plan::TppPlan;
use crate::directory::tpp::SoftwareStatus;
use crate::journal::Exchange;
use crate::world::DEFAULT;
use crate::world::sample::{self, parts, plan};

fn world() -> World {
    World::new(DEFAULT, None, parts()).unwrap()
}

#[tokio::test]
async fn a_reset_waits_for_the_requests_that_are_in_and_keeps_others_waiting() {
    let world = world();
    let in_flight = world.enter().await;
    let mut reset = Box::pin(world.reset(&Part::ALL));
    assert!((&mut reset).now_or_never().is_none());
    let mut later = Box::pin(world.enter());
    assert!((&mut later).now_or_never().is_none());
    // What is in goes on until it is through.
    world.journal.push(Exchange::default());
    drop(in_flight);
    reset.await.unwrap();
    assert!(world.journal.is_empty());
    assert!((&mut later).now_or_never().is_some());
}

#[tokio::test]
async fn the_clock_stands_again_as_it_stood_when_the_world_was_made() {
    let world = world();
    let first = world.clock.now();
    world.clock.advance(Duration::from_secs(60));
    world.clock.unfreeze();
    world.reset(&[Part::Journal]).await.unwrap();
    assert_ne!(world.clock.now(), first);
    world.reset(&[Part::Clock]).await.unwrap();
    assert_eq!(world.clock.now(), first);
    assert_eq!(world.clock.setting().frozen_at, Some(first));
}

#[tokio::test]
async fn tpps_that_were_made_go_and_residents_are_as_they_were() {
    let world = world();
    let resident = TppPlan {
        is_resident: true,
        ..plan()
    };
    let resident = world.directory.add(resident).unwrap();
    world.directory.add(plan()).unwrap();
    let software = &resident.identity.software_id;
    let changes = TppChanges {
        software_status: Some(SoftwareStatus::Revoked),
        ..TppChanges::default()
    };
    world.directory.patch(software, changes).unwrap();
    let serial = resident.transport().certificate.serial().clone();
    world.directory.revoke_transport(&resident).unwrap();
    assert!(world.authority.is_revoked(&serial));
    let besides: Vec<Part> = Part::ALL
        .into_iter()
        .filter(|part| *part != Part::Tpps)
        .collect();
    world.reset(&besides).await.unwrap();
    assert_eq!(world.directory.tpps().len(), 2);
    assert!(world.authority.is_revoked(&serial));
    world.reset(&[Part::Tpps]).await.unwrap();
    assert_eq!(world.directory.tpps().len(), 1);
    assert_eq!(resident.software_status(), SoftwareStatus::Active);
    assert!(!world.authority.is_revoked(&serial));
}

#[tokio::test]
async fn scenarios_are_those_from_the_start_and_the_worlds_own_are_gone() {
    let world = world();
    world.scenarios.start_with(sample::scenario("first"));
    let own = sample::scenario("first");
    world.scenarios.put(own, "rules: [{ respond: 500 }]");
    world.scenarios.activate(sample::scenario("later"), None);
    world.reset(&[Part::Counts]).await.unwrap();
    assert_eq!(world.scenarios.names_in_force(), ["later", "first"]);
    assert!(world.scenarios.library().is_own("first"));
    world.reset(&[Part::Scenarios]).await.unwrap();
    assert_eq!(world.scenarios.names_in_force(), ["first"]);
    assert!(world.scenarios.library().own().is_empty());
}

#[tokio::test]
async fn the_numbers_of_exchanges_go_on() {
    let world = world();
    world.journal.push(Exchange::default());
    world.reset(&[Part::Journal]).await.unwrap();
    assert_eq!((world.journal.len(), world.journal.last_id()), (0, 1));
    assert_eq!(world.journal.push(Exchange::default()).id, 2);
}
