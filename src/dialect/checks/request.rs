//! The signed registration request: its form, its signature, and its registered JWT claims.

use serde_json::Value;

use crate::dialect::checks::{Check, Outcome, Verdict, listed};
use crate::dialect::claims::{Shape, shown};
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::domain::error::RegistrationError::InvalidClientMetadata;

const REFUSED: Fault = Fault::Registration(InvalidClientMetadata);

/// How far a caller's clock may run ahead, in seconds.
pub const CLOCK_SKEW: i64 = 60;

/// The body is a compact JWS.
pub static REQUEST_NOT_A_JWS: Check = Check {
    name: "request_not_a_jws",
    source: "OB DCR, request body; RFC 7515 §7.1",
    fault: REFUSED,
    run: |facts| match &facts.request {
        None => Outcome::not_reached(),
        Some(Ok(_)) => Outcome::met(),
        Some(Err(error)) => Outcome::failed(
            format!("a body that is no compact JWS: {error}"),
            "base64url(header).base64url(claims).base64url(signature)",
        ),
    },
};

/// The header's `alg` is one that the dialect allows.
pub static REQUEST_ALG_NOT_ALLOWED: Check = Check {
    name: "request_alg_not_allowed",
    source: "OB DCR, JOSE header alg; FAPI 1.0 Advanced §8.6",
    fault: REFUSED,
    run: |facts| {
        let Some(jws) = facts.request() else {
            return Outcome::not_reached();
        };
        let allowed = facts.dialect.values.signing_algs;
        Outcome::when(
            facts.allowed_algorithm(jws).is_some(),
            format!("alg {}", shown(jws.header.get("alg"))),
            listed(allowed.iter().map(|algorithm| algorithm.as_str())),
        )
    },
};

/// The header asks for no extension: none is understood here.
pub static REQUEST_CRITICAL_HEADER: Check = Check {
    name: "request_critical_header_unknown",
    source: "RFC 7515 §4.1.11",
    fault: REFUSED,
    run: |facts| match facts.request() {
        None => Outcome::not_reached(),
        Some(jws) => match jws.header.get("crit") {
            None => Outcome::met(),
            Some(crit) => Outcome::failed(
                format!("crit {}", shown(Some(crit))),
                "no crit: no extension is understood",
            ),
        },
    },
};

/// The header names the key.
pub static KID_MISSING: Check = Check {
    name: "key_unknown",
    source: "OB DCR, JOSE header kid; OB Directory, key stores",
    fault: REFUSED,
    run: |facts| match facts.request() {
        None => Outcome::not_reached(),
        Some(jws) => Outcome::when(
            jws.kid().is_some_and(|kid| !kid.is_empty()),
            format!("kid {}", shown(jws.header.get("kid"))),
            "the kid of a key in the software's key store",
        ),
    },
};

/// The signature is that of the software's key.
pub static REQUEST_SIGNATURE_INVALID: Check = Check {
    name: "request_signature_invalid",
    source: "OB Directory, the request is signed with a key of software_jwks_endpoint",
    fault: REFUSED,
    run: request_signature_invalid,
};

fn request_signature_invalid(facts: &Facts<'_>) -> Outcome {
    let (Some(jws), true) = (facts.request(), facts.is_statement_trusted()) else {
        return Outcome::not_reached();
    };
    let (Some(stored), Some(algorithm)) = (facts.request_key(), facts.allowed_algorithm(jws))
    else {
        return Outcome::not_reached();
    };
    Outcome::when(
        jws.verify(stored.key.verifying(), algorithm),
        format!("a signature under kid {}", shown(jws.header.get("kid"))),
        "that of the key with this kid in the software's key store",
    )
}

/// `iss` is of the version's form.
pub static ISSUER_MALFORMED: Check = Check {
    name: "issuer_malformed",
    source: "OB DCR, claim iss",
    fault: REFUSED,
    run: |facts| of_shape(facts, "iss"),
};

/// `iss` is the software that the statement speaks of.
pub static ISSUER_NOT_THE_SOFTWARE: Check = Check {
    name: "issuer_not_the_software",
    source: "OB DCR, claim iss: the software_id of the statement",
    fault: REFUSED,
    run: |facts| {
        let issuer = facts
            .claims()
            .and_then(|claims| claims.get("iss")?.as_str());
        match (issuer, facts.software_id()) {
            (Some(issuer), Some(software)) => Outcome::when(
                issuer == software.as_str(),
                format!("iss '{issuer}'"),
                format!("the statement's software_id, '{software}'"),
            ),
            _ => Outcome::not_reached(),
        }
    },
};

