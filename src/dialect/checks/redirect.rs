//! The redirect URIs.

use serde_json::Value;
use url::{Host, Url};

use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::claims::shown;
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::domain::error::RegistrationError::InvalidRedirectUri;
use crate::domain::json::Object;

const REFUSED: Fault = Fault::Registration(InvalidRedirectUri);
const LONGEST: usize = 256;

/// Each is an absolute https URI of a host that is not this machine.
pub static REDIRECT_URI_MALFORMED: Check = Check {
    name: "redirect_uri_malformed",
    source: "OB DCR, claim redirect_uris; RFC 6749 §3.1.2",
    fault: REFUSED,
    run: |facts| match requested(facts) {
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

/// What is wrong with a redirect URI, if anything.
fn objection(uri: &str) -> Option<&'static str> {
    if uri.chars().count() > LONGEST {
        return Some("too long");
    }
    let Ok(url) = Url::parse(uri) else {
        return Some("not an absolute URI");
    };
    if url.scheme() != "https" {
        return Some("not https");
    }
    if url.fragment().is_some() {
        return Some("a fragment");
    }
    if !url.username().is_empty() || url.password().is_some() {
        return Some("user information");
    }
    match url.host() {
        None => Some("no host"),
        Some(Host::Domain(name)) => {
            let name = name.trim_end_matches('.');
            (name == "localhost" || name.ends_with(".localhost")).then_some("localhost")
        }
        Some(Host::Ipv4(address)) => address.is_loopback().then_some("a loopback address"),
        Some(Host::Ipv6(address)) => address.is_loopback().then_some("a loopback address"),
    }
}

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_redirect_uri_is_https_to_somewhere_else() {
        for (uri, expected) in [
            ("https://app.example/cb?x=1", None),
            ("https://localhost.example/cb", None),
            ("http://app.example/cb", Some("not https")),
            ("https://app.example/cb#x", Some("a fragment")),
            ("https://app.example/cb#", Some("a fragment")),
            ("https://localhost/cb", Some("localhost")),
            ("https://LOCALHOST./cb", Some("localhost")),
            ("https://a.localhost:8443/cb", Some("localhost")),
            ("https://127.0.0.1/cb", Some("a loopback address")),
            ("https://127.1/cb", Some("a loopback address")),
            ("https://[::1]/cb", Some("a loopback address")),
            ("https://user@app.example/cb", Some("user information")),
            ("/cb", Some("not an absolute URI")),
            ("", Some("not an absolute URI")),
            ("app.example:cb", Some("not https")),
        ] {
            assert_eq!(objection(uri), expected, "{uri}");
        }
        assert_eq!(
            objection(&format!("https://a.example/{}", "x".repeat(256))),
            Some("too long")
        );
    }
}
