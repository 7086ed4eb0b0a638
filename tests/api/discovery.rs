//! What a bank says of itself, on both TLS listeners.

use reqwest::{Client, StatusCode};
use serde_json::{Value, json as value};

use crate::connections::{HOST, HTTP1, HTTP2, plain_client, tpp_client};
use crate::helpers::{BANK, INTERACTION_ID, JOSE, TestBank, json};

const DOCUMENT: &str = "/uk-ob-3.3/.well-known/openid-configuration";

async fn read(http: &Client, url: &str) -> Value {
    let answer = http.get(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK, "{url}");
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert!(answer.headers().contains_key(INTERACTION_ID));
    json(answer).await
}

/// A member that is a list of texts.
fn texts(document: &Value, name: &str) -> Vec<String> {
    let values = document[name].as_array();
    let values = values.unwrap_or_else(|| panic!("no list {name}"));
    let text = |value: &Value| value.as_str().unwrap().to_owned();
    values.iter().map(text).collect()
}

#[tokio::test]
async fn both_listeners_serve_the_same_document_with_the_mutual_tls_endpoints() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let urls = bank.emulator.base_urls();
    let (mtls, tls) = (
        format!("{}/{BANK}", urls.mtls),
        format!("{}/{BANK}", urls.tls),
    );
    let document = read(
        &plain_client(&bank, HTTP2),
        &format!("{}{DOCUMENT}", urls.tls),
    )
    .await;
    let behind_mtls = read(
        &tpp_client(&bank, &tpp, HTTP1),
        &format!("{}{DOCUMENT}", urls.mtls),
    )
    .await;
    assert_eq!(document, behind_mtls);
    assert_eq!(document["issuer"], tls);
    assert_eq!(document["issuer"], bank.emulator.issuer(BANK));
    assert_eq!(document["token_endpoint"], format!("{mtls}/token"));
    assert_eq!(
        document["registration_endpoint"],
        format!("{mtls}/register")
    );
    assert_eq!(document["jwks_uri"], format!("{tls}/jwks"));
    let aliases = value!({
        "token_endpoint": format!("{mtls}/token"),
        "registration_endpoint": format!("{mtls}/register"),
    });
    assert_eq!(document["mtls_endpoint_aliases"], aliases);
    assert!(
        document["authorization_endpoint"]
            .as_str()
            .unwrap()
            .starts_with("https://")
    );
}

#[tokio::test]
async fn the_document_lists_what_registration_clients_read() {
    let bank = TestBank::start().await;
    let url = format!("{}{DOCUMENT}", bank.emulator.base_urls().tls);
    let document = read(&plain_client(&bank, HTTP1), &url).await;
    let list = |name: &str| texts(&document, name);
    assert_eq!(
        list("request_object_signing_alg_values_supported")[0],
        "PS256"
    );
    assert!(list("token_endpoint_auth_signing_alg_values_supported").contains(&"PS256".to_owned()));
    assert!(list("id_token_signing_alg_values_supported").contains(&"PS256".to_owned()));
    for name in [
        "request_object_signing_alg_values_supported",
        "token_endpoint_auth_signing_alg_values_supported",
        "id_token_signing_alg_values_supported",
    ] {
        assert!(!list(name).contains(&"none".to_owned()), "{name}");
        assert!(!list(name).contains(&"RS256".to_owned()), "{name}");
    }
    let mut methods = list("token_endpoint_auth_methods_supported");
    methods.sort_unstable();
    let all = [
        "client_secret_basic",
        "client_secret_jwt",
        "client_secret_post",
        "private_key_jwt",
        "tls_client_auth",
    ];
    assert_eq!(methods, all);
    assert_eq!(list("response_types_supported"), ["code", "code id_token"]);
    assert!(list("grant_types_supported").contains(&"client_credentials".to_owned()));
    assert_eq!(
        list("scopes_supported"),
        ["openid", "accounts", "payments", "fundsconfirmations"]
    );
    assert_eq!(list("subject_types_supported"), ["public"]);
    assert!(!list("claims_supported").is_empty());
    assert!(list("acr_values_supported").contains(&"urn:openbanking:psd2:sca".to_owned()));
    assert_eq!(document["tls_client_certificate_bound_access_tokens"], true);
    assert_eq!(
        list("backchannel_token_delivery_modes_supported"),
        ["poll", "ping", "push"]
    );
}

#[tokio::test]
async fn the_banks_keys_are_public_on_both_listeners() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let urls = bank.emulator.base_urls();
    let keys = read(
        &plain_client(&bank, HTTP1),
        &format!("{}/{BANK}/jwks", urls.tls),
    )
    .await;
    let behind_mtls = read(
        &tpp_client(&bank, &tpp, HTTP2),
        &format!("{}/{BANK}/jwks", urls.mtls),
    )
    .await;
    assert_eq!(keys, behind_mtls);
    let keys = keys["keys"].as_array().unwrap();
    assert_eq!(keys.len(), 1);
    assert_eq!(keys[0]["use"], "sig");
    assert!(keys[0]["kid"].is_string());
    assert!(keys[0].get("d").is_none(), "no private key");
}

#[tokio::test]
async fn the_advertised_host_is_the_one_asked_for_if_it_is_known_else_the_first_hostname() {
    let bank = TestBank::start_with(|builder| builder.hostname(HOST)).await;
    let addresses = bank.emulator.addresses();
    let (mtls, tls) = (addresses.mtls.port(), addresses.tls.port());
    for alpn in [HTTP1, HTTP2] {
        let http = plain_client(&bank, alpn);
        for asked in ["localhost", "127.0.0.1", HOST] {
            let document = read(&http, &format!("https://{asked}:{tls}{DOCUMENT}")).await;
            let token = format!("https://{asked}:{mtls}/{BANK}/token");
            assert_eq!(document["token_endpoint"], token);
            assert_eq!(document["issuer"], format!("https://{asked}:{tls}/{BANK}"));
        }
    }
    let http = plain_client(&bank, HTTP1);
    for (host, advertised) in [
        ("evil.example", HOST),
        ("BANK.EXAMPLE:9", HOST),
        ("[::1]:443", "[::1]"),
        ("localhost:1", "localhost"),
        ("", HOST),
    ] {
        let request = http.get(format!("https://localhost:{tls}{DOCUMENT}"));
        let answer = request.header("host", host).send().await.unwrap();
        let token = format!("https://{advertised}:{mtls}/{BANK}/token");
        assert_eq!(json(answer).await["token_endpoint"], token, "{host:?}");
    }
}

#[tokio::test]
async fn no_operation_of_a_bank_is_on_the_listener_without_client_certificates() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let base = bank.emulator.issuer(BANK);
    for alpn in [HTTP1, HTTP2] {
        let http = plain_client(&bank, alpn);
        for (method, path) in [
            ("POST", "/register"),
            ("GET", "/register"),
            ("GET", "/register/x"),
            ("PUT", "/register/x"),
            ("DELETE", "/register/x"),
            ("POST", "/token"),
        ] {
            let request = http.request(method.parse().unwrap(), format!("{base}{path}"));
            let body = tpp.request().sign().unwrap();
            let answer = request
                .header("content-type", JOSE)
                .body(body)
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{method} {path}");
            assert!(answer.headers().contains_key(INTERACTION_ID));
            assert_eq!(answer.bytes().await.unwrap().len(), 0);
        }
    }
    assert!(bank.emulator.clients(BANK).await.unwrap().is_empty());
}
