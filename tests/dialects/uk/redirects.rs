//! `redirect_uris`: https, of somebody else's host, among those of the statement, and taken from
//! there where the request is silent.

use serde_json::{Value, json};

use crate::cases::{
    Accepted, Case, Expected, built, changed, claim, metadata, redirect_uri, stated,
};
use crate::uk::Version;

const MINE: &str = "https://app.example/cb";

pub fn cases(version: &'static Version) -> Vec<Case> {
    [
        malformed(),
        vec![elsewhere()],
        missing(version),
        lengths(),
        hosts(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// A request with this redirect URI, which its statement holds too.
fn registered(uri: impl Into<String>, expected: Expected) -> Case {
    let uri = uri.into();
    let shown: String = uri.chars().take(60).collect();
    built(format!("redirect URI {shown}"), expected, move |parties| {
        let statement =
            parties.statement(|edits| edits.set_claim("software_redirect_uris", json!([uri])));
        let request = parties.request_with(statement);
        request.claim("redirect_uris", json!([uri]))
    })
}

fn malformed() -> Vec<Case> {
    let refused = redirect_uri("redirect_uri_malformed");
    let wrong = [
        "http://app.example/cb",
        "com.example.app:/cb",
        "/cb",
        "https://localhost/cb",
        "https://a.localhost/cb",
        "https://127.0.0.1/cb",
        "https://app.example/cb#fragment",
    ];
    let mut cases = vec![
        registered(MINE, Accepted),
        registered(MINE, Accepted).strict(),
        claim("redirect_uris", json!([]), refused),
    ];
    cases.extend(wrong.map(|uri| registered(uri, refused)));
    cases.extend(wrong.map(|uri| registered(uri, refused).lenient()));
    cases
}

fn elsewhere() -> Case {
    let refused = redirect_uri("redirect_uri_not_in_statement");
    claim("redirect_uris", json!(["https://evil.example/cb"]), refused)
}

fn silent(statement_uris: Value, expected: Expected) -> Case {
    let name = format!("no redirect_uris, the statement's are {statement_uris}");
    built(name, expected, move |parties| {
        let uris = statement_uris.clone();
        let statement = parties.statement(|edits| edits.set_claim("software_redirect_uris", uris));
        parties.request_with(statement).without("redirect_uris")
    })
}

fn missing(version: &'static Version) -> Vec<Case> {
    let refused = redirect_uri("redirect_uris_missing");
    let both = json!([MINE, "https://app.example/2"]);
    let filled = |expected| silent(both.clone(), expected).shows("redirect_uris", both.clone());
    let refusing = |case: Case| case.switched(json!({"redirects_default": "reject"}));
    let filling = |case: Case| case.switched(json!({"redirects_default": "statement"}));
    let mut cases = vec![
        silent(json!([]), refused),
        filling(filled(Accepted)),
        refusing(silent(both.clone(), refused)),
    ];
    if version.fills_redirects {
        cases.extend([
            filled(Accepted),
            filled(Accepted).lenient(),
            filled(Accepted).strict(),
        ]);
    } else {
        let silent = || silent(both.clone(), refused);
        cases.extend([silent(), silent().lenient(), silent().strict()]);
    }
    cases
}

fn lengths() -> Vec<Case> {
    let of = |length: usize| {
        let base = "https://app.example/";
        format!("{base}{}", "x".repeat(length - base.len()))
    };
    vec![
        registered(of(256), Accepted),
        registered(of(257), redirect_uri("claim_malformed")),
        claim("redirect_uris", MINE, redirect_uri("claim_malformed")),
        claim("redirect_uris", json!([1]), redirect_uri("claim_malformed")),
    ]
}

/// Pages of the software on another host than its redirect URIs: only where the switch says so.
fn hosts() -> Vec<Case> {
    let check = || json!({"uri_hosts": "check"});
    let elsewhere = |page: &'static str, expected| {
        stated(format!("{page} elsewhere"), expected, move |edits, _| {
            edits.set_claim(page, "https://elsewhere.example/x");
        })
    };
    let wrong = metadata("uri_host_mismatch");
    let mut cases = vec![
        changed("pages of its own host", Accepted, |request| request).switched(check()),
        elsewhere("software_logo_uri", Accepted),
        elsewhere("software_logo_uri", Accepted).strict(),
    ];
    cases.extend(
        [
            "software_logo_uri",
            "software_tos_uri",
            "software_policy_uri",
            "software_client_uri",
        ]
        .map(|page| elsewhere(page, wrong).switched(check())),
    );
    cases
}
