//! What is said of a bank, and what a TPP ordinarily says to it.

use serde_json::json;

use crate::dialect::applicant::Applicant;
use crate::dialect::checks::ciba;
use crate::dialect::policy::Policy;
use crate::dialect::{Dialect, uk_ob::SCOPES};
use crate::domain::client::AuthMethod;
use crate::domain::json::{self, Object};
use crate::domain::jws::Algorithm;

/// The claims of an ordinary registration request, for 3.2 and later.
#[must_use]
pub fn request_claims(dialect: &Dialect, applicant: &Applicant<'_>) -> Object {
    let scopes: Vec<&str> = SCOPES
        .iter()
        .filter(|(_, role)| role.is_none_or(|role| applicant.roles.contains(&role)))
        .map(|(value, _)| *value)
        .collect();
    let mut claims = json!({
        "iss": applicant.software_id,
        "iat": applicant.now,
        "exp": applicant.now + applicant.lifetime,
        "aud": applicant.audience,
        "jti": uuid::Uuid::new_v4().to_string(),
        "redirect_uris": applicant.redirect_uris,
        "token_endpoint_auth_method": applicant.auth_method.as_str(),
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "response_types": ["code id_token"],
        "software_id": applicant.software_id,
        "scope": scopes.join(" "),
        "software_statement": applicant.statement,
        "application_type": "web",
        "id_token_signed_response_alg": "PS256",
        "request_object_signing_alg": "PS256",
    });
    match applicant.auth_method {
        AuthMethod::PrivateKeyJwt => claims["token_endpoint_auth_signing_alg"] = "PS256".into(),
        AuthMethod::ClientSecretJwt => claims["token_endpoint_auth_signing_alg"] = "HS256".into(),
        _ => {}
    }
    if applicant.auth_method == AuthMethod::TlsClientAuth {
        claims[dialect.dn_claim()] = applicant.subject_dn.into();
    }
    json::members(claims)
}

/// The members of the discovery document that follow from the tables
/// (`OpenID` Connect Discovery §3, RFC 8414 §2, RFC 8705 §3.3).
#[must_use]
pub fn discovery(dialect: &Dialect, policy: &Policy) -> Object {
    let values = &dialect.values;
    let algs: Vec<&str> = policy.allowed_algs.iter().map(|alg| alg.as_str()).collect();
    let methods: Vec<&str> = policy
        .auth_methods
        .iter()
        .map(|method| method.as_str())
        .collect();
    // client_secret_jwt signs with HS256; the others come first, since some clients take the first.
    let mut auth_algs = algs.clone();
    if policy.auth_methods.contains(&AuthMethod::ClientSecretJwt) {
        auth_algs.push(Algorithm::Hs256.as_str());
    }
    let scopes: Vec<&str> = values.scopes.iter().map(|(value, _)| *value).collect();
    let mut document = json!({
        "response_types_supported": values.response_types,
        "response_modes_supported": ["fragment", "query"],
        "grant_types_supported": values.grant_types,
        "scopes_supported": scopes,
        "subject_types_supported": ["public"],
        "claims_supported": ["sub", "acr", "openbanking_intent_id"],
        "acr_values_supported": ["urn:openbanking:psd2:sca", "urn:openbanking:psd2:ca"],
        "id_token_signing_alg_values_supported": algs,
        "request_object_signing_alg_values_supported": algs,
        "token_endpoint_auth_methods_supported": methods,
        "token_endpoint_auth_signing_alg_values_supported": auth_algs,
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        "request_uri_parameter_supported": false,
        "tls_client_certificate_bound_access_tokens": true,
    });
    if !values.ciba_modes.is_empty() {
        document["backchannel_token_delivery_modes_supported"] = json!(values.ciba_modes);
        document["backchannel_authentication_request_signing_alg_values_supported"] = json!(algs);
        document["backchannel_user_code_parameter_supported"] = false.into();
    }
    debug_assert!(values.grant_types.contains(&ciba::GRANT) != values.ciba_modes.is_empty());
    json::members(document)
}
