//! The redirect URIs.

use serde_json::Value;

use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::claims::shown;
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::domain::error::RegistrationError::InvalidRedirectUri;
use crate::domain::json::Object;
use crate::domain::uri::objection;

const REFUSED: Fault = Fault::Registration(InvalidRedirectUri);

/// Each is an absolute https URI of a host that is not this machine.
pub static REDIRECT_URI_MALFORMED: Check = Check {
    name: "redirect_uri_malformed",
    source: "OB DCR, claim redirect_uris; RFC 6749 §3.1.2",
    fault: REFUSED,
    run: |facts| match registered(facts) {
        None => Outcome::not_reached(),
        Some(uris) => match uris.iter().find_map(|uri| Some((uri, objection(uri)?))) {
            _ if uris.is_empty() => Outcome::failed("redirect_uris []", "at least one URI"),
            Some((uri, objection)) => Outcome::failed(
                format!(
                    "redirect URI {}: {objection}",
                    shown(Some(&Value::from(uri.as_str())))
                ),
                "an absolute https URI of at most 256 characters, without fragment, whose host is not localhost",
            ),
            None => Outcome::passed(listed(&uris)),
        },
    },
};

/// Each is, to the letter, one of the statement's.
pub static REDIRECT_URI_NOT_IN_STATEMENT: Check = Check {
    name: "redirect_uri_not_in_statement",
    source: "OB DCR, claim redirect_uris: a subset of software_redirect_uris",
    fault: REFUSED,
    run: |facts| match (requested(facts), of_statement(facts)) {
        (Some(uris), Some(allowed)) => match uris.iter().find(|uri| !allowed.contains(uri)) {
            Some(uri) => Outcome::failed(
                format!("redirect URI {}", shown(Some(&Value::from(uri.as_str())))),
                format!("those of the statement: {}", listed(&allowed)),
            ),
            None => Outcome::passed(listed(&uris)),
        },
        _ => Outcome::not_reached(),
    },
};

/// Where the request names none, the statement does.
pub static REDIRECT_URIS_MISSING: Check = Check {
    name: "redirect_uris_missing",
    source: "OB DCR, claim redirect_uris: taken from the statement when left out",
    fault: REFUSED,
    run: |facts| match (facts.claims(), of_statement(facts)) {
        (Some(claims), Some(registered)) => Outcome::when(
            claims.contains_key("redirect_uris") || !registered.is_empty(),
            format!("redirect_uris {}", shown(claims.get("redirect_uris"))),
            "redirect URIs in the request or in the statement",
        ),
        _ => Outcome::not_reached(),
    },
};

/// What is to be registered: the request's redirect URIs or, where it names none, the statement's.
fn registered(facts: &Facts<'_>) -> Option<Vec<String>> {
    if facts.claims()?.contains_key("redirect_uris") {
        requested(facts)
    } else {
        // That there is none at all is for another check to say.
        of_statement(facts).filter(|uris| !uris.is_empty())
    }
}

/// The request's redirect URIs; `None` where the claim is absent or not an array of strings.
fn requested(facts: &Facts<'_>) -> Option<Vec<String>> {
    uris(facts.claims()?, "redirect_uris")
}

/// The statement's redirect URIs.
#[must_use]
pub fn of_statement(facts: &Facts<'_>) -> Option<Vec<String>> {
    let claims = &facts.statement()?.claims;
    Some(uris(claims, "software_redirect_uris").unwrap_or_default())
}

fn uris(claims: &Object, name: &str) -> Option<Vec<String>> {
    let items = claims.get(name)?.as_array()?;
    items
        .iter()
        .map(|item| item.as_str().map(str::to_owned))
        .collect()
}
