//! `gateway-html`: A gateway speaks HTML in the place of the bank.

use super::answer::Answer;
use super::ground::{DIRECTORY, Ground, REGISTERING, SENT_ID, WAYS, Way};
use crate::connections::{HTTP1, plain_client};
use crate::helpers::TestBank;

pub const NAME: &str = "gateway-html";

fn assert_page(answer: &Answer, method: &str, reference: &str) {
    assert_eq!(answer.status, 502, "{answer:?}");
    let html = Some("text/html; charset=utf-8");
    assert_eq!(answer.header("content-type"), html);
    assert_eq!(answer.header("server"), Some("gateway"));
    let lines: Vec<&str> = answer.body.lines().collect();
    assert_eq!(lines.first(), Some(&"<html>"));
    assert_eq!(lines.last(), Some(&"</html>"));
    assert!(lines.contains(&"<head><title>502 Bad Gateway</title></head>"));
    let line = format!("<p>{method} failed; reference {reference}.</p>");
    assert!(lines.contains(&line.as_str()), "{}", answer.body);
}

#[tokio::test]
async fn every_request_to_every_bank_gets_the_page_and_nothing_is_registered() {
    for way in WAYS {
        let ground = Ground::start(NAME, way).await;
        for bank in REGISTERING.into_iter().chain([DIRECTORY]) {
            let tpp = ground.tpp(bank).await;
            assert_page(&tpp.register().await, "POST", SENT_ID);
            assert_page(&tpp.token("x").await, "POST", SENT_ID);
            for path in ["/jwks", "/clients", "/unknown"] {
                let answer = tpp.get(path).await;
                assert_page(&answer, "GET", SENT_ID);
                answer.assert_status(502, bank);
            }
        }
        for bank in REGISTERING {
            assert!(ground.clients(bank).await.is_empty(), "{bank}");
        }
    }
}

#[tokio::test]
async fn the_other_listener_has_the_page_too_and_a_reference_that_it_chose_itself() {
    let bank = TestBank::start_with(|builder| builder.scenario(NAME)).await;
    let http = plain_client(&bank, HTTP1);
    let base = bank.emulator.base_urls().tls;
    for path in ["/uk-ob-3.3/jwks", "/directory/directory.jwks", "/x"] {
        let answer = http.get(format!("{base}{path}")).send().await.unwrap();
        let answer = Answer::read(answer).await.unwrap();
        let id = answer.header(crate::helpers::INTERACTION_ID).unwrap();
        assert_page(&answer, "GET", id);
    }
}

#[tokio::test]
async fn who_does_not_ask_for_the_page_gets_none() {
    let ground = Ground::start(NAME, Way::ByHeader).await;
    let tpp = ground.tpp("uk-ob-3.3").await;
    assert_page(&tpp.register().await, "POST", SENT_ID);
    tpp.plain().registered().await;
    assert_page(&tpp.get("/jwks").await, "GET", SENT_ID);
}
