//! Two requests with one assertion at the same time: the store decides.

use std::sync::Arc;

use aspsp_emulator::bank::{Bank, BankParts};
use aspsp_emulator::domain::client::{AuthMethod, Client, ClientStatus};
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::ids::{ClientId, SoftwareId};
use aspsp_emulator::domain::jwk::PublicKey;
use aspsp_emulator::domain::token::{AccessToken, TokenGrant};
use aspsp_emulator::store::{Along, Contents, MemoryStore, Store, StoreError};

use super::*;

/// A store that has not heard of any use when it is asked.
struct Late(MemoryStore);

#[async_trait::async_trait]
impl Store for Late {
    async fn insert_client(&self, client: Arc<Client>, along: Along) -> Result<(), StoreError> {
        self.0.insert_client(client, along).await
    }

    async fn ensure_client(&self, client: Client) -> Result<Arc<Client>, StoreError> {
        self.0.ensure_client(client).await
    }

    async fn holds_software(&self, software: &SoftwareId, besides: Option<&ClientId>) -> bool {
        self.0.holds_software(software, besides).await
    }

    async fn was_used(&self, key: &str, now: i64) -> bool {
        self.0.was_used(key, now).await
    }

    async fn client(&self, id: &ClientId) -> Option<Arc<Client>> {
        self.0.client(id).await
    }

    async fn replace_client(&self, client: Client, along: Along) -> Result<(), StoreError> {
        self.0.replace_client(client, along).await
    }

    async fn remove_client(&self, id: &ClientId) -> bool {
        self.0.remove_client(id).await
    }

    async fn set_status(&self, id: &ClientId, status: ClientStatus) -> Option<Arc<Client>> {
        self.0.set_status(id, status).await
    }

    async fn count_clients(&self) -> usize {
        self.0.count_clients().await
    }

    async fn clear_clients(&self) {
        self.0.clear_clients().await;
    }

    async fn clients(&self) -> Vec<Arc<Client>> {
        self.0.clients().await
    }

    async fn insert_token(
        &self,
        token: AccessToken,
        grant: TokenGrant,
        now: i64,
    ) -> Result<(), StoreError> {
        self.0.insert_token(token, grant, now).await
    }

    async fn token(&self, token: &AccessToken) -> Option<TokenGrant> {
        self.0.token(token).await
    }

    async fn remove_token(&self, token: &AccessToken) {
        self.0.remove_token(token).await;
    }

    async fn remove_tokens_of(&self, client: &ClientId) -> bool {
        self.0.remove_tokens_of(client).await
    }

    async fn clear_tokens(&self) {
        self.0.clear_tokens().await;
    }

    async fn was_assertion_used(&self, _client: &ClientId, _jti: &str, _now: i64) -> bool {
        false
    }

    async fn use_assertion(&self, client: &ClientId, jti: &str, until: i64, now: i64) -> bool {
        self.0.use_assertion(client, jti, until, now).await
    }

    async fn export(&self) -> Contents {
        self.0.export().await
    }

    async fn import(&self, contents: Contents) -> Result<(), StoreError> {
        self.0.import(contents).await
    }
}

#[tokio::test]
async fn the_slower_one_is_refused_as_if_it_had_come_later() {
    let world = world();
    let tpp = tpp(&world, Ecosystem::Uk);
    let like = bank(&world, UK);
    let key = Key::generate(KeyAlgorithm::EcP256).unwrap();
    let bank = Bank::new(BankParts {
        id: like.id.clone(),
        base_path: like.base_path.clone(),
        rules: like.rules.clone(),
        org_id: like.org_id.clone(),
        trust: Arc::clone(&world.directory) as _,
        registry: Arc::clone(&world.directory) as _,
        store: Arc::new(Late(MemoryStore::new(10))),
        clock: world.clock.clone(),
        urls: Arc::clone(&world.urls),
        signing_key: PublicKey::from_spki(&key.public_key_der()).unwrap(),
        token_lifetime: 300,
    });
    let client = id_of(&register(&world, &tpp, &bank, AuthMethod::PrivateKeyJwt).await);
    let call = asserting(&world, &tpp, &bank, &client, "once");
    assert!(bank.issue_token(&call).await.result.is_ok());
    let slower = bank.issue_token(&call).await;
    assert_eq!(slower.refused_by, Some("client_authentication_failed"));
    let body = slower.result.unwrap_err().body.unwrap();
    assert_eq!(body["error"], "invalid_client");
    let why = body["error_description"].as_str().unwrap();
    assert!(why.contains("jti 'once' was used before"), "{why}");
}
