//! The `OpenAPI` document of every bank. That every answer of this test binary is as documented is
//! asserted where it arrives, in `documents`.

use std::collections::BTreeSet;

use aspsp_emulator::Emulator;
use aspsp_emulator::config::BankConfig;
use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::dialect::{ALL, Dialect, RequestForm};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use reqwest::header::HeaderMap;
use serde_json::{Value, json};

use crate::documents::{Document, Received};
use crate::helpers::{World, authority};
use crate::schemas::validation::faults;
use crate::walk::{Walker, each};

fn id(dialect: &Dialect, strictness: Strictness) -> String {
    format!("{}-{}", dialect.id, strictness.as_str())
}

/// One emulator with every dialect at every strictness.
async fn world() -> World {
    World::start(each().map(|(dialect, strictness)| {
        let id = id(dialect, strictness);
        BankConfig {
            base_path: format!("/{id}"),
            id,
            strictness: Some(strictness),
            ..BankConfig::of(dialect)
        }
    }))
    .await
}

fn document(world: &World, bank: &str) -> Document {
    Document::new(world.emulator.openapi(bank).unwrap())
}

/// Every value under this key, at any depth.
fn under<'a>(key: &str, value: &'a Value, found: &mut Vec<&'a Value>) {
    match value {
        Value::Object(members) => {
            found.extend(members.get(key));
            for member in members.values() {
                under(key, member, found);
            }
        }
        Value::Array(items) => items.iter().for_each(|item| under(key, item, found)),
        _ => {}
    }
}

#[tokio::test]
async fn every_reference_of_every_document_leads_somewhere() {
    let world = world().await;
    for (dialect, strictness) in each() {
        let id = id(dialect, strictness);
        let document = document(&world, &id).value;
        let mut references = Vec::new();
        under("$ref", &document, &mut references);
        assert!(references.len() > 10, "{id}");
        for reference in references {
            let place = reference.as_str().unwrap().strip_prefix('#').unwrap();
            assert!(document.pointer(place).is_some(), "{id}: {place}");
        }
    }
}

#[tokio::test]
async fn every_schema_of_every_document_is_one() {
    let world = world().await;
    for (dialect, strictness) in each() {
        let id = id(dialect, strictness);
        let document = document(&world, &id).value;
        let mut schemas = Vec::new();
        under("schema", &document, &mut schemas);
        let named = document["components"]["schemas"].as_object().unwrap();
        for schema in schemas.into_iter().chain(named.values()) {
            assert!(
                jsonschema::draft202012::meta::is_valid(schema),
                "{id}: {schema}"
            );
        }
    }
}

#[tokio::test]
async fn a_document_has_every_operation_of_its_bank_once_and_relative_to_its_server() {
    let world = world().await;
    for dialect in ALL {
        let document = document(&world, dialect.id).value;
        let server = document["servers"][0]["url"].as_str().unwrap();
        assert_eq!(server, world.emulator.url(dialect.id));
        let mut documented = BTreeSet::new();
        for (path, item) in document["paths"].as_object().unwrap() {
            for (method, operation) in item.as_object().unwrap() {
                if let Some(id) = operation.get("operationId") {
                    let is_new = documented.insert(format!("{method} {path}"));
                    assert!(is_new, "{id}");
                }
            }
        }
        let mut expected: BTreeSet<String> = crate::walk::exchanges::paths(dialect.id)
            .iter()
            .flat_map(|(path, methods)| {
                let path = dialect
                    .routes
                    .iter()
                    .map(|route| route.path)
                    .find(|known| known.split('/').count() == path.split('/').count())
                    .unwrap();
                methods
                    .split(", ")
                    .map(move |method| format!("{} /{path}", method.to_lowercase()))
            })
            .collect();
        for common in ["post /token", "get /jwks", "head /jwks"] {
            expected.insert(common.to_owned());
        }
        for method in ["get", "head"] {
            expected.insert(format!("{method} /.well-known/openid-configuration"));
        }
        assert_eq!(documented, expected, "{}", dialect.id);
        let mut ids = Vec::new();
        under("operationId", &document, &mut ids);
        let distinct: BTreeSet<&str> = ids.iter().map(|id| id.as_str().unwrap()).collect();
        assert_eq!(distinct.len(), ids.len(), "{}", dialect.id);
    }
}

/// The claims of a compact JWS, or a JSON body; nothing of what is neither.
pub fn claims(request: &str) -> Option<Value> {
    if request.starts_with('{') {
        return serde_json::from_str(request).ok();
    }
    let claims = URL_SAFE_NO_PAD.decode(request.split('.').nth(1)?);
    serde_json::from_slice(&claims.ok()?).ok()
}

