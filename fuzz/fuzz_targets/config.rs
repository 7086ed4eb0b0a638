//! A config file: what is wrong with it is told at places that it has; what loads can be used, but for who
//! may use the control listener, and its banks answer.
//!
//! Files that it may name are `t.csr`, `keys.jwks`, `ca.pem` and `scenario.yaml`.
#![no_main]

use std::path::{Path, PathBuf};
use std::sync::OnceLock;
use std::{env, fs, process};

use aspsp_emulator::config::{BankConfig, ConfigError};
use aspsp_emulator::fuzzing::parse_config;
use aspsp_emulator_fuzz::ecosystem::Stage;
use aspsp_emulator_fuzz::place::assert_told;
use aspsp_emulator_fuzz::text;
use bytes::Bytes;
use certs_gen::Authority;
use libfuzzer_sys::{Corpus, fuzz_target};
use serde_json::json;
use warp::http::{Request, StatusCode};

/// Longest input that is looked at, in bytes.
const MOST: usize = 20_000;
/// Banks that a world is made of, at most: a key each.
const BANKS: usize = 8;
/// Where files are that differ from machine to machine, or never end.
const ELSEWHERE: [&str; 3] = ["/dev", "/proc", "/sys"];

/// A certificate request for a key of 2,048 bits.
const REQUEST: &str = include_str!("../../certs-gen/tests/data/rsa-2048.csr");

fuzz_target!(|data: &[u8]| -> Corpus {
    static STAGE: OnceLock<(Stage, PathBuf)> = OnceLock::new();
    let Some(text) = text(data, MOST).filter(|text| !ELSEWHERE.iter().any(|it| text.contains(it)))
    else {
        return Corpus::Reject;
    };
    let (stage, folder) = STAGE.get_or_init(|| {
        let stage = Stage::usual();
        let folder = folder(&stage.world().authority);
        (stage, folder)
    });
    match parse_config(&folder.join("config.yaml"), text) {
        Err(bad) => assert_told(&bad, text),
        Ok(loaded) => {
            let checked = loaded.config.check();
            let is_about_control = matches!(
                checked,
                Ok(()) | Err(ConfigError::ControlUnguarded(_) | ConfigError::UnsendableToken)
            );
            assert!(is_about_control, "loads, and cannot be: {checked:?}");
            if loaded.config.banks.len() <= BANKS {
                open(stage, &loaded.config.banks);
            }
        }
    }
    Corpus::Keep
});

/// A folder with what a config file may name.
fn folder(authority: &Authority) -> PathBuf {
    let folder = env::temp_dir().join(format!("aspsp-emulator-fuzz-{}", process::id()));
    let write = |name: &str, text: &str| fs::write(folder.join(name), text).expect("a file");
    fs::create_dir_all(&folder).expect("a folder");
    let x = "MKBCTNIcKUSDii11ySs3526iDZ8AiTo7Tu6KPAqv7D4";
    let y = "4Etl6SRW2YiLUrN5vfvVHuhp7x8PxltmWWlbbM4IFyM";
    let key = json!({ "kty": "EC", "crv": "P-256", "x": x, "y": y, "kid": "a", "use": "sig" });
    write("keys.jwks", &json!({ "keys": [key] }).to_string());
    write("t.csr", REQUEST);
    write("ca.pem", authority.root_pem());
    write("scenario.yaml", "rules: [{ respond: 503 }]");
    clean_up_later(&folder);
    folder
}

/// What was left behind by those that are gone is removed by the next one.
fn clean_up_later(own: &Path) {
    let entries = fs::read_dir(env::temp_dir())
        .into_iter()
        .flatten()
        .flatten();
    for entry in entries {
        let name = entry.file_name();
        let id = name
            .to_str()
            .and_then(|name| name.strip_prefix("aspsp-emulator-fuzz-"));
        let is_gone = id.is_some_and(|id| !Path::new("/proc").join(id).exists());
        if is_gone && entry.path() != own {
            // Somebody else may be quicker.
            let _ = fs::remove_dir_all(entry.path());
        }
    }
}

/// Makes a world of these banks: each tells what it offers.
fn open(stage: &Stage, banks: &[BankConfig]) {
    let tpp = &stage.tpps[0];
    stage.wait(async {
        let made = stage.emulator.create_world("fuzzed", banks).await;
        made.expect("a world of banks that can be");
        for bank in banks {
            let path = format!(
                "/w/fuzzed{}/.well-known/openid-configuration",
                bank.base_path
            );
            let request = Request::get(path).body(Bytes::new()).expect("a request");
            let answer = stage.ask_bank(tpp, request).await;
            assert_eq!(answer.status, StatusCode::OK, "{}: {answer:?}", bank.id);
        }
        stage.emulator.worlds().delete("fuzzed").await;
    });
}
