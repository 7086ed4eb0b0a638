//! `GET {w}/snapshot`, `PUT {w}/snapshot`: a world as one document, taken and put back.

use std::time::Duration;

use aspsp_emulator::Emulator;
use aspsp_emulator::clock::Clock;
use aspsp_emulator::config::BankConfig;
use aspsp_emulator::dialect;
use aspsp_emulator::domain::client::{AuthMethod, ClientStatus};
use aspsp_emulator::domain::ids::ClientId;
use aspsp_emulator::emulator::EmulatorBuilder;
use certs_gen::Authority;
use reqwest::{Client, Method, Response, StatusCode};
use serde_json::{Value, json};

use crate::clients::members;
use crate::control::{get, http, url};
use crate::helpers::{BANK, TestBank, TestTpp, authority, json as body};
use crate::steering::{call, done, read as read_json};

const PATH: &str = "/api/snapshot";
const SCENARIO: &str =
    "name: third\nrules: [{ calls: 3, match: { operation: read }, respond: 503 }]";

async fn taken(emulator: &Emulator) -> Value {
    let answer = get(emulator, PATH, &[]).await;
    assert_eq!(answer.status(), StatusCode::OK);
    assert_eq!(answer.headers()["content-type"], "application/json");
    assert_eq!(answer.headers()["cache-control"], "no-store");
    body(answer).await
}

async fn put(emulator: &Emulator, content_type: &str, text: String) -> Response {
    let request = http().put(url(emulator, PATH)).body(text);
    let request = request.header("content-type", content_type);
    request.send().await.unwrap()
}

/// Puts a snapshot back, which must do.
async fn restored(emulator: &Emulator, snapshot: &Value) -> Value {
    let answer = put(emulator, "application/json", snapshot.to_string()).await;
    let status = answer.status();
    let restored = body(answer).await;
    assert_eq!(status, StatusCode::OK, "{restored}");
    let status = body(get(emulator, "/api/status", &[]).await).await;
    assert_eq!(members(&restored), members(&status));
    restored
}

/// Puts a snapshot back, which must be refused with this status; the problem.
async fn refused(emulator: &Emulator, snapshot: &Value, status: u16) -> Value {
    let answer = put(emulator, "application/json", snapshot.to_string()).await;
    let found = answer.status().as_u16();
    let problem = body(answer).await;
    assert_eq!(found, status, "{problem}");
    problem
}

/// A client reads itself; the status.
async fn read(http: &Client, emulator: &Emulator, client: &str, token: &str) -> u16 {
    let url = format!("{}/register/{client}", emulator.url(BANK));
    let request = http.get(url).bearer_auth(token);
    request.send().await.unwrap().status().as_u16()
}

async fn client_ids(emulator: &Emulator) -> Vec<String> {
    let clients = emulator.clients(BANK).await.unwrap();
    let ids = clients.iter().map(|client| client.id.to_string());
    ids.collect()
}

/// A client with its token.
async fn registered(tpp: &TestTpp) -> (String, String) {
    let id = tpp.registered().await;
    let token = tpp.token(&id).await;
    (id, token)
}

/// Another emulator of the same authority, without the TPPs of the first.
async fn another(change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder) -> Emulator {
    let builder = Emulator::builder().authority(authority());
    change(builder).start().await.unwrap()
}

/// What does not depend on when it was taken.
fn lasting(snapshot: &Value) -> Value {
    let mut snapshot = snapshot.clone();
    let members = snapshot.as_object_mut().unwrap();
    members.remove("taken_at").unwrap();
    members["clock"].as_object_mut().unwrap().remove("offset");
    snapshot
}

