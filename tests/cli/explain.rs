//! `explain`: where a request comes from, where keys come from, and what cannot be explained.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Output, Stdio};

use serde_json::Value;

use crate::process::{Running, assert_error_of, command};

/// The moment at which the files' requests were signed.
const NOW: &str = "2027-01-01T00:00:00Z";
pub fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/explain")
}

pub fn explain(arguments: &[&str]) -> Output {
    let mut command = command(&folder());
    command.arg("explain").args(arguments);
    if !arguments.contains(&"--now") && !arguments.contains(&"--control-addr") {
        command.args(["--now", NOW]);
    }
    command.output().unwrap()
}

#[test]
fn nothing_that_a_terminal_takes_for_a_command_is_printed() {
    for json in [&[][..], &["--json"]] {
        let output = explain(&[&["--bank", "uk-ob-3.3", "escapes.jwt"], json].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        assert!(text.contains("[2J"), "{text}");
        let is_command = |character: char| character.is_control() && character != '\n';
        assert!(
            !text.contains(is_command) && !text.contains('\u{202e}'),
            "{text:?}"
        );
    }
}

#[test]
fn without_keys_no_signature_is_checked_and_that_is_no_failure() {
    let output = explain(&["--bank", "uk-ob-3.3", "accepted.jwt", "--json"]);
    assert_eq!(output.status.code(), Some(0));
    let explained: Value = serde_json::from_slice(&output.stdout).unwrap();
    for name in [
        "statement_signature_invalid",
        "key_unknown",
        "request_signature_invalid",
        "software_revoked",
    ] {
        let mut checks = explained["checks"].as_array().unwrap().iter();
        let check = checks.find(|check| check["check"] == name).unwrap();
        assert_eq!(check["result"], "not_checked", "{name}");
    }
}

#[test]
fn a_request_may_come_from_standard_input() {
    let mut command = command(&folder());
    let request = fs::File::open(folder().join("accepted.jwt")).unwrap();
    command.args(["explain", "--bank", "uk-ob-3.3", "-", "--now", NOW]);
    let output = command.stdin(Stdio::from(request)).output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let text = String::from_utf8(output.stdout).unwrap();
    assert!(text.starts_with("uk-ob-3.3 would accept this: "), "{text}");
}

#[test]
fn an_update_is_judged_with_the_checks_of_an_update() {
    let update = [
        "--bank",
        "uk-ob-3.3",
        "accepted.jwt",
        "--operation",
        "update",
        "--client-id",
        "c",
    ];
    let output = explain(&update);
    let text = String::from_utf8(output.stdout).unwrap();
    assert_eq!(output.status.code(), Some(0), "{text}");
    assert!(text.contains("not checked  client_unknown\n"), "{text}");
}

#[test]
fn what_cannot_be_judged_is_an_error_with_the_next_step() {
    for (arguments, says) in [
        (
            &["--bank", "raidiam-directory", "accepted.jwt"][..],
            "raidiam-directory takes no registration requests: its clients are what its directory lists",
        ),
        (
            &["--bank", "my-bank", "accepted.jwt"],
            "there is no bank `my-bank`; there are: uk-ob-3.1, uk-ob-3.2, uk-ob-3.3, uk-ob-3.4, virgin-money, open-finance-brasil, raidiam-directory",
        ),
        (
            &[
                "--bank",
                "uk-ob-3.1",
                "--operation",
                "update",
                "accepted.jwt",
            ],
            "uk-ob-3.1 does not offer `update`; offered with a request: register",
        ),
        (
            &["--bank", "uk-ob-3.3", "--client-id", "c", "accepted.jwt"],
            "--client-id names the client that is replaced: say --operation update too",
        ),
        (
            &["--bank", "uk-ob-3.3", "missing.jwt"],
            "cannot read missing.jwt (No such file or directory (os error 2)); check the path and its permissions",
        ),
        (
            &[
                "--bank",
                "uk-ob-3.3",
                "c770aef3-6784-41f7-8e0e-ff5f97bddb3a",
            ],
            "there is no file c770aef3-6784-41f7-8e0e-ff5f97bddb3a: with --bank, explain takes the file with the request; to explain the exchange with this interaction id, leave out --bank",
        ),
        (
            &["--bank", "uk-ob-3.3", "accepted.jwt", "--kit", "."],
            "cannot read ./tpp.json (No such file or directory (os error 2)); check the path and its permissions",
        ),
        (
            &[
                "--bank",
                "uk-ob-3.3",
                "accepted.jwt",
                "--software-jwks",
                "README.md",
            ],
            "README.md is no JSON Web Key Set: not a JSON object: expected value at line 1 column 1",
        ),
        (
            &[
                "--bank",
                "uk-ob-3.3",
                "accepted.jwt",
                "--certificate",
                "README.md",
            ],
            "README.md is no certificate in PEM: the client certificate cannot be read: no PEM block `CERTIFICATE`",
        ),
        (
            &[
                "--bank",
                "uk-ob-3.3",
                "accepted.jwt",
                "--control-addr",
                "127.0.0.1:1",
            ],
            "no emulator answers at http://127.0.0.1:1 (Connection refused (os error 111)): start one with `aspsp-emulator`, or name its address with --control-addr",
        ),
    ] {
        assert_error_of(&explain(arguments), 2, says);
    }
    let both = explain(&["--bank", "x", "y", "--kit", "kit", "--software-jwks", "z"]);
    assert_eq!(both.status.code(), Some(2));
    let now = explain(&["--bank", "x", "y", "--now", "yesterday"]);
    assert_eq!(now.status.code(), Some(2));
}

#[test]
fn a_kit_and_the_running_emulator_accept_the_kits_requests() {
    let running = Running::start(&["--control-token", "let-me-in"]);
    let control = running.address("control").to_string();
    let ask = |arguments: &[&str]| {
        let mut command = command(running.dir.path());
        command.arg("explain").args(arguments).output().unwrap()
    };
    for (bank, half, file) in [
        ("uk-ob-3.3", "kit", "kit/registration-uk-ob-3.3.jwt"),
        ("virgin-money", "kit", "kit/registration-virgin-money.jwt"),
        (
            "open-finance-brasil",
            "kit/brasil",
            "kit/brasil/registration-open-finance-brasil.json",
        ),
    ] {
        let certificate = format!("{half}/transport.pem");
        let here = [
            "--bank",
            bank,
            file,
            "--kit",
            "kit",
            "--certificate",
            &certificate,
        ];
        let there = [&here[..3], &here[5..], &["--control-addr", &control]].concat();
        let token = ["--control-token", "let-me-in"];
        for arguments in [&here[..], &[&there[..], &token].concat()] {
            let output = ask(arguments);
            let text = String::from_utf8(output.stdout).unwrap();
            let errors = String::from_utf8(output.stderr).unwrap();
            assert_eq!(output.status.code(), Some(0), "{text}{errors}");
            assert!(
                text.contains("passed       statement_signature_invalid\n"),
                "{text}"
            );
        }
        assert_error_of(
            &ask(&there),
            2,
            &format!(
                "http://{control} wants its token: set --control-token, or ASPSP_EMULATOR_CONTROL_TOKEN"
            ),
        );
    }
    let uk_at_brasil = ["--bank", "uk-ob-3.3", "kit/ssa.jwt", "--kit", "kit/brasil"];
    assert_error_of(
        &ask(&uk_at_brasil),
        2,
        "kit/brasil/tpp.json is of a TPP of ecosystem `brasil`, the bank is of `uk`",
    );
}

#[test]
fn the_trusted_directories_and_limits_of_a_config_file_count() {
    let dir = tempfile::tempdir().unwrap();
    let files = folder();
    let trusted = format!(
        "directory: {{ trusted: [{{ iss: OpenBanking Ltd, jwks_file: {0}/uk/directory.jwks, software_jwks: {{ cMdhumt5OCtfXPQTHF7mwV: {0}/uk/software.jwks }} }}] }}\n",
        files.display()
    );
    let limited = format!("{trusted}limits: {{ body: 1KiB }}\n");
    for (config, code, says) in [
        (&trusted, 0, "passed       request_signature_invalid\n"),
        (&limited, 1, "FAILED       body_too_large\n"),
    ] {
        let file = dir.path().join("config.yaml");
        std::fs::write(&file, config).unwrap();
        let at = ["--now", "2027-01-01T00:00:00Z", "--config"];
        let named = ["--bank", "uk-ob-3.3", "accepted.jwt"];
        let output = explain(&[&named[..], &at, &[file.to_str().unwrap()]].concat());
        let text = String::from_utf8(output.stdout).unwrap();
        assert_eq!(output.status.code(), Some(code), "{text}");
        assert!(text.contains(says), "{says} in {text}");
    }
}
