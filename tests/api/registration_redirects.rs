//! `redirect_uris`: https, of somebody else's host, and among those of the statement.

use serde_json::json;

use crate::registration_cases::{
    Accepted, Case, REDIRECT_URI, built, changed, check, claim, redirect_uri,
};

#[tokio::test]
async fn redirect_uris_are_https_and_the_statements() {
    check(cases()).await;
}

pub fn cases() -> Vec<Case> {
    [good(), malformed(), elsewhere(), missing()]
        .into_iter()
        .flatten()
        .collect()
}

/// A request with only this redirect URI, which its statement holds.
fn registered(uri: &'static str, expected: crate::registration_cases::Expected) -> Case {
    built(format!("redirect URI {uri:?}"), expected, move |parties| {
        let uris = json!([uri]);
        let statement = parties.statement(|edits| edits.set_claim("software_redirect_uris", uris));
        let request = parties.request_with(statement);
        request.claim("redirect_uris", json!([uri]))
    })
}

fn good() -> Vec<Case> {
    [
        "https://app.example",
        "https://app.example:8443/a/b?x=1&y=%2F",
        "https://localhost.example/cb",
        "https://notlocalhost/cb",
        "https://10.0.0.1/cb",
        "HTTPS://APP.example/cb",
    ]
    .map(|uri| registered(uri, Accepted))
    .into()
}

/// Wrong although the statement holds them.
const MALFORMED: [&str; 35] = [
    "http://app.example/cb",
    "app.example/cb",
    "/cb",
    "//app.example/cb",
    "com.example.app:/cb",
    "urn:ietf:wg:oauth:2.0:oob",
    "https:app.example/cb",
    "https:/app.example/cb",
    "https://",
    "https:///cb",
    "https://localhost/cb",
    "https://LocalHost:8443/cb",
    "https://localhost./cb",
    "https://a.localhost/cb",
    "https://127.0.0.1/cb",
    "https://127.8.9.10/cb",
    "https://127.1/cb",
    "https://0x7f000001/cb",
    "https://[::1]/cb",
    "https://[::ffff:127.0.0.1]/cb",
    "https://0.0.0.0/cb",
    "https://app.example/%zz",
    "https://app.example/cb#fragment",
    "https://app.example/cb#",
    "https://user@app.example/cb",
    "https://user:secret@app.example/cb",
    "https://app.example/c b",
    " https://app.example/cb",
    "https://app.example/cb\n",
    "https://app.exa\tmple/cb",
    "https:\\\\app.example\\cb",
    "https://app.example/\u{e9}",
    "https://\u{e9}.example/cb",
    "https://app.example/\0",
    "https://app.example/<cb>",
];

fn malformed() -> Vec<Case> {
    let refused = redirect_uri("redirect_uri_malformed");
    let mut cases = vec![claim("redirect_uris", json!([]), refused)];
    cases.extend(MALFORMED.map(|uri| registered(uri, refused)));
    cases.push(built(
        "the statement's, not asked for",
        refused,
        |parties| {
            let uris = json!(["http://app.example/cb"]);
            let statement =
                parties.statement(|edits| edits.set_claim("software_redirect_uris", uris));
            parties.request_with(statement).without("redirect_uris")
        },
    ));
    cases.push(built("one of two malformed", refused, |parties| {
        let uris = json!([REDIRECT_URI, "http://app.example/"]);
        let of_statement = uris.clone();
        let statement =
            parties.statement(|edits| edits.set_claim("software_redirect_uris", of_statement));
        let request = parties.request_with(statement);
        request.claim("redirect_uris", uris)
    }));
    cases
}

/// Exactly one of the statement's, to the letter.
fn elsewhere() -> Vec<Case> {
    let refused = redirect_uri("redirect_uri_not_in_statement");
    let mut cases: Vec<Case> = [
        json!(["https://app.example/cb/"]),
        json!(["https://app.example/CB"]),
        json!(["https://APP.example/cb"]),
        json!(["https://app.example:443/cb"]),
        json!(["https://app.example/cb?x"]),
        json!(["https://app.example/c%62"]),
        json!(["https://app.example/"]),
        json!(["https://evil.example/cb"]),
        json!([REDIRECT_URI, "https://evil.example/cb"]),
    ]
    .map(|uris| claim("redirect_uris", uris, refused))
    .into();
    cases.push(
        claim("redirect_uris", json!([REDIRECT_URI]), Accepted)
            .by(|tpp| tpp.redirect_uri("https://app.example/2")),
    );
    cases.push(
        changed("a statement with much to list", refused, |request| {
            request.claim("redirect_uris", json!(["https://evil.example/cb"]))
        })
        .by(|tpp| {
            (0..20).fold(tpp, |tpp, index| {
                tpp.redirect_uri(format!("https://app.example/{index}/{}", "x".repeat(40)))
            })
        }),
    );
    cases
}

fn missing() -> Vec<Case> {
    let refused = redirect_uri("redirect_uris_missing");
    let none = |parties: &crate::registration_cases::Parties<'_>| {
        parties.statement(|edits| edits.set_claim("software_redirect_uris", json!([])))
    };
    vec![
        built("none in request and statement", refused, move |parties| {
            parties.request_with(none(parties)).without("redirect_uris")
        }),
        built("no such claim in either", refused, |parties| {
            let statement = parties.statement(|edits| {
                edits
                    .removed_claims
                    .push("software_redirect_uris".to_owned());
            });
            parties.request_with(statement).without("redirect_uris")
        }),
        built(
            "some in the request, none in the statement",
            redirect_uri("redirect_uri_not_in_statement"),
            move |parties| parties.request_with(none(parties)),
        ),
    ]
}
