//! What is counted, by the control API.

use aspsp_emulator::Emulator;
use aspsp_emulator::config::{Config, LimitsConfig, Listen};
use aspsp_emulator::emulator::EmulatorBuilder;
use serde_json::{Value, json};

use crate::control::{get, guarded, http};
use crate::helpers::{BANK, TestBank, authority};
use crate::steering::done;

async fn lines(emulator: &Emulator, start: &str) -> Vec<String> {
    let answer = get(emulator, "/metrics", &[]).await;
    assert_eq!(answer.status(), 200);
    assert_eq!(
        answer.headers()["content-type"],
        "application/openmetrics-text; version=1.0.0; charset=utf-8"
    );
    let text = answer.text().await.unwrap();
    assert!(text.ends_with("# EOF\n"));
    let lines = text.lines().filter(|line| line.starts_with(start));
    lines.map(str::to_owned).collect()
}

#[tokio::test]
async fn clients_and_worlds_are_those_that_are_there() {
    let bank = TestBank::start().await;
    let emulator = &bank.emulator;
    let clients = format!("aspsp_emulator_clients{{bank=\"{BANK}\"}}");
    assert_eq!(lines(emulator, &clients).await, [format!("{clients} 0")]);
    let tpp = bank.tpp().await;
    let id = tpp.registered().await;
    tpp.registered().await;
    done(emulator, "POST", "/api/worlds", json!({"name": "a"})).await;
    assert_eq!(lines(emulator, &clients).await, [format!("{clients} 2")]);
    let worlds = "aspsp_emulator_worlds";
    assert_eq!(lines(emulator, worlds).await, [format!("{worlds} 2")]);
    let path = format!("/api/banks/{BANK}/clients/{id}");
    done(emulator, "DELETE", &path, Value::Null).await;
    done(emulator, "DELETE", "/api/worlds/a", Value::Null).await;
    assert_eq!(lines(emulator, &clients).await, [format!("{clients} 1")]);
    assert_eq!(lines(emulator, worlds).await, [format!("{worlds} 1")]);
    let requests = "aspsp_emulator_requests_total";
    assert_eq!(
        lines(emulator, requests).await,
        [format!(
            "{requests}{{bank=\"{BANK}\",operation=\"register\",status=\"201\",scenario=\"\"}} 2"
        )]
    );
}

#[tokio::test]
async fn dropped_exchanges_of_worlds_that_are_gone_count_on() {
    let config = Config {
        listen: Listen::on_free_ports(),
        kit: None,
        limits: LimitsConfig {
            journal: 1,
            ..LimitsConfig::default()
        },
        ..Config::default()
    };
    let builder = EmulatorBuilder::from_config(config).authority(authority());
    let bank = TestBank::of(builder.start().await.unwrap());
    let emulator = &bank.emulator;
    let tpp = bank.tpp().await;
    let drops = "aspsp_emulator_journal_drops_total";
    done(emulator, "POST", "/api/worlds", json!({"name": "a"})).await;
    for world in ["", "/w/a"] {
        let url = format!(
            "https://localhost:{}{world}/{BANK}/jwks",
            emulator.addresses().tls.port()
        );
        for _ in 0..3 {
            tpp.http.get(&url).send().await.unwrap();
        }
    }
    assert_eq!(lines(emulator, drops).await, [format!("{drops} 4")]);
    done(emulator, "DELETE", "/api/worlds/a", Value::Null).await;
    done(emulator, "POST", "/api/reset", Value::Null).await;
    assert_eq!(lines(emulator, drops).await, [format!("{drops} 4")]);
}

#[tokio::test]
async fn metrics_need_no_token() {
    let emulator = guarded(None).await;
    assert!(
        !lines(&emulator, "aspsp_emulator_build_info")
            .await
            .is_empty()
    );
    let worlds = http().get(crate::control::url(&emulator, "/api/worlds"));
    assert_eq!(worlds.send().await.unwrap().status(), 401);
}
