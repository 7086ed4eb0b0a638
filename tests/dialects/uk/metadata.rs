//! Grants, response types, scopes, ids, application type and algorithms.

use aspsp_emulator::Role;
use serde_json::{Value, json};

use crate::cases::{Accepted, Case, Expected, built, changed, claim, metadata, without};
use crate::uk::{CIBA, JWT_BEARER, Version};

pub fn cases(version: &'static Version) -> Vec<Case> {
    [
        grants(version),
        response_types(),
        scope_types(version),
        missing_scopes(version),
        roles(version),
        software_ids(version),
        application_types(version),
        algorithms(version),
        lengths(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn with_grants(grants: &[&str], expected: Expected) -> Case {
    claim("grant_types", json!(grants), expected)
}

/// Those of the version are registered; others are dropped, but refused by strict banks and where
/// nothing is left.
fn grants(version: &'static Version) -> Vec<Case> {
    let refused = metadata("grant_type_not_supported");
    let three = ["client_credentials", "authorization_code", "refresh_token"];
    let mut cases = vec![
        with_grants(&three, Accepted).shows("grant_types", json!(three)),
        with_grants(&three, Accepted).strict(),
        with_grants(&[], refused),
        with_grants(&["implicit"], refused),
        with_grants(&["implicit", "password"], refused).lenient(),
    ];
    let code = "authorization_code";
    let unknown = ["implicit", CIBA, JWT_BEARER].into_iter();
    for grant in unknown.filter(|grant| !version.knows(grant)) {
        let mixed = |expected| with_grants(&[code, grant], expected);
        let dropped = || mixed(Accepted).shows("grant_types", json!([code]));
        cases.extend([
            dropped(),
            dropped().lenient(),
            mixed(refused).strict(),
            mixed(refused).switched(json!({"unknown_grant": "reject"})),
            dropped().switched(json!({"unknown_grant": "drop"})),
            with_grants(&[grant], refused),
        ]);
    }
    if version.knows(JWT_BEARER) {
        let both = [code, JWT_BEARER];
        let known = || with_grants(&both, Accepted).shows("grant_types", json!(both));
        cases.extend([known(), known().strict()]);
    }
    cases
}

fn response_types() -> Vec<Case> {
    let refused = metadata("response_type_not_supported");
    let types = |types: Value, expected| claim("response_types", types, expected);
    vec![
        types(json!(["code"]), Accepted),
        types(json!(["code", "code id_token"]), Accepted).strict(),
        types(json!(["token"]), refused),
        types(json!(["code", "id_token"]), refused).lenient(),
        changed("code without its grant", refused, |request| {
            let request = request.claim("grant_types", json!(["client_credentials"]));
            request.claim("response_types", json!(["code"]))
        }),
        without("response_types", Accepted).shows("response_types", json!(["code id_token"])),
    ]
}

/// An array at 3.1, a string since; a lenient 3.1 bank takes either, and answers with its own.
fn scope_types(version: &'static Version) -> Vec<Case> {
    let malformed = metadata("claim_malformed");
    let (text, array) = (json!("openid accounts"), json!(["openid", "accounts"]));
    let (own, other) = if version.is_first {
        (array, text)
    } else {
        (text, array)
    };
    let lenient = if version.is_first {
        claim("scope", other.clone(), Accepted).shows("scope", own.clone())
    } else {
        claim("scope", other.clone(), malformed)
    };
    let either = claim("scope", other.clone(), Accepted).shows("scope", own.clone());
    let (longest, too_long) = if version.is_first {
        let item = |length| json!(["openid", "x".repeat(length)]);
        (item(32), item(33))
    } else {
        let text = |length: usize| json!(format!("openid {}", "x".repeat(length - 7)));
        (text(256), text(257))
    };
    vec![
        claim("scope", own.clone(), Accepted).shows("scope", own.clone()),
        claim("scope", own.clone(), Accepted).strict(),
        claim("scope", other.clone(), malformed),
        claim("scope", other, malformed).strict(),
        lenient.lenient(),
        either.switched(json!({"scope_type": "either"})),
        claim("scope", longest, metadata("scope_not_allowed")),
        claim("scope", too_long, malformed),
        claim("scope", 1, malformed),
    ]
}

/// Optional at 3.1; since 3.2 filled by lenient banks only.
fn missing_scopes(version: &'static Version) -> Vec<Case> {
    let all = ["openid", "accounts", "payments", "fundsconfirmations"];
    let filled = || without("scope", Accepted).shows("scope", version.scope(&all));
    let refused = || without("scope", metadata("scope_missing"));
    let of_version = || {
        if version.is_first {
            filled()
        } else {
            refused()
        }
    };
    vec![
        of_version(),
        of_version().strict(),
        filled().lenient(),
        filled().switched(json!({"scope_default": "roles"})),
        refused().switched(json!({"scope_default": "reject"})),
    ]
}

fn roles(version: &'static Version) -> Vec<Case> {
    let refused = metadata("scope_not_allowed");
    let asked = move |role: Role, scope: &'static str, expected| {
        let name = format!("{scope} as {}", role.as_str());
        let case = changed(name, expected, move |request| {
            request.claim("scope", version.scope(&["openid", scope]))
        });
        case.by(move |tpp| tpp.role(role))
    };
    let mut cases = vec![claim("scope", version.scope(&["consents"]), refused)];
    for (scope, role, other) in [
        ("accounts", Role::Aisp, Role::Pisp),
        ("payments", Role::Pisp, Role::Cbpii),
        ("fundsconfirmations", Role::Cbpii, Role::Aisp),
    ] {
        cases.push(asked(role, scope, Accepted));
        cases.push(asked(other, scope, refused));
    }
    cases
}

/// The statement's; a strict bank from 3.2 on keeps to 22 base62 characters.
fn software_ids(version: &'static Version) -> Vec<Case> {
    let mismatch = metadata("software_id_mismatch");
    let strict = if version.is_first {
        mismatch
    } else {
        metadata("claim_malformed")
    };
    vec![
        built("without software_id", Accepted, |parties| {
            parties.request().without("software_id")
        }),
        claim("software_id", "a".repeat(22), mismatch),
        claim("software_id", "a".repeat(23), mismatch),
        claim("software_id", "a".repeat(22), mismatch).strict(),
        claim("software_id", "a".repeat(23), strict).strict(),
        claim("software_id", "a-b", strict).strict(),
        claim("software_id", "a".repeat(256), metadata("claim_malformed")),
    ]
}

fn application_types(version: &'static Version) -> Vec<Case> {
    let wrong = metadata("application_type_wrong");
    let mut cases = Vec::new();
    for kind in ["web", "mobile", "native", "service"] {
        let expected = if version.application_types.contains(&kind) {
            Accepted
        } else {
            wrong
        };
        let row = || claim("application_type", kind, expected);
        cases.extend([row(), row().lenient(), row().strict()]);
    }
    cases.push(without("application_type", wrong));
    cases.push(
        claim("application_type", "service", Accepted)
            .switched(json!({"application_types": ["service"]}))
            // The ordinary one is of the web.
            .only(aspsp_emulator::dialect::Operation::Register),
    );
    cases
}

fn algorithms(version: &'static Version) -> Vec<Case> {
    let wrong = metadata("signing_alg_wrong");
    let of_family = if version.is_first { Accepted } else { wrong };
    let mut cases = Vec::new();
    for name in ["id_token_signed_response_alg", "request_object_signing_alg"] {
        cases.extend([
            claim(name, "PS256", Accepted).shows(name, "PS256"),
            claim(name, "ES256", Accepted).strict(),
            claim(name, "RS256", of_family),
            claim(name, "RS256", of_family).lenient(),
            claim(name, "RS256", wrong).strict(),
            claim(name, "none", wrong),
            claim(name, "none", wrong).lenient(),
            claim(name, "HS256", wrong),
            without(name, wrong),
            claim(name, "RS256", Accepted).switched(json!({"allowed_algs": ["PS256", "RS256"]})),
            claim(name, "ES256", wrong).switched(json!({"allowed_algs": ["PS256", "RS256"]})),
        ]);
    }
    cases
}

fn lengths() -> Vec<Case> {
    let malformed = metadata("claim_malformed");
    vec![
        claim("client_secret", "a".repeat(36), Accepted),
        claim("client_secret", "a".repeat(37), malformed),
        claim("client_id", "a".repeat(37), malformed),
        claim("client_id_issued_at", -1, malformed),
        claim("client_secret_expires_at", -1, malformed),
        claim("token_endpoint_auth_method", 1, malformed),
        claim("grant_types", "authorization_code", malformed),
    ]
}
