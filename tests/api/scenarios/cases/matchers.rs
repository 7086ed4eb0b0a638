//! Every matcher.

use serde_json::{Value, json};

use crate::scenarios::cases::party::{
    BRAZIL, Call, OTHER_HOST, Who, at_directory, delete, discovery, jwks, read, register, stranger,
    token, update,
};
use crate::scenarios::cases::row::{Row, ready, ready_at};
use crate::scenarios::cases::table::{Case, case, play};

/// What matches is answered with 503.
fn matching(name: &str, matching: impl AsRef<str>, rows: Vec<Row>) -> Case {
    let matching = matching.as_ref();
    let scenario = format!("rules: [{{ match: {{ {matching} }}, respond: 503 }}]");
    case(name, scenario, rows)
}

/// A registration request with a claim of any JSON type.
fn claiming(value: fn() -> Value) -> Call {
    // Functions without captures, so that a table of them is plain.
    match value().to_string().as_str() {
        "5" => register().changed(|request| request.claim("level", 5)),
        "5.0" => register().changed(|request| request.claim("level", json!(5.0))),
        "\"5\"" => register().changed(|request| request.claim("level", "5")),
        "true" => register().changed(|request| request.claim("level", true)),
        "\"true\"" => register().changed(|request| request.claim("level", "true")),
        other => panic!("no claim of {other}"),
    }
}

fn banks_and_operations() -> Vec<Case> {
    vec![
        matching(
            "bank",
            "bank: uk-ob-3.4",
            vec![
                discovery().gets(200),
                discovery().at("uk-ob-3.4").gets(503),
                register().at("uk-ob-3.4").gets(503),
                register().gets(201),
            ],
        ),
        matching(
            "one operation",
            "operation: jwks",
            vec![discovery().gets(200), jwks().gets(503), read().gets(401)],
        ),
        matching(
            "several operations",
            "operation: [read, delete, token]",
            vec![
                register().gets(201),
                read().gets(503),
                delete().gets(503),
                token().gets(503),
                update().gets(401),
            ],
        ),
        matching(
            "the operations of the directory",
            "operation: [clients, assertion]",
            vec![
                ready_at(Who::A, "raidiam-directory"),
                at_directory("clients").gets(503),
                at_directory("client").gets(200),
                at_directory("assertion").gets(503),
            ],
        ),
        matching(
            "one client of the directory",
            "operation: client",
            vec![
                ready_at(Who::A, "raidiam-directory"),
                at_directory("client").gets(503),
                at_directory("clients").gets(200),
            ],
        ),
        matching(
            "method",
            "method: PUT",
            vec![ready(Who::A), update().gets(503), read().gets(200)],
        ),
        matching(
            "method of no operation",
            "method: PATCH",
            vec![
                register().by_method("PATCH").gets(503),
                register().by_method("OPTIONS").gets(405),
            ],
        ),
        matching(
            "path glob within a segment",
            "path: /uk-ob-3.*/register/*",
            vec![
                register().gets(201),
                read().gets(503),
                read().at("uk-ob-3.4").gets(503),
                read().at(BRAZIL).by(Who::Brazilian).gets(401),
            ],
        ),
        matching(
            "path glob over segments",
            r#"path: "/*/.well-known/**""#,
            vec![jwks().gets(200), discovery().gets(503)],
        ),
        matching(
            "several together",
            "bank: uk-ob-3.3, operation: register, method: POST, software_id: softwareB",
            vec![
                register().gets(201),
                register().by(Who::B).at("uk-ob-3.4").gets(201),
                register().by(Who::B).gets(503),
            ],
        ),
    ]
}

