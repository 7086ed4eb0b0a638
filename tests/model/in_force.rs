//! What scenarios decide about a request.

use std::collections::BTreeMap;

use crate::faults::{Fault, Loss, Standing};
use crate::step::{Ask, Call, ClientName};

/// What becomes of the interaction id on an answer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum IdOnAnswer {
    Own,
    Missing,
    Another,
}

/// A scenario in force, with what it has counted.
#[derive(Debug, Clone)]
pub struct InForce {
    pub standing: Standing,
    /// Requests that would replace a client.
    replacings: BTreeMap<ClientName, u32>,
}

impl InForce {
    /// One that begins now.
    pub fn new(standing: Standing) -> Self {
        Self {
            standing,
            replacings: BTreeMap::new(),
        }
    }

    /// Counts a request, whichever rule answers it, and says what would go wrong with it.
    fn count(&mut self, call: &Call) -> Option<Fault> {
        match (self.standing, call.ask) {
            (Standing::Fault(fault), _) => Some(fault),
            (Standing::RotatedTokenLost, Ask::Replace(client, ..)) => {
                let count = self.replacings.entry(client).or_default();
                *count += 1;
                (*count == 1).then_some(Fault::DoneThenLost(Loss::Close))
            }
            (Standing::RotatedTokenLost | Standing::Rotation, _) => None,
        }
    }
}

/// What goes wrong with a request, by what it chose itself, and below that by what is in force.
pub fn fate(in_force: Option<&mut InForce>, call: &Call) -> (Option<Fault>, IdOnAnswer) {
    let standing = in_force.and_then(|in_force| in_force.count(call));
    let mut id = IdOnAnswer::Own;
    for rule in call.fault.into_iter().chain(standing) {
        match rule {
            Fault::WithoutId if id == IdOnAnswer::Own => id = IdOnAnswer::Missing,
            Fault::WithAnotherId if id == IdOnAnswer::Own => id = IdOnAnswer::Another,
            rule if rule.only_dresses() => {}
            rule => return (Some(rule), id),
        }
    }
    (None, id)
}
