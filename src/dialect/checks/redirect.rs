//! The redirect URIs.

use crate::dialect::checks::metadata::texts;
use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::claims::{quoted, shown};
use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;
use crate::dialect::policy::{Apply, RedirectsDefault};
use crate::domain::error::RegistrationError::{InvalidClientMetadata, InvalidRedirectUri};
use crate::domain::uri::{host, objection, web_objection};

const REFUSED: Fault = Fault::Registration(InvalidRedirectUri);

/// Each is an absolute https URI of a host that is not this machine.
pub static REDIRECT_URI_MALFORMED: Check = Check {
    name: "redirect_uri_malformed",
    source: "OB DCR, claim redirect_uris; RFC 6749 §3.1.2",
    fault: REFUSED,
    run: |facts| {
        malformed(
            facts,
            objection,
            "an absolute https URI of at most 256 characters, without fragment, whose host is not localhost",
        )
    },
};

/// Each is an absolute URI of the web without a fragment; which hosts and schemes count is for the
/// statement to say.
pub static REDIRECT_URI_NOT_OF_THE_WEB: Check = Check {
    name: "redirect_uri_malformed",
    source: "OpenID Connect Registration §2, redirect_uris of application_type web; RFC 6749 §3.1.2",
    fault: REFUSED,
    run: |facts| {
        malformed(
            facts,
            web_objection,
            "an absolute http or https URI of at most 255 characters, without fragment",
        )
    },
};

fn malformed(
    facts: &Facts<'_>,
    objection: fn(&str) -> Option<&'static str>,
    allowed: &'static str,
) -> Outcome {
    let Some(uris) = registered(facts) else {
        return Outcome::not_reached();
    };
    match uris.iter().find_map(|uri| Some((uri, objection(uri)?))) {
        _ if uris.is_empty() => Outcome::failed("redirect_uris []", "at least one URI"),
        Some((uri, objection)) => Outcome::failed(
            format!("redirect URI {}: {objection}", quoted(uri)),
            allowed,
        ),
        None => Outcome::passed(listed(&uris)),
    }
}

/// Each is, to the letter, one of the statement's.
pub static REDIRECT_URI_NOT_IN_STATEMENT: Check = Check {
    name: "redirect_uri_not_in_statement",
    source: "OB DCR, claim redirect_uris: a subset of software_redirect_uris",
    fault: REFUSED,
    run: |facts| match (requested(facts), of_statement(facts)) {
        // Where the request names none, those of the statement are registered, or it is refused.
        (None, Some(_)) if !is_sent(facts) => Outcome::not_checked(),
        (Some(uris), Some(allowed)) => match uris.iter().find(|uri| !allowed.contains(uri)) {
            Some(uri) => Outcome::failed(
                format!("redirect URI {}", quoted(uri)),
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
    source: "OB DCR, claim redirect_uris: taken from the statement when left out; switch redirects_default",
    fault: REFUSED,
    run: redirect_uris_missing,
};

fn redirect_uris_missing(facts: &Facts<'_>) -> Outcome {
    let Some(claims) = facts.claims() else {
        return Outcome::not_reached();
    };
    let sent = claims.get("redirect_uris").filter(|sent| !sent.is_null());
    let seen = format!("redirect_uris {}", shown(sent));
    if facts.policy.redirects_default == RedirectsDefault::Reject {
        return Outcome::when(sent.is_some(), seen, "redirect URIs in the request");
    }
    match of_statement(facts) {
        None => Outcome::not_reached(),
        Some(registered) => Outcome::when(
            sent.is_some() || !registered.is_empty(),
            seen,
            "redirect URIs in the request or in the statement",
        ),
    }
}

/// The request names at least one.
pub static REDIRECT_URIS_LEFT_OUT: Check = Check {
    name: "redirect_uris_missing",
    source: "Open Finance Brasil DCR §7.1, item 6: required",
    fault: REFUSED,
    run: |facts| {
        let sent = facts
            .claims()
            .and_then(|claims| claims.get("redirect_uris"));
        if sent.is_some_and(|sent| sent.as_array().is_some_and(Vec::is_empty)) {
            return Outcome::failed("redirect_uris []", "at least one URI");
        }
        redirect_uris_missing(facts)
    },
};

/// The software's pages have the host of one of its redirect URIs.
pub static URI_HOST_MISMATCH: Check = Check {
    name: "uri_host_mismatch",
    source: "WSO2 Open Banking, DCR validators; switch uri_hosts",
    fault: Fault::Registration(InvalidClientMetadata),
    run: uri_host_mismatch,
};

fn uri_host_mismatch(facts: &Facts<'_>) -> Outcome {
    if facts.policy.uri_hosts == Apply::Ignore {
        return Outcome::not_checked();
    }
    let (Some(uris), Some(statement)) = (registered(facts), facts.statement()) else {
        return Outcome::not_reached();
    };
    let hosts: Vec<String> = uris.iter().filter_map(|uri| host(uri)).collect();
    let pages = ["client_uri", "logo_uri", "policy_uri", "tos_uri"];
    let broken = pages.into_iter().find_map(|page| {
        let name = format!("software_{page}");
        let uri = statement.claims.get(&name)?.as_str()?.to_owned();
        let is_known = host(&uri).is_some_and(|host| hosts.contains(&host));
        (!is_known).then_some((name, uri))
    });
    match broken {
        Some((name, uri)) => Outcome::failed(
            format!("{name} {}", quoted(&uri)),
            format!("the host of a redirect URI: {}", listed(&hosts)),
        ),
        None => Outcome::met(),
    }
}

/// What is to be registered: the request's redirect URIs or, where it names none, the statement's.
fn registered<'a>(facts: &'a Facts<'_>) -> Option<Vec<&'a str>> {
    facts.claims()?;
    if is_sent(facts) {
        requested(facts)
    } else if facts.policy.redirects_default == RedirectsDefault::Reject {
        None
    } else {
        // That there is none at all is for another check to say.
        of_statement(facts).filter(|uris| !uris.is_empty())
    }
}

fn is_sent(facts: &Facts<'_>) -> bool {
    let sent = facts
        .claims()
        .and_then(|claims| claims.get("redirect_uris"));
    sent.is_some_and(|sent| !sent.is_null())
}

/// The request's redirect URIs; `None` where the claim is absent or not an array of strings.
fn requested<'a>(facts: &'a Facts<'_>) -> Option<Vec<&'a str>> {
    texts(facts.claims()?, "redirect_uris")
}

/// The statement's redirect URIs.
#[must_use]
pub fn of_statement<'a>(facts: &'a Facts<'_>) -> Option<Vec<&'a str>> {
    let claims = &facts.statement()?.claims;
    Some(texts(claims, "software_redirect_uris").unwrap_or_default())
}
