//! The config file: what it sets, what wins over it, and how it is refused.

use std::fs;
use std::path::Path;
use std::process::Output;

use serde_json::Value;

use crate::process::{Running, assert_error, command};

/// A folder with a config file in it, whose listeners take free ports.
fn folder(settings: &str) -> tempfile::TempDir {
    let dir = tempfile::tempdir().unwrap();
    let free = "listen: { mtls: 127.0.0.1:0, tls: 127.0.0.1:0, control: 127.0.0.1:0 }\n";
    fs::create_dir(dir.path().join("conf")).unwrap();
    fs::write(dir.path().join("conf/e.yaml"), free.to_owned() + settings).unwrap();
    dir
}

fn redirect_uris(kit: &Path) -> Vec<String> {
    let tpp: Value = serde_json::from_slice(&fs::read(kit.join("tpp.json")).unwrap()).unwrap();
    serde_json::from_value(tpp["redirect_uris"].clone()).unwrap()
}

const SETTINGS: &str = "hostnames: [file.example]
authority: ca
kit: ./my-kit
kit_mode: 0640
redirect_uris: [https://file.example/cb]
seed: 7
strictness: strict
";

#[test]
fn a_config_file_sets_what_flags_set_with_paths_of_its_own_folder() {
    let emulator = Running::start_in(folder(SETTINGS), |command| {
        command.args(["--config", "conf/e.yaml"])
    });
    assert!(emulator.ready("mtls").starts_with("https://file.example:"));
    assert_eq!(emulator.ready("kit"), "conf/my-kit");
    let conf = emulator.dir.path().join("conf");
    assert!(conf.join("ca/root.pem").exists());
    let uris = redirect_uris(&conf.join("my-kit"));
    assert_eq!(uris[1..], ["https://file.example/cb"]);
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        let key = fs::metadata(conf.join("my-kit/transport.key")).unwrap();
        assert_eq!(key.permissions().mode() & 0o777, 0o640);
    }
    let seeded = Running::start(&["--seed", "7"]);
    let software = |kit: &Path| {
        let tpp = fs::read(kit.join("tpp.json")).unwrap();
        serde_json::from_slice::<Value>(&tpp).unwrap()["software_id"].clone()
    };
    let by_flag = software(&seeded.dir.path().join("kit"));
    assert_eq!(software(&conf.join("my-kit")), by_flag);
}

#[test]
fn flags_and_variables_win_over_the_file_and_lists_replace_its_lists() {
    let emulator = Running::start_in(folder(SETTINGS), |command| {
        command
            .args(["--hostname", "flag.example"])
            .env("ASPSP_EMULATOR_CONFIG", "conf/e.yaml")
            .env("ASPSP_EMULATOR_KIT", "./by-variable")
            .env("ASPSP_EMULATOR_HOSTNAME", "variable.example")
            .env("ASPSP_EMULATOR_REDIRECT_URI", "https://variable.example/cb")
    });
    assert!(emulator.ready("tls").starts_with("https://flag.example:"));
    assert_eq!(emulator.ready("kit"), "by-variable");
    let uris = redirect_uris(&emulator.dir.path().join("by-variable"));
    assert_eq!(uris[1..], ["https://variable.example/cb"]);
    assert!(emulator.dir.path().join("conf/ca").exists(), "the file's");
}

#[test]
fn the_command_serve_has_the_same_flags_with_the_same_weight() {
    let dir = folder("kit: ./my-kit\n");
    let output = command(dir.path())
        .args([
            "serve",
            "--config",
            "conf/e.yaml",
            "--kit",
            "conf",
            "--quiet",
        ])
        .output()
        .unwrap();
    assert_error(
        &output,
        "the folder conf holds files that are no kit: choose another folder with --kit DIR, empty it, or start with --no-kit",
    );
}

#[test]
fn a_file_can_do_without_a_kit_unless_a_flag_names_one() {
    for (arguments, variable, kit) in [
        (&[][..], None, None),
        (&["--kit", "k"], None, Some("k")),
        (&[], Some("false"), Some("kit")),
        (&["--no-kit", "--kit", "k"], None, None),
    ] {
        let dir = folder("kit: false\nkit_mode: 0644\n");
        let emulator = Running::start_in(dir, |command| {
            if let Some(value) = variable {
                command.env("ASPSP_EMULATOR_NO_KIT", value);
            }
            command.args(["--config", "conf/e.yaml"]).args(arguments)
        });
        assert_eq!(emulator.ready["kit"].as_str(), kit, "{arguments:?}");
    }
}