/// `iat` is there and not in the future.
pub static ISSUED_IN_THE_FUTURE: Check = Check {
    name: "issued_in_the_future",
    source: "OB DCR, claim iat; RFC 7519 §4.1.6",
    fault: REFUSED,
    run: |facts| {
        // `nbf` is not asked for, but where it is sent it counts (RFC 7519 §4.1.5).
        let names_start = facts
            .claims()
            .is_some_and(|claims| claims.contains_key("nbf"));
        let issued = is_past(facts, "iat");
        if names_start && issued.verdict == Verdict::Passed {
            is_past(facts, "nbf")
        } else {
            issued
        }
    },
};

fn is_past(facts: &Facts<'_>, name: &str) -> Outcome {
    time_claim(
        facts,
        name,
        |issued| issued <= facts.now + CLOCK_SKEW,
        || {
            format!(
                "a whole number, at most {} seconds after {}",
                CLOCK_SKEW, facts.now
            )
        },
    )
}

/// `exp` is there and not past.
pub static REQUEST_EXPIRED: Check = Check {
    name: "request_expired",
    source: "OB DCR, claim exp; RFC 7519 §4.1.4",
    fault: REFUSED,
    run: |facts| {
        time_claim(
            facts,
            "exp",
            |expires| expires > facts.now,
            || format!("a whole number after {}", facts.now),
        )
    },
};

/// `aud` is there.
pub static AUDIENCE_WRONG: Check = Check {
    name: "audience_wrong",
    source: "OB DCR, claim aud",
    fault: REFUSED,
    run: |facts| match facts.claims() {
        None => Outcome::not_reached(),
        Some(claims) => Outcome::when(
            claims.get("aud").is_some_and(is_audience),
            format!("aud {}", shown(claims.get("aud"))),
            "a string that is not empty: the bank's id, its issuer or its token endpoint",
        ),
    },
};

/// A string, or an array of strings (RFC 7519 §4.1.3); never empty.
fn is_audience(value: &Value) -> bool {
    let is_name = |value: &Value| value.as_str().is_some_and(|name| !name.is_empty());
    match value {
        Value::Array(names) => !names.is_empty() && names.iter().all(is_name),
        name => is_name(name),
    }
}

/// `jti` is a UUID v4 in its 36-character form, of either case.
pub static JTI_MALFORMED: Check = Check {
    name: "jti_malformed",
    source: "OB DCR, claim jti",
    fault: REFUSED,
    run: |facts| match facts.claims() {
        None => Outcome::not_reached(),
        Some(claims) => Outcome::when(
            claims
                .get("jti")
                .and_then(Value::as_str)
                .is_some_and(is_uuid_v4),
            format!("jti {}", shown(claims.get("jti"))),
            "a UUID v4 of 36 characters",
        ),
    },
};

fn is_uuid_v4(text: &str) -> bool {
    text.len() == 36
        && uuid::Uuid::try_parse(text).is_ok_and(|uuid| {
            uuid.get_version_num() == 4 && uuid.get_variant() == uuid::Variant::RFC4122
        })
}

/// A claim has the type and limits of the dialect's table, and is there.
fn of_shape(facts: &Facts<'_>, name: &str) -> Outcome {
    let shape = facts
        .dialect
        .claims
        .iter()
        .find(|claim| claim.name == name)
        .map_or(Shape::Text(usize::MAX), |claim| claim.shape);
    match facts.claims() {
        None => Outcome::not_reached(),
        Some(claims) => Outcome::when(
            claims.get(name).is_some_and(|value| shape.fits(value)),
            format!("{name} {}", shown(claims.get(name))),
            shape.allowed(),
        ),
    }
}

fn time_claim(
    facts: &Facts<'_>,
    name: &str,
    is_met: impl Fn(i64) -> bool,
    allowed: impl Fn() -> String,
) -> Outcome {
    let Some(claims) = facts.claims() else {
        return Outcome::not_reached();
    };
    Outcome::when(
        claims.get(name).and_then(Value::as_i64).is_some_and(is_met),
        format!("{name} {}", shown(claims.get(name))),
        allowed(),
    )
}
