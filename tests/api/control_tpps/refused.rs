//! What cannot be asked for, and how that is told.

use super::keys_kept::{csr, jwk};
use super::*;
use crate::control_openapi::document;
use crate::helpers::rsa_key;

/// The problem has this field, and says what was found and what is allowed.
fn assert_problem(problem: &Value, field: &str) {
    assert_eq!(problem["field"], field, "{problem}");
    for name in ["detail", "found", "allowed"] {
        assert!(
            problem[name].as_str().is_some_and(|text| !text.is_empty()),
            "{problem}"
        );
    }
}

/// What the document says of the body of a `POST` to a path.
async fn schema_of_body(bank: &TestBank, path: &str) -> jsonschema::Validator {
    let document = document(bank).await;
    let body = &document["paths"][path]["post"]["requestBody"];
    let mut schema = body["content"]["application/json"]["schema"].clone();
    schema["components"] = document["components"].clone();
    jsonschema::validator_for(&schema).unwrap()
}

#[tokio::test]
async fn a_member_that_cannot_be_is_a_400_with_its_path() {
    let bank = TestBank::start().await;
    let small = rcgen::KeyPair::generate_for(&rcgen::PKCS_ECDSA_P256_SHA256).unwrap();
    let params = rcgen::CertificateParams::new(Vec::new()).unwrap();
    let of_p_256 = params.serialize_request(&small).unwrap().pem().unwrap();
    let schema = schema_of_body(&bank, "/api/tpps").await;
    let no_signer = json!({ "keys": [{ "kty": "OKP", "kid": "x" }] });
    for (asked, field) in [
        (json!({ "ecosystem": "fr" }), "ecosystem"),
        (json!({ "software_id": "not an id" }), "software_id"),
        (json!({ "software_id": "x".repeat(23) }), "software_id"),
        (
            json!({ "ecosystem": "brasil", "software_id": "x" }),
            "software_id",
        ),
        (json!({ "org_id": "" }), "org_id"),
        (json!({ "ecosystem": "brasil", "org_id": "x" }), "org_id"),
        (json!({ "roles": ["AISP", "DADOS"] }), "roles.1"),
        (
            json!({ "ecosystem": "brasil", "roles": ["AISP"] }),
            "roles.0",
        ),
        (json!({ "roles": ["X"] }), "roles.0"),
        (json!({ "roles": "AISP" }), "roles"),
        (json!({ "roles": [] }), "roles"),
        (json!({ "redirect_uris": [] }), "redirect_uris"),
        (json!({ "roles": ["AISP", "AISP"] }), "roles.1"),
        (
            json!({ "redirect_uris": ["a:b", "c:d", "a:b"] }),
            "redirect_uris.2",
        ),
        (json!({ "redirect_uris": ["/cb"] }), "redirect_uris.0"),
        (json!({ "redirect_uris": [7] }), "redirect_uris.0"),
        (
            json!({ "transport": { "kind": "server" } }),
            "transport.kind",
        ),
        (
            json!({ "transport": { "kind": "obseal" } }),
            "transport.kind",
        ),
        (
            json!({ "ecosystem": "brasil", "transport": { "kind": "obwac" } }),
            "transport.kind",
        ),
        (json!({ "signing": { "kind": "brseal" } }), "signing.kind"),
        (
            json!({ "transport": { "flaw": "broken" } }),
            "transport.flaw",
        ),
        (json!({ "transport": { "csr": "x" } }), "transport.csr"),
        (json!({ "transport": { "csr": of_p_256 } }), "transport.csr"),
        (json!({ "signing": { "csr": of_p_256 } }), "signing.csr"),
        (json!({ "signing": { "jwks": {} } }), "signing.jwks"),
        (
            json!({ "signing": { "jwks": { "keys": [] } } }),
            "signing.jwks",
        ),
        (json!({ "signing": { "jwks": no_signer } }), "signing.jwks"),
        (
            json!({ "signing": { "jwks": { "keys": [] }, "kind": "obseal" } }),
            "signing",
        ),
        (
            json!({ "signing": { "jwks": { "keys": [] }, "csr": csr(&rsa_key(0)) } }),
            "signing",
        ),
        (json!({ "transport": { "key": "x" } }), "transport.key"),
        (json!({ "kit": "./mine" }), "kit"),
    ] {
        // A schema does not see what is in a certificate request.
        let is_seen = asked.to_string().contains("BEGIN CERTIFICATE REQUEST") && field != "signing";
        assert_eq!(schema.is_valid(&asked), is_seen, "{asked}");
        let problem = post(&bank, "/api/tpps", asked, 400).await;
        assert_problem(&problem, field);
    }
    assert_eq!(get(&bank, "/api/tpps").await["items"], json!([]));
}

