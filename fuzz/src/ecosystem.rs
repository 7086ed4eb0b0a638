//! An emulator whose listeners are called, with a TPP of each kind.

use std::future::Future;
use std::sync::Arc;

use aspsp_emulator::Clock;
use aspsp_emulator::bank::Bank;
use aspsp_emulator::config::BankConfig;
use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::dialect::{self, Dialect};
use aspsp_emulator::directory::credential::GivenKey;
use aspsp_emulator::directory::plan::TppPlan;
use aspsp_emulator::directory::tpp::Tpp;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::fuzzing::Unconnected;
use aspsp_emulator::world::World;
use bytes::Bytes;
use certs_gen::{Key, KeyAlgorithm};
use time::OffsetDateTime;
use time::macros::datetime;
use tokio::runtime::{Builder, Runtime};
use warp::http::Request;

use crate::answer::Answer;

/// The time in the default world. It stands still.
const NOW: OffsetDateTime = datetime!(2026-06-01 12:00 UTC);

/// RSA keys for TPPs that are made.
const RSA_KEYS: usize = 4;

/// An emulator whose listeners are called, with a TPP of each kind.
pub struct Stage {
    /// The emulator.
    pub emulator: Unconnected,
    /// One of the UK and one of Brazil.
    pub tpps: [Arc<Tpp>; 2],
    runtime: Runtime,
}

impl Stage {
    /// With the default banks.
    ///
    /// # Panics
    /// It could not be made.
    #[must_use]
    pub fn usual() -> Self {
        let banks: Vec<BankConfig> = dialects().map(BankConfig::of).collect();
        Self::with_banks(&banks, Vec::new())
    }

    /// The same with RSA keys for TPPs that are made.
    ///
    /// # Panics
    /// It could not be made.
    #[must_use]
    pub fn for_more_tpps() -> Self {
        let banks: Vec<BankConfig> = dialects().map(BankConfig::of).collect();
        let keys = (0..RSA_KEYS).map(|_| key(KeyAlgorithm::Rsa2048));
        Self::with_banks(&banks, keys.collect())
    }

    /// With the default banks, and each of them once more as `ID-conformance` and as `ID-strict`.
    ///
    /// # Panics
    /// It could not be made.
    #[must_use]
    pub fn of_every_strictness() -> Self {
        let strict = |strictness: Strictness, word: &'static str| {
            dialects().map(move |dialect| BankConfig {
                id: format!("{}-{word}", dialect.id),
                base_path: format!("/{word}{}", dialect.base_path),
                strictness: Some(strictness),
                ..BankConfig::of(dialect)
            })
        };
        let banks = dialects()
            .map(BankConfig::of)
            .chain(strict(Strictness::Conformance, "conformance"))
            .chain(strict(Strictness::Strict, "strict"));
        Self::with_banks(&banks.collect::<Vec<_>>(), Vec::new())
    }

    fn with_banks(banks: &[BankConfig], keys: Vec<Key>) -> Self {
        let emulator = Unconnected::new(banks, Clock::fixed(NOW), keys).expect("an emulator");
        let tpps = [Ecosystem::Uk, Ecosystem::Brazil].map(|ecosystem| {
            let plan = TppPlan {
                ecosystem,
                // Quicker to sign with than RSA keys.
                transport_key: Some(GivenKey::Key(key(KeyAlgorithm::EcP256))),
                signing_key: Some(GivenKey::Key(key(KeyAlgorithm::EcP256))),
                is_resident: true,
                ..TppPlan::default()
            };
            let tpp = emulator.world().directory.add(plan);
            tpp.expect("a TPP")
        });
        emulator.worlds().settle();
        let runtime = Builder::new_current_thread()
            .enable_time()
            .start_paused(true)
            .build();
        Self {
            emulator,
            tpps,
            runtime: runtime.expect("a runtime"),
        }
    }

    /// The default world.
    #[must_use]
    pub fn world(&self) -> &World {
        self.emulator.world()
    }

    /// The bank with this id.
    #[must_use]
    pub fn bank(&self, id: &str) -> Option<Arc<Bank>> {
        self.world().bank(id)
    }

    /// The TPP that registers at a bank.
    #[must_use]
    pub fn tpp_of(&self, bank: &Bank) -> &Arc<Tpp> {
        let [uk, brazil] = &self.tpps;
        match bank.dialect().ecosystem {
            Ecosystem::Uk => uk,
            Ecosystem::Brazil => brazil,
        }
    }

    /// Waits until something is done; nobody waits for what is only time.
    pub fn wait<T>(&self, doing: impl Future<Output = T>) -> T {
        self.runtime.block_on(doing)
    }

    /// What a bank answers a TPP over mutual TLS.
    pub async fn ask_bank(&self, tpp: &Tpp, request: Request<Bytes>) -> Answer {
        let transport = tpp.transport();
        let certificate = transport.certificate.der();
        Answer::read(self.emulator.ask_bank(certificate, request).await).await
    }
}

fn dialects() -> impl Iterator<Item = &'static Dialect> {
    dialect::ALL.iter().copied()
}

fn key(algorithm: KeyAlgorithm) -> Key {
    Key::generate(algorithm).expect("a key")
}