#[tokio::test]
async fn what_was_deleted_or_made_since_is_as_it_was() {
    let bank = TestBank::start().await;
    let empty = taken(&bank.emulator).await;
    let tpp = bank.tpp().await;
    let (client, token) = registered(&tpp).await;
    bank.emulator.clock().freeze();
    let before = taken(&bank.emulator).await;
    let answer = tpp.manage(Method::DELETE, &client, &token, None).await;
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let later = tpp.registered().await;
    let stranger = bank.tpp().await;
    assert_eq!(read(&tpp.http, &bank.emulator, &client, &token).await, 401);
    let summary = restored(&bank.emulator, &before).await;
    assert_eq!(
        (&summary["tpps"], &summary["clients"]),
        (&json!(1), &json!(1))
    );
    assert_eq!(
        client_ids(&bank.emulator).await,
        std::slice::from_ref(&client)
    );
    assert_ne!(client, later);
    assert_eq!(read(&tpp.http, &bank.emulator, &client, &token).await, 200);
    let unknown = stranger.post(stranger.request().sign().unwrap()).await;
    assert_ne!(unknown.status(), StatusCode::CREATED);
    // The TPP goes on where it was.
    assert!(
        tpp.post(tpp.request().sign().unwrap())
            .await
            .status()
            .is_success()
    );
    restored(&bank.emulator, &before).await;
    assert_eq!(lasting(&taken(&bank.emulator).await), lasting(&before));
    restored(&bank.emulator, &empty).await;
    assert!(client_ids(&bank.emulator).await.is_empty());
    assert_eq!(read(&tpp.http, &bank.emulator, &client, &token).await, 401);
    restored(&bank.emulator, &before).await;
    assert_eq!(read(&tpp.http, &bank.emulator, &client, &token).await, 200);
}

#[tokio::test]
async fn another_emulator_of_the_authority_goes_on_with_old_certificates_tokens_and_secrets() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let secret_client = tpp
        .register(tpp.request_for(AuthMethod::ClientSecretPost))
        .await;
    let (client, token) = registered(&tpp).await;
    let suspended = tpp.registered().await;
    let id = ClientId::new(suspended.as_str());
    let status = bank
        .emulator
        .set_client_status(BANK, &id, ClientStatus::Suspended);
    assert!(status.await.unwrap());
    let snapshot = taken(&bank.emulator).await;
    let before = bank.emulator.clients(BANK).await.unwrap();
    let other = another(|builder| builder.seed(99)).await;
    restored(&other, &snapshot).await;
    drop(bank);
    assert_eq!(read(&tpp.http, &other, &client, &token).await, 200);
    assert_eq!(read(&tpp.http, &other, &client, "another").await, 401);
    let after = other.clients(BANK).await.unwrap();
    assert_eq!(format!("{before:?}"), format!("{after:?}"));
    let form = format!(
        "grant_type=client_credentials&client_id={}&client_secret={}",
        secret_client["client_id"].as_str().unwrap(),
        secret_client["client_secret"].as_str().unwrap()
    );
    let url = format!("{}/token", other.url(BANK));
    for (form, status) in [(form.clone(), 200), (format!("{form}x"), 401)] {
        let request = tpp.http.post(&url).body(form);
        let request = request.header("content-type", "application/x-www-form-urlencoded");
        let answer = request.send().await.unwrap();
        assert_eq!(answer.status().as_u16(), status);
    }
}

#[tokio::test]
async fn no_private_key_is_in_it() {
    let dir = tempfile::tempdir().unwrap();
    let bank = TestBank::start_with(|builder| builder.kit(dir.path().join("kit"))).await;
    let tpp = bank.tpp().await;
    tpp.registered().await;
    let snapshot = taken(&bank.emulator).await;
    let text = snapshot.to_string();
    assert!(!text.contains("PRIVATE KEY"));
    let mut values = vec![&snapshot];
    while let Some(value) = values.pop() {
        match value {
            Value::Array(items) => values.extend(items),
            Value::Object(members) => {
                for private in ["d", "p", "q", "dp", "dq", "qi", "k"] {
                    assert!(!members.contains_key(private), "{private} in {value}");
                }
                values.extend(members.values());
            }
            _ => {}
        }
    }
    let (made, kit): (Vec<&Value>, Vec<&Value>) = snapshot["directory"]["tpps"]
        .as_array()
        .unwrap()
        .iter()
        .partition(|tpp| tpp["is_resident"] == false);
    assert_eq!((made.len(), kit.len()), (1, 2));
    // The kit's TPPs are there already.
    let summary = restored(&bank.emulator, &snapshot).await;
    assert_eq!(summary["tpps"], 3);
    let kit = bank.emulator.kit().unwrap();
    assert!(kit.file("ssa.jwt").unwrap().is_some());
}

