//! The kit's Brazilian request, sent with nothing but the kit's own files.

use std::path::Path;
use std::time::Duration;

use aspsp_emulator::Emulator;
use reqwest::StatusCode;
use serde_json::Value;

use crate::control::get;
use crate::helpers::{FORM, json};
use crate::kit::{kit_client, start, text, tpp_json};
use crate::kit_brasil::REQUEST;

/// POSTs a request with nothing but the half's own certificate, as curl does with `curl.conf`.
async fn send(emulator: &Emulator, dir: &Path, request: String) -> (StatusCode, Value) {
    let url = format!("{}/reg", emulator.url("open-finance-brasil"));
    let post = kit_client(emulator, dir).post(url);
    let post = post.header("content-type", "application/json");
    let answer = post.body(request).send().await.unwrap();
    (answer.status(), json(answer).await)
}

#[tokio::test]
async fn the_brazilian_request_on_disk_registers_with_the_kits_own_files() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = start(folder.path()).await;
    let dir = folder.path().join("brasil");
    let (status, client) = send(&emulator, &dir, text(&dir, REQUEST)).await;
    assert_eq!(status, StatusCode::CREATED, "{client}");
    let tpp = tpp_json(&dir);
    assert_eq!(client["software_id"], tpp["software_id"]);
    assert_eq!(client["organisation_id"], tpp["org_id"]);
    assert_eq!(client["redirect_uris"], tpp["redirect_uris"]);
    assert_eq!(client["token_endpoint_auth_method"], "tls_client_auth");
    assert_eq!(client["tls_client_auth_subject_dn"], tpp["subject_dn"]);
    // On to the client's own URL, and to the token endpoint.
    let http = kit_client(&emulator, &dir);
    let uri = client["registration_client_uri"].as_str().unwrap();
    let token = client["registration_access_token"].as_str().unwrap();
    let found = http.get(uri).bearer_auth(token).send().await.unwrap();
    assert_eq!(found.status(), StatusCode::OK);
    let form = format!(
        "grant_type=client_credentials&client_id={}",
        client["client_id"].as_str().unwrap()
    );
    let token = http
        .post(format!("{}/token", emulator.url("open-finance-brasil")))
        .header("content-type", FORM)
        .body(form);
    assert_eq!(token.send().await.unwrap().status(), StatusCode::OK);
}

#[tokio::test]
async fn the_brazilian_request_is_stale_after_five_minutes_unless_it_is_renewed_or_fetched() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = start(folder.path()).await;
    emulator.clock().freeze();
    let dir = folder.path().join("brasil");
    let old = text(&dir, REQUEST);
    emulator.clock().advance(Duration::from_secs(6 * 60));
    let (status, body) = send(&emulator, &dir, old).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["error"], "invalid_software_statement");
    let path = format!("/kit/brasil/{REQUEST}");
    let fetched = get(&emulator, &path, &[]).await.text().await.unwrap();
    let (status, body) = send(&emulator, &dir, fetched).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let [_, brasil] = emulator.kit().unwrap().folders();
    brasil.renew().unwrap();
    let (status, body) = send(&emulator, &dir, text(&dir, REQUEST)).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
}

#[tokio::test]
async fn the_uk_half_cannot_send_the_brazilian_request() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = start(folder.path()).await;
    let request = text(&folder.path().join("brasil"), REQUEST);
    let (status, body) = send(&emulator, folder.path(), request).await;
    assert_eq!(status, StatusCode::BAD_REQUEST);
    assert_eq!(body["error"], "invalid_client_metadata");
}
