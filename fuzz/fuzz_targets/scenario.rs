//! A scenario file: what is wrong with it is told at places that it has; what loads is taken by the control
//! API too, does the same each time, and ends when it is taken out of force.
#![no_main]

use std::path::Path;
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use aspsp_emulator::config::BankConfig;
use aspsp_emulator::dialect::{ALL, uk_ob_3_3};
use aspsp_emulator::fuzzing::simulated;
use aspsp_emulator::scenario::{Loaded, looks_like_one, parse};
use aspsp_emulator_fuzz::answer::Answer;
use aspsp_emulator_fuzz::ecosystem::Stage;
use aspsp_emulator_fuzz::place::{assert_placed, assert_told};
use aspsp_emulator_fuzz::text;
use bytes::Bytes;
use libfuzzer_sys::fuzz_target;
use warp::http::{Request, StatusCode};

/// Longest input that is looked at, in bytes.
const MOST: usize = 20_000;
/// The name of a scenario that gives itself none.
const NAME: &str = "fuzzed";
/// Requests of a simulation, and the time between them.
const REQUESTS: (u64, Duration) = (12, Duration::from_secs(20));

fuzz_target!(|data: &[u8]| {
    static STAGE: OnceLock<Stage> = OnceLock::new();
    let Some(text) = text(data, MOST) else {
        return;
    };
    let _ = looks_like_one(text);
    match parse(NAME, Path::new("fuzzed.yaml"), text) {
        Err(bad) => assert_told(&bad, text),
        Ok(loaded) => {
            for warning in &loaded.warnings {
                assert_placed(warning, text);
            }
            simulate(&loaded);
            play(STAGE.get_or_init(Stage::usual), &loaded, text);
        }
    }
});

/// What is printed is the same each time, in lines that do no harm to a terminal.
fn simulate(loaded: &Loaded) {
    let scenario = Arc::new(loaded.scenario.clone());
    for dialect in [ALL[0], &uk_ob_3_3::DIALECT] {
        let bank = BankConfig::of(dialect);
        let (requests, spacing) = REQUESTS;
        let lines = simulated(Arc::clone(&scenario), &bank, requests, spacing);
        assert_eq!(lines.len() as u64, requests);
        for line in &lines {
            assert!(!line.contains(char::is_control), "{line:?}");
        }
        assert_eq!(
            lines,
            simulated(Arc::clone(&scenario), &bank, requests, spacing)
        );
    }
}

/// Puts it in force, asks for this and that, and takes it out again: then all is as before.
fn play(stage: &Stage, loaded: &Loaded, text: &str) {
    let name = loaded.scenario.name.as_str();
    let scenarios = format!("/api/scenarios/{name}");
    let put = ask_control(stage, "PUT", &format!("{scenarios}?activate=true"), text);
    assert!(put.status.is_success(), "loads, and is not taken: {put:?}");
    for (method, path, kind, body) in ASKED {
        let answer = ask_bank(stage, method, path, kind, body);
        assert!(answer.status.as_u16() >= 200, "no final answer: {answer:?}");
    }
    let ended = ask_control(stage, "POST", &format!("{scenarios}/deactivate"), "");
    assert_eq!(ended.status, StatusCode::OK, "{ended:?}");
    let gone = ask_control(stage, "DELETE", &scenarios, "");
    assert_eq!(gone.status, StatusCode::NO_CONTENT, "{gone:?}");
    let (method, path, kind, body) = ASKED[0];
    let after = ask_bank(stage, method, path, kind, body);
    assert_eq!(after.status, StatusCode::OK, "{after:?}");
}

/// Method, path, content type and body.
const ASKED: [(&str, &str, &str, &str); 6] = [
    ("GET", "/uk-ob-3.3/.well-known/openid-configuration", "", ""),
    (
        "POST",
        "/uk-ob-3.3/register",
        "application/jose",
        "e30.e30.AA",
    ),
    (
        "POST",
        "/uk-ob-3.3/register",
        "application/jose",
        "eyJhbGciOiJQUzI1NiIsImtpZCI6ImEifQ.eyJzY29wZSI6Im9wZW5pZCIsInNvZnR3YXJlX3N0YXRlbWVudCI6ImUzMC5lMzAuQUEifQ.AA",
    ),
    ("GET", "/open-finance-brasil/reg/someone", "", ""),
    (
        "POST",
        "/uk-ob-3.1/token",
        "application/x-www-form-urlencoded",
        "grant_type=client_credentials&client_id=x",
    ),
    ("GET", "/uk-ob-3.3/jwks", "", ""),
];

fn ask_bank(stage: &Stage, method: &str, path: &str, kind: &str, body: &'static str) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("content-type", kind).body(Bytes::from(body));
    stage.wait(stage.ask_bank(&stage.tpps[0], request.expect("a request")))
}

fn ask_control(stage: &Stage, method: &str, path: &str, body: &str) -> Answer {
    let request = Request::builder().method(method).uri(path);
    let request = request.header("host", "localhost:8445");
    let request = request.header("content-type", "application/yaml");
    let request = request.body(Bytes::copy_from_slice(body.as_bytes()));
    stage.wait(async {
        Answer::read(
            stage
                .emulator
                .ask_control(request.expect("a request"))
                .await,
        )
        .await
    })
}
