//! Which scenarios there are, and which of them are in force: files, folders, names, header fields.

use std::fs;
use std::path::Path;
use std::time::Duration;

use aspsp_emulator::Emulator;
use aspsp_emulator::emulator::EmulatorBuilder;
use reqwest::Response;
use tempfile::TempDir;

use crate::helpers::{INTERACTION_ID, TestBank, TestTpp, authority, json};

const OWN: &str = "x-emulator-scenario";

/// A bank with a folder of scenarios, and a TPP.
struct Ground {
    bank: TestBank,
    tpp: TestTpp,
    dir: TempDir,
}

fn folder(files: &[(&str, &str)]) -> TempDir {
    let dir = tempfile::tempdir().unwrap();
    for (name, text) in files {
        fs::write(dir.path().join(name), text).unwrap();
    }
    dir
}

impl Ground {
    async fn start(files: &[(&str, &str)]) -> Self {
        Self::start_with(files, |builder, _| builder).await
    }

    async fn start_with(
        files: &[(&str, &str)],
        change: impl FnOnce(EmulatorBuilder, &Path) -> EmulatorBuilder,
    ) -> Self {
        let dir = folder(files);
        let bank =
            TestBank::start_with(|builder| change(builder.scenario_dir(dir.path()), dir.path()));
        let bank = bank.await;
        let tpp = bank.tpp().await;
        Self { bank, tpp, dir }
    }

    /// With this file in force.
    async fn start_active(name: &str, text: &str) -> Self {
        let files = [(name, text)];
        let start = Self::start_with(&files, |builder, dir| {
            builder.scenario(dir.join(name).to_str().unwrap())
        });
        start.await
    }

    fn write(&self, name: &str, text: &str) {
        fs::write(self.dir.path().join(name), text).unwrap();
    }

    /// Asks for the bank's keys, under a scenario of this name.
    async fn ask(&self, scenario: Option<&str>) -> Response {
        let request = self.tpp.http.get(format!("{}/jwks", self.tpp.mtls));
        let request = scenario
            .into_iter()
            .fold(request, |request, name| request.header(OWN, name));
        let request = request.header(INTERACTION_ID, "asked-1");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.headers()[INTERACTION_ID], "asked-1");
        answer
    }

    async fn status(&self, scenario: Option<&str>) -> u16 {
        self.ask(scenario).await.status().as_u16()
    }

    /// Files are looked at twice a second.
    async fn until(&self, scenario: Option<&str>, expected: u16) {
        for _ in 0..200 {
            if self.status(scenario).await == expected {
                return;
            }
            tokio::time::sleep(Duration::from_millis(50)).await;
        }
        panic!("{scenario:?}: {expected} did not come");
    }

    /// Waits until all that has been written before has been looked at.
    async fn until_seen(&self, marker: &str) {
        self.write(&format!("{marker}.yaml"), "rules: [{ respond: 299 }]");
        self.until(Some(marker), 299).await;
    }
}

#[tokio::test]
async fn a_folder_is_watched_and_what_is_broken_keeps_its_old_rules() {
    let own = Some("own");
    let ground = Ground::start(&[("own.yaml", "rules: [{ respond: 503 }]")]).await;
    // What is in a folder is not in force.
    assert_eq!(ground.status(None).await, 200);
    assert_eq!(ground.status(own).await, 503);
    ground.write("own.yaml", "rules: [{ respond: 504 }]");
    ground.until(own, 504).await;
    ground.write("own.yaml", "rules: [{ respond: 9000 }, { nonsense");
    ground.until_seen("first").await;
    assert_eq!(ground.status(own).await, 504);
    ground.write("own.yaml", "rules: [{ respond: 500 }]");
    ground.until(own, 500).await;
    // As editors do it.
    let (path, beside) = (
        ground.dir.path().join("own.yaml"),
        ground.dir.path().join(".own.yaml.swp"),
    );
    fs::write(&beside, "rules: [{ respond: 502 }]").unwrap();
    fs::rename(&beside, &path).unwrap();
    ground.until(own, 502).await;
    fs::remove_file(&path).unwrap();
    ground.until_seen("second").await;
    assert_eq!(ground.status(own).await, 502);
    fs::write(&path, "rules: [{ respond: 501 }]").unwrap();
    ground.until(own, 501).await;
}

#[tokio::test]
async fn a_changed_file_begins_anew_where_it_is_in_force() {
    let text = "name: active\nrules: [{ calls: 1, respond: 503 }]\n";
    let ground = Ground::start_active("any.yaml", text).await;
    assert_eq!(ground.status(None).await, 503);
    assert_eq!(ground.status(None).await, 200);
    ground.write("any.yaml", &format!("{text}# the same rules\n"));
    ground.until(None, 503).await;
    assert_eq!(ground.status(None).await, 200);
    // Under another name it is in force still, and the old name is gone.
    ground.write("any.yaml", "name: renamed\nrules: [{ respond: 500 }]\n");
    ground.until(None, 500).await;
    assert_eq!(ground.status(Some("active")).await, 400);
    assert_eq!(ground.status(Some("renamed")).await, 500);
}

