//! The control listener's first page.

use crate::control::get;
use crate::helpers::TestBank;

#[tokio::test]
async fn the_overview_links_to_what_is_there() {
    let dir = tempfile::tempdir().unwrap();
    let bank = TestBank::start_with(|builder| builder.kit(dir.path().join("kit"))).await;
    let answer = get(&bank.emulator, "/", &[]).await;
    assert_eq!(answer.status(), 200);
    assert!(
        answer.headers()["content-type"]
            .to_str()
            .unwrap()
            .starts_with("text/html")
    );
    let page = answer.text().await.unwrap();
    let links: Vec<&str> = page
        .split("href=\"")
        .skip(1)
        .filter_map(|rest| rest.split('"').next())
        .collect();
    assert!(links.contains(&"/kit/registration-uk-ob-3.3.jwt"), "{page}");
    for link in links.into_iter().filter(|link| link.starts_with('/')) {
        let answer = get(&bank.emulator, link, &[]).await;
        assert_eq!(answer.status(), 200, "{link}");
    }
}
