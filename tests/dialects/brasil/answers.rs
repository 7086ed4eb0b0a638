//! What an answer holds: the published fields, their types, and where their values come from.

use aspsp_emulator::domain::client::AuthMethod;
use serde_json::{Value, json};

use super::cases::accepted;
use super::{read, register, replace, replacement, request, statement, tpp};
use crate::br_helpers::{Caller, Ground, members, part};

/// Whether a value is of a type.
type Typed = fn(&Value) -> bool;

/// The members of S1 in every answer, with the type of each.
const PUBLISHED: [(&str, Typed); 35] = [
    ("application_type", Value::is_string),
    ("authorization_details_types", is_texts),
    ("authorization_signed_response_alg", Value::is_string),
    ("backchannel_user_code_parameter", Value::is_boolean),
    ("client_id", Value::is_string),
    ("client_id_issued_at", Value::is_number),
    ("grant_types", is_texts),
    ("id_token_signed_response_alg", Value::is_string),
    ("introspection_endpoint_auth_method", Value::is_string),
    ("jwks_uri", Value::is_string),
    ("organisation_id", Value::is_string),
    ("organisation_name", Value::is_string),
    ("organisation_number", Value::is_string),
    ("post_logout_redirect_uris", is_texts),
    ("redirect_uris", is_texts),
    ("registration_access_token", Value::is_string),
    ("registration_client_uri", Value::is_string),
    ("request_object_signing_alg", Value::is_string),
    ("require_auth_time", Value::is_boolean),
    ("require_pushed_authorization_requests", Value::is_boolean),
    ("require_signed_request_object", Value::is_boolean),
    ("response_types", is_texts),
    ("revocation_endpoint_auth_method", Value::is_string),
    ("scope", Value::is_string),
    ("software_description", Value::is_string),
    ("software_id", Value::is_string),
    ("software_name", Value::is_string),
    ("software_roles", is_texts),
    ("subject_type", Value::is_string),
    (
        "tls_client_certificate_bound_access_token",
        Value::is_boolean,
    ),
    (
        "tls_client_certificate_bound_access_tokens",
        Value::is_boolean,
    ),
    ("token_endpoint_auth_method", Value::is_string),
    // Of the published request, and shown with it.
    ("client_name", Value::is_string),
    ("client_uri", Value::is_string),
    ("logo_uri", Value::is_string),
];

fn is_texts(value: &Value) -> bool {
    let items = value.as_array();
    items.is_some_and(|items| items.iter().all(Value::is_string))
}

