//! Software statements and the key stores that they name.

use aws_lc_rs::signature::{RSA_PSS_2048_8192_SHA256, RsaPublicKeyComponents};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::StatusCode;
use serde_json::Value;

use crate::clients::members;
use crate::connections::{HTTP1, HTTP2, plain_client, tpp_client};
use crate::helpers::{TestBank, TestTpp, json};

pub fn part(jws: &str, index: usize) -> Value {
    let text = jws.split('.').nth(index).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(text).unwrap()).unwrap()
}

pub async fn keys(bank: &TestBank, url: &str) -> Vec<Value> {
    let answer = plain_client(bank, HTTP1).get(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{url}");
    assert_eq!(answer.headers()["content-type"], "application/json");
    let body = json(answer).await;
    assert_eq!(members(&body), ["keys"]);
    body["keys"].as_array().unwrap().clone()
}

pub async fn directory_keys(bank: &TestBank) -> Vec<Value> {
    let base = bank.emulator.base_urls().tls;
    keys(bank, &format!("{base}/directory/directory.jwks")).await
}

/// Verifies a PS256 signature with nothing but the crypto library.
pub fn verifies(jws: &str, jwk: &Value) -> bool {
    let number = |name: &str| URL_SAFE_NO_PAD.decode(jwk[name].as_str().unwrap()).unwrap();
    let (input, signature) = jws.rsplit_once('.').unwrap();
    let signature = URL_SAFE_NO_PAD.decode(signature).unwrap();
    let key = RsaPublicKeyComponents {
        n: number("n"),
        e: number("e"),
    };
    key.verify(&RSA_PSS_2048_8192_SHA256, input.as_bytes(), &signature)
        .is_ok()
}

fn statement(tpp: &TestTpp) -> (Value, Value, String) {
    let text = tpp.tpp.statement().unwrap();
    (part(&text, 0), part(&text, 1), text)
}

const CLAIMS: [&str; 26] = [
    "iat",
    "iss",
    "jti",
    "org_contacts",
    "org_id",
    "org_jwks_endpoint",
    "org_jwks_revoked_endpoint",
    "org_name",
    "org_status",
    "organisation_competent_authority_claims",
    "software_client_description",
    "software_client_id",
    "software_client_name",
    "software_client_uri",
    "software_environment",
    "software_id",
    "software_jwks_endpoint",
    "software_jwks_revoked_endpoint",
    "software_logo_uri",
    "software_mode",
    "software_on_behalf_of_org",
    "software_policy_uri",
    "software_redirect_uris",
    "software_roles",
    "software_tos_uri",
    "software_version",
];

#[tokio::test]
async fn a_statement_holds_the_claims_of_the_directory_and_no_others() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    bank.emulator.clock().freeze();
    let (_, claims, _) = statement(&tpp);
    assert_eq!(members(&claims), CLAIMS);
    assert_eq!(claims["iss"], "OpenBanking Ltd");
    let jti = claims["jti"].as_str().unwrap();
    assert_eq!(jti.len(), 16);
    assert!(
        jti.bytes().all(|byte| b"0123456789abcdef".contains(&byte)),
        "{jti}"
    );
    assert_eq!(claims["iat"], bank.emulator.clock().unix());
    assert_eq!(claims["software_id"], tpp.tpp.software_id().as_str());
    assert_eq!(claims["software_client_id"], claims["software_id"]);
    assert_eq!(claims["software_id"].as_str().unwrap().len(), 22);
    assert_eq!(claims["org_id"], tpp.tpp.org_id().as_str());
    assert_eq!(claims["org_id"].as_str().unwrap().len(), 18);
    assert_eq!(claims["org_status"], "Active");
    assert_eq!(
        claims["software_redirect_uris"][0],
        "https://app.example/cb"
    );
    assert_eq!(
        claims["software_roles"],
        serde_json::json!(["AISP", "PISP", "CBPII"])
    );
    let authority = &claims["organisation_competent_authority_claims"];
    assert_eq!(
        members(authority),
        [
            "authorisations",
            "authority_id",
            "registration_id",
            "status"
        ]
    );
}

