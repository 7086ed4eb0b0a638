//! Exchanges by the control listener: which there are, and what is told of each.

use reqwest::{Client, Method, StatusCode};
use serde_json::{Value, json};

use crate::asking::{JSON, YAML, activated, delete, ok, problem, send};
use crate::connections::{HTTP1, HTTP2, tpp_client};
use crate::control::get;
use crate::helpers::{BANK, INTERACTION_ID, JOSE, TestBank};

/// The exchanges that a query finds.
pub async fn listed(bank: &TestBank, query: &str) -> Vec<Value> {
    let path = format!("/api/exchanges{query}");
    let list = ok(get(&bank.emulator, &path, &[]).await).await;
    list["items"].as_array().unwrap().clone()
}

/// The only exchange that a query finds.
pub async fn only(bank: &TestBank, query: &str) -> Value {
    let mut found = listed(bank, query).await;
    assert_eq!(found.len(), 1, "{query}: {found:?}");
    found.remove(0)
}

#[tokio::test]
async fn an_exchange_is_told_from_the_handshake_to_the_answer() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let text = "rules: [{ name: odd, match: { operation: register }, chance: 1, alter: [{ header: x-odd, to: \"1\" }] }]";
    activated(&bank.emulator, "mine", text).await;
    let request = tpp.request().sign().unwrap();
    let software = tpp.tpp.software_id().to_string();
    for (alpn, version) in [(HTTP1, "HTTP/1.1"), (HTTP2, "HTTP/2")] {
        let http = tpp_client(&bank, &tpp, alpn);
        let url = format!("{}/register?a=b", tpp.mtls);
        let asked = http.post(&url).header("content-type", JOSE);
        let asked = asked.header(INTERACTION_ID, version.replace(['/', '.'], "-"));
        let answer = asked.body(request.clone()).send().await.unwrap();
        let (status, text) = (answer.status().as_u16(), answer.text().await.unwrap());
        assert_eq!(status, 201, "{text}");
        let id = version.replace(['/', '.'], "-");
        let found = only(&bank, &format!("?interaction_id={id}")).await;
        let answered: Value = serde_json::from_str(&text).unwrap();
        for (pointer, expected) in [
            ("/world", json!("default")),
            ("/listener", json!("mtls")),
            ("/bank", json!(BANK)),
            ("/operation", json!("register")),
            ("/method", json!("POST")),
            ("/path", json!(format!("/{BANK}/register"))),
            ("/url", json!(url)),
            ("/http_version", json!(version)),
            ("/status", json!(201)),
            ("/delivered", json!("complete")),
            ("/interaction_id", json!(id)),
            ("/software_id", json!(software)),
            ("/org_id", json!(tpp.tpp.org_id().to_string())),
            ("/client_id", answered["client_id"].clone()),
            ("/scenario", json!("mine")),
            ("/rule", json!("odd")),
            ("/trail/0/outcome", json!("applied")),
            ("/tls/version", json!("TLSv1.3")),
            ("/tls/server_name", json!(host(&tpp.mtls))),
            ("/tls/alpn", json!(alpn)),
            (
                "/tls/certificate/subject",
                json!(tpp.tpp.transport().certificate.subject_dn()),
            ),
            ("/handshake", Value::Null),
            ("/request/headers/content-type", json!(JOSE)),
            ("/request/body", json!(request)),
            ("/request/body_encoding", json!("text")),
            ("/request/body_length", json!(request.len())),
            ("/request/is_body_cut", json!(false)),
            ("/request/jose/alg", json!("PS256")),
            ("/request/claims/iss", json!(software)),
            ("/request/statement/claims/software_id", json!(software)),
            ("/response/headers/x-odd", json!("1")),
            ("/response/body", json!(text)),
            ("/refused_by", Value::Null),
            ("/timings/delay_ms", json!(0)),
        ] {
            assert_eq!(found.pointer(pointer), Some(&expected), "{pointer} {found}");
        }
        let draw = found["draw"].as_f64().unwrap();
        assert!((0.0..1.0).contains(&draw));
        assert!(found["call"].is_u64() && found["connection"].is_u64());
        assert!(found["timings"]["delivered_micros"].is_u64());
        for pointer in ["/at", "/received_at", "/tls/certificate/not_after"] {
            let time = found.pointer(pointer).unwrap().as_str().unwrap();
            humantime::parse_rfc3339(time).unwrap();
        }
        let checks = found["checks"].as_array().unwrap();
        assert!(checks.iter().all(|check| check["result"] != "failed"));
        let passed = checks.iter().find(|check| check["result"] == "passed");
        assert!(passed.unwrap()["source"].is_string());
        assert!(checks.len() > 20, "{checks:?}");
        let path = format!("/api/exchanges/{}", found["id"]);
        let one = get(&bank.emulator, &path, &[]).await;
        assert_eq!(ok(one).await, found);
    }
}

