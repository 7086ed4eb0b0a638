//! The switches of UK Open Banking, from 3.2 on.

use crate::dialect::Dialect;
use crate::dialect::policy::{
    Apply, Audience, BadAuthStatus, ClientError, DnClaim, Duplicates, IssuerMustEqual,
    ManagementToken, MaxAge, Policy, PutClientId, RedirectsDefault, ScopeDefault, ScopeType,
    SecretJwtAlg, Strictness, UnauthorizedBody, UnknownClient, UnknownGrant, WrongMethod,
};
use crate::domain::timespan::TimeSpan;

/// Greatest age of a statement at a strict bank: the directory advises half an hour for one that
/// is carried by hand.
const STATEMENT_AGE: TimeSpan = TimeSpan::seconds(30 * 60);

/// The switches at a strictness.
#[must_use]
pub fn policy(dialect: &Dialect, strictness: Strictness) -> Policy {
    let is_strict = strictness == Strictness::Strict;
    let words = |words: &[&str]| words.iter().map(ToString::to_string).collect::<Vec<_>>();
    Policy {
        content_types: content_types(dialect, strictness),
        aud: if is_strict {
            Audience::Equals
        } else {
            Audience::Any
        },
        iss_must_equal: IssuerMustEqual::SoftwareId,
        dn_claim: DnClaim::WhenNeeded,
        scope_type: ScopeType::Version,
        scope_default: if strictness == Strictness::Lenient {
            ScopeDefault::Roles
        } else {
            ScopeDefault::Reject
        },
        echo_jwt_claims: true,
        allowed_algs: dialect.values.signing_algs.to_vec(),
        secret_jwt_alg: if is_strict {
            SecretJwtAlg::Hs256
        } else {
            SecretJwtAlg::Any
        },
        application_types: words(dialect.values.application_types),
        unknown_grant: if is_strict {
            UnknownGrant::Reject
        } else {
            UnknownGrant::Drop
        },
        auth_methods: dialect.values.auth_methods.to_vec(),
        redirects_default: RedirectsDefault::Statement,
        duplicates: Duplicates::Allow,
        unknown_client: UnknownClient::Unauthorized,
        unauthorized_body: UnauthorizedBody::Empty,
        management_token: ManagementToken::Ccg,
        put_client_id: PutClientId::Optional,
        bad_auth_status: BadAuthStatus {
            missing: ClientError::Unauthorized,
            malformed: ClientError::Unauthorized,
        },
        rotate_rat: false,
        revoke_on_mismatch: false,
        ssa_max_age: MaxAge(is_strict.then_some(STATEMENT_AGE)),
        ssa_single_use: false,
        request_single_use: is_strict,
        certificate_binding: Apply::Check,
        wrong_method: WrongMethod::MethodNotAllowed,
        jwks_uri_required: false,
        echo_ssa: true,
        echo_software_statement: true,
        fapi_headers: Apply::Ignore,
        uri_hosts: Apply::Ignore,
    }
}

/// The version's own media type; `application/jose` and `application/jwt` alike; by lenient banks
/// also what wraps a JWS in JSON or in plain text.
fn content_types(dialect: &Dialect, strictness: Strictness) -> Vec<String> {
    let own = dialect.request_media_type.unwrap_or_default();
    let taken: &[&str] = match strictness {
        Strictness::Strict => &[own],
        Strictness::Conformance => &["application/jose", "application/jwt"],
        Strictness::Lenient => &[
            "application/jose",
            "application/jwt",
            "application/json",
            "text/plain",
        ],
    };
    taken.iter().map(ToString::to_string).collect()
}
