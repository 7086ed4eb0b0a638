//! Raidiam Connect's directory: lists the clients of the ecosystem, and hands out statements. No
//! client is registered here; each software that is listed is one.

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::macros::format_description;

use crate::dialect::checks::directory::SCOPE;
use crate::dialect::checks::{Check, directory, fapi, management, token, transport};
use crate::dialect::client_information::ClientInformation;
use crate::dialect::fault::{Fault, Refusal};
use crate::dialect::policy::{
    Apply, Policy, Strictness, UnauthorizedBody, UnknownClient, WrongMethod,
};
use crate::dialect::refusals::{Asked, errors, plain};
use crate::dialect::registry::{Entry, Listing};
use crate::dialect::route::get;
use crate::dialect::uk_ob::{ARRIVAL, CERTIFICATE};
use crate::dialect::{Dialect, Operation, RequestForm, Values, open_finance_brasil, uk_ob};
use crate::domain::client::{AuthMethod, Metadata, Registration};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::json::{self, Object};
use crate::domain::jws::Algorithm;

/// The rules of the directory.
pub const DIALECT: Dialect = Dialect {
    id: "raidiam-directory",
    base_path: "/raidiam-directory",
    ecosystem: Ecosystem::Uk,
    routes: &[
        get(Operation::Clients, "clients"),
        get(Operation::Client, "clients/{ClientId}"),
        get(
            Operation::Assertion,
            "organisations/{OrganisationId}/softwarestatements/{SoftwareStatementId}/assertion",
        ),
    ],
    request: RequestForm::None,
    request_media_type: None,
    claims: &[],
    dn_claims: &[],
    values: Values {
        auth_methods: &[AuthMethod::TlsClientAuth, AuthMethod::PrivateKeyJwt],
        grant_types: &["client_credentials"],
        response_types: &[],
        application_types: &[],
        signing_algs: &[Algorithm::Ps256, Algorithm::Es256],
        scopes: &[(SCOPE, None)],
        ciba_modes: &[],
    },
    assertion_tolerance: 0,
    policy,
    checks,
    registration: |_| None,
    listing: Some(Listing {
        registration: listed,
        client: client_object,
    }),
    client_information: |_, _| ClientInformation::default(),
    request_claims: |_, _| Object::new(),
    refusal,
    discovery,
};

fn policy(dialect: &Dialect, strictness: Strictness) -> Policy {
    Policy {
        unknown_client: UnknownClient::NotFound,
        unauthorized_body: UnauthorizedBody::Empty,
        wrong_method: WrongMethod::MethodNotAllowed,
        fapi_headers: if strictness == Strictness::Strict {
            Apply::Check
        } else {
            Apply::Ignore
        },
        ..uk_ob::policy(dialect, strictness)
    }
}

const CALLER: &[&Check] = &[
    &management::TOKEN_MISSING,
    &management::TOKEN_MALFORMED,
    &management::TOKEN_INVALID,
    &management::TOKEN_CERTIFICATE_MISMATCH,
    &directory::TOKEN_SCOPE_INSUFFICIENT,
    &directory::CALLER_NOT_ACTIVE,
    &fapi::FAPI_HEADER_MALFORMED,
];
const LIST: &[&Check] = &[&transport::NOT_ACCEPTABLE, &directory::QUERY_MALFORMED];
const ITEM: &[&Check] = &[
    &transport::NOT_ACCEPTABLE,
    &directory::CLIENT_ID_MALFORMED,
    &directory::ENTRY_UNKNOWN,
];
const STATEMENT: &[&Check] = &[&directory::ENTRY_UNKNOWN, &directory::STATEMENT_OF_ANOTHER];

fn checks(operation: Operation) -> &'static [&'static [&'static Check]] {
    match operation {
        Operation::Clients => &[ARRIVAL, CERTIFICATE, CALLER, LIST],
        Operation::Client => &[ARRIVAL, CERTIFICATE, CALLER, ITEM],
        Operation::Assertion => &[ARRIVAL, CERTIFICATE, CALLER, STATEMENT],
        Operation::Token => &[ARRIVAL, CERTIFICATE, TOKEN],
        _ => &[],
    }
}

const TOKEN: &[&Check] = &[
    &token::FORM_EXPECTED,
    &transport::BODY_TOO_LARGE,
    &token::TOKEN_REQUEST_MALFORMED,
    &token::CLIENT_AUTHENTICATION_AMBIGUOUS,
    &token::CLIENT_AUTHENTICATION_FAILED,
    &token::GRANT_TYPE_MISSING,
    &token::GRANT_TYPE_UNKNOWN,
    &token::SCOPE_NOT_GRANTED,
];

