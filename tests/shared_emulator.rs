//! Two hundred tests of one process that share one emulator, each in a world of its own, as
//! `docs/library.md` says: what one does, no other sees.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aspsp_emulator::{
    Emulator, Key, KeyAlgorithm, Match, Operation, Tpp, World, exactly, operation,
};
use reqwest::{Client, StatusCode};

const BANK: &str = "uk-ob-3.3";

static STARTS: AtomicUsize = AtomicUsize::new(0);

/// The emulator of all tests, started by the first one, on whose runtime it does not depend.
static EMULATOR: LazyLock<Emulator> = LazyLock::new(|| {
    STARTS.fetch_add(1, Ordering::Relaxed);
    Emulator::builder().start_blocking().unwrap()
});

/// Keys for all TPPs: RSA keys take long to make.
static KEYS: LazyLock<[Key; 2]> =
    LazyLock::new(|| [(); 2].map(|()| Key::generate(KeyAlgorithm::Rsa2048).unwrap()));

/// What one test has for itself.
struct Test {
    world: World,
    tpp: Tpp,
    http: Client,
}

impl Test {
    async fn new() -> Self {
        // A static emulator is never dropped, so nobody else says so.
        assert_eq!(EMULATOR.panics(), [""; 0]);
        let world = EMULATOR.world().await.unwrap();
        let [transport, signing] = KEYS.clone();
        let tpp = world.tpp().transport_key(transport).signing_key(signing);
        let tpp = tpp.create().await.unwrap();
        let http = Client::builder().tls_backend_preconfigured(tpp.client_config().unwrap());
        let http = http.build().unwrap();
        Self { world, tpp, http }
    }

    fn request(&self) -> String {
        self.tpp.registration_request(BANK).sign().unwrap()
    }

    async fn register(&self, request: String) -> StatusCode {
        let url = self.world.url(BANK) + "/register";
        let post = self.http.post(url).body(request);
        let post = post.header("content-type", "application/jose");
        post.send().await.unwrap().status()
    }

    /// Nothing but this was asked of the world.
    async fn was_asked(&self, status: u16, times: u64, of: u64) {
        let registered = operation(Operation::Register).status(status);
        self.world.verify(registered, exactly(times)).await.unwrap();
        self.world.verify(Match::any(), exactly(of)).await.unwrap();
    }
}

/// The bank fails, in this world.
async fn is_throttled(test: &Test) {
    test.world.activate("throttled-429").unwrap();
    for expected in [429, 429, 201] {
        assert_eq!(test.register(test.request()).await, expected);
    }
    test.was_asked(429, 2, 3).await;
}

/// Time passes, in this world.
async fn comes_too_late(test: &Test) {
    let request = test.request();
    let two_days = Duration::from_secs(48 * 60 * 60);
    test.world.clock().advance(two_days);
    assert_eq!(test.register(request).await, 400);
    test.was_asked(400, 1, 1).await;
    assert!(EMULATOR.clock().now() + two_days <= test.world.clock().now());
}

/// Somebody is registered, in this world.
async fn registers(test: &Test) {
    assert_eq!(test.register(test.request()).await, 201);
    test.was_asked(201, 1, 1).await;
    let clients = test.world.clients(BANK).await.unwrap();
    assert_eq!(clients.len(), 1);
}

async fn is_alone(ordinal: usize) {
    let test = Test::new().await;
    assert!(test.world.exchanges().is_empty());
    assert!(test.world.clients(BANK).await.unwrap().is_empty());
    match ordinal % 3 {
        0 => is_throttled(&test).await,
        1 => comes_too_late(&test).await,
        _ => registers(&test).await,
    }
    for nobodys in [&**EMULATOR, &EMULATOR.world().await.unwrap()] {
        assert!(nobodys.exchanges().is_empty());
        assert!(nobodys.clients(BANK).await.unwrap().is_empty());
    }
    assert_eq!(STARTS.load(Ordering::Relaxed), 1);
}

macro_rules! tests {
    ($($name:ident $ordinal:literal)+) => {
        $(
            #[tokio::test]
            async fn $name() {
                super::is_alone($ordinal).await;
            }
        )+
    };
}

macro_rules! twenty_tests_each {
    ($($module:ident)+) => {
        $(
            mod $module {
                tests! {
                    no_01 1 no_02 2 no_03 3 no_04 4 no_05 5 no_06 6 no_07 7 no_08 8 no_09 9 no_10 10
                    no_11 11 no_12 12 no_13 13 no_14 14 no_15 15 no_16 16 no_17 17 no_18 18 no_19 19
                    no_20 20
                }
            }
        )+
    };
}

twenty_tests_each! { first second third fourth fifth sixth seventh eighth ninth tenth }

/// Without async, on the threads of its own client.
#[test]
fn a_test_without_async_shares_it_too() {
    let test = EMULATOR.block_on(Test::new());
    EMULATOR.block_on(registers(&test));
}
