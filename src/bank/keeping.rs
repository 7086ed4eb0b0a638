//! What a bank keeps of a call that passed its checks.

use std::sync::Arc;

use crate::bank::Bank;
use crate::bank::gathering::{request_use, statement_use};
use crate::dialect::facts::Facts;
use crate::dialect::policy::{Duplicates, ManagementToken};
use crate::domain::client::{Client, ClientSecret, ClientStatus, Registration};
use crate::domain::ids::ClientId;
use crate::domain::json::Object;
use crate::domain::token::{AccessToken, NoRandomness, TokenGrant, TokenKind, random_text};
use crate::store::{Along, StoreError};

/// Bytes of a client secret: 36 base64url characters.
const SECRET_BYTES: usize = 27;
/// Bytes of an access token: 43 base64url characters.
const TOKEN_BYTES: usize = 32;

impl Bank {
    /// Stores a new client, with a registration access token where that manages it.
    pub(super) async fn keep_new(
        &self,
        facts: &Facts<'_>,
        registration: Registration,
    ) -> Result<(Arc<Client>, Option<String>), KeepError> {
        let client = Arc::new(Client {
            id: ClientId::fresh(),
            secret: secret_for(&registration, None)?,
            registration,
            created_at: facts.now,
            born_at_ms: self.clock.unix_millis(),
            updated_at: facts.now,
            status: ClientStatus::Active,
        });
        let token = self.registration_token()?;
        let along = self.along(facts, &client, token.as_ref());
        self.store.insert_client(Arc::clone(&client), along).await?;
        Ok((client, token))
    }

    /// Stores a client that was replaced; with the token that manages it from now on, if that is a
    /// registration access token.
    pub(super) async fn keep_changed(
        &self,
        facts: &Facts<'_>,
        client: &Client,
        registration: Registration,
    ) -> Result<(Client, Option<String>), KeepError> {
        let client = Client {
            id: client.id.clone(),
            secret: secret_for(&registration, client.secret.clone())?,
            registration,
            created_at: client.created_at,
            born_at_ms: client.born_at_ms,
            updated_at: facts.now,
            status: client.status,
        };
        let presented = facts.registration_token();
        let rotated = match presented {
            Some(_) if self.rules.policy.rotate_rat => self.registration_token()?,
            _ => None,
        };
        let mut along = self.along(facts, &client, rotated.as_ref());
        if rotated.is_some() {
            along.replaced_token = presented.map(AccessToken::new);
        }
        self.store.replace_client(client.clone(), along).await?;
        Ok((client, rotated.or_else(|| presented.map(str::to_owned))))
    }

    /// A new registration access token, where one manages clients here.
    fn registration_token(&self) -> Result<Option<String>, NoRandomness> {
        let is_used = self.rules.policy.management_token != ManagementToken::Ccg;
        is_used.then(|| random_text(TOKEN_BYTES)).transpose()
    }

    /// What is stored with a client in one step.
    fn along(&self, facts: &Facts<'_>, client: &Client, token: Option<&String>) -> Along {
        let grant = |token: &String| {
            let grant = TokenGrant {
                client_id: client.id.clone(),
                kind: TokenKind::Registration,
                certificate: None,
                scope: Vec::new(),
                issued_at_ms: self.clock.unix_millis(),
                expires_at: i64::MAX,
            };
            (AccessToken::new(token.as_str()), grant)
        };
        let uses = [statement_use(facts), request_use(facts)];
        Along {
            token: token.map(grant),
            replaced_token: None,
            once: uses.into_iter().flatten().collect(),
            is_only: self.rules.policy.duplicates == Duplicates::Reject,
            now: facts.now,
        }
    }

    pub(super) async fn keep_token(&self, facts: &Facts<'_>) -> Result<Object, KeepError> {
        let (Some(client), Some(certificate)) = (facts.proven_client(), &facts.call.certificate)
        else {
            return Err(KeepError::Store(StoreError::NoSuchClient));
        };
        let token = random_text(TOKEN_BYTES)?;
        let scope = facts
            .token
            .as_ref()
            .map(|request| request.scope.clone())
            .unwrap_or_default();
        let mut body = Object::new();
        body.insert("access_token".to_owned(), token.as_str().into());
        body.insert("token_type".to_owned(), "Bearer".into());
        body.insert("expires_in".to_owned(), self.token_lifetime.into());
        if !scope.is_empty() {
            body.insert("scope".to_owned(), scope.join(" ").into());
        }
        let grant = TokenGrant {
            client_id: client.id.clone(),
            kind: TokenKind::ClientCredentials,
            certificate: Some(certificate.thumbprint.clone()),
            scope,
            issued_at_ms: self.clock.unix_millis(),
            expires_at: facts.now + self.token_lifetime,
        };
        self.store
            .insert_token(AccessToken::new(token), grant, facts.now)
            .await?;
        Ok(body)
    }
}

/// Why a client or token could not be kept.
#[derive(Debug, thiserror::Error)]
pub(super) enum KeepError {
    #[error(transparent)]
    Store(#[from] StoreError),
    #[error(transparent)]
    Random(#[from] NoRandomness),
    #[error("a request that passed every check holds nothing to register")]
    NothingToKeep,
    #[error("the statement could not be signed: {0}")]
    Unsigned(String),
}

/// The secret of a client whose method needs one: the one it has, or a new one.
fn secret_for(
    registration: &Registration,
    held: Option<ClientSecret>,
) -> Result<Option<ClientSecret>, NoRandomness> {
    let methods = &registration.auth_methods;
    if !methods.iter().any(|method| method.needs_secret()) {
        return Ok(None);
    }
    match held {
        Some(secret) => Ok(Some(secret)),
        None => random_text(SECRET_BYTES).map(ClientSecret::new).map(Some),
    }
}
