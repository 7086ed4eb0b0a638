//! One rule, compiled.

use std::sync::Arc;

use crate::document::placed::Placed;
use crate::document::problem::Position;
use crate::scenario::file::{EffectFile, RuleFile};
use crate::scenario::load::effect::{Alone, taken};
use crate::scenario::load::gates::GatesFile;
use crate::scenario::load::{Judge, scalars};
use crate::scenario::model::{Answer, Effects, Rule, Stage, Step};

/// Where the parts of a rule stand.
#[derive(Debug, Clone, Copy)]
pub(super) struct Places {
    /// The rule.
    pub rule: Position,
    /// Its calls.
    pub calls: Option<Position>,
    /// Its state.
    pub state: Option<Position>,
    /// What it matches.
    pub matching: Option<Position>,
    /// Its key.
    pub per: Option<Position>,
    /// Its stage.
    pub stage: Option<Position>,
    /// Its check.
    pub reject: Option<Position>,
    /// Its fault.
    pub fault: Option<Position>,
    /// What becomes of the interaction id.
    pub interaction_id: Option<Position>,
}

fn at<T>(placed: Option<&Placed<T>>) -> Option<Position> {
    placed.map(|placed| placed.at)
}

impl Judge<'_> {
    pub(super) fn rule(&mut self, index: usize, file: Placed<RuleFile>) -> (Rule, Places) {
        let Placed {
            at: rule,
            value: mut file,
        } = file;
        let places = Places {
            rule,
            calls: at(file.calls.0.as_ref()),
            state: at(file.state.0.as_ref()),
            matching: at(file.matching.0.as_ref()),
            per: at(file.per.0.as_ref()),
            stage: at(file.stage.0.as_ref()),
            reject: at(file.reject.0.as_ref()),
            fault: at(file.fault.0.as_ref()),
            interaction_id: at(file.interaction_id.0.as_ref()),
        };
        let name = match &file.name.0 {
            Some(name) => self.keep(scalars::name(name)).unwrap_or_default(),
            None => (index + 1).to_string(),
        };
        let matching = file.matching.0.take().map(|file| file.value);
        let rule = Rule {
            name,
            matching: self.matching(matching.unwrap_or_default()),
            per: file.per.0.take().map(|per| per.value).unwrap_or_default(),
            gates: self.gates(GatesFile {
                calls: taken(&mut file.calls),
                chance: taken(&mut file.chance),
                state: taken(&mut file.state),
                after: taken(&mut file.after),
                until: taken(&mut file.until),
                age: taken(&mut file.age),
            }),
            next_state: file
                .next_state
                .0
                .take()
                .and_then(|state| self.keep(scalars::name(&state))),
            stage: file
                .stage
                .0
                .take()
                .map(|stage| stage.value)
                .unwrap_or_default(),
            effects: self.effects(file),
        };
        self.staged(&rule, &places);
        self.handshake(&rule, &places);
        self.rejectable(&rule, &places);
        (rule, places)
    }

    fn effects(&mut self, file: RuleFile) -> Effects {
        let keys = EffectFile {
            respond: file.respond,
            reject: file.reject,
            alter: file.alter,
            fault: file.fault,
            delay: file.delay,
            interaction_id: file.interaction_id,
        };
        let Some(sequence) = file.sequence.0 else {
            let alone = Alone {
                keys,
                limit: file.limit.0,
            };
            return Effects::Always(Arc::new(self.effect(alone)));
        };
        self.one_answer(&[
            ("sequence", Some(sequence.at)),
            ("respond", at(keys.respond.0.as_ref())),
            ("reject", at(keys.reject.0.as_ref())),
            ("alter", at(keys.alter.0.as_ref())),
            ("limit", at(file.limit.0.as_ref())),
        ]);
        Effects::Sequence(self.sequence(sequence, keys))
    }

    /// After the bank's work there is something to lose or to replace.
    fn staged(&mut self, rule: &Rule, places: &Places) {
        let (Some(at), Stage::After) = (places.stage, rule.stage) else {
            return;
        };
        for effect in effects(rule) {
            let text = match &effect.answer {
                Some(Answer::Reject(_)) => {
                    "found `stage: after` beside `reject`, which changes nothing; allowed: `stage: before`; for an error after the work: `respond`"
                }
                Some(Answer::Limit(_)) => {
                    "found `stage: after` beside `limit`, which changes nothing; allowed: `stage: before`"
                }
                _ => continue,
            };
            self.refuse(at, text);
            return;
        }
    }
}

/// Every effect of a rule.
pub(super) fn effects(rule: &Rule) -> Vec<&crate::scenario::model::Effect> {
    match &rule.effects {
        Effects::Always(effect) => vec![effect],
        Effects::Sequence(steps) => steps
            .iter()
            .filter_map(|step| match step {
                Step::Effect(effect) | Step::PassWith(effect) => Some(&**effect),
                Step::Pass => None,
            })
            .collect(),
    }
}