#[test]
fn an_access_guard_of_the_file_holds_and_a_flag_can_add_one() {
    let settings = "control_token: let-me-in\nkit: false\n";
    let dir = folder(settings);
    let text = fs::read_to_string(dir.path().join("conf/e.yaml")).unwrap();
    let everywhere = text.replace("control: 127.0.0.1:0", "control: 0.0.0.0:0");
    let file = dir.path().join("conf/e.yaml");
    fs::write(&file, &everywhere).unwrap();
    let emulator = Running::start_in(dir, |command| command.args(["--config", "conf/e.yaml"]));
    let (code, dir) = emulator.terminate();
    assert_eq!(code, Some(0));
    fs::write(&file, everywhere.replace("control_token: let-me-in", "")).unwrap();
    let output = command(dir.path())
        .args(["--config", "conf/e.yaml", "--quiet"])
        .output()
        .unwrap();
    assert_error(
        &output,
        "the control listener would be reachable from elsewhere at 0.0.0.0:0: set --control-token TOKEN, or --control-open to let everybody in",
    );
    let report = check(dir.path(), &["conf/e.yaml"]);
    assert_eq!(
        String::from_utf8_lossy(&report.stdout),
        "conf/e.yaml:1:57: the control listener would be reachable from elsewhere at 0.0.0.0:0: set --control-token TOKEN, or --control-open to let everybody in; in a file: `control_token` or `control_open`\n"
    );
    let opened = Running::start_in(dir, |command| {
        command.args(["--config", "conf/e.yaml", "--control-open"])
    });
    assert!(opened.ready["kit"].is_null());
}

#[test]
fn a_limit_of_the_file_holds() {
    let emulator = Running::start_in(folder("kit: false\nlimits: { body: 1KiB }\n"), |command| {
        command.args(["--config", "conf/e.yaml"])
    });
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    // The control listener takes what a bank's limit becomes when it is wrapped, and some more.
    let limit = 6 * 1024 + 64 * 1024;
    let url = format!("{}/api/explain", emulator.ready("control"));
    let status = |length: usize| {
        let request = http().post(&url).body("x".repeat(length));
        runtime.block_on(request.send()).unwrap().status().as_u16()
    };
    // Nothing says what it is.
    assert_eq!(status(limit), 415);
    assert_eq!(status(limit + 1), 413);
}

/// A client for plain HTTP; it is built with TLS all the same.
fn http() -> reqwest::Client {
    let provider = std::sync::Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let tls = rustls::ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(rustls::RootCertStore::empty())
        .with_no_client_auth();
    let client = reqwest::Client::builder().tls_backend_preconfigured(tls);
    client.build().unwrap()
}

#[test]
fn a_bad_file_stops_the_start_with_every_problem_on_a_line() {
    let dir = folder("lisen: {}\nstrictness: hard\n");
    let output = command(dir.path())
        .args(["--config", "conf/e.yaml", "--quiet"])
        .output()
        .unwrap();
    let text = String::from_utf8(output.stderr).unwrap();
    let lines: Vec<&str> = text.lines().collect();
    assert!(
        lines[0].starts_with("error: conf/e.yaml:2:1: found the key `lisen`; allowed: listen, "),
        "{text}"
    );
    assert!(lines[0].ends_with("; did you mean `listen`?"), "{text}");
    assert_eq!(
        lines[1..],
        ["error: conf/e.yaml:3:13: found `hard`; allowed: lenient, conformance, strict"]
    );
    assert_eq!(output.status.code(), Some(1));
    let output = command(dir.path())
        .args(["--config", "none", "--quiet"])
        .output();
    assert_error(
        &output.unwrap(),
        "none: the file cannot be read (No such file or directory (os error 2)); check the path and its permissions",
    );
}

fn check(dir: &Path, files: &[&str]) -> Output {
    command(dir).arg("check").args(files).output().unwrap()
}

#[test]
fn check_reports_on_each_file_and_fails_if_one_is_bad() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("good.yaml", &b"seed: 7\n"[..]),
        ("empty.yaml", b""),
        ("bad.yaml", b"seed: x\n"),
        ("binary.yaml", b"seed: \xff\n"),
        ("scenario.yaml", b"name: x\nrules: []\n"),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    let good = check(dir.path(), &["good.yaml", "empty.yaml"]);
    assert_eq!(good.status.code(), Some(0));
    assert_eq!(good.stdout, b"good.yaml: ok\nempty.yaml: ok\n");
    let files = [
        "good.yaml",
        "bad.yaml",
        "binary.yaml",
        "scenario.yaml",
        "none",
    ];
    let bad = check(dir.path(), &files);
    assert_eq!(bad.status.code(), Some(1));
    assert_eq!(
        String::from_utf8(bad.stdout)
            .unwrap()
            .lines()
            .collect::<Vec<_>>(),
        [
            "good.yaml: ok",
            "bad.yaml:1:7: found `x`; allowed: a whole number from 0 to 18446744073709551615",
            "binary.yaml: the file is not UTF-8 (byte 6 is the first that is not); save it as UTF-8",
            "scenario.yaml:2:8: found an empty list; allowed: at least one rule, or `policy` with switches",
            "none: the file cannot be read (No such file or directory (os error 2)); check the path and its permissions",
        ]
    );
    assert!(bad.stderr.is_empty());
}

#[test]
fn schema_config_prints_a_json_schema() {
    let dir = tempfile::tempdir().unwrap();
    let output = command(dir.path()).args(["schema", "config"]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0));
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    let draft = "https://json-schema.org/draft/2020-12/schema";
    assert_eq!(schema["$schema"], draft);
    assert_eq!(schema, aspsp_emulator::config::schema());
    assert!(jsonschema::draft202012::meta::is_valid(&schema));
    let unknown = command(dir.path()).args(["schema", "spam"]).output();
    assert_eq!(unknown.unwrap().status.code(), Some(2));
}