fn parties() -> Vec<Case> {
    let certificate = &stranger().certificate;
    let serial = certificate.serial().to_string();
    let with_colons = serial
        .as_bytes()
        .chunks(2)
        .map(|pair| String::from_utf8_lossy(pair).to_uppercase())
        .collect::<Vec<_>>()
        .join(":");
    let digest = aws_lc_rs::digest::digest(&aws_lc_rs::digest::SHA256, certificate.der());
    let sha256: String = digest
        .as_ref()
        .iter()
        .map(|it| format!("{it:02x}"))
        .collect();
    let mut cases = vec![
        matching(
            "software_id of the certificate",
            "software_id: softwareA",
            vec![
                discovery().gets(503),
                register().gets(503),
                register().by(Who::B).gets(201),
                register().by(Who::Colleague).gets(201),
            ],
        ),
        matching(
            "org_id of the certificate",
            "org_id: 0015800001HQQrZAAA",
            vec![
                discovery().gets(503),
                register().by(Who::Colleague).gets(503),
                register().by(Who::B).gets(201),
                discovery().by(Who::Stranger).gets(200),
            ],
        ),
        matching(
            "client_id of the path",
            "client_id: nobody",
            vec![read().gets(503), read().about("somebody").gets(401)],
        ),
        matching(
            "client_id of the form",
            "operation: token, client_id: nobody",
            vec![token().gets(503), token().about("somebody").gets(401)],
        ),
        matching(
            "client_id that the directory gave",
            "client_id: softwareA",
            vec![
                token().at("raidiam-directory").gets(503),
                token().at("raidiam-directory").by(Who::B).gets(200),
                at_directory("clients").by(Who::B).gets(200),
            ],
        ),
    ];
    for (field, value) in [
        (
            "subject",
            "{ contains: CN=Zt3kQ8mWfR2xLb7VhN4cYs }".to_owned(),
        ),
        ("issuer", "{ contains: TEST ONLY }".to_owned()),
        ("serial", format!(r#""{serial}""#)),
        ("serial", format!(r#""{with_colons}""#)),
        ("sha256", format!(r#""{sha256}""#)),
        ("sha256", format!(r#""{}""#, sha256.to_uppercase())),
    ] {
        let to_others = if field == "issuer" { 503 } else { 200 };
        cases.push(matching(
            &format!("certificate {field} {value}"),
            format!("certificate: {{ {field}: {value} }}"),
            vec![
                discovery().by(Who::Stranger).gets(503),
                discovery().gets(to_others),
            ],
        ));
    }
    cases.push(matching(
        "sni",
        format!("sni: {}", OTHER_HOST.to_uppercase()),
        vec![
            discovery().gets(200),
            discovery().at_host(OTHER_HOST).gets(503),
        ],
    ));
    cases
}

fn documents() -> Vec<Case> {
    vec![
        matching(
            "header",
            "header: { X-Tenant: gold }",
            vec![
                discovery().gets(200),
                discovery().header("x-tenant", "silver").gets(200),
                discovery().header("x-tenant", "gold").gets(503),
            ],
        ),
        matching(
            "jose kid",
            "jose: { kid: chosen }",
            vec![
                register().gets(201),
                register()
                    .changed(|request| request.header("kid", "chosen"))
                    .gets(503),
            ],
        ),
        matching(
            "jose alg",
            "jose: { alg: none }",
            vec![
                register().gets(201),
                register()
                    .changed(|request| request.header("alg", "none"))
                    .gets(503),
            ],
        ),
        matching(
            "jose typ",
            "jose: { typ: { not: JWT } }",
            vec![
                register().gets(201),
                register()
                    .changed(|request| request.header("typ", "jwt+other"))
                    .gets(503),
                register()
                    .changed(|request| request.header("typ", Value::Null))
                    .gets(503),
            ],
        ),
        matching(
            "a number as a claim",
            "claim: { /level: 5 }",
            vec![
                register().gets(201),
                claiming(|| json!("5")).gets(201),
                claiming(|| json!(5)).gets(503),
                claiming(|| json!(5.0)).gets(503),
            ],
        ),
        matching(
            "a text of digits as a claim",
            r#"claim: { /level: "5" }"#,
            vec![
                claiming(|| json!(5)).gets(201),
                claiming(|| json!("5")).gets(503),
            ],
        ),
        matching(
            "a boolean as a claim",
            "claim: { /level: true }",
            vec![
                claiming(|| json!("true")).gets(201),
                claiming(|| json!(true)).gets(503),
            ],
        ),
        matching(
            "an item of a list as a claim",
            "claim: { /grant_types/1: { absent: true } }",
            vec![
                register().gets(201),
                register()
                    .changed(|request| request.claim("grant_types", json!(["client_credentials"])))
                    .gets(503),
            ],
        ),
        matching(
            "a list that holds an item",
            r#"claim: { /redirect_uris: { contains: "https://app.example/cb" } }"#,
            vec![
                register().gets(503),
                register()
                    .changed(|request| request.claim("redirect_uris", json!(["https://b.example"])))
                    .gets(400),
            ],
        ),
        matching(
            "a whole list",
            "claim: { /response_types: { equals: [code] } }",
            vec![
                register()
                    .changed(|request| request.claim("response_types", json!(["code"])))
                    .gets(503),
                register()
                    .changed(|request| request.claim("response_types", json!(["code id_token"])))
                    .gets(201),
            ],
        ),
        matching(
            "a nested pointer with escapes",
            r#"claim: { "/deep/a~1b/0/c~0d": found }"#,
            vec![
                register()
                    .changed(|request| {
                        request.claim("deep", json!({ "a/b": [{ "c~d": "found" }] }))
                    })
                    .gets(503),
                register()
                    .changed(|request| request.claim("deep", json!({ "a": { "b": ["found"] } })))
                    .gets(201),
            ],
        ),
        matching(
            "a member of a JSON body",
            "claim: { /token_endpoint_auth_method: tls_client_auth }",
            vec![
                register().at(BRAZIL).by(Who::Brazilian).gets(503),
                register()
                    .at(BRAZIL)
                    .by(Who::Brazilian)
                    .changed(|request| {
                        request.claim("token_endpoint_auth_method", "private_key_jwt")
                    })
                    .gets(201),
            ],
        ),
        matching(
            "a claim of the statement",
            "statement: { /software_environment: staging }",
            vec![
                register().gets(201),
                register()
                    .stating("software_environment", "staging")
                    .gets(503),
            ],
        ),
        matching(
            "a list of the statement",
            "statement: { /software_roles: { contains: ASPSP } }",
            vec![
                register().gets(201),
                register()
                    .stating("software_roles", json!(["AISP", "PISP", "CBPII", "ASPSP"]))
                    .gets(503),
            ],
        ),
    ]
}

#[tokio::test]
async fn rules_are_about_banks_and_operations() {
    play(banks_and_operations()).await;
}

#[tokio::test]
async fn rules_are_about_parties_and_their_connections() {
    play(parties()).await;
}

#[tokio::test]
async fn rules_are_about_what_requests_say() {
    play(documents()).await;
}