#[tokio::test]
async fn a_key_set_that_is_not_to_be_published_is_a_400_that_says_what_is_wrong_with_it() {
    let bank = TestBank::start().await;
    let schema = schema_of_body(&bank, "/api/tpps").await;
    let good = || jwk(&rsa_key(0), "a");
    let with = |member: &str, value: &str| {
        let mut key = good();
        key[member] = value.into();
        key
    };
    // 1024 bits; no schema compares the names of keys.
    let short = "v".repeat(170) + "w";
    for (keys, expected, is_seen) in [
        (json!([good()]), "", true),
        (json!([with("n", &short)]), "1024 bits", false),
        (json!([good(), with("use", "enc")]), "two keys", true),
        (json!([with("kid", "")]), "empty `kid`", false),
        (json!([with("d", "AQAB")]), "private member `d`", false),
        (json!([with("k", "AQAB")]), "private member `k`", false),
    ] {
        let asked = json!({ "signing": { "jwks": { "keys": keys } } });
        assert_eq!(schema.is_valid(&asked), is_seen, "{asked}");
        if expected.is_empty() {
            post(&bank, "/api/tpps", asked, 201).await;
            continue;
        }
        let problem = post(&bank, "/api/tpps", asked, 400).await;
        assert_problem(&problem, "signing.jwks");
        let found = problem["found"].as_str().unwrap();
        assert!(found.contains(expected), "{found}");
        assert!(!found.contains("AQAB"), "{found}");
    }
}

#[tokio::test]
async fn bad_syntax_is_told_with_its_place_and_other_media_types_and_sizes_are_refused() {
    let bank = TestBank::start().await;
    let sent = async |content_type: &str, text: String| {
        let request = http().post(url(&bank.emulator, "/api/tpps"));
        let request = request.header("content-type", content_type).body(text);
        request.send().await.unwrap()
    };
    let answer = sent("application/json", "{\n \"roles\": }".to_owned()).await;
    assert_eq!(answer.status(), 400);
    let problem = body(answer).await;
    assert_eq!(
        (&problem["line"], &problem["column"]),
        (&json!(2), &json!(11))
    );
    let answer = sent("application/yaml", "roles: [AISP]\nroles: x".to_owned()).await;
    assert_eq!(answer.status(), 400);
    assert_eq!(body(answer).await["line"], 2);
    assert_eq!(sent("text/plain", "{}".to_owned()).await.status(), 415);
    let long = format!("{{\"org_id\": \"{}\"}}", "x".repeat(10_000_000));
    assert_eq!(sent("application/json", long).await.status(), 413);
    let answer = sent("application/yaml", "roles: [AISP]".to_owned()).await;
    assert_eq!(answer.status(), 201);
}

#[tokio::test]
async fn an_id_that_is_taken_is_a_409_and_an_unknown_one_a_404() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    let again = json!({ "software_id": tpp.answer["software_id"] });
    let problem = post(&bank, "/api/tpps", again, 409).await;
    assert_problem(&problem, "software_id");
    let unknown = "/api/tpps/nobody";
    for (method, below, asked) in [
        (Method::GET, "", Value::Null),
        (Method::PATCH, "", json!({ "roles": 7 })),
        (Method::DELETE, "", Value::Null),
        (Method::POST, "/statements", json!({ "flaw": 7 })),
        (Method::POST, "/requests", json!({ "bank": 7 })),
        (Method::POST, "/assertions", json!({ "bank": 7 })),
        (Method::POST, "/certificates", json!({ "kind": 7 })),
        (Method::DELETE, "/certificates/x", Value::Null),
    ] {
        let path = format!("{unknown}{below}");
        let problem = answered(&bank.emulator, method, &path, &asked, 404).await;
        assert_problem(&problem, "software_id");
    }
    let path = "/api/worlds/none/tpps";
    let problem = post(&bank, path, Value::Null, 404).await;
    assert_problem(&problem, "world");
    for (below, asked, field) in [
        ("requests", json!({ "bank": "none" }), "bank"),
        (
            "assertions",
            json!({ "bank": "none", "client_id": "x" }),
            "bank",
        ),
        (
            "certificates",
            json!({ "kind": "obwac", "replaces": "x" }),
            "replaces",
        ),
        (
            "certificates",
            json!({ "kind": "obwac", "replaces": "x", "csr": "x" }),
            "replaces",
        ),
    ] {
        let problem = tpp.post(&bank, below, asked, 404).await;
        assert_problem(&problem, field);
    }
    let path = format!("{}/certificates/x", tpp.path);
    let problem = answered(&bank.emulator, Method::DELETE, &path, &Value::Null, 404).await;
    assert_problem(&problem, "certificate");
    let allowed = problem["allowed"].as_str().unwrap();
    assert!(allowed.contains(tpp.text("/transport/serial")), "{allowed}");
}

