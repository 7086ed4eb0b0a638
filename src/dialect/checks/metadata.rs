//! The client metadata of a registration request.

use serde_json::Value;

use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::claims::shown;
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::domain::claims::words;
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
        let broken = facts.dialect.claims.iter().find_map(|claim| {
            let value = claims.get(claim.name)?;
            (!claim.shape.fits(value)).then_some((claim, value))
        });
        let Some((claim, value)) = broken else {
            return Outcome::met();
        };
        let outcome = Outcome::failed(
            format!("{} {}", claim.name, shown(Some(value))),
            claim.shape.allowed(),
        );
        if claim.name == "redirect_uris" {
            outcome.as_fault(Fault::Registration(InvalidRedirectUri))
        } else {
            outcome
        }
    },
};

/// At least one grant, each one that the dialect knows.
pub static GRANT_TYPE_NOT_SUPPORTED: Check = Check {
    name: "grant_type_not_supported",
    source: "OB DCR, claim grant_types",
    fault: REFUSED,
    run: |facts| {
        let allowed = facts.dialect.values.grant_types;
        match facts.claims() {
            None => Outcome::not_reached(),
            Some(claims) => {
                let grants = texts(claims, "grant_types");
                Outcome::when(
                    grants.as_ref().is_some_and(|grants| {
                        !grants.is_empty() && grants.iter().all(|grant| allowed.contains(grant))
                    }),
                    format!("grant_types {}", shown(claims.get("grant_types"))),
                    format!("at least one of {}", listed(allowed)),
                )
            }
        }
    },
};

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
    let has_grant =
        texts(claims, "grant_types").is_some_and(|grants| grants.contains(&AUTHORIZATION_CODE));
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
    let scope = facts
        .claims()
        .and_then(|claims| claims.get("scope")?.as_str());
    let (Some(scope), Some(statement)) = (scope, facts.statement()) else {
        return Outcome::not_reached();
    };
    let roles = texts(&statement.claims, "software_roles").unwrap_or_default();
    let allowed: Vec<&str> = facts
        .dialect
        .values
        .scopes
        .iter()
        .filter(|(_, role)| role.is_none_or(|role| roles.contains(&role.as_str())))
        .map(|(value, _)| *value)
        .collect();
    let mut values = words(scope).peekable();
    Outcome::when(
        values.peek().is_some() && values.all(|value| allowed.contains(&value)),
        format!("scope {}", shown(Some(&Value::from(scope)))),
        format!(
            "{}, since the statement's software_roles are {}",
            listed(&allowed),
            listed(&roles)
        ),
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
        (Some(Some(sent)), Some(software)) => Outcome::when(
            sent == software.as_str(),
            format!("software_id {}", shown(Some(sent))),
            format!("the statement's, '{software}'"),
        ),
        _ => Outcome::not_reached(),
    },
};

/// `application_type` is one of the version's.
pub static APPLICATION_TYPE_WRONG: Check = Check {
    name: "application_type_wrong",
    source: "OB DCR, claim application_type",
    fault: REFUSED,
    run: |facts| match facts.claims() {
        None => Outcome::not_reached(),
        Some(claims) => {
            let sent = claims.get("application_type");
            let allowed = facts.dialect.values.application_types;
            Outcome::when(
                sent.and_then(Value::as_str)
                    .is_some_and(|sent| allowed.contains(&sent)),
                format!("application_type {}", shown(sent)),
                listed(allowed),
            )
        }
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
                listed(
                    facts
                        .dialect
                        .values
                        .signing_algs
                        .iter()
                        .map(|algorithm| algorithm.as_str()),
                ),
            ),
        }
    },
};

/// Whether a value is one of the dialect's signature algorithms.
#[must_use]
pub fn is_signing_alg(facts: &Facts<'_>, value: Option<&Value>) -> bool {
    let allowed = facts.dialect.values.signing_algs;
    value
        .and_then(Value::as_str)
        .is_some_and(|alg| allowed.iter().any(|algorithm| algorithm.as_str() == alg))
}

/// A replacing request that names a client names the one in the path.
pub static CLIENT_ID_MISMATCH: Check = Check {
    name: "client_id_mismatch",
    source: "RFC 7592 §2.2",
    fault: REFUSED,
    run: |facts| match (facts.claims(), &facts.call.client_id) {
        (None, _) => Outcome::not_reached(),
        (Some(claims), Some(path)) if claims.contains_key("client_id") => Outcome::when(
            claims
                .get("client_id")
                .is_some_and(|id| id == path.as_str()),
            format!("client_id {}", shown(claims.get("client_id"))),
            format!("none, or that of the path, '{path}'"),
        ),
        _ => Outcome::not_checked(),
    },
};

/// The strings of an array claim; `None` where it is absent or not an array of strings.
#[must_use]
pub fn texts<'a>(claims: &'a Object, name: &str) -> Option<Vec<&'a str>> {
    claims
        .get(name)?
        .as_array()?
        .iter()
        .map(Value::as_str)
        .collect()
}
