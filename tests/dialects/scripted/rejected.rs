//! Refusals by a check that did not fail, compared with those by one that did.

use std::collections::BTreeSet;
use std::fmt::Write as _;

use aspsp_emulator::dialect::{ALL, Dialect, Operation, all_checks, by_id};
use serde_json::Value;

use super::{Got, ID, offered, walker};
use crate::cases::{Case, Parties, Setup};
use crate::helpers::INTERACTION_ID;
use crate::uk;
use crate::walk::Walker;
use crate::walk::exchanges::Exchange;

/// A rule for each check, for requests that ask for it.
fn scenario() -> String {
    let mut text = "name: asked\nrules:\n".to_owned();
    for check in all_checks() {
        let name = check.name;
        let matching = format!("match: {{ header: {{ x-reject: {name} }} }}");
        writeln!(text, "  - {{ name: {name}, {matching}, reject: {name} }}").unwrap();
    }
    text
}

/// Status, header fields without those that differ anyway, and the body without texts.
#[derive(Debug, PartialEq)]
struct Shape {
    status: u16,
    headers: Vec<(String, String)>,
    body: Option<Value>,
}

const DIFFERENT: [&str; 4] = ["date", "content-length", INTERACTION_ID, "x-emulator-rule"];

fn shape(got: &Got) -> Shape {
    let named = |name: &str| !DIFFERENT.contains(&name);
    let fields = got.headers.iter().filter(|(name, _)| named(name.as_str()));
    let mut headers: Vec<(String, String)> = fields
        .map(|(name, value)| {
            (
                name.to_string(),
                untold(name.as_str(), value.to_str().unwrap()),
            )
        })
        .collect();
    headers.sort();
    let body = got.json().map(|mut body| {
        if let Some(text) = body.get_mut("error_description") {
            *text = Value::Bool(text.is_string());
        }
        if let Some(errors) = body.get_mut("errors") {
            *errors = Value::from(errors.as_array().map_or(0, Vec::len));
        }
        body
    });
    Shape {
        status: got.status,
        headers,
        body,
    }
}

/// A challenge without its text. `Allow` has the methods besides the one that was asked for, which here
/// differs.
fn untold(name: &str, value: &str) -> String {
    const TEXT: &str = "error_description=\"";
    if name == "allow" {
        return String::new();
    }
    match value.split_once(TEXT) {
        Some((before, _)) if name == "www-authenticate" => format!("{before}{TEXT}"),
        _ => value.to_owned(),
    }
}

async fn rejected(walker: &Walker, exchange: &Exchange, check: &str) -> Got {
    let headers = [(INTERACTION_ID, ID), ("x-reject", check)];
    Got::of(walker.send(exchange, &headers).await).await
}

#[tokio::test]
async fn each_check_of_each_operation_refuses_on_demand_and_changes_nothing() {
    for dialect in ALL {
        let walker = walker(dialect, &scenario()).await;
        for operation in offered(dialect) {
            let exchange = walker.done(operation).await;
            let before = walker.world.emulator.clients(dialect.id).await.unwrap();
            let own: BTreeSet<&str> = (dialect.checks)(operation)
                .iter()
                .copied()
                .flatten()
                .map(|check| check.name)
                .chain(["route_unknown", "method_not_offered"])
                .collect();
            for name in &own {
                let got = rejected(&walker, &exchange, name).await;
                assert_refused(&exchange.name, name, &got);
            }
            let after = walker.world.emulator.clients(dialect.id).await.unwrap();
            assert_eq!(before.len(), after.len(), "{}", exchange.name);
            // What the bank does not check, it does not refuse.
            let foreign = all_checks().iter().map(|check| check.name);
            let mut foreign = foreign.filter(|name| !own.contains(name));
            let foreign = foreign.next_back().unwrap();
            let got = rejected(&walker, &exchange, foreign).await;
            assert!(got.status < 300, "{}: {foreign}: {got:?}", exchange.name);
            assert_eq!(got.header("x-emulator-rule"), None);
        }
    }
}

