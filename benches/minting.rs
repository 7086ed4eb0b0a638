//! What it costs to make what a TPP needs: `cargo bench --bench minting`.
//!
//! Certificates of each kind for a key that is there; software statements and registration requests, with
//! the signatures; a TPP as a whole, with RSA keys that are there. How long such a key takes to make is
//! another matter: chance decides.

#![allow(missing_docs, clippy::unwrap_used)] // Macros make what there is; a program that measures.

mod ecosystem;

use std::hint::black_box;

use certs_gen::{CertificateRequest, Key, KeyAlgorithm, Kind, PublicKey, Subject};
use criterion::{BatchSize, Criterion, criterion_group, criterion_main};

use aspsp_emulator::dialect::Operation;
use aspsp_emulator::world::signed::Changes;
use aspsp_emulator::{Ecosystem, Edits};

const ECOSYSTEMS: [(&str, Ecosystem); 2] = [("uk", Ecosystem::Uk), ("brazil", Ecosystem::Brazil)];

fn certificates(criterion: &mut Criterion) {
    let parts = ecosystem::parts();
    let now = parts.clock.now();
    let key = ecosystem::rsa_key();
    let mut group = criterion.benchmark_group("certificate");
    for kind in [
        Kind::ObTransport,
        Kind::Obwac,
        Kind::Qwac,
        Kind::Brcac,
        Kind::Brseal,
    ] {
        let subject = Subject::example(kind);
        let request = CertificateRequest {
            kind,
            subject: &subject,
            public_key: PublicKey::Of(&key),
            flaw: None,
        };
        group.bench_function(kind.to_string(), |bencher| {
            bencher.iter(|| parts.authority.issue(black_box(&request), now).unwrap());
        });
    }
    group.bench_function("EC P-256 key", |bencher| {
        bencher.iter(|| Key::generate(KeyAlgorithm::EcP256).unwrap());
    });
    group.finish();
}

fn statements(criterion: &mut Criterion) {
    let world = ecosystem::world();
    let mut group = criterion.benchmark_group("statement");
    for (name, of) in ECOSYSTEMS {
        let tpp = ecosystem::tpp(&world, of);
        group.bench_function(name, |bencher| {
            bencher.iter(|| {
                world
                    .directory
                    .statement(black_box(&tpp), &Edits::default())
            });
        });
    }
    group.finish();
}

fn requests(criterion: &mut Criterion) {
    let world = ecosystem::world();
    let mut group = criterion.benchmark_group("request with its statement");
    for bank in world.banks() {
        if !bank.dialect().offers(Operation::Register) {
            continue;
        }
        let tpp = ecosystem::tpp(&world, bank.dialect().ecosystem);
        let changes = Changes::default();
        group.bench_function(&bank.id, |bencher| {
            bencher.iter(|| {
                let register = Operation::Register;
                let signed = world.signed_request(&tpp, black_box(&bank), register, None, &changes);
                signed.unwrap()
            });
        });
    }
    group.finish();
}

fn tpps(criterion: &mut Criterion) {
    let world = ecosystem::world();
    let [transport, signing] = [(); 2].map(|()| ecosystem::rsa_key());
    let mut group = criterion.benchmark_group("TPP");
    for (name, of) in ECOSYSTEMS {
        group.bench_function(name, |bencher| {
            bencher.iter_batched(
                || ecosystem::tpp_plan(of, transport.clone(), signing.clone()),
                |plan| world.directory.add(plan).unwrap(),
                BatchSize::SmallInput,
            );
        });
        world.directory.clear().unwrap();
    }
    group.finish();
}

criterion_group!(benches, certificates, statements, requests, tpps);
criterion_main!(benches);
