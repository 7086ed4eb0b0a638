//! What the software statement is: its form, its header, its issuer and its signature.

use aspsp_emulator::domain::jws::{Algorithm, SigningKey};
use aspsp_emulator::domain::signing::Edits;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use certs_gen::{Key, KeyAlgorithm};
use serde_json::{Value, json};

use super::cases::{Case, Parties, body, built, with};
use super::statement;
use super::statements::{INVALID, claim, edited};
use crate::br_helpers::rsa_key;

const NOT_A_JWS: (&str, &str) = (INVALID, "statement_not_a_jws");
const UNTRUSTED: (&str, &str) = (INVALID, "statement_issuer_untrusted");
const SIGNATURE: (&str, &str) = (INVALID, "statement_signature_invalid");

pub fn cases() -> Vec<Case> {
    [missing(), headers(), issuers()]
        .into_iter()
        .flatten()
        .collect()
}

fn missing() -> Vec<Case> {
    vec![
        with(
            "software_statement",
            json!(null),
            (INVALID, "statement_missing"),
        ),
        with("software_statement", 1, (INVALID, "statement_missing")),
        with(
            "software_statement",
            json!({}),
            (INVALID, "statement_missing"),
        ),
        built("no statement", (INVALID, "statement_missing"), |parties| {
            parties.request().without("software_statement")
        }),
        with("software_statement", "a.b", NOT_A_JWS),
        with("software_statement", "not a statement", NOT_A_JWS),
    ]
}

fn headers() -> Vec<Case> {
    vec![
        edited("another kid", NOT_A_JWS, |edits| {
            edits.header.insert("kid".to_owned(), "unknown".into());
        }),
        edited("no kid", NOT_A_JWS, |edits| {
            edits.header.insert("kid".to_owned(), json!(null));
        }),
        edited("RS256", NOT_A_JWS, |edits| {
            signed_by(edits, Algorithm::Rs256, &rsa_key(0));
        }),
        edited("ES256", NOT_A_JWS, |edits| {
            let key = Key::generate(KeyAlgorithm::EcP256).unwrap();
            signed_by(edits, Algorithm::Es256, &key);
        }),
        edited("a critical extension", NOT_A_JWS, |edits| {
            edits.header.insert("crit".to_owned(), json!(["b64"]));
        }),
        edited("alg none", (INVALID, "statement_unsigned"), |edits| {
            edits.header.insert("alg".to_owned(), "none".into());
        }),
        edited("another key", SIGNATURE, |edits| {
            signed_by(edits, Algorithm::Ps256, &rsa_key(0));
        }),
        body("a changed statement", SIGNATURE, mixed),
    ]
}

/// A request whose statement has the signature of another one.
fn mixed(parties: &Parties<'_>) -> String {
    let own = parties.with_statement(|edits| edits.set_claim("org_name", "A"));
    let other = parties.with_statement(|edits| edits.set_claim("org_name", "B"));
    let text = |request: RequestBuilder| {
        let body: Value = serde_json::from_str(&request.to_json().unwrap()).unwrap();
        body["software_statement"].as_str().unwrap().to_owned()
    };
    let (own, other) = (text(own), text(other));
    let (signed, _) = own.rsplit_once('.').unwrap();
    let (_, signature) = other.rsplit_once('.').unwrap();
    let mixed = format!("{signed}.{signature}");
    let request = parties.request().claim("software_statement", mixed);
    request.to_json().unwrap()
}

fn issuers() -> Vec<Case> {
    vec![
        built("a statement of the UK", UNTRUSTED, |parties| {
            let statement = parties.british.tpp.statement().unwrap();
            parties.request().claim("software_statement", statement)
        }),
        built(
            "a statement of an unknown directory",
            UNTRUSTED,
            |parties| {
                let statement = statement(parties.foreign, |edits| {
                    signed_by(edits, Algorithm::Ps256, &rsa_key(0));
                });
                parties.request().claim("software_statement", statement)
            },
        ),
        claim("the UK's name", "iss", "OpenBanking Ltd", UNTRUSTED),
        claim("another case", "iss", "open finance brasil", UNTRUSTED),
        claim("no name", "iss", json!(null), UNTRUSTED),
    ]
}

fn signed_by(edits: &mut Edits, algorithm: Algorithm, key: &Key) {
    edits.algorithm = Some(algorithm);
    edits.key = Some(SigningKey::from_pem(&key.private_pem()).unwrap());
}
