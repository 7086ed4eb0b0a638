//! What a bank says of itself.

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use schemars::JsonSchema;
use serde::Serialize;
use serde_json::{Value, json};

use crate::bank::Bank;
use crate::dialect::Operation;
use crate::dialect::policy::{Policy, Strictness};
use crate::domain::ids::{ClientId, KeyId};
use crate::domain::json::{self, Object};
use crate::domain::jwk::KeyUse;
use crate::domain::urls::BaseUrls;

/// What needs an escape in a path segment: all but the unreserved characters (RFC 3986 §2.3).
const RESERVED: &AsciiSet = &NON_ALPHANUMERIC
    .remove(b'-')
    .remove(b'.')
    .remove(b'_')
    .remove(b'~');

/// What a bank is and where, for whoever calls it.
#[derive(Debug, Clone, PartialEq, Serialize, JsonSchema)]
#[schemars(rename = "Bank")]
pub struct BankSummary {
    /// Its id, such as `uk-ob-3.3`.
    pub id: String,
    /// The dialect that it speaks.
    pub dialect: &'static str,
    /// Its issuer identifier, a URL.
    pub issuer: String,
    /// URL of its discovery document.
    pub discovery: String,
    /// URL that clients are registered at; null where none is.
    pub registration_endpoint: Option<String>,
    /// URL of its token endpoint.
    pub token_endpoint: String,
    /// What it offers.
    pub operations: Vec<Operation>,
    /// Media type of registration requests; null where there are none.
    pub request_media_type: Option<&'static str>,
    /// How strict it is.
    pub strictness: Strictness,
    /// Its switches, as scenarios leave them.
    pub policy: Policy,
}

impl Bank {
    /// The discovery document for a caller that knows the emulator by `urls`
    /// (`OpenID` Connect Discovery §3). Its token and registration endpoints are the mutual TLS
    /// ones, since some clients do not read `mtls_endpoint_aliases` (RFC 8705 §5).
    #[must_use]
    pub fn discovery(&self, urls: &BaseUrls) -> Object {
        let token = self.token_endpoint(urls);
        let mut endpoints = json!({
            "issuer": self.issuer(urls),
            "token_endpoint": token,
            "jwks_uri": self.under(&urls.tls, "/jwks"),
            "mtls_endpoint_aliases": { "token_endpoint": token },
        });
        if let Some(registration) = self.registration_endpoint(urls) {
            endpoints["authorization_endpoint"] = self.under(&urls.tls, "/authorize").into();
            endpoints["registration_endpoint"] = registration.as_str().into();
            endpoints["mtls_endpoint_aliases"]["registration_endpoint"] = registration.into();
        }
        let mut document = json::members(endpoints);
        let dialect = self.dialect();
        document.extend((dialect.discovery)(dialect, &self.rules.policy));
        document
    }

    /// The URL of the discovery document.
    #[must_use]
    pub fn discovery_url(&self, urls: &BaseUrls) -> String {
        self.under(&urls.tls, "/.well-known/openid-configuration")
    }

    /// The URL of the token endpoint.
    #[must_use]
    pub fn token_endpoint(&self, urls: &BaseUrls) -> String {
        self.under(&urls.mtls, "/token")
    }

    /// The URL that clients are registered at; a client's own is this, `/`, and its id. `None`
    /// where no client is registered.
    #[must_use]
    pub fn registration_endpoint(&self, urls: &BaseUrls) -> Option<String> {
        let route = self.dialect().route(Operation::Register)?;
        Some(self.under(&urls.mtls, &format!("/{}", route.path)))
    }

    /// The URL of a client.
    #[must_use]
    pub fn client_uri(&self, urls: &BaseUrls, client: &ClientId) -> String {
        let collection = self.registration_endpoint(urls).unwrap_or_default();
        let segment = utf8_percent_encode(client.as_str(), RESERVED);
        format!("{collection}/{segment}")
    }

    /// The bank's own public keys (RFC 7517 §5).
    #[must_use]
    pub fn jwks(&self) -> Value {
        let kid = KeyId::new(self.signing_key.thumbprint());
        json!({ "keys": [self.signing_key.to_jwk(&kid, KeyUse::Signing, None)] })
    }

    /// The bank as lists of banks show it.
    #[must_use]
    pub fn summary(&self, urls: &BaseUrls) -> BankSummary {
        let routes = self.dialect().routes.iter();
        let operations = routes.map(|route| route.operation).chain([
            Operation::Token,
            Operation::Discovery,
            Operation::Jwks,
        ]);
        BankSummary {
            id: self.id.clone(),
            dialect: self.dialect().id,
            issuer: self.issuer(urls),
            discovery: self.discovery_url(urls),
            registration_endpoint: self.registration_endpoint(urls),
            token_endpoint: self.token_endpoint(urls),
            operations: operations.collect(),
            request_media_type: self.dialect().request_media_type,
            strictness: self.rules.strictness,
            policy: self.rules.policy.clone(),
        }
    }
}