fn assert_refused(exchange: &str, check: &str, got: &Got) {
    let name = format!("{exchange}: {check}: {got:?}");
    assert!((400..500).contains(&got.status), "{name}");
    assert_eq!(got.header(INTERACTION_ID), Some(ID), "{name}");
    let rule = got.header("x-emulator-rule").unwrap_or_default();
    assert!(rule.starts_with(&format!("asked/{check}#")), "{name}");
    let Some(body) = got.json() else {
        assert!(got.text.is_empty(), "{name}");
        return;
    };
    let text = body["error_description"].as_str();
    let text = text.or_else(|| body["errors"][0].as_str()).unwrap();
    let expected = format!("scripted by a scenario ({check})");
    assert_eq!(text, expected, "{name}");
    assert_eq!(got.header("cache-control"), Some("no-store"), "{name}");
}

/// Both refusals, and what differs.
fn compare(name: &str, check: &str, real: &Got, scripted: &Got) -> Option<String> {
    let (real, scripted) = (shape(real), shape(scripted));
    (real != scripted).then(|| format!("{name} ({check}): really {real:?}, scripted {scripted:?}"))
}

/// The rows of a table that an ordinary bank refuses when an ordinary TPP registers.
fn is_plain(case: &Case) -> bool {
    case.check().is_some()
        && case.setup == Setup::default()
        && case.tpp.is_none()
        && case.earlier.is_none()
        && case.is_for(Operation::Register)
}

#[tokio::test]
async fn a_scripted_refusal_of_a_registration_is_that_of_the_uk_bank() {
    for version in &uk::VERSIONS {
        let walker = walker(by_id(version.id).unwrap(), &scenario()).await;
        let other = walker.world.tpp(walker.dialect.ecosystem).await;
        let parties = Parties {
            tpp: &walker.tpp,
            other: &other,
            bank: version.id,
            urls: [walker.url.clone(), walker.world.emulator.issuer(version.id)],
            now: walker.world.emulator.clock().unix(),
            earlier: None,
        };
        let mut compared = BTreeSet::new();
        let mut wrong = Vec::new();
        for case in uk::cases(version).iter().filter(|case| is_plain(case)) {
            let check = case.check().unwrap();
            if !compared.insert(check) {
                continue;
            }
            let mut headers = case.headers.clone();
            if !headers.iter().any(|(name, _)| *name == "content-type") {
                headers.push(("content-type", version.media_type));
            }
            let url = format!("{}/register", walker.url);
            let send = |headers: Vec<(&'static str, &'static str)>| {
                let body = (case.body)(&parties);
                let (tpp, url) = (&walker.tpp, &url);
                async move { Got::of(tpp.send("POST", url, &headers, body).await).await }
            };
            let real = send(headers).await;
            let scripted = rejected(&walker, &walker.register(), check).await;
            wrong.extend(compare(&case.name, check, &real, &scripted));
        }
        assert!(compared.len() >= 20, "{}: {compared:?}", version.id);
        assert!(wrong.is_empty(), "{}:\n{}", version.id, wrong.join("\n"));
    }
}

