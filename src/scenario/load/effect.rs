//! Effects: what goes together.

use std::sync::Arc;

use crate::document::placed::Placed;
use crate::document::problem::Position;
use crate::document::shaped::Given;
use crate::scenario::file::{EffectFile, LimitFile, StepFile};
use crate::scenario::load::Judge;
use crate::scenario::model::{Answer, Effect, Fault, Step};

/// The effects of a rule that are not steps of a sequence.
pub(super) struct Alone {
    pub keys: EffectFile,
    pub limit: Option<Placed<LimitFile>>,
}

impl Judge<'_> {
    pub(super) fn effect(&mut self, file: Alone) -> Effect {
        let EffectFile {
            respond,
            reject,
            alter,
            fault,
            delay,
            interaction_id,
        } = file.keys;
        self.one_answer(&[
            ("respond", respond.0.as_ref().map(|value| value.at)),
            ("reject", reject.0.as_ref().map(|value| value.at)),
            ("alter", alter.0.as_ref().map(|value| value.at)),
            ("limit", file.limit.as_ref().map(|value| value.at)),
        ]);
        let fault_at = fault.0.as_ref().map(|fault| fault.at);
        let effect = Effect {
            answer: self.answer_of(respond.0, reject.0, alter.0, file.limit),
            fault: fault.0.and_then(|fault| self.fault(&fault)),
            delay: delay.0.and_then(|delay| self.delay(delay)),
            interaction_id: interaction_id.0.map(|effect| effect.value),
        };
        if let Some(at) = fault_at {
            self.sendable(at, &effect);
        }
        effect
    }

    /// At most one of these is there.
    pub(super) fn one_answer(&mut self, answers: &[(&str, Option<Position>)]) {
        let mut given = answers.iter().filter_map(|(word, at)| Some((word, (*at)?)));
        if let Some((first, _)) = given.next() {
            for (word, at) in given {
                self.refuse(
                    at,
                    format!("found `{word}` beside `{first}`; allowed: one of respond, reject, alter, limit, sequence; make two rules of it"),
                );
            }
        }
    }

    /// Nothing is answered that is never sent.
    fn sendable(&mut self, at: Position, effect: &Effect) {
        let word = match &effect.fault {
            Some(Fault::Close) => "close",
            Some(Fault::Reset) => "reset",
            Some(Fault::Stall(_)) => "stall",
            Some(Fault::Garbage) => "garbage",
            _ => return,
        };
        let answer = match &effect.answer {
            Some(Answer::Respond(_)) => "respond",
            Some(Answer::Reject(_)) => "reject",
            Some(Answer::Alter(_)) => "alter",
            Some(Answer::Limit(_)) | None => return,
        };
        self.refuse(
            at,
            format!("found the fault `{word}` beside `{answer}`, whose answer it never sends; allowed: one of both; for a bank that works and whose answer is lost: `stage: after` and the fault"),
        );
    }

    /// The steps of a sequence. What the rule says beside it holds for each of them.
    pub(super) fn sequence(
        &mut self,
        file: Placed<Vec<Placed<StepFile>>>,
        beside: EffectFile,
    ) -> Vec<Step> {
        if file.value.is_empty() {
            self.miss(file.at, "found an empty list; allowed: at least one effect");
        }
        if let Some(fault) = &beside.fault.0 {
            self.refuse(
                fault.at,
                "found `fault` beside `sequence`; allowed: the fault in the steps that it is for",
            );
        }
        let beside = self.effect(Alone {
            keys: EffectFile {
                delay: beside.delay,
                interaction_id: beside.interaction_id,
                ..EffectFile::default()
            },
            limit: None,
        });
        let is_plain = beside.delay.is_none() && beside.interaction_id.is_none();
        let steps = file.value.into_iter().map(|step| match step.value {
            StepFile::Word(_) if is_plain => Step::Pass,
            StepFile::Word(_) => Step::PassWith(Arc::new(beside.clone())),
            StepFile::Effect(keys) => {
                let step_at = step.at;
                let mut effect = self.effect(Alone {
                    keys: *keys,
                    limit: None,
                });
                if is_nothing(&effect) {
                    self.miss(step_at, "found a step without an effect; allowed: respond, reject, alter, fault, delay, interaction_id, or the word pass");
                }
                effect.delay = effect.delay.or(beside.delay);
                effect.interaction_id = effect.interaction_id.or(beside.interaction_id);
                Step::Effect(Arc::new(effect))
            }
        });
        steps.collect()
    }
}

/// Whether an effect does nothing.
pub(super) fn is_nothing(effect: &Effect) -> bool {
    effect.answer.is_none()
        && effect.fault.is_none()
        && effect.delay.is_none()
        && effect.interaction_id.is_none()
}

/// Takes the value out and leaves nothing.
pub(super) fn taken<T>(given: &mut Given<T>) -> Given<T> {
    Given(given.0.take())
}
