//! The software statement: its form, and whose it is.

use serde_json::Value;

use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::claims::shown;
use crate::dialect::facts::{Facts, Signature};
use crate::dialect::fault::Fault;
use crate::dialect::trust::Sight;
use crate::domain::error::RegistrationError::InvalidSoftwareStatement;
use crate::domain::jws::Jws;

const REFUSED: Fault = Fault::Registration(InvalidSoftwareStatement);

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
    let algorithms = facts.dialect.statement_algorithms();
    let algorithms: Vec<&str> = algorithms.iter().map(|alg| alg.as_str()).collect();
    if !jws.alg().is_some_and(|alg| algorithms.contains(&alg)) {
        return Outcome::failed(member("alg"), listed(algorithms));
    }
    if !jws.header.get("typ").is_some_and(|typ| typ == "JWT") {
        return Outcome::failed(member("typ"), "'JWT'");
    }
    if jws.header.contains_key("crit") {
        return Outcome::failed(member("crit"), "no crit: no extension is understood");
    }
    let issuer = facts.statement_text("iss").unwrap_or_default();
    let trusted = facts.trust.trusted_issuers(facts.dialect.ecosystem);
    // Which keys count depends on the issuer; that of a stranger is for the next check.
    if !facts.trust.sees(Sight::StatementKeys) || !trusted.iter().any(|known| known == issuer) {
        return Outcome::when(jws.kid().is_some(), member("kid"), "the kid of a key");
    }
    let is_known = jws
        .kid()
        .is_some_and(|kid| facts.trust.statement_key(issuer, kid).is_some());
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
            let trusted = facts.trust.trusted_issuers(facts.dialect.ecosystem);
            let issuer = statement.claims.get("iss");
            Outcome::judged(
                trusted
                    .iter()
                    .any(|known| issuer.is_some_and(|iss| iss == known)),
                format!("statement iss {}", shown(issuer)),
                || listed(&trusted),
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
        Some(_) if !facts.trust.sees(Sight::StatementKeys) => Outcome::not_checked(),
        Some(statement) if !statement.is_unsigned() => Outcome::when(
            facts.statement_signature == Signature::Valid,
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
