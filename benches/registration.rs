//! What a registration costs at a bank, without a connection: `cargo bench --bench registration`.
//!
//! - `jws`: reading a request and its statement; the two PS256 verifications, by the cryptographic library
//!   alone and by ours. The first of these is the floor that everything else is compared with.
//! - `checks`: one bank's full list of checks for a registration over facts that are gathered already,
//!   the request's signature among them; at the directory, which registers nobody, for reading a client.
//! - `examined`: the whole judgement, from the bytes of the body.
//! - `registered`: the same, and the client is stored.

#![allow(missing_docs, clippy::unwrap_used)] // Macros make what there is; a program that measures.

mod ecosystem;

use std::hint::black_box;
use std::sync::Arc;
use std::time::Instant;

use aws_lc_rs::signature::{ParsedPublicKey, RSA_PSS_2048_8192_SHA256};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::{Builder, Runtime};

use aspsp_emulator::bank::Bank;
use aspsp_emulator::dialect::Operation;
use aspsp_emulator::dialect::call::Call;
use aspsp_emulator::dialect::facts::Facts;
use aspsp_emulator::dialect::judgement::judge;
use aspsp_emulator::directory::tpp::Tpp;
use aspsp_emulator::domain::ids::ClientId;
use aspsp_emulator::domain::jwk::PublicKey;
use aspsp_emulator::domain::jws::{Algorithm, Jws};
use aspsp_emulator::world::World;

/// The bank whose request is taken apart.
const BANK: &str = "uk-ob-3.3";

fn runtime() -> Runtime {
    Builder::new_current_thread().build().unwrap()
}

/// A JWS as a cryptographic library takes it.
struct Signed {
    input: Vec<u8>,
    signature: Vec<u8>,
    key: ParsedPublicKey,
}

impl Signed {
    fn new(jws: &Jws, spki: &[u8]) -> Self {
        let (input, signature) = jws.as_str().rsplit_once('.').unwrap();
        Self {
            input: input.as_bytes().to_vec(),
            signature: URL_SAFE_NO_PAD.decode(signature).unwrap(),
            key: ParsedPublicKey::new(&RSA_PSS_2048_8192_SHA256, spki).unwrap(),
        }
    }

    fn verify(&self) {
        let verified = self.key.verify_sig(&self.input, &self.signature);
        verified.unwrap();
    }
}

fn jws(criterion: &mut Criterion) {
    let world = ecosystem::world();
    let bank = world.bank(BANK).unwrap();
    let tpp = ecosystem::tpp(&world, bank.dialect().ecosystem);
    let call = ecosystem::registration(&world, &bank, &tpp);
    let text = std::str::from_utf8(&call.body).unwrap();
    let request = Jws::parse(text).unwrap();
    let statement = request.claims["software_statement"].as_str().unwrap();
    let statement = Jws::parse(statement).unwrap();
    let spkis = [
        tpp.signing_credential()
            .unwrap()
            .certificate
            .public_key_der()
            .to_vec(),
        world.authority.directory_key().unwrap().public_key_der(),
    ];
    let mut group = criterion.benchmark_group("jws");
    group.bench_function("request and statement parsed", |bencher| {
        bencher.iter(|| {
            let request = Jws::parse(black_box(text)).unwrap();
            let statement = request.claims["software_statement"].as_str();
            Jws::parse(statement.unwrap()).unwrap()
        });
    });
    let [of_tpp, of_directory] = &spkis;
    let both = [
        Signed::new(&request, of_tpp),
        Signed::new(&statement, of_directory),
    ];
    group.bench_function("both signatures, aws-lc-rs alone", |bencher| {
        bencher.iter(|| black_box(&both).iter().for_each(Signed::verify));
    });
    let keys = spkis.map(|spki| PublicKey::from_spki(&spki).unwrap());
    let [of_tpp, of_directory] = &keys;
    group.bench_function("both signatures, as banks verify them", |bencher| {
        bencher.iter(|| {
            assert!(request.verify(of_tpp.verifying(), Algorithm::Ps256));
            assert!(statement.verify(of_directory.verifying(), Algorithm::Ps256));
        });
    });
    group.finish();
}

/// A bank, and a call that it takes: a registration, or at the directory the reading of a client.
struct Case {
    bank: Arc<Bank>,
    call: Call,
}

fn cases(world: &World, runtime: &Runtime) -> Vec<Case> {
    let case = |bank: Arc<Bank>| {
        let tpp = ecosystem::tpp(world, bank.dialect().ecosystem);
        let call = if bank.dialect().offers(Operation::Register) {
            ecosystem::registration(world, &bank, &tpp)
        } else {
            runtime.block_on(reading(world, &bank, &tpp))
        };
        let checks = runtime.block_on(bank.examine(&call));
        assert!(!checks.is_empty(), "{} checks nothing", bank.id);
        Case { bank, call }
    };
    world.banks().map(case).collect()
}

/// A listed software reads itself, with a token that it was given.
async fn reading(world: &World, bank: &Bank, tpp: &Tpp) -> Call {
    let id = ClientId::new(tpp.identity.software_id.as_str());
    let asked = ecosystem::token_request(world, tpp, &id, "directory:software");
    let token = bank.issue_token(&asked).await.result.unwrap();
    let token = token["access_token"].as_str().unwrap();
    Call {
        authorization: Some(format!("Bearer {token}")),
        client_id: Some(id),
        ..ecosystem::call(world, tpp, Operation::Client)
    }
}

fn checks(criterion: &mut Criterion) {
    let (world, runtime) = (ecosystem::world(), runtime());
    let mut group = criterion.benchmark_group("checks");
    for case in cases(&world, &runtime) {
        let Case { bank, call } = &case;
        let trust = &*world.directory;
        let facts = Facts::of_call(&bank.rules, trust, world.clock.unix(), call).with_request();
        let list = (bank.dialect().checks)(call.operation);
        group.bench_function(&bank.id, |bencher| {
            bencher.iter(|| judge(black_box(list), black_box(&facts)));
        });
    }
    group.finish();
}

fn examined(criterion: &mut Criterion) {
    let (world, runtime) = (ecosystem::world(), runtime());
    let mut group = criterion.benchmark_group("examined");
    for Case { bank, call } in &cases(&world, &runtime) {
        group.bench_function(&bank.id, |bencher| {
            bencher.iter(|| runtime.block_on(bank.examine(black_box(call))));
        });
    }
    group.finish();
}

fn registered(criterion: &mut Criterion) {
    let (world, runtime) = (ecosystem::world(), runtime());
    let mut group = criterion.benchmark_group("registered");
    for Case { bank, call } in &cases(&world, &runtime) {
        if call.operation != Operation::Register {
            continue;
        }
        group.bench_function(&bank.id, |bencher| {
            bencher.iter_custom(|count| {
                runtime.block_on(async {
                    let start = Instant::now();
                    for _ in 0..count {
                        bank.register(black_box(call)).await.result.unwrap();
                    }
                    let took = start.elapsed();
                    bank.forget_clients().await;
                    took
                })
            });
        });
    }
    group.finish();
}

criterion_group!(benches, jws, checks, examined, registered);
criterion_main!(benches);
