//! Worlds by the control API: made, listed, deleted, and kept apart.

use aspsp_emulator::Emulator;
use aspsp_emulator::config::{Config, LimitsConfig, Listen};
use aspsp_emulator::dialect;
use aspsp_emulator::emulator::EmulatorBuilder;
use serde_json::{Value, json};

use crate::clients::members;
use crate::control::{http, url};
use crate::helpers::{BANK, TestBank, authority};
use crate::steering::{assert_problem, call, done, read, send};

async fn start() -> Emulator {
    TestBank::start().await.emulator
}

async fn create(emulator: &Emulator, body: Value) -> (u16, Value) {
    call(emulator, "POST", "/api/worlds", body).await
}

async fn names(emulator: &Emulator) -> Vec<String> {
    let worlds = read(emulator, "/api/worlds").await;
    let worlds = worlds["items"].as_array().unwrap().iter();
    worlds
        .map(|world| world["name"].as_str().unwrap().to_owned())
        .collect()
}

#[tokio::test]
async fn a_world_is_made_with_what_it_was_told_and_lives_where_it_says() {
    let emulator = start().await;
    let body = json!({
        "name": "one", "label": "The first 🚀", "seed": 7, "ttl": "1h30m",
        "banks": ["uk-ob-3.3"], "scenarios": ["throttled-429"],
    });
    let answer = send(&emulator, "POST", "/api/worlds", body).await;
    assert_eq!(answer.status(), 201);
    assert_eq!(answer.headers()["location"], "/api/worlds/one");
    let world: Value = crate::helpers::json(answer).await;
    assert_eq!(
        members(&world),
        [
            "banks",
            "created_at",
            "label",
            "name",
            "scenarios",
            "seed",
            "ttl",
            "urls"
        ]
    );
    assert_eq!(world["name"], "one");
    assert_eq!(world["label"], "The first 🚀");
    assert_eq!(world["seed"], 7);
    assert_eq!(world["ttl"], "1h30m");
    assert_eq!(world["banks"], json!(["uk-ob-3.3"]));
    assert_eq!(world["scenarios"], json!(["throttled-429"]));
    assert!(humantime::parse_rfc3339(world["created_at"].as_str().unwrap()).is_ok());
    let addresses = emulator.addresses();
    let base = |port: u16| format!("https://127.0.0.1:{port}/w/one");
    assert_eq!(world["urls"]["mtls"], base(addresses.mtls.port()));
    assert_eq!(world["urls"]["tls"], base(addresses.tls.port()));
    let control = world["urls"]["control"].as_str().unwrap();
    assert_eq!(control, url(&emulator, "/api/worlds/one"));
    let status = http()
        .get(format!("{control}/status"))
        .send()
        .await
        .unwrap();
    assert_eq!(crate::helpers::json(status).await["world"], "one");
    assert_eq!(read(&emulator, "/api/worlds/one").await, world);
}

#[tokio::test]
async fn without_a_body_everything_is_chosen_and_no_two_worlds_have_one_name() {
    let emulator = start().await;
    let mut made = Vec::new();
    for body in [Value::Null, json!({})] {
        let (status, world) = create(&emulator, body).await;
        assert_eq!(status, 201, "{world}");
        assert_eq!(world["ttl"], Value::Null);
        assert_eq!(world["label"], Value::Null);
        assert_eq!(world["seed"], 1);
        assert_eq!(world["scenarios"], json!([]));
        let banks = read(&emulator, "/api/banks").await;
        assert_eq!(
            world["banks"].as_array().unwrap().len(),
            banks["items"].as_array().unwrap().len()
        );
        made.push(world["name"].as_str().unwrap().to_owned());
    }
    made.sort();
    made.dedup();
    assert_eq!(made.len(), 2);
    made.insert(0, "default".to_owned());
    assert_eq!(names(&emulator).await, made);
    let default = read(&emulator, "/api/worlds/default").await;
    assert_eq!(default["urls"]["control"], url(&emulator, "/api"));
}

