//! What the worlds of one emulator have in common.

use std::sync::Arc;

use crate::config::BankConfig;
use crate::dialect::policy::Strictness;
use crate::emulator::tasks::Tasks;
use crate::world::{BankPlan, Worlds};

/// What the handles of the worlds of one emulator have in common.
#[derive(Debug, Clone)]
pub(super) struct Host {
    pub(super) worlds: Arc<Worlds>,
    pub(super) tasks: Tasks,
    /// Longest body that the listeners take, in bytes.
    pub(super) body_limit: usize,
    /// That of banks that say nothing of theirs.
    pub(super) strictness: Strictness,
}

/// A bank as its settings have it, over the switches of its dialect.
pub(super) fn plan(bank: &BankConfig, strictness: Strictness) -> BankPlan {
    BankPlan {
        id: bank.id.clone(),
        base_path: bank.base_path.clone(),
        rules: bank.rules(strictness),
        token_lifetime: bank.token_lifetime.whole_seconds(),
    }
}
