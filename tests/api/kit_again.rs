//! What becomes of a folder that holds something already.

use std::fs;
use std::sync::Arc;

use aspsp_emulator::Emulator;
use aspsp_emulator::clock::Clock;
use aspsp_emulator::emulator::StartError;
use certs_gen::Authority;
use reqwest::StatusCode;

use crate::helpers::authority;
use crate::kit::{FILES, files, register, start, text, tpp_json};

#[tokio::test]
async fn a_kit_of_the_same_authority_is_taken_up_again_with_new_statements() {
    let folder = tempfile::tempdir().unwrap();
    drop(start(folder.path()).await);
    let (before, tpp_before) = (files(folder.path()), tpp_json(folder.path()));
    let emulator = start(folder.path()).await;
    let (after, tpp_after) = (files(folder.path()), tpp_json(folder.path()));
    for name in [
        "signing.key",
        "signing.pem",
        "transport.key",
        "transport.pem",
        "ca.pem",
        "curl.conf",
    ] {
        assert_eq!(before[name], after[name], "{name}");
    }
    for name in ["ssa.jwt", "registration-uk-ob-3.3.jwt"] {
        assert_ne!(before[name], after[name], "{name}");
    }
    for member in [
        "org_id",
        "software_id",
        "kid",
        "subject_dn",
        "redirect_uris",
    ] {
        assert_eq!(tpp_before[member], tpp_after[member], "{member}");
    }
    let request = text(folder.path(), "registration-uk-ob-3.3.jwt");
    assert_eq!(
        register(&emulator, folder.path(), request).await.0,
        StatusCode::CREATED
    );
    // One made before the restart is as good while it lives.
    let earlier = String::from_utf8(before["registration-uk-ob-3.3.jwt"].clone()).unwrap();
    assert_eq!(
        register(&emulator, folder.path(), earlier).await.0,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn a_kit_of_another_authority_is_replaced_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    drop(start(folder.path()).await);
    fs::write(folder.path().join("registration-some-old-bank.jwt"), "x").unwrap();
    let before = files(folder.path());
    let another = Arc::new(Authority::generate(Clock::system().now()).unwrap());
    let builder = Emulator::builder().authority(&another).kit(folder.path());
    let emulator = builder.start().await.unwrap();
    let after = files(folder.path());
    assert_eq!(after.keys().collect::<Vec<_>>(), FILES);
    for name in [
        "signing.key",
        "transport.key",
        "transport.pem",
        "ca.pem",
        "truststore.p12",
    ] {
        assert_ne!(before[name], after[name], "{name}");
    }
    let request = text(folder.path(), "registration-uk-ob-3.3.jwt");
    assert_eq!(
        register(&emulator, folder.path(), request).await.0,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn a_kit_that_was_broken_off_is_made_anew() {
    let folder = tempfile::tempdir().unwrap();
    drop(start(folder.path()).await);
    let before = files(folder.path());
    fs::write(folder.path().join("signing.key"), "broken").unwrap();
    drop(start(folder.path()).await);
    let after = files(folder.path());
    assert_ne!(before["signing.key"], after["signing.key"]);
    fs::remove_file(folder.path().join("tpp.json")).unwrap();
    let emulator = start(folder.path()).await;
    let request = text(folder.path(), "registration-uk-ob-3.3.jwt");
    assert_eq!(
        register(&emulator, folder.path(), request).await.0,
        StatusCode::CREATED
    );
}

#[tokio::test]
async fn a_folder_with_other_things_in_it_is_left_alone() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("thesis.txt"), "years of work").unwrap();
    let builder = Emulator::builder()
        .authority(authority())
        .kit(folder.path());
    let error = builder.start().await.unwrap_err();
    assert!(matches!(error, StartError::Kit(_)), "{error:?}");
    let left = files(folder.path());
    assert_eq!(left.keys().collect::<Vec<_>>(), ["thesis.txt"]);
    assert_eq!(left["thesis.txt"], b"years of work");
}

#[tokio::test]
async fn a_pretended_kit_of_other_files_loses_none_of_them() {
    let folder = tempfile::tempdir().unwrap();
    drop(start(folder.path()).await);
    fs::write(folder.path().join("notes.txt"), "mine").unwrap();
    drop(start(folder.path()).await);
    assert_eq!(files(folder.path())["notes.txt"], b"mine");
}

#[tokio::test]
async fn a_copy_without_its_hidden_file_is_still_a_kit() {
    let folder = tempfile::tempdir().unwrap();
    drop(start(folder.path()).await);
    let before = tpp_json(folder.path());
    fs::remove_file(folder.path().join(".gitignore")).unwrap();
    drop(start(folder.path()).await);
    assert_eq!(tpp_json(folder.path())["kid"], before["kid"]);
    assert!(folder.path().join(".gitignore").exists());
}

#[tokio::test]
async fn the_root_of_a_file_system_is_an_empty_folder() {
    let volume = tempfile::tempdir().unwrap();
    fs::create_dir(volume.path().join("lost+found")).unwrap();
    drop(start(volume.path()).await);
    assert!(volume.path().join("tpp.json").exists());
    assert!(volume.path().join("lost+found").exists());
}

#[tokio::test]
async fn emulators_that_begin_at_once_with_one_authority_and_folder_have_one_kit() {
    let folder = tempfile::tempdir().unwrap();
    let both = [(); 4].map(|()| start(folder.path()));
    let emulators = futures_util::future::join_all(both).await;
    for emulator in &emulators {
        let request = text(folder.path(), "registration-uk-ob-3.3.jwt");
        let answer = register(emulator, folder.path(), request).await;
        assert_eq!(answer.0, StatusCode::CREATED, "{:?}", answer.1);
    }
}

#[tokio::test]
async fn a_kit_that_another_emulator_has_replaced_is_not_renewed() {
    let folder = tempfile::tempdir().unwrap();
    let first = start(folder.path()).await;
    let other = Emulator::builder()
        .kit(folder.path())
        .start()
        .await
        .unwrap();
    let before = files(folder.path());
    let [uk, brasil] = first.kit().unwrap().folders();
    for half in [uk, brasil] {
        let error = half.renew().unwrap_err().to_string();
        assert!(error.contains("no longer this emulator's"), "{error}");
    }
    assert_eq!(files(folder.path()), before);
    let [uk, _] = other.kit().unwrap().folders();
    uk.renew().unwrap();
}

#[tokio::test]
async fn what_a_killed_emulator_left_half_written_goes() {
    let folder = tempfile::tempdir().unwrap();
    drop(start(folder.path()).await);
    let left = ["", "brasil"].map(|half| folder.path().join(half).join(".tpp.json.1-16.tmp"));
    for file in &left {
        fs::write(file, "").unwrap();
    }
    drop(start(folder.path()).await);
    assert!(left.iter().all(|file| !file.exists()));
}
