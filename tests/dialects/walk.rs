//! One walk through every dialect: what it offers works, what it does not offer is refused in its
//! own way, and each of its checks refuses something in the tables.

mod complete;
pub mod exchanges;
mod sent;

use aspsp_emulator::config::BankConfig;
use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::dialect::{ALL, Dialect};

use crate::helpers::{Caller, World};

/// One dialect's default bank at some strictness, and a TPP of its ecosystem.
pub struct Walker {
    pub world: World,
    pub dialect: &'static Dialect,
    pub tpp: Caller,
    /// The bank's URL on the mutual TLS listener.
    pub url: String,
}

impl Walker {
    pub async fn at(dialect: &'static Dialect, strictness: Strictness) -> Self {
        let bank = BankConfig {
            strictness: Some(strictness),
            ..BankConfig::of(dialect)
        };
        let world = World::start([bank]).await;
        Self {
            tpp: world.tpp(dialect.ecosystem).await,
            url: world.emulator.url(dialect.id),
            dialect,
            world,
        }
    }
}

/// Every dialect at every strictness.
pub fn each() -> impl Iterator<Item = (&'static Dialect, Strictness)> {
    ALL.iter().flat_map(|dialect| {
        let levels = Strictness::ALL.into_iter();
        levels.map(move |strictness| (*dialect, strictness))
    })
}