#[tokio::test]
async fn counts_of_scenarios_go_on_and_the_worlds_clock_stands_as_it_stood() {
    let bank = TestBank::start_with(|builder| builder.scenario_yaml(SCENARIO)).await;
    let tpp = bank.tpp().await;
    let (client, token) = registered(&tpp).await;
    let emulator = &bank.emulator;
    for _ in 0..2 {
        assert_eq!(read(&tpp.http, emulator, &client, &token).await, 200);
    }
    emulator.clock().freeze();
    let then = emulator.clock().now();
    let snapshot = taken(emulator).await;
    assert_eq!(snapshot["in_force"][0]["rules"][0]["calls"], 2);
    for status in [503, 200] {
        assert_eq!(read(&tpp.http, emulator, &client, &token).await, status);
    }
    emulator.clock().advance(Duration::from_secs(86_400));
    assert_eq!(read(&tpp.http, emulator, &client, &token).await, 401);
    let summary = restored(emulator, &snapshot).await;
    assert_eq!(summary["scenarios"], json!(["third"]));
    assert_eq!(emulator.clock().now(), then);
    for status in [503, 200] {
        assert_eq!(read(&tpp.http, emulator, &client, &token).await, status);
    }
    // A clock that runs is as far ahead as it was.
    let running = Clock::system();
    running.advance(Duration::from_secs(7_200));
    emulator.clock().restore(&running.setting()).unwrap();
    let snapshot = taken(emulator).await;
    let other = another(|builder| builder.scenario_yaml(SCENARIO)).await;
    restored(&other, &snapshot).await;
    let setting = other.clock().setting();
    assert_eq!(setting.frozen_at, None);
    assert_eq!(setting.offset.whole_seconds(), 7_200);
    assert_eq!(read(&tpp.http, &other, &client, &token).await, 401);
    // No scenario of that name.
    let strange = another(|builder| builder).await;
    let problem = refused(&strange, &snapshot, 409).await;
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("found the scenario `third`"), "{detail}");
    assert!(client_ids(&strange).await.is_empty());
}

#[tokio::test]
async fn a_worlds_own_scenarios_come_with_their_texts() {
    let bank = TestBank::start().await;
    let mut snapshot = taken(&bank.emulator).await;
    snapshot["own_scenarios"] = json!([{ "name": "third", "text": SCENARIO }]);
    let rule = json!({ "name": "1", "calls": 2 });
    snapshot["in_force"] = json!([{
        "name": "third", "from_start": false, "since": 0, "state": "start", "rules": [rule],
    }]);
    let summary = restored(&bank.emulator, &snapshot).await;
    assert_eq!(summary["scenarios"], json!(["third"]));
    let again = taken(&bank.emulator).await;
    assert_eq!(again["own_scenarios"], snapshot["own_scenarios"]);
    assert_eq!(again["in_force"], snapshot["in_force"]);
    let tpp = bank.tpp().await;
    let (client, token) = registered(&tpp).await;
    assert_eq!(read(&tpp.http, &bank.emulator, &client, &token).await, 503);
    snapshot["own_scenarios"] = json!([{ "name": "third", "text": "rules: [{ respond: 99 }]" }]);
    let problem = refused(&bank.emulator, &snapshot, 400).await;
    let detail = problem["detail"].as_str().unwrap();
    assert!(
        detail.contains("`third`") && detail.contains(":1:"),
        "{detail}"
    );
    assert_eq!(client_ids(&bank.emulator).await, [client]);
}