/// The host name of a URL.
fn host(url: &str) -> String {
    reqwest::Url::parse(url)
        .unwrap()
        .host_str()
        .unwrap()
        .to_owned()
}

#[tokio::test]
async fn a_refusal_names_the_check_with_what_it_saw_and_what_is_allowed() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let bad = ["https://evil.example/cb"];
    let request = tpp.request().claim("redirect_uris", bad);
    tpp.post(request.sign().unwrap()).await;
    let found = only(&bank, "?status=400").await;
    let failed = found["checks"].as_array().unwrap();
    let failed = failed.iter().find(|check| check["result"] == "failed");
    let failed = failed.unwrap();
    assert_eq!(found["refused_by"], failed["check"]);
    assert!(
        failed["seen"].as_str().unwrap().contains(bad[0]),
        "{failed}"
    );
    assert!(failed["allowed"].is_string() && failed["source"].is_string());
    let path = format!("/api/exchanges/{}/explain", found["id"]);
    let answer = get(&bank.emulator, &path, &[]).await;
    assert_eq!(
        answer.headers()["content-type"],
        "text/plain; charset=utf-8"
    );
    let text = answer.text().await.unwrap();
    let check = failed["check"].as_str().unwrap();
    assert!(text.contains("\nwhy: ") && text.contains(check), "{text}");
    let story = ok(get(&bank.emulator, &path, &[("accept", JSON)]).await).await;
    assert!(story["why"].as_str().unwrap().contains(check), "{story}");
    assert_eq!(story["checks"], found["checks"]);
}

#[tokio::test]
async fn no_answer_about_exchanges_may_be_kept_by_a_cache() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    tpp.registered().await;
    for (path, status) in [
        ("exchanges", 200),
        ("exchanges?secrets=true", 200),
        ("exchanges?limit=x", 400),
        ("exchanges.har", 200),
        ("exchanges/stream", 200),
        ("exchanges/1", 200),
        ("exchanges/2", 404),
        ("exchanges/1/curl", 200),
        ("exchanges/1/explain", 200),
        ("exchanges/1/scenario", 200),
    ] {
        let answer = get(&bank.emulator, &format!("/api/{path}"), &[]).await;
        assert_eq!(answer.status().as_u16(), status, "{path}");
        assert_eq!(answer.headers()["cache-control"], "no-store", "{path}");
    }
}

