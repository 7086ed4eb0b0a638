//! What no careful client sends: each is a 400 of the bank's own shape, and nothing is stored.

mod claims;
mod json;
mod mutations;
mod signatures;

use std::sync::Arc;

use aspsp_emulator::domain::client::Client;
use reqwest::Response;

use crate::helpers::{BANK, TestBank, TestTpp};
use crate::registration_cases::{assert_unchanged, refusal, still_bank};

/// A bank without clients, and a TPP that sends it what it should not.
struct Target {
    bank: TestBank,
    tpp: TestTpp,
    before: Vec<Arc<Client>>,
}

impl Target {
    async fn start() -> Self {
        let bank = still_bank().await;
        let tpp = bank.tpp().await;
        let before = bank.emulator.clients(BANK).await.unwrap();
        Self { bank, tpp, before }
    }

    /// Refused with `invalid_client_metadata` by this check.
    async fn refuses(&self, name: &str, body: impl Into<Vec<u8>>, check: &str) {
        let answer = self.tpp.post(body.into()).await;
        let refused = self.assert_refused(name, answer).await;
        let expected = ("invalid_client_metadata".to_owned(), check.to_owned());
        assert_eq!(refused, expected, "{name}");
    }

    /// Refused in the bank's shape, and nothing is stored: error and check.
    async fn assert_refused(&self, name: &str, answer: Response) -> (String, String) {
        let refused = refusal(name, answer).await;
        assert_unchanged(&self.bank, &self.before, name).await;
        let check = refused.check().to_owned();
        assert_ne!(check, "no check named", "{name}: {}", refused.description);
        (refused.error, check)
    }
}

#[tokio::test]
async fn a_request_cut_off_anywhere_is_refused() {
    let target = Target::start().await;
    let whole = target.tpp.request().sign().unwrap();
    let dots: Vec<usize> = whole.match_indices('.').map(|(at, _)| at).collect();
    let edges = dots.iter().flat_map(|dot| [*dot, dot + 1, dot + 2]);
    let steps = (0..whole.len()).step_by(97);
    for length in edges.chain(steps).chain([whole.len() - 1]) {
        let answer = target.tpp.post(whole[..length].to_owned()).await;
        let name = format!("the first {length} characters");
        target.assert_refused(&name, answer).await;
    }
}

#[tokio::test]
async fn a_body_that_is_no_jws_is_refused() {
    let target = Target::start().await;
    let whole = target.tpp.request().sign().unwrap();
    let bodies: Vec<(&str, Vec<u8>)> = vec![
        ("empty", Vec::new()),
        ("a line break", b"\n".to_vec()),
        ("a dot", b".".to_vec()),
        ("dots", vec![b'.'; 60_000]),
        ("zeros", vec![0; 100]),
        ("not UTF-8", vec![0xff, 0xfe, b'.', b'.']),
        ("UTF-16", whole.bytes().flat_map(|byte| [byte, 0]).collect()),
        ("JSON", br#"{"iss":"x"}"#.to_vec()),
        ("a JSON string", format!("\"{whole}\"").into_bytes()),
        ("flattened JSON", br#"{"payload":"e30"}"#.to_vec()),
        ("a form", b"grant_type=client_credentials".to_vec()),
        ("twice", format!("{whole}\n{whole}").into_bytes()),
        ("twice at once", whole.repeat(2).into_bytes()),
        ("a non-breaking space", format!("{whole}\u{a0}").into()),
        ("a NUL", format!("{whole}\0").into_bytes()),
        ("two line breaks", format!("{whole}\n\n").into_bytes()),
    ];
    for (name, body) in bodies {
        target.refuses(name, body, "request_not_a_jws").await;
    }
}

#[tokio::test]
async fn one_line_break_after_the_request_is_forgiven() {
    let target = Target::start().await;
    for (count, end) in ["", "\n", "\r\n", "\r"].into_iter().enumerate() {
        let body = target.tpp.request().sign().unwrap() + end;
        assert_eq!(target.tpp.post(body).await.status(), 201, "{end:?}");
        let clients = target.bank.emulator.clients(BANK).await.unwrap();
        assert_eq!(clients.len(), count + 1);
    }
}

#[tokio::test]
async fn parts_are_three_and_base64url_without_padding() {
    let target = Target::start().await;
    let whole = target.tpp.request().sign().unwrap();
    let parts: Vec<&str> = whole.split('.').collect();
    let [header, payload, signature] = parts[..] else {
        panic!("{whole}");
    };
    let standard = |part: &str| part.replace('-', "+").replace('_', "/");
    let signature_in_standard = standard(signature);
    assert_ne!(signature_in_standard, signature);
    for body in [
        header.to_owned(),
        format!("{header}.{payload}"),
        format!("{header}.{payload}.{signature}."),
        format!("{header}.{payload}.{signature}.{signature}"),
        format!(".{header}.{payload}.{signature}"),
        format!("{header}..{signature}"),
        format!(".{payload}.{signature}"),
        format!("{header}=.{payload}.{signature}"),
        format!("{header}==.{payload}.{signature}"),
        format!("{header}.{payload}=.{signature}"),
        format!("{header}.{payload}.{signature}="),
        format!("{header}.{payload}.{signature}=="),
        format!("{header}.{payload}.{signature_in_standard}"),
        format!("{header}.{payload}.{signature}AAA"),
        format!("{header} .{payload}.{signature}"),
        format!("{header}.\n{payload}.{signature}"),
        format!("{header}.{payload}.%2E{signature}"),
        format!("{payload}.{signature}.{header}"),
    ] {
        target
            .refuses(&body, body.clone(), "request_not_a_jws")
            .await;
    }
}
