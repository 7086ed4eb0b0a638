//! The scenarios in `scenarios/`.

use std::fs;
use std::path::Path;

use crate::scenario::{builtin, builtin_named, builtin_names};

fn folder() -> std::path::PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("scenarios")
}

#[test]
fn every_file_is_built_in_and_no_other() {
    let mut files: Vec<String> = fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .filter(|name| name != "schema.json")
        .collect();
    files.sort();
    let names: Vec<String> = builtin_names().map(|name| format!("{name}.yaml")).collect();
    assert_eq!(names, files);
    assert_eq!(names.len(), 20);
    assert_eq!(builtin_named("no-such"), None);
    assert_eq!(builtin_named("flaky").unwrap().name, "flaky");
}

#[test]
fn every_shipped_scenario_is_right_explained_and_of_its_files_name() {
    for builtin in builtin() {
        let name = builtin.name;
        let loaded = builtin.parse().unwrap_or_else(|bad| panic!("{bad}"));
        assert_eq!(loaded.warnings, [], "{name}");
        assert_eq!(loaded.scenario.name, name);
        assert!(loaded.scenario.description.is_some(), "{name}");
        let mut lines = builtin.text.lines();
        assert_eq!(
            lines.next(),
            Some("# yaml-language-server: $schema=./schema.json"),
            "{name}"
        );
        assert!(lines.next().unwrap().starts_with("# "), "{name}");
    }
}
