//! What the bank says when a scenario asks for it: nothing was judged, nothing is changed.

use crate::bank::Bank;
use crate::dialect::Operation;
use crate::dialect::checks::Check;
use crate::dialect::fault::Refusal;
use crate::dialect::refusals::Asked;
use crate::dialect::scripted::{DESCRIPTION, Scripted};

impl Bank {
    /// What this bank's system says with `status` at `operation` (`None`: a path of the bank that is
    /// no operation). With `retry_after` seconds, else one second with 429 and 503. An empty body
    /// with a status that nothing is known of.
    #[must_use]
    pub fn scripted(
        &self,
        operation: Option<Operation>,
        status: u16,
        retry_after: Option<u64>,
    ) -> Refusal {
        let scripted = Scripted {
            operation,
            status,
            retry_after,
        };
        self.asked(DESCRIPTION, |asked| {
            self.dialect().scripted(scripted, asked)
        })
    }

    /// What this bank says at `operation` when `check` fails.
    #[must_use]
    pub fn reject(&self, operation: Option<Operation>, check: &'static Check) -> Refusal {
        let description = format!("{DESCRIPTION} ({})", check.name);
        let refusal = self.asked(&description, |asked| {
            let asked = Asked {
                is_scripted: true,
                ..*asked
            };
            (self.dialect().refusal)(check.fault, &asked)
        });
        self.dialect().with_allow(refusal, operation)
    }

    /// The check of this name, if this bank has it at `operation`; see
    /// [`Dialect::check_named`](crate::dialect::Dialect::check_named).
    #[must_use]
    pub fn check_named(&self, operation: Option<Operation>, name: &str) -> Option<&'static Check> {
        self.dialect().check_named(operation, name)
    }
}
