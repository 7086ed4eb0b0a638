//! What a test author gets wrong: it is said, and nothing passes by mistake.

use std::fmt::Debug;
use std::time::Duration;

use aspsp_emulator::emulator::tpp::TppError;
use aspsp_emulator::{
    ActivateError, BankConfig, CreateWorldError, Ecosystem, Emulator, EmulatorBuilder, Match,
    Operation, Part, ResetError, Role, StartError, Strictness, TrustedDirectory, VerifyError,
    World, at_least, at_most, dialect, exactly, operation,
};
use certs_gen::{Key, KeyAlgorithm};
use reqwest::StatusCode;

use crate::helpers::{BANK, TestBank, authority, http_client, rsa_key};

fn builder() -> EmulatorBuilder {
    Emulator::builder().authority(authority())
}

fn ec_key() -> Key {
    Key::generate(KeyAlgorithm::EcP256).unwrap()
}

/// Asks `times` times for the key set of the bank.
async fn ask_for_keys(world: &World, times: usize) {
    let tpp = world.tpp().transport_key(ec_key()).signing_key(ec_key());
    let http = http_client(&tpp.create().await.unwrap());
    for _ in 0..times {
        let answer = http.get(world.url(BANK) + "/jwks").send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK);
    }
}

#[tokio::test]
async fn what_the_journal_could_not_keep_is_never_overlooked() {
    let emulator = builder().journal(3).start().await.unwrap();
    ask_for_keys(&emulator, 5).await;
    let jwks = || operation(Operation::Jwks);
    for times in [exactly(3), exactly(5), at_most(4)] {
        let error = emulator.verify(jwks(), times).await.unwrap_err();
        let text = error.to_string();
        assert!(text.contains("found 3 of 3 exchanges"), "{text}");
        let gone = "; 2 older exchanges are gone; raise limits.journal";
        assert!(text.contains(gone), "{text}");
        assert!(text.contains("\nthe 3 exchanges kept:\n"), "{text}");
    }
    let never = operation(Operation::Register);
    emulator
        .verify(never.clone(), exactly(0))
        .await
        .unwrap_err();
    emulator.verify(jwks(), at_least(3)).await.unwrap();
    emulator.reset_parts(&[Part::Journal]).await.unwrap();
    emulator.verify(never, exactly(0)).await.unwrap();

    let nothing_kept = builder().journal(0).start().await.unwrap();
    ask_for_keys(&nothing_kept, 1).await;
    let verified = nothing_kept.verify(Match::any(), exactly(0)).await;
    let text = verified.unwrap_err().to_string();
    assert!(text.contains("1 older exchange is gone"), "{text}");
    assert!(text.ends_with("no exchange is kept"), "{text}");
}

#[tokio::test]
async fn no_more_worlds_than_are_allowed() {
    let emulator = builder().worlds(2).start().await.unwrap();
    let _only = emulator.world().await.unwrap();
    let error = emulator.world().await.unwrap_err().to_string();
    assert!(error.starts_with("there are 2 worlds"), "{error}");
}

#[tokio::test]
async fn texts_without_a_name_do_not_replace_each_other() {
    let text = |operation: &str, status: u16| {
        format!("rules: [{{ match: {{ operation: {operation} }}, respond: {status} }}]")
    };
    let start = builder().scenario_yaml(text("read", 421));
    let start = start.scenario_yaml(text("jwks", 419));
    let emulator = start.start().await.unwrap();
    let world = emulator.world_builder().scenario_yaml(text("update", 422));
    let world = world.scenario_yaml(text("delete", 423));
    let world = world.create().await.unwrap();
    assert_eq!(
        world.activate_yaml(&text("token", 424)).unwrap(),
        "scenario-5"
    );
    assert_eq!(
        world.activate_yaml(&text("register", 425)).unwrap(),
        "scenario-6"
    );
    for name in [
        "scenario",
        "scenario-2",
        "scenario-3",
        "scenario-4",
        "scenario-6",
    ] {
        world.deactivate(name).unwrap();
    }
    let error = world.deactivate("scenario").unwrap_err().to_string();
    assert!(error.ends_with("in force: scenario-5"), "{error}");

    assert_eq!(
        emulator.activate_yaml(&text("token", 424)).unwrap(),
        "scenario-3"
    );
    let tpp = emulator.tpp().transport_key(ec_key()).signing_key(ec_key());
    let http = http_client(&tpp.create().await.unwrap());
    let jwks = http.get(emulator.url(BANK) + "/jwks").send().await.unwrap();
    assert_eq!(jwks.status().as_u16(), 419);
    let read = http.get(emulator.url(BANK) + "/register/c").send().await;
    assert_eq!(read.unwrap().status().as_u16(), 421);
}

