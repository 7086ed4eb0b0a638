//! The token endpoint, the same in all versions but for the methods it knows.

use aspsp_emulator::dialect::{self, Operation};
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::jws::{Algorithm, SigningKey};
use serde_json::{Value, json};

use crate::helpers::{Caller, FORM, INTERACTION_ID, World, encoded, json as json_of};
use crate::uk::{VERSIONS, Version};

type Form = Vec<(&'static str, String)>;

/// Check, status, error, `Content-Type` and form of a refused request; `{id}` is the client's.
type Row = (
    &'static str,
    u16,
    &'static str,
    &'static str,
    &'static [(&'static str, &'static str)],
);

const GRANT: (&str, &str) = ("grant_type", "client_credentials");
const ID: (&str, &str) = ("client_id", "{id}");

const ROWS: [Row; 12] = [
    (
        "media_type_unsupported",
        400,
        "invalid_request",
        "application/json",
        &[GRANT, ID],
    ),
    (
        "token_request_malformed",
        400,
        "invalid_request",
        FORM,
        &[GRANT, GRANT, ID],
    ),
    (
        "client_authentication_ambiguous",
        400,
        "invalid_request",
        FORM,
        &[
            GRANT,
            ID,
            ("client_secret", "x"),
            ("client_assertion", "a.b.c"),
        ],
    ),
    (
        "client_authentication_failed",
        401,
        "invalid_client",
        FORM,
        &[GRANT],
    ),
    (
        "client_authentication_failed",
        401,
        "invalid_client",
        FORM,
        &[GRANT, ("client_id", "nobody")],
    ),
    (
        "client_authentication_failed",
        401,
        "invalid_client",
        FORM,
        &[GRANT, ID, ("client_secret", "x")],
    ),
    ("grant_type_missing", 400, "invalid_request", FORM, &[ID]),
    (
        "grant_type_unknown",
        400,
        "unsupported_grant_type",
        FORM,
        &[ID, ("grant_type", "password")],
    ),
    (
        "grant_type_unknown",
        400,
        "unsupported_grant_type",
        FORM,
        &[ID, ("grant_type", "authorization_code")],
    ),
    (
        "scope_not_granted",
        400,
        "invalid_scope",
        FORM,
        &[GRANT, ID, ("scope", "consents")],
    ),
    (
        "grant_not_registered",
        400,
        "unauthorized_client",
        FORM,
        &[GRANT, ("client_id", "{other}")],
    ),
    ("body_too_large", 413, "", FORM, &[GRANT, ID]),
];

/// The checks that refuse something here.
pub fn refused() -> Vec<(Operation, &'static str)> {
    ROWS.iter().map(|row| (Operation::Token, row.0)).collect()
}

/// Registers with this change; the answer.
async fn registered(
    world: &World,
    tpp: &Caller,
    version: &Version,
    method: AuthMethod,
    grants: Value,
) -> Value {
    let request = tpp.tpp.registration_request_for(version.id, method);
    let request = request
        .claim("grant_types", grants)
        .without("response_types");
    let url = format!("{}/register", world.emulator.url(version.id));
    let headers = [("content-type", version.media_type)];
    let answer = tpp.send("POST", &url, &headers, request.sign().unwrap());
    let answer = answer.await;
    assert_eq!(answer.status(), 201, "{} {method}", version.id);
    json_of(answer).await
}

#[tokio::test]
async fn a_token_request_that_is_refused_is_told_why_as_rfc_6749_says() {
    for version in &VERSIONS {
        let world = World::start([]).await;
        let tpp = world
            .tpp(dialect::by_id(version.id).unwrap().ecosystem)
            .await;
        let own = AuthMethod::TlsClientAuth;
        let all = json!(["authorization_code", "client_credentials"]);
        let client = registered(&world, &tpp, version, own, all).await;
        let code = json!(["authorization_code"]);
        let other = registered(&world, &tpp, version, own, code).await;
        let url = format!("{}/token", world.emulator.url(version.id));
        for (check, status, error, media_type, form) in ROWS {
            let id = |client: &Value| client["client_id"].as_str().unwrap().to_owned();
            let mut form: Form = form
                .iter()
                .map(|(name, value)| {
                    let value = value.replace("{id}", &id(&client));
                    (*name, value.replace("{other}", &id(&other)))
                })
                .collect();
            if check == "body_too_large" {
                form.push(("padding", "a".repeat(64 * 1024)));
            }
            let form: Vec<(&str, &str)> = form
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let headers = [("content-type", media_type)];
            let answer = tpp.send("POST", &url, &headers, encoded(&form)).await;
            let case = format!("{} {check}", version.id);
            assert_eq!(answer.status(), status, "{case}");
            assert!(answer.headers().contains_key(INTERACTION_ID), "{case}");
            if status == 413 {
                assert!(answer.bytes().await.unwrap().is_empty(), "{case}");
                continue;
            }
            assert_eq!(answer.headers()["cache-control"], "no-store", "{case}");
            let body = json_of(answer).await;
            assert_eq!(body["error"], error, "{case}: {body}");
            let description = body["error_description"].as_str().unwrap();
            assert!(
                description.ends_with(&format!("({check})")),
                "{case}: {body}"
            );
            assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
        }
    }
}

/// What a client of this method sends for a token, besides the grant.
fn credentials(
    tpp: &Caller,
    bank: &str,
    method: AuthMethod,
    client: &Value,
) -> (Form, Option<String>) {
    use base64::Engine as _;
    let id = client["client_id"].as_str().unwrap().to_owned();
    let secret = client["client_secret"].as_str().unwrap_or_default();
    let assertion = || tpp.tpp.client_assertion(bank, &id);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    let asserted = |assertion: String| {
        vec![
            ("client_assertion_type", kind.to_owned()),
            ("client_assertion", assertion),
        ]
    };
    match method {
        AuthMethod::TlsClientAuth => (vec![("client_id", id)], None),
        AuthMethod::PrivateKeyJwt => (asserted(assertion().sign().unwrap()), None),
        AuthMethod::ClientSecretJwt => {
            let key = SigningKey::secret(secret);
            let signed = assertion().signed_with(Algorithm::Hs256, key);
            (asserted(signed.sign().unwrap()), None)
        }
        AuthMethod::ClientSecretBasic => {
            let pair = format!("{id}:{secret}");
            let encoded = base64::engine::general_purpose::STANDARD.encode(pair);
            (Vec::new(), Some(format!("Basic {encoded}")))
        }
        AuthMethod::ClientSecretPost => (
            vec![("client_id", id), ("client_secret", secret.to_owned())],
            None,
        ),
    }
}

#[tokio::test]
async fn each_method_of_a_version_gets_a_token() {
    for version in &VERSIONS {
        let world = World::start([]).await;
        let tpp = world
            .tpp(dialect::by_id(version.id).unwrap().ecosystem)
            .await;
        let known = |method: &AuthMethod| version.methods.contains(&method.as_str());
        for method in AuthMethod::ALL.into_iter().filter(known) {
            let grants = json!(["client_credentials", "authorization_code"]);
            let client = registered(&world, &tpp, version, method, grants).await;
            let (mut form, authorization) = credentials(&tpp, version.id, method, &client);
            // The official UK tool always sends an empty scope.
            form.extend([("grant_type", "client_credentials".to_owned())]);
            form.extend([("scope", String::new())]);
            let form: Vec<(&str, &str)> = form
                .iter()
                .map(|(name, value)| (*name, value.as_str()))
                .collect();
            let mut headers = vec![("content-type", FORM)];
            if let Some(authorization) = &authorization {
                headers.push(("authorization", authorization));
            }
            let url = format!("{}/token", world.emulator.url(version.id));
            let answer = tpp.send("POST", &url, &headers, encoded(&form)).await;
            let case = format!("{} {method}", version.id);
            assert_eq!(answer.status(), 200, "{case}");
            assert_eq!(answer.headers()["cache-control"], "no-store", "{case}");
            let body = json_of(answer).await;
            assert_eq!(body["token_type"], "Bearer", "{case}");
            assert_eq!(body["expires_in"], 300, "{case}");
            assert!(body.get("refresh_token").is_none(), "{case}");
        }
    }
}
