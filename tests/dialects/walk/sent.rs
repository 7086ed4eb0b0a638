//! The calls of the walk, sent.

use aspsp_emulator::dialect::Operation;
use aspsp_emulator::dialect::policy::Strictness;
use reqwest::Response;
use serde_json::Value;

use crate::helpers::{INTERACTION_ID, header};
use crate::walk::exchanges::{Exchange, Expected};
use crate::walk::{Walker, each};

impl Walker {
    /// Sends a call with more header fields.
    pub async fn send(&self, exchange: &Exchange, more: &[(&str, &str)]) -> Response {
        let mut headers: Vec<(&str, &str)> = more.to_vec();
        let own = exchange.headers.iter();
        headers.extend(own.map(|(name, value)| (*name, value.as_str())));
        let body = exchange.body.clone();
        let send = self
            .tpp
            .send(exchange.method, &exchange.url, &headers, body);
        send.await
    }

    /// The answer is what it must be.
    async fn assert_answered(&self, exchange: &Exchange, answer: Response) {
        let name = &exchange.name;
        let status = answer.status().as_u16();
        let allow = header(&answer, "allow").map(str::to_owned);
        let text = answer.text().await.unwrap();
        let is_brazilian = self.dialect.id == "open-finance-brasil";
        match exchange.expected {
            Expected::Done(expected) => assert_eq!(status, expected, "{name}: {text}"),
            Expected::Refused => assert!((400..500).contains(&status), "{name}: {status}"),
            Expected::MethodNotOffered(_) if is_brazilian => {
                assert_eq!((status, allow), (404, None), "{name}");
                assert_invalid_request(name, &text, "method_not_offered");
            }
            Expected::MethodNotOffered(offered) => {
                assert_eq!((status, allow.as_deref()), (405, Some(offered)), "{name}");
                assert!(text.is_empty(), "{name}: {text}");
            }
            Expected::RouteUnknown => {
                assert_eq!((status, allow), (404, None), "{name}");
                match self.dialect.id {
                    "open-finance-brasil" => {
                        assert_invalid_request(name, &text, "route_unknown");
                    }
                    "raidiam-directory" => assert_errors(name, &text, "route_unknown"),
                    _ => assert!(text.is_empty(), "{name}: {text}"),
                }
            }
        }
    }
}

/// `{"error": "invalid_request", "error_description": …}`.
fn assert_invalid_request(name: &str, text: &str, check: &str) {
    let body: Value = serde_json::from_str(text).unwrap();
    assert_eq!(body["error"], "invalid_request", "{name}");
    let description = body["error_description"].as_str().unwrap();
    assert!(
        description.ends_with(&format!("({check})")),
        "{name}: {text}"
    );
    assert_eq!(body.as_object().unwrap().len(), 2, "{name}: {text}");
}

/// `{"errors": [text]}`.
fn assert_errors(name: &str, text: &str, check: &str) {
    let body: Value = serde_json::from_str(text).unwrap();
    let errors = body["errors"].as_array().unwrap();
    assert_eq!(
        (errors.len(), body.as_object().unwrap().len()),
        (1, 1),
        "{name}"
    );
    let description = errors[0].as_str().unwrap();
    assert!(
        description.ends_with(&format!("({check})")),
        "{name}: {text}"
    );
}

#[tokio::test]
async fn each_operation_that_a_dialect_offers_succeeds_at_every_strictness() {
    for (dialect, strictness) in each() {
        let offered = |operation: &Operation| dialect.offers(*operation);
        for operation in Operation::ALL.into_iter().filter(offered) {
            // A strict Brazilian bank registers a software once.
            let walker = Walker::at(dialect, strictness).await;
            let exchange = walker.done(operation).await;
            let answer = walker.send(&exchange, &[]).await;
            walker.assert_answered(&exchange, answer).await;
        }
    }
}

#[tokio::test]
async fn what_a_dialect_does_not_offer_is_refused_in_its_own_way_at_every_strictness() {
    for (dialect, strictness) in each() {
        let walker = Walker::at(dialect, strictness).await;
        for exchange in walker.not_offered().into_iter().chain(walker.unknown()) {
            let answer = walker.send(&exchange, &[]).await;
            walker.assert_answered(&exchange, answer).await;
        }
    }
}

/// An id that is echoed, and such as are not.
const ECHOED: [&str; 3] = ["a", "93bac548-d2de-4546-b106-880a5018460d", "Walk-0"];
const REPLACED: [&str; 3] = ["-a", "a b", "a_b"];

fn is_uuid_v4(text: &str) -> bool {
    uuid::Uuid::try_parse(text).is_ok_and(|uuid| uuid.get_version_num() == 4 && text.len() == 36)
}

#[tokio::test]
async fn every_answer_carries_the_interaction_id_that_was_sent_or_a_fresh_one() {
    for dialect in aspsp_emulator::dialect::ALL {
        let walker = Walker::at(dialect, Strictness::Conformance).await;
        for sent in [None]
            .into_iter()
            .chain(ECHOED.iter().chain(&REPLACED).map(Some))
        {
            let mut exchanges = walker.not_offered();
            exchanges.extend(walker.unknown());
            exchanges.extend(walker.refused());
            for operation in Operation::ALL {
                if dialect.offers(operation) {
                    exchanges.push(walker.done(operation).await);
                }
            }
            for exchange in exchanges {
                let headers: Vec<(&str, &str)> =
                    sent.iter().map(|id| (INTERACTION_ID, **id)).collect();
                let answer = walker.send(&exchange, &headers).await;
                let name = format!("{} with {sent:?}", exchange.name);
                let told = header(&answer, INTERACTION_ID).unwrap_or_else(|| panic!("{name}"));
                match sent {
                    Some(id) if ECHOED.contains(id) => assert_eq!(told, *id, "{name}"),
                    _ => assert!(is_uuid_v4(told), "{name}: {told}"),
                }
                walker.assert_answered(&exchange, answer).await;
            }
        }
    }
}
