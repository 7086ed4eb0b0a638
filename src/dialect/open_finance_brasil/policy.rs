//! The switches of Open Finance Brasil.

use crate::dialect::policy::{
    Apply, Audience, BadAuthStatus, ClientError, DnClaim, Duplicates, IssuerMustEqual,
    ManagementToken, MaxAge, Policy, PutClientId, RedirectsDefault, ScopeDefault, ScopeType,
    SecretJwtAlg, Strictness, UnauthorizedBody, UnknownClient, UnknownGrant, WrongMethod,
};
use crate::dialect::{Dialect, uk_ob};
use crate::domain::jws::Algorithm;
use crate::domain::timespan::TimeSpan;

/// Greatest age of a statement (Open Finance Brasil DCR §7.1, item 3).
const STATEMENT_AGE: TimeSpan = TimeSpan::seconds(5 * 60);

/// The switches at a strictness.
pub(super) fn policy(dialect: &Dialect, strictness: Strictness) -> Policy {
    let is_strict = strictness == Strictness::Strict;
    let mut allowed_algs = dialect.values.signing_algs.to_vec();
    if strictness == Strictness::Lenient {
        allowed_algs.push(Algorithm::Rs256);
    }
    Policy {
        content_types: vec!["application/json".to_owned()],
        aud: Audience::Any,
        iss_must_equal: IssuerMustEqual::SoftwareId,
        dn_claim: DnClaim::WhenNeeded,
        scope_type: ScopeType::Version,
        scope_default: ScopeDefault::Roles,
        echo_jwt_claims: false,
        allowed_algs,
        secret_jwt_alg: SecretJwtAlg::Any,
        unknown_grant: if is_strict {
            UnknownGrant::Reject
        } else {
            UnknownGrant::Drop
        },
        redirects_default: RedirectsDefault::Reject,
        duplicates: if is_strict {
            Duplicates::Reject
        } else {
            Duplicates::Allow
        },
        unknown_client: UnknownClient::Unauthorized,
        unauthorized_body: UnauthorizedBody::Json,
        management_token: ManagementToken::Rat,
        put_client_id: PutClientId::Required,
        bad_auth_status: BadAuthStatus {
            missing: ClientError::Unauthorized,
            malformed: ClientError::BadRequest,
        },
        rotate_rat: false,
        revoke_on_mismatch: true,
        ssa_max_age: MaxAge(Some(STATEMENT_AGE)),
        request_single_use: false,
        certificate_binding: Apply::Check,
        wrong_method: WrongMethod::NotFound,
        jwks_uri_required: is_strict,
        echo_ssa: false,
        echo_software_statement: false,
        fapi_headers: Apply::Ignore,
        ..uk_ob::policy(dialect, strictness)
    }
}