#[tokio::test]
async fn the_texts_of_a_statement_are_within_the_limits_of_the_directory() {
    let bank = TestBank::start().await;
    let (_, claims, _) = statement(&bank.tpp().await);
    for (name, limit) in [
        ("software_environment", 256),
        ("software_mode", 40),
        ("software_client_name", 40),
        ("software_client_description", 256),
        ("software_version", 42),
        ("software_client_uri", 256),
        ("software_on_behalf_of_org", 40),
        ("software_jwks_endpoint", 256),
        ("org_id", 35),
        ("org_name", 140),
        ("org_jwks_revoked_endpoint", 256),
    ] {
        assert!(claims[name].as_str().unwrap().len() <= limit, "{name}");
    }
}

#[tokio::test]
async fn a_statement_verifies_with_the_directorys_key_of_its_kid() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let (header, claims, text) = statement(&tpp);
    assert_eq!(members(&header), ["alg", "kid", "typ"]);
    assert_eq!(
        (&header["alg"], &header["typ"]),
        (&Value::from("PS256"), &Value::from("JWT"))
    );
    let keys = directory_keys(&bank).await;
    let key = keys
        .iter()
        .find(|key| key["kid"] == header["kid"])
        .expect("the kid");
    assert_eq!(
        (&key["kty"], &key["use"]),
        (&Value::from("RSA"), &Value::from("sig"))
    );
    assert!(key.get("d").is_none());
    assert!(verifies(&text, key));
    let other = statement(&tpp).1;
    assert_ne!(claims["jti"], other["jti"]);
    let forged = text.replacen('.', ".e30", 1);
    assert!(!verifies(&forged, key));
}

#[tokio::test]
async fn every_key_store_in_a_statement_answers_on_both_listeners() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let urls = bank.emulator.base_urls();
    let (_, claims, _) = statement(&tpp);
    for name in CLAIMS.iter().filter(|name| name.contains("_jwks_")) {
        let url = claims[*name].as_str().unwrap();
        assert!(
            url.starts_with(&format!("{}/directory/", urls.tls)),
            "{url}"
        );
        let listed = keys(&bank, url).await;
        let behind_mtls = url.replacen(&urls.tls, &urls.mtls, 1);
        let answer = tpp_client(&bank, &tpp, HTTP2)
            .get(&behind_mtls)
            .send()
            .await
            .unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
        assert_eq!(json(answer).await["keys"].as_array().unwrap(), &listed);
        let is_the_softwares = *name == "software_jwks_endpoint";
        assert_eq!(listed.len(), if is_the_softwares { 2 } else { 0 }, "{name}");
        let posted = plain_client(&bank, HTTP1).post(url).send().await.unwrap();
        assert_eq!(posted.status(), StatusCode::METHOD_NOT_ALLOWED);
        assert_eq!(posted.headers()["allow"], "GET, HEAD");
    }
}

#[tokio::test]
async fn the_key_store_holds_signing_and_transport_key_with_their_certificates() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let (_, claims, _) = statement(&tpp);
    let keys = keys(&bank, claims["software_jwks_endpoint"].as_str().unwrap()).await;
    for (key_use, credential) in [
        ("sig", tpp.tpp.signing().unwrap()),
        ("tls", tpp.tpp.transport()),
    ] {
        let key = keys
            .iter()
            .find(|key| key["use"] == key_use)
            .expect("a key");
        assert_eq!(key["kid"], credential.kid.as_str());
        let certificate = STANDARD.encode(credential.certificate.der());
        assert_eq!(key["x5c"][0], certificate);
        assert!(key.get("d").is_none(), "no private key");
    }
    let request = tpp.request().sign().unwrap();
    let key = keys
        .iter()
        .find(|key| key["kid"] == part(&request, 0)["kid"])
        .unwrap();
    assert!(verifies(&request, key));
}

#[tokio::test]
async fn a_revoked_key_moves_to_the_revoked_store() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let (_, claims, _) = statement(&tpp);
    let current = claims["software_jwks_endpoint"].as_str().unwrap();
    let revoked = claims["software_jwks_revoked_endpoint"].as_str().unwrap();
    let before = keys(&bank, current).await;
    let kid = tpp.tpp.kid();
    bank.emulator.revoke_key(&tpp.tpp, &kid).unwrap();
    let (left, moved) = (keys(&bank, current).await, keys(&bank, revoked).await);
    assert_eq!((left.len(), moved.len()), (1, 1));
    assert_eq!(moved[0]["kid"], kid.as_str());
    assert!(before.contains(&moved[0]) && before.contains(&left[0]));
    let unknown = aspsp_emulator::domain::ids::KeyId::new("unknown");
    assert!(bank.emulator.revoke_key(&tpp.tpp, &unknown).is_err());
}
