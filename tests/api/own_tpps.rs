//! TPPs of one's own: fixed ids, keys that stay where they are.

use std::path::Path;

use aspsp_emulator::Emulator;
use aspsp_emulator::config::{Config, Listen, SigningConfig, TppConfig};
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::ids::{KeyId, OrgId, SoftwareId};
use aspsp_emulator::domain::jwk::{KeySetEntry, KeyUse, PublicKey};
use aspsp_emulator::emulator::{EmulatorBuilder, StartError};
use certs_gen::{Csr, Key};
use rcgen::{CertificateParams, KeyPair, PKCS_RSA_SHA256};
use serde_json::Value;

use crate::helpers::{authority, rsa_key};
use crate::key_stores::part;
use crate::kit::{files, text, tpp_json};

fn csr(key: &Key) -> Csr {
    let pair = KeyPair::from_pkcs8_pem_and_sign_algo(&key.private_pem(), &PKCS_RSA_SHA256);
    let params = CertificateParams::new(Vec::new()).unwrap();
    let request = params.serialize_request(&pair.unwrap()).unwrap();
    Csr::from_pem(&request.pem().unwrap()).unwrap()
}

async fn start(tpps: Vec<TppConfig>) -> Result<Emulator, StartError> {
    let config = Config {
        listen: Listen::on_free_ports(),
        kit: None,
        tpps,
        ..Config::default()
    };
    let builder = EmulatorBuilder::from_config(config);
    builder.authority(authority()).start().await
}

fn own(dir: &Path) -> TppConfig {
    TppConfig {
        software_id: Some(SoftwareId::new("4fyviMySoftwareIdIsThis")),
        org_id: Some(OrgId::new("0015800001MyOrgAAA")),
        redirect_uris: vec!["https://app.example/cb".to_owned()],
        transport_csr: Some(csr(&rsa_key(1))),
        signing: Some(SigningConfig::Csr(csr(&rsa_key(0)))),
        kit: Some(dir.to_owned()),
        ..TppConfig::default()
    }
}

fn names(dir: &Path) -> Vec<String> {
    files(dir).into_keys().collect()
}

#[tokio::test]
async fn a_kit_of_ones_own_has_neither_private_keys_nor_what_they_would_sign() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("mine");
    let _emulator = start(vec![own(&dir)]).await.unwrap();
    assert_eq!(
        names(&dir),
        [
            ".gitignore",
            "ca.pem",
            "curl.conf",
            "directory.jwks",
            "signing.pem",
            "software.jwks",
            "ssa.jwt",
            "tpp.env",
            "tpp.json",
            "transport.pem",
            "truststore.p12",
        ]
    );
    assert_eq!(tpp_json(&dir)["software_id"], "4fyviMySoftwareIdIsThis");
    let claims = part(&text(&dir, "ssa.jwt"), 1);
    assert_eq!(claims["org_id"], "0015800001MyOrgAAA");
    assert_eq!(
        claims["software_redirect_uris"][0],
        "https://app.example/cb"
    );
    assert!(!text(&dir, "curl.conf").contains("\nkey ="));
}

#[tokio::test]
async fn its_certificates_and_kids_stay_from_start_to_start_with_one_authority() {
    let folder = tempfile::tempdir().unwrap();
    drop(start(vec![own(folder.path())]).await.unwrap());
    let before = files(folder.path());
    let emulator = start(vec![own(folder.path())]).await.unwrap();
    let after = files(folder.path());
    for name in ["transport.pem", "signing.pem", "software.jwks"] {
        assert_eq!(before[name], after[name], "{name}");
    }
    assert_ne!(before["ssa.jwt"], after["ssa.jwt"]);
    drop(emulator);
    // Another key is another certificate, and another software another TPP.
    let another_key = TppConfig {
        signing: Some(SigningConfig::Csr(csr(&rsa_key(2)))),
        ..own(folder.path())
    };
    drop(start(vec![another_key]).await.unwrap());
    let changed = files(folder.path());
    assert_eq!(after["transport.pem"], changed["transport.pem"]);
    assert_ne!(after["signing.pem"], changed["signing.pem"]);
    let another_software = TppConfig {
        software_id: Some(SoftwareId::new("another")),
        ..own(folder.path())
    };
    drop(start(vec![another_software]).await.unwrap());
    assert_ne!(
        after["transport.pem"],
        files(folder.path())["transport.pem"]
    );
}

#[tokio::test]
async fn a_brazilian_one_with_a_key_set_has_it_published_and_no_signing_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let key = PublicKey::from_spki(&rsa_key(0).public_key_der()).unwrap();
    let set = vec![KeySetEntry {
        kid: KeyId::new("mine"),
        key_use: KeyUse::Signing,
        key,
    }];
    let tpp = TppConfig {
        ecosystem: Ecosystem::Brazil,
        transport_csr: Some(csr(&rsa_key(1))),
        signing: Some(SigningConfig::Keys(set)),
        kit: Some(folder.path().to_owned()),
        ..TppConfig::default()
    };
    let _emulator = start(vec![tpp]).await.unwrap();
    assert_eq!(tpp_json(folder.path())["kid"], "mine");
    assert!(!names(folder.path()).contains(&"signing.pem".to_owned()));
    let published: Value = serde_json::from_str(&text(folder.path(), "software.jwks")).unwrap();
    assert_eq!(published["keys"][0]["kid"], "mine");
    assert_eq!(part(&text(folder.path(), "ssa.jwt"), 0)["kid"], "signer");
}

#[tokio::test]
async fn keys_that_were_made_for_it_once_go_when_it_brings_its_own() {
    let folder = tempfile::tempdir().unwrap();
    let made = TppConfig {
        transport_csr: None,
        signing: None,
        ..own(folder.path())
    };
    drop(start(vec![made.clone()]).await.unwrap());
    let first = files(folder.path());
    assert!(first.contains_key("registration-uk-ob-3.3.jwt"));
    drop(start(vec![made]).await.unwrap());
    assert_eq!(
        first["transport.key"],
        files(folder.path())["transport.key"]
    );
    drop(start(vec![own(folder.path())]).await.unwrap());
    let left = names(folder.path());
    for name in [
        "transport.key",
        "transport.p12",
        "signing.key",
        "registration-uk-ob-3.3.jwt",
    ] {
        assert!(!left.contains(&name.to_owned()), "{name}");
    }
}

#[tokio::test]
async fn a_folder_of_other_things_or_of_another_tpp_or_an_id_given_twice_stops_the_start() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("thesis.txt"), "x").unwrap();
    let error = start(vec![own(folder.path())])
        .await
        .unwrap_err()
        .to_string();
    let expected =
        "holds files that are no kit: name another folder as the TPP's `kit`, or empty it";
    assert!(error.ends_with(expected), "{error}");
    let mine = folder.path().join("mine");
    let another = TppConfig {
        software_id: None,
        ..own(&mine)
    };
    let error = start(vec![own(&mine), another]).await.unwrap_err();
    assert!(error.to_string().contains("is that of another TPP"));
    let unwritten = TppConfig {
        kit: None,
        ..own(folder.path())
    };
    let error = start(vec![unwritten.clone(), unwritten]).await.unwrap_err();
    assert!(error.to_string().contains("already lists a software"));
}