#[tokio::test]
async fn a_state_or_rule_that_the_scenario_does_not_have_is_a_conflict_with_its_field() {
    const MOVES: &str =
        "name: moves\nrules: [{ name: first, next_state: moved }, { name: second }]";
    let bank = TestBank::start_with(|builder| builder.scenario_yaml(MOVES)).await;
    let good = taken(&bank.emulator).await;
    for (pointer, value, field, allowed) in [
        (
            "/in_force/0/state",
            "gone",
            "in_force.0.state",
            "start, moved",
        ),
        (
            "/in_force/0/rules/1/name",
            "third",
            "in_force.0.rules.1.name",
            "first, second",
        ),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = json!(value);
        let problem = refused(&bank.emulator, &bad, 409).await;
        assert_eq!(problem["field"], field);
        assert_eq!(problem["found"], format!("`{value}`"));
        assert_eq!(problem["allowed"], allowed);
        assert_eq!(taken(&bank.emulator).await["in_force"], good["in_force"]);
    }
    let mut moved = good.clone();
    moved["in_force"][0]["state"] = json!("moved");
    restored(&bank.emulator, &moved).await;
    assert_eq!(taken(&bank.emulator).await["in_force"], moved["in_force"]);
}

#[tokio::test]
async fn a_tpp_of_the_kit_stays_who_it_is() {
    let dir = tempfile::tempdir().unwrap();
    let bank = TestBank::start_with(|builder| builder.kit(dir.path().join("kit"))).await;
    let good = taken(&bank.emulator).await;
    let resident = &good["directory"]["tpps"][0];
    assert_eq!(resident["is_resident"], true);
    for member in [
        "org_id",
        "org_name",
        "software_name",
        "contact",
        "host",
        "registration_number",
    ] {
        let mut bad = good.clone();
        bad["directory"]["tpps"][0][member] = json!("other");
        let problem = refused(&bank.emulator, &bad, 409).await;
        assert_eq!(problem["field"], format!("directory.tpps.0.{member}"));
        assert_eq!(problem["found"], "`other`");
        let here = resident[member].as_str().unwrap();
        assert_eq!(problem["allowed"], format!("`{here}`"));
        assert_eq!(taken(&bank.emulator).await["directory"], good["directory"]);
    }
    restored(&bank.emulator, &good).await;
}

#[tokio::test]
async fn a_member_that_is_missing_is_told_with_what_it_may_be() {
    let bank = TestBank::start().await;
    bank.tpp().await;
    let good = taken(&bank.emulator).await;
    for (parent, member, field, allowed) in [
        (
            "",
            "seed",
            "seed",
            "a whole number from 0 to 18446744073709551615",
        ),
        ("", "world", "world", "a string"),
        ("", "banks", "banks", "a list"),
        (
            "",
            "directory",
            "directory",
            "an object with the members tpps, revoked, invented_uk, invented_brasil",
        ),
        (
            "",
            "taken_at",
            "taken_at",
            "a time as RFC 3339 has it, such as 2030-01-31T12:00:00Z",
        ),
        (
            "/clock",
            "offset",
            "clock.offset",
            "a string such as 1h30m, -5m",
        ),
        (
            "/directory/tpps/0",
            "software_status",
            "directory.tpps.0.software_status",
            "Active, Suspended, Revoked",
        ),
        (
            "/directory/tpps/0/keys/0",
            "is_revoked",
            "directory.tpps.0.keys.0.is_revoked",
            "true, false",
        ),
    ] {
        let mut bad = good.clone();
        let parent = bad.pointer_mut(parent).unwrap().as_object_mut().unwrap();
        parent.remove(member).unwrap();
        let problem = refused(&bank.emulator, &bad, 400).await;
        assert_eq!(problem["field"], field, "{problem}");
        assert_eq!(problem["found"], "nothing", "{problem}");
        assert_eq!(problem["allowed"], allowed, "{problem}");
    }
}

#[tokio::test]
async fn revocations_and_statuses_are_put_back() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let (client, token) = registered(&tpp).await;
    let good = taken(&bank.emulator).await;
    bank.emulator
        .revoke_transport_certificate(&tpp.tpp)
        .unwrap();
    let revoked = taken(&bank.emulator).await;
    restored(&bank.emulator, &good).await;
    let connects = async || {
        let config = tpp.tpp.client_config().unwrap();
        let http = Client::builder().tls_backend_preconfigured(config).build();
        let url = format!("{}/register/{client}", bank.emulator.url(BANK));
        let request = http.unwrap().get(url).bearer_auth(&token);
        request.send().await.map(|answer| answer.status().as_u16())
    };
    assert_eq!(connects().await.unwrap(), 200);
    restored(&bank.emulator, &revoked).await;
    assert!(connects().await.is_err());
    restored(&bank.emulator, &good).await;
    assert_eq!(connects().await.unwrap(), 200);
}

