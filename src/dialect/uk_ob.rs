//! What every version of UK Open Banking DCR shares.

use serde_json::{Value, json};

use crate::dialect::checks::{
    Check, auth, ciba, key, management, metadata, redirect, request, statement, token, transport,
};
use crate::dialect::facts::{Applicant, Facts};
use crate::dialect::fault::{Fault, Refusal};
use crate::dialect::{Dialect, Operation};
use crate::domain::client::{AuthMethod, Client, Registration};
use crate::domain::distinguished_name::DistinguishedName;
use crate::domain::error::TokenError;
use crate::domain::ids::OrgId;
use crate::domain::json::Object;
use crate::domain::role::Role;

/// The certificate of the connection.
const CERTIFICATE: &[&Check] = &[
    &transport::CERTIFICATE_MISSING,
    &transport::CERTIFICATE_UNTRUSTED,
];

/// Who may read, replace or delete a client.
const CALLER: &[&Check] = &[
    &management::TOKEN_MISSING,
    &management::TOKEN_MALFORMED,
    &management::TOKEN_INVALID,
    &management::TOKEN_CERTIFICATE_MISMATCH,
    &management::TOKEN_OF_ANOTHER_CLIENT,
    &management::CLIENT_UNKNOWN,
    &management::CLIENT_NOT_MANAGEABLE,
];

/// What the caller takes for an answer.
const ANSWER: &[&Check] = &[&transport::NOT_ACCEPTABLE];

/// What the caller sends.
const BODY: &[&Check] = &[
    &transport::MEDIA_TYPE_UNSUPPORTED,
    &transport::BODY_TOO_LARGE,
];

/// The signed registration request.
const REQUEST: &[&Check] = &[
    &request::REQUEST_NOT_A_JWS,
    &request::REQUEST_ALG_NOT_ALLOWED,
    &request::REQUEST_CRITICAL_HEADER,
    &request::KID_MISSING,
    &statement::STATEMENT_MISSING,
    &statement::STATEMENT_NOT_A_JWS,
    &statement::STATEMENT_ISSUER_UNTRUSTED,
    &statement::STATEMENT_SIGNATURE_INVALID,
    &key::KEY_UNKNOWN,
    &statement::STATEMENT_UNSIGNED,
    &statement::STATEMENT_TOO_OLD,
    &statement::STATEMENT_EXPIRED,
    &statement::ORGANISATION_NOT_ACTIVE,
    &statement::SOFTWARE_REVOKED,
    &request::REQUEST_SIGNATURE_INVALID,
    &key::KEY_NOT_FOR_SIGNING,
    &request::ISSUER_MALFORMED,
    &request::ISSUER_NOT_THE_SOFTWARE,
    &request::ISSUED_IN_THE_FUTURE,
    &request::REQUEST_EXPIRED,
    &request::AUDIENCE_WRONG,
    &request::JTI_MALFORMED,
    &metadata::CLAIM_MALFORMED,
    &redirect::REDIRECT_URI_MALFORMED,
    &redirect::REDIRECT_URI_NOT_IN_STATEMENT,
    &redirect::REDIRECT_URIS_MISSING,
    &auth::AUTH_METHOD_NOT_SUPPORTED,
    &auth::AUTH_SIGNING_ALG_WRONG,
    &auth::SUBJECT_DN_MISSING,
    &auth::SUBJECT_DN_MISMATCH,
    &metadata::GRANT_TYPE_NOT_SUPPORTED,
    &metadata::RESPONSE_TYPE_NOT_SUPPORTED,
    &metadata::SCOPE_NOT_ALLOWED,
    &metadata::SCOPE_MISSING,
    &statement::SOFTWARE_ROLES_MISSING,
    &metadata::SOFTWARE_ID_MISMATCH,
    &metadata::APPLICATION_TYPE_WRONG,
    &metadata::SIGNING_ALG_WRONG,
    &ciba::CIBA_CLAIMS_WRONG,
    &metadata::CLIENT_ID_MISMATCH,
    &auth::CERTIFICATE_NOT_THE_TPPS,
];

