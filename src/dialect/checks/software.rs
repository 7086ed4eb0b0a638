//! What the software statement says of the software, and when.

use serde_json::Value;

use crate::dialect::checks::jwt_claims::CLOCK_SKEW;
use crate::dialect::checks::metadata::texts;
use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::claims::shown;
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::dialect::policy::{Duplicates, Strictness};
use crate::dialect::trust::Sight;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::error::RegistrationError::{
    InvalidClientMetadata, InvalidSoftwareStatement, UnapprovedSoftwareStatement,
};

const REFUSED: Fault = Fault::Registration(InvalidSoftwareStatement);
const UNAPPROVED: Fault = Fault::Registration(UnapprovedSoftwareStatement);

/// It says which software and which organisation it is about.
pub static STATEMENT_INCOMPLETE: Check = Check {
    name: "statement_incomplete",
    source: "OB Directory and Open Finance Brasil, SSA claims software_id and org_id",
    fault: REFUSED,
    run: |facts| match facts.statement() {
        None => Outcome::not_reached(),
        Some(statement) => {
            let missing = ["software_id", "org_id"]
                .into_iter()
                .find(|name| facts.statement_text(name).is_none_or(str::is_empty));
            match missing {
                None => Outcome::met(),
                Some(name) => Outcome::failed(
                    format!("statement {name} {}", shown(statement.claims.get(name))),
                    "a string that is not empty",
                ),
            }
        }
    },
};

/// It was not issued in the future, nor longer ago than the switch `ssa_max_age` allows.
pub static STATEMENT_TOO_OLD: Check = Check {
    name: "statement_too_old",
    source: "OB Directory, SSA claim iat; Open Finance Brasil DCR §7.1, item 3; RFC 7519 §4.1.6",
    fault: REFUSED,
    run: |facts| match facts.statement() {
        None => Outcome::not_reached(),
        Some(statement) => {
            let issued = statement.claims.get("iat");
            let latest = facts.now + CLOCK_SKEW;
            let earliest = facts
                .policy
                .ssa_max_age
                .0
                .map(|age| facts.now.saturating_sub(age.whole_seconds()));
            let allowed = match earliest {
                None => format!("a whole number, at most {latest}"),
                Some(earliest) => format!("a whole number from {earliest} to {latest}"),
            };
            let is_in_time = issued.and_then(Value::as_i64).is_some_and(|issued| {
                issued <= latest && earliest.is_none_or(|earliest| issued >= earliest)
            });
            // Neither directory writes one; where one stands it counts (RFC 7519 §4.1.5).
            let starts = statement.claims.get("nbf");
            let has_begun = |nbf: &Value| nbf.as_i64().is_some_and(|nbf| nbf <= latest);
            if is_in_time && !starts.is_none_or(has_begun) {
                let seen = format!("statement nbf {}", shown(starts));
                return Outcome::failed(seen, format!("none, or a whole number, at most {latest}"));
            }
            Outcome::when(
                is_in_time,
                format!("statement iat {}", shown(issued)),
                allowed,
            )
        }
    },
};

/// It registered no client before, where the switch `ssa_single_use` says so.
pub static STATEMENT_REUSED: Check = Check {
    name: "statement_reused",
    source: "RFC 7519 §4.1.7; switch ssa_single_use",
    fault: REFUSED,
    run: |facts| match facts.statement() {
        _ if !facts.policy.ssa_single_use => Outcome::not_checked(),
        None => Outcome::not_reached(),
        Some(_) if !facts.trust.sees(Sight::Memory) => Outcome::not_checked(),
        Some(statement) => Outcome::when(
            !facts.memory.is_statement_used,
            format!("statement jti {}", shown(statement.claims.get("jti"))),
            "a statement that registered no client before",
        ),
    },
};

/// It has not expired, where it says when it does; the directory's own do not.
pub static STATEMENT_EXPIRED: Check = Check {
    name: "statement_expired",
    source: "RFC 7519 §4.1.4",
    fault: REFUSED,
    run: |facts| match facts
        .statement()
        .map(|statement| statement.claims.get("exp"))
    {
        None => Outcome::not_reached(),
        Some(None) => Outcome::not_checked(),
        Some(expires) => Outcome::judged(
            expires
                .and_then(Value::as_i64)
                .is_some_and(|expires| expires > facts.now),
            format!("statement exp {}", shown(expires)),
            || format!("none, or a whole number after {}", facts.now),
        ),
    },
};

/// Its organisation is active.
pub static ORGANISATION_NOT_ACTIVE: Check = Check {
    name: "organisation_not_active",
    source: "OB Directory, SSA claim org_status",
    fault: UNAPPROVED,
    run: |facts| match facts.statement() {
        None => Outcome::not_reached(),
        Some(statement) => {
            let status = statement.claims.get("org_status");
            Outcome::when(
                status.is_some_and(|status| status == "Active"),
                format!("statement org_status {}", shown(status)),
                "'Active'",
            )
        }
    },
};

