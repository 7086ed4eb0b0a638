//! Who may read, replace or delete a client.

use crate::dialect::call::{Bearer, Carrier};
use crate::dialect::checks::certificate::is_of_owner;
use crate::dialect::checks::transport::without_connection;
use crate::dialect::checks::{Check, Outcome};
use crate::dialect::facts::{Facts, Management};
use crate::dialect::fault::Fault;
use crate::dialect::policy::ManagementToken;
use crate::domain::client::ClientStatus;
use crate::domain::token::{TokenGrant, TokenKind};

/// An Authorization header is there.
pub static TOKEN_MISSING: Check = Check {
    name: "token_missing",
    source: "OB DCR, GET, PUT and DELETE; RFC 6750 §3",
    fault: Fault::TokenMissing,
    run: |facts| match bearer(facts) {
        None => without_connection(facts),
        Some(Bearer::Missing) if !is_in_query(facts) => {
            Outcome::failed("no Authorization header", "Authorization: Bearer TOKEN")
        }
        Some(_) => Outcome::met(),
    },
};

/// It is a bearer token.
pub static TOKEN_MALFORMED: Check = Check {
    name: "token_malformed",
    source: "RFC 6750 §2.1",
    fault: Fault::TokenMalformed,
    run: |facts| match bearer(facts) {
        Some(_) if is_in_query(facts) => Outcome::failed(
            "a token in the query",
            "Authorization: Bearer TOKEN, and nothing in the query",
        ),
        None | Some(Bearer::Missing) => without_connection(facts),
        Some(Bearer::Malformed) => Outcome::failed(
            "an Authorization header that is no bearer token",
            "Authorization: Bearer TOKEN",
        ),
        Some(Bearer::Token(_)) => Outcome::met(),
    },
};

/// The bank issued it, and it is neither expired nor revoked.
pub static TOKEN_INVALID: Check = Check {
    name: "token_invalid",
    source: "RFC 6750 §3.1, invalid_token",
    fault: Fault::TokenInvalid,
    run: token_invalid,
};

fn token_invalid(facts: &Facts<'_>) -> Outcome {
    let Some(Bearer::Token(_)) = bearer(facts) else {
        return without_connection(facts);
    };
    let allowed = "one from this bank's token endpoint that is neither expired nor revoked";
    match grant(facts) {
        None => Outcome::failed("a token that this bank does not know", allowed),
        Some(grant) => Outcome::when(
            facts.now < grant.expires_at,
            format!("a token that expires at {}", grant.expires_at),
            allowed,
        ),
    }
}

/// It is presented over the certificate it was issued to; a registration access token over one of
/// its TPP.
pub static TOKEN_CERTIFICATE_MISMATCH: Check = Check {
    name: "token_certificate_mismatch",
    source: "RFC 8705 §3; Open Finance Brasil DCR §9.3.2",
    fault: Fault::TokenInvalid,
    run: token_certificate_mismatch,
};

fn token_certificate_mismatch(facts: &Facts<'_>) -> Outcome {
    let (Some(grant), Some(certificate)) = (grant(facts), &facts.call.certificate) else {
        return without_connection(facts);
    };
    let seen = format!("the certificate with x5t#S256 {}", certificate.thumbprint);
    if let Some(bound) = &grant.certificate {
        return Outcome::judged(*bound == certificate.thumbprint, seen, || {
            format!("the one of x5t#S256 {bound}")
        });
    }
    match facts
        .managed_client()
        .filter(|client| client.id == grant.client_id)
    {
        None => without_connection(facts),
        Some(client) => Outcome::judged(
            is_of_owner(facts.trust, certificate, &client.registration),
            format!("a client certificate of {}", certificate.subject),
            || format!("one of software '{}'", client.registration.software_id),
        ),
    }
}

/// It is of the kind that manages clients here.
pub static TOKEN_WRONG_KIND: Check = Check {
    name: "token_wrong_kind",
    source: "OB DCR, GET, PUT and DELETE: client_credentials; RFC 7592 §2.1: registration access token; switch management_token",
    fault: Fault::TokenInvalid,
    run: |facts| match grant(facts) {
        None => without_connection(facts),
        Some(grant) => {
            let (is_met, allowed) = match facts.policy.management_token {
                ManagementToken::Both => (true, "either kind"),
                ManagementToken::Ccg => (
                    grant.kind == TokenKind::ClientCredentials,
                    "one of the grant client_credentials",
                ),
                ManagementToken::Rat => (
                    grant.kind == TokenKind::Registration,
                    "the registration access token of the client",
                ),
            };
            Outcome::when(is_met, grant.kind.as_str(), allowed)
        }
    },
};

/// It is the token of the client in the path.
pub static TOKEN_OF_ANOTHER_CLIENT: Check = Check {
    name: "token_of_another_client",
    source: "OB DCR, the token's client must be the ClientId of the path",
    fault: Fault::WrongClient,
    run: |facts| match (grant(facts), facts.management.as_ref()) {
        (
            Some(grant),
            Some(Management {
                client: Some(client),
                ..
            }),
        ) => Outcome::judged(
            grant.client_id == client.id,
            format!("a token of client {}", grant.client_id),
            || format!("one of client {}", client.id),
        ),
        _ => without_connection(facts),
    },
};

/// The client in the path exists.
pub static CLIENT_UNKNOWN: Check = Check {
    name: "client_unknown",
    source: "OB DCR, unknown ClientId; RFC 7592 §2.1; switch unknown_client",
    fault: Fault::ClientUnknown,
    run: |facts| match (&facts.management, &facts.call.client_id) {
        (Some(management), Some(id)) => Outcome::when(
            management.client.is_some(),
            format!("client {id}"),
            "a client that is registered here",
        ),
        _ => without_connection(facts),
    },
};

/// The bank lets the client manage itself.
pub static CLIENT_NOT_MANAGEABLE: Check = Check {
    name: "client_not_manageable",
    source: "OB DCR, 403; RFC 7592 §2.1",
    fault: Fault::NotManageable,
    run: |facts| match facts
        .management
        .as_ref()
        .and_then(|facts| facts.client.as_ref())
    {
        None => without_connection(facts),
        Some(client) => Outcome::when(
            client.status == ClientStatus::Active,
            format!("client {}, {:?}", client.id, client.status),
            "an active client",
        ),
    },
};

/// The token as presented; a file presents none, and lacks none.
/// Whether a token is sent in the query (RFC 6750 §2.3), which no dialect takes.
fn is_in_query(facts: &Facts<'_>) -> bool {
    let query = facts.call.query.as_deref().unwrap_or_default();
    form_urlencoded::parse(query.as_bytes()).any(|(name, _)| name == "access_token")
}

fn bearer<'a>(facts: &'a Facts<'_>) -> Option<&'a Bearer> {
    let management = facts.management.as_ref()?;
    (facts.call.carrier == Carrier::Connection).then_some(&management.bearer)
}

fn grant<'a>(facts: &'a Facts<'_>) -> Option<&'a TokenGrant> {
    facts.management.as_ref()?.grant.as_ref()
}
