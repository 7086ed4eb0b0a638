//! `GET /clients`: pages and filters, over the clients that are invented and those that are not.

use std::collections::BTreeSet;
use std::time::Duration;

use aspsp_emulator::dialect::Operation::Clients;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use serde_json::Value;

use super::{Reader, reader};
use crate::br_helpers::{Ground, Refused};

/// Found by the tests below.
pub const REFUSED: &[Refused] = &[
    (Clients, "query_malformed"),
    // With the item's, where single clients are tested.
    (Clients, "not_acceptable"),
];

/// How many clients are invented.
const INVENTED: usize = 12;

async fn page(reader: &Reader, query: &str) -> Value {
    let answer = reader.get(&format!("/clients{query}")).await;
    answer.assert_json(200, query);
    answer.json()
}

async fn content(reader: &Reader, query: &str) -> Vec<Value> {
    page(reader, query).await["content"]
        .as_array()
        .unwrap()
        .clone()
}

/// The ids that a query finds, on one page.
async fn ids(reader: &Reader, query: &str) -> BTreeSet<String> {
    let join = if query.is_empty() { "?" } else { "&" };
    let found = content(reader, &format!("{query}{join}size=1000")).await;
    found
        .iter()
        .map(|client| text(client, "client_id").to_owned())
        .collect()
}

/// The ids of those that meet this, by the listing itself.
async fn such(reader: &Reader, is_met: impl Fn(&Value) -> bool) -> BTreeSet<String> {
    let all = content(reader, "?size=1000").await;
    let found = all.iter().filter(|client| is_met(client));
    found
        .map(|client| text(client, "client_id").to_owned())
        .collect()
}

fn text<'a>(client: &'a Value, name: &str) -> &'a str {
    client[name].as_str().unwrap()
}

#[tokio::test]
async fn the_list_holds_every_tpp_and_a_dozen_invented_clients() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    let other = super::reader(&ground, Ecosystem::Brazil).await;
    let all = ids(&reader, "").await;
    assert_eq!(all.len(), INVENTED + 2);
    assert!(all.contains(&reader.id()) && all.contains(&other.id()));
}

#[tokio::test]
async fn pages_follow_each_other_and_miss_nobody() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    let all = content(&reader, "?size=1000").await;
    for size in [1, 4, 5, 13, 14] {
        let mut found = Vec::new();
        let pages = all.len().div_ceil(size);
        for number in 0..pages {
            let page = page(&reader, &format!("?page={number}&size={size}")).await;
            let items = page["content"].as_array().unwrap();
            assert_eq!(page["totalElements"], all.len());
            assert_eq!(page["totalPages"], pages);
            assert_eq!(page["number"], number);
            assert_eq!(page["size"], size);
            assert_eq!(page["numberOfElements"], items.len());
            assert_eq!(page["first"], number == 0);
            assert_eq!(page["last"], number + 1 == pages);
            found.extend(items.iter().cloned());
        }
        assert_eq!(found, all, "{size}");
        let beyond = format!("?page={pages}&size={size}");
        assert!(content(&reader, &beyond).await.is_empty());
    }
    let largest = format!("?page={}&size=1000", u64::MAX);
    assert!(content(&reader, &largest).await.is_empty());
}

#[tokio::test]
async fn a_status_a_role_and_a_name_filter() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    for status in ["Active", "Suspended", "Inactive"] {
        let expected = such(&reader, |client| client["status"] == status).await;
        assert!(!expected.is_empty(), "{status}");
        assert_eq!(ids(&reader, &format!("?status={status}")).await, expected);
    }
    for role in ["AISP", "PISP", "CBPII", "DADOS", "PAGTO", "CONTA"] {
        let has = |client: &Value| {
            let mut roles = client["roles"].as_array().unwrap().iter();
            roles.any(|found| found == role)
        };
        let expected = such(&reader, has).await;
        assert_eq!(
            ids(&reader, &format!("?role={role}")).await,
            expected,
            "{role}"
        );
    }
    assert!(ids(&reader, "?role=UNKNOWN").await.is_empty());
    for client in content(&reader, "?size=1000").await {
        let name = text(&client, "client_name").to_lowercase();
        let part: String = name.chars().skip(1).take(4).collect();
        let expected = such(&reader, |client| {
            text(client, "client_name").to_lowercase().contains(&part)
        });
        let mut query = form_urlencoded::Serializer::new("?".to_owned());
        let query = query.append_pair("name", &part.to_uppercase()).finish();
        let query = query.replacen("?&", "?", 1);
        assert_eq!(ids(&reader, &query).await, expected.await, "{query}");
    }
}

#[tokio::test]
async fn filters_hold_together() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    let found = ids(&reader, "?status=Active&role=DADOS").await;
    let one = ids(&reader, "?status=Active").await;
    let other = ids(&reader, "?role=DADOS").await;
    assert_eq!(found, one.intersection(&other).cloned().collect());
    let total = page(&reader, "?status=Active&size=1").await;
    assert_eq!(total["totalElements"], one.len());
}

#[tokio::test]
async fn dates_bound_the_last_change_on_both_ends() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    let mut dates: Vec<String> = content(&reader, "?size=1000")
        .await
        .iter()
        .map(|client| text(client, "last_updated").to_owned())
        .collect();
    dates.sort_unstable();
    let middle = dates[5].clone();
    let from = such(&reader, |client| {
        text(client, "last_updated") >= middle.as_str()
    })
    .await;
    let until = such(&reader, |client| {
        text(client, "last_updated") <= middle.as_str()
    })
    .await;
    assert_eq!(ids(&reader, &format!("?startDate={middle}")).await, from);
    assert_eq!(ids(&reader, &format!("?endDate={middle}")).await, until);
    let both = format!("?startDate={middle}&endDate={middle}");
    assert_eq!(ids(&reader, &both).await.len(), 1);
    // Other spellings of RFC 3339.
    let offset = middle.replace('Z', "%2B00:00");
    assert_eq!(ids(&reader, &format!("?startDate={offset}")).await, from);
    assert!(
        ids(&reader, "?startDate=2999-01-01T00:00:00Z")
            .await
            .is_empty()
    );
}

#[tokio::test]
async fn what_changed_since_is_found_by_its_date() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    ground.emulator.clock().advance(Duration::from_secs(60));
    let late = super::reader(&ground, Ecosystem::Uk).await;
    let body = late.get(&late.item()).await.json();
    let query = format!("?startDate={}", text(&body, "last_updated"));
    let found = ids(&reader, &query).await;
    assert_eq!(found, BTreeSet::from([late.id()]));
}

#[tokio::test]
async fn a_query_that_cannot_be_understood_is_400() {
    let ground = Ground::start().await;
    let reader = reader(&ground, Ecosystem::Uk).await;
    for query in [
        "page=-1",
        "page=x",
        "page=",
        "page=1.5",
        "size=0",
        "size=x",
        "size=-1",
        "size=1001",
        "startDate=yesterday",
        "startDate=2024-07-29",
        "endDate=2024-13-01T00:00:00Z",
        "endDate=1722268288",
        "status=active",
        "status=Revoked",
        "status=",
    ] {
        let text = reader
            .get(&format!("/clients?{query}"))
            .await
            .errors(400, query);
        assert!(text.ends_with("(query_malformed)"), "{query}: {text}");
    }
    for query in ["unknown=x", "page=0&size=1000", ""] {
        assert_eq!(
            reader.get(&format!("/clients?{query}")).await.status,
            200,
            "{query}"
        );
    }
}
