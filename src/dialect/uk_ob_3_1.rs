//! UK Open Banking Dynamic Client Registration 3.1 as a private bank publishes it: no PUT, the
//! scope as an array, `tls_client_auth_dn`, two methods at the token endpoint, and exactly the
//! published members in the answer.
//!
//! Where its documents disagree: `iss` may be the organisation or the software, whose ids are
//! longer than the schema's 18 characters; RS256 is taken, since the schema lists it. A strict bank
//! keeps to the schema, and to the algorithms of FAPI.

use serde_json::Value;

use crate::dialect::applicant::Applicant;
use crate::dialect::checks::{auth, scope};
use crate::dialect::claims::{Claim, Shape, claim, unechoed};
use crate::dialect::facts::Facts;
use crate::dialect::policy::{
    DnClaim, IssuerMustEqual, Policy, ScopeDefault, ScopeType, Strictness,
};
use crate::dialect::route::{delete, read, register};
use crate::dialect::{Dialect, Values, uk_ob, uk_ob_3_2};
use crate::domain::client::AuthMethod;
use crate::domain::json::Object;
use crate::domain::jws::Algorithm;

/// The rules of version 3.1.
pub const DIALECT: Dialect = Dialect {
    id: "uk-ob-3.1",
    base_path: "/uk-ob-3.1",
    routes: &[
        register("register"),
        read("register/{ClientId}"),
        delete("register/{ClientId}"),
    ],
    request_media_type: Some("application/jwt"),
    claims: &[ISSUER, JWT_CLAIMS, CLAIMS],
    dn_claims: &[auth::DN, auth::SUBJECT_DN],
    values: Values {
        auth_methods: &[AuthMethod::TlsClientAuth, AuthMethod::PrivateKeyJwt],
        signing_algs: &[Algorithm::Ps256, Algorithm::Es256, Algorithm::Rs256],
        ..uk_ob_3_2::DIALECT.values
    },
    policy,
    request_claims,
    ..uk_ob_3_2::DIALECT
};

/// The switches of version 3.2 but for what only 3.1 knows.
#[must_use]
pub fn policy(dialect: &Dialect, strictness: Strictness) -> Policy {
    let is_strict = strictness == Strictness::Strict;
    let mut policy = uk_ob::policy(dialect, strictness);
    policy.iss_must_equal = IssuerMustEqual::Either;
    policy.scope_default = ScopeDefault::Roles;
    policy.echo_jwt_claims = false;
    policy.echo_ssa = false;
    if is_strict {
        policy.dn_claim = DnClaim::Always;
        policy.allowed_algs = uk_ob_3_2::DIALECT.values.signing_algs.to_vec();
    }
    if strictness == Strictness::Lenient {
        policy.scope_type = ScopeType::Either;
    }
    policy
}

/// The request of 3.2 in the types and names of 3.1; its `iss` is the organisation, whose id has
/// the 18 characters of the schema, and it names the subject of the certificate whatever the method,
/// as the schema wants.
#[must_use]
pub fn request_claims(dialect: &Dialect, applicant: &Applicant<'_>) -> Object {
    let mut claims = uk_ob::request_claims(dialect, applicant);
    claims.insert("iss".to_owned(), applicant.org_id.as_str().into());
    let subject_dn = applicant.subject_dn.into();
    claims.insert(dialect.dn_claim().to_owned(), subject_dn);
    if let Some(scope) = claims.get_mut("scope") {
        *scope = scope::values(scope).unwrap_or_default().into();
    }
    claims
}

const ISSUER: &[Claim] = &[unechoed("iss", Shape::Base62(22))
    .strictly(Shape::Base62(18))
    .required()];

const JWT_CLAIMS: &[Claim] = uk_ob_3_2::JWT_CLAIMS.split_at(1).1;

const CLAIMS: &[Claim] = &[
    claim("redirect_uris", Shape::Texts(256))
        .required()
        .or(uk_ob::redirect_uris),
    claim("token_endpoint_auth_method", Shape::Text(60)).required(),
    claim("grant_types", Shape::Texts(60)).required(),
    claim("response_types", Shape::Texts(60)).or(uk_ob::response_types),
    claim("software_id", Shape::Text(255)).or_statement("software_id"),
    claim("scope", Shape::Texts(32)).or(scope_of_roles),
    claim("software_statement", Shape::Text(usize::MAX)).required(),
    claim("application_type", Shape::Text(60)).required(),
    claim("id_token_signed_response_alg", Shape::Text(60)).required(),
    claim("request_object_signing_alg", Shape::Text(60)).required(),
    claim("token_endpoint_auth_signing_alg", Shape::Text(60)),
    claim("tls_client_auth_dn", Shape::Text(512))
        .strictly(Shape::Text(128))
        .required()
        .or(uk_ob::subject_dn),
    unechoed("tls_client_auth_subject_dn", Shape::Text(512)),
];

fn scope_of_roles(facts: &Facts<'_>) -> Option<Value> {
    let is_default = facts.policy.scope_default == ScopeDefault::Roles;
    is_default.then(|| scope::allowed(facts).into())
}
