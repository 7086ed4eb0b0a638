//! What a bank keeps of a call that passed its checks.

use crate::bank::Bank;
use crate::dialect::facts::Facts;
use crate::domain::client::{Client, ClientSecret, ClientStatus, Registration};
use crate::domain::ids::ClientId;
use crate::domain::json::Object;
use crate::domain::token::{AccessToken, NoRandomness, TokenGrant, random_text};
use crate::store::StoreError;

/// Bytes of a client secret: 36 base64url characters.
const SECRET_BYTES: usize = 27;
/// Bytes of an access token: 43 base64url characters.
const TOKEN_BYTES: usize = 32;

impl Bank {
    pub(super) async fn keep_new(
        &self,
        registration: Registration,
        now: i64,
    ) -> Result<Client, KeepError> {
        let client = Client {
            id: ClientId::fresh(),
            secret: secret_for(&registration, None)?,
            registration,
            created_at: now,
            updated_at: now,
            status: ClientStatus::Active,
        };
        self.store.insert_client(client.clone()).await?;
        Ok(client)
    }

    pub(super) async fn keep_changed(
        &self,
        client: &Client,
        registration: Registration,
        now: i64,
    ) -> Result<Client, KeepError> {
        let client = Client {
            id: client.id.clone(),
            secret: secret_for(&registration, client.secret.clone())?,
            registration,
            created_at: client.created_at,
            updated_at: now,
            status: client.status,
        };
        self.store.replace_client(client.clone()).await?;
        Ok(client)
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
            certificate: certificate.thumbprint.clone(),
            scope,
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
}

/// The secret of a client whose method needs one: the one it has, or a new one.
fn secret_for(
    registration: &Registration,
    held: Option<ClientSecret>,
) -> Result<Option<ClientSecret>, NoRandomness> {
    if !registration.auth_method.needs_secret() {
        return Ok(None);
    }
    match held {
        Some(secret) => Ok(Some(secret)),
        None => random_text(SECRET_BYTES).map(ClientSecret::new).map(Some),
    }
}
