//! The Brazilian half of the kit.

use std::fs;
use std::sync::Arc;
use std::time::Duration;

use aspsp_emulator::Emulator;
use aspsp_emulator::clock::Clock;
use aspsp_emulator::config::{Config, KitConfig, Listen};
use aspsp_emulator::emulator::{EmulatorBuilder, StartError};
use certs_gen::Authority;
use reqwest::StatusCode;
use serde_json::{Value, json};

use crate::control::get;
use crate::helpers::authority;
use crate::key_stores::{part, verifies};
use crate::kit::{FILES, files, kit_client, start, text, tpp_json};

/// The files of the kit's Brazilian half, sorted by name.
fn names() -> Vec<&'static str> {
    let is_request = |name: &&str| name.starts_with("registration-");
    let mut names: Vec<&str> = FILES.into_iter().filter(|name| !is_request(name)).collect();
    names.push(REQUEST);
    names.sort_unstable();
    names
}

/// The request that is ready to send.
pub const REQUEST: &str = "registration-open-finance-brasil.json";

/// Whether a file is signed, or holds what is.
fn is_signed(name: &str) -> bool {
    [REQUEST, "ssa.jwt"].contains(&name)
}

fn key_set(text: &str) -> Vec<Value> {
    let set: Value = serde_json::from_str(text).unwrap();
    set["keys"].as_array().unwrap().clone()
}

#[tokio::test]
async fn the_kits_brazilian_half_holds_what_a_brazilian_tpp_needs() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("kit/brasil");
    let emulator = start(&folder.path().join("kit")).await;
    let held = files(&dir);
    assert_eq!(held.keys().collect::<Vec<_>>(), names());
    let tpp = tpp_json(&dir);
    assert_eq!(tpp["ecosystem"], "brasil");
    assert_eq!(tpp_json(&folder.path().join("kit"))["ecosystem"], "uk");
    assert_eq!(tpp["roles"], json!(["DADOS", "PAGTO"]));
    assert!(text(&dir, "tpp.env").starts_with("TPP_ECOSYSTEM=brasil\n"));
    assert_eq!(text(&dir, "ca.pem"), emulator.ca_pem());
    let conf = format!("key = \"{}/transport.key\"\n", dir.display());
    assert!(text(&dir, "curl.conf").ends_with(&conf));
    let statement = text(&dir, "ssa.jwt");
    let claims = part(&statement, 1);
    for member in ["software_id", "org_id"] {
        assert_eq!(claims[member], tpp[member], "{member}");
    }
    assert_eq!(claims["software_redirect_uris"], tpp["redirect_uris"]);
}

#[tokio::test]
async fn the_brazilian_certificate_is_let_in() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = start(folder.path()).await;
    let client = kit_client(&emulator, &folder.path().join("brasil"));
    let url = format!("{}/directory/directory.jwks", emulator.base_urls().mtls);
    let answer = client.get(url).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn each_half_has_the_key_sets_that_verify_its_files() {
    let folder = tempfile::tempdir().unwrap();
    let _emulator = start(folder.path()).await;
    for dir in [folder.path().to_owned(), folder.path().join("brasil")] {
        let statement = text(&dir, "ssa.jwt");
        let directory = key_set(&text(&dir, "directory.jwks"));
        let of_kid = |key: &&Value| key["kid"] == part(&statement, 0)["kid"];
        assert!(verifies(&statement, directory.iter().find(of_kid).unwrap()));
        let software = key_set(&text(&dir, "software.jwks"));
        let kid = &tpp_json(&dir)["kid"];
        assert!(
            software.iter().any(|key| key["kid"] == *kid),
            "{software:?}"
        );
    }
    let request = text(folder.path(), "registration-uk-ob-3.3.jwt");
    let software = key_set(&text(folder.path(), "software.jwks"));
    let of_kid = |key: &&Value| key["kid"] == part(&request, 0)["kid"];
    assert!(verifies(&request, software.iter().find(of_kid).unwrap()));
}

#[tokio::test]
async fn a_brazilian_half_of_the_same_authority_is_taken_up_again() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("brasil");
    drop(start(folder.path()).await);
    let (before, tpp_before) = (files(&dir), tpp_json(&dir));
    let emulator = start(folder.path()).await;
    let after = files(&dir);
    for name in [
        "signing.key",
        "signing.pem",
        "transport.key",
        "transport.pem",
    ] {
        assert_eq!(before[name], after[name], "{name}");
    }
    let tpp_after = tpp_json(&dir);
    for member in ["org_id", "software_id", "kid", "subject_dn"] {
        assert_eq!(tpp_before[member], tpp_after[member], "{member}");
    }
    // Its identity is its own, though the seed would invent it for the next one.
    let next = emulator.tpp().create().await.unwrap();
    let kits = tpp_json(folder.path());
    assert_ne!(next.software_id().as_str(), kits["software_id"]);
}

