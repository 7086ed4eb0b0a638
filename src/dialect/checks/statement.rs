//! The software statement: its form, whose it is, and what it says of the software.

use serde_json::Value;

use crate::dialect::checks::request::CLOCK_SKEW;
use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::claims::shown;
use crate::dialect::facts::{Facts, STATEMENT_ALGORITHMS};
use crate::dialect::fault::Fault;
use crate::domain::error::RegistrationError::{
    InvalidSoftwareStatement, UnapprovedSoftwareStatement,
};
use crate::domain::jws::Jws;

const REFUSED: Fault = Fault::Registration(InvalidSoftwareStatement);
const UNAPPROVED: Fault = Fault::Registration(UnapprovedSoftwareStatement);

/// The request holds a statement.
pub static STATEMENT_MISSING: Check = Check {
    name: "statement_missing",
    source: "OB DCR, claim software_statement",
    fault: REFUSED,
    run: |facts| match facts.claims() {
        None => Outcome::not_reached(),
        Some(claims) => match claims.get("software_statement") {
            Some(Value::String(_)) => Outcome::met(),
            other => Outcome::failed(
                format!("software_statement {}", shown(other)),
                "the directory's statement, a compact JWS",
            ),
        },
    },
};

/// It is a compact JWS with the header that the directory writes.
pub static STATEMENT_NOT_A_JWS: Check = Check {
    name: "statement_not_a_jws",
    source: "OB Directory, SSA header; RFC 7515 §7.1",
    fault: REFUSED,
    run: |facts| match &facts.statement {
        None => Outcome::not_reached(),
        Some(Err(error)) => Outcome::failed(
            format!("a software_statement that is no compact JWS: {error}"),
            "the directory's statement, a compact JWS",
        ),
        // An unsigned statement has a check of its own.
        Some(Ok(jws)) if jws.is_unsigned() => Outcome::met(),
        Some(Ok(jws)) => directory_header(facts, jws),
    },
};

fn directory_header(facts: &Facts<'_>, jws: &Jws) -> Outcome {
    let member = |name: &str| {
        format!(
            "a software_statement with {name} {}",
            shown(jws.header.get(name))
        )
    };
    let algorithms = STATEMENT_ALGORITHMS.map(crate::domain::jws::Algorithm::as_str);
    if !jws.alg().is_some_and(|alg| algorithms.contains(&alg)) {
        return Outcome::failed(member("alg"), listed(algorithms));
    }
    if !jws.header.get("typ").is_some_and(|typ| typ == "JWT") {
        return Outcome::failed(member("typ"), "'JWT'");
    }
    if jws.header.contains_key("crit") {
        return Outcome::failed(member("crit"), "no crit: no extension is understood");
    }
    let is_known = jws
        .kid()
        .is_some_and(|kid| facts.trust.statement_key(kid).is_some());
    Outcome::when(is_known, member("kid"), "the kid of a key of the directory")
}

/// Its issuer is one that the bank trusts.
pub static STATEMENT_ISSUER_UNTRUSTED: Check = Check {
    name: "statement_issuer_untrusted",
    source: "RFC 7591 §2.3; OB Directory, SSA claim iss",
    fault: REFUSED,
    run: |facts| match facts.statement() {
        None => Outcome::not_reached(),
        Some(statement) => {
            let trusted = facts.trust.trusted_issuers();
            let issuer = statement.claims.get("iss");
            Outcome::when(
                trusted
                    .iter()
                    .any(|known| issuer.is_some_and(|iss| iss == known)),
                format!("statement iss {}", shown(issuer)),
                listed(trusted),
            )
        }
    },
};

/// Its signature is that of the directory.
pub static STATEMENT_SIGNATURE_INVALID: Check = Check {
    name: "statement_signature_invalid",
    source: "OB Directory, SSA signature; RFC 7515 §5.2",
    fault: REFUSED,
    run: |facts| match facts.statement() {
        Some(statement) if !statement.is_unsigned() => Outcome::when(
            facts.is_statement_signature_valid,
            format!(
                "a statement under kid {}",
                shown(statement.header.get("kid"))
            ),
            "one signed by the directory's key with this kid, and unchanged since",
        ),
        _ => Outcome::not_reached(),
    },
};

/// It is signed at all.
pub static STATEMENT_UNSIGNED: Check = Check {
    name: "statement_unsigned",
    source: "OB DCR, alg none only in test facilities",
    fault: REFUSED,
    run: |facts| match facts.statement() {
        None => Outcome::not_reached(),
        Some(statement) => Outcome::when(
            !statement.is_unsigned(),
            format!(
                "a statement with alg {}",
                shown(statement.header.get("alg"))
            ),
            "a signed one",
        ),
    },
};

/// It was not issued in the future. The directory sets no greatest age.
pub static STATEMENT_TOO_OLD: Check = Check {
    name: "statement_too_old",
    source: "OB Directory, SSA claim iat; RFC 7519 §4.1.6",
    fault: REFUSED,
    run: |facts| match facts.statement() {
        None => Outcome::not_reached(),
        Some(statement) => {
            let issued = statement.claims.get("iat");
            Outcome::when(
                issued
                    .and_then(Value::as_i64)
                    .is_some_and(|issued| issued <= facts.now + CLOCK_SKEW),
                format!("statement iat {}", shown(issued)),
                format!(
                    "a whole number, at most {CLOCK_SKEW} seconds after {}",
                    facts.now
                ),
            )
        }
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
        Some(expires) => Outcome::when(
            expires
                .and_then(Value::as_i64)
                .is_some_and(|expires| expires > facts.now),
            format!("statement exp {}", shown(expires)),
            format!("none, or a whole number after {}", facts.now),
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

/// Its software is not revoked.
pub static SOFTWARE_REVOKED: Check = Check {
    name: "software_revoked",
    source: "RFC 7591 §3.2.2, unapproved_software_statement",
    fault: UNAPPROVED,
    run: |facts| match facts.software_id() {
        None => Outcome::not_reached(),
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
