//! Flags and the environment variables that stand for them.

use std::fs;
use std::path::Path;

use serde_json::Value;

use crate::process::{FREE, Running, command};

const FLAGS: [&str; 19] = [
    "--config",
    "--strictness",
    "--mtls-addr",
    "--tls-addr",
    "--control-addr",
    "--hostname",
    "--mtls-url",
    "--tls-url",
    "--authority",
    "--kit",
    "--no-kit",
    "--kit-mode",
    "--redirect-uri",
    "--seed",
    "--control-token",
    "--control-open",
    "--log-format",
    "--quiet",
    "--version",
];

fn tpp(dir: &Path, kit: &str) -> Value {
    serde_json::from_slice(&fs::read(dir.join(kit).join("tpp.json")).unwrap()).unwrap()
}

#[test]
fn help_names_every_flag_and_its_variable() {
    let dir = tempfile::tempdir().unwrap();
    let output = command(dir.path()).arg("--help").output().unwrap();
    assert_eq!(output.status.code(), Some(0));
    let help = String::from_utf8(output.stdout).unwrap();
    for flag in FLAGS {
        assert!(
            help.contains(&format!("{flag} ")) || help.contains(&format!("{flag}\n")),
            "{flag}"
        );
        if flag != "--version" {
            let name = flag
                .trim_start_matches('-')
                .to_uppercase()
                .replace('-', "_");
            let variable = format!("[env: ASPSP_EMULATOR_{name}");
            // A secret's value is not shown.
            let end = if flag == "--control-token" { "]" } else { "=" };
            assert!(help.contains(&(variable + end)), "{flag}");
        }
    }
    for command in ["serve", "healthcheck", "check", "schema"] {
        assert!(help.contains(&format!("\n  {command} ")), "{command}");
    }
}

#[test]
fn a_flag_wins_over_the_variable_that_says_otherwise_and_an_empty_variable_says_nothing() {
    let emulator = Running::start_in(tempfile::tempdir().unwrap(), |command| {
        command
            .args(crate::process::FREE)
            .args(["--kit", "mine"])
            .env("ASPSP_EMULATOR_NO_KIT", "true")
            .env("ASPSP_EMULATOR_SEED", "")
            .env("ASPSP_EMULATOR_CONFIG", "")
            .env("ASPSP_EMULATOR_CONTROL_TOKEN", "")
    });
    assert_eq!(emulator.ready("kit"), "mine");
}

#[test]
fn every_flag_can_be_an_environment_variable() {
    let emulator = Running::start_in(tempfile::tempdir().unwrap(), |command| {
        command
            .env("ASPSP_EMULATOR_MTLS_ADDR", "127.0.0.1:0")
            .env("ASPSP_EMULATOR_TLS_ADDR", "127.0.0.1:0")
            .env("ASPSP_EMULATOR_CONTROL_ADDR", "127.0.0.1:0")
            .env("ASPSP_EMULATOR_HOSTNAME", "bank.example,aspsp")
            .env("ASPSP_EMULATOR_MTLS_URL", "https://mapped.example:1")
            .env("ASPSP_EMULATOR_KIT", "./from-env")
            .env("ASPSP_EMULATOR_KIT_MODE", "0640")
            .env("ASPSP_EMULATOR_AUTHORITY", "authority")
            .env(
                "ASPSP_EMULATOR_REDIRECT_URI",
                "https://a.example/1,https://a.example/2",
            )
            .env("ASPSP_EMULATOR_SEED", "7")
            .env("ASPSP_EMULATOR_STRICTNESS", "lenient")
            .env("ASPSP_EMULATOR_CONTROL_TOKEN", "token")
            .env("ASPSP_EMULATOR_QUIET", "true")
    });
    assert_eq!(emulator.ready("mtls"), "https://mapped.example:1");
    assert!(emulator.ready("tls").starts_with("https://bank.example:"));
    assert_eq!(emulator.ready("kit"), "from-env");
    assert!(emulator.dir.path().join("authority/root.pem").exists());
    let tpp = tpp(emulator.dir.path(), "from-env");
    let uris: Vec<&str> = tpp["redirect_uris"]
        .as_array()
        .unwrap()
        .iter()
        .map(|uri| uri.as_str().unwrap())
        .collect();
    assert_eq!(uris[1..], ["https://a.example/1", "https://a.example/2"]);
    let endpoint = &tpp["banks"][0]["registration_endpoint"];
    assert_eq!(endpoint, "https://mapped.example:1/uk-ob-3.1/register");
    assert_eq!(emulator.log(), "", "quiet");
}

