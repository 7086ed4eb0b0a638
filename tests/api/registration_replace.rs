//! PUT: the whole registration is replaced, under the rules of POST.

use std::time::Duration;

use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::emulator::tpp::RequestBuilder;
use reqwest::{Method, Response};
use serde_json::{Value, json};

use crate::helpers::{BANK, TestBank, TestTpp, assert_refused, json as json_of};
use crate::registration_cases::{assert_unchanged, still_bank};
use crate::registration_raw::parts;

/// The check that only PUT can show, although POST lists it.
const CHECK: &str = "client_id_mismatch";

/// A client and a token to manage it with.
struct Registered {
    bank: TestBank,
    tpp: TestTpp,
    id: String,
    token: String,
}

impl Registered {
    async fn start() -> Self {
        let bank = still_bank().await;
        let tpp = bank.tpp().await;
        let id = tpp.registered().await;
        let token = tpp.token(&id).await;
        Self {
            bank,
            tpp,
            id,
            token,
        }
    }

    async fn put(&self, body: String) -> Response {
        let (id, token) = (&self.id, &self.token);
        self.tpp.manage(Method::PUT, id, token, Some(body)).await
    }

    /// Replaces with this request, which must be accepted.
    async fn replace(&self, request: RequestBuilder) -> Value {
        let answer = self.put(request.sign().unwrap()).await;
        let status = answer.status();
        assert_eq!(answer.headers()["cache-control"], "no-store");
        assert_eq!(answer.headers()["pragma"], "no-cache");
        let body = json_of(answer).await;
        assert_eq!(status, 200, "{body}");
        body
    }

    async fn assert_refused(&self, body: String, error: &str, check: &str) {
        let before = self.bank.emulator.clients(BANK).await.unwrap();
        assert_refused(self.put(body).await, error, check).await;
        assert_unchanged(&self.bank, &before, check).await;
    }

    async fn read(&self) -> Value {
        let (id, token) = (&self.id, &self.token);
        json_of(self.tpp.manage(Method::GET, id, token, None).await).await
    }
}

#[tokio::test]
async fn a_replacing_request_is_judged_like_a_new_one() {
    let client = Registered::start().await;
    let tpp = &client.tpp;
    let invalid = "invalid_client_metadata";
    let cases: [(&str, &str, RequestBuilder); 7] = [
        ("statement_missing", "invalid_software_statement", {
            tpp.request().without("software_statement")
        }),
        (
            "key_unknown",
            invalid,
            tpp.request().header("kid", "nobody"),
        ),
        ("scope_missing", invalid, tpp.request().without("scope")),
        ("request_expired", invalid, tpp.request().claim("exp", 1)),
        ("redirect_uri_not_in_statement", "invalid_redirect_uri", {
            let uris = json!(["https://evil.example/cb"]);
            tpp.request().claim("redirect_uris", uris)
        }),
        ("claim_malformed", "invalid_redirect_uri", {
            tpp.request()
                .claim("redirect_uris", "https://app.example/cb")
        }),
        ("subject_dn_mismatch", invalid, {
            tpp.request().claim("tls_client_auth_subject_dn", "CN=x")
        }),
    ];
    for (check, error, request) in cases {
        let body = request.sign().unwrap();
        client.assert_refused(body, error, check).await;
    }
    for body in ["", "x", "{}", "e30.e30"] {
        let check = "request_not_a_jws";
        client.assert_refused(body.to_owned(), invalid, check).await;
    }
}

#[tokio::test]
async fn a_replacing_request_may_only_name_the_client_of_its_path() {
    let client = Registered::start().await;
    let another = client.tpp.registered().await;
    for id in [another.as_str(), "", "x"] {
        let request = client.tpp.request().claim("client_id", id);
        let check = if id.is_empty() {
            "claim_malformed"
        } else {
            CHECK
        };
        let body = request.sign().unwrap();
        client
            .assert_refused(body, "invalid_client_metadata", check)
            .await;
    }
    let upper = client.id.to_uppercase();
    let request = client.tpp.request().claim("client_id", upper);
    let body = request.sign().unwrap();
    client
        .assert_refused(body, "invalid_client_metadata", CHECK)
        .await;
    let named = client.tpp.request().claim("client_id", client.id.as_str());
    assert_eq!(client.replace(named).await["client_id"], client.id);
    let unnamed = client.tpp.request();
    assert_eq!(client.replace(unnamed).await["client_id"], client.id);
}

#[tokio::test]
async fn nothing_of_the_old_registration_is_left() {
    let client = Registered::start().await;
    let tpp = &client.tpp;
    let ciba = tpp
        .request()
        .claim("grant_types", json!(["urn:openid:params:grant-type:ciba"]))
        .claim("backchannel_token_delivery_mode", "poll")
        .claim("backchannel_authentication_request_signing_alg", "PS256")
        .without("response_types");
    let first = client.replace(ciba).await;
    assert_eq!(first["backchannel_token_delivery_mode"], "poll");
    assert!(first.get("response_types").is_none(), "{first}");

    let issued_at = first["client_id_issued_at"].clone();
    client.bank.emulator.clock().advance(Duration::from_secs(7));
    let request = || {
        tpp.request_for(AuthMethod::PrivateKeyJwt)
            .claim("scope", "openid payments")
            .claim("application_type", "mobile")
    };
    let (_, asked, _) = parts(&request().sign().unwrap());
    let second = client.replace(request()).await;
    for (name, value) in asked.as_object().unwrap() {
        if !["jti", "software_statement"].contains(&name.as_str()) {
            assert_eq!(second[name], *value, "{name}");
        }
    }
    let gone = |name: &str| name.starts_with("backchannel_") || name.ends_with("_subject_dn");
    let left: Vec<&String> = second.as_object().unwrap().keys().collect();
    assert!(!left.iter().any(|name| gone(name)), "{second}");
    assert_eq!(second["client_id_issued_at"], issued_at);
    assert_eq!(client.read().await, second);
}

#[tokio::test]
async fn a_secret_comes_stays_and_goes_with_the_method_that_needs_it() {
    let client = Registered::start().await;
    let with = |method| client.tpp.request_for(method);
    let basic = client.replace(with(AuthMethod::ClientSecretBasic)).await;
    let secret = basic["client_secret"].as_str().unwrap();
    assert_eq!(secret.len(), 36);
    assert_eq!(basic["client_secret_expires_at"], 0);

    for method in [
        AuthMethod::ClientSecretBasic,
        AuthMethod::ClientSecretPost,
        AuthMethod::ClientSecretJwt,
    ] {
        let kept = client.replace(with(method)).await;
        assert_eq!(kept["client_secret"], secret, "{method}");
        assert_eq!(client.read().await, kept, "{method}");
    }
    for method in [AuthMethod::TlsClientAuth, AuthMethod::PrivateKeyJwt] {
        let dropped = client.replace(with(method)).await;
        assert!(dropped.get("client_secret").is_none(), "{method}");
        assert!(
            dropped.get("client_secret_expires_at").is_none(),
            "{method}"
        );
    }
    let again = client.replace(with(AuthMethod::ClientSecretPost)).await;
    assert_ne!(again["client_secret"], secret);
    assert_eq!(again["client_secret"].as_str().unwrap().len(), 36);
}
