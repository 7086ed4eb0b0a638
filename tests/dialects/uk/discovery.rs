//! What a bank says of itself follows from its version and its switches.

use aspsp_emulator::Emulator;
use aspsp_emulator::dialect::by_id;
use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use serde_json::{Value, json};

use crate::cases::Setup;
use crate::helpers::{Caller, World, authority, json as json_of};
use crate::uk::{VERSIONS, Version};

async fn document(world: &World, tpp: &Caller, bank: &str) -> Value {
    // The listener that asks for no certificate.
    let issuer = world.emulator.issuer(bank);
    let url = format!("{issuer}/.well-known/openid-configuration");
    let document = json_of(tpp.send("GET", &url, &[], "").await).await;
    assert_eq!(document["issuer"], issuer);
    let mtls = world.emulator.url(bank);
    for (member, path) in [
        ("registration_endpoint", "register"),
        ("token_endpoint", "token"),
    ] {
        assert_eq!(document[member], format!("{mtls}/{path}"), "{bank}");
    }
    document
}

fn sorted(list: &Value) -> Vec<String> {
    let items = list.as_array().unwrap().iter();
    let mut items: Vec<String> = items
        .map(|item| item.as_str().unwrap().to_owned())
        .collect();
    items.sort();
    items
}

/// The algorithms of a version at a strictness.
fn algs(version: &Version, strictness: Strictness) -> Value {
    if version.is_first && strictness != Strictness::Strict {
        json!(["ES256", "PS256", "RS256"])
    } else {
        json!(["ES256", "PS256"])
    }
}

#[tokio::test]
async fn a_discovery_document_names_what_its_version_takes_at_each_strictness() {
    for version in &VERSIONS {
        let dialect = by_id(version.id).unwrap();
        let bank = |strictness: Strictness| {
            let setup = Setup {
                strictness,
                ..Setup::default()
            };
            setup.bank(dialect, strictness.as_str())
        };
        let world = World::start(Strictness::ALL.map(bank)).await;
        let tpp = world.tpp(Ecosystem::Uk).await;
        for strictness in Strictness::ALL {
            let document = document(&world, &tpp, strictness.as_str()).await;
            let case = format!("{} {}", version.id, strictness.as_str());
            let of = |member: &str| sorted(&document[member]);
            let expected = |values: &[&str]| sorted(&json!(values));
            let methods = "token_endpoint_auth_methods_supported";
            assert_eq!(of(methods), expected(version.methods), "{case}");
            // Some clients take the first.
            assert_eq!(document[methods][0], "tls_client_auth", "{case}");
            let grants = ["authorization_code", "client_credentials", "refresh_token"];
            let grants = [&grants[..], version.grants].concat();
            assert_eq!(of("grant_types_supported"), expected(&grants), "{case}");
            let types = ["code", "code id_token"];
            assert_eq!(of("response_types_supported"), types, "{case}");
            for member in [
                "id_token_signing_alg_values_supported",
                "request_object_signing_alg_values_supported",
            ] {
                assert_eq!(of(member), sorted(&algs(version, strictness)), "{case}");
                assert_eq!(document[member][0], "PS256", "{case}");
            }
            let auth = of("token_endpoint_auth_signing_alg_values_supported");
            assert!(auth.contains(&"PS256".to_owned()), "{case}: {auth:?}");
            let modes = document.get("backchannel_token_delivery_modes_supported");
            assert_eq!(modes.is_some(), version.knows(crate::uk::CIBA), "{case}");
        }
    }
}

#[tokio::test]
async fn the_strictness_of_all_is_that_of_banks_that_say_nothing_of_their_own() {
    let somebody = "0015800001HQQrZAAX";
    for strictness in Strictness::ALL {
        let lenient = Setup {
            strictness: Strictness::Lenient,
            ..Setup::default()
        };
        let builder = Emulator::builder().authority(authority());
        let builder = builder.strictness(strictness);
        let own = lenient.bank(by_id("uk-ob-3.3").unwrap(), "own");
        let emulator = builder.bank(own).start().await.unwrap();
        let world = World::of(emulator);
        let tpp = world.tpp(Ecosystem::Uk).await;
        for (bank, level) in [("uk-ob-3.3", strictness), ("own", Strictness::Lenient)] {
            // Only a strict bank wants to be named.
            let request = tpp.request(bank).claim("aud", somebody).sign().unwrap();
            let url = format!("{}/register", world.emulator.url(bank));
            let headers = [("content-type", "application/jose")];
            let answer = tpp.send("POST", &url, &headers, request).await;
            let expected = if level == Strictness::Strict {
                400
            } else {
                201
            };
            assert_eq!(answer.status(), expected, "{bank} {strictness:?}");
        }
    }
}
