//! The client information response of POST: what the server owns, what was registered, and what the
//! statement says.

use std::collections::BTreeSet;

use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::json::parse_object;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::helpers::{INTERACTION_ID, TestBank};
use crate::registration_cases::{Parties, REDIRECT_URI, still_bank};
use crate::registration_raw::parts;

/// Claims of a statement that would collide with those of the request.
const JWT_CLAIMS: [&str; 3] = ["iss", "iat", "jti"];

fn members(object: &Value) -> BTreeSet<String> {
    object.as_object().unwrap().keys().cloned().collect()
}

#[tokio::test]
async fn the_answer_holds_exactly_what_was_registered_and_what_the_statement_says() {
    let bank = still_bank().await;
    let tpp = bank.tpp().await;
    for method in AuthMethod::ALL {
        let signed = tpp.request_for(method).sign().unwrap();
        let answer = tpp.post(signed.clone()).await;
        assert_eq!(answer.status(), StatusCode::CREATED, "{method}");
        let text = answer.text().await.unwrap();
        // Refuses a member that occurs twice.
        let body = Value::Object(parse_object(text.as_bytes()).unwrap());

        let (_, asked, _) = parts(&signed);
        let sent = asked["software_statement"].as_str().unwrap();
        assert_eq!(body["software_statement"], sent, "{method}");
        let (_, mut stated, _) = parts(sent);
        let stated = stated.as_object_mut().unwrap();
        stated.retain(|name, _| !JWT_CLAIMS.contains(&name.as_str()));
        let mut expected: BTreeSet<String> = members(&asked);
        expected.extend(stated.keys().cloned());
        expected.extend(["client_id", "client_id_issued_at"].map(str::to_owned));
        if method.needs_secret() {
            expected.extend(["client_secret", "client_secret_expires_at"].map(str::to_owned));
        }
        assert_eq!(members(&body), expected, "{method}");
        for (name, value) in stated.iter().chain(asked.as_object().unwrap()) {
            assert_eq!(body[name], *value, "{method} {name}");
        }
    }
}

#[tokio::test]
async fn the_server_owns_the_id_its_date_and_the_secret() {
    let bank = still_bank().await;
    let tpp = bank.tpp().await;
    let now = bank.emulator.clock().unix();
    let mut seen = BTreeSet::new();
    for method in AuthMethod::ALL {
        let request = tpp
            .request_for(method)
            .claim("client_id", "mine")
            .claim("client_secret", "mine")
            .claim("client_id_issued_at", 1)
            .claim("client_secret_expires_at", 1);
        let body = tpp.register(request).await;
        let id = body["client_id"].as_str().unwrap();
        assert_eq!(id.len(), 36);
        assert!(seen.insert(id.to_owned()), "{method}: {id}");
        assert_eq!(body["client_id_issued_at"], now, "{method}");
        let secret = body.get("client_secret").and_then(Value::as_str);
        assert_eq!(secret.is_some(), method.needs_secret(), "{method}");
        let expires = body.get("client_secret_expires_at");
        assert_eq!(
            expires.and_then(Value::as_i64),
            secret.map(|_| 0),
            "{method}"
        );
        if let Some(secret) = secret {
            assert_eq!(secret.len(), 36);
            let url_safe = |byte: u8| byte.is_ascii_alphanumeric() || b"-_".contains(&byte);
            assert!(secret.bytes().all(url_safe), "{secret}");
            assert!(seen.insert(secret.to_owned()), "{method}: {secret}");
        }
    }
}

#[tokio::test]
async fn the_answer_is_json_that_nobody_keeps() {
    let bank = still_bank().await;
    let tpp = bank.tpp().await;
    let answer = tpp.post(tpp.request().sign().unwrap()).await;
    assert_eq!(answer.status(), StatusCode::CREATED);
    let headers = answer.headers();
    assert_eq!(headers["content-type"], "application/json");
    assert_eq!(headers["cache-control"], "no-store");
    assert_eq!(headers["pragma"], "no-cache");
    assert!(headers.contains_key(INTERACTION_ID));
    for absent in ["location", "www-authenticate", "set-cookie", "server"] {
        assert!(!headers.contains_key(absent), "{absent}");
    }
}

