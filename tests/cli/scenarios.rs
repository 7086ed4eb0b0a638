//! Scenario files on the command line.

use std::fs;
use std::process::Command;

use aspsp_emulator::scenario::{builtin_named, builtin_names};
use rustls::pki_types::pem::PemObject;
use serde_json::Value;

use crate::process::{FREE, Running, assert_error, command, serve_to_end};

#[test]
fn check_judges_scenarios_and_warns_without_failing() {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in [
        ("good.yaml", "rules:\n  - respond: 503\n"),
        ("odd.yaml", "rules:\n  - chance: 0\n    respond: 503\n"),
        ("json.json", "{\"rules\": [{\"fault\": \"close\"}]}"),
        ("config.yaml", "seed: 1\n"),
        ("bad.yaml", "rules:\n  - calls: 5..2\n    respnd: 503\n"),
        ("not a name.yaml", "rules:\n  - respond: 503\n"),
    ] {
        fs::write(dir.path().join(name), text).unwrap();
    }
    let check = |files: &[&str]| {
        let output = command(dir.path()).arg("check").args(files).output();
        let output = output.unwrap();
        let text = String::from_utf8(output.stdout).unwrap();
        (output.status.code(), text)
    };
    let good = check(&["good.yaml", "odd.yaml", "json.json", "config.yaml"]);
    assert_eq!(
        good,
        (
            Some(0),
            "good.yaml: ok\nodd.yaml: ok\nwarning: odd.yaml:2:13: a rule with `chance: 0` never applies\njson.json: ok\nconfig.yaml: ok\n".to_owned()
        )
    );
    let (code, text) = check(&["bad.yaml", "not a name.yaml"]);
    assert_eq!(code, Some(1));
    let lines: Vec<&str> = text.lines().collect();
    assert_eq!(
        lines[0],
        "bad.yaml:2:12: found `5..2`; allowed: a range whose end is not before its start; this one is empty"
    );
    assert!(lines[1].starts_with("bad.yaml:3:5: found the key `respnd`; allowed: name, match,"));
    assert!(lines[1].ends_with("; did you mean `respond`?"));
    assert!(lines[2].starts_with("not a name.yaml: found no key `name`"));
    assert_eq!(lines.len(), 3);
}

#[test]
fn schema_scenario_prints_a_json_schema() {
    let dir = tempfile::tempdir().unwrap();
    let output = command(dir.path()).args(["schema", "scenario"]).output();
    let output = output.unwrap();
    assert_eq!(output.status.code(), Some(0));
    let schema: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(schema, aspsp_emulator::scenario::schema());
}

#[test]
fn scenarios_lists_what_is_built_in_and_prints_the_file_of_one() {
    let dir = tempfile::tempdir().unwrap();
    let scenarios = |arguments: &[&str]| {
        let mut command = command(dir.path());
        command.arg("scenarios").args(arguments).output().unwrap()
    };
    let list = String::from_utf8(scenarios(&[]).stdout).unwrap();
    let names: Vec<&str> = list.lines().step_by(2).collect();
    assert_eq!(names, builtin_names().collect::<Vec<_>>());
    assert!(list.lines().skip(1).step_by(2).all(|line| line.len() > 20));

    let one = scenarios(&["lost-response"]);
    let file = builtin_named("lost-response").unwrap().text;
    assert_eq!(String::from_utf8(one.stdout).unwrap(), file);

    let names = names.join(", ");
    let text = format!("there is no built-in scenario `lost`; there are: {names}");
    assert_error(&scenarios(&["lost"]), &text);
}

/// A scenario that answers every request of the TLS listener.
fn answering(status: u16) -> String {
    format!("name: mine\nrules:\n  - respond: {status}\n")
}

