//! Every status that a source documents, at every operation of every bank.
//!
//! Written from the sources: OB DCR 3.1 (as published by a bank) and its YAML files, Virgin Money's
//! page, the OB read/write profile, Raidiam Connect's pages on `GET /reg/:ClientId` and
//! `GET /clients/:ClientId`, Open Finance Brasil DCR, node oidc-provider, RFC 6749 §5.2, RFC 6750 §3,
//! RFC 7591 §3.2.2.

use std::fmt::Write as _;

use aspsp_emulator::dialect::{ALL, Dialect, Operation};
use serde_json::json;

use super::{Got, ID, offered, walker};
use crate::helpers::INTERACTION_ID;
use crate::walk::Walker;
use crate::walk::exchanges::{Exchange, Expected};

const STATUSES: [u16; 10] = [400, 401, 403, 404, 406, 429, 500, 502, 503, 504];
const TEXT: &str = "scripted by a scenario";

/// The body of an answer.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Body {
    /// None.
    Empty,
    /// `error` and `error_description`.
    Error(&'static str),
    /// `{"errors": [text]}`.
    Errors,
}

use Body::{Empty, Error, Errors};

/// A rule for each status, for requests that ask for it.
fn scenario() -> String {
    let mut text = "name: asked\nrules:\n".to_owned();
    for status in STATUSES {
        let rule =
            format!("{{ match: {{ header: {{ x-status: {status} }} }}, respond: {status} }}");
        writeln!(text, "  - {rule}").unwrap();
    }
    text
}

/// What each system says.
fn body(dialect: &Dialect, operation: Option<Operation>, status: u16) -> Body {
    // RFC 6749 §5.2 is every system's.
    if operation == Some(Operation::Token) {
        match status {
            400 => return Error("invalid_request"),
            401 => return Error("invalid_client"),
            _ => {}
        }
    }
    match dialect.id {
        "open-finance-brasil" => in_brazil(operation, status),
        "raidiam-directory" => at_the_directory(status),
        _ => in_the_uk(operation, status),
    }
}

/// Only 400 has a body: `RegistrationError`. 401, 403, 405, 406, 429 have none.
fn in_the_uk(operation: Option<Operation>, status: u16) -> Body {
    use Operation::{Delete, Read, Register, Update};
    match (operation, status) {
        (Some(Register | Read | Update | Delete), 400) => Error("invalid_client_metadata"),
        _ => Empty,
    }
}

/// The engine speaks JSON with `error`; the page on reading a client has `errors` with 404 and no other
/// body, 5xx included; 406, 429 and what stands before the engine have none.
fn in_brazil(operation: Option<Operation>, status: u16) -> Body {
    use Operation::{Delete, Read, Register, Update};
    match (operation, status) {
        (Some(Register | Update), 400) => Error("invalid_client_metadata"),
        (_, 401) => Error("invalid_token"),
        (Some(Read | Update | Delete), 404) => Errors,
        (_, 400 | 403 | 404) => Error("invalid_request"),
        (Some(Read), 500 | 503) => Empty,
        (_, 500 | 503) => Error("server_error"),
        _ => Empty,
    }
}

/// `errors` with 400 and 404, nothing with the others.
fn at_the_directory(status: u16) -> Body {
    match status {
        400 | 404 => Errors,
        _ => Empty,
    }
}

/// What is wrong with an answer.
fn judge(walker: &Walker, operation: Option<Operation>, status: u16, got: &Got) -> Option<String> {
    let expected = body(walker.dialect, operation, status);
    let has_body = expected != Empty;
    let json = match expected {
        Empty => None,
        Error(code) => Some(json!({ "error": code, "error_description": TEXT })),
        Errors => Some(json!({ "errors": [TEXT] })),
    };
    let kept = |value| Some(value).filter(|_| has_body);
    let retry = [429, 503].contains(&status).then_some("1");
    let is_challenged = status == 401 && operation != Some(Operation::Token);
    let challenge = got.header("www-authenticate");
    let is_right = got.status == status
        && got.json() == json
        && got.text.is_empty() != has_body
        && got.header(INTERACTION_ID) == Some(ID)
        && got.header("content-type") == kept("application/json")
        && got.header("cache-control") == kept("no-store")
        && got.header("pragma") == kept("no-cache")
        && got.header("retry-after") == retry
        && got.header("allow").is_none()
        && challenge.is_some() == is_challenged
        && challenge.is_none_or(|challenge| is_challenge(walker.dialect, challenge));
    (!is_right).then(|| format!("{} {operation:?} {status}: {got:?}", walker.dialect.id))
}

/// `^Bearer .*` (OB DCR), with the error of RFC 6750 §3.1 where a token was sent; in Brazil it says
/// why.
fn is_challenge(dialect: &Dialect, challenge: &str) -> bool {
    challenge.starts_with("Bearer realm=\"")
        && challenge.contains("error=\"invalid_token\"")
        && challenge.contains(TEXT) == (dialect.id == "open-finance-brasil")
}

async fn ask(walker: &Walker, exchange: &Exchange, status: u16) -> Got {
    let status = status.to_string();
    let headers = [(INTERACTION_ID, ID), ("x-status", status.as_str())];
    Got::of(walker.send(exchange, &headers).await).await
}

/// Each status of each operation; then the same request is done, since nothing has been.
async fn check(dialect: &'static Dialect) -> Vec<String> {
    let walker = walker(dialect, &scenario()).await;
    let mut wrong = Vec::new();
    for operation in offered(dialect) {
        let exchange = walker.done(operation).await;
        let before = stored(&walker).await;
        for status in STATUSES {
            let got = ask(&walker, &exchange, status).await;
            wrong.extend(judge(&walker, Some(operation), status, &got));
        }
        assert_eq!(stored(&walker).await, before, "{}", exchange.name);
        let done = Got::of(walker.send(&exchange, &[]).await).await;
        assert_eq!(Expected::Done(done.status), exchange.expected, "{done:?}");
    }
    for exchange in walker.unknown() {
        for status in STATUSES {
            let got = ask(&walker, &exchange, status).await;
            wrong.extend(judge(&walker, None, status, &got));
        }
    }
    wrong
}

async fn stored(walker: &Walker) -> usize {
    let clients = walker.world.emulator.clients(walker.dialect.id).await;
    clients.unwrap().len()
}

#[tokio::test]
async fn every_documented_status_is_said_as_the_bank_says_it_and_changes_nothing() {
    let mut wrong = Vec::new();
    for dialect in ALL {
        wrong.extend(check(dialect).await);
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