/// The token request; its form is judged before its size.
const TOKEN: &[&Check] = &[
    &token::FORM_EXPECTED,
    &transport::BODY_TOO_LARGE,
    &token::TOKEN_REQUEST_MALFORMED,
    &token::CLIENT_AUTHENTICATION_AMBIGUOUS,
    &token::CLIENT_AUTHENTICATION_FAILED,
    &token::GRANT_TYPE_MISSING,
    &token::GRANT_TYPE_UNKNOWN,
    &token::GRANT_NOT_REGISTERED,
    &token::SCOPE_NOT_GRANTED,
];

/// The checks of an operation, in order.
pub fn checks(operation: Operation) -> &'static [&'static [&'static Check]] {
    match operation {
        Operation::Register => &[CERTIFICATE, ANSWER, BODY, REQUEST],
        Operation::Update => &[CERTIFICATE, CALLER, ANSWER, BODY, REQUEST],
        Operation::Read | Operation::Delete => &[CERTIFICATE, CALLER, ANSWER],
        Operation::Token => &[CERTIFICATE, TOKEN],
        Operation::Discovery | Operation::Jwks => &[],
    }
}

/// The answers of UK Open Banking: a body on 400 only, and on the token endpoint.
pub fn refusal(fault: Fault, description: &str, realm: &str) -> Refusal {
    match fault {
        Fault::RouteUnknown => Refusal::empty(404),
        Fault::MethodNotOffered => Refusal::empty(405),
        Fault::NotAcceptable => Refusal::empty(406),
        Fault::BodyTimeout => Refusal::empty(408),
        Fault::BodyTooLarge => Refusal::empty(413),
        Fault::TargetTooLong => Refusal::empty(414),
        Fault::UnsupportedMediaType => Refusal::empty(415),
        Fault::HeadersTooLarge => Refusal::empty(431),
        Fault::BodyUnreadable => Refusal::empty(400),
        Fault::TokenMissing => {
            Refusal::empty(401).with_header("www-authenticate", format!("Bearer realm=\"{realm}\""))
        }
        Fault::TokenInvalid => Refusal::empty(401).with_header(
            "www-authenticate",
            format!("Bearer realm=\"{realm}\", error=\"invalid_token\""),
        ),
        Fault::Forbidden => Refusal::empty(403),
        Fault::Registration(error) => Refusal::error(400, error.code(), description),
        Fault::CertificateRefused | Fault::Token(TokenError::InvalidClient) => {
            Refusal::error(401, TokenError::InvalidClient.code(), description)
        }
        Fault::Token(error) => Refusal::error(400, error.code(), description),
        Fault::TokenChallenge => Refusal::error(401, TokenError::InvalidClient.code(), description)
            .with_header("www-authenticate", format!("Basic realm=\"{realm}\"")),
        Fault::Internal => Refusal::empty(500),
    }
}

/// JWT claims that 3.2 and later repeat in the answer.
const JWT_CLAIMS: [&str; 5] = ["iss", "iat", "exp", "aud", "jti"];

/// What a request that passed every check registers, for 3.2 and later: the claims of the table
/// with their defaults, the JWT claims, and the statement's claims at top level.
///
/// `None` only where a check that must have passed did not.
pub fn registration(facts: &Facts<'_>) -> Option<Registration> {
    let (claims, statement) = (facts.claims()?, &facts.statement()?.claims);
    let metadata = metadata(facts, claims, statement);
    let text = |name: &str| metadata.get(name).and_then(Value::as_str);
    let words = |name: &str| -> Vec<String> {
        let values = metadata::texts(&metadata, name).unwrap_or_default();
        values.into_iter().map(str::to_owned).collect()
    };
    Some(Registration {
        software_id: facts.software_id()?,
        org_id: OrgId::new(
            statement
                .get("org_id")
                .and_then(Value::as_str)
                .unwrap_or_default(),
        ),
        auth_method: auth::method(facts)?,
        auth_signing_alg: text("token_endpoint_auth_signing_alg").and_then(|alg| alg.parse().ok()),
        subject_dn: text(auth::SUBJECT_DN).and_then(|dn| DistinguishedName::parse(dn).ok()),
        grant_types: words("grant_types"),
        scope: text("scope")
            .unwrap_or_default()
            .split_ascii_whitespace()
            .map(str::to_owned)
            .collect(),
        metadata,
    })
}

