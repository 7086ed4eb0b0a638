//! Grants, response types, scopes, application type and algorithms.

use aspsp_emulator::Role;
use serde_json::{Value, json};

use crate::registration_cases::{
    Accepted, Case, Expected, built, changed, check, claim, metadata, without,
};

#[tokio::test]
async fn client_metadata_is_what_the_bank_offers_and_the_roles_allow() {
    check(cases()).await;
}

pub fn cases() -> Vec<Case> {
    [grants(), response_types(), scopes(), software(), others()]
        .into_iter()
        .flatten()
        .collect()
}

fn grants() -> Vec<Case> {
    let refused = metadata("grant_type_not_supported");
    let mut cases: Vec<Case> = [
        json!(["client_credentials", "authorization_code", "refresh_token"]),
        json!(["authorization_code"]),
        // An unknown one among known ones is dropped.
        json!(["authorization_code", "implicit"]),
    ]
    .map(|grants| claim("grant_types", grants, Accepted))
    .into();
    cases.extend(
        [
            json!([]),
            json!(["implicit"]),
            json!(["password"]),
            json!(["implicit", "password"]),
            json!(["AUTHORIZATION_CODE"]),
            json!(["authorization_code "]),
            json!(["urn:ietf:params:oauth:grant-type:jwt-bearer"]),
        ]
        .map(|grants| claim("grant_types", grants, refused)),
    );
    cases
}

fn response_types() -> Vec<Case> {
    let refused = metadata("response_type_not_supported");
    let mut cases: Vec<Case> = [
        json!(["code"]),
        json!(["code id_token"]),
        json!(["code", "code id_token"]),
        json!(["code id_token", "code"]),
    ]
    .map(|types| claim("response_types", types, Accepted))
    .into();
    cases.extend(
        [
            json!(["token"]),
            json!(["id_token"]),
            json!(["id_token code"]),
            json!(["code token"]),
            json!(["code id_token token"]),
            json!(["code", "none"]),
            json!(["CODE"]),
        ]
        .map(|types| claim("response_types", types, refused)),
    );
    for (types, expected) in [(Some("code"), refused), (None, Accepted)] {
        let name = format!("client_credentials only, response type {types:?}");
        cases.push(changed(name, expected, move |request| {
            let request = request.claim("grant_types", json!(["client_credentials"]));
            match types {
                Some(types) => request.claim("response_types", json!([types])),
                None => request.without("response_types"),
            }
        }));
    }
    cases
}

fn scope(roles: &'static [Role], scope: &'static str, expected: Expected) -> Case {
    changed(format!("{roles:?} {scope:?}"), expected, move |request| {
        request.claim("scope", scope)
    })
    .by(move |tpp| roles.iter().fold(tpp, |tpp, role| tpp.role(*role)))
}

fn scopes() -> Vec<Case> {
    use Role::{Aisp, Cbpii, Pisp};
    let refused = metadata("scope_not_allowed");
    vec![
        scope(&[], "openid accounts payments fundsconfirmations", Accepted),
        scope(&[], "payments openid", Accepted),
        scope(&[], "accounts", Accepted),
        scope(&[Aisp], "openid", Accepted),
        scope(&[Aisp], "accounts", Accepted),
        scope(&[Aisp], "openid payments", refused),
        scope(&[Aisp], "fundsconfirmations", refused),
        scope(&[Pisp], "openid payments", Accepted),
        scope(&[Pisp], "openid accounts", refused),
        scope(&[Pisp], "fundsconfirmations", refused),
        scope(&[Cbpii], "openid fundsconfirmations", Accepted),
        scope(&[Cbpii], "accounts", refused),
        scope(&[Cbpii], "payments", refused),
        scope(&[Aisp, Pisp], "accounts payments", Accepted),
        scope(&[Aisp, Pisp], "accounts fundsconfirmations", refused),
        scope(&[], "openid consents", refused),
        scope(&[], "OPENID", refused),
        scope(&[], "openid,accounts", refused),
        scope(&[], " ", refused),
        scope(&[], "openid\taccounts", refused),
        scope(&[], "openid\naccounts", refused),
        scope(&[], "openid\u{a0}accounts", refused),
        scope(&[], "openid\u{0}", refused),
        without("scope", metadata("scope_missing")),
    ]
}

fn software() -> Vec<Case> {
    let refused = metadata("software_id_mismatch");
    vec![
        without("software_id", Accepted),
        claim("software_id", "a".repeat(22), refused),
        built("software_id of another TPP", refused, |parties| {
            let other = parties.other.tpp.software_id().as_str();
            parties.tpp.request().claim("software_id", other)
        }),
        built("software_id in lower case", refused, |parties| {
            let id = parties.tpp.tpp.software_id().as_str();
            parties
                .tpp
                .request()
                .claim("software_id", id.to_lowercase())
        }),
        built("software_id with a space", refused, |parties| {
            let id = parties.tpp.tpp.software_id();
            parties.tpp.request().claim("software_id", format!("{id} "))
        }),
    ]
}

fn others() -> Vec<Case> {
    let application = metadata("application_type_wrong");
    let alg = metadata("signing_alg_wrong");
    let row = |name: &'static str, values: &[&str], expected: Expected| -> Vec<Case> {
        let value = |value: &&str| claim(name, Value::from(*value), expected);
        values.iter().map(value).collect()
    };
    let wrong = ["RS256", "HS256", "none", "PS384", "ps256", "PS256 "];
    let (id_token, request) = ("id_token_signed_response_alg", "request_object_signing_alg");
    [
        row("application_type", &["web", "mobile"], Accepted),
        row(
            "application_type",
            &["native", "WEB", "service"],
            application,
        ),
        row(id_token, &["PS256", "ES256"], Accepted),
        row(id_token, &wrong, alg),
        row(request, &["PS256", "ES256"], Accepted),
        row(request, &wrong, alg),
    ]
    .into_iter()
    .flatten()
    .collect()
}