fn bank(id: &str, base_path: &str) -> BankConfig {
    BankConfig {
        id: id.to_owned(),
        base_path: base_path.to_owned(),
        ..BankConfig::of(&dialect::uk_ob_3_3::DIALECT)
    }
}

#[tokio::test]
async fn a_bank_that_no_config_file_may_have_is_refused() {
    let emulator = builder().start().await.unwrap();
    for (id, path, says) in [
        ("second", "/uk-ob-3.3", "not that of `uk-ob-3.3`"),
        ("x y", "/x", "1 to 63 letters"),
        ("b", "noslash", "a path such as"),
        ("b", "", "a path such as"),
        ("b", "/sl/", "a path such as"),
        ("b", "/directory", "not below or above /directory"),
        ("b", "/w/zzz", "not below or above /w"),
        ("b", "/uk-ob-3.3/register", "below or above it"),
    ] {
        let at_start = builder().bank(bank(id, path)).start().await.unwrap_err();
        assert!(matches!(at_start, StartError::Config(_)), "{path}");
        let of_world = emulator.world_builder().bank(bank(id, path));
        let of_world = of_world.create().await.unwrap_err();
        assert!(matches!(of_world, CreateWorldError::Config(_)), "{path}");
        for text in [at_start.to_string(), of_world.to_string()] {
            assert!(text.contains(says), "{text}");
        }
    }
    // In place of the one with its id, at a path that is free.
    let moved = emulator.world_builder().bank(bank("uk-ob-3.3", "/moved"));
    assert!(moved.create().await.unwrap().url(BANK).ends_with("/moved"));
}

#[tokio::test]
async fn servers_and_directories_are_checked_at_the_start() {
    let fetching = builder().fetch_jwks_from("https://nonsense");
    let error = fetching.start().await.unwrap_err().to_string();
    assert!(error.contains("write HOST:PORT"), "{error}");
    let nobody = TrustedDirectory {
        iss: String::new(),
        ecosystem: Ecosystem::Uk,
        keys: Vec::new(),
        client_ca: Vec::new(),
        software_keys: Vec::new(),
    };
    let trusting = builder().trust_directory(nobody).start().await;
    assert!(matches!(trusting, Err(StartError::Config(_))));
}

#[tokio::test]
async fn an_expectation_that_cannot_be_is_no_success() {
    let bank = TestBank::start().await;
    let any = Match::any;
    for (matching, says) in [
        (any().bank("uk-ob-33"), "there is no bank `uk-ob-33`"),
        (any().status(7), "no answer has the status 7"),
        (
            any().bank(BANK).bank("virgin-money"),
            "`bank` cannot be \"uk-ob-3.3\" and \"virgin-money\"",
        ),
        (
            any().status(201).status(400),
            "`status` cannot be 201 and 400",
        ),
        (
            operation(Operation::Register).and(operation(Operation::Token)),
            "`operation` cannot be",
        ),
        (
            any().claim("/scope", "a").claim("/scope", "b"),
            "`claim` /scope cannot be",
        ),
    ] {
        let verified = bank.emulator.verify(matching.clone(), exactly(0)).await;
        let error = verified.unwrap_err();
        assert!(matches!(error, VerifyError::Impossible(_)), "{error}");
        assert!(error.to_string().starts_with(says), "{error}");
        let in_order = bank.emulator.verify_in_order([any(), matching]).await;
        assert!(matches!(in_order, Err(VerifyError::Impossible(_))));
    }
    let nothing = bank.emulator.verify_in_order([]).await;
    assert!(matches!(nothing, Err(VerifyError::Impossible(_))));
    let twice = any().claim("/scope", "a").claim("/iss", "b").bank(BANK);
    let twice = twice.bank(BANK);
    bank.emulator.verify(twice, exactly(0)).await.unwrap();
}