#[tokio::test]
async fn a_request_in_flight_is_answered_before_and_a_later_one_after() {
    let delay =
        "name: slow\nrules: [{ match: { operation: register }, delay: 300ms, stage: after }]";
    let bank = TestBank::start_with(|builder| builder.scenario_yaml(delay)).await;
    let tpp = bank.tpp().await;
    let before = taken(&bank.emulator).await;
    let request = tpp.request().sign().unwrap();
    let (answer, ()) = tokio::join!(tpp.post(request), async {
        // Not before the request is in.
        while client_ids(&bank.emulator).await.is_empty() {
            tokio::task::yield_now().await;
        }
        restored(&bank.emulator, &before).await;
        assert!(client_ids(&bank.emulator).await.is_empty());
    });
    assert_eq!(answer.status(), StatusCode::CREATED);
    let during = tokio::join!(
        taken(&bank.emulator),
        restored(&bank.emulator, &before),
        tpp.registered(),
        restored(&bank.emulator, &before),
        taken(&bank.emulator),
    );
    assert!(client_ids(&bank.emulator).await.len() <= 1, "{during:?}");
}

#[tokio::test]
async fn another_authority_is_a_conflict_that_says_the_way_out() {
    let bank = TestBank::start().await;
    let snapshot = taken(&bank.emulator).await;
    let authority = Authority::generate(Clock::system().now()).unwrap().into();
    let other = Emulator::builder().authority(&authority).start().await;
    let problem = refused(&other.unwrap(), &snapshot, 409).await;
    assert_eq!(problem["field"], "authority");
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("--authority DIR"), "{detail}");
}

#[tokio::test]
async fn a_bank_that_is_not_there_or_of_another_dialect_is_a_conflict_that_names_it() {
    let config = |dialect: &str| {
        let dialect = dialect::ALL.iter().find(|known| known.id == dialect);
        BankConfig {
            id: "mine".to_owned(),
            base_path: "/mine".to_owned(),
            ..BankConfig::of(dialect.unwrap())
        }
    };
    let bank = TestBank::start_with(|builder| builder.bank(config(BANK))).await;
    let snapshot = taken(&bank.emulator).await;
    let without = another(|builder| builder).await;
    let problem = refused(&without, &snapshot, 409).await;
    assert_eq!(problem["field"], "banks");
    assert_eq!(problem["found"], "the bank `mine`");
    let differs = another(|builder| builder.bank(config("uk-ob-3.2"))).await;
    let problem = refused(&differs, &snapshot, 409).await;
    assert_eq!(
        problem["found"],
        "the bank `mine` of the dialect `uk-ob-3.3`"
    );
    assert_eq!(problem["allowed"], "`uk-ob-3.2`, its dialect here");
}

#[tokio::test]
async fn a_store_that_is_too_small_is_a_conflict_and_nothing_changes() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let clients = [tpp.registered().await, tpp.registered().await];
    let snapshot = taken(&bank.emulator).await;
    let small = another(|builder| builder.client_limit(1)).await;
    let before = taken(&small).await;
    let problem = refused(&small, &snapshot, 409).await;
    let detail = problem["detail"].as_str().unwrap();
    assert!(detail.contains("limits.clients"), "{detail}");
    assert_eq!(taken(&small).await["banks"], before["banks"]);
    assert_eq!(taken(&small).await["directory"], before["directory"]);
    assert_eq!(client_ids(&bank.emulator).await, clients);
}

