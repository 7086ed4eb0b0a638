//! The same decisions everywhere: in `simulate`, on the wire, one after the other and at once.

use std::collections::BTreeMap;
use std::process::Command;
use std::time::{Duration, Instant};

use aspsp_emulator::clock::Clock;
use reqwest::Client;
use serde_json::Value;

use crate::connections::{HTTP1, HTTP2, tpp_client};
use crate::helpers::TestBank;

const RULE: &str = "x-emulator-rule";

/// Everything that `simulate` says of each request for the discovery document.
fn simulate(scenario: &str, requests: usize, spacing: &str, softwares: usize) -> Vec<Value> {
    let dir = tempfile::tempdir().unwrap();
    let file = dir.path().join("scenario.yaml");
    std::fs::write(&file, scenario).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_aspsp-emulator"))
        .env_clear()
        .args(["simulate", "--json", "--operation", "discovery"])
        .args(["--requests", &requests.to_string(), "--spacing", spacing])
        .args(["--software", &softwares.to_string()])
        .arg(&file)
        .output()
        .unwrap();
    let text = String::from_utf8(output.stdout).unwrap();
    let errors = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{errors}");
    let lines: Vec<Value> = text
        .lines()
        .map(|line| serde_json::from_str(line).unwrap())
        .collect();
    assert_eq!(lines.len(), requests, "{errors}");
    lines
}

/// One answer, as far as `simulate` can say it.
#[derive(Debug, PartialEq, PartialOrd, Eq, Ord, Clone)]
struct Met {
    /// `None` for a connection that was closed.
    status: Option<u16>,
    retry_after: Option<String>,
    /// The rule that ended the search, `SCENARIO/RULE#CALL`; not to be seen on a closed connection.
    rule: Option<String>,
}

fn foretold(line: &Value) -> Met {
    let is_closed = line.get("fault").is_some();
    let status = match line["answer"].as_str() {
        _ if is_closed => None,
        Some("the bank answers") => Some(200),
        Some("the bank refuses: not_acceptable") => Some(406),
        Some(status) => Some(status.parse().unwrap()),
        None => None,
    };
    let rule = line.get("applied").filter(|_| !is_closed).map(|applied| {
        let text = |name: &str| applied[name].as_str().unwrap();
        format!("{}/{}#{}", text("scenario"), text("rule"), applied["call"])
    });
    Met {
        status,
        retry_after: line.get("retry_after").map(Value::to_string),
        rule,
    }
}

/// What a client meets, and how long it took.
async fn ask(http: &Client, url: &str) -> (Met, Duration) {
    let start = Instant::now();
    let Ok(answer) = http.get(url).send().await else {
        let met = Met {
            status: None,
            retry_after: None,
            rule: None,
        };
        return (met, start.elapsed());
    };
    let text = |value: &reqwest::header::HeaderValue| value.to_str().unwrap().to_owned();
    let mut rules = answer.headers().get_all(RULE).iter().map(text).rev();
    // Delays come first; what is named `slow…` never ends a search.
    let rule = rules.find(|rule| !rule.contains("/slow"));
    let retry_after = answer.headers().get("retry-after").map(text);
    let met = Met {
        status: Some(answer.status().as_u16()),
        // Besides that of a quota, it is the bank's matter.
        retry_after: retry_after.filter(|_| answer.status() == 429),
        rule,
    };
    (met, start.elapsed())
}

async fn emulator(scenario: &str) -> TestBank {
    let clock = Clock::fixed(Clock::system().now());
    let start =
        TestBank::start_with(|builder| builder.clock(clock).annotate().scenario_yaml(scenario));
    start.await
}

async fn agrees(scenario: &str, requests: usize, spacing: u64, softwares: usize) {
    let lines = simulate(scenario, requests, &format!("{spacing}s"), softwares);
    for alpn in [HTTP1, HTTP2] {
        let bank = emulator(scenario).await;
        let mut clients = Vec::new();
        for _ in 0..softwares {
            let tpp = bank.tpp().await;
            clients.push(tpp_client(&bank, &tpp, alpn));
        }
        let url = format!(
            "{}/.well-known/openid-configuration",
            bank.emulator.url("uk-ob-3.3")
        );
        for (index, line) in lines.iter().enumerate() {
            let (met, elapsed) = ask(&clients[index % softwares], &url).await;
            assert_eq!(met, foretold(line), "{alpn}, request {}: {line}", index + 1);
            let delay = line["delay_ms"].as_u64().unwrap_or(0);
            assert!(
                elapsed >= Duration::from_millis(delay),
                "{alpn}: {line} took {elapsed:?}"
            );
            bank.emulator.clock().advance(Duration::from_secs(spacing));
        }
        drop(clients);
        tokio::task::spawn_blocking(move || drop(bank))
            .await
            .unwrap();
    }
}