#[tokio::test]
async fn a_world_that_is_gone_is_not_taken_for_alive() {
    let emulator = builder().start().await.unwrap();
    let world = emulator
        .world_builder()
        .name("short")
        .create()
        .await
        .unwrap();
    let deleted = format!("http://{}/api/worlds/short", emulator.addresses().control);
    let made = emulator.tpp().transport_key(ec_key()).signing_key(ec_key());
    let http = http_client(&made.create().await.unwrap());
    let answer = http.delete(deleted).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::NO_CONTENT);
    let verified = world.verify(Match::any(), exactly(0)).await;
    assert!(matches!(verified, Err(VerifyError::Deleted(_))));
    let tpp = || world.tpp().transport_key(ec_key()).signing_key(ec_key());
    assert!(matches!(tpp().create().await, Err(TppError::Deleted(_))));
    let activated = world.activate("throttled-429");
    assert!(matches!(activated, Err(ActivateError::Deleted(_))));
    assert!(matches!(world.reset().await, Err(ResetError::Deleted(_))));

    let world = emulator.world().await.unwrap();
    drop(emulator);
    let verified = world.verify(Match::any(), exactly(0)).await;
    assert!(matches!(verified, Err(VerifyError::Stopped)));
    let tpp = world.tpp().transport_key(ec_key()).signing_key(ec_key());
    assert!(matches!(tpp.create().await, Err(TppError::Stopped)));
    let activated = world.activate("throttled-429");
    assert!(matches!(activated, Err(ActivateError::Stopped)));
    assert!(matches!(world.reset().await, Err(ResetError::Stopped)));
}

#[tokio::test]
async fn a_world_lives_for_some_time() {
    let emulator = builder().start().await.unwrap();
    let none = emulator.world_builder().ttl(Duration::ZERO).create().await;
    assert!(matches!(none, Err(CreateWorldError::NoLife)));
}

#[tokio::test]
async fn what_a_tpp_cannot_be_is_said_when_it_is_made() {
    let bank = TestBank::start().await;
    let key = rcgen::KeyPair::from_pem(&rsa_key(2).private_pem()).unwrap();
    let csr = rcgen::CertificateParams::default().serialize_request(&key);
    let csr = certs_gen::Csr::from_der(csr.unwrap().der()).unwrap();
    let tpp = || {
        bank.emulator
            .tpp()
            .signing_key(ec_key())
            .transport_key(ec_key())
    };
    for wrong in [
        tpp().transport_csr(csr.clone()),
        tpp().signing_csr(csr.clone()),
        bank.emulator
            .tpp()
            .transport_csr(csr)
            .transport_key(ec_key()),
    ] {
        let error = wrong.create().await.unwrap_err();
        assert!(matches!(error, TppError::TwoKeys(_)), "{error}");
    }
    for uri in ["not a uri", "https://app.example/cb#fragment"] {
        let error = tpp().redirect_uri(uri).create().await.unwrap_err();
        assert!(matches!(error, TppError::RedirectUri { .. }), "{error}");
    }
    // In Brazil a bank takes it.
    let plain = tpp().redirect_uri("http://app.example/cb").role(Role::Aisp);
    let plain = plain.role(Role::Aisp).create().await.unwrap();
    assert_eq!(plain.roles(), [Role::Aisp]);

    let nothing = plain.registration_request("raidiam-directory").sign();
    assert!(matches!(nothing, Err(TppError::NoRegistration(_))));
}

/// A line of what is worth knowing.
fn is_short(value: &impl Debug, says: &str) {
    let text = format!("{value:?}");
    assert!(text.len() < 400 && text.contains(says), "{text}");
}

#[tokio::test]
async fn what_a_failed_test_prints_can_be_read() {
    let bank = TestBank::start().await;
    let world = bank.emulator.world_builder().name("mine");
    is_short(&world, "mine");
    let world = world.create().await.unwrap();
    is_short(&world, "/w/mine");
    is_short(&builder(), "virgin-money");
    is_short(&bank.emulator, "127.0.0.1");
    is_short(&world.tpp().software_id("sw9"), "sw9");
    is_short(
        &world.verify(Match::any().status(201), exactly(1)),
        "status: 201",
    );
    let tpp = world.tpp().software_id("sw9").transport_key(ec_key());
    let tpp = tpp.signing_key(ec_key()).create().await.unwrap();
    is_short(&tpp, "sw9");
    is_short(&tpp.registration_request(BANK), "sw9");

    let no_scenario = world.activate("throttled").unwrap_err();
    assert_eq!(format!("{no_scenario:?}"), no_scenario.to_string());
    let no_start = builder().scenario("throttled").start().await.unwrap_err();
    assert_eq!(format!("{no_start:?}"), no_start.to_string());
    let no_bank = tpp.registration_request("none").sign().unwrap_err();
    assert_eq!(format!("{no_bank:?}"), no_bank.to_string());
    let words = (
        Operation::Register,
        Part::Tpps,
        Ecosystem::Brazil,
        Strictness::Strict,
    );
    let words = format!("{} {} {} {}", words.0, words.1, words.2, words.3);
    assert_eq!(words, "register tpps brasil strict");
}