#[tokio::test]
async fn a_tpp_that_cannot_be_is_told_with_its_field_and_nothing_changes() {
    let bank = TestBank::start().await;
    bank.tpp().await;
    let good = taken(&bank.emulator).await;
    for (pointer, value, field) in [
        (
            "/directory/tpps/0/keys/0/certificate/chain",
            json!("x"),
            "directory.tpps.0.keys.0.certificate.chain",
        ),
        (
            "/directory/tpps/0/keys/0/certificate/kind",
            json!("x"),
            "directory.tpps.0.keys.0.certificate.kind",
        ),
        (
            "/directory/tpps/0/keys/0/certificate",
            json!(null),
            "directory.tpps.0.keys.0",
        ),
        (
            "/directory/tpps/0/signing_kid",
            json!("x"),
            "directory.tpps.0.signing_kid",
        ),
        (
            "/directory/tpps/0/transport_kid",
            json!("x"),
            "directory.tpps.0.transport_kid",
        ),
        (
            "/directory/tpps/0/software_id",
            json!("../x"),
            "directory.tpps.0.software_id",
        ),
        (
            "/directory/tpps/0/software_id",
            json!("a-b"),
            "directory.tpps.0.software_id",
        ),
        (
            "/directory/tpps/0/org_id",
            json!("x".repeat(19)),
            "directory.tpps.0.org_id",
        ),
        (
            "/directory/tpps/0/roles",
            json!(["DADOS"]),
            "directory.tpps.0.roles",
        ),
        (
            "/directory/tpps/0/roles",
            json!([]),
            "directory.tpps.0.roles",
        ),
        (
            "/directory/tpps/0/redirect_uris",
            json!([]),
            "directory.tpps.0.redirect_uris",
        ),
        (
            "/directory/tpps/0/redirect_uris",
            json!(["https://app.example/cb", "no uri"]),
            "directory.tpps.0.redirect_uris.1",
        ),
    ] {
        let mut bad = good.clone();
        *bad.pointer_mut(pointer).unwrap() = value;
        let problem = refused(&bank.emulator, &bad, 400).await;
        assert_eq!(problem["field"], field, "{problem}");
        assert!(problem["found"].is_string() && problem["allowed"].is_string());
    }
    assert_eq!(taken(&bank.emulator).await["directory"], good["directory"]);
}

#[tokio::test]
async fn what_is_wrong_with_a_snapshot_is_told_with_its_field_and_nothing_changes() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    tpp.registered().await;
    let good = taken(&bank.emulator).await;
    let uk = good["banks"].as_array().unwrap().iter();
    let uk = uk.clone().position(|bank| bank["id"] == BANK).unwrap();
    let client = |member: &str| format!("/banks/{uk}/clients/0/{member}");
    for (pointer, value, field) in [
        ("/version".to_owned(), json!(2), "version"),
        ("/version".to_owned(), json!("1"), "version"),
        ("/clock/offset".to_owned(), json!(7), "clock.offset"),
        (
            "/clock/offset".to_owned(),
            json!("9000years"),
            "clock.offset",
        ),
        (
            "/clock/frozen_at".to_owned(),
            json!("soon"),
            "clock.frozen_at",
        ),
        (
            "/directory/revoked".to_owned(),
            json!([{ "serial": "x", "in_handshakes": true }]),
            "directory.revoked.0.serial",
        ),
        ("/banks/0/extra".to_owned(), json!(1), "banks.0.extra"),
        (
            client("status"),
            json!("gone"),
            &format!("banks.{uk}.clients.0.status"),
        ),
        (
            client("subject_dn"),
            json!("x"),
            &format!("banks.{uk}.clients.0.subject_dn"),
        ),
        (
            client("created_at"),
            json!(7),
            &format!("banks.{uk}.clients.0.created_at"),
        ),
    ] {
        let mut bad = good.clone();
        let (parent, name) = pointer.rsplit_once('/').unwrap();
        bad.pointer_mut(parent).unwrap()[name] = value;
        let problem = refused(&bank.emulator, &bad, 400).await;
        assert_eq!(problem["field"], field, "{problem}");
        assert!(problem["found"].is_string() && problem["allowed"].is_string());
    }
    for list in [
        format!("/banks/{uk}/clients"),
        "/directory/tpps".to_owned(),
        "/banks".to_owned(),
    ] {
        let mut bad = good.clone();
        let items = bad.pointer_mut(&list).unwrap().as_array_mut().unwrap();
        items.push(items[0].clone());
        let problem = refused(&bank.emulator, &bad, 400).await;
        let found = problem["found"].as_str().unwrap();
        assert!(found.ends_with("for a second time"), "{list}: {found}");
    }
    assert_eq!(taken(&bank.emulator).await["directory"], good["directory"]);
    assert_eq!(taken(&bank.emulator).await["banks"], good["banks"]);
}

