//! Switches that change while a bank works.

use std::sync::Arc;

use aspsp_emulator::bank::BankSlot;
use aspsp_emulator::dialect::Operation;
use aspsp_emulator::dialect::call::Call;
use aspsp_emulator::dialect::policy::PolicyChanges;
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use serde_json::{from_value, json};

use super::*;

fn changes(switches: Value) -> PolicyChanges {
    from_value(switches).unwrap()
}

#[tokio::test]
async fn a_switch_counts_for_clients_that_were_registered_before() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Brazil);
    let slot = BankSlot::new(bank(&world, BRAZIL));
    let method = AuthMethod::TlsClientAuth;
    let client = register(&world, &tpp, &slot.current(), method).await;
    let replace = |client: &Value| {
        let request = registration(&world, &tpp, slot.configured(), method);
        let mut body: Value = serde_json::from_slice(&request.body).unwrap();
        body["client_id"] = client["client_id"].clone();
        let token = client["registration_access_token"].as_str().unwrap();
        Call {
            content_type: request.content_type,
            body: body.to_string().into(),
            ..managing(&world, &tpp, Operation::Update, &id_of(client), token)
        }
    };
    let token = |client: &Value| client["registration_access_token"].clone();
    let updated = slot.current().update(&replace(&client)).await;
    let kept = information(&updated.result.unwrap());
    assert_eq!(token(&kept), token(&client));

    slot.set_policy([&changes(json!({ "rotate_rat": true }))]);
    let updated = slot.current().update(&replace(&client)).await;
    let rotated = information(&updated.result.unwrap());
    assert_ne!(token(&rotated), token(&client));
    let former = slot.current().update(&replace(&client)).await;
    assert_eq!(former.refused_by, Some("token_invalid"));

    slot.set_policy([]);
    let updated = slot.current().update(&replace(&rotated)).await;
    let kept = information(&updated.result.unwrap());
    assert_eq!(token(&kept), token(&rotated));
}

#[tokio::test]
async fn later_changes_win_and_each_setting_begins_with_the_bank_as_configured() {
    let world = world();
    let slot = BankSlot::new(bank(&world, UK));
    let own = slot.configured().rules.policy.clone();
    let reject = changes(json!({ "duplicates": "reject", "rotate_rat": true }));
    let allow = changes(json!({ "duplicates": "allow" }));
    slot.set_policy([&reject, &allow]);
    let both = slot.current();
    assert!(both.rules.policy.rotate_rat);
    assert_eq!(both.rules.policy.duplicates, own.duplicates);
    slot.set_policy([&allow, &reject]);
    assert_ne!(slot.current().rules.policy.duplicates, own.duplicates);
    slot.set_policy([&allow]);
    assert_eq!(slot.current().rules.policy, own);
    // Whoever took a bank keeps it.
    assert!(both.rules.policy.rotate_rat);
    assert!(!Arc::ptr_eq(&both, &slot.current()));
}

#[tokio::test]
async fn all_settings_of_a_bank_share_one_memory() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let bank = bank(&world, UK);
    let other = bank.with_policy([&changes(json!({ "duplicates": "reject" }))]);
    let client = id_of(&register(&world, &tpp, &bank, AuthMethod::TlsClientAuth).await);
    assert_eq!(other.clients().await.len(), 1);
    let token = token(&world, &tpp, &other, &client).await;
    let read = managing(&world, &tpp, Operation::Read, &client, &token);
    assert!(bank.read(&read).await.result.is_ok());
    let again = registration(&world, &tpp, &other, AuthMethod::TlsClientAuth);
    let refused = other.register(&again).await.refused_by;
    assert_eq!(refused, Some("software_already_registered"));
    assert_eq!(other.jwks(), bank.jwks());
}