#[tokio::test]
async fn switches_are_set_and_unset_with_the_scenario() {
    let strict = "policy: { duplicates: reject }\n";
    let ground = Ground::start_active("any.yaml", strict).await;
    let register = async || {
        let request = ground.tpp.request().sign().unwrap();
        ground.tpp.post(request).await.status().as_u16()
    };
    assert_eq!(register().await, 201);
    assert_eq!(register().await, 400);
    ground.write(
        "any.yaml",
        "rules: [{ match: { operation: jwks }, respond: 299 }]",
    );
    ground.until(None, 299).await;
    assert_eq!(register().await, 201);
    ground.write("any.yaml", strict);
    ground.until(None, 200).await;
    assert_eq!(register().await, 400);
}

#[tokio::test]
async fn an_unknown_scenario_of_a_request_is_400_that_names_those_there_are() {
    let ground = Ground::start(&[
        ("own.yaml", "rules: [{ respond: 503 }]"),
        (
            "other.json",
            r#"{"name": "named", "rules": [{"respond": 504}]}"#,
        ),
        ("schema.json", "{}"),
        ("notes.txt", "no scenario"),
    ])
    .await;
    assert_eq!(ground.status(Some("named")).await, 504);
    for name in ["nope", "other", "OWN", "own.yaml", "named, own"] {
        let answer = ground.ask(Some(name)).await;
        assert_eq!(answer.status(), 400, "{name}");
        assert_eq!(answer.headers()["content-type"], "application/json");
        let body = json(answer).await;
        assert_eq!(body["error"], "unknown_scenario");
        let text = body["error_description"].as_str().unwrap();
        for known in [name, "named", "own", "throttled-429", "flaky"] {
            assert!(text.contains(known), "{text}");
        }
    }
    let clients = ground.bank.emulator.clients("uk-ob-3.3").await.unwrap();
    assert!(clients.is_empty());
}

#[tokio::test]
async fn a_built_in_scenario_serves_one_request() {
    let ground = Ground::start(&[]).await;
    assert_eq!(ground.status(Some("outage-then-recovery")).await, 503);
    assert_eq!(ground.status(None).await, 200);
    ground
        .bank
        .emulator
        .clock()
        .advance(Duration::from_secs(30));
    assert_eq!(ground.status(Some("outage-then-recovery")).await, 200);
}

async fn refused(change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> String {
    let builder = Emulator::builder().authority(authority());
    let error = change(builder).start().await.expect_err("it started");
    error.to_string()
}

#[tokio::test]
async fn a_start_with_an_unknown_name_says_which_there_are() {
    let dir = folder(&[("own.yaml", "rules: [{ respond: 503 }]")]);
    let text = refused(|builder| builder.scenario_dir(dir.path()).scenario("throttled")).await;
    for part in ["`throttled`", "throttled-429", "own", "./throttled.yaml"] {
        assert!(text.contains(part), "{text}");
    }
}

#[tokio::test]
async fn a_start_with_a_file_that_cannot_be_used_says_where_it_is_wrong() {
    let dir = folder(&[("bad.yaml", "rules:\n  - respond: 503\n    calls: 0\n")]);
    let text = refused(|builder| builder.scenario_dir(dir.path())).await;
    assert!(text.contains("bad.yaml:3:12"), "{text}");
    let missing = dir.path().join("missing");
    let text = refused(|builder| builder.scenario_dir(&missing)).await;
    assert!(text.contains("missing"), "{text}");
    let text = refused(|builder| builder.scenario("./no-such-file.yaml")).await;
    assert!(text.contains("no-such-file.yaml"), "{text}");
    let text = refused(|builder| builder.scenario_yaml("rules: 5")).await;
    assert!(text.contains("scenario:1:8"), "{text}");
}

#[tokio::test]
async fn two_files_cannot_have_one_name() {
    let twins = [
        ("a.yaml", "name: twin\nrules: [{ respond: 503 }]"),
        ("b.yaml", "name: twin\nrules: [{ respond: 504 }]"),
    ];
    let dir = folder(&twins);
    let text = refused(|builder| builder.scenario_dir(dir.path())).await;
    for part in ["a.yaml", "b.yaml", "`twin`"] {
        assert!(text.contains(part), "{text}");
    }
    // The one that comes later is not taken.
    let ground = Ground::start(&twins[..1]).await;
    ground.write("b.yaml", twins[1].1);
    ground.until_seen("seen").await;
    assert_eq!(ground.status(Some("twin")).await, 503);
}

#[tokio::test]
async fn a_file_goes_before_the_built_in_scenario_of_its_name() {
    let ground = Ground::start(&[("throttled-429.yaml", "rules: [{ respond: 299 }]")]).await;
    assert_eq!(ground.status(Some("throttled-429")).await, 299);
}
