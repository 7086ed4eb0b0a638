//! The rule that ended the search for an answer, and what it did.

use crate::scenario::model::{Effect, Effects, Rule, Step};
use crate::scenario::trail::{Outcome, Tried};

/// The rule, and its effect on this call.
pub(super) fn applied(tried: Tried<'_>) -> Option<(&Rule, &Effect)> {
    if tried.outcome != Outcome::Applied {
        return None;
    }
    let rule = tried.scenario.rules.get(tried.rule)?;
    Some((rule, effect_of(rule, tried.call)?))
}

/// What a rule does with the call of this number; `None` where the bank alone answers.
pub(super) fn effect_of(rule: &Rule, call: Option<u64>) -> Option<&Effect> {
    match &rule.effects {
        Effects::Always(effect) => Some(effect),
        Effects::Sequence(steps) => {
            let position = usize::try_from(call?.checked_sub(1)?).ok()?;
            match steps.get(position)? {
                Step::Pass => None,
                Step::PassWith(effect) | Step::Effect(effect) => Some(effect),
            }
        }
    }
}
