//! The software statement: its form, and whose it is.

use serde_json::json;

use crate::cases::{Accepted, Case, Expected, built, claim, ordinary, stated, statement, without};
use crate::raw::{forged, unsigned};
use crate::uk::Version;

pub fn cases(_: &'static Version) -> Vec<Case> {
    let missing = statement("statement_missing");
    let malformed = statement("statement_not_a_jws");
    let untrusted = statement("statement_issuer_untrusted");
    vec![
        without("software_statement", missing),
        claim("software_statement", json!(1), missing),
        claim("software_statement", "a.b.c", malformed),
        header("typ", json!(null), malformed),
        header("kid", json!("nobody"), malformed),
        header("alg", json!("RS256"), malformed),
        issuer("Somebody Else Ltd", untrusted),
        issuer("openbanking ltd", untrusted),
        issuer("OpenBanking Ltd", Accepted),
        changed_afterwards(),
        built(
            "an unsigned statement",
            statement("statement_unsigned"),
            |parties| parties.request_with(unsigned(&parties.statement(|_| ()))),
        ),
    ]
    .into_iter()
    .chain(times())
    .chain(reused())
    .chain(collisions())
    .collect()
}

fn header(name: &'static str, value: serde_json::Value, expected: Expected) -> Case {
    stated(
        format!("statement header {name} {value}"),
        expected,
        move |edits, _| {
            edits.header.insert(name.to_owned(), value.clone());
        },
    )
}

fn issuer(name: &'static str, expected: Expected) -> Case {
    stated(
        format!("statement iss {name}"),
        expected,
        move |edits, _| {
            edits.set_claim("iss", name);
        },
    )
}

fn changed_afterwards() -> Case {
    built(
        "a statement changed afterwards",
        statement("statement_signature_invalid"),
        |parties| {
            let signed = parties.statement(|_| ());
            parties.request_with(forged(&signed, |claims| {
                claims["software_roles"] = json!(["AISP"]);
            }))
        },
    )
}

/// The UK sets no age; a strict bank takes half an hour.
fn times() -> Vec<Case> {
    let too_old = statement("statement_too_old");
    let expired = statement("statement_expired");
    let at = |name: &'static str, offset: i64, expected| {
        stated(
            format!("statement {name} {offset:+}"),
            expected,
            move |edits, now| edits.set_claim(name, now + offset),
        )
    };
    let year = 365 * 24 * 60 * 60;
    vec![
        at("iat", 60, Accepted),
        at("iat", 61, too_old),
        at("iat", -10 * year, Accepted),
        at("iat", -10 * year, Accepted).lenient(),
        at("iat", -30 * 60, Accepted).strict(),
        at("iat", -30 * 60 - 1, too_old).strict(),
        at("iat", -300, Accepted).switched(json!({"ssa_max_age": "5m"})),
        at("iat", -301, too_old).switched(json!({"ssa_max_age": "5m"})),
        at("exp", 1, Accepted),
        at("exp", 0, expired),
    ]
}

/// Off unless the switch says otherwise, at strict banks too.
fn reused() -> Vec<Case> {
    let again = |expected| {
        built("a statement that was used", expected, |parties| {
            let (_, earlier) = crate::raw::parts(parties.earlier.as_ref().unwrap());
            let sent = earlier["software_statement"].as_str().unwrap();
            parties.request_with(sent.to_owned())
        })
        .after_another()
    };
    let once = json!({"ssa_single_use": true});
    vec![
        again(Accepted),
        again(Accepted).strict(),
        again(statement("statement_reused")).switched(once.clone()),
        ordinary("a fresh statement", Accepted).switched(once),
    ]
}

/// What only the server sets never comes from a statement.
fn collisions() -> Vec<Case> {
    [
        "client_secret",
        "client_secret_expires_at",
        "registration_access_token",
        "registration_client_uri",
    ]
    .map(|name| {
        stated(
            format!("a statement with {name}"),
            Accepted,
            move |edits, _| {
                edits.set_claim(name, "of the statement");
            },
        )
        .lacks(name)
    })
    .into()
}