#[tokio::test]
async fn a_brazilian_half_of_another_authority_or_a_broken_one_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("brasil");
    drop(start(folder.path()).await);
    let first = files(&dir);
    let another = Arc::new(Authority::generate(Clock::system().now()).unwrap());
    let builder = Emulator::builder().authority(&another).kit(folder.path());
    drop(builder.start().await.unwrap());
    let second = files(&dir);
    fs::remove_file(dir.join("signing.key")).unwrap();
    let builder = Emulator::builder().authority(&another).kit(folder.path());
    drop(builder.start().await.unwrap());
    let third = files(&dir);
    for name in ["signing.key", "transport.key", "transport.pem"] {
        assert_ne!(first[name], second[name], "{name}");
        assert_ne!(second[name], third[name], "{name}");
    }
}

#[tokio::test]
async fn other_things_in_the_brazilian_folder_leave_both_halves_unwritten() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("brasil");
    drop(start(folder.path()).await);
    let uk = files(folder.path());
    fs::remove_dir_all(&dir).unwrap();
    fs::create_dir(&dir).unwrap();
    fs::write(dir.join("tese.txt"), "anos de trabalho").unwrap();
    let builder = Emulator::builder().authority(authority());
    let error = builder.kit(folder.path()).start().await.unwrap_err();
    assert!(matches!(error, StartError::Kit(_)), "{error:?}");
    assert!(
        error
            .to_string()
            .contains("/brasil holds files that are no kit")
    );
    assert_eq!(files(folder.path()), uk);
    assert_eq!(files(&dir).len(), 1);
}

#[tokio::test]
async fn the_brazilian_half_is_served_as_it_lies_in_its_folder_but_signed_anew() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = start(folder.path()).await;
    for (name, contents) in files(&folder.path().join("brasil")) {
        let answer = get(&emulator, &format!("/kit/brasil/{name}"), &[]).await;
        assert_eq!(answer.status(), StatusCode::OK, "{name}");
        let served = answer.bytes().await.unwrap();
        assert_eq!(served == contents, !is_signed(&name), "{name}");
    }
    emulator.clock().freeze();
    let path = "/kit/brasil/ssa.jwt";
    let one = get(&emulator, path, &[]).await.text().await.unwrap();
    emulator.clock().advance(Duration::from_secs(301));
    let other = get(&emulator, path, &[]).await.text().await.unwrap();
    let issued = |jwt: &str| part(jwt, 1)["iat"].as_i64().unwrap();
    assert_eq!(issued(&other) - issued(&one), 301);
    for path in [
        "/kit/brasil",
        "/kit/brasil/unknown",
        "/kit/brasil/brasil/tpp.json",
    ] {
        let answer = get(&emulator, path, &[]).await;
        assert_eq!(answer.status(), StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn the_served_key_set_is_the_softwares_current_one() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = start(folder.path()).await;
    let answer = get(&emulator, "/kit/software.jwks", &[]).await;
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(key_set(&answer.text().await.unwrap()).len(), 2);
}

#[tokio::test]
async fn the_brazilian_statement_on_disk_is_renewed_before_it_is_stale() {
    let folder = tempfile::tempdir().unwrap();
    let emulator = start(folder.path()).await;
    let [uk, brasil] = emulator.kit().unwrap().folders();
    assert_eq!(uk.renewal(), Duration::from_secs(12 * 60 * 60));
    assert_eq!(brasil.renewal(), Duration::from_secs(4 * 60));
    let dir = folder.path().join("brasil");
    let before = files(&dir);
    emulator.clock().advance(brasil.renewal());
    brasil.renew().unwrap();
    let after = files(&dir);
    for name in names() {
        assert_eq!(before[name] == after[name], !is_signed(name), "{name}");
    }
}

#[tokio::test]
async fn further_redirect_uris_are_those_of_both_halves() {
    let folder = tempfile::tempdir().unwrap();
    let config = Config {
        listen: Listen::on_free_ports(),
        kit: Some(KitConfig {
            dir: folder.path().to_owned(),
            key_mode: 0o600,
        }),
        redirect_uris: vec!["https://app.example/cb".to_owned()],
        ..Config::default()
    };
    let builder = EmulatorBuilder::from_config(config).authority(authority());
    let _emulator = builder.start().await.unwrap();
    for dir in [folder.path().to_owned(), folder.path().join("brasil")] {
        assert_eq!(tpp_json(&dir)["redirect_uris"][1], "https://app.example/cb");
    }
}
