//! What the operator of a bank does to its clients, as no client can.

use std::sync::Arc;

use crate::bank::Bank;
use crate::domain::client::{Client, ClientStatus};
use crate::domain::ids::ClientId;

impl Bank {
    /// Every client, oldest first.
    pub async fn clients(&self) -> Vec<Arc<Client>> {
        self.store.clients().await
    }

    /// How many clients there are.
    pub async fn count_clients(&self) -> usize {
        self.store.count_clients().await
    }

    /// The client with this id.
    pub async fn client(&self, id: &ClientId) -> Option<Arc<Client>> {
        self.store.client(id).await
    }

    /// Bars a client from managing itself, or lets it again; whether it exists.
    pub async fn set_client_status(&self, id: &ClientId, status: ClientStatus) -> bool {
        self.change_client_status(id, status).await.is_some()
    }

    /// The same; the client as it is then, `None` if there is none.
    pub async fn change_client_status(
        &self,
        id: &ClientId,
        status: ClientStatus,
    ) -> Option<Arc<Client>> {
        self.store.set_status(id, status).await
    }

    /// Forgets a client and its tokens; whether it was there.
    pub async fn remove_client(&self, id: &ClientId) -> bool {
        self.store.remove_client(id).await
    }

    /// Forgets all tokens of a client, a registration access token too; whether it is there.
    pub async fn revoke_tokens_of(&self, id: &ClientId) -> bool {
        self.store.remove_tokens_of(id).await
    }

    /// Forgets all clients, their tokens, and which statements and requests were used.
    pub async fn forget_clients(&self) {
        self.store.clear_clients().await;
    }

    /// Forgets all tokens of all clients, registration access tokens too.
    pub async fn forget_tokens(&self) {
        self.store.clear_tokens().await;
    }
}
