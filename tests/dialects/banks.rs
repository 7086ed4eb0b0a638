//! Banks without connections: what they give to scenarios.

mod births;
mod callers;
mod examined;
mod policies;
mod raced;
mod rejected;
mod rotation;
mod signed;
mod snapshots;
mod statuses;
mod worlds;

use std::sync::Arc;

use aspsp_emulator::bank::Bank;
use aspsp_emulator::clock::Clock;
use aspsp_emulator::config::BankConfig;
use aspsp_emulator::dialect::call::{Call, Carrier};
use aspsp_emulator::dialect::client_information::ClientInformation;
use aspsp_emulator::dialect::policy::Strictness;
use aspsp_emulator::dialect::{ALL, Operation};
use aspsp_emulator::directory::credential::GivenKey;
use aspsp_emulator::directory::outside::Outside;
use aspsp_emulator::directory::plan::TppPlan;
use aspsp_emulator::directory::tpp::Tpp;
use aspsp_emulator::directory::{DirectoryKey, KeyPool, Minted, Revocations};
use aspsp_emulator::domain::certificate::ClientCertificate;
use aspsp_emulator::domain::client::AuthMethod;
use aspsp_emulator::domain::ecosystem::Ecosystem;
use aspsp_emulator::domain::ids::ClientId;
use aspsp_emulator::domain::json::Object;
use aspsp_emulator::domain::signing::Edits;
use aspsp_emulator::domain::urls::{Overrides, Urls};
use aspsp_emulator::journal::JournalLimits;
use aspsp_emulator::world::{BankPlan, World, WorldParts};
use certs_gen::{Key, KeyAlgorithm};
use serde_json::{Value, json};

use crate::helpers::encoded;
use crate::keys::{authority, rsa_key};

pub const UK: &str = "uk-ob-3.3";
pub const BRAZIL: &str = "open-finance-brasil";
pub const DIRECTORY: &str = "raidiam-directory";

/// A bank of each system, no TPP, a clock that stands still.
pub fn world() -> World {
    world_at(Strictness::Conformance)
}

/// The same with banks of this strictness.
pub fn world_at(strictness: Strictness) -> World {
    let authority = Arc::clone(authority());
    let revocations = Arc::new(Revocations::unheard(authority));
    built("default", strictness, &Arc::default(), &revocations)
}

/// The same under a name, beside those that share what worlds share.
pub fn world_named(name: &str, minted: &Arc<Minted>, revocations: &Arc<Revocations>) -> World {
    built(name, Strictness::Conformance, minted, revocations)
}

fn built(
    name: &str,
    strictness: Strictness,
    minted: &Arc<Minted>,
    revocations: &Arc<Revocations>,
) -> World {
    World::new(name, None, parts(strictness, minted, revocations)).unwrap()
}

/// What such a world is made of.
pub fn parts(
    strictness: Strictness,
    minted: &Arc<Minted>,
    revocations: &Arc<Revocations>,
) -> WorldParts {
    let plan = |config: BankConfig| BankPlan {
        rules: config.rules(strictness),
        token_lifetime: config.token_lifetime.whole_seconds(),
        id: config.id,
        base_path: config.base_path,
    };
    WorldParts {
        authority: Arc::clone(authority()),
        directory_key: DirectoryKey::new(Arc::clone(authority())),
        minted: Arc::clone(minted),
        revocations: Arc::clone(revocations),
        key_pool: KeyPool::new(0),
        clock: Clock::fixed(Clock::system().now()),
        urls: Arc::new(Urls::new(&[], 1, 2, Overrides::default())),
        seed: 7,
        client_limit: 10,
        outside: Outside::default(),
        library: Arc::default(),
        journal: JournalLimits::default(),
        banks: ALL
            .iter()
            .map(|dialect| plan(BankConfig::of(dialect)))
            .collect(),
    }
}

/// A bank of the world.
pub fn bank(world: &World, id: &str) -> Arc<Bank> {
    world.bank(id).unwrap()
}

/// A key that is made at once.
pub fn key() -> GivenKey {
    GivenKey::Key(Key::generate(KeyAlgorithm::EcP256).unwrap())
}

