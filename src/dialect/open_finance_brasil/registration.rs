//! What a Brazilian request registers, and an ordinary request.

use std::borrow::Cow;

use serde_json::json;

use crate::dialect::Dialect;
use crate::dialect::applicant::Applicant;
use crate::dialect::claims::Origin;
use crate::dialect::facts::Facts;
use crate::dialect::open_finance_brasil::{SCOPES, tables};
use crate::dialect::registration;
use crate::domain::client::{AuthMethod, Registration};
use crate::domain::json::{self, Object};

/// The claims of the table with their defaults; what the statement says of the software stands
/// above what the request says (RFC 7591 §2.3).
pub(super) fn registration(facts: &Facts<'_>) -> Option<Registration> {
    let mut metadata = registration::metadata(facts);
    let statement = &facts.statement()?.claims;
    for claim in tables::SOFTWARE {
        let stated = match claim.origin {
            Origin::Statement(name) => {
                let value = statement.get(name).filter(|value| claim.shape.fits(value));
                value.map(Cow::Borrowed)
            }
            Origin::Rule(rule) => rule(facts).map(Cow::Owned),
            Origin::Nowhere => None,
        };
        if let Some(value) = stated {
            metadata.insert(claim.name, value);
        }
    }
    let bound = tables::bound_tokens(facts)?;
    metadata.insert(tables::BOUND_TOKEN, Cow::Owned(bound.clone()));
    metadata.insert(tables::BOUND_TOKENS, Cow::Owned(bound));
    registration::registration(facts, &metadata)
}

/// The body of an ordinary request.
pub(super) fn request_claims(_: &Dialect, applicant: &Applicant<'_>) -> Object {
    let scopes: Vec<&str> = SCOPES
        .iter()
        .filter(|(_, role)| role.is_none_or(|role| applicant.roles.contains(&role)))
        .map(|(value, _)| *value)
        .collect();
    let mut claims = json!({
        "software_statement": applicant.statement,
        "redirect_uris": applicant.redirect_uris,
        "jwks_uri": applicant.jwks_uri,
        "token_endpoint_auth_method": applicant.auth_method.as_str(),
        "grant_types": ["authorization_code", "implicit", "refresh_token", "client_credentials"],
        "response_types": ["code id_token"],
        "application_type": "web",
        "subject_type": "public",
        "id_token_signed_response_alg": "PS256",
        "request_object_signing_alg": "PS256",
        "require_signed_request_object": true,
        "tls_client_certificate_bound_access_tokens": true,
        "scope": scopes.join(" "),
    });
    if applicant.auth_method.uses_assertion() {
        claims["token_endpoint_auth_signing_alg"] = "PS256".into();
    }
    if applicant.auth_method == AuthMethod::TlsClientAuth {
        claims["tls_client_auth_subject_dn"] = applicant.subject.to_brazilian_string().into();
    }
    json::members(claims)
}