#[tokio::test]
async fn malformed_documents_are_told_with_line_and_column() {
    let bank = TestBank::start().await;
    let answer = put(
        &bank.emulator,
        "application/json",
        "{\n  \"version\" 1}".to_owned(),
    )
    .await;
    assert_eq!(answer.status(), StatusCode::BAD_REQUEST);
    let problem = body(answer).await;
    assert_eq!(
        (&problem["line"], problem["column"].is_u64()),
        (&json!(2), true)
    );
    for (text, field) in [
        ("[]", "body"),
        ("{}", "version"),
        ("{\"version\": 1}", "taken_at"),
    ] {
        let answer = put(&bank.emulator, "application/json", text.to_owned()).await;
        assert_eq!(answer.status(), StatusCode::BAD_REQUEST, "{text}");
        assert_eq!(body(answer).await["field"], field, "{text}");
    }
    let answer = put(&bank.emulator, "text/plain", "{}".to_owned()).await;
    assert_eq!(answer.status(), StatusCode::UNSUPPORTED_MEDIA_TYPE);
    // YAML is as good.
    let snapshot = taken(&bank.emulator).await.to_string();
    let answer = put(&bank.emulator, "application/yaml", snapshot).await;
    assert_eq!(answer.status(), StatusCode::OK);
}

#[tokio::test]
async fn a_snapshot_may_be_longer_than_other_bodies() {
    let bank = TestBank::start().await;
    let mut snapshot = taken(&bank.emulator).await;
    let long = "x".repeat(1024 * 1024);
    snapshot["world"] = json!(long);
    restored(&bank.emulator, &snapshot).await;
    let asked = json!({ "bank": BANK, "request": long }).to_string();
    let request = http().post(url(&bank.emulator, "/api/explain")).body(asked);
    let request = request.header("content-type", "application/json");
    let answer = request.send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::PAYLOAD_TOO_LARGE);
    assert_eq!(answer.headers()["content-type"], "application/problem+json");
}

/// Asks for a registration request of a TPP that was made by the control API.
async fn signed(emulator: &Emulator, world: &str, software: &str) -> (u16, Value) {
    let path = format!("{world}/tpps/{software}/requests");
    call(emulator, "POST", &path, json!({ "bank": BANK })).await
}

#[tokio::test]
async fn a_private_key_is_there_again_as_long_as_a_world_holds_it() {
    let bank = TestBank::start().await;
    let emulator = &bank.emulator;
    let (status, _) = call(emulator, "POST", "/api/worlds", json!({ "name": "other" })).await;
    assert_eq!(status, 201);
    let (status, tpp) = call(emulator, "POST", "/api/tpps", json!({})).await;
    assert_eq!(status, 201, "{tpp}");
    let software = tpp["software_id"].as_str().unwrap();
    let snapshot = taken(emulator).await;
    let other = "/api/worlds/other";
    let path = format!("{other}/snapshot");
    let (status, world) = call(emulator, "PUT", &path, snapshot.clone()).await;
    assert_eq!((status, &world["world"]), (200, &json!("other")));
    assert_eq!(signed(emulator, other, software).await.0, 200);
    let path = format!("/api/tpps/{software}");
    done(emulator, "DELETE", &path, Value::Null).await;
    restored(emulator, &snapshot).await;
    assert_eq!(signed(emulator, "/api", software).await.0, 200);
    for world in ["/api", other] {
        let path = format!("{world}/tpps/{software}");
        done(emulator, "DELETE", &path, Value::Null).await;
    }
    restored(emulator, &snapshot).await;
    let listed = read_json(emulator, &path).await;
    assert_eq!(listed["software_id"], software);
    let (status, problem) = signed(emulator, "/api", software).await;
    assert_eq!(status, 409, "{problem}");
    // A statement is signed by the directory.
    let path = format!("{path}/statements");
    let (status, statement) = call(emulator, "POST", &path, json!({})).await;
    assert_eq!(status, 200, "{statement}");
    let (status, _) = call(emulator, "GET", "/api/worlds/none/snapshot", json!({})).await;
    assert_eq!(status, 404);
}