/// A TPP with keys that are made at once, or were made before.
pub fn plan(ecosystem: Ecosystem) -> TppPlan {
    TppPlan {
        ecosystem,
        transport_key: Some(key()),
        signing_key: Some(GivenKey::Key(rsa_key(0))),
        ..TppPlan::default()
    }
}

/// A listed TPP.
pub fn tpp(world: &World, ecosystem: Ecosystem) -> Arc<Tpp> {
    world.directory.add(plan(ecosystem)).unwrap()
}

/// The transport certificate of a TPP.
pub fn certificate(tpp: &Tpp) -> ClientCertificate {
    ClientCertificate::from_der(tpp.transport().certificate.der()).unwrap()
}

/// A call over the TPP's certificate.
pub fn call(world: &World, tpp: &Tpp, operation: Operation) -> Call {
    Call {
        certificate: Some(Arc::new(certificate(tpp))),
        ..Call::new(operation, Carrier::Connection, world.urls.for_host(None))
    }
}

/// An ordinary registration request.
pub fn registration(world: &World, tpp: &Tpp, bank: &Bank, method: AuthMethod) -> Call {
    let statement = world.directory.statement(tpp, &Edits::default()).unwrap();
    let claims = world.request_claims(bank, tpp, &statement, method);
    let (content_type, body) = match tpp.identity.ecosystem {
        Ecosystem::Uk => ("application/jose", signed(tpp, claims)),
        Ecosystem::Brazil => ("application/json", Value::Object(claims).to_string()),
    };
    Call {
        content_type: Some(content_type.to_owned()),
        body: body.into(),
        ..call(world, tpp, Operation::Register)
    }
}

/// Claims under the TPP's key.
pub fn signed(tpp: &Tpp, claims: Object) -> String {
    tpp.sign(claims, &Edits::default()).unwrap().unwrap()
}

/// Registers a client; its information.
pub async fn register(world: &World, tpp: &Tpp, bank: &Bank, method: AuthMethod) -> Value {
    let ruling = bank.register(&registration(world, tpp, bank, method)).await;
    let client = ruling.result.unwrap_or_else(|refusal| {
        panic!("{refusal:?} by {:?}", ruling.refused_by);
    });
    information(&client)
}

/// Client information as JSON.
pub fn information(client: &ClientInformation) -> Value {
    serde_json::from_str(&client.to_json()).unwrap()
}

/// The id in a client's information.
pub fn id_of(client: &Value) -> ClientId {
    ClientId::new(client["client_id"].as_str().unwrap())
}

/// A management call with a bearer token.
pub fn managing(
    world: &World,
    tpp: &Tpp,
    operation: Operation,
    client: &ClientId,
    token: &str,
) -> Call {
    Call {
        client_id: Some(client.clone()),
        authorization: Some(format!("Bearer {token}")),
        ..call(world, tpp, operation)
    }
}

/// A token request with this form besides its grant.
pub fn token_request(world: &World, tpp: &Tpp, form: &[(&str, &str)]) -> Call {
    let grant = [("grant_type", "client_credentials")];
    let form: Vec<(&str, &str)> = grant.iter().chain(form).copied().collect();
    Call {
        content_type: Some("application/x-www-form-urlencoded".to_owned()),
        body: encoded(&form).into(),
        ..call(world, tpp, Operation::Token)
    }
}

/// A token request with a client assertion.
pub fn asserting(world: &World, tpp: &Tpp, bank: &Bank, client: &ClientId, jti: &str) -> Call {
    let claims = json!({
        "iss": client,
        "sub": client,
        "aud": bank.token_endpoint(&world.urls.for_host(None)),
        "exp": world.clock.unix() + 60,
        "jti": jti,
    });
    let Value::Object(claims) = claims else {
        unreachable!()
    };
    let assertion = signed(tpp, claims);
    let kind = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";
    token_request(
        world,
        tpp,
        &[
            ("client_assertion_type", kind),
            ("client_assertion", &assertion),
        ],
    )
}

/// An access token for a `tls_client_auth` client.
pub async fn token(world: &World, tpp: &Tpp, bank: &Bank, client: &ClientId) -> String {
    let call = token_request(world, tpp, &[("client_id", client.as_str())]);
    let body = bank.issue_token(&call).await.result.unwrap();
    body["access_token"].as_str().unwrap().to_owned()
}
