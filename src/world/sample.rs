//! Worlds and TPPs for tests, without RSA keys, which take their time.

use std::path::Path;
use std::sync::Arc;

use certs_gen::{Authority, Key, KeyAlgorithm};

use crate::clock::Clock;
use crate::dialect::facts::Rules;
use crate::dialect::policy::Strictness;
use crate::dialect::{self};
use crate::directory::credential::GivenKey;
use crate::directory::outside::Outside;
use crate::directory::plan::TppPlan;
use crate::directory::{DirectoryKey, KeyPool, Revocations};
use crate::domain::urls::{Overrides, Urls};
use crate::journal::JournalLimits;
use crate::scenario::{Scenario, parse};
use crate::world::{BankPlan, WorldParts};

pub const BANK: &str = "uk-ob-3.3";

/// One bank, and a clock that stands still.
pub fn parts() -> WorldParts {
    let clock = Clock::fixed(Clock::system().now());
    let authority = Arc::new(Authority::generate(clock.now()).unwrap());
    let dialect = dialect::by_id(BANK).unwrap();
    let strictness = Strictness::Lenient;
    let bank = BankPlan {
        id: BANK.to_owned(),
        base_path: dialect.base_path.to_owned(),
        rules: Rules {
            dialect,
            strictness,
            policy: (dialect.policy)(dialect, strictness),
        },
        token_lifetime: 300,
    };
    WorldParts {
        directory_key: DirectoryKey::new(Arc::clone(&authority)),
        minted: Arc::default(),
        revocations: Arc::new(Revocations::unheard(Arc::clone(&authority))),
        authority,
        key_pool: KeyPool::new(0),
        clock,
        urls: Arc::new(Urls::new(&[], 1, 2, Overrides::default())),
        seed: 1,
        client_limit: 10,
        outside: Outside::default(),
        library: Arc::default(),
        journal: JournalLimits::default(),
        banks: vec![bank],
    }
}

/// A TPP with keys that are made at once.
pub fn plan() -> TppPlan {
    let key = || Some(GivenKey::Key(Key::generate(KeyAlgorithm::EcP256).unwrap()));
    TppPlan {
        transport_key: key(),
        signing_key: key(),
        ..TppPlan::default()
    }
}

/// A scenario of this name that answers everything.
pub fn scenario(name: &str) -> Arc<Scenario> {
    let loaded = parse(name, Path::new("f"), "rules: [{ respond: 500 }]");
    Arc::new(loaded.unwrap().scenario)
}