/// It is of the kind of environment that this is: a test one.
pub static SOFTWARE_MODE_WRONG: Check = Check {
    name: "software_mode_wrong",
    source: "OB Directory, SSA claims software_mode and software_environment; applied by strict banks",
    fault: UNAPPROVED,
    run: |facts| match facts.statement() {
        None => Outcome::not_reached(),
        Some(_) if facts.strictness != Strictness::Strict => Outcome::not_checked(),
        Some(statement) => {
            let fits = |name: &str, wanted: &str| {
                let value = statement.claims.get(name).and_then(Value::as_str);
                value.is_none_or(|value| value.eq_ignore_ascii_case(wanted))
            };
            let claim = |name: &str| shown(statement.claims.get(name));
            Outcome::when(
                fits("software_mode", "Test") && fits("software_environment", "sandbox"),
                format!(
                    "statement software_mode {}, software_environment {}",
                    claim("software_mode"),
                    claim("software_environment")
                ),
                "'Test' and 'sandbox': this is a test bank",
            )
        }
    },
};

/// The competent authority stands behind the organisation, and behind each role of the software.
pub static AUTHORITY_NOT_ACTIVE: Check = Check {
    name: "authority_not_active",
    source: "OB Directory, SSA claim organisation_competent_authority_claims; applied by strict banks",
    fault: UNAPPROVED,
    run: authority_not_active,
};

fn authority_not_active(facts: &Facts<'_>) -> Outcome {
    let Some(statement) = facts.statement() else {
        return Outcome::not_reached();
    };
    if facts.strictness != Strictness::Strict {
        return Outcome::not_checked();
    }
    let claims = statement
        .claims
        .get("organisation_competent_authority_claims");
    // An object in the UK today, an array elsewhere and before.
    let authorities: Vec<&Value> = match claims {
        Some(Value::Array(items)) => items.iter().collect(),
        Some(object) => vec![object],
        None => Vec::new(),
    };
    let active: Vec<&&Value> = authorities
        .iter()
        .filter(|authority| {
            authority
                .get("status")
                .is_some_and(|status| status == "Active")
        })
        .collect();
    let covered: Vec<&str> = active
        .iter()
        .filter_map(|authority| authority.get("authorisations")?.as_array())
        .flatten()
        .filter_map(|authorisation| authorisation.get("roles")?.as_array())
        .flatten()
        .filter_map(Value::as_str)
        .collect();
    let roles = texts(&statement.claims, "software_roles").unwrap_or_default();
    // A Brazilian authority authorises by domain, not by the statement's roles.
    let is_covered = facts.dialect.ecosystem == Ecosystem::Brazil
        || roles.iter().all(|role| covered.contains(role));
    Outcome::judged(
        !active.is_empty() && is_covered,
        format!("organisation_competent_authority_claims {}", shown(claims)),
        || {
            format!(
                "an authority with status 'Active' and the roles {}",
                listed(&roles)
            )
        },
    )
}

/// Its software is not revoked.
pub static SOFTWARE_REVOKED: Check = Check {
    name: "software_revoked",
    source: "RFC 7591 §3.2.2, unapproved_software_statement",
    fault: UNAPPROVED,
    run: |facts| match facts.software_id() {
        None => Outcome::not_reached(),
        Some(_) if !facts.trust.sees(Sight::Revocations) => Outcome::not_checked(),
        Some(software) => Outcome::when(
            !facts.trust.is_software_revoked(&software),
            format!("software {software}"),
            "software that the directory has not revoked",
        ),
    },
};

/// It gives the software a role.
pub static SOFTWARE_ROLES_MISSING: Check = Check {
    name: "software_roles_missing",
    source: "OB Directory, SSA claim software_roles",
    fault: REFUSED,
    run: |facts| match facts.statement() {
        None => Outcome::not_reached(),
        Some(statement) => {
            let roles = statement.claims.get("software_roles");
            let has_roles = roles
                .and_then(Value::as_array)
                .is_some_and(|roles| !roles.is_empty());
            Outcome::when(
                has_roles,
                format!("statement software_roles {}", shown(roles)),
                "an array of at least one role",
            )
        }
    },
};

/// Its software has no other client, where the switch `duplicates` says so.
pub static SOFTWARE_ALREADY_REGISTERED: Check = Check {
    name: "software_already_registered",
    source: "RFC 7591 §3.2.2; switch duplicates",
    fault: Fault::Registration(InvalidClientMetadata),
    run: already_registered,
};

/// The same, as Open Finance Brasil answers it.
pub static STATEMENT_ALREADY_REGISTERED: Check = Check {
    name: "software_already_registered",
    source: "Open Finance Brasil DCR §9.3.1; switch duplicates",
    fault: REFUSED,
    run: already_registered,
};

fn already_registered(facts: &Facts<'_>) -> Outcome {
    if facts.policy.duplicates == Duplicates::Allow {
        return Outcome::not_checked();
    }
    match facts.software_id() {
        None => Outcome::not_reached(),
        Some(_) if !facts.trust.sees(Sight::Memory) => Outcome::not_checked(),
        Some(software) => Outcome::when(
            !facts.memory.is_software_registered,
            format!("software '{software}'"),
            "software that has no other client here",
        ),
    }
}
