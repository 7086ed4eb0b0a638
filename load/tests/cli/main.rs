//! Each command against the emulator of the same build, with tiny counts: exit code and shape, no figures.
//!
//! `cargo test --workspace` builds the emulator beside these tests; `cargo test --package load` does not.

#![allow(clippy::unwrap_used)] // A test that cannot go on has failed.

mod endings;
mod refusals;
mod report;

use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

/// The emulator, in the folder of the profile that these tests were built with.
fn emulator() -> PathBuf {
    let test = std::env::current_exe().unwrap();
    let profile = test.ancestors().nth(2).unwrap();
    let binary = profile.join("aspsp-emulator");
    assert!(
        binary.exists(),
        "{} is not there: cargo build",
        binary.display()
    );
    binary
}

/// Runs the program in the folder of the workspace.
fn load(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_load"))
        .current_dir(Path::new(env!("CARGO_MANIFEST_DIR")).join(".."))
        .args(arguments)
        .output()
        .unwrap()
}

/// What it prints with `--json`; it must succeed.
fn json(arguments: &[&str]) -> Value {
    let output = load(&[&["--json"], arguments].concat());
    assert!(
        output.status.success(),
        "{arguments:?}: {}",
        String::from_utf8_lossy(&output.stderr)
    );
    serde_json::from_slice(&output.stdout).unwrap()
}

/// The same of a command that takes an emulator.
fn measured(arguments: &[&str]) -> Value {
    let emulator = emulator();
    let (command, others) = arguments.split_at(1);
    let emulator = ["--emulator", emulator.to_str().unwrap()];
    json(&[command, &emulator, others].concat())
}

#[track_caller]
fn positive(figures: &Value, pointers: &[&str]) {
    for pointer in pointers {
        let figure = figures.pointer(pointer).and_then(Value::as_f64);
        assert!(
            figure.is_some_and(|figure| figure > 0.0),
            "{pointer} is {figure:?} in {figures}"
        );
    }
}

/// A run in which all went well, of so many requests.
#[track_caller]
fn all_answered(outcome: &Value, count: u64) {
    assert_eq!(outcome["requests"]["ok"], count, "{outcome}");
    assert_eq!(outcome["requests"]["failed"], 0, "{outcome}");
    assert_eq!(outcome["errors"], serde_json::json!({}));
    let latency = |name: &str| outcome["latency"][name].as_f64().unwrap();
    assert!(latency("p50") > 0.0 && latency("p50") <= latency("p99"));
    assert!(latency("p99") <= latency("p99_9") && latency("p99_9") <= latency("max"));
    positive(
        outcome,
        &[
            "/per_second",
            "/per_cpu_second",
            "/cpu_us_each",
            "/memory/start_kib",
            "/memory/end_kib",
            "/memory/peak_kib",
            "/seconds",
        ],
    );
}

#[test]
fn registrations_are_answered_over_either_version_of_http() {
    for http in ["1.1", "2"] {
        let few = ["--count", "40", "--connections", "2"];
        let outcome = measured(&[&["register", "--http", http], &few[..]].concat());
        all_answered(&outcome, 40);
        assert_eq!(outcome["http"], http);
        assert_eq!(outcome["connections"], 2);
        assert_eq!(outcome["requests"]["distinct"], 40);
    }
}

#[test]
fn a_token_and_the_read_with_it_are_two_requests() {
    for http in ["1.1", "2"] {
        let few = ["--count", "40", "--connections", "2"];
        let outcome = measured(&[&["token", "--http", http], &few[..]].concat());
        all_answered(&outcome, 40);
    }
}

#[test]
fn each_request_of_connect_has_a_connection_of_its_own() {
    for http in ["1.1", "2"] {
        let few = ["--count", "20", "--connections", "2"];
        let outcome = measured(&[&["connect", "--http", http], &few[..]].concat());
        all_answered(&outcome, 20);
    }
}

#[test]
fn the_bare_server_takes_the_same_loads() {
    for mode in ["register", "connect"] {
        for http in ["1.1", "2"] {
            let few = ["--count", "20", "--connections", "2"];
            all_answered(
                &json(&[&["bare", mode, "--http", http], &few[..]].concat()),
                20,
            );
        }
    }
    let refused = load(&["bare", "token"]);
    assert_eq!(refused.status.code(), Some(2));
    let words = String::from_utf8_lossy(&refused.stderr).into_owned();
    assert!(
        words.contains("[possible values: register, connect]"),
        "{words}"
    );
}

#[test]
fn verifications_are_counted_in_both_ways() {
    let figures = json(&["verifications", "--seconds", "1"]);
    positive(
        &figures,
        &["/parsed_keys_per_second", "/jsonwebtoken_per_second"],
    );
}

