//! Which exchanges are asked for.

use crate::domain::ids::InteractionId;
use crate::journal::exchange::Exchange;

/// Which exchanges are asked for: all that is set must hold.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Query {
    /// The bank's id.
    pub bank: Option<String>,
    /// The operation's word.
    pub operation: Option<String>,
    /// The caller's software.
    pub software_id: Option<String>,
    /// The client.
    pub client_id: Option<String>,
    /// The interaction id.
    pub interaction_id: Option<String>,
    /// The status of the answer as it was meant.
    pub status: Option<u16>,
    /// The scenario that ended the search for an answer.
    pub scenario: Option<String>,
    /// Only those with a greater number.
    pub after: Option<u64>,
    /// At most so many, the first ones.
    pub limit: Option<usize>,
}

impl Query {
    /// Whether an exchange is one of them, whatever `after` and `limit` say.
    #[must_use]
    pub fn matches(&self, exchange: &Exchange) -> bool {
        let interaction_id = exchange.interaction_id.as_ref();
        let interaction_id = interaction_id.map(InteractionId::as_str);
        let applied = exchange.applied.as_ref();
        is(self.bank.as_ref(), exchange.bank.as_deref())
            && is(self.operation.as_ref(), exchange.operation)
            && is(self.software_id.as_ref(), exchange.software_id.as_deref())
            && is(self.client_id.as_ref(), exchange.client_id.as_deref())
            && is(self.interaction_id.as_ref(), interaction_id)
            && self
                .status
                .is_none_or(|status| exchange.status() == Some(status))
            && is(
                self.scenario.as_ref(),
                applied.map(|applied| applied.scenario.as_str()),
            )
    }
}

fn is(wanted: Option<&String>, found: Option<&str>) -> bool {
    wanted.is_none_or(|wanted| found == Some(wanted))
}
