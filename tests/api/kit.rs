//! The kit's folder: what is in it.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;

use aspsp_emulator::Emulator;
use aspsp_emulator::config::{Config, KitConfig, Listen};
use aspsp_emulator::emulator::EmulatorBuilder;
use reqwest::{Client, StatusCode};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use serde_json::Value;

use crate::connections::{HTTP2, client, tls_config};
use crate::helpers::{BANK, JOSE, authority, json};
use crate::key_stores::part;

/// The files of the kit's UK half, sorted by name.
pub const FILES: [&str; 19] = [
    ".gitignore",
    "ca.pem",
    "curl.conf",
    "directory.jwks",
    "registration-uk-ob-3.1.jwt",
    "registration-uk-ob-3.2.jwt",
    "registration-uk-ob-3.3.jwt",
    "registration-uk-ob-3.4.jwt",
    "registration-virgin-money.jwt",
    "signing.key",
    "signing.pem",
    "software.jwks",
    "ssa.jwt",
    "tpp.env",
    "tpp.json",
    "transport.key",
    "transport.p12",
    "transport.pem",
    "truststore.p12",
];

pub async fn start(dir: &Path) -> Emulator {
    Emulator::builder()
        .authority(authority())
        .kit(dir)
        .start()
        .await
        .unwrap()
}

pub fn files(dir: &Path) -> BTreeMap<String, Vec<u8>> {
    let entries = fs::read_dir(dir).unwrap().map(Result::unwrap);
    entries
        .filter(|entry| entry.file_type().unwrap().is_file())
        .map(|entry| {
            let name = entry.file_name().into_string().unwrap();
            (name, fs::read(entry.path()).unwrap())
        })
        .collect()
}

pub fn tpp_json(dir: &Path) -> Value {
    serde_json::from_slice(&fs::read(dir.join("tpp.json")).unwrap()).unwrap()
}

pub fn text(dir: &Path, name: &str) -> String {
    fs::read_to_string(dir.join(name)).unwrap()
}

/// An HTTP client made of nothing but the kit's files.
pub fn kit_client(emulator: &Emulator, dir: &Path) -> Client {
    let chain = CertificateDer::pem_file_iter(dir.join("transport.pem")).unwrap();
    let chain: Vec<_> = chain.map(Result::unwrap).collect();
    let key = PrivateKeyDer::from_pem_file(dir.join("transport.key")).unwrap();
    let all = rustls::crypto::aws_lc_rs::default_provider().cipher_suites;
    let config = tls_config(emulator.authority(), Some((chain, key)), &all, HTTP2);
    client(config, emulator.addresses().mtls)
}

pub async fn register(emulator: &Emulator, dir: &Path, request: String) -> (StatusCode, Value) {
    let url = format!("{}/register", emulator.url(BANK));
    let post = kit_client(emulator, dir)
        .post(url)
        .header("content-type", JOSE);
    let answer = post.body(request).send().await.unwrap();
    (answer.status(), json(answer).await)
}

#[tokio::test]
async fn the_kit_holds_what_a_uk_tpp_needs() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("some/kit");
    let emulator = start(&dir).await;
    let names: Vec<String> = files(&dir).into_keys().collect();
    assert_eq!(names, FILES);
    let tpp = tpp_json(&dir);
    assert_eq!(tpp["roles"], serde_json::json!(["AISP", "PISP", "CBPII"]));
    let banks = tpp["banks"].as_array().unwrap();
    let bank = banks.iter().find(|bank| bank["id"] == BANK).unwrap();
    assert_eq!(
        bank["registration_endpoint"],
        format!("{}/register", emulator.url(BANK))
    );
    assert_eq!(
        bank["token_endpoint"],
        format!("{}/token", emulator.url(BANK))
    );
    assert_eq!(bank["issuer"], emulator.issuer(BANK));
    assert!(tpp["subject_dn"].as_str().unwrap().len() < 128);
    let variables = text(&dir, "tpp.env");
    for (name, member) in [
        ("TPP_ORG_ID", "org_id"),
        ("TPP_SOFTWARE_ID", "software_id"),
        ("TPP_KID", "kid"),
    ] {
        let line = format!("{name}={}\n", tpp[member].as_str().unwrap());
        assert!(variables.contains(&line), "{line} in {variables}");
    }
    let statement = text(&dir, "ssa.jwt");
    assert_eq!(part(&statement, 1)["software_id"], tpp["software_id"]);
    let request = text(&dir, "registration-uk-ob-3.3.jwt");
    assert_eq!(part(&request, 0)["kid"], tpp["kid"]);
    let claims = part(&request, 1);
    assert_eq!(claims["token_endpoint_auth_method"], "tls_client_auth");
    assert_eq!(claims["tls_client_auth_subject_dn"], tpp["subject_dn"]);
    let life = claims["exp"].as_i64().unwrap() - claims["iat"].as_i64().unwrap();
    assert_eq!(life, 24 * 60 * 60);
    assert_eq!(text(&dir, "ca.pem"), emulator.ca_pem());
}

#[tokio::test]
async fn the_kits_chain_has_the_leaf_first_and_curl_conf_names_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("kit");
    let _emulator = start(&dir).await;
    let chain = CertificateDer::pem_file_iter(dir.join("transport.pem")).unwrap();
    let chain: Vec<_> = chain.map(Result::unwrap).collect();
    assert_eq!(chain.len(), 2);
    assert_eq!(chain[1].as_ref(), authority().issuing_der());
    let typed = dir.display();
    let expected = format!(
        "cacert = \"{typed}/ca.pem\"\ncert = \"{typed}/transport.pem\"\nkey = \"{typed}/transport.key\"\n"
    );
    assert_eq!(text(&dir, "curl.conf"), expected);
}

#[tokio::test]
async fn the_request_on_disk_registers_with_the_kits_own_files() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = start(folder.path()).await;
    let request = text(folder.path(), "registration-uk-ob-3.3.jwt");
    let (status, body) = register(&emulator, folder.path(), request).await;
    assert_eq!(status, StatusCode::CREATED, "{body}");
    let form = format!(
        "grant_type=client_credentials&client_id={}",
        body["client_id"].as_str().unwrap()
    );
    let token = kit_client(&emulator, folder.path())
        .post(format!("{}/token", emulator.url(BANK)))
        .header("content-type", crate::helpers::FORM)
        .body(form);
    assert_eq!(token.send().await.unwrap().status(), StatusCode::OK);
}

#[cfg(unix)]
#[tokio::test]
async fn private_keys_are_for_the_owner_unless_told_otherwise_and_the_rest_is_for_all() {
    use std::os::unix::fs::PermissionsExt;
    for key_mode in [0o600, 0o644, 0o640] {
        let folder = tempfile::tempdir().unwrap();
        let config = Config {
            listen: Listen::on_free_ports(),
            kit: Some(KitConfig {
                dir: folder.path().to_owned(),
                key_mode,
            }),
            ..Config::default()
        };
        let builder = EmulatorBuilder::from_config(config).authority(authority());
        let _emulator = builder.start().await.unwrap();
        for name in files(folder.path()).into_keys() {
            let mode = fs::metadata(folder.path().join(&name))
                .unwrap()
                .permissions()
                .mode()
                & 0o777;
            let is_private =
                ["signing.key", "transport.key", "transport.p12"].contains(&name.as_str());
            assert_eq!(mode, if is_private { key_mode } else { 0o644 }, "{name}");
        }
    }
}