#[tokio::test]
async fn unknown_claims_are_dropped_and_never_stand_in_for_the_statements() {
    let bank = still_bank().await;
    let tpp = bank.tpp().await;
    let ordinary = tpp.register(tpp.request()).await;
    let request = tpp
        .request()
        .claim("client_name", "Somebody")
        .claim("jwks_uri", "https://evil.example/jwks")
        .claim("registration_access_token", "x")
        .claim("nbf", 1)
        .claim("sub", json!({"a": [1]}))
        .claim("org_name", "Somebody Else Ltd")
        .claim("software_roles", json!(["ASPSP"]));
    let body = tpp.register(request).await;
    assert_eq!(members(&body), members(&ordinary));
    for name in ["org_name", "software_roles"] {
        assert_eq!(body[name], ordinary[name]);
    }
}

#[tokio::test]
async fn what_the_request_leaves_out_is_filled() {
    let bank = still_bank().await;
    let second = "https://app.example/2";
    let tpp = bank
        .tpp_with(|tpp| tpp.redirect_uri(REDIRECT_URI).redirect_uri(second))
        .await;
    let request = ["redirect_uris", "response_types", "software_id"]
        .into_iter()
        .fold(tpp.request(), RequestBuilder::without);
    let body = tpp.register(request).await;
    assert_eq!(body["redirect_uris"], json!([REDIRECT_URI, second]));
    assert_eq!(body["response_types"], json!(["code id_token"]));
    assert_eq!(body["software_id"], tpp.tpp.software_id().as_str());

    let narrow = tpp.request().claim("redirect_uris", json!([second]));
    let body = tpp.register(narrow).await;
    assert_eq!(body["redirect_uris"], json!([second]));
    let all = json!([REDIRECT_URI, second]);
    assert_eq!(body["software_redirect_uris"], all);
}

#[tokio::test]
async fn a_statement_overrides_neither_the_request_nor_the_server() {
    let bank = still_bank().await;
    let (tpp, other) = (bank.tpp().await, bank.tpp().await);
    let parties = Parties {
        tpp: &tpp,
        other: &other,
        now: bank.emulator.clock().unix(),
    };
    let statement = parties.statement(|edits| {
        for name in [
            "client_id",
            "client_secret",
            "client_id_issued_at",
            "client_secret_expires_at",
            "scope",
            "aud",
            "application_type",
        ] {
            edits.set_claim(name, "of the statement");
        }
        edits.set_claim("software_statement", "x");
    });
    let request = parties.request_with(statement.clone());
    let asked = request.claims().unwrap().clone();
    let body = tpp.register(request).await;
    for name in ["iss", "iat", "jti", "scope", "aud", "application_type"] {
        assert_eq!(body[name], asked[name], "{name}");
    }
    assert_eq!(body["software_statement"], statement);
    assert_ne!(body["client_id"], "of the statement");
    assert_eq!(body["client_id_issued_at"], parties.now);
    assert!(body.get("client_secret").is_none(), "{body}");
    assert!(body.get("client_secret_expires_at").is_none(), "{body}");
}

#[tokio::test]
async fn one_software_may_register_several_times() {
    let bank: TestBank = still_bank().await;
    let tpp = bank.tpp().await;
    let signed = tpp.request().sign().unwrap();
    for count in 1..=3 {
        let answer = tpp.post(signed.clone()).await;
        assert_eq!(answer.status(), StatusCode::CREATED);
        let clients = bank.emulator.clients(crate::helpers::BANK).await.unwrap();
        assert_eq!(clients.len(), count);
    }
}
