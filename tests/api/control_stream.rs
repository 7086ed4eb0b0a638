//! Exchanges as they come, as server-sent events.

use reqwest::Response;
use serde_json::{Value, json};

use crate::asking::delete;
use crate::control::{get, http, url};
use crate::control_exchanges::only;
use crate::helpers::{TestBank, TestTpp, json as body};

const STREAM: &str = "/api/exchanges/stream";

/// One event, or a comment.
#[derive(Debug, Default, PartialEq)]
struct Event {
    id: Option<u64>,
    kind: String,
    data: Value,
}

/// A client of a stream.
struct Listener {
    answer: Response,
    text: String,
}

impl Listener {
    async fn start(bank: &TestBank, query: &str, headers: &[(&str, &str)]) -> Self {
        let answer = get(&bank.emulator, &format!("{STREAM}{query}"), headers).await;
        assert_eq!(answer.status().as_u16(), 200);
        assert_eq!(answer.headers()["content-type"], "text/event-stream");
        assert_eq!(answer.headers()["cache-control"], "no-store");
        let text = String::new();
        let mut listener = Self { answer, text };
        assert!(
            listener
                .block()
                .await
                .unwrap()
                .starts_with(": exchanges of world")
        );
        listener
    }

    /// What stands before the next empty line; `None` at the end.
    async fn block(&mut self) -> Option<String> {
        loop {
            if let Some((block, rest)) = self.text.split_once("\n\n") {
                let (block, rest) = (block.to_owned(), rest.to_owned());
                self.text = rest;
                return Some(block);
            }
            let chunk = self.answer.chunk().await.unwrap()?;
            self.text.push_str(std::str::from_utf8(&chunk).unwrap());
        }
    }

    /// The next event that is no comment.
    async fn event(&mut self) -> Option<Event> {
        loop {
            let block = self.block().await?;
            if block.starts_with(':') {
                continue;
            }
            let mut event = Event::default();
            for line in block.lines() {
                match line.split_once(": ").unwrap() {
                    ("id", id) => event.id = Some(id.parse().unwrap()),
                    ("event", kind) => kind.clone_into(&mut event.kind),
                    ("data", data) => event.data = serde_json::from_str(data).unwrap(),
                    other => panic!("{other:?}"),
                }
            }
            return Some(event);
        }
    }

    async fn ids(&mut self, count: usize) -> Vec<u64> {
        let mut ids = Vec::new();
        for _ in 0..count {
            let event = self.event().await.unwrap();
            assert_eq!(event.kind, "exchange");
            assert_eq!(event.data["id"], event.id.unwrap());
            ids.push(event.id.unwrap());
        }
        ids
    }
}

async fn ask(tpp: &TestTpp, path: &str) {
    let asked = tpp.http.get(format!("{}/{path}", tpp.mtls)).send().await;
    asked.unwrap();
}

#[tokio::test]
async fn exchanges_are_told_as_they_come_and_as_they_are() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    ask(&tpp, "jwks").await;
    let mut listener = Listener::start(&bank, "", &[]).await;
    tpp.registered().await;
    let event = listener.event().await.unwrap();
    assert_eq!((event.id, event.kind.as_str()), (Some(2), "exchange"));
    let mut listed = only(&bank, "?after=1").await;
    let mut told = event.data;
    for changing in ["delivered", "timings"] {
        listed[changing].take();
        told[changing].take();
    }
    assert_eq!(told, listed);
}

#[tokio::test]
async fn a_stream_goes_on_where_its_client_was() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    for _ in 0..20 {
        ask(&tpp, "jwks").await;
    }
    let all: Vec<u64> = (1..=20).collect();
    let mut listener = Listener::start(&bank, "?after=0", &[]).await;
    assert_eq!(listener.ids(20).await, all);
    let last = [("last-event-id", "18")];
    let mut listener = Listener::start(&bank, "?after=0", &last).await;
    assert_eq!(listener.ids(2).await, [19, 20]);
    // Heard of an emulator that was there before.
    let mut listener = Listener::start(&bank, "", &[("last-event-id", "900")]).await;
    ask(&tpp, "jwks").await;
    assert_eq!(listener.ids(1).await, [21]);
    let answer = get(&bank.emulator, STREAM, &[("last-event-id", "x")]).await;
    assert_eq!(answer.status().as_u16(), 400);
    assert_eq!(body(answer).await["field"], "Last-Event-ID");
}

#[tokio::test]
async fn a_stream_tells_what_is_asked_for_and_ends_after_so_many() {
    let bank = TestBank::start().await;
    let (one, other) = (bank.tpp().await, bank.tpp().await);
    let query = format!(
        "?operation=jwks&software_id={}&limit=2",
        one.tpp.software_id()
    );
    let mut listener = Listener::start(&bank, &query, &[]).await;
    for _ in 0..2 {
        ask(&other, "jwks").await;
        ask(&one, "x").await;
        ask(&one, "jwks").await;
    }
    assert_eq!(listener.ids(2).await, [3, 6]);
    assert_eq!(listener.event().await, None);
}

#[tokio::test]
async fn what_is_not_kept_any_more_is_told_as_a_number() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    for _ in 0..3 {
        ask(&tpp, "jwks").await;
    }
    delete(&bank.emulator, "/api/exchanges").await;
    ask(&tpp, "jwks").await;
    let mut listener = Listener::start(&bank, "?after=1", &[]).await;
    let dropped = listener.event().await.unwrap();
    let expected = Event {
        id: None,
        kind: "dropped".to_owned(),
        data: json!({ "dropped": 2 }),
    };
    assert_eq!(dropped, expected);
    assert_eq!(listener.ids(1).await, [4]);
}

#[tokio::test]
async fn a_stream_ends_with_its_world() {
    let bank = TestBank::start().await;
    let world = bank.emulator.world().await.unwrap();
    let path = format!("/api/worlds/{}/exchanges/stream", world.name());
    let answer = get(&bank.emulator, &path, &[]).await;
    drop(world);
    let text = answer.text().await.unwrap();
    assert!(text.starts_with(": exchanges of world"), "{text}");
}

#[tokio::test]
async fn a_stream_ends_with_the_emulator() {
    let bank = TestBank::start().await;
    let mut listener = Listener::start(&bank, "", &[]).await;
    let stopped = tokio::task::spawn_blocking(move || drop(bank));
    assert_eq!(listener.event().await, None);
    stopped.await.unwrap();
}

#[tokio::test]
async fn a_head_has_no_end_to_wait_for() {
    let bank = TestBank::start().await;
    let answer = http()
        .head(url(&bank.emulator, STREAM))
        .send()
        .await
        .unwrap();
    assert_eq!(answer.headers()["content-type"], "text/event-stream");
    assert_eq!(answer.text().await.unwrap(), "");
}