#[test]
fn growth_is_measured_at_each_step() {
    let figures = measured(&[
        "growth",
        "--clients",
        "3,40",
        "--worlds",
        "1,3",
        "--count",
        "20",
        "--connections",
        "2",
    ]);
    let stored = |at: &str| figures.pointer(at).unwrap().as_u64().unwrap();
    assert_eq!(stored("/clients/0/stored"), 3);
    // Those of the first measurement count, too.
    assert_eq!(stored("/clients/1/stored"), 40);
    assert_eq!(
        (stored("/worlds/0/stored"), stored("/worlds/1/stored")),
        (1, 3)
    );
    assert_eq!(stored("/spread/stored"), 3);
    for step in [
        "/clients/0",
        "/clients/1",
        "/worlds/0",
        "/worlds/1",
        "/spread",
    ] {
        let outcome = figures.pointer(&format!("{step}/outcome")).unwrap();
        all_answered(outcome, 20);
    }
}

#[test]
fn starts_worlds_and_a_stop_are_timed() {
    let figures = measured(&["start", "--starts", "2", "--worlds", "3", "--stops", "2"]);
    positive(
        &figures,
        &[
            "/ready_ms/median",
            "/idle_kib/median",
            "/world_ms/median",
            "/binary_bytes",
            "/stop/exit_ms/median",
            "/stop/delayed/requests",
        ],
    );
    assert_eq!(figures["ready_ms"]["samples"], 2);
    assert_eq!(figures["world_ms"]["samples"], 3);
    assert_eq!(figures["stop"]["exit_ms"]["samples"], 2);
}

#[test]
fn stalled_connections_stay_while_another_client_is_served() {
    let figures = measured(&["stalled", "--connections", "12", "--count", "20"]);
    assert_eq!(
        (&figures["connections"], &figures["still_open"]),
        (&12.into(), &12.into())
    );
    all_answered(&figures["alone"], 20);
    all_answered(&figures["beside"], 20);
    positive(&figures, &["/before_kib", "/with_kib"]);
}

#[test]
fn a_soak_does_all_kinds_of_work_and_looks_at_the_process() {
    // Too short for a verdict on memory, which decides the exit code.
    let emulator = emulator();
    let output = load(&[
        "soak",
        "--minutes",
        "0.05",
        "--json",
        "--emulator",
        emulator.to_str().unwrap(),
    ]);
    let figures: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(figures["verdict"]["failed"], 0, "{figures}");
    assert_eq!(
        output.status.success(),
        figures["verdict"]["is_flat"].as_bool().unwrap()
    );
    let kinds = [
        "lives over HTTP/1.1",
        "lives over HTTP/2",
        "new connections",
        "refused requests",
        "worlds with faults",
    ];
    for kind in kinds {
        positive(&figures["work"][kind], &["/ok", "/latency/p50"]);
    }
    let samples = figures["samples"].as_array().unwrap();
    assert!(samples.len() > 3, "{figures}");
    for sample in samples {
        positive(
            sample,
            &["/at", "/resident_kib", "/threads", "/descriptors"],
        );
    }
}

#[test]
fn other_answers_than_expected_are_counted_by_status() {
    let outcome = measured(&[
        "register",
        "--count",
        "40",
        "--connections",
        "2",
        "--",
        "--scenario",
        "flaky",
    ]);
    let (ok, failed) = (&outcome["requests"]["ok"], &outcome["requests"]["failed"]);
    assert_eq!(
        ok.as_u64().unwrap() + failed.as_u64().unwrap(),
        40,
        "{outcome}"
    );
    positive(&outcome, &["/requests/failed", "/errors/status 503"]);
    assert!(outcome["first_error"].is_string());
}

#[test]
fn nothing_answered_as_expected_is_no_measurement() {
    let emulator = emulator();
    let output = load(&[
        "register",
        "--count",
        "5",
        "--connections",
        "1",
        "--emulator",
        emulator.to_str().unwrap(),
        "--",
        "--scenario",
        "gateway-html",
    ]);
    assert_eq!(output.status.code(), Some(1));
    let words = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(
        words.contains("nothing was answered as expected: status 502"),
        "{words}"
    );
}

#[test]
fn there_is_a_ceiling_to_everything() {
    for beyond in [
        ["register", "--count", "2000001"],
        ["register", "--seconds", "3601"],
        ["register", "--connections", "12001"],
        ["stalled", "--connections", "12001"],
        ["growth", "--clients", "1000001"],
        ["growth", "--worlds", "1001"],
        ["soak", "--minutes", "121"],
    ] {
        let output = load(&[&beyond[..], &["--emulator", "none"]].concat());
        assert_eq!(output.status.code(), Some(2), "{beyond:?}");
    }
}
