//! What the control listener says of the banks: who they are, who is registered, what they check.

use std::collections::BTreeSet;

use aspsp_emulator::dialect::{self, Operation};
use aspsp_emulator::domain::client::{AuthMethod, ClientStatus};
use aspsp_emulator::domain::ids::ClientId;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::clients::members;
use crate::control::{get, guarded, http, url};
use crate::helpers::{BANK, TestBank, json as body};

/// The items of a list.
async fn items(bank: &TestBank, path: &str) -> Vec<Value> {
    let answer = get(&bank.emulator, path, &[]).await;
    assert_eq!(answer.status(), StatusCode::OK, "{path}");
    assert_eq!(answer.headers()["content-type"], "application/json");
    let list = body(answer).await;
    assert_eq!(members(&list), ["items"], "{path}");
    list["items"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_banks_are_listed_with_their_urls_and_rules() {
    let bank = TestBank::start().await;
    let banks = items(&bank, "/api/banks").await;
    let ids: Vec<&str> = banks
        .iter()
        .map(|bank| bank["id"].as_str().unwrap())
        .collect();
    let dialects: Vec<&str> = dialect::ALL.iter().map(|dialect| dialect.id).collect();
    assert_eq!(ids, dialects);
    for listed in &banks {
        assert_eq!(
            members(listed),
            [
                "dialect",
                "discovery",
                "id",
                "issuer",
                "operations",
                "policy",
                "registration_endpoint",
                "request_media_type",
                "strictness",
                "token_endpoint",
            ]
        );
        let id = listed["id"].as_str().unwrap();
        let one = body(get(&bank.emulator, &format!("/api/banks/{id}"), &[]).await).await;
        assert_eq!(one, *listed);
    }
    let localhost = [("host", "localhost")];
    let one = body(get(&bank.emulator, "/api/banks/uk-ob-3.3", &localhost).await).await;
    assert_eq!(one["issuer"], bank.emulator.issuer(BANK));
    let endpoint = format!("{}/register", bank.emulator.url(BANK));
    assert_eq!(one["registration_endpoint"], endpoint);
    let by_address = [("host", "127.0.0.1")];
    let one = body(get(&bank.emulator, "/api/banks/uk-ob-3.3", &by_address).await).await;
    assert!(
        one["issuer"]
            .as_str()
            .unwrap()
            .starts_with("https://127.0.0.1:")
    );
}

#[tokio::test]
async fn a_bank_that_is_not_there_is_a_404_that_names_those_that_are() {
    let bank = TestBank::start().await;
    for path in ["/api/banks/my-bank", "/api/banks/my-bank/clients"] {
        let answer = get(&bank.emulator, path, &[]).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
        assert_eq!(answer.headers()["content-type"], "application/problem+json");
        let problem = body(answer).await;
        assert_eq!(problem["field"], "bank");
        assert_eq!(problem["found"], "`my-bank`");
        let ids: Vec<&str> = dialect::ALL.iter().map(|dialect| dialect.id).collect();
        assert_eq!(problem["allowed"], ids.join(", "));
    }
}

#[tokio::test]
async fn clients_are_listed_as_they_registered_and_without_secrets() {
    let bank = TestBank::start().await;
    let path = format!("/api/banks/{BANK}/clients");
    assert_eq!(items(&bank, &path).await, [json!(null); 0]);
    let tpp = bank.tpp().await;
    bank.emulator.clock().freeze();
    let registered = tpp
        .register(tpp.request_for(AuthMethod::ClientSecretPost))
        .await;
    let secret = registered["client_secret"].as_str().unwrap();
    let clients = items(&bank, &path).await;
    let [client] = clients.as_slice() else {
        panic!("{clients:?}");
    };
    assert_eq!(
        members(client),
        [
            "client_id",
            "created_at",
            "metadata",
            "software_id",
            "status",
            "updated_at"
        ]
    );
    assert_eq!(client["client_id"], registered["client_id"]);
    assert_eq!(client["software_id"], tpp.tpp.software_id().as_str());
    assert_eq!(client["status"], "active");
    let created = humantime::parse_rfc3339(client["created_at"].as_str().unwrap()).unwrap();
    let created = created
        .duration_since(std::time::UNIX_EPOCH)
        .unwrap()
        .as_secs();
    assert_eq!(created.cast_signed(), bank.emulator.clock().unix());
    assert_eq!(client["updated_at"], client["created_at"]);
    assert_eq!(
        client["metadata"]["redirect_uris"],
        registered["redirect_uris"]
    );
    assert!(!client.to_string().contains(secret), "{client}");
    let id = ClientId::new(client["client_id"].as_str().unwrap());
    let suspended = ClientStatus::Suspended;
    bank.emulator
        .set_client_status(BANK, &id, suspended)
        .await
        .unwrap();
    assert_eq!(items(&bank, &path).await[0]["status"], "suspended");
}

#[tokio::test]
async fn a_registration_access_token_is_not_among_what_is_listed() {
    let bank = TestBank::start().await;
    let brazil = aspsp_emulator::domain::ecosystem::Ecosystem::Brazil;
    let tpp = bank.tpp_with(|tpp| tpp.ecosystem(brazil)).await;
    let request = tpp
        .tpp
        .registration_request("open-finance-brasil")
        .to_json()
        .unwrap();
    let answer = tpp
        .http
        .post(format!("{}/reg", bank.emulator.url("open-finance-brasil")))
        .header("content-type", "application/json")
        .body(request)
        .send()
        .await
        .unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let registered = body(answer).await;
    let token = registered["registration_access_token"].as_str().unwrap();
    let clients = items(&bank, "/api/banks/open-finance-brasil/clients").await;
    assert_eq!(clients.len(), 1);
    assert!(!clients[0].to_string().contains(token));
}

#[tokio::test]
async fn each_check_is_listed_once_with_its_banks_and_operations() {
    let bank = TestBank::start().await;
    let checks = items(&bank, "/api/checks").await;
    let names: BTreeSet<&str> = checks
        .iter()
        .map(|item| item["check"].as_str().unwrap())
        .collect();
    assert_eq!(names.len(), checks.len());
    for dialect in dialect::ALL {
        for operation in Operation::ALL
            .into_iter()
            .filter(|operation| dialect.offers(*operation))
        {
            for check in (dialect.checks)(operation).iter().copied().flatten() {
                let item = checks
                    .iter()
                    .find(|item| item["check"] == check.name)
                    .unwrap();
                let banks = item["banks"].as_array().unwrap();
                let of_bank = banks
                    .iter()
                    .find(|bank| bank["bank"] == dialect.id)
                    .unwrap();
                let operations = of_bank["operations"].as_array().unwrap();
                assert!(operations.contains(&operation.as_str().into()), "{of_bank}");
            }
        }
    }
    assert_eq!(members(&checks[0]), ["banks", "check", "source"]);
    assert_eq!(
        members(&checks[0]["banks"][0]),
        ["bank", "operations", "source"]
    );
}

#[tokio::test]
async fn every_route_is_behind_the_token_and_has_its_methods() {
    let emulator = guarded(None).await;
    let token = [("authorization", "Bearer let-me-in")];
    for path in [
        "/api/banks",
        "/api/banks/uk-ob-3.3",
        "/api/banks/uk-ob-3.3/clients",
        "/api/checks",
    ] {
        let answer = get(&emulator, path, &[]).await;
        assert_eq!(answer.status(), StatusCode::UNAUTHORIZED, "{path}");
        assert_eq!(
            get(&emulator, path, &token).await.status(),
            StatusCode::OK,
            "{path}"
        );
        for method in [Method::POST, Method::PUT, Method::DELETE] {
            let request = http()
                .request(method, url(&emulator, path))
                .bearer_auth("let-me-in");
            let answer = request.send().await.unwrap();
            assert_eq!(answer.status(), StatusCode::METHOD_NOT_ALLOWED, "{path}");
            assert_eq!(answer.headers()["allow"], "GET, HEAD", "{path}");
        }
    }
    let explain = get(&emulator, "/api/explain", &[]).await;
    assert_eq!(explain.status(), StatusCode::UNAUTHORIZED);
    let explain = get(&emulator, "/api/explain", &token).await;
    assert_eq!(explain.status(), StatusCode::METHOD_NOT_ALLOWED);
    assert_eq!(explain.headers()["allow"], "POST");
    let unknown = get(&emulator, "/api/unknown", &token).await;
    assert_eq!(unknown.status(), StatusCode::NOT_FOUND);
}