#[tokio::test]
async fn the_claims_of_an_ordinary_request_are_as_documented_and_of_another_type_are_not() {
    for (dialect, strictness) in each() {
        if dialect.request == RequestForm::None {
            continue;
        }
        let walker = Walker::at(dialect, strictness).await;
        let document = document(&walker.world, dialect.id);
        let schema = document.validator("/components/schemas/RegistrationRequest");
        let claims = claims(&walker.request(None)).unwrap();
        let name = id(dialect, strictness);
        assert_eq!(faults(&schema, &claims), Vec::<String>::new(), "{name}");
        for claim in dialect.all_claims() {
            let mut broken = claims.clone();
            broken[claim.name] = json!({ "of": "another type" });
            assert!(!schema.is_valid(&broken), "{name}: {}", claim.name);
        }
    }
}

#[tokio::test]
async fn what_a_bank_puts_in_the_place_of_a_claim_need_not_be_sent() {
    let world = world().await;
    for (bank, scope, redirect_uris, subject_dn) in [
        ("uk-ob-3.3-lenient", false, false, false),
        ("uk-ob-3.3-conformance", true, false, false),
        ("uk-ob-3.1-conformance", false, false, false),
        ("uk-ob-3.1-strict", false, false, true),
        ("virgin-money-strict", false, true, true),
        ("open-finance-brasil-strict", false, true, false),
    ] {
        let document = document(&world, bank).value;
        let required = &document["components"]["schemas"]["RegistrationRequest"]["required"];
        let is_required = |name: &str| required.as_array().unwrap().contains(&name.into());
        assert!(is_required("software_statement"), "{bank}");
        assert_eq!(is_required("scope"), scope, "{bank}");
        assert_eq!(is_required("redirect_uris"), redirect_uris, "{bank}");
        assert_eq!(is_required("tls_client_auth_dn"), subject_dn, "{bank}");
    }
}

#[tokio::test]
async fn what_exceeds_a_limit_of_the_server_is_answered_as_documented_at_every_operation() {
    let world = World::start([]).await;
    for dialect in ALL {
        let tpp = world.tpp(dialect.ecosystem).await;
        let document = document(&world, dialect.id).value;
        let large = "x".repeat(40_000);
        for (path, item) in document["paths"].as_object().unwrap() {
            let url = format!("{}{path}", world.emulator.url(dialect.id));
            let url = url.replace(['{', '}'], "");
            for method in ["GET", "POST", "PUT", "DELETE"] {
                if item.get(method.to_lowercase()).is_none() {
                    continue;
                }
                let name = format!("{} {method} {path}", dialect.id);
                let long = format!("{url}?{}", "x".repeat(9_000));
                let answer = tpp.send(method, &long, &[], "").await;
                assert_eq!(answer.status(), 414, "{name}");
                let answer = tpp.send(method, &url, &[("x-large", &large)], "").await;
                assert_eq!(answer.status(), 431, "{name}");
            }
        }
    }
}

#[tokio::test]
async fn a_bank_that_is_full_says_so_as_documented() {
    for dialect in ALL {
        if dialect.request == RequestForm::None {
            continue;
        }
        let emulator = Emulator::builder().authority(authority()).client_limit(1);
        let emulator = emulator.start().await.unwrap();
        let world = World::documented(emulator, &[dialect.id.to_owned()]);
        let walker = Walker {
            tpp: world.tpp(dialect.ecosystem).await,
            url: world.emulator.url(dialect.id),
            dialect,
            world,
        };
        for status in [201, 503] {
            let answer = walker.send(&walker.register(), &[]).await;
            assert_eq!(answer.status(), status, "{}", dialect.id);
        }
    }
}

#[tokio::test]
async fn an_answer_that_is_not_as_documented_is_noticed() {
    let world = World::start([]).await;
    let document = document(&world, "uk-ob-3.3");
    let mut headers = HeaderMap::new();
    headers.insert("x-fapi-interaction-id", "a".parse().unwrap());
    headers.insert("content-type", "application/json".parse().unwrap());
    let good = json!({ "error": "invalid_client_metadata", "error_description": "x" });
    let wrong_with = |status: u16, headers: &HeaderMap, body: &Value| {
        let body = body.to_string();
        let answer = Received {
            method: "POST",
            url: "",
            status,
            headers,
            body: body.as_bytes(),
        };
        document.faults(&answer, "/register").len()
    };
    assert_eq!(wrong_with(400, &headers, &good), 0);
    assert_eq!(wrong_with(418, &headers, &good), 1);
    for body in [
        json!({ "error": "another", "error_description": "x" }),
        json!({ "error": "invalid_client_metadata" }),
        json!({ "error": "invalid_client_metadata", "error_description": "x", "more": 1 }),
        json!({ "error": "invalid_client_metadata", "error_description": "\u{e9}" }),
        json!([]),
    ] {
        assert_eq!(wrong_with(400, &headers, &body), 1, "{body}");
    }
    for (name, value) in [
        ("content-type", "text/plain"),
        ("x-fapi-interaction-id", "-"),
        ("allow", "GET"),
    ] {
        let mut headers = headers.clone();
        headers.insert(name, value.parse().unwrap());
        assert_eq!(wrong_with(400, &headers, &good), 1, "{name}");
    }
    headers.remove("x-fapi-interaction-id");
    assert_eq!(wrong_with(400, &headers, &good), 1);
}
