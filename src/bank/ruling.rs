//! What a bank decides about a call.

use crate::bank::Bank;
use crate::bank::keeping::KeepError;
use crate::dialect::checks::Check;
use crate::dialect::checks::jwt_claims::REQUEST_REPLAYED;
use crate::dialect::checks::software::{SOFTWARE_ALREADY_REGISTERED, STATEMENT_REUSED};
use crate::dialect::facts::Facts;
use crate::dialect::fault::{Fault, Refusal};
use crate::dialect::judgement::{CheckResult, Judgement};
use crate::store::StoreError;

/// What a call led to, with the record of every check.
#[derive(Debug)]
pub struct Ruling<T> {
    /// One record for each check that the operation has.
    pub checks: Vec<CheckResult>,
    /// The check that refused, if one did.
    pub refused_by: Option<&'static str>,
    /// The outcome, or the answer that refuses.
    pub result: Result<T, Refusal>,
}

impl<T> Ruling<T> {
    /// The same ruling over something made of its outcome.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Ruling<U> {
        Ruling {
            checks: self.checks,
            refused_by: self.refused_by,
            result: self.result.map(change),
        }
    }
}

impl Bank {
    pub(super) fn refused<T>(&self, judgement: Judgement) -> Ruling<T> {
        let refusal = match &judgement.failure {
            Some(failure) => self.refusal(failure.fault, &failure.description),
            None => self.refusal(Fault::Internal, ""),
        };
        Ruling {
            refused_by: judgement.failure.map(|failure| failure.check),
            checks: judgement.results,
            result: Err(refusal),
        }
    }

    /// The end of a use case whose checks passed. `gone` answers for a client that was deleted
    /// since it was looked up: as if it had been deleted before.
    pub(super) fn answered<T>(
        &self,
        facts: &Facts<'_>,
        judgement: Judgement,
        kept: Result<T, KeepError>,
        gone: Fault,
    ) -> Ruling<T> {
        if let Err(KeepError::Store(error)) = &kept
            && let Some(check) = self.overtaken(facts, *error)
        {
            return Ruling {
                checks: judgement.results,
                refused_by: Some(check.name),
                result: Err(self.refuse(check, "another request that was faster", "one at a time")),
            };
        }
        let result = kept.map_err(|error| match error {
            KeepError::Store(StoreError::NoSuchClient) => {
                self.refusal(gone, "the client is no longer registered")
            }
            KeepError::Store(error @ StoreError::Full(_)) => {
                tracing::warn!(bank = self.id, %error, "a registration is turned away");
                self.refusal(Fault::Full, "")
            }
            // The emulator's own failure: the log gets the cause, the caller a fixed answer.
            error => {
                tracing::error!(bank = self.id, %error, "the bank could not do its work");
                self.refusal(Fault::Internal, "")
            }
        });
        Ruling {
            checks: judgement.results,
            refused_by: None,
            result,
        }
    }

    /// The check that another request, judged at the same time, made fail since.
    fn overtaken(&self, facts: &Facts<'_>, error: StoreError) -> Option<&'static Check> {
        let name = match error {
            StoreError::SoftwareRegistered => SOFTWARE_ALREADY_REGISTERED.name,
            StoreError::Used(0) if facts.policy.ssa_single_use => STATEMENT_REUSED.name,
            StoreError::Used(_) => REQUEST_REPLAYED.name,
            StoreError::Full(_) | StoreError::NoSuchClient => return None,
        };
        let checks = (self.dialect().checks)(facts.call.operation);
        let mut checks = checks.iter().copied().flatten().copied();
        checks.find(|check| check.name == name)
    }
}
