//! `GET /clients/{ClientId}`: one client, its fields and their limits.

use aspsp_emulator::dialect::Operation::Client;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use reqwest::Method;
use serde_json::{Value, json};

use super::{Reader, reader};
use crate::br_helpers::{Ground, INTERACTION_ID, Refused, members, part};

/// Found by the tests below.
pub const REFUSED: &[Refused] = &[
    (Client, "client_id_malformed"),
    (Client, "client_unknown"),
    (Client, "not_acceptable"),
];

/// The fields of S3, sorted; `software_version` is in its schema and missing from its example.
const FIELDS: [&str; 31] = [
    "application_type",
    "authorization_details_types",
    "claims",
    "claims_in_verified_claims",
    "client_description",
    "client_id",
    "client_name",
    "client_uri",
    "grant_types",
    "homepage_uri",
    "jwks_uri",
    "last_updated",
    "logo_uri",
    "openid_federation_enabled",
    "openid_federation_entity_management_type",
    "org_id",
    "organisation_id",
    "policy_uri",
    "post_logout_redirect_uris",
    "redirect_uris",
    "response_types",
    "roles",
    "scope",
    "sector_identifier_uri",
    "software_id",
    "software_version",
    "status",
    "subject_type",
    "token_endpoint_auth_method",
    "tos_uri",
    "use_mtls_endpoint_aliases",
];

#[tokio::test]
async fn a_client_has_the_published_fields_and_no_others() {
    let ground = Ground::start().await;
    for ecosystem in [Ecosystem::Uk, Ecosystem::Brazil] {
        let reader = reader(&ground, ecosystem).await;
        let answer = reader.get(&reader.item()).await;
        answer.assert_json(200, "client");
        let body = answer.json();
        assert_eq!(members(&body), FIELDS);
        let stated = part(&reader.caller.tpp.statement().unwrap(), 1);
        for (field, claim) in [
            ("client_id", "software_id"),
            ("software_id", "software_id"),
            ("organisation_id", "org_id"),
            ("org_id", "org_id"),
            ("client_name", "software_client_name"),
            ("client_description", "software_client_description"),
            ("redirect_uris", "software_redirect_uris"),
            ("roles", "software_roles"),
            ("logo_uri", "software_logo_uri"),
            ("software_version", "software_version"),
        ] {
            assert_eq!(body[field], stated[claim], "{field}");
        }
        let keys = stated.get("software_jwks_uri");
        let keys = keys.or_else(|| stated.get("software_jwks_endpoint"));
        assert_eq!(Some(&body["jwks_uri"]), keys);
        assert_eq!(body["status"], "Active");
        assert_dated(&body);
    }
}

/// Milliseconds and Z.
fn assert_dated(body: &Value) {
    let date = body["last_updated"].as_str().unwrap();
    assert_eq!(date.len(), "2024-07-29T15:51:28.071Z".len(), "{date}");
    assert!(date.ends_with('Z') && date.as_bytes()[19] == b'.', "{date}");
}

#[tokio::test]
async fn a_clients_scope_is_what_its_roles_allow() {
    let ground = Ground::start().await;
    for (ecosystem, scope) in [
        (Ecosystem::Uk, "payments"),
        (Ecosystem::Uk, "fundsconfirmations"),
        (Ecosystem::Brazil, "credit-cards-accounts"),
        (Ecosystem::Brazil, "payments"),
    ] {
        let reader = reader(&ground, ecosystem).await;
        let body = reader.get(&reader.item()).await.json();
        let mut scopes = body["scope"].as_str().unwrap().split(' ');
        assert!(scopes.any(|found| found == scope), "{scope}: {body}");
    }
}

async fn all(reader: &Reader) -> Vec<Value> {
    let body = reader.get("/clients?size=1000").await.json();
    body["content"].as_array().unwrap().clone()
}

#[tokio::test]
async fn every_listed_client_is_read_as_it_is_listed() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    for listed in all(&reader).await {
        let path = format!("/clients/{}", listed["client_id"].as_str().unwrap());
        assert_eq!(reader.get(&path).await.json(), listed);
    }
}

