//! Private keys that never leave the caller: certificate requests and key sets.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use certs_gen::Key;
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use x509_parser::public_key::PublicKey;

use super::*;
use crate::clients::members;
use crate::helpers::rsa_key;

pub fn csr(key: &Key) -> String {
    let pair = KeyPair::from_pkcs8_pem_and_sign_algo(&key.private_pem(), &PKCS_RSA_SHA256);
    let params = CertificateParams::new(Vec::new()).unwrap();
    let request = params.serialize_request(&pair.unwrap()).unwrap();
    request.pem().unwrap()
}

/// The public half of an RSA key as an entry of a key set.
pub fn jwk(key: &Key, kid: &str) -> Value {
    let der = key.public_key_der();
    let (_, info) = <x509_parser::x509::SubjectPublicKeyInfo<'_> as x509_parser::prelude::FromDer<
        '_,
        _,
    >>::from_der(&der)
    .unwrap();
    let PublicKey::RSA(rsa) = info.parsed().unwrap() else {
        panic!("not RSA");
    };
    let number = |bytes: &[u8]| {
        let zeros = bytes.iter().take_while(|byte| **byte == 0).count();
        URL_SAFE_NO_PAD.encode(&bytes[zeros..])
    };
    json!({
        "kty": "RSA",
        "kid": kid,
        "use": "sig",
        "n": number(rsa.modulus),
        "e": number(rsa.exponent),
    })
}

/// A registration request, signed by the caller itself.
fn signed(claims: &Value, kid: &str, key: &Key) -> String {
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({ "alg": "PS256", "kid": kid, "typ": "JWT" });
    let input = format!("{}.{}", part(&header), part(claims));
    let pair = ::aws_lc_rs::rsa::KeyPair::from_pkcs8(key.private_der()).unwrap();
    let mut signature = vec![0; pair.public_modulus_len()];
    let random = ::aws_lc_rs::rand::SystemRandom::new();
    let padding = &::aws_lc_rs::signature::RSA_PSS_SHA256;
    pair.sign(padding, &random, input.as_bytes(), &mut signature)
        .unwrap();
    format!("{input}.{}", URL_SAFE_NO_PAD.encode(signature))
}

/// Registers a TPP that signs for itself, with claims that another TPP's request shows.
async fn registers_itself(bank: &TestBank, tpp: &Made, transport_key: &Key, signing_key: &Key) {
    let statement = tpp.post(bank, "statements", Value::Null, 200).await;
    let template = Made::new(bank, Value::Null).await;
    let template = template.request(bank, BANK, json!({})).await;
    let mut claims = crate::key_stores::part(template["request"].as_str().unwrap(), 1);
    claims["iss"] = tpp.answer["software_id"].clone();
    claims["software_id"] = tpp.answer["software_id"].clone();
    claims["redirect_uris"] = tpp.answer["redirect_uris"].clone();
    claims["software_statement"] = statement["ssa"].clone();
    claims["tls_client_auth_subject_dn"] = tpp.answer["transport"]["subject_dn"].clone();
    let request = signed(&claims, tpp.text("/signing/kid"), signing_key);
    let chain = tpp.text("/transport/certificate");
    let http = mutual_with(bank, chain, &transport_key.private_pem());
    let url = format!("{}/register", bank.emulator.url(BANK));
    let sent = http.post(url).header("content-type", JOSE).body(request);
    let answer = sent.send().await.unwrap();
    assert_eq!(answer.status(), 201, "{}", answer.text().await.unwrap());
}

#[tokio::test]
async fn with_certificate_requests_no_private_key_is_here_and_the_tpp_registers_itself() {
    let bank = TestBank::start().await;
    let asked = json!({
        "transport": { "csr": csr(&rsa_key(1)) },
        "signing": { "csr": csr(&rsa_key(2)) },
    });
    let tpp = Made::new(&bank, asked).await;
    assert!(!tpp.answer.to_string().contains("PRIVATE KEY"));
    for part in ["transport", "signing"] {
        assert_eq!(tpp.answer[part].get("key"), None);
        assert_eq!(tpp.answer[part].get("p12"), None);
    }
    registers_itself(&bank, &tpp, &rsa_key(1), &rsa_key(2)).await;
}

#[tokio::test]
async fn a_key_set_is_published_as_it_is_and_the_tpp_registers_itself() {
    let bank = TestBank::start().await;
    let set = json!({ "keys": [{ "kty": "OKP", "kid": "x" }, jwk(&rsa_key(2), "mine")] });
    let asked = json!({
        "transport": { "csr": csr(&rsa_key(1)) },
        "signing": { "jwks": set },
    });
    let tpp = Made::new(&bank, asked).await;
    let signing = &tpp.answer["signing"];
    assert_eq!(members(signing), ["alg", "certificate", "kid", "kind"]);
    assert_eq!(
        (&signing["kid"], &signing["alg"]),
        (&json!("mine"), &json!("PS256"))
    );
    assert!(signing["kind"].is_null() && signing["certificate"].is_null());
    let statement = tpp.post(&bank, "statements", Value::Null, 200).await;
    let store = statement["claims"]["software_jwks_endpoint"]
        .as_str()
        .unwrap();
    let published = crate::key_stores::keys(&bank, store).await;
    assert!(
        published.iter().any(|key| key["kid"] == "mine"),
        "{published:?}"
    );
    registers_itself(&bank, &tpp, &rsa_key(1), &rsa_key(2)).await;
}

#[tokio::test]
async fn for_a_tpp_that_kept_its_key_nothing_is_signed_until_it_has_one_made_here() {
    let bank = TestBank::start().await;
    let set = json!({ "keys": [jwk(&rsa_key(0), "mine")] });
    let tpp = Made::new(&bank, json!({ "signing": { "jwks": set } })).await;
    for (below, asked) in [
        ("requests", json!({ "bank": BANK })),
        ("assertions", json!({ "bank": BANK, "client_id": "x" })),
    ] {
        let problem = tpp.post(&bank, below, asked, 409).await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(
            detail.contains("POST …/certificates and the kind `ob-signing`"),
            "{detail}"
        );
    }
    let more = tpp
        .post(&bank, "certificates", json!({ "kind": "ob-signing" }), 201)
        .await;
    assert_eq!(more["current"], true);
    tpp.registered(&bank).await;
}