fn metadata(facts: &Facts<'_>, claims: &Object, statement: &Object) -> Object {
    let mut metadata = Object::new();
    for claim in facts.dialect.claims.iter().filter(|claim| claim.echoed) {
        if let Some(value) = claims
            .get(claim.name)
            .cloned()
            .or_else(|| default(facts, claim.name))
        {
            metadata.insert(claim.name.to_owned(), value);
        }
    }
    for name in JWT_CLAIMS {
        if let Some(value) = claims.get(name) {
            metadata.insert(name.to_owned(), value.clone());
        }
    }
    for (name, value) in statement {
        if !JWT_CLAIMS.contains(&name.as_str()) && !SERVER_OWNED.contains(&name.as_str()) {
            metadata
                .entry(name.clone())
                .or_insert_with(|| value.clone());
        }
    }
    metadata
}

/// What is registered for a claim that the request leaves out.
fn default(facts: &Facts<'_>, name: &str) -> Option<Value> {
    match name {
        "redirect_uris" => redirect::of_statement(facts).map(Value::from),
        "response_types" => {
            let grants = metadata::texts(facts.claims()?, "grant_types")?;
            grants
                .contains(&"authorization_code")
                .then(|| json!(["code id_token"]))
        }
        "software_id" => Some(facts.software_id()?.as_str().into()),
        _ => None,
    }
}

/// Members of the answer that only the server sets (RFC 7591 §3.2.1).
const SERVER_OWNED: [&str; 4] = [
    "client_id",
    "client_secret",
    "client_id_issued_at",
    "client_secret_expires_at",
];

/// The client information response: what the server owns, then what was registered.
pub fn client_information(client: &Client) -> Object {
    let mut body = Object::new();
    body.insert("client_id".to_owned(), client.id.as_str().into());
    body.insert("client_id_issued_at".to_owned(), client.created_at.into());
    if let Some(secret) = &client.secret {
        body.insert("client_secret".to_owned(), secret.reveal().into());
        // 0: it never expires (RFC 7591 §3.2.1).
        body.insert("client_secret_expires_at".to_owned(), 0.into());
    }
    body.extend(client.registration.metadata.clone());
    body
}

/// The claims of an ordinary registration request, for 3.2 and later.
pub fn request_claims(applicant: &Applicant<'_>) -> Object {
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
    if applicant.auth_method.uses_assertion() {
        claims["token_endpoint_auth_signing_alg"] = "PS256".into();
    }
    if applicant.auth_method == AuthMethod::TlsClientAuth {
        claims[auth::SUBJECT_DN] = applicant.subject_dn.into();
    }
    match claims {
        Value::Object(claims) => claims,
        // `json!` of braces makes an object.
        _ => Object::new(),
    }
}

/// Scope values and the roles that they need.
pub const SCOPES: &[(&str, Option<Role>)] = &[
    ("openid", None),
    ("accounts", Some(Role::Aisp)),
    ("payments", Some(Role::Pisp)),
    ("fundsconfirmations", Some(Role::Cbpii)),
];

/// The members of the discovery document that follow from the tables
/// (`OpenID` Connect Discovery §3, RFC 8414 §2, RFC 8705 §3.3).
pub fn discovery(dialect: &Dialect) -> Object {
    let values = &dialect.values;
    let algs: Vec<&str> = values.signing_algs.iter().map(|alg| alg.as_str()).collect();
    let methods: Vec<&str> = values
        .auth_methods
        .iter()
        .map(|method| method.as_str())
        .collect();
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
        "token_endpoint_auth_signing_alg_values_supported": algs,
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
    match document {
        Value::Object(document) => document,
        // `json!` of braces makes an object.
        _ => Object::new(),
    }
}
