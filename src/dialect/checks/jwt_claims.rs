//! The registered JWT claims of the signed registration request.

use serde_json::Value;

use crate::dialect::checks::{Check, Outcome, Verdict, listed};
use crate::dialect::claims::{Shape, quoted, shown};
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::dialect::policy::{Audience, IssuerMustEqual, Strictness};
use crate::dialect::trust::Sight;
use crate::domain::error::RegistrationError::InvalidClientMetadata;

const REFUSED: Fault = Fault::Registration(InvalidClientMetadata);

/// How far a caller's clock may run ahead, in seconds.
pub const CLOCK_SKEW: i64 = 60;

/// The longest that a request may live at a strict bank, in seconds.
pub const LONGEST_LIFE: i64 = 24 * 60 * 60;

/// `iss` is of the version's form.
pub static ISSUER_MALFORMED: Check = Check {
    name: "issuer_malformed",
    source: "OB DCR, claim iss",
    fault: REFUSED,
    run: |facts| of_shape(facts, "iss"),
};

/// `iss` is the software that the statement speaks of, or its organisation.
pub static ISSUER_NOT_THE_SOFTWARE: Check = Check {
    name: "issuer_not_the_software",
    source: "OB DCR, claim iss: the software_id of the statement; 3.1: the TPP's id",
    fault: REFUSED,
    run: issuer_not_the_software,
};

fn issuer_not_the_software(facts: &Facts<'_>) -> Outcome {
    let issuer = facts
        .claims()
        .and_then(|claims| claims.get("iss")?.as_str());
    let Some(issuer) = issuer else {
        return Outcome::not_reached();
    };
    let names: &[&str] = match facts.policy.iss_must_equal {
        IssuerMustEqual::SoftwareId => &["software_id"],
        IssuerMustEqual::OrgId => &["org_id"],
        IssuerMustEqual::Either => &["software_id", "org_id"],
    };
    let allowed: Vec<(&str, &str)> = names
        .iter()
        .filter_map(|name| Some((*name, facts.statement_text(name)?)))
        .collect();
    if allowed.is_empty() {
        return Outcome::not_reached();
    }
    let shown = || {
        let shown = allowed.iter();
        let shown = shown.map(|(name, value)| format!("the statement's {name}, '{value}'"));
        shown.collect::<Vec<_>>().join(", or ")
    };
    Outcome::judged(
        allowed.iter().any(|(_, value)| *value == issuer),
        format!("iss '{issuer}'"),
        shown,
    )
}

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

/// `exp` is there and not past; by strict banks also not further from `iat` than a day.
pub static REQUEST_EXPIRED: Check = Check {
    name: "request_expired",
    source: "OB DCR, claim exp; RFC 7519 §4.1.4",
    fault: REFUSED,
    run: |facts| {
        let issued = facts
            .claims()
            .and_then(|claims| claims.get("iat")?.as_i64());
        let latest = match (facts.strictness, issued) {
            (Strictness::Strict, Some(issued)) => issued.saturating_add(LONGEST_LIFE),
            _ => i64::MAX,
        };
        time_claim(
            facts,
            "exp",
            |expires| expires > facts.now && expires <= latest,
            || match latest {
                i64::MAX => format!("a whole number after {}", facts.now),
                latest => format!("a whole number after {}, at most {latest}", facts.now),
            },
        )
    },
};

/// `aud` is there; more by the switch `aud`.
pub static AUDIENCE_WRONG: Check = Check {
    name: "audience_wrong",
    source: "OB DCR, claim aud",
    fault: REFUSED,
    run: audience_wrong,
};

fn audience_wrong(facts: &Facts<'_>) -> Outcome {
    let Some(claims) = facts.claims() else {
        return Outcome::not_reached();
    };
    let aud = claims.get("aud");
    let seen = format!("aud {}", shown(aud));
    match facts.policy.aud {
        Audience::Any => Outcome::when(
            aud.is_some_and(|aud| is_audience(aud, |name| !name.is_empty())),
            seen,
            "a string that is not empty: the bank's id, its issuer or its token endpoint",
        ),
        Audience::Pattern => {
            let shape = Shape::Base62(18);
            Outcome::when(
                aud.is_some_and(|aud| shape.fits(aud)),
                seen,
                shape.allowed(),
            )
        }
        Audience::Equals if aud.is_some() && !facts.trust.sees(Sight::BankNames) => {
            Outcome::not_checked()
        }
        Audience::Equals => Outcome::judged(
            aud.is_some_and(|aud| {
                let is_named = |name: &str| facts.audiences.iter().any(|known| known == name);
                // RFC 7519 §4.1.3: it is enough that one of several names this bank.
                match aud {
                    Value::Array(names) => names.iter().any(|name| is_audience(name, is_named)),
                    name => is_audience(name, is_named),
                }
            }),
            seen,
            || listed(&facts.audiences),
        ),
    }
}

/// A string, or an array of strings (RFC 7519 §4.1.3), that meets this; never empty.
fn is_audience(value: &Value, is_met: impl Fn(&str) -> bool) -> bool {
    let is_name = |value: &Value| value.as_str().is_some_and(&is_met);
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

/// A request counts once only, by the switch `request_single_use`.
pub static REQUEST_REPLAYED: Check = Check {
    name: "request_replayed",
    source: "RFC 7519 §4.1.7; switch request_single_use",
    fault: REFUSED,
    run: |facts| {
        let jti = facts
            .claims()
            .and_then(|claims| claims.get("jti")?.as_str());
        match jti {
            _ if !facts.policy.request_single_use => Outcome::not_checked(),
            None => Outcome::not_reached(),
            Some(_) if !facts.trust.sees(Sight::Memory) => Outcome::not_checked(),
            Some(jti) => Outcome::when(
                !facts.memory.is_request_used,
                format!("jti {}", quoted(jti)),
                "a jti that no accepted request had",
            ),
        }
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
        .claim(name)
        .map_or(Shape::Text(usize::MAX), |claim| {
            claim.shape_at(facts.strictness)
        });
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
