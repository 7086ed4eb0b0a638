//! The client information response of each version, of POST, GET and PUT alike.

use std::collections::BTreeSet;

use aspsp_emulator::dialect::{self, Operation};
use aspsp_emulator::domain::client::AuthMethod;
use serde_json::Value;

use crate::helpers::{Caller, World, bearer, json};
use crate::raw::parts;
use crate::uk::{VERSIONS, Version};

/// The members that the publications of 3.1 and of Virgin Money list.
const PUBLISHED: [&str; 17] = [
    "client_id",
    "client_secret",
    "client_id_issued_at",
    "client_secret_expires_at",
    "redirect_uris",
    "token_endpoint_auth_method",
    "grant_types",
    "response_types",
    "software_id",
    "scope",
    "software_statement",
    "application_type",
    "id_token_signed_response_alg",
    "request_object_signing_alg",
    "token_endpoint_auth_signing_alg",
    "tls_client_auth_dn",
    "tls_client_auth_subject_dn",
];

/// The members that Virgin Money wants in every answer.
const REQUIRED: [&str; 9] = [
    "client_id",
    "redirect_uris",
    "token_endpoint_auth_method",
    "grant_types",
    "software_statement",
    "application_type",
    "id_token_signed_response_alg",
    "request_object_signing_alg",
    "tls_client_auth_dn",
];

const JWT_CLAIMS: [&str; 5] = ["iss", "iat", "exp", "aud", "jti"];

fn members(object: &Value) -> BTreeSet<&str> {
    let members = object.as_object().unwrap().keys();
    members.map(String::as_str).collect()
}

/// Registers; the request's claims and the answer.
async fn registered(
    world: &World,
    tpp: &Caller,
    version: &Version,
    method: AuthMethod,
) -> (Value, Value) {
    let request = tpp.tpp.registration_request_for(version.id, method);
    let signed = request.sign().unwrap();
    let headers = [("content-type", version.media_type)];
    let url = format!("{}/register", world.emulator.url(version.id));
    let answer = tpp.send("POST", &url, &headers, signed.clone()).await;
    assert_eq!(answer.status(), 201, "{} {method}", version.id);
    assert!(!answer.headers().contains_key("location"));
    (parts(&signed).1, json(answer).await)
}

fn methods(version: &Version) -> impl Iterator<Item = AuthMethod> {
    let known = |method: &AuthMethod| version.methods.contains(&method.as_str());
    AuthMethod::ALL.into_iter().filter(known)
}

fn assert_server_owned(body: &Value, method: AuthMethod, case: &str) {
    assert!(
        (1..=36).contains(&body["client_id"].as_str().unwrap().len()),
        "{case}"
    );
    assert!(body["client_id_issued_at"].is_i64(), "{case}");
    let has = |name: &str| body.get(name).is_some();
    assert_eq!(has("client_secret"), method.needs_secret(), "{case}");
    assert_eq!(
        has("client_secret_expires_at"),
        method.needs_secret(),
        "{case}"
    );
}

#[tokio::test]
async fn an_answer_of_3_1_and_of_virgin_money_holds_exactly_the_published_members() {
    for version in VERSIONS.iter().filter(|version| version.is_first) {
        let world = World::start([]).await;
        let tpp = world
            .tpp(dialect::by_id(version.id).unwrap().ecosystem)
            .await;
        for method in methods(version) {
            let (asked, body) = registered(&world, &tpp, version, method).await;
            let case = format!("{} {method}: {body}", version.id);
            assert_server_owned(&body, method, &case);
            let unknown: Vec<&str> = members(&body)
                .into_iter()
                .filter(|name| !PUBLISHED[..16].contains(name))
                .collect();
            assert!(unknown.is_empty(), "{unknown:?} in {case}");
            for name in REQUIRED {
                assert!(body.get(name).is_some(), "no {name} in {case}");
            }
            for name in members(&asked) {
                if !JWT_CLAIMS.contains(&name) {
                    assert_eq!(body[name], asked[name], "{name} in {case}");
                }
            }
            let transport = tpp.tpp.transport();
            let subject = transport.certificate.subject_dn();
            assert_eq!(body["tls_client_auth_dn"], subject, "{case}");
            assert!(body["scope"].is_array(), "{case}");
        }
    }
}

#[tokio::test]
async fn an_answer_since_3_2_repeats_the_request_and_flattens_the_statement() {
    for version in VERSIONS.iter().filter(|version| !version.is_first) {
        let world = World::start([]).await;
        let tpp = world
            .tpp(dialect::by_id(version.id).unwrap().ecosystem)
            .await;
        for method in methods(version) {
            let (asked, body) = registered(&world, &tpp, version, method).await;
            let case = format!("{} {method}: {body}", version.id);
            assert_server_owned(&body, method, &case);
            for name in members(&asked) {
                assert_eq!(body[name], asked[name], "{name} in {case}");
            }
            let (_, stated) = parts(asked["software_statement"].as_str().unwrap());
            let mut expected = members(&asked);
            for name in members(&stated) {
                if !JWT_CLAIMS.contains(&name) {
                    assert_eq!(body[name], stated[name], "{name} in {case}");
                    expected.insert(name);
                }
            }
            let own = ["client_id", "client_id_issued_at"];
            let secret = ["client_secret", "client_secret_expires_at"];
            expected.extend(own);
            expected.extend(secret.iter().filter(|_| method.needs_secret()));
            assert_eq!(members(&body), expected, "{case}");
            assert!(body["scope"].is_string(), "{case}");
        }
    }
}

#[tokio::test]
async fn get_and_put_answer_what_post_did() {
    for version in &VERSIONS {
        let world = World::start([]).await;
        let tpp = world
            .tpp(dialect::by_id(version.id).unwrap().ecosystem)
            .await;
        let method = AuthMethod::TlsClientAuth;
        let (_, body) = registered(&world, &tpp, version, method).await;
        let id = body["client_id"].as_str().unwrap();
        let bank = world.emulator.url(version.id);
        let (url, token) = (
            format!("{bank}/register/{id}"),
            bearer(&tpp.token(&bank, id, "").await),
        );
        let headers = [
            ("authorization", token.as_str()),
            ("content-type", version.media_type),
        ];
        if version.managed.contains(&Operation::Read) {
            let answer = tpp.send("GET", &url, &headers, "").await;
            assert_eq!(answer.status(), 200, "{}", version.id);
            assert_eq!(answer.headers()["cache-control"], "no-store");
            assert_eq!(json(answer).await, body, "{}", version.id);
        }
        if version.offers_put() {
            let request = tpp.request(version.id).sign().unwrap();
            let answer = tpp.send("PUT", &url, &headers, request).await;
            assert_eq!(answer.status(), 200, "{}", version.id);
            let replaced = json(answer).await;
            assert_eq!(members(&replaced), members(&body), "{}", version.id);
            assert_eq!(replaced["client_id"], id, "{}", version.id);
        }
        let answer = tpp.send("DELETE", &url, &headers, "").await;
        assert_eq!(answer.status(), 204, "{}", version.id);
        assert!(answer.bytes().await.unwrap().is_empty(), "{}", version.id);
        let answer = tpp.send("DELETE", &url, &headers, "").await;
        assert_eq!(answer.status(), 401, "{}", version.id);
    }
}