#[tokio::test]
async fn simulate_foretells_chances_and_delays() {
    let scenario = "
name: chances
rules:
  - { name: slow-1, chance: 0.3, delay: { from: 1ms, to: 20ms } }
  - { name: slow-2, chance: 0.3, delay: { median: 3ms, p99: 9ms } }
  - { name: gone, chance: 0.1, fault: close }
  - { name: down, chance: 0.2, respond: 503 }
  - { name: refused, chance: 0.2, reject: not_acceptable }
";
    agrees(scenario, 80, 0, 1).await;
    agrees(&format!("seed: 99\n{scenario}"), 40, 1, 3).await;
}

#[tokio::test]
async fn simulate_foretells_sequences_and_quotas_of_each_software() {
    let scenario = "
name: counted
rules:
  - { name: every, calls: every 7, respond: 500 }
  - { name: first, calls: 1..2, per: software, respond: 502 }
  - { name: quota, per: software, limit: { calls: 3, every: 1m } }
  - { name: total, limit: { calls: 6, every: 30s, burst: 2 } }
  - { name: steps, per: software, sequence: [{ respond: 503 }, pass, { respond: 504 }, { fault: close }] }
";
    agrees(scenario, 60, 2, 3).await;
    agrees(scenario, 30, 9, 1).await;
}

#[tokio::test]
async fn simulate_foretells_states_and_times() {
    let scenario = "
name: timed
rules:
  - { name: opening, until: 5s, respond: 503 }
  - { name: window, after: 10s, until: 12s, respond: 502 }
  - { name: slow-moves, calls: 15, delay: 1ms, next_state: down }
  - { name: down, state: down, next_state: up, chance: 0.5, respond: 504 }
";
    agrees(scenario, 30, 1, 2).await;
}

const BUSY: &str = "
name: busy
rules:
  - { name: slow, chance: 0.2, delay: 1ms }
  - { name: odd, chance: 0.25, respond: 500 }
  - { name: fifth, calls: every 5, respond: 501 }
  - { name: early, calls: 1..20, chance: 0.5, respond: 502 }
  - { name: steps, calls: 10.., sequence: [{ respond: 503 }, pass, { respond: 504 }] }
  - { name: rest, chance: 0.5, respond: 505 }
";

/// All that each of 120 answers is made of, and how often; `lanes` clients ask at once.
async fn decisions(alpn: &str, lanes: usize) -> BTreeMap<(u16, Vec<String>), usize> {
    const REQUESTS: usize = 120;
    let bank = emulator(BUSY).await;
    let url = format!("{}/jwks", bank.emulator.url("uk-ob-3.3"));
    let mut tasks = Vec::new();
    for _ in 0..lanes {
        let tpp = bank.tpp().await;
        let (http, url) = (tpp_client(&bank, &tpp, alpn), url.clone());
        tasks.push(tokio::spawn(async move {
            let mut met = Vec::new();
            for _ in 0..REQUESTS / lanes {
                let answer = http.get(&url).send().await.unwrap();
                let rules = answer.headers().get_all(RULE).iter();
                let rules: Vec<String> = rules.map(|it| it.to_str().unwrap().to_owned()).collect();
                met.push((answer.status().as_u16(), rules));
            }
            met
        }));
    }
    let mut counted = BTreeMap::new();
    for task in tasks {
        for met in task.await.unwrap() {
            *counted.entry(met).or_insert(0) += 1;
        }
    }
    tokio::task::spawn_blocking(move || drop(bank))
        .await
        .unwrap();
    counted
}

#[tokio::test(flavor = "multi_thread", worker_threads = 4)]
async fn decisions_do_not_depend_on_who_comes_first() {
    let one_by_one = decisions(HTTP2, 1).await;
    assert!(one_by_one.len() > 50, "{one_by_one:?}");
    for (alpn, lanes) in [(HTTP1, 1), (HTTP1, 12), (HTTP2, 12), (HTTP2, 3)] {
        assert_eq!(
            decisions(alpn, lanes).await,
            one_by_one,
            "{lanes} over {alpn}"
        );
    }
}
