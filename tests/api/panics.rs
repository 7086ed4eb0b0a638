//! Mistakes of the emulator itself: each ends no more than its request, and fails the test that met it.
//!
//! A dialect is a table of functions, so one of them can be made to panic.

use std::panic::{AssertUnwindSafe, catch_unwind};

use aspsp_emulator::dialect::{Dialect, uk_ob_3_3};
use aspsp_emulator::{BankConfig, Emulator, StartError};
use reqwest::StatusCode;

use crate::helpers::{BANK, authority, http_client, rsa_key};

const BROKEN: &str = "broken";

/// A bank whose dialect is changed so.
fn broken(change: fn(&mut Dialect)) -> BankConfig {
    let mut dialect = uk_ob_3_3::DIALECT;
    change(&mut dialect);
    BankConfig {
        id: BROKEN.to_owned(),
        base_path: format!("/{BROKEN}"),
        ..BankConfig::of(Box::leak(Box::new(dialect)))
    }
}

async fn start(bank: BankConfig) -> Result<Emulator, StartError> {
    let builder = Emulator::builder().authority(authority());
    builder.bank(bank).start().await
}

fn no_discovery(dialect: &mut Dialect) {
    dialect.discovery = |_, _| panic!("a mistake in discovery");
}

/// The status of a bank's discovery document.
async fn discovery(emulator: &Emulator, bank: &str) -> StatusCode {
    let keys = emulator.tpp().signing_key(rsa_key(0));
    let tpp = keys.transport_key(rsa_key(1)).create().await.unwrap();
    let url = emulator.issuer(bank) + "/.well-known/openid-configuration";
    let answer = http_client(&tpp).get(url).send().await.unwrap();
    answer.status()
}

#[tokio::test]
async fn a_handler_that_panics_answers_500_and_fails_the_test_at_the_end() {
    let emulator = start(broken(no_discovery)).await.unwrap();
    let status = discovery(&emulator, BROKEN).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert_eq!(discovery(&emulator, BANK).await, StatusCode::OK);
    assert_eq!(emulator.panics(), ["a mistake in discovery"]);
    let dropped = catch_unwind(AssertUnwindSafe(|| drop(emulator)));
    let message = dropped.unwrap_err().downcast::<String>().unwrap();
    assert_eq!(*message, "the emulator panicked: a mistake in discovery");
}

#[tokio::test]
async fn who_wants_no_panic_gets_an_error() {
    let emulator = start(broken(no_discovery)).await.unwrap();
    discovery(&emulator, BROKEN).await;
    discovery(&emulator, BROKEN).await;
    let panicked = emulator.try_stop().unwrap_err().to_string();
    assert_eq!(
        panicked,
        "the emulator panicked: a mistake in discovery; a mistake in discovery"
    );
    let fine = start(BankConfig::of(&uk_ob_3_3::DIALECT)).await.unwrap();
    discovery(&fine, BANK).await;
    fine.try_stop().unwrap();
}

#[tokio::test]
async fn a_panic_before_it_is_ready_is_why_it_did_not_start() {
    let no_policy = |dialect: &mut Dialect| dialect.policy = |_, _| panic!("a mistake in switches");
    let error = start(broken(no_policy)).await.unwrap_err();
    assert!(
        matches!(&error, StartError::Panicked(message) if message == "a mistake in switches"),
        "{error:?}"
    );
    assert_eq!(
        error.to_string(),
        "the emulator panicked before it was ready: a mistake in switches"
    );
}
