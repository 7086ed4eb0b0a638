//! The client metadata of a registration request.

use std::borrow::Cow;

use serde_json::Value;

use crate::dialect::RequestForm;
use crate::dialect::checks::{Check, Outcome, listed, scope};
use crate::dialect::claims::{Claim, Shape, shown};
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::dialect::policy::{ScopeDefault, ScopeType, UnknownGrant};
use crate::domain::error::RegistrationError::{InvalidClientMetadata, InvalidRedirectUri};
use crate::domain::json::Object;

const REFUSED: Fault = Fault::Registration(InvalidClientMetadata);
const AUTHORIZATION_CODE: &str = "authorization_code";

/// Every claim that is there has its JSON type and keeps its limits.
pub static CLAIM_MALFORMED: Check = Check {
    name: "claim_malformed",
    source: "OB DCR, types and lengths of the claims",
    fault: REFUSED,
    run: |facts| {
        let Some(claims) = facts.claims() else {
            return Outcome::not_reached();
        };
        // A JSON body leaves a claim out by null, too (OpenID Connect Registration §3.1).
        let is_left_out =
            |value: &Value| value.is_null() && facts.dialect.request == RequestForm::Json;
        let broken = facts.dialect.all_claims().find_map(|claim| {
            let value = claims.get(claim.name).filter(|value| !is_left_out(value))?;
            let shape = shape(facts, claim);
            (!shape.fits(value)).then_some((claim, shape, value))
        });
        let Some((claim, shape, value)) = broken else {
            return Outcome::met();
        };
        let outcome = Outcome::failed(
            format!("{} {}", claim.name, shown(Some(value))),
            shape.allowed(),
        );
        if claim.name == "redirect_uris" {
            outcome.as_fault(Fault::Registration(InvalidRedirectUri))
        } else {
            outcome
        }
    },
};

/// What is registered for a claim: the request's value, or what the dialect puts in its place.
#[must_use]
pub fn effective<'a>(facts: &'a Facts<'_>, name: &str) -> Option<Cow<'a, Value>> {
    facts.dialect.claim(name)?.registered(facts)
}

/// The limits of a claim at this bank.
fn shape(facts: &Facts<'_>, claim: &Claim) -> Shape {
    const ANY_SCOPE: Shape = Shape::Either(&Shape::Texts(256), &Shape::Text(usize::MAX));
    if claim.name == "scope" && facts.policy.scope_type == ScopeType::Either {
        ANY_SCOPE
    } else {
        claim.shape_at(facts.strictness)
    }
}

/// At least one grant, each one that the dialect knows.
pub static GRANT_TYPE_NOT_SUPPORTED: Check = Check {
    name: "grant_type_not_supported",
    source: "OB DCR, claim grant_types",
    fault: REFUSED,
    run: grant_type_not_supported,
};

fn grant_type_not_supported(facts: &Facts<'_>) -> Outcome {
    if facts.claims().is_none() {
        return Outcome::not_reached();
    }
    let allowed = facts.dialect.values.grant_types;
    let sent = effective(facts, "grant_types");
    let grants = sent.as_deref().and_then(strings).unwrap_or_default();
    let is_known = |grant: &&str| allowed.contains(grant);
    let is_met = match facts.policy.unknown_grant {
        UnknownGrant::Reject => !grants.is_empty() && grants.iter().all(is_known),
        UnknownGrant::Drop => grants.iter().any(is_known),
    };
    Outcome::judged(
        is_met,
        format!("grant_types {}", shown(sent.as_deref())),
        || format!("at least one of {}", listed(allowed)),
    )
}

/// Each response type is one that the dialect knows, and has the grant it needs.
pub static RESPONSE_TYPE_NOT_SUPPORTED: Check = Check {
    name: "response_type_not_supported",
    source: "OB DCR, claim response_types",
    fault: REFUSED,
    run: response_type_not_supported,
};

fn response_type_not_supported(facts: &Facts<'_>) -> Outcome {
    let Some(claims) = facts.claims() else {
        return Outcome::not_reached();
    };
    let Some(sent) = claims.get("response_types") else {
        return Outcome::not_checked();
    };
    let Some(types) = texts(claims, "response_types") else {
        return Outcome::not_reached();
    };
    let allowed = facts.dialect.values.response_types;
    let seen = format!("response_types {}", shown(Some(sent)));
    if !types.iter().all(|kind| allowed.contains(kind)) {
        return Outcome::failed(seen, listed(allowed));
    }
    let grants = effective(facts, "grant_types");
    let has_grant = grants
        .as_deref()
        .and_then(strings)
        .is_some_and(|grants| grants.contains(&AUTHORIZATION_CODE));
    Outcome::when(
        types.is_empty() || has_grant,
        seen,
        "none without the grant type 'authorization_code'",
    )
}