#[tokio::test]
async fn what_does_not_go_with_the_tpp_as_it_is_is_a_409() {
    let dir = tempfile::tempdir().unwrap();
    let bank = TestBank::start_with(|builder| builder.kit(dir.path().join("kit"))).await;
    let residents = get(&bank, "/api/tpps").await;
    for resident in residents["items"].as_array().unwrap() {
        let path = format!("/api/tpps/{}", resident["software_id"].as_str().unwrap());
        let problem = answered(&bank.emulator, Method::DELETE, &path, &Value::Null, 409).await;
        let detail = problem["detail"].as_str().unwrap();
        assert!(detail.contains("POST …/reset"), "{detail}");
        let (roles, kind) = match resident["ecosystem"].as_str() {
            Some("uk") => (json!(["AISP", "DADOS"]), "brcac"),
            _ => (json!(["DADOS", "AISP"]), "obwac"),
        };
        let asked = json!({ "roles": roles, "org_status": "Revoked" });
        let problem = answered(&bank.emulator, Method::PATCH, &path, &asked, 409).await;
        assert_problem(&problem, "roles");
        let certificates = format!("{path}/certificates");
        let problem = post(&bank, &certificates, json!({ "kind": kind }), 409).await;
        assert_problem(&problem, "kind");
        // Nothing of it has happened.
        assert_eq!(get(&bank, &path).await, *resident);
    }
}

#[tokio::test]
async fn the_members_of_the_other_bodies_are_judged_too() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    for (below, asked, field) in [
        ("statements", json!({ "claims": [] }), "claims"),
        ("statements", json!({ "remove": "iss" }), "remove"),
        ("statements", json!({ "claim": {} }), "claim"),
        (
            "statements",
            json!({ "claims": { "iss": "x" }, "remove": ["exp", "iss"] }),
            "remove.1",
        ),
        (
            "requests",
            json!({ "bank": BANK, "claims": { "iss": null }, "remove": ["iss"] }),
            "remove.0",
        ),
        (
            "requests",
            json!({ "bank": BANK, "operation": "update", "client_id": "a b" }),
            "client_id",
        ),
        (
            "assertions",
            json!({ "bank": BANK, "client_id": "" }),
            "client_id",
        ),
        (
            "assertions",
            json!({ "bank": BANK, "client_id": "x".repeat(256) }),
            "client_id",
        ),
        ("requests", json!({}), "bank"),
        (
            "requests",
            json!({ "bank": BANK, "operation": "read" }),
            "operation",
        ),
        ("requests", json!({ "bank": BANK, "header": 7 }), "header"),
        ("assertions", json!({ "bank": BANK }), "client_id"),
        ("certificates", json!({}), "kind"),
        ("certificates", json!({ "kind": "server" }), "kind"),
        (
            "certificates",
            json!({ "kind": "obwac", "flaw": "stale" }),
            "flaw",
        ),
        (
            "certificates",
            json!({ "kind": "obwac", "csr": "x" }),
            "csr",
        ),
    ] {
        let problem = tpp.post(&bank, below, asked, 400).await;
        assert_problem(&problem, field);
    }
    for (asked, field) in [
        (json!({ "org_status": "active" }), "org_status"),
        (json!({ "software_status": "Withdrawn" }), "software_status"),
        (json!({ "roles": [] }), "roles"),
        (json!({ "roles": ["AISP", "PISP", "AISP"] }), "roles.2"),
        (json!({ "redirect_uris": [] }), "redirect_uris"),
        (
            json!({ "redirect_uris": ["a:b", "a:b"] }),
            "redirect_uris.1",
        ),
        (json!({ "org_id": "x" }), "org_id"),
        (Value::Null, "body"),
    ] {
        let path = &tpp.path;
        let problem = answered(&bank.emulator, Method::PATCH, path, &asked, 400).await;
        assert_problem(&problem, field);
    }
}

#[tokio::test]
async fn a_member_that_is_missing_is_told_with_its_words() {
    let bank = TestBank::start().await;
    let tpp = Made::new(&bank, Value::Null).await;
    for (below, asked, allowed) in [
        (
            "certificates",
            json!({}),
            "ob-transport, ob-signing, obwac, obseal, qwac, qseal, brcac, brseal",
        ),
        ("requests", json!({}), "a string"),
        (
            "assertions",
            json!({ "bank": BANK }),
            "a string that matches ^[!-~]+$",
        ),
    ] {
        let problem = tpp.post(&bank, below, asked, 400).await;
        assert_eq!(problem["found"], "nothing", "{problem}");
        assert_eq!(problem["allowed"], allowed, "{problem}");
    }
}
