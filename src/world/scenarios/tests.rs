use std::path::Path;

use time::OffsetDateTime;

use super::*;
use crate::scenario::parse;

fn scenario(name: &str, status: u16) -> (Arc<Scenario>, String) {
    let text = format!("description: answers {status}\nrules: [{{ respond: {status} }}]");
    let loaded = parse(name, Path::new(name), &text).unwrap();
    (Arc::new(loaded.scenario), text)
}

/// A world above files of these names, which answer 500.
fn above(files: &[&str]) -> (Arc<Library>, Scenarios) {
    let library = Arc::new(Library::default());
    for name in files {
        let (scenario, text) = scenario(name, 500);
        library.put(scenario, &text);
    }
    let clock = Clock::fixed(OffsetDateTime::UNIX_EPOCH);
    let world = Scenarios::new(Arc::clone(&library), 1, clock, Vec::new());
    (library, world)
}

fn activate(world: &Scenarios, name: &str) {
    world.activate(world.library().get(name).unwrap(), None);
}

fn put(world: &Scenarios, name: &str, status: u16) -> bool {
    let (scenario, text) = scenario(name, status);
    world.put(scenario, &text)
}

/// Those in force, in order, and what they say.
fn in_force(world: &Scenarios) -> Vec<String> {
    let of = |scenario: &Arc<Scenario>| {
        let description = scenario.description.clone().unwrap_or_default();
        format!("{} {description}", scenario.name)
    };
    world.active().iter().map(of).collect()
}

/// A file's scenario had one name, and has another now.
fn change(before: &str, name: &str, status: u16) -> (String, Arc<Scenario>) {
    (before.to_owned(), scenario(name, status).0)
}

#[test]
fn a_scenario_that_is_in_force_must_be_deactivated_before_it_is_removed() {
    let (_, world) = above(&["file"]);
    assert!(put(&world, "own", 501));
    activate(&world, "own");
    let error = world.remove("own").unwrap_err();
    assert_eq!(
        error.to_string(),
        "scenario `own` is in force; deactivate it first"
    );
    world.deactivate("own");
    assert_eq!(world.remove("own"), Ok(()));
    assert!(matches!(
        world.remove("own"),
        Err(RemoveError::Unknown { .. })
    ));
    for (name, origin) in [("file", "file"), ("flaky", "built-in")] {
        let name = name.to_owned();
        assert_eq!(
            world.remove(&name),
            Err(RemoveError::NotOwn { name, origin })
        );
    }
}

#[test]
fn a_worlds_own_takes_the_place_of_what_is_in_force_and_keeps_it_when_a_file_changes() {
    let (library, world) = above(&["a", "b"]);
    activate(&world, "a");
    activate(&world, "b");
    put(&world, "a", 501);
    assert_eq!(in_force(&world), ["b answers 500", "a answers 501"]);
    assert!(!put(&world, "a", 502));
    let (changed, text) = scenario("a", 503);
    library.put(Arc::clone(&changed), &text);
    world.replace(&[("a".to_owned(), changed), change("b", "b", 504)]);
    assert_eq!(in_force(&world), ["b answers 504", "a answers 502"]);
}

#[test]
fn a_renamed_file_keeps_its_place_and_two_may_change_names() {
    let (_, world) = above(&["a", "b", "c"]);
    for name in ["a", "b", "c"] {
        activate(&world, name);
    }
    world.replace(&[change("b", "d", 501)]);
    let expected = ["c answers 500", "d answers 501", "a answers 500"];
    assert_eq!(in_force(&world), expected);
    world.replace(&[change("a", "c", 502), change("c", "a", 503)]);
    let expected = ["a answers 503", "d answers 501", "c answers 502"];
    assert_eq!(in_force(&world), expected);
    // The name of another that is in force is there once.
    world.replace(&[change("d", "c", 504)]);
    assert_eq!(in_force(&world), ["a answers 503", "c answers 504"]);
}

#[test]
fn a_restart_is_back_to_the_start_as_files_say_now() {
    let (library, world) = above(&["a", "b", "c"]);
    for name in ["a", "b", "a"] {
        world.start_with(library.get(name).unwrap());
    }
    activate(&world, "b");
    activate(&world, "c");
    world.deactivate("a");
    assert_eq!(in_force(&world), ["c answers 500", "b answers 500"]);
    let (renamed, text) = scenario("d", 501);
    library.remove("b");
    library.put(Arc::clone(&renamed), &text);
    world.replace(&[("b".to_owned(), renamed)]);
    world.restart();
    assert_eq!(in_force(&world), ["d answers 501", "a answers 500"]);
    assert!(world.in_force().iter().all(|one| one.from_start));
}

#[test]
fn a_snapshot_is_taken_up_in_another_world() {
    let (library, world) = above(&["a"]);
    world.start_with(library.get("a").unwrap());
    put(&world, "own", 501);
    activate(&world, "own");
    let progress = world.progress();
    let (_, other) = above(&["a"]);
    assert!(matches!(
        other.resume(progress.clone()),
        Err(ResumeError::Unknown { .. })
    ));
    assert!(other.is_idle());
    put(&other, "own", 501);
    other.resume(progress.clone()).unwrap();
    assert_eq!(in_force(&other), ["own answers 501", "a answers 500"]);
    assert_eq!(other.progress(), progress);
}
