//! What the benchmarks have in common: a world with every bank, TPPs with RSA keys, and their calls, made
//! by the library's own parts without an emulator around them.

#![allow(dead_code)] // Not every benchmark needs all of it.

use std::sync::Arc;

use certs_gen::{Authority, Key, KeyAlgorithm};

use aspsp_emulator::bank::Bank;
use aspsp_emulator::dialect::call::{Call, Carrier};
use aspsp_emulator::dialect::facts::Rules;
use aspsp_emulator::dialect::{ALL, Operation};
use aspsp_emulator::directory::credential::GivenKey;
use aspsp_emulator::directory::outside::Outside;
use aspsp_emulator::directory::plan::TppPlan;
use aspsp_emulator::directory::tpp::Tpp;
use aspsp_emulator::directory::{DirectoryKey, KeyPool, Revocations};
use aspsp_emulator::domain::certificate::ClientCertificate;
use aspsp_emulator::domain::ids::ClientId;
use aspsp_emulator::domain::urls::{Overrides, Urls};
use aspsp_emulator::journal::JournalLimits;
use aspsp_emulator::world::signed::Changes;
use aspsp_emulator::world::{BankPlan, World, WorldParts};
use aspsp_emulator::{Clock, Ecosystem, Strictness};

/// What worlds are made from: every dialect's bank, lenient, and the usual limits.
pub fn parts() -> WorldParts {
    let clock = Clock::fixed(Clock::system().now()); // So that nothing becomes stale.
    let authority = Arc::new(Authority::generate(clock.now()).unwrap());
    WorldParts {
        directory_key: DirectoryKey::new(Arc::clone(&authority)),
        minted: Arc::default(),
        revocations: Arc::new(Revocations::unheard(Arc::clone(&authority))),
        authority,
        key_pool: KeyPool::new(0),
        clock,
        urls: Arc::new(Urls::new(&[], 8443, 8444, Overrides::default())),
        seed: 1,
        client_limit: 1_000_000,
        outside: Outside::default(),
        library: Arc::default(),
        journal: JournalLimits::default(),
        banks: ALL.iter().map(|dialect| plan(dialect.id)).collect(),
    }
}

fn plan(id: &str) -> BankPlan {
    let dialect = aspsp_emulator::dialect::by_id(id).unwrap();
    let strictness = Strictness::Lenient;
    BankPlan {
        id: id.to_owned(),
        base_path: dialect.base_path.to_owned(),
        rules: Rules {
            dialect,
            strictness,
            policy: (dialect.policy)(dialect, strictness),
        },
        token_lifetime: 300,
    }
}

/// One of [`parts`].
pub fn world() -> World {
    World::new("bench", None, parts()).unwrap()
}

/// An RSA key, which takes its time.
pub fn rsa_key() -> Key {
    Key::generate(KeyAlgorithm::Rsa2048).unwrap()
}

/// A TPP of these keys, not listed yet.
pub fn tpp_plan(ecosystem: Ecosystem, transport: Key, signing: Key) -> TppPlan {
    TppPlan {
        ecosystem,
        transport_key: Some(GivenKey::Key(transport)),
        signing_key: Some(GivenKey::Key(signing)),
        ..TppPlan::default()
    }
}

/// A TPP that a world lists.
pub fn tpp(world: &World, ecosystem: Ecosystem) -> Arc<Tpp> {
    let plan = tpp_plan(ecosystem, rsa_key(), rsa_key());
    world.directory.add(plan).unwrap()
}

/// A call with a TPP's certificate, of which nothing else is known.
pub fn call(world: &World, tpp: &Tpp, operation: Operation) -> Call {
    let certificate = ClientCertificate::from_der(tpp.transport().certificate.der()).unwrap();
    Call {
        certificate: Some(Arc::new(certificate)),
        ..Call::new(operation, Carrier::Connection, world.urls.for_host(None))
    }
}

/// An ordinary registration at a bank, as it is sent.
pub fn registration(world: &World, bank: &Bank, tpp: &Tpp) -> Call {
    let changes = Changes::default();
    let signed = world.signed_request(tpp, bank, Operation::Register, None, &changes);
    let signed = signed.unwrap();
    Call {
        content_type: Some(signed.content_type.to_owned()),
        body: signed.request.into(),
        ..call(world, tpp, Operation::Register)
    }
}

/// An ordinary request for a token, of a client that proves itself by its certificate.
pub fn token_request(world: &World, tpp: &Tpp, client: &ClientId, scope: &str) -> Call {
    let form = format!("grant_type=client_credentials&client_id={client}&scope={scope}");
    Call {
        content_type: Some("application/x-www-form-urlencoded".to_owned()),
        body: form.into(),
        ..call(world, tpp, Operation::Token)
    }
}
