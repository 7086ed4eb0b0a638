//! A call as it arrived, without HTTP types.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;

use crate::dialect::Operation;
use crate::domain::certificate::ClientCertificate;
use crate::domain::ids::{ClientId, OrgId, SoftwareId};
use crate::domain::token::AccessToken;
use crate::domain::urls::BaseUrls;

/// How a request came to be judged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carrier {
    /// Over a connection.
    Connection,
    /// As a file: there is no certificate unless one is named, and no header.
    File,
}

/// The header fields of the FAPI profiles, as sent.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct FapiFields {
    /// `x-fapi-interaction-id`.
    pub interaction_id: Option<String>,
    /// `x-fapi-auth-date`.
    pub auth_date: Option<String>,
    /// `x-fapi-customer-ip-address`.
    pub customer_ip_address: Option<String>,
    /// `x-customer-user-agent`.
    pub customer_user_agent: Option<String>,
}

/// One call as it arrived, without HTTP types. `Debug` leaves out what may hold secrets.
#[derive(Clone)]
pub struct Call {
    /// What is asked.
    pub operation: Operation,
    /// How it came.
    pub carrier: Carrier,
    /// The certificate of the TLS handshake.
    pub certificate: Option<Arc<ClientCertificate>>,
    /// The Accept header; several are joined with commas (RFC 9110 §5.3).
    pub accept: Option<String>,
    /// The Content-Type header.
    pub content_type: Option<String>,
    /// The Authorization header; several are joined, which makes them malformed.
    pub authorization: Option<String>,
    /// The header fields of the FAPI profiles.
    pub fapi: FapiFields,
    /// The client id of the path.
    pub client_id: Option<ClientId>,
    /// The organisation id of the path.
    pub org_id: Option<OrgId>,
    /// The software id of the path.
    pub software_id: Option<SoftwareId>,
    /// The query of the URL, without its `?`.
    pub query: Option<String>,
    /// The body; empty if it is over the limit.
    pub body: Bytes,
    /// Whether more than the limit was sent.
    pub is_body_too_large: bool,
    /// Longest body that is taken, in bytes.
    pub body_limit: usize,
    /// The URLs that this caller knows the emulator by.
    pub urls: BaseUrls,
}

impl Call {
    /// A call of `operation` of which nothing else is known.
    #[must_use]
    pub fn new(operation: Operation, carrier: Carrier, urls: BaseUrls) -> Self {
        Self {
            operation,
            carrier,
            certificate: None,
            accept: None,
            content_type: None,
            authorization: None,
            fapi: FapiFields::default(),
            client_id: None,
            org_id: None,
            software_id: None,
            query: None,
            body: Bytes::new(),
            is_body_too_large: false,
            body_limit: usize::MAX,
            urls,
        }
    }
}

impl fmt::Debug for Call {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Call")
            .field("operation", &self.operation)
            .field("client_id", &self.client_id)
            .finish_non_exhaustive()
    }
}

/// The bearer token of a call (RFC 6750 §2.1).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bearer {
    /// No Authorization header.
    Missing,
    /// An Authorization header of another scheme, without a token, or with more than one.
    Malformed,
    /// A token.
    Token(AccessToken),
}

impl Bearer {
    /// Reads an Authorization header; the scheme's case does not count (RFC 9110 §11.1).
    #[must_use]
    pub fn parse(header: Option<&str>) -> Self {
        let Some(header) = header else {
            return Bearer::Missing;
        };
        let is_token = |text: &str| {
            let allowed = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~+/=".contains(&byte);
            !text.is_empty() && text.bytes().all(allowed)
        };
        match header.split_once(' ') {
            Some((scheme, token))
                if scheme.eq_ignore_ascii_case("bearer") && is_token(token.trim()) =>
            {
                Bearer::Token(AccessToken::new(token.trim()))
            }
            _ => Bearer::Malformed,
        }
    }
}
