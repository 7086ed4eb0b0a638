//! Whatever the journal tells, it tells no secret, unless somebody asks for them.

use aspsp_emulator::domain::client::AuthMethod;
use reqwest::Method;

use crate::asking::activated;
use crate::control::{get, http, url};
use crate::control_exchanges::listed;
use crate::helpers::{TestBank, json};

/// Every text that the journal gives, by its path.
async fn told(bank: &TestBank, query: &str) -> Vec<(String, String)> {
    let exchanges = listed(bank, "").await;
    let count = exchanges.len();
    let mut paths = vec![
        format!("/api/exchanges{query}"),
        format!("/api/exchanges.har{query}"),
    ];
    let and = if query.is_empty() { "?" } else { "&" };
    paths.push(format!(
        "/api/exchanges/stream{query}{and}after=0&limit={count}"
    ));
    for id in exchanges.iter().map(|one| &one["id"]) {
        for part in ["", "/curl", "/explain", "/scenario"] {
            paths.push(format!("/api/exchanges/{id}{part}{query}"));
        }
        paths.push(format!("/api/exchanges/{id}/explain{query}#json"));
    }
    let mut told = Vec::new();
    for path in paths {
        let accept = if path.ends_with("#json") {
            "application/json"
        } else {
            "*/*"
        };
        let answer = get(&bank.emulator, &path, &[("accept", accept)]).await;
        assert!(answer.status().is_success(), "{path}");
        told.push((path, answer.text().await.unwrap()));
    }
    let nothing = r#"{"match":{"path":"/nowhere","header":{"authorization":"x"}}}"#;
    let asked = http().post(url(&bank.emulator, "/api/verify"));
    let asked = asked
        .header("content-type", "application/json")
        .body(nothing);
    let answer = asked.send().await.unwrap().text().await.unwrap();
    told.push(("/api/verify".to_owned(), answer));
    told
}

#[tokio::test]
async fn no_secret_of_a_run_is_told_unless_it_is_asked_for() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    activated(
        &bank.emulator,
        "cut",
        "rules: [{ match: { operation: token }, calls: 2, fault: { truncate: 400 } }]",
    )
    .await;
    let mut secrets: Vec<String> = Vec::new();
    let client = tpp
        .register(tpp.request_for(AuthMethod::ClientSecretPost))
        .await;
    let id = client["client_id"].as_str().unwrap();
    let secret = client["client_secret"].as_str().unwrap();
    secrets.push(secret.to_owned());
    let form = [
        ("grant_type", "client_credentials"),
        ("client_id", id),
        ("client_secret", secret),
    ];
    let token = json(tpp.token_request(&form).await).await;
    let token = token["access_token"].as_str().unwrap().to_owned();
    // One is cut, one is refused, one comes in the URL, one where nothing lives.
    tpp.token_request(&form)
        .await
        .bytes()
        .await
        .unwrap_or_default();
    let wrong = [form[0], form[1], ("client_secret", "wr0ng-secret")];
    tpp.token_request(&wrong).await;
    secrets.push("wr0ng-secret".to_owned());
    tpp.manage(Method::GET, id, &token, None).await;
    tpp.manage(Method::GET, "nobody", &token, None).await;
    let in_url = format!("{}/jwks?access_token={token}", tpp.mtls);
    tpp.http.get(in_url).send().await.unwrap();
    let basic = tpp.http.get(format!("{}/nowhere", tpp.mtls));
    basic.basic_auth(id, Some(secret)).send().await.unwrap();
    secrets.push(basic_of(id, secret));
    let jwk = r#"{"kty":"EC","crv":"P-256","d":"pr1vate-member","x":"a","y":"b"}"#;
    let pem = "-----BEGIN PRIVATE KEY-----\npr1vate-pem\n-----END PRIVATE KEY-----";
    for body in [jwk, pem] {
        tpp.post(body).await;
    }
    secrets.extend([token, "pr1vate-member".to_owned(), "pr1vate-pem".to_owned()]);
    for (path, text) in told(&bank, "").await {
        for secret in &secrets {
            assert!(!text.contains(secret), "{secret} in {path}: {text}");
        }
    }
    let revealed: String = told(&bank, "?secrets=true")
        .await
        .into_iter()
        .map(|(_, text)| text)
        .collect();
    for secret in &secrets {
        assert!(revealed.contains(secret), "{secret}");
    }
}

fn basic_of(id: &str, secret: &str) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(format!("{id}:{secret}"))
}
