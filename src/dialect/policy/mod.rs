//! What a bank may be told to do otherwise: how strict it is, and its switches.
//!
//! A switch stands for a point on which published sources, or real banks, contradict each other.
//! Each dialect says what it does at each strictness; a bank's settings change single switches.

mod words;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

pub use self::words::{
    Apply, Audience, BadAuthStatus, ClientError, DnClaim, Duplicates, IssuerMustEqual,
    ManagementToken, MaxAge, PutClientId, RedirectsDefault, ScopeDefault, ScopeType, SecretJwtAlg,
    UnauthorizedBody, UnknownClient, UnknownGrant, WrongMethod,
};
use crate::domain::client::AuthMethod;
use crate::domain::jws::Algorithm;
use crate::domain::words::shown_by_word;

/// How much a bank forgives.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Strictness {
    /// What some real bank accepts.
    Lenient,
    /// What the official test tools need.
    #[default]
    Conformance,
    /// Every limit of the published schema, FAPI algorithms, no replays.
    Strict,
}

impl Strictness {
    /// Every level, from the most forgiving.
    pub const ALL: [Strictness; 3] = [
        Strictness::Lenient,
        Strictness::Conformance,
        Strictness::Strict,
    ];

    /// The word in settings.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Strictness::Lenient => "lenient",
            Strictness::Conformance => "conformance",
            Strictness::Strict => "strict",
        }
    }
}

shown_by_word!(Strictness);

/// Declares every switch once: as settled for a bank, and as its settings may change it.
macro_rules! switches {
    ($($(#[$doc:meta])* $name:ident: $kind:ty,)+) => {
        /// Every switch of one bank, settled.
        #[derive(Debug, Clone, PartialEq, Eq, Serialize, JsonSchema)]
        pub struct Policy {
            $($(#[$doc])* pub $name: $kind,)+
        }

        /// The switches that a bank's settings change.
        #[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
        #[serde(deny_unknown_fields, default)]
        pub struct PolicyChanges {
            $(
                $(#[$doc])*
                #[serde(skip_serializing_if = "Option::is_none")]
                pub $name: Option<$kind>,
            )+
        }

        impl Policy {
            /// The same with some switches changed.
            #[must_use]
            pub fn changed(mut self, changes: &PolicyChanges) -> Self {
                $(
                    if let Some(value) = &changes.$name {
                        self.$name.clone_from(value);
                    }
                )+
                self
            }
        }
    };
}

switches! {
    /// Media types that registration requests may have.
    content_types: Vec<String>,
    /// What `aud` must be.
    aud: Audience,
    /// Whom `iss` must name.
    iss_must_equal: IssuerMustEqual,
    /// When the subject of the transport certificate must be named.
    dn_claim: DnClaim,
    /// JSON type of `scope`.
    scope_type: ScopeType,
    /// What becomes of a request without a scope.
    scope_default: ScopeDefault,
    /// Whether `iss`, `iat`, `exp`, `aud` and `jti` are repeated in the answer.
    echo_jwt_claims: bool,
    /// Signature algorithms that are taken.
    allowed_algs: Vec<Algorithm>,
    /// What a `client_secret_jwt` client registers.
    secret_jwt_alg: SecretJwtAlg,
    /// Values of `application_type`.
    application_types: Vec<String>,
    /// What becomes of an unknown grant type.
    unknown_grant: UnknownGrant,
    /// Values of `token_endpoint_auth_method`.
    auth_methods: Vec<AuthMethod>,
    /// What becomes of a request without redirect URIs.
    redirects_default: RedirectsDefault,
    /// Whether one software may be registered twice.
    duplicates: Duplicates,
    /// What is said of a client that is not there.
    unknown_client: UnknownClient,
    /// What a 401 of a management operation holds.
    unauthorized_body: UnauthorizedBody,
    /// Which token manages a client.
    management_token: ManagementToken,
    /// Whether a replacing request must name its client.
    put_client_id: PutClientId,
    /// Statuses of calls without a bearer token.
    bad_auth_status: BadAuthStatus,
    /// Whether a replacing request gets a new registration access token.
    rotate_rat: bool,
    /// Whether a token is destroyed that was presented for another client.
    revoke_on_mismatch: bool,
    /// Greatest age of a software statement.
    ssa_max_age: MaxAge,
    /// Whether a software statement registers one client only.
    ssa_single_use: bool,
    /// Whether a request counts once only, by its `jti`.
    request_single_use: bool,
    /// Whether the transport certificate must be of the statement's TPP.
    certificate_binding: Apply,
    /// What is said of a method that is not offered.
    wrong_method: WrongMethod,
    /// Whether a request must name the statement's `jwks_uri`.
    jwks_uri_required: bool,
    /// Whether the claims of the statement are repeated in the answer.
    echo_ssa: bool,
    /// Whether the statement itself is repeated when a client is read.
    echo_software_statement: bool,
    /// Whether malformed `x-fapi-…` headers are refused.
    fapi_headers: Apply,
    /// Whether client, logo, policy and terms URIs must have the host of a redirect URI.
    uri_hosts: Apply,
}
