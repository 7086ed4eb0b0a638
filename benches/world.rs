//! What a world costs to make and to delete, beside few others and many: `cargo bench --bench world`.
//! To reach: a millisecond for making one.
//!
//! A world is made with seven banks and the TPPs that every world knows: none, then the two of a kit.

#![allow(missing_docs, clippy::unwrap_used)] // Macros make what there is; a program that measures.

mod ecosystem;

use std::time::{Duration, Instant};

use criterion::{Criterion, criterion_group, criterion_main};
use tokio::runtime::Builder;

use aspsp_emulator::Ecosystem;
use aspsp_emulator::world::{NewWorld, Worlds};

/// How many worlds there may be.
const LIMIT: usize = 2_000;

/// Worlds that know this many TPPs of each directory, with this many others.
fn worlds(residents: usize, others: usize) -> Worlds {
    let worlds = Worlds::new(ecosystem::parts(), Vec::new(), LIMIT).unwrap();
    for _ in 0..residents {
        for of in [Ecosystem::Uk, Ecosystem::Brazil] {
            let plan = ecosystem::tpp_plan(of, ecosystem::rsa_key(), ecosystem::rsa_key());
            let plan = aspsp_emulator::directory::plan::TppPlan {
                is_resident: true,
                ..plan
            };
            worlds.default_world().directory.add(plan).unwrap();
        }
    }
    worlds.settle();
    for _ in 0..others {
        worlds.create(NewWorld::default()).unwrap();
    }
    worlds
}

/// The time that one of both takes, over `count` worlds, each deleted before the next one is made.
async fn spent(worlds: &Worlds, count: u64) -> [Duration; 2] {
    let mut spent = [Duration::ZERO; 2];
    for _ in 0..count {
        let start = Instant::now();
        let world = worlds.create(NewWorld::default()).unwrap();
        let made = Instant::now();
        assert!(worlds.delete(&world.name).await);
        spent[0] += made - start;
        spent[1] += made.elapsed();
    }
    spent
}

fn making_and_deleting(criterion: &mut Criterion) {
    let runtime = Builder::new_current_thread().build().unwrap();
    for (setting, residents, others) in [
        ("alone", 0, 0),
        ("with a kit", 1, 0),
        ("with a kit, beside 1,000", 1, 1_000),
    ] {
        let worlds = worlds(residents, others);
        for (which, act) in ["made", "deleted"].into_iter().enumerate() {
            criterion.bench_function(&format!("{act} {setting}"), |bencher| {
                bencher.iter_custom(|count| runtime.block_on(spent(&worlds, count))[which]);
            });
        }
    }
}

criterion_group!(benches, making_and_deleting);
criterion_main!(benches);
