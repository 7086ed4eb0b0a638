//! The claims of a Brazilian registration, in the order of the answer (Raidiam Connect,
//! `GET /reg/{ClientId}`; Open Finance Brasil DCR/DCM 2.0.1).

use serde_json::{Value, json};

use crate::dialect::checks::{auth, brazil, scope};
use crate::dialect::claims::{Claim, Shape, claim, unechoed};
use crate::dialect::facts::Facts;
use crate::dialect::registration::scope_of_roles;
use crate::dialect::uk_ob;
use crate::domain::client::AuthMethod;
use crate::domain::ecosystem::Ecosystem;

const TEXT: Shape = Shape::Text(255);
const ANY_TEXT: Shape = Shape::Text(usize::MAX);

/// What a TPP asks for.
pub(super) const CLAIMS: &[Claim] = &[
    claim("application_type", TEXT).or(|_| Some("web".into())),
    claim("grant_types", Shape::Texts(255)).or(|_| Some(json!(["authorization_code"]))),
    claim("authorization_details_types", Shape::PlainTexts).or(|_| Some(json!([]))),
    claim("id_token_signed_response_alg", TEXT).or(|_| Some("PS256".into())),
    claim("require_auth_time", Shape::Boolean).or(|_| Some(false.into())),
    claim("subject_type", TEXT).or(|_| Some("public".into())),
    claim("response_types", Shape::Texts(255)).or(response_types),
    claim("post_logout_redirect_uris", Shape::Texts(255)).or(|_| Some(json!([]))),
    claim(BOUND_TOKEN, Shape::Boolean).or(bound_tokens),
    claim(BOUND_TOKENS, Shape::Boolean).or(bound_tokens),
    claim("token_endpoint_auth_method", Shape::Text(60))
        .or(|_| Some(AuthMethod::PrivateKeyJwt.as_str().into())),
    claim("token_endpoint_auth_signing_alg", TEXT),
    claim("introspection_endpoint_auth_method", Shape::Text(60)).or(auth_method),
    claim("revocation_endpoint_auth_method", Shape::Text(60)).or(auth_method),
    claim(auth::SUBJECT_DN, Shape::Text(4_096)),
    claim("jwks_uri", Shape::Text(2_048))
        .or(|facts| brazil::statement_jwks_uri(facts).map(Value::from)),
    claim("redirect_uris", Shape::Texts(255))
        .required()
        .or(uk_ob::redirect_uris),
    claim("webhook_uris", Shape::Texts(255)),
    claim("request_object_signing_alg", TEXT).or(|_| Some("PS256".into())),
    claim("require_signed_request_object", Shape::Boolean).or(|_| Some(true.into())),
    claim("require_pushed_authorization_requests", Shape::Boolean).or(|_| Some(false.into())),
    claim("authorization_signed_response_alg", TEXT).or(|_| Some("PS256".into())),
    claim("backchannel_user_code_parameter", Shape::Boolean).or(|_| Some(false.into())),
    claim("default_max_age", Shape::Integer(0)),
    claim("id_token_encrypted_response_alg", TEXT),
    claim("id_token_encrypted_response_enc", TEXT),
    claim("request_object_encryption_alg", TEXT),
    claim("request_object_encryption_enc", TEXT),
    claim("userinfo_signed_response_alg", TEXT),
    claim("scope", Shape::Text(2_048)).or(scope_of_roles),
];

/// What the statement says of the software; a request that says otherwise is overruled (RFC 7591
/// §2.3).
pub(super) const SOFTWARE: &[Claim] = &[
    claim("organisation_id", Shape::Text(40)).or_statement("org_id"),
    claim("organisation_name", TEXT).or_statement("org_name"),
    claim("organisation_number", TEXT).or_statement("org_number"),
    claim("software_roles", Shape::Texts(255)).or(software_roles),
    claim("software_id", TEXT).or_statement("software_id"),
    claim("software_name", TEXT).or_statement("software_client_name"),
    claim("software_description", ANY_TEXT).or_statement("software_client_description"),
    claim("client_name", ANY_TEXT).or_statement("software_client_name"),
    claim("client_uri", ANY_TEXT).or_statement("software_client_uri"),
    claim("logo_uri", ANY_TEXT).or_statement("software_logo_uri"),
    claim("tos_uri", ANY_TEXT).or_statement("software_tos_uri"),
    claim("policy_uri", ANY_TEXT).or_statement("software_policy_uri"),
    claim("software_statement", ANY_TEXT).required(),
];

/// What the server answers of its own.
pub(super) const UNECHOED: &[Claim] = &[
    unechoed("client_id", TEXT),
    unechoed("client_secret", TEXT),
    unechoed("client_id_issued_at", Shape::Integer(0)),
    unechoed("client_secret_expires_at", Shape::Integer(0)),
    unechoed("registration_access_token", ANY_TEXT),
    unechoed("registration_client_uri", ANY_TEXT),
];

/// The flag of RFC 8705 §3.4.
pub(super) const BOUND_TOKENS: &str = "tls_client_certificate_bound_access_tokens";
/// The same without its last letter, as the publication has it besides.
pub(super) const BOUND_TOKEN: &str = "tls_client_certificate_bound_access_token";

/// Whether access tokens are bound to certificates: the plural wins over the singular.
pub(super) fn bound_tokens(facts: &Facts<'_>) -> Option<Value> {
    let claims = facts.claims()?;
    let sent = claims.get(BOUND_TOKENS).or_else(|| claims.get(BOUND_TOKEN));
    Some(
        sent.filter(|sent| !sent.is_null())
            .cloned()
            .unwrap_or(true.into()),
    )
}

fn auth_method(facts: &Facts<'_>) -> Option<Value> {
    auth::method(facts).map(|method| method.as_str().into())
}

/// `code`, where codes are among the grants.
fn response_types(facts: &Facts<'_>) -> Option<Value> {
    let grants = facts.dialect.claim("grant_types")?.registered(facts)?;
    let has_codes = grants
        .as_array()
        .is_some_and(|grants| grants.iter().any(|grant| grant == "authorization_code"));
    Some(if has_codes {
        json!(["code"])
    } else {
        json!([])
    })
}

fn software_roles(facts: &Facts<'_>) -> Option<Value> {
    let statement = facts.statement()?;
    Some(scope::roles(Ecosystem::Brazil, &statement.claims).into())
}
