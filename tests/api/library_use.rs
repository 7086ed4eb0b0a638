//! What a test author says of worlds and TPPs beyond their making.

use std::sync::Arc;

use aspsp_emulator::emulator::tpp::TppError;
use aspsp_emulator::{
    BankConfig, Operation, Part, Strictness, Tpp, World, dialect, exactly, operation,
};
use certs_gen::{Key, KeyAlgorithm};
use reqwest::{Client, StatusCode};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Value, json};

use crate::helpers::{BANK, TestBank, TestTpp, http_client, rsa_key};

async fn tpp_at(world: &World, bank: &str) -> TestTpp {
    let tpp = world.tpp().signing_key(rsa_key(0));
    let tpp = tpp.transport_key(Key::generate(KeyAlgorithm::EcP256).unwrap());
    let tpp = tpp.create().await.unwrap();
    TestTpp {
        mtls: world.url(bank),
        http: http_client(&tpp),
        tpp,
    }
}

fn bank(id: &str) -> BankConfig {
    BankConfig {
        id: id.to_owned(),
        base_path: format!("/{id}"),
        ..BankConfig::of(&dialect::uk_ob_3_3::DIALECT)
    }
}

#[tokio::test]
async fn a_world_has_banks_of_its_own_besides_those_of_the_emulator() {
    let emulator = TestBank::start().await.emulator;
    let builder = emulator.world_builder().bank(bank("mine"));
    let only_there = "rules: [{ match: { bank: mine, operation: register }, respond: 418 }]";
    let builder = builder.bank(BankConfig {
        strictness: Some(Strictness::Strict),
        ..BankConfig::of(&dialect::uk_ob_3_3::DIALECT)
    });
    let world = builder.scenario_yaml(only_there).create().await.unwrap();

    let tpp = tpp_at(&world, "mine").await;
    let request = tpp.tpp.registration_request("mine").sign().unwrap();
    assert_eq!(tpp.post(request).await.status(), StatusCode::IM_A_TEAPOT);
    world.deactivate("scenario").unwrap();
    let request = tpp.tpp.registration_request("mine").sign().unwrap();
    assert_eq!(tpp.post(request).await.status(), StatusCode::CREATED);
    assert_eq!(world.clients("mine").await.unwrap().len(), 1);
    assert!(world.clients(BANK).await.unwrap().is_empty());

    // In place of the one with its id: strict there, and not elsewhere.
    for (at, expected) in [
        (&world, StatusCode::BAD_REQUEST),
        (&*emulator, StatusCode::CREATED),
    ] {
        let tpp = tpp_at(at, BANK).await;
        let to_nobody = tpp.request().claim("aud", "nobody").sign().unwrap();
        assert_eq!(tpp.post(to_nobody).await.status(), expected);
    }
    assert!(emulator.clients("mine").await.is_err());
}

#[tokio::test]
async fn a_scenario_is_named_by_its_file_in_a_world_too() {
    let emulator = TestBank::start().await.emulator;
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("closed.yaml");
    std::fs::write(
        &file,
        "rules: [{ match: { operation: register }, respond: 503 }]",
    )
    .unwrap();
    let file = file.to_str().unwrap();

    let world = emulator.world_builder().scenario(file).create().await;
    let world = world.unwrap();
    let tpp = tpp_at(&world, BANK).await;
    let register = async || tpp.post(tpp.request().sign().unwrap()).await.status();
    assert_eq!(register().await, StatusCode::SERVICE_UNAVAILABLE);
    world.deactivate("closed").unwrap();
    assert_eq!(register().await, StatusCode::CREATED);
    assert_eq!(world.activate(file).unwrap(), "closed");
    assert_eq!(register().await, StatusCode::SERVICE_UNAVAILABLE);
    world
        .verify(
            operation(Operation::Register).scenario("closed"),
            exactly(2),
        )
        .await
        .unwrap();

    let stories = world.stories();
    assert_eq!(stories.len(), 3);
    assert!(stories[2].contains("closed"), "{}", stories[2]);

    std::fs::write(file, "rules: [{ respond: 99 }]").unwrap();
    let error = world.activate(file).unwrap_err().to_string();
    assert!(error.starts_with(&format!("{file}:1:")), "{error}");
    let error = world.activate("./no-such.yaml").unwrap_err().to_string();
    assert!(error.contains("./no-such.yaml"), "{error}");
}

