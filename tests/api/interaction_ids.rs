//! `x-fapi-interaction-id` of answers: echoed where it may be, else a fresh UUID v4.

use std::collections::HashSet;

use reqwest::{Client, Response};
use uuid::Uuid;

use crate::connections::{HTTP1, HTTP2, plain_client, tpp_client};
use crate::helpers::{INTERACTION_ID, TestBank};

fn id_of(answer: &Response) -> String {
    let mut ids = answer.headers().get_all(INTERACTION_ID).iter();
    let id = ids.next().expect("an interaction id").to_str().unwrap();
    assert!(ids.next().is_none(), "one is enough");
    id.to_owned()
}

fn assert_fresh(id: &str, sent: &str) {
    let uuid = Uuid::parse_str(id).unwrap_or_else(|error| panic!("{error}: {id}"));
    assert_eq!(uuid.get_version_num(), 4, "{id}");
    assert_eq!(id, uuid.hyphenated().to_string());
    assert_ne!(id, sent);
}

/// Clients of both listeners over both versions of HTTP, with a URL that each can read.
async fn start() -> (TestBank, Vec<(Client, String)>) {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let urls = bank.emulator.base_urls();
    let mut clients = Vec::new();
    for alpn in [HTTP1, HTTP2] {
        clients.push((
            tpp_client(&bank, &tpp, alpn),
            format!("{}/uk-ob-3.3", urls.mtls),
        ));
        clients.push((plain_client(&bank, alpn), format!("{}/uk-ob-3.3", urls.tls)));
    }
    (bank, clients)
}

#[tokio::test]
async fn a_well_formed_id_is_echoed_as_sent_on_every_answer() {
    let (_bank, clients) = start().await;
    let longest = format!("0{}", "-".repeat(99));
    for (http, base) in &clients {
        for sent in [
            "93bac548-d2de-4546-b106-880a5018460d",
            "A",
            "not-a-uuid",
            &longest,
        ] {
            for path in ["/jwks", "/unknown"] {
                let request = http
                    .get(format!("{base}{path}"))
                    .header(INTERACTION_ID, sent);
                assert_eq!(id_of(&request.send().await.unwrap()), sent);
            }
        }
    }
}

#[tokio::test]
async fn a_malformed_id_is_replaced_by_a_fresh_one() {
    let (_bank, clients) = start().await;
    let too_long = "x".repeat(101);
    for (http, base) in &clients {
        for sent in [
            "",
            "-starts-with-a-hyphen",
            "a b",
            "a_b",
            "a.b",
            "a,b",
            "\u{e9}",
            &too_long,
        ] {
            let request = http.get(format!("{base}/jwks"));
            let answer = request
                .header(INTERACTION_ID, sent.as_bytes())
                .send()
                .await
                .unwrap();
            assert_eq!(answer.status(), 200, "{sent}");
            assert_fresh(&id_of(&answer), sent);
        }
    }
}

#[tokio::test]
async fn two_ids_are_replaced_by_a_fresh_one() {
    let (_bank, clients) = start().await;
    for (http, base) in &clients {
        for (one, other) in [("one", "other"), ("same", "same")] {
            let request = http.get(format!("{base}/jwks"));
            let request = request
                .header(INTERACTION_ID, one)
                .header(INTERACTION_ID, other);
            assert_fresh(&id_of(&request.send().await.unwrap()), one);
        }
    }
}

#[tokio::test]
async fn answers_to_requests_without_id_each_have_one_of_their_own() {
    let (_bank, clients) = start().await;
    let mut seen = HashSet::new();
    for (http, base) in &clients {
        for path in ["/jwks", "/unknown", "/jwks"] {
            let id = id_of(&http.get(format!("{base}{path}")).send().await.unwrap());
            assert_fresh(&id, "");
            assert!(seen.insert(id));
        }
    }
}