/// A listed software as a client of the token endpoint: by its certificate or by an assertion, for
/// the directory's scope.
fn listed(entry: &Entry) -> Registration {
    Registration {
        software_id: entry.software_id.clone(),
        org_id: entry.org_id.clone(),
        auth_methods: DIALECT.values.auth_methods.to_vec(),
        auth_signing_alg: None,
        subject_dn: None,
        grant_types: vec!["client_credentials".to_owned()],
        scope: vec![SCOPE.to_owned()],
        metadata: Metadata::of(&Object::new()),
    }
}

/// `{"errors": […]}` on 400 and 404, an empty body on the others.
fn refusal(fault: Fault, asked: &Asked<'_>) -> Refusal {
    match fault {
        Fault::CertificateRefused => Refusal::empty(401),
        Fault::FapiHeaderMalformed
        | Fault::QueryMalformed
        | Fault::IdMalformed
        | Fault::BodyUnreadable => errors(400, asked.description),
        Fault::RouteUnknown => errors(404, asked.description),
        Fault::ClientUnknown if asked.policy.unknown_client == UnknownClient::NotFound => {
            errors(404, asked.description)
        }
        other => plain(other, asked),
    }
}

fn discovery(dialect: &Dialect, policy: &Policy) -> Object {
    let algs: Vec<&str> = policy.allowed_algs.iter().map(|alg| alg.as_str()).collect();
    let methods = policy.auth_methods.iter().map(|method| method.as_str());
    json::members(json!({
        "response_types_supported": dialect.values.response_types,
        "grant_types_supported": dialect.values.grant_types,
        "scopes_supported": [SCOPE],
        "subject_types_supported": ["public"],
        "id_token_signing_alg_values_supported": algs,
        "token_endpoint_auth_methods_supported": methods.collect::<Vec<_>>(),
        "token_endpoint_auth_signing_alg_values_supported": algs,
        "tls_client_certificate_bound_access_tokens": true,
    }))
}

const INSTANT: &[BorrowedFormatItem<'_>] =
    format_description!("[year]-[month]-[day]T[hour]:[minute]:[second].[subsecond digits:3]Z");

/// Milliseconds since the epoch as `2024-07-29T15:51:28.071Z`.
fn instant(milliseconds: i64) -> String {
    let at = OffsetDateTime::from_unix_timestamp_nanos(i128::from(milliseconds) * 1_000_000);
    at.ok()
        .and_then(|at| at.format(INSTANT).ok())
        .unwrap_or_default()
}

/// One client as it is listed (Raidiam Connect, `GET /clients/{ClientId}`).
fn client_object(entry: &Entry, jwks_uri: &str) -> Object {
    let page = |path: &str| format!("https://{}/{path}", entry.host);
    let roles: Vec<&str> = entry.roles.iter().map(|role| role.as_str()).collect();
    let scopes = match entry.ecosystem {
        Ecosystem::Uk => uk_ob::SCOPES,
        Ecosystem::Brazil => open_finance_brasil::DIALECT.values.scopes,
    };
    let scope: Vec<&str> = scopes
        .iter()
        .filter(|(_, role)| role.is_none_or(|role| entry.roles.contains(&role)))
        .map(|(value, _)| *value)
        .collect();
    json::members(json!({
        "redirect_uris": entry.redirect_uris,
        "post_logout_redirect_uris": Vec::<Value>::new(),
        "token_endpoint_auth_method": AuthMethod::PrivateKeyJwt.as_str(),
        "use_mtls_endpoint_aliases": true,
        "grant_types": ["authorization_code", "refresh_token", "client_credentials"],
        "authorization_details_types": Vec::<Value>::new(),
        "response_types": ["code id_token"],
        "client_name": entry.name,
        "client_uri": page(""),
        "homepage_uri": page(""),
        "logo_uri": page("logo.svg"),
        "scope": scope.join(" "),
        "tos_uri": page("terms"),
        "policy_uri": page("policy"),
        "jwks_uri": jwks_uri,
        "software_id": entry.software_id,
        "software_version": entry.version,
        "client_id": entry.software_id,
        "claims": ["sub", "acr"],
        "claims_in_verified_claims": Vec::<Value>::new(),
        "roles": roles,
        "subject_type": "public",
        "sector_identifier_uri": page("sector.json"),
        "application_type": "web",
        "client_description": entry.description,
        "status": entry.status.as_str(),
        "organisation_id": entry.org_id,
        "org_id": entry.org_id,
        "last_updated": instant(entry.updated_at),
        "openid_federation_enabled": false,
        "openid_federation_entity_management_type": "openid_entity_self_managed",
    }))
}
