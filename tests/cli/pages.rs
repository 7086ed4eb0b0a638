//! `completions` and `man`: what shells and readers of manuals get.

use std::fs;
use std::path::Path;
use std::process::{Command, Stdio};

use crate::process::{assert_error, command};

const COMMANDS: [&str; 10] = [
    "serve",
    "healthcheck",
    "explain",
    "try",
    "check",
    "scenarios",
    "simulate",
    "schema",
    "completions",
    "man",
];

fn printed(dir: &Path, arguments: &[&str]) -> String {
    let output = command(dir).args(arguments).output().unwrap();
    assert_eq!(output.status.code(), Some(0), "{arguments:?}");
    assert!(output.stderr.is_empty(), "{arguments:?}");
    String::from_utf8(output.stdout).unwrap()
}

/// What bash offers once these words are typed, the last of them not to its end.
fn offered_by_bash(script: &Path, words: &[&str]) -> Vec<String> {
    let complete = r#"
        source "$1"; shift
        name=$(complete -p aspsp-emulator | sed 's/.*-F \([^ ]*\).*/\1/')
        COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1))
        "$name" "$1" "${COMP_WORDS[COMP_CWORD]}" "${COMP_WORDS[COMP_CWORD - 1]}"
        printf '%s\n' "${COMPREPLY[@]}"
    "#;
    let output = Command::new("bash")
        .args(["-euc", complete, "bash"])
        .arg(script)
        .arg("aspsp-emulator")
        .args(words)
        .output()
        .unwrap();
    let complaint = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{complaint}");
    let offered = String::from_utf8(output.stdout).unwrap();
    offered.lines().map(str::to_owned).collect()
}

#[test]
fn bash_completes_commands_flags_and_values() {
    let dir = tempfile::tempdir().unwrap();
    let script = dir.path().join("aspsp-emulator.bash");
    fs::write(&script, printed(dir.path(), &["completions", "bash"])).unwrap();
    for (words, expected) in [
        (&["sim"][..], &["simulate"][..]),
        (&["sch"], &["schema"]),
        (&["serve", "--mtls"], &["--mtls-addr", "--mtls-url"]),
        (&["--log-format", "j"], &["json"]),
        (&["schema", ""], &["-h", "--help", "config", "scenario"]),
        (&["--strictness", "s"], &["strict"]),
        (
            &["serve", "--strictness", ""],
            &["lenient", "conformance", "strict"],
        ),
        (&["explain", "--strictness", "l"], &["lenient"]),
        (&["explain", "--bank", "uk-ob-3.1"], &["uk-ob-3.1"]),
        (&["try", "--bank", "vir"], &["virgin-money"]),
        (&["simulate", "--bank", "rai"], &["raidiam-directory"]),
        (&["simulate", "--operation", "re"], &["register", "read"]),
        (&["simulate", "--operation", "h"], &["handshake"]),
        (&["simulate", "throttled-4"], &["throttled-429"]),
        (&["--scenario", "throttled-4"], &["throttled-429"]),
        (&["serve", "--scenario", "lost"], &["lost-response"]),
        (&["scenarios", "throttled-4"], &["throttled-429"]),
        (&["man", "ex"], &["explain"]),
    ] {
        assert_eq!(offered_by_bash(&script, words), expected, "{words:?}");
    }
}

#[test]
fn every_shell_is_told_of_every_command() {
    let dir = tempfile::tempdir().unwrap();
    for shell in ["bash", "zsh", "fish", "powershell", "elvish"] {
        let script = printed(dir.path(), &["completions", shell]);
        for name in COMMANDS {
            let is_known = script.split(|c: char| !c.is_alphanumeric() && c != '-');
            assert!(
                is_known.into_iter().any(|word| word == name),
                "{shell}: {name}"
            );
        }
    }
}

#[test]
fn other_shells_offer_files_where_a_scenario_may_be_one() {
    let dir = tempfile::tempdir().unwrap();
    let zsh = printed(dir.path(), &["completions", "zsh"]);
    let line_with = |flag: &str| zsh.lines().find(|line| line.contains(flag)).unwrap();
    assert!(line_with("'*--scenario=").contains(":_default"), "{zsh}");
    assert!(line_with("'--strictness=").contains("(lenient conformance strict)"));
}

#[test]
fn words_for_shells_change_no_help_and_no_error() {
    let dir = tempfile::tempdir().unwrap();
    for command in [&["--help"][..], &["man", "--help"], &["try", "--help"]] {
        assert!(!printed(dir.path(), command).contains("virgin-money"));
    }
    // A bank of a config file is none of them.
    let output = command(dir.path())
        .args(["explain", "--bank", "my-own", "-"])
        .output();
    let told = String::from_utf8(output.unwrap().stderr).unwrap();
    assert!(
        told.starts_with("error: there is no bank `my-own`; there are: "),
        "{told}"
    );
}

