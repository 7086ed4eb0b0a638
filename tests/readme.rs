//! README and docs say what the program does: its flags, checks, systems and switches.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.

use std::collections::BTreeMap;
use std::collections::BTreeSet;
use std::path::Path;
use std::process::Command;

use aspsp_emulator::dialect::fault::Refusal;
use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::dialect::refusals::Asked;
use aspsp_emulator::dialect::scripted::Scripted;
use aspsp_emulator::dialect::{ALL, Dialect, Operation, all_checks};
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::scenario::{self, builtin};

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
    let checks: BTreeSet<String> = all_checks()
        .iter()
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

/// What a system can be asked: its operations, and paths that are none.
fn asked_of(dialect: &Dialect) -> Vec<Option<Operation>> {
    let offered = Operation::ALL.into_iter();
    let offered = offered.filter(|operation| dialect.offers(*operation));
    offered.map(Some).chain([None]).collect()
}

/// Those of them that the second column names.
fn named_of(dialect: &Dialect, cell: &str) -> Vec<Option<Operation>> {
    let named: Vec<&str> = quoted(cell).collect();
    let is_named = |operation: &Option<Operation>| match operation {
        Some(operation) => named.contains(&operation.as_str()),
        None => cell.contains("no operation"),
    };
    let is_all = cell.starts_with("all");
    let mut asked = asked_of(dialect);
    asked.retain(|operation| is_named(operation) != is_all);
    asked
}

/// An answer as the table writes it.
fn written(refusal: &Refusal) -> String {
    let body = match &refusal.body {
        None => "`empty`".to_owned(),
        Some(body) if body.get("errors").is_some() => "`errors`".to_owned(),
        Some(body) => format!("`{}`", body["error"].as_str().unwrap()),
    };
    let headers = refusal.headers.iter().map(|(name, _)| match *name {
        "www-authenticate" => " + `WWW-Authenticate`",
        "allow" => " + `Allow`",
        "retry-after" => " + `Retry-After`",
        other => panic!("{other} is not in the table"),
    });
    headers.fold(body, |text, header| text + header)
}

fn scripted(dialect: &Dialect, operation: Option<Operation>, status: u16) -> Refusal {
    let policy = (dialect.policy)(dialect, Strictness::default());
    let scripted = Scripted {
        operation,
        status,
        retry_after: None,
    };
    let asked = Asked {
        description: "scripted by a scenario",
        realm: "bank",
        issuer: "https://bank.example",
        policy: &policy,
        is_scripted: true,
    };
    dialect.scripted(scripted, &asked)
}

#[test]
fn every_scripted_status_is_documented_as_it_is_answered() {
    let table = rows(include_str!("../docs/statuses.md"));
    let mut used = BTreeSet::new();
    for dialect in ALL {
        let column = match (dialect.id, dialect.ecosystem) {
            ("raidiam-directory", _) => 4,
            (_, Ecosystem::Brazil) => 3,
            (_, Ecosystem::Uk) => 2,
        };
        let mut documented = BTreeSet::new();
        for row in table.iter().skip(2) {
            let status: u16 = row[0].parse().unwrap();
            let named = named_of(dialect, &row[1]);
            if !named.is_empty() {
                used.insert((row, column));
            }
            for operation in named {
                let refusal = scripted(dialect, operation, status);
                assert_eq!(refusal.status, status);
                let case = format!("{} {status} {operation:?}", dialect.id);
                assert_eq!(written(&refusal), row[column], "{case}");
                assert!(documented.insert(case.clone()), "{case} is there twice");
            }
        }
        for status in 200..600 {
            for operation in asked_of(dialect) {
                let case = format!("{} {status} {operation:?}", dialect.id);
                if !documented.contains(&case) {
                    let refusal = scripted(dialect, operation, status);
                    assert_eq!(refusal, Refusal::empty(status), "{case}");
                }
            }
        }
    }
    for row in table.iter().skip(2) {
        for column in 2..=4 {
            let has_operation = used.contains(&(row, column));
            assert_eq!(
                has_operation,
                row[column] != "-",
                "{row:?}, column {column}"
            );
        }
    }
}

/// The contents of fenced blocks of YAML that are scenarios.
fn scenarios_in(text: &str) -> Vec<&str> {
    let fenced = text.split("```yaml\n").skip(1);
    let blocks = fenced.filter_map(|rest| rest.split("\n```").next());
    blocks.filter(|block| block.contains("\nrules:")).collect()
}

#[test]
fn every_scenario_of_the_docs_can_be_used() {
    let examples = scenarios_in(include_str!("../docs/scenarios.md"));
    assert!(examples.len() >= 5, "{}", examples.len());
    for example in examples {
        let loaded = scenario::parse("example", Path::new("docs/scenarios.md"), example);
        let loaded = loaded.unwrap_or_else(|bad| panic!("{bad}\n{example}"));
        assert_eq!(loaded.warnings, [], "{example}");
    }
}

#[test]
fn every_built_in_scenario_is_in_the_readme_with_its_description() {
    let rows = rows(section("A bank that fails on demand"));
    let listed: Vec<(String, String)> = rows
        .into_iter()
        .skip(2)
        .map(|row| (row[0].trim_matches('`').to_owned(), row[1].clone()))
        .collect();
    let builtin = builtin().iter().map(|builtin| {
        let description = builtin.parse().unwrap().scenario.description;
        (builtin.name.to_owned(), description.unwrap())
    });
    assert_eq!(listed, builtin.collect::<Vec<_>>());
}
