//! TPPs whose signing key is revoked, and what may take its place.

use super::certificates::kids;
use super::*;
use crate::clients::members;
use crate::key_stores::part;

/// The `kid` in the header of a registration request.
fn kid_of(request: &Value) -> Value {
    part(request["request"].as_str().unwrap(), 0)["kid"].clone()
}

#[tokio::test]
async fn a_revoked_key_that_nothing_replaced_signs_and_the_answer_says_so() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    let assertion = json!({ "bank": BANK, "client_id": "x" });
    for (below, asked) in [
        ("requests", json!({ "bank": BANK })),
        ("assertions", assertion.clone()),
    ] {
        let signed = tpp.post(&bank, below, asked, 200).await;
        assert_eq!(signed.get("key_revoked"), None, "{below}");
    }
    let kid = tpp.text("/signing/kid");
    let path = format!("{}/certificates/{kid}", tpp.path);
    answered(&bank.emulator, Method::DELETE, &path, &Value::Null, 204).await;
    let request = tpp.request(&bank, BANK, json!({})).await;
    assert_eq!(
        (&request["key_revoked"], kid_of(&request)),
        (&json!(true), json!(kid))
    );
    let refused = failed(&bank, BANK, request["request"].as_str().unwrap()).await;
    assert!(
        refused.contains(&"key_not_for_signing".to_owned()),
        "{refused:?}"
    );
    let signed = tpp.post(&bank, "assertions", assertion, 200).await;
    assert_eq!(members(&signed), ["assertion", "key_revoked"]);
    assert_eq!(signed["key_revoked"], true);
    // Nobody of the TPP signs this.
    let brazilian = Made::new(&bank, json!({ "ecosystem": "brasil" })).await;
    let path = format!(
        "{}/certificates/{}",
        brazilian.path,
        brazilian.text("/signing/kid")
    );
    answered(&bank.emulator, Method::DELETE, &path, &Value::Null, 204).await;
    let request = brazilian.request(&bank, BRAZIL, json!({})).await;
    assert_eq!(request.get("key_revoked"), None);
    // A new one takes its place without replacing it.
    let asked = json!({ "kind": "obseal" });
    let new = tpp.post(&bank, "certificates", asked, 201).await;
    let request = tpp.request(&bank, BANK, json!({})).await;
    assert_eq!(request.get("key_revoked"), None);
    assert_eq!(kid_of(&request), new["kid"]);
}

#[tokio::test]
async fn a_flawed_certificate_in_the_place_of_the_current_one_signs() {
    let bank = TestBank::start().await;
    for (flaw, store, is_noticed) in [
        ("revoked", "software_jwks_revoked_endpoint", true),
        ("expired", "software_jwks_endpoint", false),
        ("untrusted-issuer", "software_jwks_endpoint", false),
        ("wrong-org", "", true),
    ] {
        let tpp = Made::new(&bank, Value::Null).await;
        let old = tpp.text("/signing/kid");
        let asked = json!({ "kind": "ob-signing", "flaw": flaw, "replaces": old });
        let new = tpp.post(&bank, "certificates", asked, 201).await;
        assert_eq!(new["current"], true, "{flaw}");
        let kid = new["kid"].as_str().unwrap().to_owned();
        for claim in ["software_jwks_endpoint", "software_jwks_revoked_endpoint"] {
            let is_there = kids(&bank, &tpp, claim).await.contains(&kid);
            assert_eq!(is_there, claim == store, "{flaw} {claim}");
        }
        let request = tpp.request(&bank, BANK, json!({})).await;
        assert_eq!(kid_of(&request), new["kid"], "{flaw}");
        let is_revoked = request.get("key_revoked") == Some(&json!(true));
        assert_eq!(is_revoked, flaw == "revoked");
        let refused = failed(&bank, BANK, request["request"].as_str().unwrap()).await;
        assert_eq!(!refused.is_empty(), is_noticed, "{flaw}: {refused:?}");
        // A later one without a flaw takes its place.
        let asked = json!({ "kind": "ob-signing" });
        let later = tpp.post(&bank, "certificates", asked, 201).await;
        assert_eq!(later["current"], flaw == "revoked", "{flaw}");
    }
}

#[tokio::test]
async fn a_certificate_for_another_use_replaces_nothing() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    let before = get(&bank, &tpp.path).await;
    for (kind, replaces, allowed) in [
        ("obwac", "/signing/kid", "ob-signing, obseal, qseal"),
        ("obseal", "/transport/serial", "ob-transport, obwac, qwac"),
    ] {
        let asked = json!({ "kind": kind, "replaces": tpp.text(replaces) });
        let problem = tpp.post(&bank, "certificates", asked, 409).await;
        assert_eq!(problem["field"], "kind");
        let found = problem["found"].as_str().unwrap();
        assert!(
            found.contains(kind) && found.contains(tpp.text(replaces)),
            "{found}"
        );
        let mut words: Vec<&str> = problem["allowed"].as_str().unwrap().split(", ").collect();
        words.sort_unstable();
        assert_eq!(words.join(", "), allowed);
    }
    assert_eq!(get(&bank, &tpp.path).await, before);
    assert_eq!(kids(&bank, &tpp, "software_jwks_endpoint").await.len(), 2);
}

#[tokio::test]
async fn what_is_revoked_already_is_not_replaced_again() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    for (kind, replaces) in [
        ("ob-signing", "/signing/kid"),
        ("ob-transport", "/transport/serial"),
    ] {
        let named = tpp.text(replaces);
        let asked = json!({ "kind": kind, "replaces": named });
        tpp.post(&bank, "certificates", asked.clone(), 201).await;
        let record = get(&bank, &tpp.path).await;
        let problem = tpp.post(&bank, "certificates", asked, 409).await;
        assert_eq!(problem["field"], "replaces");
        assert!(
            problem["found"].as_str().unwrap().contains(named),
            "{problem}"
        );
        assert_eq!(get(&bank, &tpp.path).await, record);
        let path = format!("{}/certificates/{named}", tpp.path);
        answered(&bank.emulator, Method::DELETE, &path, &Value::Null, 204).await;
    }
    assert_eq!(kids(&bank, &tpp, "software_jwks_endpoint").await.len(), 2);
}
