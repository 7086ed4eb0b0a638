//! The header `x-emulator-scenario`, at an emulator where no scenario is in force.

use super::TESTED;
use super::ground::{DIRECTORY, Ground, REGISTERING, Way};
use crate::connections::{HTTP1, HTTP2, plain_client, tpp_client};
use crate::helpers::{TestBank, json};

const UNKNOWN: &str = "no-such-scenario";

#[tokio::test]
async fn an_unknown_name_is_400_and_lists_those_that_exist() {
    let ground = Ground::start(UNKNOWN, Way::ByHeader).await;
    for bank in REGISTERING.into_iter().chain([DIRECTORY]) {
        let tpp = ground.tpp(bank).await;
        for answer in [
            tpp.register().await,
            tpp.get("/jwks").await,
            tpp.get("/x").await,
        ] {
            answer.assert_error(400, "unknown_scenario", bank);
            let description = answer.text("error_description");
            let allowed = format!("allowed: {}", TESTED.join(", "));
            assert!(description.contains(UNKNOWN), "{description}");
            assert!(description.ends_with(&allowed), "{description}");
        }
        // Who names none is served.
        tpp.plain().get("/jwks").await.assert_status(200, bank);
    }
    for bank in REGISTERING {
        assert!(ground.clients(bank).await.is_empty(), "{bank}");
    }
}

#[tokio::test]
async fn names_are_exact() {
    let ground = Ground::start(UNKNOWN, Way::ByHeader).await;
    let tpp = ground.tpp("uk-ob-3.3").await;
    for name in ["", "Flaky", "flaky.yaml", "flaky,slow-bank", "../flaky"] {
        let answer = tpp.naming(name).get("/jwks").await;
        answer.assert_error(400, "unknown_scenario", name);
    }
}

#[tokio::test]
async fn every_shipped_name_is_known() {
    let ground = Ground::start(UNKNOWN, Way::ByHeader).await;
    let tpp = ground.tpp("uk-ob-3.3").await.over_http1();
    for name in TESTED.into_iter().filter(|name| *name != "slow-bank") {
        // Some answer is not, by what the scenario does; but it is never called unknown.
        if let Ok(answer) = tpp.naming(name).try_get("/jwks").await {
            assert_ne!(answer.status, 400, "{name}: {answer:?}");
        }
    }
}

#[tokio::test]
async fn each_listener_and_version_of_http_takes_it() {
    let bank = TestBank::start().await;
    let tpp = bank.tpp().await;
    let urls = bank.emulator.base_urls();
    for alpn in [HTTP1, HTTP2] {
        for (http, base) in [
            (tpp_client(&bank, &tpp, alpn), &urls.mtls),
            (plain_client(&bank, alpn), &urls.tls),
        ] {
            let url = format!("{base}/uk-ob-3.3/jwks");
            let ask = |name| http.get(&url).header("x-emulator-scenario", name).send();
            assert_eq!(ask("gateway-html").await.unwrap().status(), 502);
            let unknown = ask(UNKNOWN).await.unwrap();
            assert_eq!(unknown.status(), 400);
            assert_eq!(json(unknown).await["error"], "unknown_scenario");
            assert_eq!(http.get(&url).send().await.unwrap().status(), 200);
        }
    }
}

#[tokio::test]
async fn each_scenario_counts_for_itself_and_goes_on_from_request_to_request() {
    let ground = Ground::start("throttled-429", Way::ByHeader).await;
    let (one, two) = (ground.tpp("uk-ob-3.3").await, ground.tpp("uk-ob-3.4").await);
    one.register().await.assert_status(429, "first");
    one.plain().register().await.assert_status(201, "plain");
    let lost = one.naming("lost-response");
    lost.try_register().await.unwrap_err();
    lost.register().await.assert_status(201, "its second");
    // The second call may be another TPP's, at another bank.
    two.register().await.assert_status(429, "second");
    one.register().await.assert_status(201, "third");
}

#[tokio::test]
async fn what_is_in_force_counts_apart_from_what_requests_choose() {
    let ground = Ground::start("throttled-429", Way::InForce).await;
    let tpp = ground.tpp("uk-ob-3.3").await;
    let choosing = tpp.naming("throttled-429");
    // The request's own comes first; that in force counts the call all the same.
    choosing.register().await.assert_status(429, "own 1");
    choosing.register().await.assert_status(429, "own 2");
    tpp.register().await.assert_status(201, "in force 3");
    choosing.register().await.assert_status(201, "own 3");
}
