//! A client: what one bank remembers of one registration.

use std::fmt;
use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::distinguished_name::DistinguishedName;
use crate::domain::ids::{ClientId, OrgId, SoftwareId};
use crate::domain::json::Object;
use crate::domain::jws::Algorithm;
use crate::domain::words::shown_by_word;

/// How a client proves who it is at the token endpoint (`token_endpoint_auth_method`).
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum AuthMethod {
    /// A JWT signed with a key of the client's software (RFC 7523 §2.2).
    PrivateKeyJwt,
    /// A JWT under an HMAC with the client secret (`OpenID` Connect Core §9).
    ClientSecretJwt,
    /// The client secret in the Authorization header (RFC 6749 §2.3.1).
    ClientSecretBasic,
    /// The client secret in the form (RFC 6749 §2.3.1).
    ClientSecretPost,
    /// The subject of the client certificate (RFC 8705 §2.1).
    TlsClientAuth,
}

impl AuthMethod {
    /// Every method.
    pub const ALL: [AuthMethod; 5] = [
        AuthMethod::TlsClientAuth,
        AuthMethod::PrivateKeyJwt,
        AuthMethod::ClientSecretJwt,
        AuthMethod::ClientSecretBasic,
        AuthMethod::ClientSecretPost,
    ];

    /// The word on the wire.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            AuthMethod::PrivateKeyJwt => "private_key_jwt",
            AuthMethod::ClientSecretJwt => "client_secret_jwt",
            AuthMethod::ClientSecretBasic => "client_secret_basic",
            AuthMethod::ClientSecretPost => "client_secret_post",
            AuthMethod::TlsClientAuth => "tls_client_auth",
        }
    }

    /// The method with this word on the wire.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|method| method.as_str() == text)
    }

    /// Whether the bank issues a `client_secret` for it.
    #[must_use]
    pub fn needs_secret(self) -> bool {
        matches!(
            self,
            AuthMethod::ClientSecretJwt
                | AuthMethod::ClientSecretBasic
                | AuthMethod::ClientSecretPost
        )
    }

    /// Whether the client sends a JWT as `client_assertion`.
    #[must_use]
    pub fn uses_assertion(self) -> bool {
        matches!(
            self,
            AuthMethod::PrivateKeyJwt | AuthMethod::ClientSecretJwt
        )
    }
}

impl fmt::Display for AuthMethod {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// Whether a client may be used and managed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum ClientStatus {
    /// As registered.
    Active,
    /// Known, but barred by the bank from managing its registration.
    Suspended,
}

impl ClientStatus {
    /// The word in settings and reports.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            ClientStatus::Active => "active",
            ClientStatus::Suspended => "suspended",
        }
    }
}

shown_by_word!(ClientStatus);

/// What a registration request asked for, once it was accepted.
#[derive(Debug, Clone)]
pub struct Registration {
    /// The software that the statement describes.
    pub software_id: SoftwareId,
    /// The organisation that owns the software.
    pub org_id: OrgId,
    /// How the client authenticates: one method, or any of several for software that a directory
    /// lists.
    pub auth_methods: Vec<AuthMethod>,
    /// `token_endpoint_auth_signing_alg`; `None` for any that the bank allows.
    pub auth_signing_alg: Option<Algorithm>,
    /// The subject of its certificates, where the client registered one.
    pub subject_dn: Option<DistinguishedName>,
    /// Grants the client may use.
    pub grant_types: Vec<String>,
    /// Scope values the client may ask for.
    pub scope: Vec<String>,
    /// The members of the client information response, without those the server owns.
    pub metadata: Metadata,
}

/// Members of a JSON object that are kept for long: as text, a third of the size of the object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Metadata(Arc<str>);

impl Default for Metadata {
    fn default() -> Self {
        Self("{}".into())
    }
}

impl Metadata {
    /// Those of what is written as a JSON object.
    #[must_use]
    pub fn of(object: &impl Serialize) -> Self {
        // An object of JSON values has a text.
        Self(serde_json::to_string(object).unwrap_or_default().into())
    }

    /// The object, as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// All but this one.
    #[must_use]
    pub fn without(&self, name: &str) -> Self {
        let mut object = self.to_object();
        object.shift_remove(name);
        Self::of(&object)
    }

    /// The members, in their order.
    #[must_use]
    pub fn to_object(&self) -> Object {
        // What `of` wrote can be read.
        serde_json::from_str(&self.0).unwrap_or_default()
    }
}

/// A registered client.
#[derive(Debug, Clone)]
pub struct Client {
    /// Its id at the bank.
    pub id: ClientId,
    /// What was registered.
    pub registration: Registration,
    /// Its secret, for the methods that need one.
    pub secret: Option<ClientSecret>,
    /// When it was registered: seconds since the epoch.
    pub created_at: i64,
    /// The same in milliseconds: what its age is counted from.
    pub born_at_ms: i64,
    /// When it was last replaced: seconds since the epoch.
    pub updated_at: i64,
    /// Whether it may be managed.
    pub status: ClientStatus,
}

impl Client {
    /// A software that a directory lists, as a client of that directory since `now_ms`
    /// (milliseconds since the epoch).
    #[must_use]
    pub fn listed(id: ClientId, registration: Registration, now_ms: i64) -> Self {
        let now = now_ms.div_euclid(1_000);
        Self {
            id,
            registration,
            secret: None,
            created_at: now,
            born_at_ms: now_ms,
            updated_at: now,
            status: ClientStatus::Active,
        }
    }
}

/// A client secret of 36 URL-safe characters: as long as the UK schema allows, and long enough
/// for HS256 (RFC 7518 §3.2). Never shown by `Debug`.
#[derive(Clone, PartialEq, Eq)]
pub struct ClientSecret(String);

impl ClientSecret {
    /// Takes the text as it is.
    #[must_use]
    pub fn new(text: String) -> Self {
        Self(text)
    }

    /// The secret itself.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }

    /// Compares without telling by time how much was right.
    #[must_use]
    pub fn equals(&self, presented: &str) -> bool {
        aws_lc_rs::constant_time::verify_slices_are_equal(self.0.as_bytes(), presented.as_bytes())
            .is_ok()
    }
}

impl fmt::Debug for ClientSecret {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("ClientSecret(..)")
    }
}
