//! What a bank says of itself.

use serde_json::{Value, json};

use crate::bank::Bank;
use crate::domain::ids::KeyId;
use crate::domain::json::{self, Object};
use crate::domain::jwk::KeyUse;
use crate::domain::urls::BaseUrls;

impl Bank {
    /// The discovery document for a caller that knows the emulator by `urls`
    /// (`OpenID` Connect Discovery §3). Its token and registration endpoints are the mutual TLS
    /// ones, since some clients do not read `mtls_endpoint_aliases` (RFC 8705 §5).
    #[must_use]
    pub fn discovery(&self, urls: &BaseUrls) -> Object {
        let token = self.token_endpoint(urls);
        let registration = self.registration_endpoint(urls);
        let endpoints = json!({
            "issuer": self.issuer(urls),
            "authorization_endpoint": self.under(&urls.tls, "/authorize"),
            "token_endpoint": token,
            "registration_endpoint": registration,
            "jwks_uri": self.under(&urls.tls, "/jwks"),
            "mtls_endpoint_aliases": {
                "token_endpoint": token,
                "registration_endpoint": registration,
            },
        });
        let mut document = json::members(endpoints);
        document.extend((self.dialect.discovery)(self.dialect));
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

    /// The URL that clients are registered at; a client's own is this, `/`, and its id.
    #[must_use]
    pub fn registration_endpoint(&self, urls: &BaseUrls) -> String {
        self.under(&urls.mtls, &format!("/{}", self.dialect.collection))
    }

    /// The bank's own public keys (RFC 7517 §5).
    #[must_use]
    pub fn jwks(&self) -> Value {
        let kid = KeyId::new(self.signing_key.thumbprint());
        json!({ "keys": [self.signing_key.to_jwk(&kid, KeyUse::Signing, None)] })
    }

    /// The bank as lists of banks show it.
    #[must_use]
    pub fn summary(&self, urls: &BaseUrls) -> Value {
        json!({
            "id": self.id,
            "dialect": self.dialect.id,
            "issuer": self.issuer(urls),
            "discovery": self.discovery_url(urls),
            "registration_endpoint": self.registration_endpoint(urls),
            "token_endpoint": self.token_endpoint(urls),
            "operations": self.dialect.operations,
            "request_media_type": self.dialect.request_media_type,
        })
    }
}
