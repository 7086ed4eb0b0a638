//! What the operator of a bank does to a client, by the control API.

use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use reqwest::{Method, StatusCode};
use serde_json::{Value, json};

use crate::clients::members;
use crate::helpers::{BANK, TestBank, json as body};
use crate::steering::{assert_problem, call, done, read};

fn path(client_id: &str) -> String {
    format!("/api/banks/{BANK}/clients/{client_id}")
}

#[tokio::test]
async fn one_client_is_shown_as_in_the_list() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let ids = [tpp.registered().await, tpp.registered().await];
    let list = read(&bank.emulator, &format!("/api/banks/{BANK}/clients")).await;
    for (id, listed) in ids.iter().zip(list["items"].as_array().unwrap()) {
        assert_eq!(read(&bank.emulator, &path(id)).await, *listed);
    }
}

#[tokio::test]
async fn a_suspended_client_cannot_manage_itself_until_it_is_active_again() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    let token = tpp.token(&id).await;
    for (status, expected) in [
        ("suspended", StatusCode::FORBIDDEN),
        ("active", StatusCode::OK),
    ] {
        let changed = json!({ "status": status });
        let client = done(&bank.emulator, "PATCH", &path(&id), changed).await;
        assert_eq!(client["status"], status);
        assert_eq!(
            members(&client),
            [
                "client_id",
                "created_at",
                "metadata",
                "software_id",
                "status",
                "updated_at"
            ]
        );
        assert_eq!(client["updated_at"], client["created_at"]);
        assert_eq!(read(&bank.emulator, &path(&id)).await, client);
        assert_eq!(tpp.read_status(&id, &token).await, expected, "{status}");
    }
}

#[tokio::test]
async fn a_removed_client_is_gone_with_its_tokens_and_no_other() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let (gone, stays) = (tpp.registered().await, tpp.registered().await);
    let tokens = [tpp.token(&gone).await, tpp.token(&stays).await];
    let answer = call(&bank.emulator, "DELETE", &path(&gone), Value::Null).await;
    assert_eq!(answer, (204, Value::Null));
    assert_eq!(tpp.read_status(&gone, &tokens[0]).await, 401);
    assert_eq!(tpp.read_status(&stays, &tokens[1]).await, 200);
    let list = read(&bank.emulator, &format!("/api/banks/{BANK}/clients")).await;
    assert_eq!(list["items"].as_array().unwrap().len(), 1);
    assert_eq!(list["items"][0]["client_id"], stays);
}

#[tokio::test]
async fn revoked_tokens_count_no_more_and_new_ones_do() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let (one, other) = (tpp.registered().await, tpp.registered().await);
    let tokens = [tpp.token(&one).await, tpp.token(&one).await];
    let of_other = tpp.token(&other).await;
    let tokens_of_one = format!("{}/tokens", path(&one));
    let answer = call(&bank.emulator, "DELETE", &tokens_of_one, Value::Null).await;
    assert_eq!(answer, (204, Value::Null));
    for token in &tokens {
        assert_eq!(tpp.read_status(&one, token).await, 401);
    }
    assert_eq!(tpp.read_status(&other, &of_other).await, 200);
    let token = tpp.token(&one).await;
    assert_eq!(tpp.read_status(&one, &token).await, 200);
}

#[tokio::test]
async fn a_registration_access_token_is_revoked_with_the_others() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp_with(|tpp| tpp.ecosystem(Ecosystem::Brazil)).await;
    let base = bank.emulator.url("open-finance-brasil");
    let request = tpp.tpp.registration_request("open-finance-brasil");
    let registered = tpp
        .http
        .post(format!("{base}/reg"))
        .header("content-type", "application/json")
        .body(request.to_json().unwrap());
    let client = body(registered.send().await.unwrap()).await;
    let id = client["client_id"].as_str().unwrap();
    let token = client["registration_access_token"].as_str().unwrap();
    let read_status = || async {
        let request = tpp.http.get(format!("{base}/reg/{id}")).bearer_auth(token);
        request.send().await.unwrap().status()
    };
    assert_eq!(read_status().await, 200);
    let tokens = format!("/api/banks/open-finance-brasil/clients/{id}/tokens");
    done(&bank.emulator, "DELETE", &tokens, Value::Null).await;
    assert_eq!(read_status().await, 401);
}

#[tokio::test]
async fn a_client_that_is_not_there_is_a_404_whatever_is_done_to_it() {
    let bank = TestBank::start().await;
    let suspended = json!({ "status": "suspended" });
    for (method, path, body) in [
        ("GET", path("x"), Value::Null),
        ("PATCH", path("x"), suspended.clone()),
        ("DELETE", path("x"), Value::Null),
        ("DELETE", format!("{}/tokens", path("x")), Value::Null),
    ] {
        let answer = call(&bank.emulator, method, &path, body.clone()).await;
        let allowed = "the id of a client of this bank";
        assert_problem(answer, 404, "client_id", "`x`", allowed);
        let of_no_bank = path.replace(BANK, "zebra");
        let (status, problem) = call(&bank.emulator, method, &of_no_bank, body.clone()).await;
        assert_eq!((status, &problem["field"]), (404, &json!("bank")));
        let of_no_world = path.replace("/api/", "/api/worlds/zebra/");
        let (status, problem) = call(&bank.emulator, method, &of_no_world, body).await;
        assert_eq!((status, &problem["field"]), (404, &json!("world")));
    }
}

#[tokio::test]
async fn a_status_that_no_client_can_have_is_a_400() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    for (body, field, found, allowed) in [
        (
            json!({"status": "gone"}),
            "status",
            "`gone`",
            "active, suspended",
        ),
        (
            json!({"status": 1}),
            "status",
            "the number `1`",
            "active, suspended",
        ),
        (json!({}), "status", "nothing", "active, suspended"),
        (
            json!({"state": "active"}),
            "state",
            "an unknown member",
            "status",
        ),
        (
            Value::Null,
            "body",
            "nothing",
            "JSON or YAML, with its Content-Type",
        ),
    ] {
        let answer = call(&bank.emulator, "PATCH", &path(&id), body).await;
        assert_problem(answer, 400, field, found, allowed);
    }
    assert_eq!(read(&bank.emulator, &path(&id)).await["status"], "active");
}

#[tokio::test]
async fn a_status_survives_changes_that_the_client_makes_at_the_same_time() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let client = tpp.client(AuthMethod::TlsClientAuth).await;
    let token = tpp.token(&client.id).await;
    for round in 0..10 {
        let status = ["suspended", "active"][round % 2];
        let request = tpp.request().sign().unwrap();
        let replaced = tpp.manage(Method::PUT, &client.id, &token, Some(request));
        let path = path(&client.id);
        let changed = done(&bank.emulator, "PATCH", &path, json!({ "status": status }));
        tokio::join!(replaced, changed);
        assert_eq!(
            read(&bank.emulator, &path).await["status"],
            status,
            "{round}"
        );
    }
}
