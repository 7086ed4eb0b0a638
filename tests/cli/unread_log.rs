//! A log that nobody reads.

use std::fs;
use std::process::{Command, Stdio};
use std::time::Duration;

use reqwest::Certificate;
use serde_json::Value;

use crate::process::{FREE, command, first_line};

/// Their lines are several times what a pipe holds (64 KiB).
const REQUESTS: usize = 800;

/// Guards: the log is written by a thread of its own (`LogArgs::start` in `src/cli/logging.rs`), so that a full pipe
/// stops neither the banks nor the stop.
#[test]
fn a_log_that_nobody_reads_stops_neither_answers_nor_the_stop() {
    let dir = tempfile::tempdir().unwrap();
    let mut child = command(dir.path())
        .args(FREE)
        .arg("--log-format=json")
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    let ready = first_line(&mut child);
    let ready: Value = serde_json::from_str(&ready).unwrap();
    let ca = fs::read(dir.path().join("kit/ca.pem")).unwrap();
    let runtime = tokio::runtime::Runtime::new().unwrap();
    runtime.block_on(async {
        let trusted = Certificate::from_pem_bundle(&ca).unwrap();
        let provider = rustls::crypto::aws_lc_rs::default_provider();
        let _ = provider.install_default();
        let client = reqwest::Client::builder().tls_certs_only(trusted);
        let client = client.timeout(Duration::from_secs(30)).build().unwrap();
        let url = format!("{}/uk-ob-3.3/jwks", ready["tls"].as_str().unwrap());
        for _ in 0..REQUESTS {
            assert_eq!(client.get(&url).send().await.unwrap().status(), 200);
        }
    });
    let process = child.id().to_string();
    let told = Command::new("kill").args(["-TERM", &process]).status();
    assert!(told.unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
