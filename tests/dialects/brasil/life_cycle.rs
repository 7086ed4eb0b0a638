//! A client's whole life: created, read, replaced, deleted.

use aspsp_emulator::dialect::Operation;
use aspsp_emulator::dialect::open_finance_brasil::DIALECT;
use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use reqwest::Method;
use serde_json::json;

use super::{BANK, SERVER_OWNED, assert_invalid_token, manage, read, register, registered};
use super::{repeated, replace, replacement, request, tpp};
use crate::br_helpers::{Ground, Refused, bank};

/// Found by the tests below.
pub const REFUSED: &[Refused] = &[(Operation::Update, "client_secret_mismatch")];

#[tokio::test]
async fn a_client_is_created_read_replaced_and_deleted() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;

    let answer = read(&tpp, &client).await;
    answer.assert_json(200, "read");
    let mut expected = client.body.clone();
    expected
        .as_object_mut()
        .unwrap()
        .remove("software_statement");
    assert_eq!(answer.json(), expected);

    let body = repeated(&client.body);
    let answer = manage(&tpp, Method::PUT, &client, body.to_string()).await;
    answer.assert_json(200, "replace");
    assert_eq!(answer.json(), client.body);

    let answer = manage(&tpp, Method::DELETE, &client, "").await;
    answer.assert_empty(204, "delete");
    assert!(ground.emulator.clients(BANK).await.unwrap().is_empty());

    for method in [Method::GET, Method::PUT, Method::DELETE] {
        let name = format!("{method} after the end");
        let answer = manage(&tpp, method, &client, body.to_string()).await;
        assert_invalid_token(&ground, &answer, &name);
    }
}

#[tokio::test]
async fn a_client_is_told_where_it_lives() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    let uri = client.body["registration_client_uri"].as_str().unwrap();
    assert_eq!(
        uri,
        format!("{}/reg/{}", ground.emulator.url(BANK), client.id)
    );
    let call = tpp.http.get(uri).bearer_auth(&client.token);
    assert_eq!(call.send().await.unwrap().status(), 200);
}

#[tokio::test]
async fn the_statement_is_in_the_answers_to_who_sends_it_only() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let made = request(&tpp);
    let sent = made.claims().unwrap()["software_statement"].clone();
    let client = register(&tpp, made).await;
    assert_eq!(client.body["software_statement"], sent);
    let made = replacement(&tpp, &client);
    let sent = made.claims().unwrap()["software_statement"].clone();
    let replaced = replace(&tpp, &client, made).await.json();
    assert_eq!(replaced["software_statement"], sent);
    let found = read(&tpp, &client).await.json();
    assert_eq!(found.get("software_statement"), None);
}

#[tokio::test]
async fn the_statement_is_read_back_where_the_switch_says_so() {
    let switches = json!({ "echo_software_statement": true });
    let banks = vec![bank(&DIALECT, BANK, Strictness::Conformance, switches)];
    let ground = Ground::with_banks(banks).await;
    let tpp = ground.tpp(BANK, Ecosystem::Brazil).await;
    let client = register(&tpp, request(&tpp)).await;
    assert_eq!(read(&tpp, &client).await.json(), client.body);
}

#[tokio::test]
async fn each_server_owned_member_in_a_replacement_is_named_and_refused() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    for name in SERVER_OWNED {
        // As the server sent it, where it did; else whatever.
        let own = client.body.get(name).cloned();
        for value in [own.unwrap_or(json!(0)), json!(null), json!("")] {
            let made = replacement(&tpp, &client).claim(name, value);
            let (error, description) = replace(&tpp, &client, made).await.error(400, name);
            assert_eq!(error, "invalid_request", "{name}");
            assert!(description.contains(name), "{name}: {description}");
        }
    }
    assert_eq!(read(&tpp, &client).await.status, 200);
}

#[tokio::test]
async fn a_replacement_keeps_the_token_unless_the_switch_rotates_it() {
    let ground = Ground::start().await;
    let steady = tpp(&ground).await;
    let client = register(&steady, request(&steady)).await;
    let answer = replace(&steady, &client, replacement(&steady, &client)).await;
    assert_eq!(answer.text("registration_access_token"), client.token);

    let switches = json!({ "rotate_rat": true });
    let banks = vec![bank(&DIALECT, BANK, Strictness::Conformance, switches)];
    let ground = Ground::with_banks(banks).await;
    let tpp = ground.tpp(BANK, Ecosystem::Brazil).await;
    let mut client = register(&tpp, request(&tpp)).await;
    // Reading rotates nothing.
    assert_eq!(
        read(&tpp, &client).await.text("registration_access_token"),
        client.token
    );
    let answer = replace(&tpp, &client, replacement(&tpp, &client)).await;
    let fresh = answer.text("registration_access_token");
    assert_ne!(fresh, client.token);
    let old = read(&tpp, &client).await;
    assert_invalid_token(&ground, &old, "the replaced token");
    client.token = fresh;
    assert_eq!(read(&tpp, &client).await.status, 200);
}

