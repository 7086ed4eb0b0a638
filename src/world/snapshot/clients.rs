//! What banks remember, in a snapshot.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::bank::Bank;
use crate::domain::client::{
    AuthMethod, Client, ClientSecret, ClientStatus, Metadata, Registration,
};
use crate::domain::distinguished_name::DistinguishedName;
use crate::domain::ids::{ClientId, OrgId, SoftwareId};
use crate::domain::json::Object;
use crate::domain::jws::Algorithm;
use crate::domain::token::{AccessToken, TokenGrant, TokenKind};
use crate::store::{Contents, KeptClient, Once};
use crate::world::snapshot::SnapshotError;
use crate::world::snapshot::moment::Moment;

/// What one bank remembers.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct BankSnapshot {
    /// Its id.
    pub id: String,
    /// Its dialect.
    pub dialect: String,
    /// Its clients, oldest first.
    pub clients: Vec<ClientSnapshot>,
    /// Statements and requests that may be used once, and were.
    pub used: Vec<UsedOnce>,
}

/// A client with its secret and its tokens.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct ClientSnapshot {
    client_id: ClientId,
    /// Its secret, for the methods that need one.
    client_secret: Option<String>,
    /// When it was registered, by the world's clock, to the second.
    created_at: Moment,
    /// What its age is counted from.
    born_at: Moment,
    /// When its registration was last replaced.
    updated_at: Moment,
    /// Whether it may manage its registration.
    status: ClientStatus,
    /// Its software's id at the directory.
    software_id: SoftwareId,
    /// Its organisation's id at the directory.
    org_id: OrgId,
    /// How it authenticates.
    auth_methods: Vec<AuthMethod>,
    /// What it signs its assertions with; null for any that the bank allows.
    auth_signing_alg: Option<Algorithm>,
    /// The subject of its certificates, where it registered one: RFC 4514 §3, in the order in which it
    /// was written.
    subject_dn: Option<String>,
    /// Grants that it may use.
    grant_types: Vec<String>,
    /// Scope values that it may ask for.
    scope: Vec<String>,
    /// What it registered.
    metadata: Object,
    /// Its access tokens.
    tokens: Vec<TokenSnapshot>,
    /// The `jti` of the assertions that it used.
    used_assertions: Vec<UsedOnce>,
}

/// An access token.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenSnapshot {
    /// The token itself.
    token: String,
    kind: TokenWord,
    /// `x5t#S256` of the certificate that it is bound to, if to one.
    certificate: Option<String>,
    /// Scope values that it carries.
    scope: Vec<String>,
    /// When it was issued.
    issued_at: Moment,
    /// When it no longer counts; null for never.
    expires_at: Option<Moment>,
}

/// What a token is for.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
enum TokenWord {
    /// Issued by the token endpoint.
    ClientCredentials,
    /// A registration access token (RFC 7592).
    Registration,
}

/// Something that may be used once.
#[derive(Debug, Clone, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct UsedOnce {
    /// What it is known by.
    key: String,
    /// Until when that is remembered; null for ever.
    until: Option<Moment>,
}

impl BankSnapshot {
    /// What this bank remembers now.
    pub async fn of(bank: &Bank) -> Self {
        let contents = bank.contents().await;
        let clients = contents.clients.into_iter();
        Self {
            id: bank.id.clone(),
            dialect: bank.dialect().id.to_owned(),
            clients: clients.map(ClientSnapshot::of).collect(),
            used: used_once(contents.used),
        }
    }

    /// The same as a store has it. `path`: where it is in the snapshot.
    ///
    /// # Errors
    /// [`SnapshotError::Member`].
    pub fn contents(self, path: &str) -> Result<Contents, SnapshotError> {
        let mut clients = Vec::with_capacity(self.clients.len());
        for (position, client) in self.clients.into_iter().enumerate() {
            let path = format!("{path}.clients.{position}");
            clients.push(client.kept(&path)?);
        }
        Ok(Contents {
            clients,
            used: once(self.used),
        })
    }
}

impl ClientSnapshot {
    /// Its id at the bank.
    pub fn client_id(&self) -> &ClientId {
        &self.client_id
    }

