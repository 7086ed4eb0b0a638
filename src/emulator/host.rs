//! What the worlds of one emulator have in common.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::config::BankConfig;
use crate::dialect::policy::Strictness;
use crate::emulator::tasks::Tasks;
use crate::world::{BankPlan, Deleted, World, Worlds};

/// What the handles of the worlds of one emulator have in common.
#[derive(Debug, Clone)]
pub(super) struct Host {
    pub(super) worlds: Arc<Worlds>,
    pub(super) tasks: Tasks,
    /// Longest body that the listeners take, in bytes.
    pub(super) body_limit: usize,
    /// That of banks that say nothing of theirs.
    pub(super) strictness: Strictness,
    pub(super) is_stopped: Arc<AtomicBool>,
}

/// Why nothing can be done in a world any more.
pub(super) enum Gone {
    Stopped,
    Deleted(Deleted),
}

impl Host {
    /// Refuses what is to be done in a world that is no more.
    pub(super) fn check(&self, world: &World) -> Result<(), Gone> {
        if self.is_stopped.load(Ordering::Relaxed) {
            return Err(Gone::Stopped);
        }
        if world.has_ended() {
            return Err(Gone::Deleted(Deleted::from(world)));
        }
        Ok(())
    }
}

/// The ids of banks.
pub(super) fn ids(banks: &[BankConfig]) -> Vec<&str> {
    banks.iter().map(|bank| bank.id.as_str()).collect()
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
