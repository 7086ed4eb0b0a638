//! The life cycle of clients under faults, against a model of it: whatever was refused or lost, what is
//! read afterwards is what was committed; a deleted client stays deleted; a token never outlives its
//! client; no answer lacks its interaction id unless a rule took it.
//!
//! A case is a world of its own in one real emulator, asked over mutual TLS by two TPPs: requests at five
//! banks, with faults that they choose or that are in force, while time passes, operators step in, the
//! world is reset in parts, and snapshots are taken and put back. `reference` says what each step commits and how
//! it is answered; `audit` compares after each step. A failing case is shrunk and printed, a step a line.
//!
//! The same cases in every run, unless the environment says otherwise: `PROPTEST_RNG_SEED=7` for others,
//! `PROPTEST_CASES=2000` for more.

#![allow(clippy::unwrap_used, clippy::expect_used)] // A test that cannot go on has failed.

mod answers;
mod asking;
mod audit;
mod banks;
mod choice;
mod faults;
mod in_force;
mod judgement;
mod ledger;
mod reference;
mod step;
mod system;

use std::env;

use proptest::test_runner::{Config, RngSeed};
use proptest_state_machine::prop_state_machine;

use crate::system::System;

/// Cases, unless `PROPTEST_CASES` says how many.
const CASES: u32 = 96;
/// Seed, unless `PROPTEST_RNG_SEED` says which.
const SEED: u64 = 1;

fn config() -> Config {
    // With what the environment says.
    let mut config = Config::default();
    if env::var_os("PROPTEST_CASES").is_none() {
        config.cases = CASES;
    }
    if config.rng_seed == RngSeed::Random {
        config.rng_seed = RngSeed::Fixed(SEED);
    }
    // The seed brings a failure back.
    config.failure_persistence = None;
    config.max_shrink_iters = 4_000;
    config
}

prop_state_machine! {
    #![proptest_config(config())]

    #[test]
    fn what_is_read_is_what_was_committed(sequential 15..=30 => System);
}
