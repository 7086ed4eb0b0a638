//! What every version of UK Open Banking DCR shares.

mod documents;
mod policy;
mod registration;

pub use self::documents::{discovery, request_claims};
pub use self::policy::policy;
pub use self::registration::{redirect_uris, registration, response_types, subject_dn};
use crate::dialect::Operation;
use crate::dialect::checks::{
    Check, auth, certificate, ciba, fapi, jwt_claims, key, management, metadata, redirect,
    replacement, request, software, statement, token, transport,
};
use crate::domain::role::Role;

/// Scope values and the roles that they need.
pub const SCOPES: &[(&str, Option<Role>)] = &[
    ("openid", None),
    ("accounts", Some(Role::Aisp)),
    ("payments", Some(Role::Pisp)),
    ("fundsconfirmations", Some(Role::Cbpii)),
];

/// How the call came.
pub const ARRIVAL: &[&Check] = &[&transport::ROUTE_UNKNOWN, &transport::METHOD_NOT_OFFERED];

/// The certificate of the connection.
pub const CERTIFICATE: &[&Check] = &[
    &transport::CERTIFICATE_MISSING,
    &transport::CERTIFICATE_UNTRUSTED,
];

/// Who may read, replace or delete a client.
const CALLER: &[&Check] = &[
    &management::TOKEN_MISSING,
    &management::TOKEN_MALFORMED,
    &management::TOKEN_INVALID,
    &management::TOKEN_WRONG_KIND,
    &management::TOKEN_CERTIFICATE_MISMATCH,
    &management::TOKEN_OF_ANOTHER_CLIENT,
    &management::CLIENT_UNKNOWN,
    &management::CLIENT_NOT_MANAGEABLE,
];

/// What the caller takes for an answer.
const ANSWER: &[&Check] = &[&fapi::FAPI_HEADER_MALFORMED, &transport::NOT_ACCEPTABLE];

/// What the caller sends.
const BODY: &[&Check] = &[
    &transport::MEDIA_TYPE_UNSUPPORTED,
    &transport::BODY_TOO_LARGE,
];

/// The signed registration request and its statement.
const REQUEST: &[&Check] = &[
    &request::REQUEST_NOT_A_JWS,
    &request::REQUEST_ALG_NOT_ALLOWED,
    &request::REQUEST_TYP_WRONG,
    &request::REQUEST_CRITICAL_HEADER,
    &request::KID_MISSING,
    &request::REQUEST_HEADER_FORBIDDEN,
    &statement::STATEMENT_MISSING,
    &statement::STATEMENT_NOT_A_JWS,
    &statement::STATEMENT_ISSUER_UNTRUSTED,
    &statement::STATEMENT_SIGNATURE_INVALID,
    &software::STATEMENT_INCOMPLETE,
    &key::KEY_UNKNOWN,
    &statement::STATEMENT_UNSIGNED,
    &software::STATEMENT_TOO_OLD,
    &software::STATEMENT_EXPIRED,
    &software::STATEMENT_REUSED,
    &software::ORGANISATION_NOT_ACTIVE,
    &software::SOFTWARE_REVOKED,
    &software::SOFTWARE_MODE_WRONG,
    &software::AUTHORITY_NOT_ACTIVE,
    &request::REQUEST_SIGNATURE_INVALID,
    &key::KEY_NOT_FOR_SIGNING,
    &jwt_claims::ISSUER_MALFORMED,
    &jwt_claims::ISSUER_NOT_THE_SOFTWARE,
    &jwt_claims::ISSUED_IN_THE_FUTURE,
    &jwt_claims::REQUEST_EXPIRED,
    &jwt_claims::AUDIENCE_WRONG,
    &jwt_claims::JTI_MALFORMED,
    &jwt_claims::REQUEST_REPLAYED,
];

/// What the request asks for.
const METADATA: &[&Check] = &[
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
    &software::SOFTWARE_ROLES_MISSING,
    &metadata::SOFTWARE_ID_MISMATCH,
    &metadata::APPLICATION_TYPE_WRONG,
    &metadata::SIGNING_ALG_WRONG,
];

/// Client initiated backchannel authentication, from 3.3 on.
const CIBA: &[&Check] = &[&ciba::CIBA_CLAIMS_WRONG];

/// What binds a replacing request to its path.
const REPLACEMENT: &[&Check] = &[&replacement::CLIENT_ID_MISMATCH];

/// What binds a replacing request to its client.
const SAME_CLIENT: &[&Check] = &[&replacement::SOFTWARE_CHANGED];

/// What binds the request to its certificate and its past.
const BINDING: &[&Check] = &[
    &certificate::CERTIFICATE_NOT_THE_TPPS,
    &redirect::URI_HOST_MISMATCH,
    &software::SOFTWARE_ALREADY_REGISTERED,
];

/// The token request; its form is judged before its size.
pub const TOKEN: &[&Check] = &[
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

/// The checks of an operation, in order, up to 3.2.
#[must_use]
pub fn checks_without_ciba(operation: Operation) -> &'static [&'static [&'static Check]] {
    match operation {
        Operation::Register => &[
            ARRIVAL,
            CERTIFICATE,
            ANSWER,
            BODY,
            REQUEST,
            METADATA,
            BINDING,
        ],
        Operation::Update => &[
            ARRIVAL,
            CERTIFICATE,
            CALLER,
            ANSWER,
            BODY,
            REQUEST,
            METADATA,
            REPLACEMENT,
            BINDING,
            SAME_CLIENT,
        ],
        other => checks(other),
    }
}

/// The checks of an operation, in order, from 3.3 on.
#[must_use]
pub fn checks(operation: Operation) -> &'static [&'static [&'static Check]] {
    match operation {
        Operation::Register => &[
            ARRIVAL,
            CERTIFICATE,
            ANSWER,
            BODY,
            REQUEST,
            METADATA,
            CIBA,
            BINDING,
        ],
        Operation::Update => &[
            ARRIVAL,
            CERTIFICATE,
            CALLER,
            ANSWER,
            BODY,
            REQUEST,
            METADATA,
            CIBA,
            REPLACEMENT,
            BINDING,
            SAME_CLIENT,
        ],
        Operation::Read | Operation::Delete => &[ARRIVAL, CERTIFICATE, CALLER, ANSWER],
        Operation::Token => &[ARRIVAL, CERTIFICATE, TOKEN],
        _ => &[],
    }
}
