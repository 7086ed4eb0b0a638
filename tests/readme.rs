//! README and docs say what the program does: its flags, checks, systems and switches.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::process::Command;

use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::dialect::{ALL, Operation};

const README: &str = include_str!("../README.md");

/// The section of the README under a heading.
fn section(heading: &str) -> &'static str {
    README
        .split("\n## ")
        .find(|section| section.lines().next() == Some(heading))
        .unwrap()
}

/// Rows of the tables of a text: their cells.
fn rows(text: &str) -> Vec<Vec<String>> {
    text.lines()
        .filter_map(|line| line.strip_prefix('|')?.strip_suffix('|'))
        .map(|row| row.split('|').map(|cell| cell.trim().to_owned()).collect())
        .collect()
}

/// The texts between backticks.
fn quoted(cell: &str) -> impl Iterator<Item = &str> {
    cell.split('`').skip(1).step_by(2)
}

/// `--name` to its default (empty: none), as `--help` has them.
fn flags_of_help() -> BTreeMap<String, String> {
    let output = Command::new(env!("CARGO_BIN_EXE_aspsp-emulator"))
        .arg("--help")
        .output()
        .unwrap();
    let mut flags = BTreeMap::new();
    let mut current = String::new();
    for line in String::from_utf8(output.stdout).unwrap().lines() {
        let line = line.trim();
        if let Some(flag) = line.strip_prefix("--") {
            let name = flag.split_whitespace().next().unwrap();
            name.clone_into(&mut current);
            flags.insert(current.clone(), String::new());
        } else if let Some(default) = line.strip_prefix("[default: ") {
            flags.insert(current.clone(), default.trim_end_matches(']').to_owned());
        } else if let Some(variable) = line.strip_prefix("[env: ") {
            let name = variable.trim_end_matches(']').trim_end_matches('=');
            let expected = current.replace('-', "_").to_ascii_uppercase();
            assert_eq!(name, format!("ASPSP_EMULATOR_{expected}"));
        }
    }
    flags
}

#[test]
fn every_flag_is_in_the_readme_with_its_default() {
    let mut documented = BTreeMap::new();
    for row in rows(section("Flags")).iter().skip(2) {
        let default = quoted(&row[1]).next().unwrap_or_default();
        for flag in quoted(&row[0]) {
            let name = flag.trim_start_matches("--").split(' ').next().unwrap();
            documented.insert(name.to_owned(), default.to_owned());
        }
    }
    assert_eq!(documented, flags_of_help());
}

/// What stands in backticks, and nothing else, in the first column of a text's tables.
fn first_column(text: &str) -> Vec<String> {
    rows(text)
        .iter()
        .filter_map(|row| row[0].strip_prefix('`')?.strip_suffix('`'))
        .map(str::to_owned)
        .collect()
}

#[test]
fn every_check_is_documented_once() {
    let checks: BTreeSet<String> = ALL
        .iter()
        .flat_map(|dialect| Operation::ALL.map(|operation| (dialect.checks)(operation)))
        .flat_map(|groups| groups.iter().copied().flatten())
        .map(|check| check.name.to_owned())
        .collect();
    let documented = first_column(include_str!("../docs/checks.md"));
    let unique: BTreeSet<String> = documented.iter().cloned().collect();
    assert_eq!(unique.len(), documented.len(), "a check is listed twice");
    assert_eq!(unique, checks);
}

#[test]
fn every_system_is_in_the_readme() {
    let listed = first_column(README.split("\n## ").next().unwrap());
    let expected: Vec<&str> = ALL.iter().map(|dialect| dialect.id).collect();
    assert_eq!(listed, expected);
}

#[test]
fn every_switch_is_documented_in_its_order() {
    let policy = (ALL[0].policy)(ALL[0], Strictness::default());
    let switches = serde_json::to_value(policy).unwrap();
    let expected: Vec<&String> = switches.as_object().unwrap().keys().collect();
    let systems = include_str!("../docs/systems.md");
    let documented = first_column(systems.split("Without a switch:").next().unwrap());
    assert_eq!(documented.iter().collect::<Vec<_>>(), expected);
}
