//! Open Finance Brasil and the directory: clients, pages and tokens.

use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use serde_json::json;

use crate::br_helpers::Ground;
use crate::schemas::validation::{assert_bites, assert_valid};
use crate::{brasil, directory};

#[tokio::test]
async fn the_client_information_of_a_brazilian_bank_is_as_published() {
    let ground = Ground::start().await;
    let tpp = brasil::tpp(&ground).await;
    for method in [AuthMethod::PrivateKeyJwt, AuthMethod::TlsClientAuth] {
        let made = tpp.tpp.registration_request_for(brasil::BANK, method);
        let client = brasil::register(&tpp, made).await;
        let replacement = tpp
            .tpp
            .registration_request_for(brasil::BANK, method)
            .claim("client_id", client.id.as_str());
        let replaced = brasil::replace(&tpp, &client, replacement).await;
        replaced.assert_json(200, "replace");
        let found = brasil::read(&tpp, &client).await;
        for body in [client.body.clone(), replaced.json(), found.json()] {
            assert_valid(brasil::BANK, method.as_str(), &body);
            assert_bites(brasil::BANK, &body);
        }
    }
}

#[tokio::test]
async fn all_that_a_brazilian_client_may_ask_for_is_answered_as_published() {
    let ground = Ground::start().await;
    let tpp = brasil::tpp(&ground).await;
    let webhooks = crate::br_helpers::part(&tpp.tpp.statement().unwrap(), 1);
    let made = brasil::request(&tpp)
        .claim(
            "webhook_uris",
            webhooks["software_api_webhook_uris"].clone(),
        )
        .claim("default_max_age", 60)
        .claim("application_type", "native")
        .claim("authorization_details_types", json!(["payment"]))
        .claim(
            "post_logout_redirect_uris",
            json!(["https://app.example/bye"]),
        )
        .claim("id_token_encrypted_response_alg", "RSA-OAEP")
        .claim("id_token_encrypted_response_enc", "A256GCM")
        .claim("request_object_encryption_alg", "RSA-OAEP")
        .claim("request_object_encryption_enc", "A256GCM");
    let client = brasil::register(&tpp, made).await;
    assert_valid(brasil::BANK, "everything", &client.body);
}

#[tokio::test]
async fn the_clients_of_the_directory_are_as_published() {
    let ground = Ground::start().await;
    let reader = directory::reader(&ground, Ecosystem::Uk).await;
    let other = directory::reader(&ground, Ecosystem::Brazil).await;
    for item in [reader.item(), other.item()] {
        let body = reader.get(&item).await.json();
        assert_valid("raidiam-directory-client", &item, &body);
        assert_bites("raidiam-directory-client", &body);
    }
    for query in ["", "?size=5&page=1", "?size=1000", "?role=NOBODY"] {
        let page = reader.get(&format!("/clients{query}")).await.json();
        assert_valid("raidiam-directory-page", query, &page);
        for client in page["content"].as_array().unwrap() {
            assert_valid("raidiam-directory-client", query, client);
        }
    }
}

#[tokio::test]
async fn tokens_of_brazil_and_of_the_directory_are_as_published() {
    let ground = Ground::start().await;
    let tpp = brasil::tpp(&ground).await;
    let client = brasil::register(&tpp, brasil::request(&tpp)).await;
    let grant = ("grant_type", "client_credentials");
    let reader = directory::reader(&ground, Ecosystem::Brazil).await;
    let id = reader.id();
    for (caller, form) in [
        (
            &tpp,
            [
                grant,
                ("client_id", client.id.as_str()),
                ("scope", "openid"),
            ],
        ),
        (
            &reader.caller,
            [
                grant,
                ("client_id", id.as_str()),
                ("scope", directory::SCOPE),
            ],
        ),
    ] {
        let body = caller.token_request(&form).await.json();
        assert_valid("token", &caller.bank, &body);
        assert_bites("token", &body);
    }
}
