use super::*;
use crate::domain::client::{AuthMethod, ClientStatus, Metadata, Registration};
use crate::domain::ids::OrgId;
use crate::domain::json::Object;
use crate::domain::token::TokenKind;

fn client(id: &str) -> Client {
    Client {
        id: ClientId::new(id),
        registration: Registration {
            software_id: SoftwareId::new("s"),
            org_id: OrgId::new("o"),
            auth_methods: vec![AuthMethod::TlsClientAuth],
            auth_signing_alg: None,
            subject_dn: None,
            grant_types: Vec::new(),
            scope: Vec::new(),
            metadata: Metadata::from(&Object::new()),
        },
        secret: None,
        created_at: 0,
        born_at_ms: 0,
        updated_at: 0,
        status: ClientStatus::Active,
    }
}

fn grant(client: &str, expires_at: i64) -> TokenGrant {
    TokenGrant {
        client_id: ClientId::new(client),
        kind: TokenKind::ClientCredentials,
        certificate: None,
        scope: Vec::new(),
        issued_at_ms: 0,
        expires_at,
    }
}

async fn store_with_a_token() -> (MemoryStore, AccessToken) {
    let store = MemoryStore::new(10);
    let token = AccessToken::new("t");
    store
        .insert_client(client("a"), Along::default())
        .await
        .unwrap();
    let kept = store.insert_token(token.clone(), grant("a", 9), 0).await;
    kept.unwrap();
    (store, token)
}

#[tokio::test]
async fn a_token_does_not_outlive_its_client() {
    let (store, token) = store_with_a_token().await;
    assert!(store.token(&token).await.is_some());
    assert!(store.remove_client(&ClientId::new("a")).await);
    assert!(store.token(&token).await.is_none());
    let late = store.insert_token(token.clone(), grant("a", 9), 0).await;
    assert_eq!(late, Err(StoreError::NoSuchClient));
    assert!(store.token(&token).await.is_none());
}

#[tokio::test]
async fn a_replaced_client_keeps_its_tokens() {
    let (store, token) = store_with_a_token().await;
    store
        .replace_client(client("a"), Along::default())
        .await
        .unwrap();
    assert!(store.token(&token).await.is_some());
    assert_eq!(
        store.replace_client(client("b"), Along::default()).await,
        Err(StoreError::NoSuchClient)
    );
}

#[tokio::test]
async fn expired_tokens_are_forgotten_with_the_next_one() {
    let store = MemoryStore::new(10);
    store
        .insert_client(client("a"), Along::default())
        .await
        .unwrap();
    store
        .insert_token(AccessToken::new("1"), grant("a", 5), 0)
        .await
        .unwrap();
    store
        .insert_token(AccessToken::new("2"), grant("a", 9), 5)
        .await
        .unwrap();
    assert!(store.token(&AccessToken::new("1")).await.is_none());
    assert!(store.token(&AccessToken::new("2")).await.is_some());
}

#[tokio::test]
async fn the_limit_counts_clients_that_are_there() {
    let store = MemoryStore::new(1);
    store
        .insert_client(client("a"), Along::default())
        .await
        .unwrap();
    assert_eq!(
        store.insert_client(client("b"), Along::default()).await,
        Err(StoreError::Full(1))
    );
    store.remove_client(&ClientId::new("a")).await;
    store
        .insert_client(client("b"), Along::default())
        .await
        .unwrap();
    assert_eq!(store.clients().await.len(), 1);
}

#[tokio::test]
async fn an_assertion_counts_once_until_it_expires() {
    let store = MemoryStore::new(1);
    store
        .insert_client(client("a"), Along::default())
        .await
        .unwrap();
    let id = ClientId::new("a");
    assert!(!store.was_assertion_used(&id, "j", 0).await);
    assert!(store.use_assertion(&id, "j", 10, 0).await);
    assert!(store.was_assertion_used(&id, "j", 9).await);
    assert!(!store.was_assertion_used(&id, "j", 10).await);
    assert!(!store.use_assertion(&id, "j", 10, 9).await);
    assert!(store.use_assertion(&id, "j", 20, 10).await);
}