/// A way to be refused: by which check, at which operation, and how the request is to be spoiled.
type Spoilt = (&'static str, Operation, fn(&mut Exchange));

fn set(exchange: &mut Exchange, name: &'static str, value: &str) {
    exchange.headers.retain(|(known, _)| *known != name);
    exchange.headers.push((name, value.to_owned()));
}

fn anonymous(exchange: &mut Exchange) {
    exchange
        .headers
        .retain(|(name, _)| *name != "authorization");
}

fn unknown_token(exchange: &mut Exchange) {
    set(exchange, "authorization", "Bearer nobodys");
}

fn basic(exchange: &mut Exchange) {
    set(exchange, "authorization", "Basic YTpi");
}

fn patched(exchange: &mut Exchange) {
    exchange.method = "PATCH";
}

fn elsewhere(exchange: &mut Exchange) {
    exchange.url.push_str("/more");
}

fn empty(exchange: &mut Exchange) {
    exchange.body.clear();
}

fn text(exchange: &mut Exchange) {
    set(exchange, "content-type", "text/plain");
}

fn foreign_grant(exchange: &mut Exchange) {
    exchange.body = exchange.body.replace("client_credentials", "password");
}

/// Another member of a JSON request.
fn member(exchange: &mut Exchange, name: &str, value: Option<Value>) {
    let mut body: Value = serde_json::from_str(&exchange.body).unwrap();
    let members = body.as_object_mut().unwrap();
    match value {
        Some(value) => members.insert(name.to_owned(), value),
        None => members.shift_remove(name),
    };
    exchange.body = body.to_string();
}

const OF_TOKENS: [Spoilt; 4] = [
    ("token_missing", Operation::Read, anonymous),
    ("token_malformed", Operation::Read, basic),
    ("token_invalid", Operation::Read, unknown_token),
    ("token_missing", Operation::Delete, anonymous),
];
const OF_UPDATES: [Spoilt; 2] = [
    ("token_missing", Operation::Update, anonymous),
    ("token_invalid", Operation::Update, unknown_token),
];
const OF_ALL: [Spoilt; 5] = [
    ("route_unknown", Operation::Token, elsewhere),
    ("method_not_offered", Operation::Discovery, patched),
    ("method_not_offered", Operation::Jwks, patched),
    ("media_type_unsupported", Operation::Token, text),
    ("grant_type_unknown", Operation::Token, foreign_grant),
];
const OF_BRAZIL: [Spoilt; 5] = [
    ("media_type_unsupported", Operation::Register, text),
    ("body_not_a_json_object", Operation::Register, empty),
    ("statement_missing", Operation::Register, |exchange| {
        member(exchange, "software_statement", None);
    }),
    ("jwks_by_value", Operation::Register, |exchange| {
        member(exchange, "jwks", Some(serde_json::json!({ "keys": [] })));
    }),
    (
        "redirect_uri_not_in_statement",
        Operation::Register,
        |exchange| {
            member(
                exchange,
                "redirect_uris",
                Some(serde_json::json!(["https://b.example/"])),
            );
        },
    ),
];
const OF_DIRECTORY: [Spoilt; 5] = [
    ("token_missing", Operation::Clients, anonymous),
    ("token_malformed", Operation::Client, basic),
    ("token_invalid", Operation::Assertion, unknown_token),
    ("method_not_offered", Operation::Clients, patched),
    ("client_unknown", Operation::Client, |exchange| {
        exchange.url = format!("{}x", exchange.url);
    }),
];

fn spoilt(dialect: &Dialect) -> Vec<Spoilt> {
    let own: &[Spoilt] = match dialect.id {
        "open-finance-brasil" => &OF_BRAZIL,
        "raidiam-directory" => &OF_DIRECTORY,
        _ => &[],
    };
    let mut all = [&OF_TOKENS[..], &OF_UPDATES, &OF_ALL, own].concat();
    all.retain(|(_, operation, _)| dialect.offers(*operation));
    all
}

#[tokio::test]
async fn a_scripted_refusal_is_that_of_the_bank_at_other_operations_too() {
    let mut wrong = Vec::new();
    for dialect in ALL {
        let walker = walker(dialect, &scenario()).await;
        for (check, operation, spoil) in spoilt(dialect) {
            let exchange = walker.done(operation).await;
            let scripted = rejected(&walker, &exchange, check).await;
            let mut exchange = exchange;
            spoil(&mut exchange);
            let real = Got::of(walker.send(&exchange, &[]).await).await;
            let named = &exchange.name;
            assert_eq!(real.header("x-emulator-rule"), None);
            wrong.extend(compare(named, check, &real, &scripted));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