/// What a replacing request may leave out.
const OPTIONAL: [&str; 9] = [
    "scope",
    "require_auth_time",
    "default_max_age",
    "post_logout_redirect_uris",
    "tls_client_certificate_bound_access_tokens",
    "jwks_uri",
    "subject_type",
    "application_type",
    "id_token_signed_response_alg",
];

#[tokio::test]
async fn a_replacement_is_whole_what_it_leaves_out_is_reset() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let made = request(&tpp)
        .claim("scope", "openid")
        .claim("require_auth_time", true)
        .claim("default_max_age", 60)
        .claim(
            "post_logout_redirect_uris",
            json!(["https://app.example/bye"]),
        )
        .claim("response_types", json!(["code"]))
        .claim("tls_client_certificate_bound_access_tokens", false);
    let client = register(&tpp, made).await;
    assert_eq!(client.body["require_auth_time"], true);
    assert_eq!(client.body["default_max_age"], 60);
    let left_out = OPTIONAL
        .into_iter()
        .fold(replacement(&tpp, &client), RequestBuilder::without);
    let first = replace(&tpp, &client, left_out).await;
    first.assert_json(200, "left out");
    let first = first.json();
    assert_eq!(first["require_auth_time"], false);
    assert_eq!(first.get("default_max_age"), None);
    assert_eq!(first["post_logout_redirect_uris"], json!([]));
    assert_eq!(first["tls_client_certificate_bound_access_tokens"], true);
    assert_eq!(first["application_type"], "web");
    assert_eq!(first["subject_type"], "public");
    assert!(first["scope"].as_str().unwrap().contains("payments"));
    for empty in [json!(null), json!("")] {
        let made = OPTIONAL
            .into_iter()
            .fold(replacement(&tpp, &client), |made, name| {
                made.claim(name, empty.clone())
            });
        let answer = replace(&tpp, &client, made).await;
        answer.assert_json(200, &empty.to_string());
        let mut found = answer.json();
        let mut expected = first.clone();
        for body in [&mut found, &mut expected] {
            body.as_object_mut().unwrap().remove("software_statement");
        }
        assert_eq!(found, expected, "{empty}");
    }
}

#[tokio::test]
async fn the_auth_method_can_be_changed() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let client = register(&tpp, request(&tpp)).await;
    let made = replacement(&tpp, &client)
        .claim("token_endpoint_auth_method", "private_key_jwt")
        .without("tls_client_auth_subject_dn");
    let answer = replace(&tpp, &client, made).await;
    answer.assert_json(200, "changed");
    let body = answer.json();
    assert_eq!(body["token_endpoint_auth_method"], "private_key_jwt");
    assert_eq!(body.get("tls_client_auth_subject_dn"), None);
    assert_eq!(
        body["client_id_issued_at"],
        client.body["client_id_issued_at"]
    );
}

#[tokio::test]
async fn a_path_and_its_registration_belong_together() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let one = register(&tpp, request(&tpp)).await;
    let two = register(&tpp, request(&tpp)).await;
    assert_ne!((&one.id, &one.token), (&two.id, &two.token));
    let wrong = replace(&tpp, &one, replacement(&tpp, &two)).await;
    let (error, _) = wrong.error(400, "another client_id");
    assert_eq!(error, "invalid_request");
    let body = request(&tpp).to_json().unwrap();
    let again = super::post(&tpp, body).await;
    assert_ne!(registered(&again).id, one.id);
}

#[tokio::test]
async fn a_secret_in_a_replacement_is_the_clients_own() {
    let switches = json!({ "auth_methods": ["client_secret_basic"] });
    let banks = vec![bank(&DIALECT, BANK, Strictness::Conformance, switches)];
    let ground = Ground::with_banks(banks).await;
    let tpp = ground.tpp(BANK, Ecosystem::Brazil).await;
    let made = || request(&tpp).claim("token_endpoint_auth_method", "client_secret_basic");
    let client = register(&tpp, made()).await;
    let secret = client.body["client_secret"].as_str().unwrap();
    assert_eq!(client.body["client_secret_expires_at"], 0);
    let again = made().claim("client_id", client.id.as_str());
    let answer = replace(&tpp, &client, again.claim("client_secret", "another")).await;
    let (error, description) = answer.error(400, "another secret");
    assert_eq!(error, "invalid_request");
    assert!(
        description.ends_with("(client_secret_mismatch)"),
        "{description}"
    );
    let answer = manage(
        &tpp,
        Method::PUT,
        &client,
        repeated(&client.body).to_string(),
    )
    .await;
    answer.assert_json(200, "its own");
    assert_eq!(answer.text("client_secret"), secret);
}
