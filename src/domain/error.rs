//! How a registration is refused, in the words of RFC 7591 §3.2.2.

use serde::{Deserialize, Serialize};

/// The `error` member of a client registration error (RFC 7591 §3.2.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RegistrationError {
    /// One of the redirect URIs is not acceptable.
    InvalidRedirectUri,
    /// A metadata value, or the request that carries it, is not acceptable.
    InvalidClientMetadata,
    /// The software statement is not what it should be.
    InvalidSoftwareStatement,
    /// The software statement is genuine, yet this server does not accept its software.
    UnapprovedSoftwareStatement,
    /// One of the webhook URIs is not acceptable (Open Finance Brasil).
    InvalidWebhookUris,
    /// The request cannot be read, or holds what it must not (as node oidc-provider answers).
    InvalidRequest,
}

impl RegistrationError {
    /// The word on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            RegistrationError::InvalidRedirectUri => "invalid_redirect_uri",
            RegistrationError::InvalidClientMetadata => "invalid_client_metadata",
            RegistrationError::InvalidSoftwareStatement => "invalid_software_statement",
            RegistrationError::UnapprovedSoftwareStatement => "unapproved_software_statement",
            RegistrationError::InvalidWebhookUris => "invalid_webhook_uris",
            RegistrationError::InvalidRequest => "invalid_request",
        }
    }
}

/// The `error` member of a token endpoint error (RFC 6749 §5.2).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TokenError {
    /// A parameter is missing, repeated, malformed or contradicts another.
    InvalidRequest,
    /// The client is unknown or did not prove who it is.
    InvalidClient,
    /// The client did not register this grant.
    UnauthorizedClient,
    /// The server does not offer this grant.
    UnsupportedGrantType,
    /// The scope is unknown or was not registered.
    InvalidScope,
}

impl TokenError {
    /// The word on the wire.
    #[must_use]
    pub fn code(self) -> &'static str {
        match self {
            TokenError::InvalidRequest => "invalid_request",
            TokenError::InvalidClient => "invalid_client",
            TokenError::UnauthorizedClient => "unauthorized_client",
            TokenError::UnsupportedGrantType => "unsupported_grant_type",
            TokenError::InvalidScope => "invalid_scope",
        }
    }
}
