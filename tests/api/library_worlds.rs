//! Worlds inside of a test: made and dropped, their scenarios, and what is verified of them.

use std::time::Duration;

use aspsp_emulator::emulator::World;
use aspsp_emulator::{
    Match, Operation, VerifyError, at_least, at_most, exactly, handshake, matching, operation,
};
use certs_gen::{Key, KeyAlgorithm};
use reqwest::StatusCode;

use crate::helpers::{BANK, TestBank, TestTpp, http_client, json, rsa_key};

async fn tpp_of(world: &World) -> TestTpp {
    let tpp = world.tpp().signing_key(rsa_key(0));
    let tpp = tpp.transport_key(Key::generate(KeyAlgorithm::EcP256).unwrap());
    let tpp = tpp.create().await.unwrap();
    TestTpp {
        mtls: world.url(BANK),
        http: http_client(&tpp),
        tpp,
    }
}

async fn register(tpp: &TestTpp) -> StatusCode {
    tpp.post(tpp.request().sign().unwrap()).await.status()
}

const REGISTERED: Operation = Operation::Register;

#[tokio::test]
async fn a_world_is_deleted_when_it_is_dropped() {
    let bank = TestBank::start().await;
    let named = || bank.emulator.world_builder().name("mine");
    let world = named().create().await.unwrap();
    assert_eq!(world.name(), "mine");
    let base = bank.emulator.base_urls().mtls;
    assert_eq!(world.url(BANK), format!("{base}/w/mine/{BANK}"));
    let error = named().create().await.unwrap_err().to_string();
    assert!(
        error.starts_with("there is a world `mine` already"),
        "{error}"
    );

    let tpp = tpp_of(&world).await;
    assert_eq!(register(&tpp).await, StatusCode::CREATED);
    drop(world);
    assert_eq!(register(&tpp).await, StatusCode::NOT_FOUND);
    // Its name is free at once, but nothing of the old one is there.
    let again = named().create().await.unwrap();
    assert_eq!(register(&tpp).await, StatusCode::UNAUTHORIZED);
    assert!(again.clients(BANK).await.unwrap().is_empty());
    let plain = TestTpp {
        mtls: bank.emulator.url(BANK),
        http: http_client(&tpp.tpp),
        tpp: tpp.tpp,
    };
    assert_eq!(register(&plain).await, StatusCode::NOT_FOUND);
    for world in [&again, &bank.emulator] {
        let verified = world.verify(operation(REGISTERED), exactly(1)).await;
        verified.unwrap();
    }
}

#[tokio::test]
async fn the_handle_of_a_world_that_is_gone_deletes_no_other_of_its_name() {
    let bank = TestBank::start().await;
    let short = bank.emulator.world_builder().name("mine");
    let old = short.ttl(Duration::from_millis(1)).create().await.unwrap();
    // It goes by itself; until then its name is taken.
    let new = loop {
        match bank.emulator.world_builder().name("mine").create().await {
            Ok(new) => break new,
            Err(_) => tokio::task::yield_now().await,
        }
    };
    drop(old);
    let tpp = tpp_of(&new).await;
    assert_eq!(register(&tpp).await, StatusCode::CREATED);
}

#[tokio::test]
async fn a_world_that_cannot_begin_as_asked_is_not_there() {
    let bank = TestBank::start().await;
    let named = || bank.emulator.world_builder().name("mine");
    let error = named().scenario("no-such").create().await.unwrap_err();
    let error = error.to_string();
    assert!(
        error.starts_with("there is no scenario `no-such`; there are: "),
        "{error}"
    );
    let error = named()
        .scenario_yaml("rules: [{ respond: 99 }]")
        .create()
        .await;
    let error = error.unwrap_err().to_string();
    assert!(error.starts_with("scenario:1:"), "{error}");
    named().create().await.unwrap();
    let error = bank.emulator.world_builder().name("No Name").create().await;
    let error = error.unwrap_err().to_string();
    assert!(
        error.starts_with("`No Name` is no name for a world"),
        "{error}"
    );
}

#[tokio::test]
async fn scenarios_are_put_in_force_and_taken_out_in_one_world() {
    let bank = TestBank::start().await;
    let world = bank.emulator.world().await.unwrap();
    let tpp = tpp_of(&world).await;
    let name = world.activate_yaml("rules: [{ respond: 418 }]").unwrap();
    assert_eq!(name, "scenario");
    assert_eq!(register(&tpp).await, StatusCode::IM_A_TEAPOT);
    world.activate("throttled-429").unwrap();
    assert_eq!(register(&tpp).await, StatusCode::TOO_MANY_REQUESTS);
    world.deactivate("throttled-429").unwrap();
    let error = world.deactivate("throttled-429").unwrap_err().to_string();
    assert_eq!(
        error,
        "scenario `throttled-429` is not in force; in force: scenario"
    );
    assert_eq!(register(&tpp).await, StatusCode::IM_A_TEAPOT);
    world.deactivate(&name).unwrap();
    assert_eq!(register(&tpp).await, StatusCode::CREATED);
    let in_default = bank.tpp().await;
    in_default.registered().await;

    let of = |status| operation(REGISTERED).bank(BANK).status(status);
    let order = [of(418), of(429).scenario("throttled-429"), of(201)];
    world.verify_in_order(order.clone()).await.unwrap();
    let reversed = order.into_iter().rev();
    let error = world.verify_in_order(reversed).await.unwrap_err();
    let error = error.to_string();
    assert!(
        error.contains("found no exchange after exchange 4 for element 2 of 3"),
        "{error}"
    );
    let default = bank.emulator.verify(operation(REGISTERED), exactly(1));
    default.await.unwrap();
}