#[tokio::test]
async fn exchanges_are_found_by_what_they_are() {
    let bank = TestBank::start().await;
    let (one, other) = (bank.tpp().await, bank.tpp().await);
    activated(
        &bank.emulator,
        "busy",
        "rules: [{ match: { operation: jwks }, respond: 503 }]",
    )
    .await;
    let client = one.registered().await;
    other.registered().await;
    let asked = one.http.get(format!("{}/jwks", one.mtls));
    let asked = asked.header(INTERACTION_ID, "asked-1");
    asked.send().await.unwrap();
    let software = one.tpp.software_id();
    for (query, expected) in [
        (String::new(), vec![1, 2, 3]),
        (format!("?bank={BANK}"), vec![1, 2, 3]),
        ("?bank=virgin-money".to_owned(), vec![]),
        ("?operation=register".to_owned(), vec![1, 2]),
        (format!("?software_id={software}"), vec![1, 3]),
        (format!("?software_id={software}&operation=jwks"), vec![3]),
        (format!("?client_id={client}"), vec![1]),
        ("?interaction_id=asked-1".to_owned(), vec![3]),
        ("?status=201".to_owned(), vec![1, 2]),
        ("?scenario=busy".to_owned(), vec![3]),
        ("?after=1".to_owned(), vec![2, 3]),
        ("?after=1&limit=1".to_owned(), vec![2]),
        ("?limit=0".to_owned(), vec![]),
        ("?operation=handshake".to_owned(), vec![]),
    ] {
        let found = listed(&bank, &query).await;
        let ids: Vec<u64> = found
            .iter()
            .map(|one| one["id"].as_u64().unwrap())
            .collect();
        assert_eq!(ids, expected, "{query}");
        let path = format!("/api/exchanges.har{query}");
        let archive = ok(get(&bank.emulator, &path, &[]).await).await;
        let entries = archive["log"]["entries"].as_array().unwrap();
        assert_eq!(entries.len(), expected.len(), "{query}");
    }
    for (query, field) in [
        ("?colour=red", "colour"),
        ("?operation=registr", "operation"),
        ("?status=ok", "status"),
        ("?after=-1", "after"),
        ("?limit=1&limit=2", "limit"),
        ("?secrets=yes", "secrets"),
    ] {
        for path in [
            "/api/exchanges",
            "/api/exchanges.har",
            "/api/exchanges/stream",
        ] {
            let answer = get(&bank.emulator, &format!("{path}{query}"), &[]).await;
            let refused = problem(answer, 400).await;
            assert_eq!(refused["field"], field, "{refused}");
            assert!(refused["allowed"].is_string());
        }
    }
}

#[tokio::test]
async fn exchanges_are_forgotten_one_by_one_or_all() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    for _ in 0..3 {
        tpp.registered().await;
    }
    let gone = delete(&bank.emulator, "/api/exchanges/2").await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    let ids: Vec<Value> = listed(&bank, "")
        .await
        .iter()
        .map(|one| one["id"].clone())
        .collect();
    assert_eq!(ids, [1, 3]);
    for id in ["2", "4", "x", "-1", "99999999999999999999"] {
        let path = format!("/api/exchanges/{id}");
        let mut answers = vec![delete(&bank.emulator, &path).await];
        for part in ["", "/curl", "/explain", "/scenario"] {
            answers.push(get(&bank.emulator, &format!("{path}{part}"), &[]).await);
        }
        for answer in answers {
            let refused = problem(answer, 404).await;
            assert_eq!(
                refused["allowed"],
                "one that is kept, from 1 to 3; some of them were deleted"
            );
        }
    }
    let gone = delete(&bank.emulator, "/api/exchanges").await;
    assert_eq!(gone.status(), StatusCode::NO_CONTENT);
    assert!(listed(&bank, "").await.is_empty());
    tpp.registered().await;
    assert_eq!(only(&bank, "").await["id"], 4);
}

/// Asks for the bank's keys; whether the whole answer came.
async fn ask(http: &Client, url: &str) -> bool {
    match http.get(url).send().await {
        Ok(answer) => answer.bytes().await.is_ok(),
        Err(_) => false,
    }
}