#[tokio::test]
async fn a_world_goes_back_in_parts_and_to_an_earlier_moment() {
    let bank = TestBank::start().await;
    let world = bank.emulator.world().await.unwrap();
    let tpp = tpp_at(&world, BANK).await;
    let id = tpp.registered().await;
    let snapshot = world.snapshot().await;
    // As one that was kept in a file.
    let snapshot: Value = serde_json::to_value(&snapshot).unwrap();

    world.reset_parts(&[Part::Clients]).await.unwrap();
    assert!(world.clients(BANK).await.unwrap().is_empty());
    assert_eq!(world.exchanges().len(), 1);
    world.reset_parts(&[Part::Journal]).await.unwrap();
    assert!(world.exchanges().is_empty());

    let restored = serde_json::from_value(snapshot.clone()).unwrap();
    world.restore(restored).await.unwrap();
    let clients = world.clients(BANK).await.unwrap();
    assert_eq!(clients[0].id.as_str(), id);
    let token = tpp.token(&id).await;
    assert_eq!(tpp.read_status(&id, &token).await, StatusCode::OK);

    let mut wrong = snapshot;
    wrong["authority"] = json!("of nobody");
    let wrong = serde_json::from_value(wrong).unwrap();
    let error = world.restore(wrong).await.unwrap_err().to_string();
    assert!(error.starts_with("`authority`: found"), "{error}");
}

/// A TLS configuration of PEM files alone, as another library would make one.
fn from_pems(tpp: &Tpp) -> ClientConfig {
    let list = |pem: &str| {
        let list = CertificateDer::pem_slice_iter(pem.as_bytes());
        list.collect::<Result<Vec<_>, _>>().unwrap()
    };
    let mut roots = RootCertStore::empty();
    for ca in list(&tpp.ca_pem()) {
        roots.add(ca).unwrap();
    }
    let key = tpp.transport_key_pem().unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(
            list(&tpp.transport_pem()),
            PrivateKeyDer::from_pem_slice(key.as_bytes()).unwrap(),
        )
        .unwrap()
}

#[tokio::test]
async fn a_client_is_made_of_the_files_of_a_tpp() {
    let bank = TestBank::start().await;
    let TestTpp { tpp, mtls, .. } = bank.tpp().await;
    let http = Client::builder().tls_backend_preconfigured(from_pems(&tpp));
    let http = http.build().unwrap();

    // What another JOSE library signs with the key and the kid is taken, too.
    let request = tpp.registration_request(BANK);
    let claims = Value::Object(request.claims().unwrap().clone());
    let mut header = jsonwebtoken::Header::new(jsonwebtoken::Algorithm::PS256);
    header.kid = Some(tpp.kid().to_string());
    let key = tpp.signing_key_pem().unwrap();
    let key = jsonwebtoken::EncodingKey::from_rsa_pem(key.as_bytes()).unwrap();
    let request = jsonwebtoken::encode(&header, &claims, &key).unwrap();
    assert_eq!(claims["tls_client_auth_subject_dn"], tpp.subject_dn());

    let post = http.post(mtls + "/register").body(request);
    let post = post.header("content-type", "application/jose");
    let answer = post.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);

    assert!(tpp.signing_pem().unwrap().contains("BEGIN CERTIFICATE"));
    assert!(!tpp.transport_p12().unwrap().is_empty());
    assert!(!tpp.truststore_p12().unwrap().is_empty());
    assert_eq!(tpp.roles().len(), 3);
}

#[tokio::test]
async fn a_key_that_the_tpp_kept_is_in_no_file() {
    let bank = TestBank::start().await;
    let key = rcgen::KeyPair::from_pem(&rsa_key(2).private_pem()).unwrap();
    let csr = rcgen::CertificateParams::default().serialize_request(&key);
    let csr = certs_gen::Csr::from_der(csr.unwrap().der()).unwrap();
    let kept = bank.emulator.tpp().signing_key(rsa_key(1));
    let kept = kept.transport_csr(csr);
    let kept = kept.create().await.unwrap();
    assert!(kept.transport_pem().contains("BEGIN CERTIFICATE"));
    for error in [
        kept.transport_key_pem().unwrap_err(),
        kept.transport_p12().unwrap_err(),
    ] {
        assert!(matches!(error, TppError::KeyNotHere), "{error}");
    }
}
