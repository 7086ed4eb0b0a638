//! `simulate`: what scenarios would do, without an emulator.

use std::fs;
use std::process::Output;

use serde_json::Value;

use crate::process::{assert_error, command};

/// With a scenario file `s.yaml` in the folder.
fn simulate(file: &str, arguments: &[&str]) -> Output {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("s.yaml"), file).unwrap();
    let mut command = command(dir.path());
    command.arg("simulate").args(arguments).output().unwrap()
}

fn lines(output: &Output) -> Vec<&str> {
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().collect()
}

#[test]
fn a_built_in_scenario_is_simulated_by_its_name() {
    let output = simulate("", &["throttled-429", "--requests", "3"]);
    assert_eq!(
        lines(&output),
        [
            "1  +0s  register  tpp-1  429 (throttled-429/1#1)",
            "2  +0s  register  tpp-1  429 (throttled-429/1#2)",
            "3  +0s  register  tpp-1  the bank answers",
        ]
    );
}

#[test]
fn a_file_is_simulated_and_json_says_the_same() {
    let file = "rules: [{ per: software, limit: { calls: 1, every: 1m, burst: 1 } }]";
    let flags = [
        "s.yaml",
        "--software",
        "2",
        "--requests",
        "3",
        "--spacing",
        "1500ms",
    ];
    let output = simulate(file, &flags);
    let expected = "3  +3s  register  tpp-1  429, Retry-After 57 (s/1#2)";
    assert_eq!(lines(&output)[2], expected);
    let output = simulate(file, &[&flags[..], &["--json"]].concat());
    let last: Value = serde_json::from_str(lines(&output)[2]).unwrap();
    assert_eq!(
        (&last["answer"], &last["retry_after"]),
        (&"429".into(), &57.into())
    );
}

#[test]
fn what_is_no_scenario_is_refused_and_says_what_there_is() {
    let output = simulate("", &["no-such"]);
    let text = String::from_utf8_lossy(&output.stderr);
    let start = "error: there is no scenario `no-such`, built in or as a file; built in are ";
    assert!(
        text.starts_with(start) && text.contains("throttled-429"),
        "{text}"
    );
    assert_eq!(output.status.code(), Some(1));
    let output = simulate("rules: [{ respond: 700 }]", &["s.yaml"]);
    let text = String::from_utf8_lossy(&output.stderr);
    assert!(text.starts_with("error: s.yaml:1:20: "), "{text}");
    assert_eq!(output.status.code(), Some(1));
    assert_error(
        &simulate("", &["throttled-429", "--operation", "clients"]),
        "bank `uk-ob-3.3` does not offer `clients`; it offers register, read, update, delete, token, discovery, jwks",
    );
}
