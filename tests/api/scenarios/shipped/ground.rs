//! Emulators under a shipped scenario, and their TPPs.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use aspsp_emulator::Emulator;
use aspsp_emulator::clock::Clock;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::emulator::EmulatorBuilder;
use certs_gen::{Key, KeyAlgorithm};

pub use super::caller::{Caller, Registered, directory_token, read_directory};
use crate::helpers::{authority, http_client, rsa_key};

pub const BRAZIL: &str = "open-finance-brasil";
pub const DIRECTORY: &str = "raidiam-directory";
/// Banks that register clients.
pub const REGISTERING: [&str; 6] = [
    "uk-ob-3.1",
    "uk-ob-3.2",
    "uk-ob-3.3",
    "uk-ob-3.4",
    "virgin-money",
    BRAZIL,
];
/// The id that every request here brings.
pub const SENT_ID: &str = "9f8e7d6c-0000-4000-8000-0123456789ab";

/// How a scenario comes to act upon a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// It is in force from the start.
    InForce,
    /// None is; the request names it.
    ByHeader,
}

pub const WAYS: [Way; 2] = [Way::InForce, Way::ByHeader];

/// An emulator under one scenario, whose clock stands still.
pub struct Ground {
    pub emulator: Emulator,
    header: Option<&'static str>,
    made: AtomicUsize,
}

impl Ground {
    pub async fn start(name: &'static str, way: Way) -> Self {
        Self::start_with(name, way, |builder| builder).await
    }

    pub async fn start_with(
        name: &'static str,
        way: Way,
        change: impl FnOnce(EmulatorBuilder) -> EmulatorBuilder,
    ) -> Self {
        let builder = Emulator::builder()
            .authority(authority())
            .clock(Clock::fixed(Clock::system().now()));
        let builder = change(builder);
        let (builder, header) = match way {
            Way::InForce => (builder.scenario(name), None),
            Way::ByHeader => (builder, Some(name)),
        };
        Self {
            emulator: builder.start().await.unwrap(),
            header,
            made: AtomicUsize::new(0),
        }
    }

    /// A TPP of the bank's own directory.
    pub async fn tpp(&self, bank: &'static str) -> Caller {
        let ecosystem = if bank == BRAZIL {
            Ecosystem::Brazil
        } else {
            Ecosystem::Uk
        };
        let index = self.made.fetch_add(1, Ordering::Relaxed);
        let builder = self
            .emulator
            .tpp()
            .ecosystem(ecosystem)
            .redirect_uri("https://app.example/cb")
            .signing_key(rsa_key(index))
            .transport_key(Key::generate(KeyAlgorithm::EcP256).unwrap());
        let tpp = builder.create().await.unwrap();
        Caller {
            http: http_client(&tpp),
            tpp,
            bank,
            base: self.emulator.url(bank),
            scenario: self.header,
        }
    }

    /// Ids of the bank's clients.
    pub async fn clients(&self, bank: &str) -> Vec<String> {
        let clients = self.emulator.clients(bank).await.unwrap();
        let ids = clients.iter().map(|client| client.id.to_string());
        ids.collect()
    }

    pub fn advance(&self, by: Duration) {
        self.emulator.clock().advance(by);
    }
}

/// Ends a test that would hang.
pub async fn within_a_minute<F: Future>(future: F) -> F::Output {
    let limit = Duration::from_secs(60);
    tokio::time::timeout(limit, future).await.expect("an end")
}
