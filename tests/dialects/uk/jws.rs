//! The signed request itself: its form, its algorithm, its key and its signature.

use aspsp_emulator::domain::jws::{Algorithm, SigningKey};
use certs_gen::{Key, KeyAlgorithm};
use serde_json::{Value, json};

use crate::cases::{Accepted, Case, Expected, Parties, body, changed, metadata, ordinary};
use crate::helpers::Caller;
use crate::raw::{hmac_signed, parts};
use crate::uk::Version;

pub fn cases(version: &'static Version) -> Vec<Case> {
    [forms(), algorithms(version), headers(), keys()]
        .into_iter()
        .flatten()
        .collect()
}

fn sent(parties: &Parties<'_>) -> String {
    parties.request().sign().unwrap()
}

/// The private signing key of a TPP.
fn key_of(tpp: &Caller) -> SigningKey {
    let credential = tpp.tpp.signing().unwrap();
    credential.signing_key().unwrap().unwrap()
}

fn forms() -> Vec<Case> {
    let refused = metadata("request_not_a_jws");
    let quoted = |expected| {
        body("in quotes", expected, |parties| {
            format!("\"{}\"", sent(parties))
        })
    };
    vec![
        ordinary("an ordinary request", Accepted),
        ordinary("an ordinary request", Accepted).lenient(),
        ordinary("an ordinary request", Accepted).strict(),
        body("no JWS", refused, |_| "x"),
        body("JSON", refused, |parties| {
            parties.request().to_json().unwrap()
        }),
        body("two parts", refused, |parties| {
            let jws = sent(parties);
            jws[..jws.rfind('.').unwrap()].to_owned()
        }),
        body("with a line break", Accepted, |parties| {
            format!("{}\n", sent(parties))
        }),
        quoted(refused),
        quoted(refused).strict(),
        quoted(Accepted).lenient(),
    ]
}

fn algorithms(version: &'static Version) -> Vec<Case> {
    let refused = metadata("request_alg_not_allowed");
    let rs256 = |expected| {
        body("RS256", expected, |parties| {
            let request = parties.request();
            request
                .signed_with(Algorithm::Rs256, key_of(parties.tpp))
                .sign()
                .unwrap()
        })
    };
    let of_family = if version.is_first { Accepted } else { refused };
    let ec = Key::generate(KeyAlgorithm::EcP256).unwrap();
    vec![
        ordinary("ES256", Accepted).by(move |tpp| tpp.signing_key(ec.clone())),
        rs256(of_family),
        rs256(of_family).lenient(),
        rs256(refused).strict(),
        body("HS256", refused, |parties| {
            let (mut header, claims) = parts(&sent(parties));
            header["alg"] = "HS256".into();
            hmac_signed(b"secret", &header, &claims)
        }),
        body("alg none", refused, |parties| {
            crate::raw::unsigned(&sent(parties))
        }),
    ]
}

fn with(name: &'static str, value: Value, expected: Expected) -> Case {
    changed(format!("header {name} {value}"), expected, move |request| {
        request.header(name, value.clone())
    })
}

fn headers() -> Vec<Case> {
    let typ = metadata("request_typ_wrong");
    let mut cases = vec![
        with("typ", json!("jose"), Accepted),
        with("typ", json!("jose"), Accepted).lenient(),
        with("typ", json!("jose"), typ).strict(),
        with("typ", json!("jwt"), typ).strict(),
        with("typ", json!(1), typ).strict(),
        with("typ", json!(null), Accepted).strict(),
        with(
            "crit",
            json!(["exp"]),
            metadata("request_critical_header_unknown"),
        ),
    ];
    for name in ["x5c", "x5u", "x5t", "jku", "jwk"] {
        let value = || json!("https://app.example/key");
        cases.push(with(name, value(), Accepted));
        let refused = metadata("request_header_forbidden");
        cases.push(with(name, value(), refused).strict());
    }
    cases
}

fn keys() -> Vec<Case> {
    let unknown = metadata("key_unknown");
    vec![
        with("kid", json!(null), unknown),
        with("kid", json!("nobody"), unknown),
        body("the kid of another TPP", unknown, |parties| {
            let request = parties.request();
            let request = request.header("kid", parties.other.tpp.kid().as_str());
            request
                .signed_with(Algorithm::Ps256, key_of(parties.other))
                .sign()
                .unwrap()
        }),
        body(
            "the key of another TPP under the own kid",
            metadata("request_signature_invalid"),
            |parties| {
                let request = parties.request();
                request
                    .signed_with(Algorithm::Ps256, key_of(parties.other))
                    .sign()
                    .unwrap()
            },
        ),
        body(
            "claims changed afterwards",
            metadata("request_signature_invalid"),
            |parties| {
                crate::raw::forged(&sent(parties), |claims| {
                    claims["application_type"] = "mobile".into();
                })
            },
        ),
        body(
            "the transport key",
            metadata("key_not_for_signing"),
            |parties| {
                let transport = parties.tpp.tpp.transport();
                let key = transport.signing_key().unwrap().unwrap();
                let request = parties.request();
                let request = request.header("kid", transport.kid.as_str());
                request.signed_with(Algorithm::Es256, key).sign().unwrap()
            },
        ),
    ]
}
