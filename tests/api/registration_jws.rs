//! The signed request itself: its form, its algorithm, its key and its signature.

use aspsp_emulator::domain::jws::{Algorithm, SigningKey};
use certs_gen::{Key, KeyAlgorithm};
use serde_json::{Value, json};

use crate::helpers::BANK;
use crate::registration_cases::{
    Accepted, Case, Parties, assert_unchanged, body, changed, check, metadata, refusal, still_bank,
};
use crate::registration_raw::{hmac_signed, ordinary, part, parts, signing_key, unsigned};

#[tokio::test]
async fn a_request_is_a_compact_jws_signed_with_a_current_key_of_its_software() {
    check(cases()).await;
}

#[tokio::test]
async fn a_request_under_a_revoked_key_is_refused() {
    let bank = still_bank().await;
    let tpp = bank.tpp().await;
    let request = tpp.request().sign().unwrap();
    tpp.register(tpp.request()).await;
    bank.emulator.revoke_key(&tpp.tpp, &tpp.tpp.kid()).unwrap();
    let before = bank.emulator.clients(BANK).await.unwrap();
    let refused = refusal("revoked key", tpp.post(request).await).await;
    assert_eq!(refused.error, "invalid_client_metadata");
    assert_eq!(refused.check(), "key_not_for_signing");
    assert_unchanged(&bank, &before, "revoked key").await;
}

pub fn cases() -> Vec<Case> {
    [forms(), algorithms(), critical(), keys(), signatures()]
        .into_iter()
        .flatten()
        .collect()
}

fn ordinary_request(parties: &Parties<'_>) -> String {
    parties.tpp.request().sign().unwrap()
}

fn forms() -> Vec<Case> {
    let refused = metadata("request_not_a_jws");
    let mut cases: Vec<Case> = [
        "",
        "x",
        "{}",
        "..",
        "a.b.c",
        "e30.e30",
        "e30.e30.AA.AA",
        "e30.W10.AA",
        "W10.e30.AA",
    ]
    .into_iter()
    .map(|text| body(format!("body {text:?}"), refused, move |_| text))
    .collect();
    for (before, after, expected) in [
        ("", "", Accepted),
        ("", "\n", Accepted),
        ("", "\r\n", Accepted),
        ("", "\n\n", refused),
        ("", " ", refused),
        ("", "=", refused),
        ("", ".", refused),
        ("\n", "", refused),
        ("\"", "\"", refused),
        ("\u{feff}", "", refused),
    ] {
        let name = format!("between {before:?} and {after:?}");
        cases.push(body(name, expected, move |parties| {
            format!("{before}{}{after}", ordinary_request(parties))
        }));
    }
    cases
}

fn algorithms() -> Vec<Case> {
    let refused = metadata("request_alg_not_allowed");
    let ec = Key::generate(KeyAlgorithm::EcP256).unwrap();
    let mut cases = vec![
        changed("ES256", Accepted, |request| request).by(|tpp| tpp.signing_key(ec)),
        body("RS256", refused, |parties| {
            let key = SigningKey::from_pem(&signing_key(parties.tpp).private_pem()).unwrap();
            let request = parties.tpp.request();
            request.signed_with(Algorithm::Rs256, key).sign().unwrap()
        }),
        body("HS256", refused, |parties| {
            let (mut header, claims) = ordinary(parties.tpp);
            header["alg"] = "HS256".into();
            hmac_signed(b"secret", &header, &claims)
        }),
        body("alg none", refused, |parties| {
            let (mut header, claims) = ordinary(parties.tpp);
            header["alg"] = "none".into();
            unsigned(&header, &claims)
        }),
    ];
    for alg in [json!("ps256"), json!("PS384"), json!(""), json!(256)] {
        let name = format!("alg {alg}");
        cases.push(changed(name, refused, move |request| {
            request.header("alg", alg.clone())
        }));
    }
    cases.push(changed("no alg", refused, |request| {
        request.header("alg", Value::Null)
    }));
    cases
}