    /// The texts of its tokens.
    pub fn tokens(&self) -> impl Iterator<Item = &str> {
        self.tokens.iter().map(|token| token.token.as_str())
    }

    fn of(kept: KeptClient) -> Self {
        let client = &*kept.client;
        let registration = &client.registration;
        let secret = client.secret.as_ref();
        let dn = registration.subject_dn.as_ref();
        let tokens = kept.tokens.iter();
        Self {
            client_id: client.id.clone(),
            client_secret: secret.map(|secret| secret.reveal().to_owned()),
            created_at: Moment::of_seconds(client.created_at),
            born_at: Moment::of_millis(client.born_at_ms),
            updated_at: Moment::of_seconds(client.updated_at),
            status: client.status,
            software_id: registration.software_id.clone(),
            org_id: registration.org_id.clone(),
            auth_methods: registration.auth_methods.clone(),
            auth_signing_alg: registration.auth_signing_alg,
            subject_dn: dn.map(DistinguishedName::to_exact_string),
            grant_types: registration.grant_types.clone(),
            scope: registration.scope.clone(),
            metadata: registration.metadata.to_object(),
            tokens: tokens.map(TokenSnapshot::of).collect(),
            used_assertions: used_once(kept.assertions),
        }
    }

    fn kept(self, path: &str) -> Result<KeptClient, SnapshotError> {
        let subject_dn = self.subject_dn.map(|text| {
            let read = DistinguishedName::parse(&text);
            read.map_err(|error| {
                let path = format!("{path}.subject_dn");
                SnapshotError::member(path, format!("`{text}` ({error})"), "a name of RFC 4514")
            })
        });
        let client = Client {
            registration: Registration {
                software_id: self.software_id,
                org_id: self.org_id,
                auth_methods: self.auth_methods,
                auth_signing_alg: self.auth_signing_alg,
                subject_dn: subject_dn.transpose()?,
                grant_types: self.grant_types,
                scope: self.scope,
                metadata: Metadata::of(&self.metadata),
            },
            secret: self.client_secret.map(ClientSecret::new),
            created_at: self.created_at.seconds(),
            born_at_ms: self.born_at.millis(),
            updated_at: self.updated_at.seconds(),
            status: self.status,
            id: self.client_id,
        };
        let tokens = self.tokens.into_iter();
        Ok(KeptClient {
            tokens: tokens.map(|token| token.granted(&client.id)).collect(),
            assertions: once(self.used_assertions),
            client: Arc::new(client),
        })
    }
}

impl TokenSnapshot {
    fn of((token, grant): &(AccessToken, TokenGrant)) -> Self {
        Self {
            token: token.reveal().to_owned(),
            kind: match grant.kind {
                TokenKind::ClientCredentials => TokenWord::ClientCredentials,
                TokenKind::Registration => TokenWord::Registration,
            },
            certificate: grant.certificate.clone(),
            scope: grant.scope.clone(),
            issued_at: Moment::of_millis(grant.issued_at_ms),
            expires_at: Moment::or_never(grant.expires_at),
        }
    }

    fn granted(self, client: &ClientId) -> (AccessToken, TokenGrant) {
        let grant = TokenGrant {
            client_id: client.clone(),
            kind: match self.kind {
                TokenWord::ClientCredentials => TokenKind::ClientCredentials,
                TokenWord::Registration => TokenKind::Registration,
            },
            certificate: self.certificate,
            scope: self.scope,
            issued_at_ms: self.issued_at.millis(),
            expires_at: self.expires_at.map_or(i64::MAX, Moment::seconds),
        };
        (AccessToken::new(self.token), grant)
    }
}

fn used_once(notes: Vec<Once>) -> Vec<UsedOnce> {
    let notes = notes.into_iter().map(|once| UsedOnce {
        key: once.key,
        until: Moment::or_never(once.until),
    });
    notes.collect()
}

fn once(notes: Vec<UsedOnce>) -> Vec<Once> {
    let notes = notes.into_iter().map(|used| Once {
        key: used.key,
        until: used.until.map_or(i64::MAX, Moment::seconds),
    });
    notes.collect()
}
