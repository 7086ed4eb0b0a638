//! `try`: every bank of a running emulator, as the kit's TPP.

use std::process::{Command, Output};

use aspsp_emulator::dialect;

use crate::process::{Running, assert_error, command};

fn attempt(running: &Running, arguments: &[&str]) -> Output {
    let control = running.address("control").to_string();
    let mut command = command(running.dir.path());
    command
        .args(["try", "--control-addr", &control])
        .args(arguments);
    command.output().unwrap()
}

#[test]
fn every_bank_does_what_is_asked_and_so_do_the_lines_for_a_shell() {
    let running = Running::start(&[]);
    let output = attempt(&running, &[]);
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8(output.stderr).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}{errors}");
    for dialect in dialect::ALL {
        let row = text
            .lines()
            .find(|line| line.starts_with(dialect.id))
            .unwrap();
        assert!(row.ends_with("  ok"), "{row}");
    }
    let lines: Vec<&str> = text
        .lines()
        .filter(|line| line.starts_with("curl "))
        .collect();
    assert_eq!(lines.len(), dialect::ALL.len());
    for line in lines {
        let mut shell = Command::new("sh");
        let output = shell
            .args(["-c", line])
            .current_dir(running.dir.path())
            .output();
        let answer = String::from_utf8(output.unwrap().stdout).unwrap();
        assert!(answer.starts_with("HTTP/2 20"), "{line}\n{answer}");
    }
}

#[test]
fn one_bank_can_be_chosen_and_one_that_is_not_there_is_an_error() {
    let running = Running::start(&[]);
    let output = attempt(&running, &["--bank", "open-finance-brasil"]);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(!text.contains("uk-ob"), "{text}");
    assert_error(
        &attempt(&running, &["--bank", "my-bank"]),
        "there is no bank `my-bank`; there are: uk-ob-3.1, uk-ob-3.2, uk-ob-3.3, uk-ob-3.4, virgin-money, open-finance-brasil, raidiam-directory",
    );
}

#[test]
fn a_refusal_is_shown_with_its_status_and_body() {
    let dir = tempfile::tempdir().unwrap();
    let config = "banks:\n- { id: once, dialect: uk-ob-3.3, base_path: /once, policy: { duplicates: reject } }\n";
    std::fs::write(dir.path().join("config.yaml"), config).unwrap();
    let free = crate::process::FREE;
    let running = Running::start_in(dir, |command| {
        command.args(free).args(["--config", "config.yaml"])
    });
    assert_eq!(attempt(&running, &[]).status.code(), Some(0));
    let again = attempt(&running, &[]);
    assert_eq!(again.status.code(), Some(1));
    let text = String::from_utf8(again.stdout).unwrap();
    assert!(text.contains("  400     FAILED\n"), "{text}");
    assert!(text.contains("once:\n  400 {\"error\":"), "{text}");
    assert!(text.contains("(software_already_registered)"), "{text}");
}

#[test]
fn a_token_is_used_and_never_shown() {
    let running = Running::start(&["--control-token", "let-me-in"]);
    let output = attempt(
        &running,
        &["--bank", "uk-ob-3.3", "--control-token", "let-me-in"],
    );
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(!text.contains("let-me-in"), "{text}");
    assert!(
        text.contains("Bearer $ASPSP_EMULATOR_CONTROL_TOKEN"),
        "{text}"
    );
    let control = running.ready("control");
    assert_error(
        &attempt(&running, &[]),
        &format!("{control} wants its token: set --control-token, or ASPSP_EMULATOR_CONTROL_TOKEN"),
    );
}

#[test]
fn without_an_emulator_or_a_kit_it_is_said_what_to_do() {
    let dir = tempfile::tempdir().unwrap();
    let output = command(dir.path())
        .args(["try", "--control-addr", "127.0.0.1:1"])
        .output();
    assert_error(
        &output.unwrap(),
        "no emulator answers at http://127.0.0.1:1 (Connection refused (os error 111)): start one with `aspsp-emulator`, or name its address with --control-addr",
    );
    let running = Running::start(&["--no-kit"]);
    let control = running.ready("control");
    assert_error(
        &attempt(&running, &[]),
        &format!(
            "the emulator at {control} has no kit, and so no TPP to try with: start it without --no-kit"
        ),
    );
}