#[test]
fn switches_are_on_for_every_way_of_saying_yes_and_off_for_no() {
    for (value, has_kit) in [
        ("1", false),
        ("true", false),
        ("yes", false),
        ("0", true),
        ("false", true),
    ] {
        let emulator = Running::start_in(tempfile::tempdir().unwrap(), |command| {
            command
                .args(crate::process::FREE)
                .env("ASPSP_EMULATOR_NO_KIT", value)
        });
        assert_eq!(emulator.ready["kit"].is_string(), has_kit, "{value}");
        assert_eq!(emulator.dir.path().join("kit").exists(), has_kit, "{value}");
    }
}

#[test]
fn a_flag_wins_over_its_variable() {
    let emulator = Running::start_in(tempfile::tempdir().unwrap(), |command| {
        command
            .args(crate::process::FREE)
            .args(["--kit", "by-flag", "--hostname", "flag.example"])
            .env("ASPSP_EMULATOR_KIT", "by-variable")
            .env("ASPSP_EMULATOR_HOSTNAME", "variable.example")
    });
    assert_eq!(emulator.ready("kit"), "by-flag");
    assert!(emulator.ready("mtls").starts_with("https://flag.example:"));
    assert!(!emulator.dir.path().join("by-variable").exists());
}

#[test]
fn flags_that_are_lists_can_be_repeated() {
    let emulator = Running::start(&[
        "--redirect-uri=https://a.example/1",
        "--redirect-uri=https://a.example/2",
        "--hostname=first.example",
        "--hostname=10.9.8.7",
    ]);
    assert!(emulator.ready("tls").starts_with("https://first.example:"));
    let uris = tpp(emulator.dir.path(), "kit")["redirect_uris"].clone();
    assert_eq!(uris.as_array().unwrap().len(), 3);
}

#[test]
fn one_seed_makes_the_same_kit_twice() {
    let id = |seed: &str| {
        let emulator = Running::start(&["--seed", seed]);
        tpp(emulator.dir.path(), "kit")["software_id"].clone()
    };
    let one = id("1");
    assert_eq!(one, id("1"));
    assert_ne!(one, id("2"));
}

#[test]
fn a_kit_can_lie_in_the_folder_one_is_in() {
    let dir = tempfile::tempdir().unwrap();
    let kit = tempfile::tempdir().unwrap();
    let emulator = Running::start_in(dir, |command| {
        command
            .args(crate::process::FREE)
            .args(["--kit", "."])
            .current_dir(kit.path())
    });
    assert_eq!(emulator.ready("kit"), ".");
    assert!(kit.path().join("tpp.json").exists());
}

#[cfg(unix)]
#[test]
fn kit_mode_is_that_of_the_private_keys() {
    use std::os::unix::fs::PermissionsExt;
    for (arguments, expected) in [(&[][..], 0o600), (&["--kit-mode", "0644"], 0o644)] {
        let emulator = Running::start(arguments);
        for (name, mode) in [
            ("transport.key", expected),
            ("signing.key", expected),
            ("tpp.json", 0o644),
        ] {
            let path = emulator.dir.path().join("kit").join(name);
            let permissions = fs::metadata(path).unwrap().permissions();
            assert_eq!(permissions.mode() & 0o777, mode, "{name}");
        }
    }
}

#[test]
fn a_variable_that_is_no_setting_is_told_and_nothing_else() {
    let dir = tempfile::tempdir().unwrap();
    let output = command(dir.path())
        .args(FREE)
        .args(["--no-kit", "--scenario", "no-such-scenario"])
        .env("ASPSP_EMULATOR_STRICTNES", "strict")
        .env("ASPSP_EMULATOR_SERVICE_HOST", "10.0.0.1")
        .env("ASPSP_EMULATOR_SEED", "7")
        .output()
        .unwrap();
    let log = String::from_utf8(output.stderr).unwrap();
    let told: Vec<&str> = log
        .lines()
        .filter(|line| line.contains("no setting"))
        .collect();
    assert_eq!(told.len(), 2, "{log}");
    let misspelt = told.iter().find(|line| line.contains("STRICTNES")).unwrap();
    assert!(
        misspelt.contains("meant=\"ASPSP_EMULATOR_STRICTNESS\""),
        "{misspelt}"
    );
    let other = told
        .iter()
        .find(|line| line.contains("SERVICE_HOST"))
        .unwrap();
    assert!(!other.contains("meant"), "{other}");
}