#[tokio::test]
async fn a_bank_may_be_described_as_in_a_config_file_in_json_and_yaml() {
    let emulator = start().await;
    let yaml = "name: mine\nbanks:\n- uk-ob-3.1\n- id: my-bank\n  dialect: uk-ob-3.3\n  base_path: /my-bank\n  strictness: conformance\n  policy: { duplicates: reject }\n  token_lifetime: 5m\n";
    let answer = http()
        .post(url(&emulator, "/api/worlds"))
        .header("content-type", "application/yaml")
        .body(yaml)
        .send();
    assert_eq!(answer.await.unwrap().status(), 201);
    let bank = read(&emulator, "/api/worlds/mine/banks/my-bank").await;
    assert_eq!(bank["strictness"], "conformance");
    assert_eq!(bank["policy"]["duplicates"], "reject");
    assert_eq!(bank["dialect"], "uk-ob-3.3");
    assert!(
        bank["issuer"]
            .as_str()
            .unwrap()
            .ends_with("/w/mine/my-bank")
    );
    let banks = read(&emulator, "/api/worlds/mine").await["banks"].clone();
    assert_eq!(banks, json!(["uk-ob-3.1", "my-bank"]));
    let whole = json!({ "banks": [{ "id": "b", "dialect": "virgin-money" }] });
    assert_eq!(create(&emulator, whole).await.0, 201);
    assert_eq!(
        call(&emulator, "GET", "/api/banks/my-bank", json!(null))
            .await
            .0,
        404
    );
}

/// Each body is refused for one field, with what was found and what is allowed; no world is made.
async fn assert_refused(emulator: &Emulator, cases: &[(Value, &str, &str, &str)]) {
    for (body, field, found, allowed) in cases {
        let answer = create(emulator, body.clone()).await;
        assert!(answer.1["detail"].is_string(), "{body} {answer:?}");
        assert_problem(answer, 400, field, found, allowed);
    }
    assert_eq!(names(emulator).await, ["default"]);
}

#[tokio::test]
async fn a_body_that_cannot_be_says_where_what_and_what_instead() {
    let name = "1 to 63 lower-case letters, digits and hyphens";
    let span = "a length of time such as 10s, 5m, 1h30m";
    let positive = "a length of time above 0s; leave it out for a world that stays";
    let members = "name, label, seed, ttl, banks, scenarios";
    let whole = "a whole number from 0 to 18446744073709551615";
    let cases = [
        (json!({"name": ""}), "name", "``", name),
        (json!({"name": "A"}), "name", "`A`", name),
        (json!({"name": "a/b"}), "name", "`a/b`", name),
        (json!({"name": 7}), "name", "the number `7`", "a string"),
        (json!({"nam": "a"}), "nam", "an unknown member", members),
        (json!({"seed": -1}), "seed", "the number `-1`", whole),
        (json!({"ttl": "soon"}), "ttl", "`soon`", span),
        (json!({"ttl": "-5m"}), "ttl", "`-5m`", span),
        (json!({"ttl": "0s"}), "ttl", "`0s`", positive),
        (json!([]), "body", "a JSON array", "an object"),
    ];
    assert_refused(&start().await, &cases).await;
}

#[tokio::test]
async fn a_bank_that_cannot_be_says_where_what_and_what_instead() {
    let emulator = start().await;
    let ids: Vec<&str> = dialect::ALL.iter().map(|dialect| dialect.id).collect();
    let ids = ids.join(", ");
    let list = "a list of at least one bank; leave `banks` out for those of the settings";
    let keys = "the keys id, dialect, base_path, strictness, policy, token_lifetime";
    let missing = "no key `dialect`, which must be there";
    let own_id = "an id that no other bank has; the one in line 1 has it";
    let own_path =
        "a path that is not that of another bank, below or above it; line 1 has /uk-ob-3.1";
    let path = "a path such as /my-bank: `/` and letters, digits, `-`, `.`, `_`, `~`";
    let life = "a length of time from 1s to 9years11months27days21h50m24s";
    let bank = |member: &str, value: &str| {
        let mut bank = json!({ "id": "b", "dialect": "uk-ob-3.3" });
        bank[member] = value.into();
        bank
    };
    let in_the_way = bank("base_path", "/uk-ob-3.1");
    for (banks, field, found, allowed) in [
        (json!([]), "banks", "an empty list", list),
        (json!("uk-ob-3.3"), "banks", "`uk-ob-3.3`", list),
        (json!(["zebra"]), "banks.0", "the bank `zebra`", &ids),
        (json!([BANK, BANK]), "banks.1", "`uk-ob-3.3`", own_id),
        (json!([{ "id": "b" }]), "banks.0", missing, keys),
        (
            json!([bank("base_path", "b")]),
            "banks.0.base_path",
            "`b`",
            path,
        ),
        (
            json!([in_the_way, "uk-ob-3.1"]),
            "banks.1",
            "`/uk-ob-3.1`",
            own_path,
        ),
        (
            json!([bank("token_lifetime", "0s")]),
            "banks.0.token_lifetime",
            "`0s`",
            life,
        ),
        (
            json!([bank("dialect", "zebra")]),
            "banks.0.dialect",
            "the dialect `zebra`",
            &ids,
        ),
        (json!([7]), "banks.0", "the number `7`", keys),
    ] {
        let body = json!({ "banks": banks });
        assert_refused(&emulator, &[(body, field, found, allowed)]).await;
    }
}