#[tokio::test]
async fn what_was_delivered_is_known_when_the_client_knows_it() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let url = format!("{}/jwks", tpp.mtls);
    for alpn in [HTTP1, HTTP2] {
        for (fault, delivered) in [
            ("delay: 1ms", "complete"),
            ("fault: { drip: { bytes: 200, every: 1ms } }", "complete"),
            ("fault: malformed_json", "complete"),
            ("fault: { truncate: 5 }", "partial"),
            ("fault: wrong_length", "partial"),
            ("fault: close", "none"),
            ("fault: reset", "none"),
            ("fault: { stall: 1ms }", "none"),
            ("fault: garbage", "none"),
        ] {
            let text = format!("rules: [{{ match: {{ operation: jwks }}, {fault} }}]");
            activated(&bank.emulator, "mine", &text).await;
            delete(&bank.emulator, "/api/exchanges").await;
            let whole = ask(&tpp_client(&bank, &tpp, alpn), &url).await;
            assert_eq!(whole, delivered == "complete", "{alpn} {fault}");
            let found = listed(&bank, "?operation=jwks").await;
            // A client may ask again where it heard nothing.
            let found = found.last().unwrap();
            assert_eq!(found["delivered"], delivered, "{alpn} {fault}");
            let path = format!("/api/exchanges/{}/scenario", found["id"]);
            let repeated = get(&bank.emulator, &path, &[]).await.text().await.unwrap();
            let again = repeated.replace("name: repeat-", "# ");
            let path = "/api/scenarios/again";
            let answer = send(&bank.emulator, Method::PUT, path, YAML, &again).await;
            assert!(answer.status().is_success(), "{repeated}");
        }
    }
}

#[tokio::test]
async fn an_exchange_in_flight_is_told_as_far_as_it_is_known() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    activated(&bank.emulator, "mine", "rules: [{ delay: 1h }]").await;
    let request = tpp.http.get(format!("{}/jwks", tpp.mtls));
    let asked = tokio::spawn(request.send());
    let verified = json!({ "match": { "operation": "jwks" }, "within": "60s" }).to_string();
    let verified = send(&bank.emulator, Method::POST, "/api/verify", JSON, &verified).await;
    assert_eq!(ok(verified).await["ok"], true);
    let found = only(&bank, "").await;
    assert_eq!(found["status"], 200);
    assert_eq!(found["delivered"], "none");
    assert_eq!(found["timings"]["delivered_micros"], Value::Null);
    assert_eq!(found["timings"]["delay_ms"], 3_600_000);
    asked.abort();
}

#[tokio::test]
async fn a_world_has_its_own_exchanges_and_scenarios() {
    let bank = TestBank::start().await;
    let world = bank.emulator.world().await.unwrap();
    let (one, tpp) = (bank.tpp().await, world.tpp().create().await.unwrap());
    let root = format!("/api/worlds/{}", world.name());
    let path = format!("{root}/scenarios/mine");
    let answer = send(
        &bank.emulator,
        Method::PUT,
        &format!("{path}?activate=true"),
        YAML,
        "rules: [{ respond: 503 }]",
    )
    .await;
    assert_eq!(answer.headers()["location"], path.as_str());
    let asked = crate::helpers::http_client(&tpp).get(format!("{}/jwks", world.url(BANK)));
    assert_eq!(asked.send().await.unwrap().status().as_u16(), 503);
    let asked = one.http.get(format!("{}/jwks", one.mtls)).send().await;
    assert_eq!(asked.unwrap().status().as_u16(), 200);
    problem(get(&bank.emulator, "/api/scenarios/mine", &[]).await, 404).await;
    assert_eq!(only(&bank, "").await["world"], "default");
    let of_world = ok(get(&bank.emulator, &format!("{root}/exchanges"), &[]).await).await;
    let items = of_world["items"].as_array().unwrap();
    assert_eq!(items.len(), 1);
    assert_eq!(items[0]["world"], world.name());
    assert_eq!(items[0]["scenario"], "mine");
    delete(&bank.emulator, &format!("{root}/exchanges")).await;
    assert_eq!(listed(&bank, "").await.len(), 1);
}

#[tokio::test]
async fn what_no_rule_ever_saw_cannot_be_repeated_by_a_scenario() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let nowhere = bank.emulator.url(BANK).replace(BANK, "w/nowhere/jwks");
    tpp.http.get(nowhere).send().await.unwrap();
    let found = only(&bank, "").await;
    assert_eq!(found["refused_by"], "unknown_world");
    let path = format!("/api/exchanges/{}/scenario", found["id"]);
    let refused = problem(get(&bank.emulator, &path, &[]).await, 409).await;
    let detail = refused["detail"].as_str().unwrap();
    assert!(detail.contains("`unknown_world`"), "{detail}");
}