fn critical() -> Vec<Case> {
    let refused = metadata("request_critical_header_unknown");
    [
        json!(["exp"]),
        json!(["b64"]),
        json!([]),
        json!("x"),
        json!(1),
    ]
    .into_iter()
    .map(|crit| {
        changed(format!("crit {crit}"), refused, move |request| {
            request.header("b64", true).header("crit", crit.clone())
        })
    })
    .collect()
}

fn keys() -> Vec<Case> {
    let refused = metadata("key_unknown");
    let mut cases: Vec<Case> = [Value::Null, json!(""), json!(1), json!("nobody"), json!([])]
        .into_iter()
        .map(|kid| {
            changed(format!("kid {kid}"), refused, move |request| {
                request.header("kid", kid.clone())
            })
        })
        .collect();
    cases.push(body("signed by another TPP", refused, |parties| {
        let key = SigningKey::from_pem(&signing_key(parties.other).private_pem()).unwrap();
        let request = parties.tpp.request();
        let request = request.header("kid", parties.other.tpp.kid().as_str());
        request.signed_with(Algorithm::Ps256, key).sign().unwrap()
    }));
    cases.push(body("another TPP's statement", refused, |parties| {
        let statement = parties.other.tpp.statement().unwrap();
        parties.request_with(statement).sign().unwrap()
    }));
    cases.push(body(
        "signed with the transport key",
        metadata("key_not_for_signing"),
        |parties| {
            let transport = parties.tpp.tpp.transport();
            let request = parties.tpp.request();
            let key = transport.signing_key().unwrap().unwrap();
            let request = request.header("kid", transport.kid.as_str());
            request.signed_with(Algorithm::Es256, key).sign().unwrap()
        },
    ));
    cases
}

fn signatures() -> Vec<Case> {
    let refused = metadata("request_signature_invalid");
    let unsigned_part = |jws: &str| jws[..=jws.rfind('.').unwrap()].to_owned();
    vec![
        body("another key under this kid", refused, |parties| {
            let key = SigningKey::from_pem(&signing_key(parties.other).private_pem()).unwrap();
            let request = parties.tpp.request();
            request.signed_with(Algorithm::Ps256, key).sign().unwrap()
        }),
        body("an EC key under an RSA kid", refused, |parties| {
            let key = parties.tpp.tpp.transport().signing_key().unwrap().unwrap();
            let request = parties.tpp.request();
            request.signed_with(Algorithm::Es256, key).sign().unwrap()
        }),
        body("a key of its own in the header", refused, |parties| {
            let key = signing_key(parties.other);
            let jwk = parties.other.tpp.signing().unwrap().public_key.to_jwk(
                &parties.tpp.tpp.kid(),
                aspsp_emulator::domain::jwk::KeyUse::Signing,
                None,
            );
            let key = SigningKey::from_pem(&key.private_pem()).unwrap();
            let request = parties.tpp.request().header("jwk", jwk);
            request.signed_with(Algorithm::Ps256, key).sign().unwrap()
        }),
        body("claims changed afterwards", refused, |parties| {
            let (header, mut claims, signature) = parts(&ordinary_request(parties));
            claims["application_type"] = "mobile".into();
            let texts = [part(header.to_string()), part(claims.to_string())];
            format!("{}.{}", texts.join("."), part(signature))
        }),
        body("an empty signature", refused, move |parties| {
            unsigned_part(&ordinary_request(parties))
        }),
        body("a signature cut short", refused, move |parties| {
            let jws = ordinary_request(parties);
            let (_, _, signature) = parts(&jws);
            format!("{}{}", unsigned_part(&jws), part(&signature[..255]))
        }),
        body("a signature of zeros", refused, move |parties| {
            format!(
                "{}{}",
                unsigned_part(&ordinary_request(parties)),
                part([0; 256])
            )
        }),
    ]
}
