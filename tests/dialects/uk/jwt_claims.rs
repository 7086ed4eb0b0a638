//! The registered JWT claims: `iss`, `iat`, `exp`, `aud`, `jti`.

use aspsp_emulator::dialect::Operation;
use serde_json::{Value, json};

use crate::cases::{Accepted, Case, Expected, body, built, claim, metadata, ordinary, without};
use crate::uk::Version;

pub fn cases(version: &'static Version) -> Vec<Case> {
    [
        issuers(version),
        times(),
        audiences(),
        patterns(),
        ids(),
        replays(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn of_org(expected: Expected) -> Case {
    built("iss of the organisation", expected, |parties| {
        let org_id = parties.tpp.tpp.org_id().as_str();
        parties.request().claim("iss", org_id)
    })
}

fn of_software(expected: Expected) -> Case {
    built("iss of the software", expected, |parties| {
        let software = parties.tpp.tpp.software_id().as_str();
        parties.request().claim("iss", software)
    })
}

/// 3.2 and later: the software, 22 characters. 3.1: the organisation or the software; by a strict
/// bank within the schema's 18 characters, which only the organisation's id keeps.
fn issuers(version: &'static Version) -> Vec<Case> {
    let malformed = metadata("issuer_malformed");
    let another = metadata("issuer_not_the_software");
    let org = if version.is_first { Accepted } else { another };
    let strict_software = if version.is_first {
        malformed
    } else {
        Accepted
    };
    let longest_strict = if version.is_first { 18 } else { 22 };
    vec![
        of_org(org),
        of_org(org).lenient(),
        of_org(org).strict(),
        of_software(Accepted),
        of_software(Accepted).lenient(),
        of_software(strict_software).strict(),
        // The ordinary request since 3.2 is refused there, so that nothing can be replaced.
        of_org(Accepted)
            .switched(json!({"iss_must_equal": "org_id"}))
            .only(Operation::Register),
        of_software(another)
            .switched(json!({"iss_must_equal": "org_id"}))
            .only(Operation::Register),
        of_org(another).switched(json!({"iss_must_equal": "software_id"})),
        of_software(Accepted).switched(json!({"iss_must_equal": "software_id"})),
        of_org(Accepted).switched(json!({"iss_must_equal": "either"})),
        of_software(Accepted).switched(json!({"iss_must_equal": "either"})),
        without("iss", malformed),
        claim("iss", "", malformed),
        claim("iss", "0".repeat(30), malformed),
        claim("iss", "foo.is/invalid", malformed),
        claim("iss", "a".repeat(22), another),
        claim("iss", "a".repeat(23), malformed),
        claim("iss", "a".repeat(longest_strict), another).strict(),
        claim("iss", "a".repeat(longest_strict + 1), malformed).strict(),
    ]
}

fn at(name: &'static str, offset: i64, expected: Expected) -> Case {
    built(format!("{name} {offset:+}"), expected, move |parties| {
        parties.request().claim(name, parties.now + offset)
    })
}

fn times() -> Vec<Case> {
    const DAY: i64 = 24 * 60 * 60;
    let future = metadata("issued_in_the_future");
    let expired = metadata("request_expired");
    vec![
        at("iat", 60, Accepted),
        at("iat", 61, future),
        claim("iat", "now", future),
        without("iat", future),
        at("exp", 1, Accepted),
        at("exp", 0, expired),
        claim("exp", 1.5, expired),
        without("exp", expired),
        at("exp", 2 * DAY, Accepted),
        at("exp", 3600, Accepted).strict(),
        at("exp", 2 * DAY, expired).strict(),
    ]
}

/// There is one; by a strict bank it is its organisation, its issuer or its token endpoint.
fn audiences() -> Vec<Case> {
    let wrong = metadata("audience_wrong");
    let elsewhere = "https://bank.example/token";
    let mut cases = vec![
        claim("aud", "0015800001HQQrZAAX", Accepted),
        claim("aud", elsewhere, Accepted),
        claim("aud", elsewhere, Accepted).lenient(),
        claim("aud", elsewhere, wrong).strict(),
        claim("aud", elsewhere, wrong).switched(json!({"aud": "equals"})),
        claim("aud", "0015800001HQQrZAAX", wrong).strict(),
        claim("aud", json!([]), wrong),
        claim("aud", 1, wrong),
        without("aud", wrong),
        without("aud", wrong).lenient(),
    ];
    for (name, index, path) in [("token endpoint", 0, "/token"), ("issuer", 1, "")] {
        let case = built(format!("aud of the {name}"), Accepted, move |parties| {
            let aud = format!("{}{path}", parties.urls[index]);
            parties.request().claim("aud", aud)
        });
        cases.push(case.strict());
    }
    cases
}

fn patterns() -> Vec<Case> {
    let pattern = || json!({"aud": "pattern"});
    let wrong = metadata("audience_wrong");
    let at = |aud: &str, expected| claim("aud", aud, expected).switched(pattern());
    vec![
        at("0015800001HQQrZAAX", Accepted),
        at("0015800001HQQrZAAX0", wrong),
        at("https://a.example", wrong),
    ]
}

fn ids() -> Vec<Case> {
    let malformed = metadata("jti_malformed");
    vec![
        claim("jti", "C770aEF3-6784-41f7-Be0e-ff5f97bddb3a", Accepted),
        claim("jti", "C770AEF3-6784-41F7-8E0E-FF5F97BDDB3A", Accepted).strict(),
        claim("jti", "c770aef3-6784-11f7-8e0e-ff5f97bddb3a", malformed),
        claim("jti", "c770aef3-6784-41f7-7e0e-ff5f97bddb3a", malformed),
        claim("jti", "c770aef3678441f78e0eff5f97bddb3a", malformed),
        claim("jti", Value::Null, malformed),
        without("jti", malformed),
    ]
}

/// Off but at strict banks.
fn replays() -> Vec<Case> {
    let again = |expected| {
        body("a request that was accepted", expected, |parties| {
            parties.earlier.clone().unwrap()
        })
        .after_another()
    };
    let replayed = metadata("request_replayed");
    vec![
        again(Accepted),
        again(Accepted).lenient(),
        again(replayed).strict(),
        again(replayed).switched(json!({"request_single_use": true})),
        ordinary("a fresh one", Accepted).switched(json!({"request_single_use": true})),
    ]
}
