//! A client from its registration to its end.

use reqwest::{Method, StatusCode};

use crate::helpers::{BANK, TestBank, json};

#[tokio::test]
async fn a_client_is_registered_read_replaced_and_deleted() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.register(tpp.request()).await;
    let id = client["client_id"].as_str().unwrap();
    let token = tpp.token(id).await;

    let read = tpp.manage(Method::GET, id, &token, None).await;
    assert_eq!(read.status(), StatusCode::OK);
    assert_eq!(json(read).await, client);

    let request = tpp
        .request()
        .claim("scope", "openid accounts")
        .sign()
        .unwrap();
    let replaced = tpp.manage(Method::PUT, id, &token, Some(request)).await;
    assert_eq!(replaced.status(), StatusCode::OK);
    let replaced = json(replaced).await;
    assert_eq!(replaced["scope"], "openid accounts");
    assert_eq!(replaced["client_id"], id);
    assert_eq!(
        replaced["client_id_issued_at"],
        client["client_id_issued_at"]
    );

    let deleted = tpp.manage(Method::DELETE, id, &token, None).await;
    assert_eq!(deleted.status(), StatusCode::NO_CONTENT);
    assert_eq!(deleted.bytes().await.unwrap().len(), 0);
    assert!(bank.emulator.clients(BANK).await.unwrap().is_empty());

    let gone = tpp.manage(Method::GET, id, &token, None).await;
    assert_eq!(gone.status(), StatusCode::UNAUTHORIZED);
}
