//! Bodies for the control listener that are too large, too deep, or stand for more than they are.

use aspsp_emulator::server::Limits;
use futures_util::future::join_all;
use serde_json::Value;

use crate::ground::Ground;
use crate::helpers::http_client;
use crate::neighbour::within;

/// Each of them comes so often at one time.
const AT_ONCE: usize = 3;

/// What the control listener says to a scenario: status, and the problem's text.
async fn told(ground: &Ground, media_type: &str, body: &str) -> (u16, Value) {
    let control = ground.emulator().addresses().control;
    let request = http_client(&ground.hostile.tpp)
        .put(format!("http://{control}/api/scenarios/bomb"))
        .header("content-type", media_type)
        .body(body.to_owned());
    let answer = within(request.send()).await.unwrap();
    (answer.status().as_u16(), answer.json().await.unwrap())
}

async fn assert_refused(ground: &Ground, media_type: &str, body: &str, expected: &str) {
    let attack = join_all((0..AT_ONCE).map(|_| told(ground, media_type, body)));
    for (status, problem) in ground.neighbour.beside(attack).await {
        assert_eq!(status, 400, "{problem}");
        assert!(
            problem.to_string().contains(expected),
            "{expected}: {problem}"
        );
    }
}

/// Guard: `budget` in `src/document/tree.rs`, and the recursion limit of the YAML library.
#[tokio::test]
async fn yaml_that_is_deep_or_multiplies_is_refused() {
    let ground = Ground::start(Limits::default()).await;
    // Nine lists of nine of the list before: 387 million texts in a few lines.
    let laughs: String = (1..=9)
        .map(|level| {
            let before = format!("*a{}", level - 1);
            format!("a{level}: &a{level} [{}]\n", vec![before; 9].join(", "))
        })
        .collect();
    let laughs = format!("a0: &a0 lol\n{laughs}");
    let too_much = "more than can be read";
    // The parser's own limit comes first where it has to go back over what it has read.
    let too_deep = "recursion limit exceeded";
    let arrays = format!("rules: {}{}", "[".repeat(10_000), "]".repeat(10_000));
    for (yaml, expected) in [
        ("[".repeat(50_000), too_deep),
        (arrays, too_deep),
        (format!("{}1", "{a: ".repeat(10_000)), too_deep),
        ("- ".repeat(30_000), too_much),
        (laughs, too_much),
    ] {
        assert_refused(&ground, "application/yaml", &yaml, expected).await;
    }
}

/// Guard: the recursion limit of `serde_json`, which the reader in `src/domain/json.rs` goes through.
#[tokio::test]
async fn json_that_is_deep_is_refused() {
    let ground = Ground::start(Limits::default()).await;
    for json in [
        "[".repeat(50_000),
        format!("{{\"rules\":{}{}}}", "[".repeat(10_000), "]".repeat(10_000)),
        "{\"a\":".repeat(50_000),
    ] {
        let expected = "recursion limit exceeded";
        assert_refused(&ground, "application/json", &json, expected).await;
    }
}

/// Guard: `MOST` in `src/document/reader/mod.rs`, after which nothing more is told.
#[tokio::test]
async fn what_is_wrong_in_thousands_of_places_is_told_of_some() {
    let ground = Ground::start(Limits::default()).await;
    let unknown: String = (0..30_000).map(|index| format!("k{index}: 1\n")).collect();
    let expected = "the reading ended after 100 problems";
    assert_refused(&ground, "application/yaml", &unknown, expected).await;
}

/// Guard: `aside` in `src/control/dispatch.rs`, by which large bodies are read on a thread that serves nobody
/// else.
#[tokio::test]
async fn bodies_that_take_long_to_read_hold_no_bank_up() {
    let ground = Ground::start(Limits::default()).await;
    let long = format!("rules: [{}]", "1,".repeat(100_000));
    let attack = join_all((0..10).map(|_| told(&ground, "application/yaml", &long)));
    let (answers, tokens) = ground.neighbour.count_beside(attack).await;
    for (status, problem) in answers {
        assert_eq!(status, 400, "{problem}");
    }
    // A healthy emulator hands out a hundred meanwhile.
    assert!(tokens >= 10, "{tokens} tokens");
}
