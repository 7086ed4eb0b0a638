//! How a Brazilian bank refuses, and what it says of itself.

use serde_json::json;

use crate::dialect::Dialect;
use crate::dialect::fault::{Fault, Refusal};
use crate::dialect::policy::{ClientError, Policy, UnknownClient, WrongMethod};
use crate::dialect::refusals::{Asked, errors, plain, unauthorized};
use crate::domain::error::RegistrationError;
use crate::domain::json::{self, Object};

/// JSON bodies throughout, in the words of node oidc-provider; the precise reason why a token does
/// not count is not told.
pub(super) fn refusal(fault: Fault, asked: &Asked<'_>) -> Refusal {
    let invalid_request = |status, description: &str| {
        Refusal::error(
            status,
            RegistrationError::InvalidRequest.code(),
            description,
        )
    };
    let statuses = asked.policy.bad_auth_status;
    let no_token = asked.described_as(NO_TOKEN);
    match fault {
        Fault::RouteUnknown => invalid_request(404, asked.description),
        Fault::MethodNotOffered => match asked.policy.wrong_method {
            WrongMethod::NotFound => invalid_request(404, asked.description),
            WrongMethod::MethodNotAllowed | WrongMethod::Forbidden => plain(fault, asked),
        },
        Fault::UnsupportedMediaType
        | Fault::BodyTooLarge
        | Fault::BodyUnreadable
        | Fault::FapiHeaderMalformed => invalid_request(400, asked.description),
        Fault::TokenMissing if statuses.missing == ClientError::BadRequest => {
            let challenge = format!("Bearer realm=\"{}\"", asked.issuer);
            invalid_request(400, no_token).with_header("www-authenticate", challenge)
        }
        Fault::TokenMissing => unauthorized(fault, asked, asked.issuer, no_token),
        Fault::TokenMalformed if statuses.malformed == ClientError::BadRequest => {
            invalid_request(400, asked.description)
        }
        Fault::ClientUnknown if asked.policy.unknown_client == UnknownClient::NotFound => {
            errors(404, asked.description)
        }
        Fault::TokenMalformed | Fault::TokenInvalid | Fault::WrongClient | Fault::ClientUnknown => {
            unauthorized(
                fault,
                asked,
                asked.issuer,
                asked.described_as(INVALID_TOKEN),
            )
        }
        Fault::NotManageable => invalid_request(403, asked.description),
        Fault::ScopeInsufficient => Refusal::error(403, "insufficient_scope", asked.description),
        Fault::Internal => Refusal::error(500, "server_error", asked.described_as(FAILED)),
        Fault::Full => Refusal::error(503, "server_error", asked.described_as(FULL)),
        other => plain(other, asked),
    }
}

const NO_TOKEN: &str = "no access token provided";
const INVALID_TOKEN: &str = "invalid token provided";
const FAILED: &str = "oops! something went wrong";
const FULL: &str = "no more clients can be registered";

/// The members of the discovery document that follow from the tables.
pub(super) fn discovery(dialect: &Dialect, policy: &Policy) -> Object {
    let values = &dialect.values;
    let algs: Vec<&str> = policy.allowed_algs.iter().map(|alg| alg.as_str()).collect();
    let methods = policy.auth_methods.iter().map(|method| method.as_str());
    let scopes: Vec<&str> = values.scopes.iter().map(|(value, _)| *value).collect();
    json::members(json!({
        "response_types_supported": values.response_types,
        "response_modes_supported": ["fragment", "query", "jwt"],
        "grant_types_supported": values.grant_types,
        "scopes_supported": scopes,
        "subject_types_supported": ["public"],
        "claims_supported": ["sub", "acr", "cpf", "cnpj"],
        "acr_values_supported": ["urn:brasil:openbanking:loa2", "urn:brasil:openbanking:loa3"],
        "id_token_signing_alg_values_supported": algs,
        "id_token_encryption_alg_values_supported": ["RSA-OAEP"],
        "id_token_encryption_enc_values_supported": ["A256GCM"],
        "request_object_signing_alg_values_supported": algs,
        "request_object_encryption_alg_values_supported": ["RSA-OAEP"],
        "request_object_encryption_enc_values_supported": ["A256GCM"],
        "authorization_signing_alg_values_supported": algs,
        "token_endpoint_auth_methods_supported": methods.collect::<Vec<_>>(),
        "token_endpoint_auth_signing_alg_values_supported": algs,
        "code_challenge_methods_supported": ["S256"],
        "claims_parameter_supported": true,
        "request_parameter_supported": true,
        "request_uri_parameter_supported": false,
        "require_pushed_authorization_requests": false,
        "tls_client_certificate_bound_access_tokens": true,
    }))
}
