//! The library judges a request that is not sent.

use aspsp_emulator::Submission;
use aspsp_emulator::domain::certificate::ClientCertificate;
use aspsp_emulator::domain::ids::ClientId;

use crate::helpers::{BANK, TestBank};

#[tokio::test]
async fn a_request_is_explained_with_the_worlds_keys_and_clock() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let request = tpp.request().sign().unwrap();
    let explained = bank.emulator.explain(BANK, request.clone()).await.unwrap();
    assert!(explained.accepted, "{explained:?}");
    let day = std::time::Duration::from_secs(2 * 24 * 60 * 60);
    bank.emulator.clock().advance(day);
    let explained = bank.emulator.explain(BANK, request).await.unwrap();
    let failed: Vec<&str> = explained
        .checks
        .iter()
        .filter_map(|check| check.answer.as_ref().map(|_| check.check))
        .collect();
    assert!(!explained.accepted);
    assert_eq!(failed, ["request_expired"]);
}

#[tokio::test]
async fn an_update_may_come_with_a_certificate() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let transport = tpp.tpp.transport();
    let der = transport.certificate.der();
    let submission = Submission::update(ClientId::new(id), tpp.request().sign().unwrap())
        .with_certificate(ClientCertificate::from_der(der).unwrap());
    let explained = bank
        .emulator
        .explain_submission(BANK, &submission)
        .await
        .unwrap();
    assert!(explained.accepted, "{explained:?}");
}

#[tokio::test]
async fn where_nothing_can_be_explained_it_is_said_why() {
    let bank = TestBank::start().await;
    let unknown = bank.emulator.explain("my-bank", "x").await.unwrap_err();
    let text = unknown.to_string();
    assert!(
        text.starts_with("there is no bank `my-bank`; there are: uk-ob-3.1, "),
        "{text}"
    );
    let directory = bank
        .emulator
        .explain("raidiam-directory", "x")
        .await
        .unwrap_err();
    assert_eq!(
        directory.to_string(),
        "raidiam-directory takes no registration requests: its clients are what its directory lists"
    );
    let update = Submission::update(ClientId::new("c"), "x");
    let update = bank
        .emulator
        .explain_submission("uk-ob-3.1", &update)
        .await
        .unwrap_err();
    assert_eq!(
        update.to_string(),
        "uk-ob-3.1 does not offer `update`; offered with a request: register"
    );
}
