//! JSON types and lengths of the claims, and what happens when one is left out.

use aspsp_emulator::domain::client::AuthMethod;
use serde_json::{Value, json};

use crate::helpers::BANK;
use crate::registration_cases::{
    Accepted, Case, Expected, built, changed, check, claim, metadata, redirect_uri, without,
};

/// Answered by `claim_malformed` under this error; text claims and array claims.
const TEXTS: [&str; 15] = [
    "token_endpoint_auth_method",
    "token_endpoint_auth_signing_alg",
    "software_id",
    "scope",
    "application_type",
    "id_token_signed_response_alg",
    "request_object_signing_alg",
    "tls_client_auth_subject_dn",
    "backchannel_token_delivery_mode",
    "backchannel_client_notification_endpoint",
    "backchannel_authentication_request_signing_alg",
    "client_id",
    "client_secret",
    // Judged by checks of their own.
    "iss",
    "software_statement",
];
const ARRAYS: [&str; 3] = ["redirect_uris", "grant_types", "response_types"];
const NUMBERS: [&str; 2] = ["client_id_issued_at", "client_secret_expires_at"];
/// Judged by checks of their own before their types are.
const JWT_CLAIMS: [&str; 4] = ["iat", "exp", "aud", "jti"];
const FLAGS: [&str; 1] = ["backchannel_user_code_parameter_supported"];

#[tokio::test]
async fn every_claim_has_its_json_type_and_length() {
    check(cases()).await;
}

#[test]
fn every_claim_of_the_table_has_a_case_of_a_wrong_type() {
    let dialect = aspsp_emulator::dialect::by_id(BANK).unwrap();
    let mut listed: Vec<&str> = dialect.all_claims().map(|claim| claim.name).collect();
    let mut judged: Vec<&str> = [&TEXTS[..], &ARRAYS, &NUMBERS, &FLAGS, &JWT_CLAIMS].concat();
    listed.sort_unstable();
    judged.sort_unstable();
    assert_eq!(listed, judged);
}

pub fn cases() -> Vec<Case> {
    [types(), lengths(), uri_lengths(), missing()]
        .into_iter()
        .flatten()
        .collect()
}

fn malformed(name: &str) -> Expected {
    match name {
        "redirect_uris" => redirect_uri("claim_malformed"),
        "iss" => metadata("issuer_malformed"),
        "software_statement" => {
            Expected::Refused("invalid_software_statement", "statement_missing")
        }
        _ => metadata("claim_malformed"),
    }
}

fn types() -> Vec<Case> {
    let wrong = |names: &[&'static str], values: &[Value]| -> Vec<Case> {
        names
            .iter()
            .flat_map(|name| {
                values
                    .iter()
                    .map(|value| claim(name, value.clone(), malformed(name)))
            })
            .collect()
    };
    let (text, array) = (json!("x"), json!(["x"]));
    let others = [json!(null), json!(true), json!(7), json!(1.5), json!({})];
    let numbers = [json!(null), json!(-1), json!(1.5), json!("7"), json!([])];
    [
        wrong(
            &TEXTS,
            &[&others[..], std::slice::from_ref(&array)].concat(),
        ),
        wrong(
            &ARRAYS,
            &[&others[..], std::slice::from_ref(&text)].concat(),
        ),
        wrong(
            &ARRAYS,
            &[json!([1]), json!([null]), json!([["x"]]), json!([""])],
        ),
        wrong(&NUMBERS, &numbers),
        wrong(
            &FLAGS,
            &[json!(null), json!(0), json!("false"), json!([]), json!({})],
        ),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn lengths() -> Vec<Case> {
    let too_long = metadata("claim_malformed");
    // 7 and 9 characters each, with the space between them.
    let scope =
        |openid: usize, accounts: usize| "openid ".repeat(openid) + &"accounts ".repeat(accounts);
    let (longest, longer) = (scope(29, 6), scope(33, 3));
    let (longest, longer) = (longest.trim_end(), longer.trim_end());
    assert_eq!((longest.len(), longer.len()), (256, 257));
    let mut cases = vec![
        claim("scope", longest, Accepted),
        claim("scope", longer, too_long),
        claim("scope", "", too_long),
        claim("client_id", "a".repeat(36), Accepted),
        claim("client_id", "a".repeat(37), too_long),
        claim("client_id", "", too_long),
        claim(
            "software_id",
            "a".repeat(255),
            metadata("software_id_mismatch"),
        ),
        claim("software_id", "a".repeat(256), too_long),
        claim("client_secret", "a".repeat(37), too_long),
    ];
    for (length, expected) in [(512, Accepted), (513, too_long)] {
        let name = format!("a subject DN of {length} characters");
        cases.push(built(name, expected, move |parties| {
            let transport = parties.tpp.tpp.transport();
            let dn = transport.certificate.subject_dn();
            let spaces = " ".repeat(length - dn.len());
            let padded = dn.replacen(',', &format!(",{spaces}"), 1);
            assert_eq!(padded.len(), length);
            parties
                .tpp
                .request()
                .claim("tls_client_auth_subject_dn", padded)
        }));
    }
    cases
}

fn uri_of(length: usize) -> String {
    let base = "https://app.example/";
    format!("{base}{}", "x".repeat(length - base.len()))
}

fn uri_lengths() -> Vec<Case> {
    let too_long = metadata("claim_malformed");
    let mut cases = Vec::new();
    for (length, expected) in [(256, Accepted), (257, redirect_uri("claim_malformed"))] {
        let uri = uri_of(length);
        let name = format!("a redirect URI of {length}");
        cases.push(built(name, expected, move |parties| {
            let uris = json!([uri]);
            let statement =
                parties.statement(|edits| edits.set_claim("software_redirect_uris", uris));
            let request = parties.request_with(statement);
            request.claim("redirect_uris", json!([uri]))
        }));
    }
    for (length, expected) in [(256, Accepted), (257, too_long)] {
        let name = format!("a notification endpoint of {length}");
        cases.push(changed(name, expected, move |request| {
            request
                .claim("grant_types", json!(["urn:openid:params:grant-type:ciba"]))
                .without("response_types")
                .claim("backchannel_token_delivery_mode", "ping")
                .claim("backchannel_authentication_request_signing_alg", "PS256")
                .claim("backchannel_client_notification_endpoint", uri_of(length))
        }));
    }
    cases
}

fn missing() -> Vec<Case> {
    let mut cases = vec![
        without(
            "token_endpoint_auth_method",
            metadata("auth_method_not_supported"),
        ),
        without("grant_types", metadata("grant_type_not_supported")),
        without("scope", metadata("scope_missing")),
        without("application_type", metadata("application_type_wrong")),
        without(
            "id_token_signed_response_alg",
            metadata("signing_alg_wrong"),
        ),
        without("request_object_signing_alg", metadata("signing_alg_wrong")),
        without("tls_client_auth_subject_dn", metadata("subject_dn_missing")),
        without("redirect_uris", Accepted),
        without("response_types", Accepted),
        without("software_id", Accepted),
    ];
    for method in [AuthMethod::PrivateKeyJwt, AuthMethod::ClientSecretJwt] {
        let name = format!("{method} without its algorithm");
        let expected = metadata("auth_signing_alg_wrong");
        cases.push(built(name, expected, move |parties| {
            let request = parties.tpp.request_for(method);
            request.without("token_endpoint_auth_signing_alg")
        }));
    }
    cases
}
