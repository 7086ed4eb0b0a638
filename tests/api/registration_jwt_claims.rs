//! The registered JWT claims: `iss`, `iat`, `exp`, `aud`, `jti`.

use serde_json::{Value, json};

use crate::registration_cases::{Accepted, Case, Expected, built, check, claim, metadata, without};

#[tokio::test]
async fn the_jwt_claims_say_who_asks_and_when() {
    check(cases()).await;
}

pub fn cases() -> Vec<Case> {
    [issuers(), issued(), expiring(), audiences(), ids()]
        .into_iter()
        .flatten()
        .collect()
}

fn issuers() -> Vec<Case> {
    let malformed = metadata("issuer_malformed");
    let another = metadata("issuer_not_the_software");
    let mut cases = vec![
        without("iss", malformed),
        claim("iss", "a".repeat(22), another),
        claim("iss", "a".repeat(23), malformed),
        claim("iss", "0".repeat(30), malformed),
        claim("iss", "foo.is/invalid", malformed),
        claim("iss", "", malformed),
        claim("iss", "é", malformed),
        built("iss of the organisation", another, |parties| {
            let org_id = parties.tpp.tpp.org_id().as_str();
            parties.tpp.request().claim("iss", org_id)
        }),
        built("iss of another software", another, |parties| {
            let other = parties.other.tpp.software_id().as_str();
            parties.tpp.request().claim("iss", other)
        }),
        built("iss in another case", another, |parties| {
            let id = parties.tpp.tpp.software_id().as_str();
            let swapped: String = id.chars().map(swap_case).collect();
            parties.tpp.request().claim("iss", swapped)
        }),
    ];
    cases.extend(
        [json!(1), json!(null), json!(["a"]), json!({}), json!(true)]
            .map(|value| claim("iss", value, malformed)),
    );
    cases
}

fn swap_case(letter: char) -> char {
    if letter.is_ascii_lowercase() {
        letter.to_ascii_uppercase()
    } else {
        letter.to_ascii_lowercase()
    }
}

fn at(name: &'static str, offset: i64, expected: Expected) -> Case {
    built(format!("{name} {offset:+}"), expected, move |parties| {
        parties.tpp.request().claim(name, parties.now + offset)
    })
}

fn not_whole_seconds() -> [Value; 9] {
    [
        json!("1700000000"),
        json!(1_700_000_000.5),
        json!(1.7e9),
        json!(1e300),
        json!(u64::MAX),
        json!(null),
        json!(true),
        json!([1_700_000_000]),
        json!({}),
    ]
}

fn issued() -> Vec<Case> {
    let refused = metadata("issued_in_the_future");
    let mut cases = vec![
        at("iat", 0, Accepted),
        at("iat", 60, Accepted),
        at("iat", 61, refused),
        at("iat", -86_400, Accepted),
        at("nbf", 60, Accepted),
        at("nbf", 61, refused),
        claim("nbf", "now", refused),
        claim("iat", i64::MAX, refused),
        without("iat", refused),
    ];
    cases.extend(not_whole_seconds().map(|value| claim("iat", value, refused)));
    cases
}

fn expiring() -> Vec<Case> {
    let refused = metadata("request_expired");
    let mut cases = vec![
        at("exp", 1, Accepted),
        at("exp", 0, refused),
        at("exp", -1, refused),
        claim("exp", 0, refused),
        claim("exp", i64::MIN, refused),
        claim("exp", i64::MAX, Accepted),
        without("exp", refused),
    ];
    cases.extend(not_whole_seconds().map(|value| claim("exp", value, refused)));
    cases
}

/// Presence only: banks document their id, their issuer or their token endpoint.
fn audiences() -> Vec<Case> {
    let refused = metadata("audience_wrong");
    let mut cases = vec![
        claim("aud", "0015800001HQQrZAAX", Accepted),
        claim("aud", "https://bank.example/token", Accepted),
        claim("aud", json!(["a", "b"]), Accepted),
        without("aud", refused),
    ];
    cases.extend(
        [
            json!(""),
            json!([]),
            json!([""]),
            json!(["a", 1]),
            json!(1),
            json!(null),
            json!({}),
        ]
        .map(|value| claim("aud", value, refused)),
    );
    cases
}

fn ids() -> Vec<Case> {
    let refused = metadata("jti_malformed");
    let mut cases: Vec<Case> = [
        "c770aef3-6784-41f7-8e0e-ff5f97bddb3a",
        "C770AEF3-6784-41F7-8E0E-FF5F97BDDB3A",
        "C770aEF3-6784-41f7-Be0e-ff5f97bddb3a",
    ]
    .map(|jti| claim("jti", jti, Accepted))
    .into();
    cases.extend(
        [
            "c770aef3-6784-11f7-8e0e-ff5f97bddb3a",
            "c770aef3-6784-51f7-8e0e-ff5f97bddb3a",
            "c770aef3-6784-41f7-7e0e-ff5f97bddb3a",
            "c770aef3-6784-41f7-ce0e-ff5f97bddb3a",
            "c770aef3678441f78e0eff5f97bddb3a",
            "{c770aef3-6784-41f7-8e0e-ff5f97bddb3a}",
            "urn:uuid:c770aef3-6784-41f7-8e0e-ff5f97bddb3a",
            "c770aef3-6784-41f7-8e0e-ff5f97bddb3",
            "c770aef3-6784-41f7-8e0e-ff5f97bddb3g",
            "c770aef36784-41f7-8e0e-ff5f-97bddb3a",
            " c770aef3-6784-41f7-8e0e-ff5f97bddb3a",
            "",
        ]
        .map(|jti| claim("jti", jti, refused)),
    );
    cases.extend([json!(1), json!(null), json!([])].map(|value| claim("jti", value, refused)));
    cases.push(without("jti", refused));
    cases
}
