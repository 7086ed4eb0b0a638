//! What the switches can be set to.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::timespan::TimeSpan;

/// An enumeration of words, as settings have them.
macro_rules! words {
    ($($(#[$doc:meta])* $name:ident { $($(#[$variant_doc:meta])* $variant:ident,)+ })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
            #[serde(rename_all = "snake_case")]
            pub enum $name { $($(#[$variant_doc])* $variant,)+ }
        )+
    };
}

words! {
    /// What `aud` of a request must be.
    Audience {
        /// There, and not empty.
        Any,
        /// An id of 1 to 18 base62 characters.
        Pattern,
        /// The bank's organisation id, its issuer or its token endpoint.
        Equals,
    }
    /// Whom `iss` of a request must name.
    IssuerMustEqual {
        /// The statement's `software_id`.
        SoftwareId,
        /// The statement's `org_id`.
        OrgId,
        /// Either of them.
        Either,
    }
    /// When a request must name the subject of its transport certificate.
    DnClaim {
        /// With `tls_client_auth`; under the name of any version.
        WhenNeeded,
        /// Always, and under the version's own name.
        Always,
    }
    /// JSON type of the claim `scope`.
    ScopeType {
        /// The version's own.
        Version,
        /// An array or a string.
        Either,
    }
    /// What becomes of a request without a scope.
    ScopeDefault {
        /// All that the statement's roles allow is registered.
        Roles,
        /// It is refused.
        Reject,
    }
    /// `token_endpoint_auth_signing_alg` of a `client_secret_jwt` client.
    SecretJwtAlg {
        /// HS256, or any of the allowed ones: the official UK tool registers PS256.
        Any,
        /// HS256.
        Hs256,
    }
    /// What becomes of a grant type that the bank does not know.
    UnknownGrant {
        /// It is left out of what is registered.
        Drop,
        /// The request is refused.
        Reject,
    }
    /// What becomes of a request without redirect URIs.
    RedirectsDefault {
        /// Those of the statement are registered.
        Statement,
        /// It is refused.
        Reject,
    }
    /// Whether one software may be registered twice.
    Duplicates {
        /// It may.
        Allow,
        /// It may not.
        Reject,
    }
    /// What is said of a client that is not there.
    UnknownClient {
        /// 401.
        Unauthorized,
        /// 404.
        NotFound,
    }
    /// What a 401 of a management operation holds.
    UnauthorizedBody {
        /// Nothing.
        Empty,
        /// `error` and `error_description`.
        Json,
    }
    /// Which token manages a client.
    ManagementToken {
        /// One of the grant `client_credentials`.
        Ccg,
        /// The registration access token (RFC 7592).
        Rat,
        /// Either.
        Both,
    }
    /// Whether a replacing request must name its client.
    PutClientId {
        /// It may; then it must be the one in the path.
        Optional,
        /// It must.
        Required,
    }
    /// What is said of a method that is not offered.
    WrongMethod {
        /// 405 with `Allow`.
        MethodNotAllowed,
        /// 404.
        NotFound,
        /// 403, as some gateways do.
        Forbidden,
    }
    /// Whether a rule is applied.
    Apply {
        /// It is.
        Check,
        /// It is not.
        Ignore,
    }
}

/// Statuses of a call whose Authorization header does not hold a bearer token.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BadAuthStatus {
    /// There is no such header: 401, or 400 as some engines answer.
    pub missing: ClientError,
    /// It holds something else: 401 or 400.
    pub malformed: ClientError,
}

/// 400 or 401.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "u16", into = "u16")]
#[schemars(with = "u16", extend("enum" = [400, 401]))]
pub enum ClientError {
    /// 400.
    BadRequest,
    /// 401.
    Unauthorized,
}

impl TryFrom<u16> for ClientError {
    type Error = &'static str;

    fn try_from(status: u16) -> Result<Self, Self::Error> {
        match status {
            400 => Ok(Self::BadRequest),
            401 => Ok(Self::Unauthorized),
            _ => Err("write 400 or 401"),
        }
    }
}

impl From<ClientError> for u16 {
    fn from(status: ClientError) -> Self {
        match status {
            ClientError::BadRequest => 400,
            ClientError::Unauthorized => 401,
        }
    }
}

/// Greatest age of a software statement: a length of time, or `none`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub struct MaxAge(pub Option<TimeSpan>);

impl Serialize for MaxAge {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match &self.0 {
            Some(span) => span.serialize(serializer),
            None => serializer.serialize_str("none"),
        }
    }
}

impl<'de> Deserialize<'de> for MaxAge {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        if text == "none" {
            return Ok(Self(None));
        }
        let span = text.parse().map_err(serde::de::Error::custom)?;
        Ok(Self(Some(span)))
    }
}
