//! TPPs over time: changed, deleted, reset, in worlds of their own, many at once.

use std::collections::BTreeSet;

use super::keys_kept::csr;
use super::*;
use crate::clients::members;
use crate::helpers::{INTERACTION_ID, rsa_key};

#[tokio::test]
async fn what_is_changed_is_seen_in_the_next_statement_and_by_a_bank() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    let before = tpp.request(&bank, BANK, json!({})).await;
    assert_eq!(
        failed(&bank, BANK, before["request"].as_str().unwrap()).await,
        [""; 0]
    );
    let changes = json!({
        "org_status": "Withdrawn",
        "software_status": "Revoked",
        "roles": ["PISP"],
        "redirect_uris": ["https://new.example/cb"],
    });
    let changed = answered(&bank.emulator, Method::PATCH, &tpp.path, &changes, 200).await;
    for name in members(&changes) {
        assert_eq!(changed[name], changes[name], "{name}");
    }
    assert_eq!(get(&bank, &tpp.path).await, changed);
    let statement = tpp.post(&bank, "statements", Value::Null, 200).await;
    let claims = &statement["claims"];
    assert_eq!(claims["org_status"], "Withdrawn");
    assert_eq!(claims["software_roles"], json!(["PISP"]));
    assert_eq!(claims["software_redirect_uris"], changes["redirect_uris"]);
    let after = tpp.request(&bank, BANK, json!({})).await;
    let failed_now = failed(&bank, BANK, after["request"].as_str().unwrap()).await;
    assert!(!failed_now.is_empty());
    // One member at a time, and the others stay.
    let active = json!({ "org_status": "Active", "software_status": "Active" });
    let changed = answered(&bank.emulator, Method::PATCH, &tpp.path, &active, 200).await;
    assert_eq!(changed["roles"], json!(["PISP"]));
    tpp.registered(&bank).await;
}

#[tokio::test]
async fn a_deleted_tpp_is_unknown_and_its_client_stays() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    let id = tpp.registered(&bank).await;
    let request = tpp.request(&bank, BANK, json!({})).await;
    let gone = answered(&bank.emulator, Method::DELETE, &tpp.path, &Value::Null, 204).await;
    assert_eq!(gone, Value::Null);
    for method in [Method::GET, Method::DELETE] {
        let problem = answered(&bank.emulator, method, &tpp.path, &Value::Null, 404).await;
        assert_eq!(problem["field"], "software_id");
    }
    assert_eq!(get(&bank, "/api/tpps").await["items"], json!([]));
    let clients = get(&bank, &format!("/api/banks/{BANK}/clients")).await;
    assert_eq!(clients["items"][0]["client_id"], id);
    let answer = deliver(&tpp.http, &request, None).await.unwrap();
    assert!(answer.headers().contains_key(INTERACTION_ID));
    assert!(answer.status().is_client_error());
}

#[tokio::test]
async fn a_tpp_is_known_in_its_world_only_and_the_same_seed_invents_the_same_names() {
    let bank = TestBank::start().await;
    let mut invented = BTreeSet::new();
    for name in ["one", "two"] {
        post(
            &bank,
            "/api/worlds",
            json!({ "name": name, "seed": 5 }),
            201,
        )
        .await;
        let base = format!("/api/worlds/{name}");
        let tpp = Made::below(&bank, &base, Value::Null).await;
        assert_eq!(tpp.text("/world"), name);
        let endpoint = tpp.text("/banks/0/registration_endpoint");
        assert!(endpoint.contains(&format!("/w/{name}/")), "{endpoint}");
        let request = tpp.request(&bank, BANK, json!({})).await;
        assert!(
            request["url"]
                .as_str()
                .unwrap()
                .contains(&format!("/w/{name}/"))
        );
        let answer = deliver(&tpp.http, &request, None).await.unwrap();
        assert_eq!(answer.status(), 201);
        invented.insert(tpp.text("/software_id").to_owned());
    }
    assert_eq!(invented.len(), 1, "{invented:?}");
    assert_eq!(get(&bank, "/api/tpps").await["items"], json!([]));
}

#[tokio::test]
async fn of_many_who_ask_for_one_id_at_once_one_gets_it() {
    let bank = TestBank::start().await;
    let asked = json!({
        "software_id": "4fyviMySoftwareIdIsThs",
        "transport": { "csr": csr(&rsa_key(1)) },
        "signing": { "csr": csr(&rsa_key(2)) },
    });
    let sent = (0..8).map(|_| send(&bank.emulator, Method::POST, "/api/tpps", &asked));
    let answers = futures_util::future::join_all(sent).await;
    let mut statuses: Vec<u16> = answers
        .iter()
        .map(|answer| answer.status().as_u16())
        .collect();
    statuses.sort_unstable();
    assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
}

#[tokio::test]
async fn after_a_reset_who_was_made_is_gone_and_the_next_one_is_the_first_again() {
    let bank = TestBank::start().await;
    let first = Made::new(&bank, Value::Null).await;
    post(&bank, "/api/reset", json!({ "parts": ["tpps"] }), 200).await;
    assert_eq!(get(&bank, "/api/tpps").await["items"], json!([]));
    let again = Made::new(&bank, Value::Null).await;
    for name in ["software_id", "org_id", "redirect_uris"] {
        assert_eq!(again.answer[name], first.answer[name], "{name}");
    }
}
