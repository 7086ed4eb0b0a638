//! The curl command of an exchange names files that its caller has.

use serde_json::json;

use crate::asking::ok;
use crate::control::get;
use crate::control_exchanges::only;
use crate::helpers::TestBank;
use crate::kit;

#[tokio::test]
async fn a_caller_with_the_kits_certificate_finds_its_files_by_their_paths() {
    let folder = tempfile::tempdir().unwrap();
    let dir = folder.path().join("my kit");
    let emulator = kit::start(&dir).await;
    let request = kit::text(&dir, "registration-uk-ob-3.3.jwt");
    for folder in [dir.clone(), dir.join("brasil")] {
        kit::register(&emulator, &folder, request.clone()).await;
    }
    let list = ok(get(&emulator, "/api/exchanges", &[]).await).await;
    let ids = list["items"].as_array().unwrap().iter();
    let ids: Vec<_> = ids.map(|one| one["id"].clone()).collect();
    assert_eq!(ids, [json!(1), json!(2)]);
    for (id, folder) in [(1, dir.clone()), (2, dir.join("brasil"))] {
        let answer = get(&emulator, &format!("/api/exchanges/{id}/curl"), &[]).await;
        let text = answer.text().await.unwrap();
        let path = |dir: &std::path::Path, name| format!("'{}'", dir.join(name).display());
        for option in [
            format!("--cacert {}", path(&dir, "ca.pem")),
            format!(
                "--cert {} --key {}",
                path(&folder, "transport.pem"),
                path(&folder, "transport.key")
            ),
        ] {
            assert!(text.contains(&option), "{option}\n{text}");
        }
        assert!(text.starts_with("curl "), "{text}");
    }
}

#[tokio::test]
async fn the_certificate_of_another_caller_is_named() {
    let bank = TestBank::start().await;
    bank.tpp().await.registered().await;
    let found = only(&bank, "").await;
    let answer = get(&bank.emulator, "/api/exchanges/1/curl", &[]).await;
    let text = answer.text().await.unwrap();
    let certificate = &found["tls"]["certificate"];
    for part in ["subject", "serial"] {
        let part = certificate[part].as_str().unwrap();
        let comment = text.lines().find(|line| line.contains(part));
        assert!(comment.unwrap().starts_with("# tpp.pem is "), "{text}");
    }
    assert!(text.contains("--cert tpp.pem --key tpp.key"), "{text}");
    assert!(!text.contains("kit/"), "{text}");
}