#[tokio::test]
async fn an_id_of_256_characters_or_with_an_angle_is_400() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    let long = "a".repeat(256);
    let wide = "%C3%A9".repeat(256);
    for id in [long.as_str(), &wide, "%3Ca%3E", "a%3e", "%3c", "a%253C%3C"] {
        let text = reader.get(&format!("/clients/{id}")).await.errors(400, id);
        assert!(text.ends_with("(client_id_malformed)"), "{text}");
    }
}

#[tokio::test]
async fn an_id_that_is_not_listed_is_404() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    let long = "a".repeat(255);
    let wide = "%C3%A9".repeat(255);
    for id in [
        long.as_str(),
        &wide,
        "unknown",
        "a%2Fb",
        "a%00b",
        "%FF",
        "%20",
    ] {
        let text = reader.get(&format!("/clients/{id}")).await.errors(404, id);
        assert!(text.ends_with("(client_unknown)"), "{text}");
    }
    let upper = format!("/clients/{}", reader.id().to_uppercase());
    reader.get(&upper).await.errors(404, "another case");
    for path in ["/clients/a/b", "/nowhere", "/register", ""] {
        let text = reader.get(path).await.errors(404, path);
        assert!(text.ends_with("(route_unknown)"), "{path}: {text}");
    }
}

#[tokio::test]
async fn who_accepts_no_json_gets_406() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    for path in ["/clients".to_owned(), reader.item()] {
        for accept in [
            "text/html",
            "application/xml",
            "*/*;q=0",
            "application/json;q=0",
        ] {
            let answer = reader.get_with(&path, &[("accept", accept)]).await;
            answer.assert_empty(406, accept);
        }
        for accept in [
            "*/*",
            "application/json",
            "application/*",
            "text/html, */*;q=0.1",
        ] {
            let answer = reader.get_with(&path, &[("accept", accept)]).await;
            assert_eq!(answer.status, 200, "{accept}");
        }
    }
}

#[tokio::test]
async fn what_is_not_offered_is_405_and_says_what_is() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    for path in reader.paths() {
        for method in [Method::POST, Method::PUT, Method::DELETE, Method::PATCH] {
            let name = format!("{method} {path}");
            let answer = reader.caller.send(method, &path, &[], "").await;
            answer.assert_empty(405, &name);
            assert_eq!(answer.header("allow"), "GET", "{name}");
        }
    }
}

#[tokio::test]
async fn an_interaction_id_is_always_there_and_echoed_where_it_is_one() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    let paths = reader.paths();
    let more = [
        "/clients/unknown",
        "/clients/%3C",
        "/clients?page=x",
        "/nowhere",
    ];
    for path in paths.iter().map(String::as_str).chain(more) {
        let answer = reader.get_with(path, &[(INTERACTION_ID, "mine-1")]).await;
        assert_eq!(answer.header(INTERACTION_ID), "mine-1", "{path}");
        for sent in ["", "-mine", "mine;2"] {
            let answer = reader.get_with(path, &[(INTERACTION_ID, sent)]).await;
            let made = uuid::Uuid::parse_str(answer.header(INTERACTION_ID)).unwrap();
            assert_eq!(made.get_version_num(), 4, "{path}");
        }
    }
}

#[tokio::test]
async fn a_statuss_change_is_seen_at_once_with_its_date() {
    use aspsp_emulator::directory::tpp::{OrgStatus, SoftwareStatus};
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    let other = super::reader(&ground, Ecosystem::Brazil).await;
    let before = reader.get(&other.item()).await.json();
    for (org, software, status) in [
        (OrgStatus::Active, SoftwareStatus::Suspended, "Suspended"),
        (OrgStatus::Active, SoftwareStatus::Revoked, "Inactive"),
        (OrgStatus::Withdrawn, SoftwareStatus::Active, "Inactive"),
        (OrgStatus::Active, SoftwareStatus::Active, "Active"),
    ] {
        ground
            .emulator
            .clock()
            .advance(std::time::Duration::from_secs(1));
        other.caller.tpp.set_status(org, software);
        let body = reader.get(&other.item()).await.json();
        assert_eq!(body["status"], json!(status));
        assert!(body["last_updated"].as_str() > before["last_updated"].as_str());
    }
}