#[tokio::test]
async fn a_scenario_that_is_not_there_is_a_400_that_names_those_that_are() {
    let emulator = start().await;
    let body = json!({ "scenarios": ["throttled-429", "zebra"] });
    let (status, problem) = create(&emulator, body).await;
    assert_eq!((status, &problem["field"]), (400, &json!("scenarios.1")));
    assert_eq!(problem["found"], "`zebra`");
    let allowed = problem["allowed"].as_str().unwrap();
    assert!(allowed.contains("throttled-429"), "{allowed}");
    assert_eq!(names(&emulator).await, ["default"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_bank_knows_its_line() {
    let emulator = start().await;
    let yaml = "banks:\n  - uk-ob-3.1\n  - id: b\n    dialect: uk-ob-3.3\n    policy:\n      duplicates: maybe\n";
    let answer = http()
        .post(url(&emulator, "/api/worlds"))
        .header("content-type", "application/yaml")
        .body(yaml)
        .send();
    let answer = answer.await.unwrap();
    assert_eq!(answer.status(), 400);
    let problem = crate::helpers::json(answer).await;
    assert_eq!(problem["field"], "banks.1.policy.duplicates", "{problem}");
    assert_eq!(problem["line"], 6, "{problem}");
    assert_eq!(problem["column"], 19, "{problem}");
}

#[tokio::test]
async fn a_name_that_is_taken_is_a_409_and_free_again_after_the_world_is_deleted() {
    let emulator = start().await;
    assert_eq!(create(&emulator, json!({"name": "a"})).await.0, 201);
    for name in ["a", "default"] {
        let answer = create(&emulator, json!({ "name": name })).await;
        assert!(
            answer.1["detail"]
                .as_str()
                .unwrap()
                .contains("choose another one")
        );
        assert_problem(
            answer,
            409,
            "name",
            &format!("`{name}`"),
            "a name that no world has",
        );
    }
    let gone = call(&emulator, "DELETE", "/api/worlds/a", Value::Null).await;
    assert_eq!(gone, (204, Value::Null));
    assert_eq!(names(&emulator).await, ["default"]);
    for (method, path) in [
        ("GET", "/api/worlds/a"),
        ("DELETE", "/api/worlds/a"),
        ("GET", "/api/worlds/a/status"),
        ("POST", "/api/worlds/a/reset"),
        ("GET", "/api/worlds/a/clock"),
    ] {
        let answer = call(&emulator, method, path, Value::Null).await;
        assert_problem(answer, 404, "world", "`a`", "default");
    }
    assert_eq!(create(&emulator, json!({"name": "a"})).await.0, 201);
}

#[tokio::test]
async fn the_world_default_stays() {
    let emulator = start().await;
    let (status, problem) = call(&emulator, "DELETE", "/api/worlds/default", Value::Null).await;
    assert_eq!(status, 409, "{problem}");
    assert!(
        problem["detail"]
            .as_str()
            .unwrap()
            .contains("POST /api/reset")
    );
    assert_eq!(names(&emulator).await, ["default"]);
}

#[tokio::test]
async fn there_are_never_more_worlds_than_the_limit_says_however_many_are_made_at_once() {
    let config = Config {
        listen: Listen::on_free_ports(),
        kit: None,
        limits: LimitsConfig {
            worlds: 4,
            ..LimitsConfig::default()
        },
        ..Config::default()
    };
    let builder = EmulatorBuilder::from_config(config).authority(authority());
    let emulator = builder.start().await.unwrap();
    let made = (0..12).map(|_| create(&emulator, json!({"banks": [BANK]})));
    let made = futures_util::future::join_all(made).await;
    let (created, refused): (Vec<_>, Vec<_>) = made.into_iter().partition(|made| made.0 == 201);
    assert_eq!((created.len(), names(&emulator).await.len()), (3, 4));
    for answer in refused {
        assert!(answer.1["detail"].as_str().unwrap().contains("delete one"));
        assert_problem(answer, 409, "worlds", "4 of them", "at most 4");
    }
    let name = created[0].1["name"].as_str().unwrap();
    done(
        &emulator,
        "DELETE",
        &format!("/api/worlds/{name}"),
        Value::Null,
    )
    .await;
    assert_eq!(create(&emulator, json!({})).await.0, 201);
}

#[tokio::test]
async fn the_status_of_a_world_counts_what_is_in_it() {
    let bank = TestBank::start().await;
    let emulator = &bank.emulator;
    create(
        emulator,
        json!({"name": "b", "scenarios": ["throttled-429"]}),
    )
    .await;
    let tpp = bank.tpp().await;
    tpp.registered().await;
    let status = read(emulator, "/api/status").await;
    assert_eq!(
        members(&status),
        [
            "banks",
            "clients",
            "clock",
            "created_at",
            "exchanges",
            "label",
            "scenarios",
            "seed",
            "tpps",
            "world"
        ]
    );
    assert_eq!(status["world"], "default");
    assert_eq!(
        (&status["clients"], &status["tpps"]),
        (&json!(1), &json!(1))
    );
    let banks = status["banks"].as_array().unwrap();
    let of_bank = banks.iter().find(|bank| bank["id"] == BANK).unwrap();
    assert_eq!(*of_bank, json!({ "id": BANK, "clients": 1 }));
    let journal = &status["exchanges"];
    assert_eq!(members(journal), ["bytes", "dropped", "kept", "last_id"]);
    assert_eq!(
        (&journal["kept"], &journal["last_id"]),
        (&json!(1), &json!(1))
    );
    assert!(journal["bytes"].as_u64().unwrap() > 0);
    assert_eq!(journal["dropped"], 0);
    let other = read(emulator, "/api/worlds/b/status").await;
    assert_eq!(other["scenarios"], json!(["throttled-429"]));
    assert_eq!((&other["clients"], &other["tpps"]), (&json!(0), &json!(0)));
    assert_eq!(other["exchanges"]["kept"], 0);
}

#[tokio::test]
async fn the_scenarios_of_a_world_go_before_those_that_every_world_starts_with() {
    let bank = TestBank::start_with(|builder| {
        builder
            .scenario_yaml("name: all\nrules: [{ respond: 500 }]")
            .scenario("throttled-429")
    })
    .await;
    let scenarios = json!(["flaky", "throttled-429", "slow-bank"]);
    let (_, world) = create(
        &bank.emulator,
        json!({ "name": "a", "scenarios": scenarios }),
    )
    .await;
    assert_eq!(
        world["scenarios"],
        json!(["slow-bank", "throttled-429", "flaky", "all"])
    );
    let reset = done(&bank.emulator, "POST", "/api/worlds/a/reset", Value::Null).await;
    assert_eq!(reset["scenarios"], world["scenarios"]);
}

/// A rule that delays every answer of a bank.
const LATE: &str = "name: late\nrules: [{ delay: 2500ms }]";

#[tokio::test]
async fn a_world_in_use_outlives_its_ttl() {
    let bank = TestBank::start_with(|builder| builder.scenario_yaml(LATE)).await;
    let emulator = &bank.emulator;
    for name in ["asked", "watched", "verified"] {
        done(
            emulator,
            "POST",
            "/api/worlds",
            json!({"name": name, "ttl": "1s"}),
        )
        .await;
    }
    let stream = "/api/worlds/watched/exchanges/stream";
    let mut stream = send(emulator, "GET", stream, Value::Null).await;
    assert!(stream.chunk().await.unwrap().is_some());
    let late = format!(
        "https://localhost:{}/w/asked/{BANK}/jwks",
        emulator.addresses().tls.port()
    );
    let tpp = bank.tpp().await;
    let asked = async {
        assert_eq!(tpp.http.get(late).send().await.unwrap().status(), 200);
        read(emulator, "/api/worlds/asked/exchanges").await
    };
    // More than none would be wrong: it waits to the end.
    let expected = json!({"match": {}, "times": {"exactly": 0}, "within": "2500ms"});
    let verified = call(emulator, "POST", "/api/worlds/verified/verify", expected);
    let (asked, verified) = tokio::join!(asked, verified);
    assert_eq!(asked["items"][0]["delivered"], "complete");
    assert_eq!((verified.0, &verified.1["ok"]), (200, &json!(true)));
    // To list worlds is no use of them.
    assert!(names(emulator).await.contains(&"watched".to_owned()));
    drop(stream);
}
