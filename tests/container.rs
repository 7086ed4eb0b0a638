//! The container image by way of testcontainers: a client registers over mapped ports.
//!
//! Needs a container engine with the image `aspsp-emulator:latest`, and fails without:
//! `cargo test --features testcontainers --test container`. `ASPSP_EMULATOR_HOSTNAME` is where the engine's ports
//! are, if that is not localhost: the address of its bridge, for tests that are in a container themselves.

#![allow(clippy::unwrap_used)] // A test that cannot go on has failed.

use aspsp_emulator::testcontainers::{AspspEmulator, CONTROL, EmulatorContainer};
use reqwest::{Client, StatusCode};
use serde_json::Value;
use testcontainers::runners::AsyncRunner;

const REQUEST: &str = "registration-uk-ob-3.3.jwt";

fn image() -> AspspEmulator {
    let image = AspspEmulator::default();
    match std::env::var("ASPSP_EMULATOR_HOSTNAME") {
        Ok(name) => image.host_name(name),
        Err(_) => image,
    }
}

async fn started(image: AspspEmulator) -> EmulatorContainer {
    let container = image.start().await.unwrap();
    EmulatorContainer::mapped(container).await.unwrap()
}

async fn client(emulator: &EmulatorContainer) -> Client {
    let config = emulator.client_config().await.unwrap();
    let builder = Client::builder().tls_backend_preconfigured(config);
    builder.build().unwrap()
}

async fn json(http: &Client, url: &str) -> Value {
    http.get(url).send().await.unwrap().json().await.unwrap()
}

#[tokio::test(flavor = "multi_thread")]
async fn a_client_registers_at_the_endpoint_that_discovery_advertises() {
    let emulator = started(image()).await;
    let http = client(&emulator).await;
    let issuer = emulator.tls_url("/uk-ob-3.3");
    let discovery = json(&http, &format!("{issuer}/.well-known/openid-configuration")).await;
    assert_eq!(discovery["issuer"], issuer.as_str());
    let endpoint = emulator.url("/uk-ob-3.3/register");
    assert_eq!(discovery["registration_endpoint"], endpoint.as_str());

    let post = http.post(endpoint);
    let post = post.header("content-type", "application/jose");
    let request = emulator.kit_file(REQUEST).await.unwrap();
    let answer = post.body(request).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::CREATED);
    let registered: Value = answer.json().await.unwrap();

    let clients = emulator.control_url("/api/banks/uk-ob-3.3/clients");
    let known = json(&http, &clients).await;
    assert_eq!(known["items"][0]["client_id"], registered["client_id"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn scenarios_host_names_and_token_are_those_that_were_said() {
    let image = image().scenario("throttled-429");
    let image = image.host_name("aspsp").token("open-sesame");
    let emulator = started(image).await;
    let http = client(&emulator).await;

    let status = emulator.control_url("/api/status");
    let answer = http.get(&status).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::UNAUTHORIZED);
    let answer = http.get(&status).bearer_auth("open-sesame").send().await;
    assert_eq!(answer.unwrap().status(), StatusCode::OK);

    let post = http.post(emulator.url("/uk-ob-3.3/register"));
    let post = post.header("content-type", "application/jose");
    let request = emulator.kit_file(REQUEST).await.unwrap();
    let answer = post.body(request).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::TOO_MANY_REQUESTS);

    let port = emulator.container().get_host_port_ipv4(CONTROL).await;
    let by_name = format!("http://localhost:{}/ready", port.unwrap());
    let answer = http.get(by_name).header("host", "aspsp").send().await;
    assert_eq!(answer.unwrap().status(), StatusCode::OK);
}
