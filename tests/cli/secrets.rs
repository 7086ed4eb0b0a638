//! What must not stand in the log, however much is logged.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use aspsp_emulator::domain::jws::{Algorithm, SigningKey};
use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
use reqwest::{Client, Response};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use rustls::{ClientConfig, RootCertStore};
use serde_json::{Map, Value};

use crate::process::{FREE, Running};

/// An HTTP client made of the kit's files.
fn http(kit: &Path) -> Client {
    let mut roots = RootCertStore::empty();
    for certificate in CertificateDer::pem_file_iter(kit.join("ca.pem")).unwrap() {
        roots.add(certificate.unwrap()).unwrap();
    }
    let chain = CertificateDer::pem_file_iter(kit.join("transport.pem")).unwrap();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_client_auth_cert(
            chain.map(Result::unwrap).collect(),
            PrivateKeyDer::from_pem_file(kit.join("transport.key")).unwrap(),
        )
        .unwrap();
    Client::builder()
        .tls_backend_preconfigured(config)
        .build()
        .unwrap()
}

/// The kit's request, asking for this method.
fn request_for(kit: &Path, method: &str) -> String {
    let text = fs::read_to_string(kit.join("registration-uk-ob-3.3.jwt")).unwrap();
    let part = |index: usize| -> Map<String, Value> {
        let part = URL_SAFE_NO_PAD
            .decode(text.split('.').nth(index).unwrap())
            .unwrap();
        serde_json::from_slice(&part).unwrap()
    };
    let mut claims = part(1);
    claims.insert("token_endpoint_auth_method".to_owned(), method.into());
    claims.insert("token_endpoint_auth_signing_alg".to_owned(), "PS256".into());
    let key = fs::read_to_string(kit.join("signing.key")).unwrap();
    let key = SigningKey::from_pem(&key).unwrap();
    key.sign(Algorithm::Ps256, &part(0), &claims).unwrap()
}

async fn member(answer: Response, name: &str) -> String {
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    body[name]
        .as_str()
        .unwrap_or_else(|| panic!("{body}"))
        .to_owned()
}

/// Registers with a secret, gets a token by it and uses it; all that is to be kept quiet.
async fn use_secrets(base: &str, kit: &Path, method: &str) -> Vec<String> {
    let http = http(kit);
    let register = http.post(format!("{base}/register"));
    let register = register.header("content-type", "application/jose");
    let answer = register
        .body(request_for(kit, method))
        .send()
        .await
        .unwrap();
    let body: Value = serde_json::from_str(&answer.text().await.unwrap()).unwrap();
    let (id, secret) = (
        body["client_id"].as_str().unwrap(),
        body["client_secret"].as_str().unwrap(),
    );
    let credentials = STANDARD.encode(format!("{id}:{secret}"));
    let token_request = |authorization: Option<&str>, form: String| {
        let request = http.post(format!("{base}/token")).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        match authorization {
            Some(credentials) => request.header("authorization", format!("Basic {credentials}")),
            None => request,
        }
    };
    let grant = "grant_type=client_credentials";
    let by_form = format!("{grant}&client_id={id}&client_secret={secret}");
    let good = match method {
        "client_secret_basic" => token_request(Some(&credentials), grant.to_owned()),
        _ => token_request(None, by_form.clone()),
    };
    let token = member(good.send().await.unwrap(), "access_token").await;
    // Refusals are told of in the log.
    for bad in [
        token_request(Some(&credentials), by_form.clone()),
        token_request(None, format!("{by_form}&client_secret={secret}")),
        token_request(None, by_form.replace(grant, "grant_type=password")),
        token_request(Some(&credentials), "grant_type=password".to_owned()),
        http.get(format!("{base}/register/nobody"))
            .bearer_auth(&token),
        http.get(format!("{base}/register/{id}"))
            .bearer_auth(&token),
    ] {
        assert!(bad.send().await.unwrap().status().is_client_error());
    }
    vec![secret.to_owned(), credentials, token]
}

#[test]
fn neither_client_secrets_nor_tokens_nor_private_keys_are_logged() {
    let emulator = Running::start_in(tempfile::tempdir().unwrap(), |command| {
        command
            .args(FREE)
            .args(["--control-token", "let-me-in-please"])
            .env("RUST_LOG", "info,aspsp_emulator=trace")
    });
    let kit = emulator.dir.path().join("kit");
    let base = format!("{}/uk-ob-3.3", emulator.ready("mtls"));
    let runtime = tokio::runtime::Builder::new_current_thread()
        .enable_all()
        .build()
        .unwrap();
    let methods = ["client_secret_basic", "client_secret_post"];
    let secrets = methods.map(|method| runtime.block_on(use_secrets(&base, &kit, method)));
    // All is in the log once it has ended.
    let (_, dir) = emulator.terminate();
    let log = fs::read_to_string(dir.path().join("log")).unwrap();
    assert!(
        log.contains("client_authentication_"),
        "the checks are logged: {log}"
    );
    for secret in secrets.into_iter().flatten() {
        assert!(!log.contains(&secret), "{secret}");
    }
    assert!(!log.contains("PRIVATE KEY") && !log.contains("let-me-in-please"));
}