#[tokio::test]
async fn exchanges_are_counted_by_what_they_say() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let request = tpp.request().claim("scope", "openid accounts");
    let client = tpp.register(request).await;
    let id = client["client_id"].as_str().unwrap();
    let world = &bank.emulator;
    for (matching, times) in [
        (Match::any(), exactly(1)),
        (handshake(), exactly(0)),
        (Match::any().client_id(id), exactly(1)),
        (Match::any().client_id("nobody"), at_most(0)),
        (
            Match::any().software_id(tpp.tpp.software_id().as_str()),
            at_least(1),
        ),
        (Match::any().claim("/scope", "openid accounts"), exactly(1)),
        (Match::any().claim("/scope", "openid"), exactly(0)),
        (
            Match::any().header("Content-Type", "application/jose"),
            exactly(1),
        ),
        (
            operation(REGISTERED).and(Match::any().status(400)),
            exactly(0),
        ),
        (
            matching("{operation: register, status: {one_of: [200, 201]}}"),
            exactly(1),
        ),
    ] {
        let said = matching.to_string();
        let verified = world.verify(matching, times).await;
        verified.unwrap_or_else(|error| panic!("{said}: {error}"));
    }
    let unreadable = world
        .verify(matching("{operaton: register}"), exactly(1))
        .await;
    assert!(
        matches!(unreadable, Err(VerifyError::Match(_))),
        "{unreadable:?}"
    );
}

#[tokio::test]
async fn a_verification_that_fails_says_what_was_asked_instead() {
    let bank = TestBank::start().await;
    let expected = || operation(REGISTERED).status(429);
    let nothing = bank.emulator.verify(expected(), exactly(3)).await;
    assert_eq!(
        nothing.unwrap_err().to_string(),
        "expected exactly 3 of operation: \"register\", status: 429\n\
         found 0 of 0 exchanges that match; allowed: exactly 3\n\
         nothing was asked of this world"
    );
    let tpp = bank.tpp().await;
    tpp.registered().await;
    let refused = tpp.request().claim("redirect_uris", Vec::<String>::new());
    let refused = json(tpp.post(refused.sign().unwrap()).await).await;
    assert_eq!(refused["error"], "invalid_redirect_uri");
    let error = bank
        .emulator
        .verify(expected(), exactly(3))
        .await
        .unwrap_err();
    let text = error.to_string();
    // What a test prints.
    assert_eq!(format!("{error:?}"), text);
    for line in [
        "expected exactly 3 of operation: \"register\", status: 429",
        "found 0 of 2 exchanges that match; allowed: exactly 3",
        "    status: found `400`; allowed: `429`",
        "all 2 exchanges:",
        "  1: register, POST /uk-ob-3.3/register -> 201",
    ] {
        assert!(
            text.lines().any(|found| found == line),
            "{line:?} in {text}"
        );
    }
    let last = text.lines().last().unwrap();
    assert!(
        last.starts_with("  2: register, POST /uk-ob-3.3/register -> 400 (redirect"),
        "{text}"
    );
    for _ in 0..23 {
        bank.emulator
            .verify(Match::any(), at_least(2))
            .await
            .unwrap();
        register(&tpp).await;
    }
    let error = bank
        .emulator
        .verify(expected(), at_least(1))
        .await
        .unwrap_err();
    let text = error.to_string();
    let (_, listed) = text.split_once("the last 20 of 25 exchanges:\n").unwrap();
    assert_eq!(listed.lines().count(), 20);
    assert!(
        listed.starts_with("  6: ") && listed.contains("\n  25: "),
        "{text}"
    );
}

#[tokio::test]
async fn a_verification_waits_until_it_is_so() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let verified = bank.emulator.verify(operation(REGISTERED), at_least(2));
    // Longer than any test: it ends because it is so.
    let verified = verified.within(Duration::from_secs(3600));
    let asked = async {
        for _ in 0..2 {
            tpp.registered().await;
        }
    };
    let (verified, ()) = tokio::join!(verified.into_future(), asked);
    verified.unwrap();
    let too_many = bank.emulator.verify(operation(REGISTERED), exactly(3));
    let error = too_many.within(Duration::from_millis(1)).await.unwrap_err();
    assert!(
        error.to_string().contains("found 2 of 2 exchanges"),
        "{error}"
    );
}

#[tokio::test]
async fn a_world_that_is_reset_is_as_it_was_made() {
    let bank = TestBank::start().await;
    let text = "name: first\nrules: [{ calls: 1, respond: 418 }]";
    let builder = bank.emulator.world_builder().seed(5).scenario_yaml(text);
    let world = builder.create().await.unwrap();
    for _ in 0..2 {
        let tpp = tpp_of(&world).await;
        assert_eq!(register(&tpp).await, StatusCode::IM_A_TEAPOT);
        tpp.registered().await;
        world.activate("throttled-429").unwrap();
        assert_eq!(register(&tpp).await, StatusCode::TOO_MANY_REQUESTS);
        world.clock().freeze();
        world.reset().await.unwrap();
        assert_eq!(world.clock().setting().frozen_at, None);
        assert!(world.exchanges().is_empty());
        assert!(world.clients(BANK).await.unwrap().is_empty());
        assert_ne!(register(&tpp).await, StatusCode::TOO_MANY_REQUESTS);
        world.reset().await.unwrap();
    }
}
