//! Signatures that prove nothing: none at all, HMACs under what everybody knows, keys of others.

use aspsp_emulator::domain::jws::{Algorithm, SigningKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use serde_json::{Value, json};

use super::Target;
use crate::helpers::TestTpp;
use crate::registration_raw::{hmac_signed, ordinary, part, parts, signed, signing_key, unsigned};

#[tokio::test]
async fn alg_none_is_refused_in_every_spelling() {
    let target = Target::start().await;
    let (header, claims) = ordinary(&target.tpp);
    let whole = target.tpp.request().sign().unwrap();
    let (_, _, signature) = parts(&whole);
    for spelling in 0..16_usize {
        let alg: String = "none"
            .char_indices()
            .map(|(at, letter)| match spelling >> at & 1 {
                1 => letter.to_ascii_uppercase(),
                _ => letter,
            })
            .collect();
        let mut header = header.clone();
        header["alg"] = alg.as_str().into();
        let check = "request_alg_not_allowed";
        let bare = unsigned(&header, &claims);
        target.refuses(&alg, bare.clone(), check).await;
        let kept = bare + &part(&signature);
        target.refuses(&alg, kept, check).await;
        header["kid"] = Value::Null;
        target
            .refuses(&alg, unsigned(&header, &claims), check)
            .await;
    }
}

/// What an attacker who knows the public key might take for a secret.
fn known_secrets(tpp: &TestTpp) -> Vec<(&'static str, Vec<u8>)> {
    let signing = tpp.tpp.signing().unwrap();
    let spki = signing.certificate.public_key_der().to_vec();
    let jwk = signing.public_key.to_jwk(
        &signing.kid,
        aspsp_emulator::domain::jwk::KeyUse::Signing,
        None,
    );
    let modulus = jwk["n"].as_str().unwrap().to_owned();
    let lines: Vec<String> = STANDARD
        .encode(&spki)
        .as_bytes()
        .chunks(64)
        .map(|line| String::from_utf8(line.to_vec()).unwrap())
        .collect();
    let body = lines.join("\n");
    let pem = format!("-----BEGIN PUBLIC KEY-----\n{body}\n-----END PUBLIC KEY-----\n");
    vec![
        ("PEM", pem.trim_end().as_bytes().to_vec()),
        ("PEM with its line break", pem.into_bytes()),
        ("DER", spki),
        ("modulus", URL_SAFE_NO_PAD.decode(&modulus).unwrap()),
        ("modulus in base64url", modulus.into_bytes()),
        ("JWK", jwk.to_string().into_bytes()),
        ("certificate", signing.certificate.der().to_vec()),
        ("certificate PEM", signing.certificate.pem().into_bytes()),
        ("kid", signing.kid.as_str().as_bytes().to_vec()),
        ("nothing", Vec::new()),
    ]
}

#[tokio::test]
async fn an_hmac_under_a_public_key_is_refused() {
    let target = Target::start().await;
    let (mut header, claims) = ordinary(&target.tpp);
    for (name, secret) in known_secrets(&target.tpp) {
        for (alg, check) in [
            ("HS256", "request_alg_not_allowed"),
            ("PS256", "request_signature_invalid"),
            ("ES256", "request_signature_invalid"),
        ] {
            header["alg"] = alg.into();
            let body = hmac_signed(&secret, &header, &claims);
            target.refuses(name, body, check).await;
        }
    }
}

#[tokio::test]
async fn keys_that_the_header_brings_along_are_not_used() {
    let target = Target::start().await;
    let other = target.bank.tpp().await;
    let theirs = other.tpp.signing().unwrap();
    let x5c = STANDARD.encode(theirs.certificate.der());
    let jwk = theirs.public_key.to_jwk(
        &target.tpp.tpp.kid(),
        aspsp_emulator::domain::jwk::KeyUse::Signing,
        None,
    );
    let (header, claims) = ordinary(&target.tpp);
    let stores = &claims["software_statement"];
    let (_, stated, _) = parts(stores.as_str().unwrap());
    for (name, value) in [
        ("jwk", jwk),
        ("x5c", json!([x5c])),
        ("jku", stated["software_jwks_endpoint"].clone()),
        ("x5u", json!("https://evil.example/x5u")),
        ("x5t", json!("AAAA")),
    ] {
        let mut header = header.clone();
        header[name] = value;
        let body = signed(&signing_key(&other), header.to_string(), claims.to_string());
        target
            .refuses(name, body, "request_signature_invalid")
            .await;
        header["kid"] = other.tpp.kid().as_str().into();
        let body = signed(&signing_key(&other), header.to_string(), claims.to_string());
        target.refuses(name, body, "key_unknown").await;
    }
}

#[tokio::test]
async fn keys_of_others_and_for_other_things_are_refused() {
    let target = Target::start().await;
    let other = target.bank.tpp().await;
    let own = target.tpp.tpp.transport();
    let transport = own.signing_key().unwrap().unwrap();
    let theirs = SigningKey::from_pem(&signing_key(&other).private_pem()).unwrap();
    let request = || target.tpp.request();
    let cases = [
        ("another TPP's kid", "key_unknown", {
            request().header("kid", other.tpp.kid().as_str())
        }),
        ("another TPP's kid and key", "key_unknown", {
            let request = request().header("kid", other.tpp.kid().as_str());
            request.signed_with(Algorithm::Ps256, theirs)
        }),
        ("the transport key's kid", "request_signature_invalid", {
            request().header("kid", own.kid.as_str())
        }),
        ("the transport key and its kid", "key_not_for_signing", {
            let request = request().header("kid", own.kid.as_str());
            request.signed_with(Algorithm::Es256, transport)
        }),
        ("a kid of 10000 characters", "key_unknown", {
            request().header("kid", "k".repeat(10_000))
        }),
        ("a kid of control characters", "key_unknown", {
            request().header("kid", "\u{0}\u{1b}[2J\n")
        }),
        ("a path as kid", "key_unknown", {
            request().header("kid", "../../../../etc/passwd")
        }),
    ];
    for (name, check, request) in cases {
        target.refuses(name, request.sign().unwrap(), check).await;
    }
}

#[tokio::test]
async fn an_extension_that_is_not_understood_is_refused() {
    let target = Target::start().await;
    for crit in [json!(["x"]), json!(["b64", "exp"]), json!([]), json!(null)] {
        let (mut header, claims) = ordinary(&target.tpp);
        header["crit"] = crit.clone();
        let body = signed(
            &signing_key(&target.tpp),
            header.to_string(),
            claims.to_string(),
        );
        let check = "request_critical_header_unknown";
        target.refuses(&crit.to_string(), body, check).await;
    }
}