/// Manual pages write every hyphen so that it can be searched for.
fn without_escapes(page: &str) -> String {
    page.replace("\\-", "-")
}

#[test]
fn the_manual_page_names_every_command_flag_and_variable() {
    let dir = tempfile::tempdir().unwrap();
    let page = without_escapes(&printed(dir.path(), &["man"]));
    for name in COMMANDS {
        assert!(
            page.contains(&format!("aspsp-emulator-{name}(1)")),
            "{name}"
        );
    }
    let help = printed(dir.path(), &["--help"]);
    let mut flags = 0;
    for line in help.lines().map(str::trim) {
        if let Some(flag) = line.strip_prefix("--") {
            let name = flag.split_whitespace().next().unwrap();
            assert!(page.contains(&format!("\\fB--{name}\\fR")), "--{name}");
            flags += 1;
        } else if let Some(variable) = line.strip_prefix("[env: ") {
            let name = variable.trim_end_matches(']').trim_end_matches('=');
            assert!(page.contains(&format!("\\fB{name}\\fR")), "{name}");
        }
    }
    assert!(flags >= 20, "{help}");
}

#[test]
fn every_command_has_a_page_of_its_own() {
    let dir = tempfile::tempdir().unwrap();
    assert_eq!(printed(dir.path(), &["man", "--out", "made/man1"]), "");
    let mut expected: Vec<String> = COMMANDS
        .iter()
        .map(|name| format!("aspsp-emulator-{name}.1"))
        .collect();
    expected.push("aspsp-emulator.1".to_owned());
    expected.sort();
    let mut written = Vec::new();
    for entry in fs::read_dir(dir.path().join("made/man1")).unwrap() {
        written.push(entry.unwrap().file_name().into_string().unwrap());
    }
    written.sort();
    assert_eq!(written, expected);
    let explain = fs::read_to_string(dir.path().join("made/man1/aspsp-emulator-explain.1"));
    assert_eq!(explain.unwrap(), printed(dir.path(), &["man", "explain"]));
}

#[test]
fn a_page_of_no_command_and_a_folder_that_cannot_be_are_errors() {
    let dir = tempfile::tempdir().unwrap();
    let output = command(dir.path()).args(["man", "nosuch"]).output();
    let names = COMMANDS.join(", ");
    assert_error(
        &output.unwrap(),
        &format!("there is no command `nosuch`; there are: {names}"),
    );
    fs::write(dir.path().join("file"), "").unwrap();
    let output = command(dir.path()).args(["man", "--out", "file"]).output();
    assert_error(
        &output.unwrap(),
        "cannot write manual pages to file: File exists (os error 17)",
    );
}

#[test]
fn a_full_disk_is_an_error() {
    let dir = tempfile::tempdir().unwrap();
    fs::write(dir.path().join("request"), "no request").unwrap();
    for (arguments, code) in [
        (&["--help"][..], 1),
        (&["--version"], 1),
        (&["check", "request"], 1),
        (&["completions", "bash"], 1),
        (&["man"], 1),
        (&["scenarios"], 1),
        (&["schema", "scenario"], 1),
        (&["simulate", "throttled-429"], 1),
        (&["simulate", "throttled-429", "--requests", "5000"], 1),
        // Here 1 says that the bank would refuse.
        (&["explain", "--bank", "uk-ob-3.3", "request"], 2),
        (&["explain", "--bank", "uk-ob-3.3", "request", "--json"], 2),
    ] {
        let full = fs::OpenOptions::new().write(true).open("/dev/full");
        let output = command(dir.path())
            .args(arguments)
            .stdout(full.unwrap())
            .output()
            .unwrap();
        let told = String::from_utf8(output.stderr).unwrap();
        let expected =
            "error: cannot write to standard output: No space left on device (os error 28)\n";
        assert_eq!(
            (told.as_str(), output.status.code()),
            (expected, Some(code)),
            "{arguments:?}"
        );
    }
}

#[test]
fn a_reader_that_has_gone_away_is_no_panic() {
    let dir = tempfile::tempdir().unwrap();
    for arguments in [
        &["completions", "zsh"][..],
        &["man"],
        &["scenarios"],
        &["schema", "config"],
        &["simulate", "throttled-429", "--requests", "5000"],
    ] {
        let mut child = command(dir.path())
            .args(arguments)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(0), "{arguments:?}");
        assert!(output.stderr.is_empty(), "{arguments:?}");
    }
}
