//! Rotation: a certificate in the place of another.

use super::certificates::{connects, kids, revoked};
use super::*;

#[tokio::test]
async fn a_replaced_transport_certificate_is_refused_everywhere_and_the_new_one_works() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    tpp.registered(&bank).await;
    let serial = tpp.text("/transport/serial").to_owned();
    let asked = json!({ "kind": "obwac", "replaces": serial });
    let new = tpp.post(&bank, "certificates", asked, 201).await;
    assert_eq!(new["current"], true);
    assert_eq!(new["replaced"]["serial"], serial.as_str());
    let old_kid = new["replaced"]["kid"].as_str().unwrap();
    assert!(revoked(&bank).await.contains(&serial));
    let in_store = kids(&bank, &tpp, "software_jwks_revoked_endpoint").await;
    assert_eq!(in_store, [old_kid]);
    let current = kids(&bank, &tpp, "software_jwks_endpoint").await;
    assert!(current.contains(&new["kid"].as_str().unwrap().to_owned()));
    assert!(!current.contains(&old_kid.to_owned()));
    // The old connection is still open; a new one is not to be had.
    let request = tpp.request(&bank, BANK, json!({})).await;
    let answer = deliver(&tpp.http, &request, None).await.unwrap();
    assert_eq!(answer.status(), 401);
    let again = mutual(&bank, &tpp.answer["transport"]);
    assert!(!connects(&bank, &again).await);
    let answer = deliver(&mutual(&bank, &new), &request, None).await.unwrap();
    assert_eq!(answer.status(), 201);
    let record = get(&bank, &tpp.path).await;
    assert_eq!(record["transport"]["serial"], new["serial"]);
}

#[tokio::test]
async fn after_a_replaced_signing_key_only_the_new_one_signs() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    let old = tpp.request(&bank, BANK, json!({})).await;
    let old_kid = tpp.text("/signing/kid").to_owned();
    let asked = json!({ "kind": "ob-signing", "replaces": old_kid });
    let new = tpp.post(&bank, "certificates", asked, 201).await;
    assert_eq!(new["replaced"]["kid"], old_kid.as_str());
    assert_eq!(new["current"], true);
    let in_store = kids(&bank, &tpp, "software_jwks_revoked_endpoint").await;
    assert_eq!(in_store, [old_kid]);
    let answer = deliver(&tpp.http, &old, None).await.unwrap();
    assert_eq!(answer.status(), 400);
    tpp.registered(&bank).await;
    let record = get(&bank, &tpp.path).await;
    assert_eq!(record["signing"]["kid"], new["kid"]);
}
