//! Answers that refuse, as most dialects give them: a dialect says where its own differ.

use serde_json::json;

use crate::dialect::fault::{Fault, Refusal, describable};
use crate::dialect::policy::{ClientError, Policy, UnauthorizedBody, UnknownClient, WrongMethod};
use crate::domain::error::{RegistrationError, TokenError};

/// What a refusal is said about.
#[derive(Debug, Clone, Copy)]
pub struct Asked<'a> {
    /// What was found, what is allowed, and the check that says so.
    pub description: &'a str,
    /// What challenges name as their realm.
    pub realm: &'a str,
    /// The bank's issuer identifier.
    pub issuer: &'a str,
    /// The switches in force.
    pub policy: &'a Policy,
    /// Whether somebody asked for the answer: then no fixed text stands in the place of the
    /// description, which says so.
    pub is_scripted: bool,
}

impl<'a> Asked<'a> {
    /// The text of a refusal in which the system always says the same.
    #[must_use]
    pub fn described_as(&self, usual: &'a str) -> &'a str {
        if self.is_scripted {
            self.description
        } else {
            usual
        }
    }
}

/// An empty body, but for errors of registration (RFC 7591 §3.2.2) and of the token endpoint
/// (RFC 6749 §5.2); challenges of RFC 6750 §3. Exactly UK Open Banking.
#[must_use]
pub fn plain(fault: Fault, asked: &Asked<'_>) -> Refusal {
    match fault {
        Fault::RouteUnknown => Refusal::empty(404),
        Fault::MethodNotOffered => Refusal::empty(wrong_method(asked.policy)),
        Fault::NotAcceptable => Refusal::empty(406),
        Fault::BodyTimeout => Refusal::empty(408),
        Fault::BodyTooLarge => Refusal::empty(413),
        Fault::TargetTooLong => Refusal::empty(414),
        Fault::UnsupportedMediaType => Refusal::empty(415),
        Fault::HeadersTooLarge => Refusal::empty(431),
        Fault::BodyUnreadable => Refusal::empty(400),
        Fault::Internal => Refusal::empty(500),
        Fault::Full => Refusal::empty(503),
        Fault::ScopeInsufficient
        | Fault::WrongClient
        | Fault::NotManageable
        | Fault::NotTheCallers => Refusal::empty(403),
        Fault::FapiHeaderMalformed | Fault::QueryMalformed | Fault::IdMalformed => Refusal::error(
            400,
            RegistrationError::InvalidClientMetadata.code(),
            asked.description,
        ),
        Fault::Registration(error) => Refusal::error(400, error.code(), asked.description),
        Fault::CertificateRefused | Fault::Token(_) | Fault::TokenChallenge => {
            of_token_endpoint(fault, asked)
        }
        Fault::TokenMissing
        | Fault::TokenMalformed
        | Fault::TokenInvalid
        | Fault::ClientUnknown => of_bearer(fault, asked),
    }
}

/// The token endpoint's own errors (RFC 6749 §5.2), and 401 for a certificate that is refused.
fn of_token_endpoint(fault: Fault, asked: &Asked<'_>) -> Refusal {
    let invalid_client = Refusal::error(401, TokenError::InvalidClient.code(), asked.description);
    match fault {
        Fault::TokenChallenge => {
            let challenge = format!("Basic realm=\"{}\"", asked.realm);
            invalid_client.with_header("www-authenticate", challenge)
        }
        Fault::Token(error) if error != TokenError::InvalidClient => {
            Refusal::error(400, error.code(), asked.description)
        }
        _ => invalid_client,
    }
}

/// Calls without a token that counts (RFC 6750 §3.1, RFC 7592 §2.1).
fn of_bearer(fault: Fault, asked: &Asked<'_>) -> Refusal {
    let statuses = asked.policy.bad_auth_status;
    let status = match fault {
        Fault::TokenMissing => statuses.missing,
        Fault::TokenMalformed => statuses.malformed,
        Fault::ClientUnknown if asked.policy.unknown_client == UnknownClient::NotFound => {
            return Refusal::empty(404);
        }
        _ => ClientError::Unauthorized,
    };
    if status == ClientError::BadRequest {
        return Refusal::error(400, TokenError::InvalidRequest.code(), asked.description);
    }
    unauthorized(fault, asked, asked.realm, asked.description)
}

/// 401 with a challenge; with a body where the switches say so.
#[must_use]
pub fn unauthorized(fault: Fault, asked: &Asked<'_>, realm: &str, description: &str) -> Refusal {
    let refusal = match asked.policy.unauthorized_body {
        UnauthorizedBody::Empty => Refusal::empty(401),
        UnauthorizedBody::Json => Refusal::error(401, "invalid_token", description),
    };
    // RFC 6750 §3: no error code for a call that brought no token at all.
    let error = if fault == Fault::TokenMissing {
        ""
    } else {
        ", error=\"invalid_token\""
    };
    // Who says why in a body says so here too.
    let why = match &refusal.body {
        Some(_) if fault != Fault::TokenMissing => {
            format!(", error_description=\"{}\"", describable(description))
        }
        _ => String::new(),
    };
    let challenge = format!("Bearer realm=\"{realm}\"{error}{why}");
    refusal.with_header("www-authenticate", challenge)
}

/// Status of a method that is not offered.
#[must_use]
pub fn wrong_method(policy: &Policy) -> u16 {
    match policy.wrong_method {
        WrongMethod::MethodNotAllowed => 405,
        WrongMethod::NotFound => 404,
        WrongMethod::Forbidden => 403,
    }
}

/// `{"errors": [text]}`, as Raidiam Connect answers.
#[must_use]
pub fn errors(status: u16, description: &str) -> Refusal {
    Refusal {
        body: Some(json!({ "errors": [describable(description)] })),
        ..Refusal::empty(status)
    }
}
