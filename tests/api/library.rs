//! The emulator inside of a test: many at once, shared authorities, its start and end.

use std::net::{SocketAddr, TcpListener, TcpStream};
use std::sync::{Arc, OnceLock};

use aspsp_emulator::dialect;
use aspsp_emulator::emulator::StartError;
use aspsp_emulator::{Emulator, Role};
use reqwest::StatusCode;

use crate::helpers::{BANK, TestBank, TestTpp, authority, http_client};

fn addresses(emulator: &Emulator) -> [SocketAddr; 3] {
    let addresses = emulator.addresses();
    [addresses.mtls, addresses.tls, addresses.control]
}

async fn tpp_of(emulator: &Emulator) -> TestTpp {
    let tpp = emulator.tpp().signing_key(crate::helpers::rsa_key(0));
    let tpp = tpp
        .transport_key(crate::helpers::rsa_key(1))
        .create()
        .await
        .unwrap();
    TestTpp {
        mtls: emulator.url(BANK),
        http: http_client(&tpp),
        tpp,
    }
}

#[test]
fn it_starts_without_async_and_listens_on_three_ports() {
    let emulator = Emulator::builder()
        .authority(authority())
        .start_blocking()
        .unwrap();
    for address in addresses(&emulator) {
        assert!(address.ip().is_loopback());
        assert!(TcpStream::connect(address).is_ok());
    }
    assert!(emulator.kit().is_none());
    emulator.stop();
}

#[test]
fn a_start_that_fails_says_why_and_leaves_no_port_open() {
    let taken = TcpListener::bind("127.0.0.1:0").unwrap();
    let config = aspsp_emulator::config::Config {
        listen: aspsp_emulator::config::Listen {
            mtls: "127.0.0.1:0".parse().unwrap(),
            tls: "127.0.0.1:0".parse().unwrap(),
            control: taken.local_addr().unwrap(),
        },
        kit: None,
        ..aspsp_emulator::config::Config::default()
    };
    let builder = aspsp_emulator::emulator::EmulatorBuilder::from_config(config);
    match builder.start_blocking() {
        Err(StartError::Address { address, flag, .. }) => {
            assert_eq!(
                (address, flag),
                (taken.local_addr().unwrap(), "--control-addr")
            );
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn emulators_of_one_process_share_an_authority_but_nothing_else() {
    let emulators: Vec<TestBank> =
        futures_util::future::join_all((0..16).map(|_| TestBank::start())).await;
    let tpps = futures_util::future::join_all(emulators.iter().map(TestBank::tpp)).await;
    let clients = futures_util::future::join_all(tpps.iter().map(TestTpp::registered)).await;
    for (bank, client) in emulators.iter().zip(&clients) {
        let known = bank.emulator.clients(BANK).await.unwrap();
        assert_eq!(known.len(), 1);
        assert_eq!(known[0].id.as_str(), client);
        assert!(Arc::ptr_eq(bank.emulator.authority(), authority()));
    }
    // The certificate is good in the handshake of the other one, for the authority is the same; but
    // its world is not there.
    let elsewhere = TestTpp {
        mtls: emulators[1].emulator.url(BANK),
        http: tpps[0].http.clone(),
        tpp: tpps[0].tpp.clone(),
    };
    let token = tpps[0].token(&clients[0]).await;
    let status = elsewhere.read_status(&clients[0], &token).await;
    assert_eq!(status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn one_seed_makes_the_same_tpps_and_another_seed_others() {
    let start = |seed| TestBank::start_with(move |builder| builder.seed(seed));
    let (one, same, other) = (start(5).await, start(5).await, start(6).await);
    let ids = |tpp: &TestTpp| (tpp.tpp.org_id().clone(), tpp.tpp.software_id().clone());
    let first = ids(&one.tpp().await);
    assert_eq!(first, ids(&same.tpp().await));
    assert_ne!(first, ids(&one.tpp().await));
    assert_ne!(first, ids(&other.tpp().await));
}

#[tokio::test]
async fn a_tpp_has_the_roles_and_redirect_uris_that_were_asked_for() {
    let bank = TestBank::start().await;
    let tpp = bank
        .tpp_with(|tpp| {
            tpp.role(Role::Aisp)
                .redirect_uri("https://a.example/1")
                .redirect_uri("https://a.example/2")
        })
        .await;
    let client = tpp.register(tpp.request()).await;
    assert_eq!(client["software_roles"], serde_json::json!(["AISP"]));
    assert_eq!(client["scope"], "openid accounts");
    assert_eq!(
        client["redirect_uris"],
        serde_json::json!(["https://a.example/1", "https://a.example/2"])
    );
    let error = tpp
        .tpp
        .registration_request("no-bank")
        .sign()
        .unwrap_err()
        .to_string();
    let known: Vec<&str> = dialect::ALL.iter().map(|dialect| dialect.id).collect();
    let expected = format!(
        "there is no bank `no-bank`; there are: {}",
        known.join(", ")
    );
    assert_eq!(error, expected);
}

#[test]
fn a_static_emulator_outlives_the_async_test_that_started_it() {
    static EMULATOR: OnceLock<Emulator> = OnceLock::new();
    let runtime = || {
        tokio::runtime::Builder::new_current_thread()
            .enable_all()
            .build()
            .unwrap()
    };
    let id = runtime().block_on(async {
        let started = Emulator::builder()
            .authority(authority())
            .start()
            .await
            .unwrap();
        let emulator = EMULATOR.get_or_init(|| started);
        tpp_of(emulator).await.registered().await
    });
    // The runtime of the first test is gone.
    runtime().block_on(async {
        let emulator = EMULATOR.get().unwrap();
        let known = emulator.clients(BANK).await.unwrap();
        assert_eq!(known[0].id.as_str(), id);
        let tpp = tpp_of(emulator).await;
        let id = tpp.registered().await;
        let token = tpp.token(&id).await;
        assert_eq!(tpp.read_status(&id, &token).await, StatusCode::OK);
    });
}
