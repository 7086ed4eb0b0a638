//! The token endpoint.

use crate::dialect::checks::transport::media_type;
use crate::dialect::checks::{Check, Outcome, listed};
use crate::dialect::facts::{Authentication, Facts, TokenRequest};
use crate::dialect::fault::Fault;
use crate::domain::error::TokenError;

/// The grant that the token endpoint serves.
pub const CLIENT_CREDENTIALS: &str = "client_credentials";

/// The body is a form.
pub static FORM_EXPECTED: Check = Check {
    name: "media_type_unsupported",
    source: "RFC 6749 §4.4.2",
    fault: Fault::Token(TokenError::InvalidRequest),
    run: |facts| {
        let sent = facts
            .call
            .content_type
            .as_deref()
            .unwrap_or("no Content-Type");
        Outcome::when(
            media_type(sent) == "application/x-www-form-urlencoded",
            sent,
            "application/x-www-form-urlencoded",
        )
    },
};

/// Its parameters can be read, each at most once.
pub static TOKEN_REQUEST_MALFORMED: Check = Check {
    name: "token_request_malformed",
    source: "RFC 6749 §3.2",
    fault: Fault::Token(TokenError::InvalidRequest),
    run: |facts| match authentication(facts) {
        None => Outcome::not_reached(),
        Some(Authentication::Unreadable(why)) => {
            Outcome::failed(why, "a form in which each parameter occurs once")
        }
        Some(_) => Outcome::met(),
    },
};

/// One way of authenticating, and readable.
pub static CLIENT_AUTHENTICATION_AMBIGUOUS: Check = Check {
    name: "client_authentication_ambiguous",
    source: "RFC 6749 §2.3",
    fault: Fault::Token(TokenError::InvalidRequest),
    run: |facts| match authentication(facts) {
        None | Some(Authentication::Unreadable(_)) => Outcome::not_reached(),
        Some(Authentication::Ambiguous(why)) => Outcome::failed(
            why,
            "one of client_assertion, client_secret and the Authorization header, well-formed",
        ),
        Some(_) => Outcome::met(),
    },
};

/// The client is known and proved who it is.
pub static CLIENT_AUTHENTICATION_FAILED: Check = Check {
    name: "client_authentication_failed",
    source: "RFC 6749 §5.2, invalid_client; RFC 8705 §2.1; RFC 7523 §3",
    fault: Fault::Token(TokenError::InvalidClient),
    run: client_authentication_failed,
};

fn client_authentication_failed(facts: &Facts<'_>) -> Outcome {
    match authentication(facts) {
        None | Some(Authentication::Unreadable(_) | Authentication::Ambiguous(_)) => {
            Outcome::not_reached()
        }
        Some(Authentication::Proven(client)) => Outcome::passed(client.id.as_str()),
        Some(Authentication::Failed(why)) => {
            let outcome = Outcome::broken(why);
            if facts.call.authorization.is_some() {
                outcome.as_fault(Fault::TokenChallenge)
            } else {
                outcome
            }
        }
    }
}

/// A grant is named.
pub static GRANT_TYPE_MISSING: Check = Check {
    name: "grant_type_missing",
    source: "RFC 6749 §4.4.2",
    fault: Fault::Token(TokenError::InvalidRequest),
    run: |facts| match &facts.token {
        None => Outcome::not_reached(),
        Some(TokenRequest { grant_type, .. }) => Outcome::when(
            grant_type.is_some(),
            grant_type
                .clone()
                .unwrap_or_else(|| "no grant_type".to_owned()),
            "grant_type=client_credentials",
        ),
    },
};

/// It is one that this endpoint serves.
pub static GRANT_TYPE_UNKNOWN: Check = Check {
    name: "grant_type_unknown",
    source: "RFC 6749 §5.2, unsupported_grant_type",
    fault: Fault::Token(TokenError::UnsupportedGrantType),
    run: |facts| match facts
        .token
        .as_ref()
        .and_then(|token| token.grant_type.as_ref())
    {
        None => Outcome::not_reached(),
        Some(grant) => Outcome::when(
            grant == CLIENT_CREDENTIALS,
            format!("grant_type {grant}"),
            CLIENT_CREDENTIALS,
        ),
    },
};

/// The client registered it.
pub static GRANT_NOT_REGISTERED: Check = Check {
    name: "grant_not_registered",
    source: "RFC 6749 §5.2, unauthorized_client",
    fault: Fault::Token(TokenError::UnauthorizedClient),
    run: |facts| match (
        facts.proven_client(),
        facts
            .token
            .as_ref()
            .and_then(|token| token.grant_type.as_ref()),
    ) {
        (Some(client), Some(grant)) => Outcome::judged(
            client.registration.grant_types.contains(grant),
            format!("grant_type {grant}"),
            || {
                format!(
                    "those registered: {}",
                    listed(&client.registration.grant_types)
                )
            },
        ),
        _ => Outcome::not_reached(),
    },
};

/// The client registered the scope.
pub static SCOPE_NOT_GRANTED: Check = Check {
    name: "scope_not_granted",
    source: "RFC 6749 §5.2, invalid_scope",
    fault: Fault::Token(TokenError::InvalidScope),
    run: |facts| match (facts.proven_client(), &facts.token) {
        (Some(client), Some(token)) => {
            let registered = &client.registration.scope;
            Outcome::judged(
                token.scope.iter().all(|value| registered.contains(value)),
                format!("scope {}", listed(&token.scope)),
                || format!("those registered: {}", listed(registered)),
            )
        }
        _ => Outcome::not_reached(),
    },
};

fn authentication<'a>(facts: &'a Facts<'_>) -> Option<&'a Authentication> {
    facts.token.as_ref().map(|token| &token.authentication)
}
