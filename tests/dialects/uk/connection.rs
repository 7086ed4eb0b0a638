//! The certificate of the connection: without a good one there is none, and one that goes bad is
//! refused at each operation.

use std::time::Duration;

use aspsp_emulator::dialect::{self, Operation};
use certs_gen::Flaw;
use reqwest::Client;
use rustls::pki_types::CertificateDer;
use rustls::{ClientConfig, RootCertStore};

use crate::helpers::{Caller, INTERACTION_ID, World, authority, json};
use crate::uk::{VERSIONS, Version};

/// The checks that refuse something here, at every operation of the mutual TLS listener.
pub fn refused(version: &Version) -> Vec<(Operation, &'static str)> {
    let operations = [Operation::Register, Operation::Token];
    let operations = operations.iter().chain(version.managed);
    operations
        .flat_map(|operation| {
            ["certificate_missing", "certificate_untrusted"].map(|check| (*operation, check))
        })
        .collect()
}

/// Method, path and form of each operation of a version.
fn calls(version: &Version) -> Vec<(&'static str, &'static str)> {
    let mut calls = vec![("POST", "register"), ("POST", "token")];
    calls.extend(version.managed.iter().map(|operation| match operation {
        Operation::Update => ("PUT", "register/somebody"),
        Operation::Delete => ("DELETE", "register/somebody"),
        _ => ("GET", "register/somebody"),
    }));
    calls
}

/// A client that trusts the emulator and presents no certificate.
fn without_certificate() -> Client {
    let mut roots = RootCertStore::empty();
    let root = CertificateDer::from(authority().root_der().to_vec());
    roots.add(root).unwrap();
    let provider = rustls::crypto::aws_lc_rs::default_provider();
    let config = ClientConfig::builder_with_provider(provider.into())
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = Client::builder().tls_backend_preconfigured(config);
    client.build().unwrap()
}

async fn assert_no_connection(http: &Client, url: &str, case: &str) {
    let sent = http.post(url).body("x").send().await;
    assert!(sent.is_err(), "{case}: {url}");
}

#[tokio::test]
async fn without_a_good_certificate_there_is_no_connection_to_any_operation() {
    let world = World::start([]).await;
    let mut spoilt: Vec<(String, Client)> = vec![("none".to_owned(), without_certificate())];
    for flaw in [Flaw::Expired, Flaw::UntrustedIssuer, Flaw::Revoked] {
        let tpp = world.tpp_with(|tpp| tpp.transport_flaw(flaw)).await;
        spoilt.push((flaw.to_string(), tpp.http));
    }
    for version in &VERSIONS {
        let url = world.emulator.url(version.id);
        for (_, path) in calls(version) {
            for (case, http) in &spoilt {
                assert_no_connection(http, &format!("{url}/{path}"), case).await;
            }
        }
    }
}

/// 401 with `invalid_client` by the check of the certificate, whatever is asked.
async fn assert_refused(world: &World, tpp: &Caller, version: &Version) {
    let url = world.emulator.url(version.id);
    for (method, path) in calls(version) {
        let headers = [("content-type", version.media_type)];
        let url = format!("{url}/{path}");
        let answer = tpp.send(method, &url, &headers, "x").await;
        let case = format!("{} {method} {path}", version.id);
        assert_eq!(answer.status(), 401, "{case}");
        assert!(answer.headers().contains_key(INTERACTION_ID), "{case}");
        let body = json(answer).await;
        assert_eq!(body["error"], "invalid_client", "{case}");
        let description = body["error_description"].as_str().unwrap();
        assert!(description.ends_with("(certificate_untrusted)"), "{body}");
        assert_eq!(body.as_object().unwrap().len(), 2, "{body}");
    }
}

#[tokio::test]
async fn a_certificate_revoked_while_connected_is_refused_at_every_operation() {
    for version in &VERSIONS {
        let world = World::start([]).await;
        let tpp = world
            .tpp(dialect::by_id(version.id).unwrap().ecosystem)
            .await;
        // The connection is open before.
        let jwks = format!("{}/jwks", world.emulator.url(version.id));
        assert_eq!(tpp.send("GET", &jwks, &[], "").await.status(), 200);
        world
            .emulator
            .revoke_transport_certificate(&tpp.tpp)
            .unwrap();
        assert_refused(&world, &tpp, version).await;
    }
}

#[tokio::test]
async fn a_certificate_that_expired_on_the_emulators_clock_is_refused_at_every_operation() {
    for version in &VERSIONS {
        let world = World::start([]).await;
        let tpp = world
            .tpp(dialect::by_id(version.id).unwrap().ecosystem)
            .await;
        let years = Duration::from_secs(10 * 365 * 24 * 60 * 60);
        world.emulator.clock().advance(years);
        assert_refused(&world, &tpp, version).await;
    }
}
