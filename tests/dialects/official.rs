//! Answers held against the official `OpenAPI` files of UK Open Banking, which are not part of this
//! repository. Not among the tests that run by default:
//! `ASPSP_EMULATOR_OPENAPI_DIR=FOLDER cargo test --test official`.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.
#![allow(dead_code)] // The helpers are those of the other tests.

#[path = "../shared/keys.rs"]
mod keys;

mod br_helpers;
mod schemas {
    pub mod british;
    pub mod validation;
}

use std::path::Path;

use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use serde_json::{Value, json};

use crate::br_helpers::{Caller, Ground};
use crate::schemas::british::{BANKS, bodies, post};
use crate::schemas::validation::{compiled, faults};

/// Names the folder that holds `uk-ob-3.2.openapi.yaml` and its siblings.
const FOLDER: &str = "ASPSP_EMULATOR_OPENAPI_DIR";

/// The schema of this response in a file of this bank.
fn response(folder: &Path, bank: &str, name: &str) -> Value {
    let path = folder.join(format!("{bank}.openapi.yaml"));
    let text = std::fs::read_to_string(&path)
        .unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let document: Value = serde_saphyr::from_str(&text).unwrap();
    let components = &document["components"];
    let schema = &components["responses"][name]["content"]["application/json"]["schema"];
    assert!(schema.is_object(), "{}: no response {name}", path.display());
    json!({ "components": components, "allOf": [schema] })
}

/// A known difference: a `client_secret_jwt` client signs with HS256, which the files do not list.
fn is_of_secret(fault: &str) -> bool {
    fault.starts_with("/token_endpoint_auth_signing_alg: \"HS256\"")
}

/// The other known difference: `aud` is repeated as the TPP sent it, and where that is a URL, which banks
/// allow, the file's 18 base62 characters leave no room for it.
async fn url_as_audience(ground: &Ground, caller: &Caller) -> Value {
    let request = caller.tpp.registration_request(&caller.bank);
    let request = request.claim("aud", ground.emulator.issuer(&caller.bank));
    let answer = post(caller, request.sign().unwrap()).await;
    answer.assert_json(201, &caller.bank);
    answer.json()
}

#[tokio::test]
async fn answers_are_as_the_official_files_have_them() {
    let folder = std::env::var(FOLDER)
        .unwrap_or_else(|_| panic!("nothing is validated: {FOLDER} names no folder"));
    let folder = Path::new(&folder);
    let ground = Ground::start().await;
    let mut wrong = Vec::new();
    for (bank, methods, offered) in BANKS {
        // There is no file of 3.1, and Virgin Money's page is no OpenAPI.
        if ["uk-ob-3.1", "virgin-money"].contains(&bank) {
            continue;
        }
        let caller = ground.tpp(bank, Ecosystem::Uk).await;
        let client = compiled(&response(folder, bank, "OBClientRegistration1"));
        let mut validated = 0;
        for method in methods {
            for body in bodies(&caller, *method, offered).await {
                for fault in faults(&client, &body) {
                    if *method == AuthMethod::ClientSecretJwt && is_of_secret(&fault) {
                        eprintln!("{bank}, known difference: {fault}");
                    } else {
                        wrong.push(format!("{bank}, {method}: {fault}"));
                    }
                }
                validated += 1;
            }
        }
        let body = url_as_audience(&ground, &caller).await;
        for fault in faults(&client, &body) {
            assert!(fault.starts_with("/aud: "), "{bank}: {fault}");
            eprintln!("{bank}, known difference: {fault}");
        }
        let error = compiled(&response(folder, bank, "400Error"));
        let refused = post(&caller, "x".to_owned()).await;
        wrong.extend(faults(&error, &refused.json()));
        eprintln!("{bank}: {validated} clients and a refusal validated");
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
