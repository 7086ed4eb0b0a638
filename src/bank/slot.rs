//! A bank whose switches change while it works.

use std::sync::{Arc, PoisonError, RwLock};

use crate::bank::Bank;
use crate::dialect::policy::PolicyChanges;

impl Bank {
    /// The same bank, with the same memory and keys, under switches changed by each of these in
    /// turn.
    #[must_use]
    pub fn with_policy<'a>(&self, changes: impl IntoIterator<Item = &'a PolicyChanges>) -> Bank {
        let mut bank = self.clone();
        for changes in changes {
            bank.rules.policy = bank.rules.policy.changed(changes);
        }
        bank
    }
}

/// The place of a bank. A call takes the bank that is there and keeps it to its end.
#[derive(Debug)]
pub struct BankSlot {
    configured: Arc<Bank>,
    current: RwLock<Arc<Bank>>,
}

impl BankSlot {
    /// Holds a bank as it was configured.
    #[must_use]
    pub fn new(configured: Arc<Bank>) -> Self {
        Self {
            current: RwLock::new(Arc::clone(&configured)),
            configured,
        }
    }

    /// The bank as it is now.
    #[must_use]
    pub fn current(&self) -> Arc<Bank> {
        let current = self.current.read().unwrap_or_else(PoisonError::into_inner);
        Arc::clone(&current)
    }

    /// The bank as it was configured. Everything but its switches never changes.
    #[must_use]
    pub fn configured(&self) -> &Arc<Bank> {
        &self.configured
    }

    /// Changes the switches, as configured, by each of these in turn; none gives the bank as
    /// configured.
    pub fn set_policy<'a>(&self, changes: impl IntoIterator<Item = &'a PolicyChanges>) {
        let bank = Arc::new(self.configured.with_policy(changes));
        *self.current.write().unwrap_or_else(PoisonError::into_inner) = bank;
    }
}
