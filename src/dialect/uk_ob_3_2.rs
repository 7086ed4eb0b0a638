//! UK Open Banking Dynamic Client Registration 3.2: one string for the scope, five methods at the
//! token endpoint, and the registered claims of the request repeated in the answer.
//!
//! Where its documents disagree with each other: RS256 is refused although the schema lists it
//! (FAPI 1.0 Advanced §8.6 forbids it), a distinguished name may have 512 characters although the
//! schema says 128, and `aud` need only be there, since banks want different things in it. A strict
//! bank keeps to the schema.

use crate::dialect::claims::{Claim, Shape, claim, unechoed};
use crate::dialect::client_information::client_information;
use crate::dialect::registration::scope_of_roles;
use crate::dialect::route::{delete, read, register, update};
use crate::dialect::{Dialect, RequestForm, Values, refusals, uk_ob};
use crate::domain::client::AuthMethod;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::jws::Algorithm;

/// The rules of version 3.2.
pub const DIALECT: Dialect = Dialect {
    id: "uk-ob-3.2",
    base_path: "/uk-ob-3.2",
    ecosystem: Ecosystem::Uk,
    routes: &[
        register("register"),
        read("register/{ClientId}"),
        update("register/{ClientId}"),
        delete("register/{ClientId}"),
    ],
    request: RequestForm::SignedJwt,
    request_media_type: Some("application/jose"),
    claims: &[JWT_CLAIMS, CLAIMS, SUBJECT_DN],
    dn_claims: &["tls_client_auth_subject_dn"],
    values: Values {
        auth_methods: &AuthMethod::ALL,
        grant_types: &["client_credentials", "authorization_code", "refresh_token"],
        response_types: &["code", "code id_token"],
        application_types: &["web", "mobile"],
        signing_algs: &[Algorithm::Ps256, Algorithm::Es256],
        scopes: uk_ob::SCOPES,
        ciba_modes: &[],
    },
    assertion_tolerance: 0,
    policy: uk_ob::policy,
    checks: uk_ob::checks_without_ciba,
    registration: uk_ob::registration,
    listing: None,
    client_information,
    request_claims: uk_ob::request_claims,
    refusal: refusals::plain,
    discovery: uk_ob::discovery,
};

/// A string or an array of strings (RFC 7519 §4.1.3).
const AUDIENCE: Shape = Shape::Either(&Shape::Text(usize::MAX), &Shape::Texts(usize::MAX));

/// The registered claims of the signed request, and what only the server sets.
pub const JWT_CLAIMS: &[Claim] = &[
    unechoed("iss", Shape::Base62(22)).required(),
    unechoed("iat", Shape::Integer(i64::MIN)).required(),
    unechoed("exp", Shape::Integer(i64::MIN)).required(),
    unechoed("aud", AUDIENCE).required(),
    unechoed("jti", Shape::Text(36)).required(),
    unechoed("client_id", Shape::Text(36)),
    unechoed("client_secret", Shape::Text(36)),
    unechoed("client_id_issued_at", Shape::Integer(0)),
    unechoed("client_secret_expires_at", Shape::Integer(0)),
];

const CLAIMS: &[Claim] = &[
    claim("redirect_uris", Shape::Texts(256))
        .required()
        .or(uk_ob::redirect_uris),
    claim("token_endpoint_auth_method", Shape::Text(60)).required(),
    claim("token_endpoint_auth_signing_alg", Shape::Text(60)),
    claim("grant_types", Shape::Texts(60)).required(),
    claim("response_types", Shape::Texts(60)).or(uk_ob::response_types),
    claim("software_id", Shape::Text(255))
        .strictly(Shape::Base62(22))
        .or_statement("software_id"),
    claim("scope", Shape::Text(256))
        .required()
        .or(scope_of_roles),
    claim("software_statement", Shape::Text(usize::MAX)).required(),
    claim("application_type", Shape::Text(60)).required(),
    claim("id_token_signed_response_alg", Shape::Text(60)).required(),
    claim("request_object_signing_alg", Shape::Text(60)).required(),
];

const SUBJECT_DN: &[Claim] =
    &[claim("tls_client_auth_subject_dn", Shape::Text(512)).strictly(Shape::Text(128))];