#[tokio::test]
async fn every_answer_holds_the_published_fields() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    for method in [AuthMethod::TlsClientAuth, AuthMethod::PrivateKeyJwt] {
        let made = tpp.tpp.registration_request_for(&tpp.bank, method);
        let client = register(&tpp, made).await;
        let replaced = replace(&tpp, &client, replacement(&tpp, &client)).await;
        replaced.assert_json(200, "replace");
        let found = read(&tpp, &client).await;
        for body in [client.body.clone(), replaced.json(), found.json()] {
            for (name, is_typed) in PUBLISHED {
                assert!(is_typed(&body[name]), "{name}: {}", body[name]);
            }
            for name in ["client_secret", "client_secret_expires_at"] {
                assert_eq!(body.get(name), None, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn what_the_statement_says_stands_above_what_the_request_says() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let stated = part(&tpp.tpp.statement().unwrap(), 1);
    let pairs = [
        ("organisation_id", "org_id"),
        ("organisation_name", "org_name"),
        ("organisation_number", "org_number"),
        ("software_id", "software_id"),
        ("software_name", "software_client_name"),
        ("software_description", "software_client_description"),
        ("client_name", "software_client_name"),
        ("client_uri", "software_client_uri"),
        ("logo_uri", "software_logo_uri"),
        ("tos_uri", "software_tos_uri"),
        ("policy_uri", "software_policy_uri"),
    ];
    let contrary = pairs.into_iter().fold(request(&tpp), |made, (name, _)| {
        made.claim(name, "contrary")
    });
    let contrary = contrary.claim("software_roles", json!(["CCORR"]));
    for (name, made) in [("silent", request(&tpp)), ("contrary", contrary)] {
        let body = accepted(&tpp, name, made).await;
        for (member, claim) in pairs {
            assert_eq!(body[member], stated[claim], "{name}: {member}");
        }
        assert_eq!(body["software_roles"], json!(["DADOS", "PAGTO"]), "{name}");
        assert_eq!(body["jwks_uri"], stated["software_jwks_uri"], "{name}");
    }
}

#[tokio::test]
async fn a_request_of_nothing_but_what_is_needed_gets_the_defaults() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let needed = json!({
        "software_statement": tpp.tpp.statement().unwrap(),
        "redirect_uris": ["https://app.example/cb"],
    });
    let answer = super::post(&tpp, needed.to_string()).await;
    answer.assert_json(201, "defaults");
    let body = answer.json();
    for (name, value) in [
        ("application_type", json!("web")),
        ("grant_types", json!(["authorization_code"])),
        ("response_types", json!(["code"])),
        ("id_token_signed_response_alg", json!("PS256")),
        ("token_endpoint_auth_method", json!("private_key_jwt")),
        ("subject_type", json!("public")),
        ("require_auth_time", json!(false)),
        ("require_pushed_authorization_requests", json!(false)),
        ("backchannel_user_code_parameter", json!(false)),
        ("tls_client_certificate_bound_access_tokens", json!(true)),
        ("post_logout_redirect_uris", json!([])),
        ("authorization_details_types", json!([])),
    ] {
        assert_eq!(body[name], value, "{name}");
    }
}

fn scopes(body: &Value) -> Vec<&str> {
    let mut scopes: Vec<&str> = body["scope"].as_str().unwrap().split(' ').collect();
    scopes.sort_unstable();
    scopes
}

#[tokio::test]
async fn a_request_without_a_scope_gets_what_the_active_roles_allow() {
    const DADOS: [&str; 10] = [
        "accounts",
        "consents",
        "credit-cards-accounts",
        "customers",
        "financings",
        "invoice-financings",
        "loans",
        "openid",
        "resources",
        "unarranged-accounts-overdraft",
    ];
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let role = |role: &str, status: &str| json!({ "role": role, "authorisation_domain": "Open Banking", "status": status });
    for (roles, expected) in [
        (vec![role("DADOS", "Active")], DADOS.to_vec()),
        (
            vec![role("DADOS", "Active"), role("PAGTO", "Inactive")],
            DADOS.to_vec(),
        ),
        (vec![role("PAGTO", "Active")], vec!["openid", "payments"]),
        (vec![role("CONTA", "Active")], vec!["openid"]),
        (vec![role("CCORR", "Active")], vec!["openid"]),
    ] {
        let name = format!("{roles:?}");
        let text = statement(&tpp, |edits| {
            edits.set_claim("software_statement_roles", roles);
        });
        let made = request(&tpp)
            .without("scope")
            .claim("software_statement", text);
        assert_eq!(
            scopes(&accepted(&tpp, &name, made).await),
            expected,
            "{name}"
        );
    }
}

#[tokio::test]
async fn both_spellings_of_the_bound_token_flag_are_answered_and_the_plural_wins() {
    const PLURAL: &str = "tls_client_certificate_bound_access_tokens";
    const SINGULAR: &str = "tls_client_certificate_bound_access_token";
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    for (plural, singular, expected) in [
        (None, None, true),
        (Some(false), None, false),
        (None, Some(false), false),
        (Some(true), Some(false), true),
        (Some(false), Some(true), false),
    ] {
        let mut made = request(&tpp).without(PLURAL);
        for (name, value) in [(PLURAL, plural), (SINGULAR, singular)] {
            if let Some(value) = value {
                made = made.claim(name, value);
            }
        }
        let name = format!("{plural:?} {singular:?}");
        let body = accepted(&tpp, &name, made).await;
        assert_eq!(body[PLURAL], expected, "{name}");
        assert_eq!(body[SINGULAR], expected, "{name}");
    }
}

#[tokio::test]
async fn what_is_not_known_is_dropped() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let plain = accepted(&tpp, "plain", request(&tpp)).await;
    let made = request(&tpp)
        .claim("unknown", json!({ "a": [1] }))
        .claim("additional_software_metadata", json!({}))
        .claim("iss", "mine");
    let body = accepted(&tpp, "more", made).await;
    assert_eq!(members(&body), members(&plain));
}

/// Sends an ordinary request with one other member, and finds it as sent.
async fn assert_kept(tpp: &Caller, name: &str, value: Value) {
    let body = accepted(tpp, name, request(tpp).claim(name, value.clone())).await;
    assert_eq!(body[name], value, "{name}");
}

#[tokio::test]
async fn what_a_request_may_ask_for_is_registered_as_sent() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let webhook = part(&tpp.tpp.statement().unwrap(), 1)["software_api_webhook_uris"].clone();
    for (name, value) in [
        ("application_type", json!("native")),
        ("grant_types", json!(["authorization_code", "implicit"])),
        ("response_types", json!(["code", "code id_token"])),
        ("response_types", json!([])),
        ("require_pushed_authorization_requests", json!(true)),
        ("require_signed_request_object", json!(false)),
        ("webhook_uris", webhook),
        ("webhook_uris", json!([])),
        ("authorization_details_types", json!(["payment"])),
        ("id_token_encrypted_response_alg", json!("RSA-OAEP")),
        ("id_token_encrypted_response_enc", json!("A256GCM")),
        ("request_object_encryption_alg", json!("RSA-OAEP")),
        ("request_object_encryption_enc", json!("A256GCM")),
        ("token_endpoint_auth_signing_alg", json!("PS256")),
        ("scope", json!("openid consents")),
        ("default_max_age", json!(3600)),
    ] {
        assert_kept(&tpp, name, value).await;
    }
}

#[tokio::test]
async fn statements_of_old_name_their_keys_otherwise() {
    let ground = Ground::start().await;
    let tpp = tpp(&ground).await;
    let uri = part(&tpp.tpp.statement().unwrap(), 1)["software_jwks_uri"].clone();
    let old = statement(&tpp, |edits| {
        edits.removed_claims.push("software_jwks_uri".to_owned());
        edits.set_claim("software_jwks_endpoint", uri.clone());
        edits.set_claim("software_version", 1.1);
    });
    let made = request(&tpp)
        .claim("software_statement", old)
        .without("jwks_uri");
    assert_eq!(accepted(&tpp, "old", made).await["jwks_uri"], uri);
}
