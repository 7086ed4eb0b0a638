use super::*;
use crate::domain::client::{AuthMethod, ClientStatus, Metadata, Registration};
use crate::domain::ids::OrgId;
use crate::domain::json::Object;
use crate::domain::token::TokenKind;
use crate::store::Once;

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
            metadata: Metadata::of(&Object::new()),
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
        .insert_client(client("a").into(), Along::default())
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
        .insert_client(client("a").into(), Along::default())
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
        .insert_client(client("a").into(), Along::default())
        .await
        .unwrap();
    assert_eq!(
        store
            .insert_client(client("b").into(), Along::default())
            .await,
        Err(StoreError::Full(1))
    );
    store.remove_client(&ClientId::new("a")).await;
    store
        .insert_client(client("b").into(), Along::default())
        .await
        .unwrap();
    assert_eq!(store.clients().await.len(), 1);
}

#[tokio::test]
async fn an_assertion_counts_once_until_it_expires() {
    let store = MemoryStore::new(1);
    store
        .insert_client(client("a").into(), Along::default())
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

#[tokio::test]
async fn a_status_outlives_the_replacement_of_its_client() {
    let (store, _) = store_with_a_token().await;
    let suspended = ClientStatus::Suspended;
    let changed = store.set_status(&ClientId::new("a"), suspended).await;
    assert_eq!(changed.unwrap().status, suspended);
    // As somebody read it before.
    let before = client("a");
    store
        .replace_client(before, Along::default())
        .await
        .unwrap();
    let after = store.client(&ClientId::new("a")).await.unwrap();
    assert_eq!(after.status, suspended);
    assert!(
        store
            .set_status(&ClientId::new("b"), suspended)
            .await
            .is_none()
    );
}

#[tokio::test]
async fn the_tokens_of_one_client_are_forgotten_and_those_of_another_are_not() {
    let (store, token) = store_with_a_token().await;
    store
        .insert_client(client("b").into(), Along::default())
        .await
        .unwrap();
    let other = AccessToken::new("other");
    store
        .insert_token(other.clone(), grant("b", 9), 0)
        .await
        .unwrap();
    assert!(store.remove_tokens_of(&ClientId::new("a")).await);
    assert!(store.token(&token).await.is_none());
    assert!(store.token(&other).await.is_some());
    assert!(!store.remove_tokens_of(&ClientId::new("c")).await);
    store.clear_tokens().await;
    assert!(store.token(&other).await.is_none());
    assert_eq!(store.count_clients().await, 2);
}

#[tokio::test]
async fn a_cleared_store_is_as_new() {
    let store = MemoryStore::new(1);
    let once = Once {
        key: "k".to_owned(),
        until: 9,
    };
    let along = || Along {
        token: Some((AccessToken::new("t"), grant("a", 9))),
        once: vec![once.clone()],
        is_only: true,
        ..Along::default()
    };
    for _ in 0..2 {
        store
            .insert_client(client("a").into(), along())
            .await
            .unwrap();
        assert!(store.was_used("k", 0).await);
        store.clear_clients().await;
        assert!(!store.was_used("k", 0).await);
        assert!(store.token(&AccessToken::new("t")).await.is_none());
        assert!(!store.holds_software(&SoftwareId::new("s"), None).await);
        assert_eq!(
            (store.count_clients().await, store.clients().await.len()),
            (0, 0)
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_inserted_while_the_store_is_cleared_is_there_wholly_or_not_at_all() {
    let store = Arc::new(MemoryStore::new(1_000));
    let inserting: Vec<_> = (0..4)
        .map(|task| {
            let store = Arc::clone(&store);
            tokio::spawn(async move {
                for number in 0..100 {
                    let id = format!("{task}-{number}");
                    let along = Along {
                        token: Some((AccessToken::new(id.as_str()), grant(&id, 9))),
                        ..Along::default()
                    };
                    store
                        .insert_client(client(&id).into(), along)
                        .await
                        .unwrap();
                }
            })
        })
        .collect();
    while !inserting.iter().all(tokio::task::JoinHandle::is_finished) {
        store.clear_clients().await;
        tokio::task::yield_now().await;
    }
    let left = store.clients().await;
    assert_eq!(store.tokens.len(), left.len());
    assert_eq!(store.count.load(Ordering::Relaxed), left.len());
    let held = store.holds_software(&SoftwareId::new("s"), None).await;
    assert_eq!(held, !left.is_empty());
}
