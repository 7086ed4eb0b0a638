//! Open Finance Brasil's registration at `/reg`: a JSON body, a registration access token, and the
//! engine (node oidc-provider) that many of its banks run.
//!
//! Where its documents disagree: a missing `jwks_uri` is taken, a software may register again, and
//! RS256 is refused although one enumeration lists it.

mod answers;
mod policy;
mod registration;
mod tables;

use crate::dialect::checks::{
    Check, auth, brazil, certificate, fapi, management, metadata, redirect, replacement, software,
    statement, transport,
};
use crate::dialect::client_information::client_information;
use crate::dialect::route::{delete, read, register, update};
use crate::dialect::uk_ob::{ARRIVAL, CERTIFICATE, TOKEN};
use crate::dialect::{Dialect, Operation, RequestForm, Values};
use crate::domain::client::AuthMethod;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::jws::Algorithm;
use crate::domain::role::Role;

/// The rules of Open Finance Brasil.
pub const DIALECT: Dialect = Dialect {
    id: "open-finance-brasil",
    base_path: "/open-finance-brasil",
    ecosystem: Ecosystem::Brazil,
    routes: &[
        register("reg"),
        read("reg/{ClientId}"),
        update("reg/{ClientId}"),
        delete("reg/{ClientId}"),
    ],
    request: RequestForm::Json,
    request_media_type: Some("application/json"),
    claims: &[tables::CLAIMS, tables::SOFTWARE, tables::UNECHOED],
    dn_claims: &[auth::SUBJECT_DN],
    values: Values {
        auth_methods: &[AuthMethod::PrivateKeyJwt, AuthMethod::TlsClientAuth],
        grant_types: &[
            "authorization_code",
            "implicit",
            "refresh_token",
            "client_credentials",
        ],
        response_types: &["code id_token", "code"],
        application_types: &["web", "native"],
        signing_algs: &[Algorithm::Ps256],
        scopes: SCOPES,
        ciba_modes: &[],
    },
    // Open Finance Brasil security profile: clocks may differ by a minute.
    assertion_tolerance: 60,
    policy: policy::policy,
    checks,
    registration: registration::registration,
    listing: None,
    client_information,
    request_claims: registration::request_claims,
    refusal: answers::refusal,
    discovery: answers::discovery,
};

/// Scope values and the roles that they need (Open Finance Brasil DCR, regulatory roles).
const SCOPES: &[(&str, Option<Role>)] = &[
    ("openid", None),
    ("accounts", Some(Role::Dados)),
    ("credit-cards-accounts", Some(Role::Dados)),
    ("consents", Some(Role::Dados)),
    ("customers", Some(Role::Dados)),
    ("invoice-financings", Some(Role::Dados)),
    ("financings", Some(Role::Dados)),
    ("loans", Some(Role::Dados)),
    ("unarranged-accounts-overdraft", Some(Role::Dados)),
    ("resources", Some(Role::Dados)),
    ("payments", Some(Role::Pagto)),
];

/// Who may read, replace or delete a client.
const CALLER: &[&Check] = &[
    &management::TOKEN_MISSING,
    &management::TOKEN_MALFORMED,
    &management::TOKEN_INVALID,
    &management::TOKEN_WRONG_KIND,
    &management::TOKEN_OF_ANOTHER_CLIENT,
    &management::CLIENT_UNKNOWN,
    &management::TOKEN_CERTIFICATE_MISMATCH,
    &management::CLIENT_NOT_MANAGEABLE,
];

const HEADERS: &[&Check] = &[&fapi::FAPI_HEADER_MALFORMED];

/// What the caller sends; nothing is said of `Accept`, which the engine passes over.
const BODY: &[&Check] = &[
    &transport::MEDIA_TYPE_UNSUPPORTED,
    &transport::BODY_TOO_LARGE,
    &brazil::BODY_NOT_A_JSON_OBJECT,
];

/// What holds for a request that replaces a client.
const REPLACEMENT: &[&Check] = &[
    &replacement::SERVER_OWNED_FIELD_SENT,
    &replacement::CLIENT_ID_NOT_THE_PATHS,
    &replacement::CLIENT_SECRET_MISMATCH,
];

const SAME_CLIENT: &[&Check] = &[&replacement::SOFTWARE_CHANGED];

const STATEMENT: &[&Check] = &[
    &statement::STATEMENT_MISSING,
    &statement::STATEMENT_NOT_A_JWS,
    &statement::STATEMENT_ISSUER_UNTRUSTED,
    &statement::STATEMENT_SIGNATURE_INVALID,
    &statement::STATEMENT_UNSIGNED,
    &software::STATEMENT_INCOMPLETE,
    &software::STATEMENT_TOO_OLD,
    &software::STATEMENT_EXPIRED,
    &software::STATEMENT_REUSED,
    &software::ORGANISATION_NOT_ACTIVE,
    &software::SOFTWARE_REVOKED,
    &software::SOFTWARE_MODE_WRONG,
    &software::AUTHORITY_NOT_ACTIVE,
];

const METADATA: &[&Check] = &[
    &brazil::JWKS_BY_VALUE,
    &brazil::JWKS_URI_MISMATCH,
    &metadata::CLAIM_MALFORMED,
    &redirect::REDIRECT_URIS_LEFT_OUT,
    &redirect::REDIRECT_URI_NOT_OF_THE_WEB,
    &redirect::REDIRECT_URI_NOT_IN_STATEMENT,
    &brazil::WEBHOOK_URI_NOT_IN_STATEMENT,
    &auth::AUTH_METHOD_NOT_SUPPORTED,
    &brazil::ENDPOINT_AUTH_METHOD_NOT_SUPPORTED,
    &brazil::SUBJECT_ALTERNATIVE_NAME_REFUSED,
    &auth::SUBJECT_DN_MISSING,
    &auth::SUBJECT_DN_NOT_THE_CERTIFICATES,
    &metadata::GRANT_TYPE_NOT_SUPPORTED,
    &metadata::RESPONSE_TYPE_NOT_SUPPORTED,
    &metadata::SCOPE_NOT_ALLOWED,
    &metadata::APPLICATION_TYPE_WRONG,
    &brazil::SUBJECT_TYPE_WRONG,
    &brazil::SIGNING_ALG_WRONG,
    &brazil::ENCRYPTION_ALG_WRONG,
];

const BINDING: &[&Check] = &[
    &certificate::CERTIFICATE_SOFTWARE_MISMATCH,
    &certificate::CERTIFICATE_ORGANISATION_MISMATCH,
    &redirect::URI_HOST_MISMATCH,
    &software::STATEMENT_ALREADY_REGISTERED,
];

fn checks(operation: Operation) -> &'static [&'static [&'static Check]] {
    match operation {
        Operation::Register => &[
            ARRIVAL,
            CERTIFICATE,
            HEADERS,
            BODY,
            STATEMENT,
            METADATA,
            BINDING,
        ],
        Operation::Update => &[
            ARRIVAL,
            CERTIFICATE,
            HEADERS,
            CALLER,
            BODY,
            REPLACEMENT,
            STATEMENT,
            METADATA,
            BINDING,
            SAME_CLIENT,
        ],
        Operation::Read | Operation::Delete => &[ARRIVAL, CERTIFICATE, HEADERS, CALLER],
        Operation::Token => &[ARRIVAL, CERTIFICATE, TOKEN],
        _ => &[],
    }
}
