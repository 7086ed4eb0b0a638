//! The URLs that all worlds advertise, by the control API.

use serde_json::{Value, json};

use crate::helpers::{BANK, TestBank, json as body};
use crate::key_stores::part;
use crate::steering::{assert_problem, call, done, read};

const URLS: &str = "/api/urls";

#[tokio::test]
async fn other_urls_are_advertised_in_every_world_at_once_and_the_listeners_own_again() {
    let bank = TestBank::start().await;
    let emulator = &bank.emulator;
    let tpp = bank.tpp().await;
    done(emulator, "POST", "/api/worlds", json!({"name": "a"})).await;
    assert_eq!(
        read(emulator, URLS).await,
        json!({"mtls": null, "tls": null})
    );
    let own = read(emulator, "/api/banks/uk-ob-3.3").await;
    let mapped = json!({"mtls": "https://bank.test:9443/", "tls": "https://open.test"});
    let shown = json!({"mtls": "https://bank.test:9443", "tls": "https://open.test"});
    assert_eq!(done(emulator, "PUT", URLS, mapped).await, shown);
    assert_eq!(read(emulator, URLS).await, shown);
    for (world, prefix) in [("/api", ""), ("/api/worlds/a", "/w/a")] {
        let listed = read(emulator, &format!("{world}/banks/{BANK}")).await;
        let expected = format!("https://open.test{prefix}/{BANK}");
        assert_eq!(listed["issuer"], expected);
        let expected = format!("https://bank.test:9443{prefix}/{BANK}/token");
        assert_eq!(listed["token_endpoint"], expected);
        let of_listener = emulator.addresses().tls.port();
        let discovery = format!(
            "https://localhost:{of_listener}{prefix}/{BANK}/.well-known/openid-configuration"
        );
        let discovery = body(tpp.http.get(discovery).send().await.unwrap()).await;
        assert_eq!(
            discovery["issuer"],
            format!("https://open.test{prefix}/{BANK}")
        );
        let url = format!("{world}/worlds/a");
        if prefix.is_empty() {
            let urls = read(emulator, &url).await["urls"].clone();
            assert_eq!(urls["mtls"], "https://bank.test:9443/w/a");
        }
    }
    let claims = part(&tpp.tpp.statement().unwrap(), 1);
    let jwks = claims["software_jwks_endpoint"].as_str().unwrap();
    assert!(jwks.starts_with("https://open.test/directory/"), "{jwks}");
    for (half, mtls, tls) in [
        (
            json!({"mtls": "https://bank.test"}),
            json!("https://bank.test"),
            json!("https://open.test"),
        ),
        (
            json!({"tls": null}),
            json!("https://bank.test"),
            json!(null),
        ),
        (
            json!({"tls": "https://o.test/"}),
            json!("https://bank.test"),
            json!("https://o.test"),
        ),
    ] {
        let both = json!({"mtls": mtls, "tls": tls});
        assert_eq!(done(emulator, "PUT", URLS, half).await, both);
        assert_eq!(read(emulator, URLS).await, both);
    }
    done(emulator, "PUT", URLS, json!({"mtls": null, "tls": null})).await;
    assert_eq!(read(emulator, "/api/banks/uk-ob-3.3").await, own);
}

#[tokio::test]
async fn what_is_no_base_url_is_a_400_and_changes_nothing() {
    let bank = TestBank::start().await;
    for url in [
        "",
        "bank.test",
        "http://bank.test",
        "https://",
        "https://bank.test/path",
        "https://bank.test/?q",
        "https://bank.test#f",
        "https://me@bank.test",
        " https://bank.test",
        "https://bank.test:99999",
    ] {
        for field in ["mtls", "tls"] {
            let mut urls = json!({"mtls": "https://good.test", "tls": "https://good.test"});
            urls[field] = url.into();
            let answer = call(&bank.emulator, "PUT", URLS, urls).await;
            let allowed = "https://HOST, https://HOST:PORT, null";
            assert_problem(answer, 400, field, &format!("`{url}`"), allowed);
        }
    }
    for (urls, field, found, allowed) in [
        (json!({"mtls": 1}), "mtls", "the number `1`", "a string"),
        (
            json!({"http": null}),
            "http",
            "an unknown member",
            "mtls, tls",
        ),
        (
            json!({}),
            "body",
            "none of its members",
            "at least one of mtls, tls",
        ),
        (
            Value::Null,
            "body",
            "nothing",
            "JSON or YAML, with its Content-Type",
        ),
    ] {
        let answer = call(&bank.emulator, "PUT", URLS, urls).await;
        assert_problem(answer, 400, field, found, allowed);
    }
    assert_eq!(
        read(&bank.emulator, URLS).await,
        json!({"mtls": null, "tls": null})
    );
}
