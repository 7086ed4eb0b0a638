//! What every version of UK Open Banking DCR shares.

mod documents;
mod registration;

pub use self::documents::{discovery, request_claims};
pub use self::registration::{client_information, registration};
use crate::dialect::Operation;
use crate::dialect::checks::{
    Check, auth, ciba, key, management, metadata, redirect, request, statement, token, transport,
};
use crate::dialect::fault::{Fault, Refusal};
use crate::domain::error::TokenError;
use crate::domain::role::Role;

/// Scope values and the roles that they need.
pub const SCOPES: &[(&str, Option<Role>)] = &[
    ("openid", None),
    ("accounts", Some(Role::Aisp)),
    ("payments", Some(Role::Pisp)),
    ("fundsconfirmations", Some(Role::Cbpii)),
];

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
        Fault::Full => Refusal::empty(503),
    }
}