/// Status and rule of an answer of the discovery endpoint.
fn discovery(emulator: &Running) -> (u16, Option<String>) {
    let base = emulator.ready("tls");
    let url = format!("{base}/uk-ob-3.3/.well-known/openid-configuration");
    let ca = fs::read(emulator.dir.path().join("kit/ca.pem")).unwrap();
    let ask = async move {
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let mut roots = rustls::RootCertStore::empty();
        for certificate in rustls::pki_types::CertificateDer::pem_slice_iter(&ca) {
            roots.add(certificate.unwrap()).unwrap();
        }
        let config = rustls::ClientConfig::builder_with_provider(provider.into())
            .with_safe_default_protocol_versions()
            .unwrap()
            .with_root_certificates(roots)
            .with_no_client_auth();
        let client = reqwest::Client::builder()
            .tls_backend_preconfigured(config)
            .build()
            .unwrap();
        let answer = client.get(url).send().await.unwrap();
        let rule = answer.headers().get("x-emulator-rule");
        let rule = rule.map(|rule| rule.to_str().unwrap().to_owned());
        (answer.status().as_u16(), rule)
    };
    tokio::runtime::Runtime::new().unwrap().block_on(ask)
}

#[test]
fn flags_variables_and_files_put_scenarios_in_force() {
    let rule = |number: u64| Some(format!("mine/1#{number}"));
    let start = |change: &dyn Fn(&mut Command)| {
        let dir = tempfile::tempdir().unwrap();
        fs::create_dir(dir.path().join("sc")).unwrap();
        fs::write(dir.path().join("sc/mine.yaml"), answering(418)).unwrap();
        let config = "scenarios: [mine]\nscenario_dirs: [./sc]\nannotate: true\n";
        fs::write(dir.path().join("emulator.yaml"), config).unwrap();
        Running::start_in(dir, |command| {
            change(command.args(FREE));
            command
        })
    };
    let by_flag = start(&|command| {
        // Named by itself and by its folder: it is one file all the same.
        command.args(["--annotate", "--scenario", "sc/mine.yaml"]);
        command.args(["--scenario-dir", "./sc"]);
    });
    assert_eq!(discovery(&by_flag), (418, rule(1)));
    assert_eq!(discovery(&by_flag), (418, rule(2)));
    let by_variable = start(&|command| {
        command.env("ASPSP_EMULATOR_SCENARIO", "mine,throttled-429");
        command.env("ASPSP_EMULATOR_SCENARIO_DIR", "sc");
    });
    assert_eq!(discovery(&by_variable), (418, None));
    let by_config = start(&|command| {
        command.args(["--config", "emulator.yaml"]);
    });
    assert_eq!(discovery(&by_config), (418, rule(1)));
    let by_nothing = start(&|_| {});
    assert_eq!(discovery(&by_nothing), (200, None));
}

#[test]
fn a_scenario_that_cannot_be_used_stops_the_start_and_fails_the_check_of_the_settings() {
    let dir = tempfile::tempdir().unwrap();
    let names: Vec<&str> = builtin_names().collect();
    let names = names.join(", ");
    let unknown = format!(
        "there is no scenario `nope`; there are: {names}; a file is named with its path, such as ./nope.yaml"
    );
    assert_error(&serve_to_end(dir.path(), &["--scenario", "nope"]), &unknown);
    let status = "found the status `1000`; allowed: 200 to 599";
    fs::write(dir.path().join("bad.yaml"), answering(1000)).unwrap();
    let bad = serve_to_end(dir.path(), &["--scenario", "./bad.yaml"]);
    assert_error(&bad, &format!("./bad.yaml:3:14: {status}"));
    let missing = serve_to_end(dir.path(), &["--scenario-dir", "none"]);
    assert_error(
        &missing,
        "the folder of scenarios none cannot be read (No such file or directory (os error 2)); check the path and its permissions",
    );

    fs::write(dir.path().join("one.yaml"), "scenarios: [nope]\n").unwrap();
    fs::write(dir.path().join("two.yaml"), "scenarios: [./bad.yaml]\n").unwrap();
    let check = command(dir.path())
        .args(["check", "one.yaml", "two.yaml"])
        .output();
    let check = check.unwrap();
    assert_eq!(check.status.code(), Some(1));
    let text = String::from_utf8(check.stdout).unwrap();
    assert_eq!(
        text,
        format!("one.yaml: {unknown}\nbad.yaml:3:14: {status}\n")
    );
}