/// A scope is there.
pub static SCOPE_MISSING: Check = Check {
    name: "scope_missing",
    source: "OB DCR 3.2 and later, claim scope",
    fault: REFUSED,
    run: |facts| match facts.claims() {
        None => Outcome::not_reached(),
        Some(_) if facts.policy.scope_default == ScopeDefault::Roles => Outcome::not_checked(),
        Some(claims) => Outcome::when(
            claims.contains_key("scope"),
            format!("scope {}", shown(claims.get("scope"))),
            "a space-separated list such as 'openid accounts'",
        ),
    },
};

/// Each scope value is known, and the statement's roles allow it.
pub static SCOPE_NOT_ALLOWED: Check = Check {
    name: "scope_not_allowed",
    source: "OB DCR, claim scope; OB Directory, SSA claim software_roles",
    fault: REFUSED,
    run: scope_not_allowed,
};

fn scope_not_allowed(facts: &Facts<'_>) -> Outcome {
    let Some(claims) = facts.claims() else {
        return Outcome::not_reached();
    };
    let Some(sent) = claims.get("scope").filter(|sent| !sent.is_null()) else {
        // Its absence is for another check.
        return match facts.policy.scope_default {
            ScopeDefault::Roles => Outcome::not_checked(),
            ScopeDefault::Reject => Outcome::not_reached(),
        };
    };
    let (Some(values), Some(statement)) = (scope::values(sent), facts.statement()) else {
        return Outcome::not_reached();
    };
    let roles = scope::roles(facts.dialect.ecosystem, &statement.claims);
    let allowed = scope::allowed(facts);
    Outcome::judged(
        !values.is_empty() && values.iter().all(|value| allowed.contains(value)),
        format!("scope {}", shown(Some(sent))),
        || {
            format!(
                "{}, since the statement's roles are {}",
                listed(&allowed),
                listed(&roles)
            )
        },
    )
}

/// `software_id`, if sent, is the statement's.
pub static SOFTWARE_ID_MISMATCH: Check = Check {
    name: "software_id_mismatch",
    source: "OB DCR, claim software_id",
    fault: REFUSED,
    run: |facts| match (
        facts.claims().map(|claims| claims.get("software_id")),
        facts.software_id(),
    ) {
        (Some(None), _) => Outcome::not_checked(),
        (Some(Some(sent)), Some(software)) => Outcome::judged(
            sent == software.as_str(),
            format!("software_id {}", shown(Some(sent))),
            || format!("the statement's, '{software}'"),
        ),
        _ => Outcome::not_reached(),
    },
};

/// `application_type` is one of the version's.
pub static APPLICATION_TYPE_WRONG: Check = Check {
    name: "application_type_wrong",
    source: "OB DCR, claim application_type",
    fault: REFUSED,
    run: |facts| {
        if facts.claims().is_none() {
            return Outcome::not_reached();
        }
        let sent = effective(facts, "application_type");
        let allowed = &facts.policy.application_types;
        Outcome::judged(
            sent.as_deref()
                .and_then(Value::as_str)
                .is_some_and(|sent| allowed.iter().any(|known| known == sent)),
            format!("application_type {}", shown(sent.as_deref())),
            || listed(allowed),
        )
    },
};

/// The algorithms of ID tokens and request objects are allowed ones.
pub static SIGNING_ALG_WRONG: Check = Check {
    name: "signing_alg_wrong",
    source: "OB DCR, claims id_token_signed_response_alg and request_object_signing_alg; FAPI 1.0 Advanced §8.6",
    fault: REFUSED,
    run: |facts| {
        let Some(claims) = facts.claims() else {
            return Outcome::not_reached();
        };
        let names = ["id_token_signed_response_alg", "request_object_signing_alg"];
        let broken = names
            .into_iter()
            .find(|name| !is_signing_alg(facts, claims.get(*name)));
        match broken {
            None => Outcome::met(),
            Some(name) => Outcome::failed(
                format!("{name} {}", shown(claims.get(name))),
                allowed_algs(facts),
            ),
        }
    },
};

/// The signature algorithms of this bank, for an error text.
#[must_use]
pub fn allowed_algs(facts: &Facts<'_>) -> String {
    let allowed = &facts.policy.allowed_algs;
    listed(allowed.iter().map(|algorithm| algorithm.as_str()))
}

/// Whether a value is one of this bank's signature algorithms.
#[must_use]
pub fn is_signing_alg(facts: &Facts<'_>, value: Option<&Value>) -> bool {
    let allowed = &facts.policy.allowed_algs;
    value
        .and_then(Value::as_str)
        .is_some_and(|alg| allowed.iter().any(|algorithm| algorithm.as_str() == alg))
}

/// The strings of an array claim; `None` where it is absent or not an array of strings.
#[must_use]
pub fn texts<'a>(claims: &'a Object, name: &str) -> Option<Vec<&'a str>> {
    strings(claims.get(name)?)
}

/// The strings of an array; `None` of anything else.
#[must_use]
pub fn strings(value: &Value) -> Option<Vec<&str>> {
    value.as_array()?.iter().map(Value::as_str).collect()
}
