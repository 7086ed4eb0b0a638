//! One exchange on trial: which rules are about it, and which of them apply.

use std::sync::Arc;

use super::counting::{Count, Key, Keys};
use super::draws::Draws;
use super::gates::{self, Moment};
use super::quota::Steady;
use super::run::{Progress, Run};
use crate::scenario::decision::{Act, Applied, Decision, Permit};
use crate::scenario::model::{Answer, Effect, Effects, Per, Rule, Step};
use crate::scenario::seen::Seen;
use crate::scenario::trail::{self, Outcome, Place, Trail};

/// A rule that is about the exchange.
#[derive(Debug, Clone, Copy)]
struct Hit {
    /// Its scenario, among those tried.
    run: usize,
    /// Its position in that.
    rule: usize,
    /// Its place in the trail.
    place: Place,
    /// What it counts by.
    key: Option<Key>,
}

/// The rules that are about an exchange: what can be said without counting.
pub struct Matched {
    trail: Trail,
    hits: Vec<Hit>,
}

impl Matched {
    /// Holds every rule against the exchange.
    pub fn new(runs: &[Arc<Run>], seen: &Seen<'_>) -> Self {
        let keys = Keys::new(seen);
        let mut trail = Trail::default();
        let mut hits = Vec::new();
        for (at, run) in runs.iter().enumerate() {
            let narrowed = run.narrowed.as_ref();
            let outside = narrowed.and_then(|narrowed| narrowed.matching.missed_besides(seen));
            trail.begin(&run.scenario);
            for (position, rule) in run.scenario.rules.iter().enumerate() {
                match outside.map_or_else(|| key_of(rule, seen, &keys), Err) {
                    Err(matcher) => trail.missed(matcher),
                    Ok(key) => hits.push(Hit {
                        run: at,
                        rule: position,
                        place: trail.matched(),
                        key,
                    }),
                }
            }
        }
        Self { trail, hits }
    }
}

/// What the exchange is counted by, or which matcher says that the rule is not about it.
fn key_of(rule: &Rule, seen: &Seen<'_>, keys: &Keys<'_>) -> Result<Option<Key>, &'static str> {
    match rule.matching.missed(seen) {
        Some(matcher) => Err(matcher),
        None if rule.per == Per::Rule => Ok(None),
        None => keys.of(rule.per).map(Some).ok_or("per"),
    }
}

/// What an exchange is decided by.
pub struct Trial<'a> {
    /// The time of quotas.
    pub time: &'a Steady,
    /// The exchange.
    pub seen: &'a Seen<'a>,
    /// The world's time.
    pub now: i64,
}

impl Trial<'_> {
    /// Counts the exchange with every rule that is about it, and applies those whose gates are open
    /// until one ends the search.
    pub fn decide(&self, runs: &[Arc<Run>], matched: Matched) -> Decision {
        let mut verdict = Verdict {
            decision: Decision {
                trail: matched.trail,
                ..Decision::default()
            },
            places: Vec::new(),
            has_ended: false,
        };
        for hits in matched.hits.chunk_by(|one, other| one.run == other.run) {
            if let Some(run) = hits.first().and_then(|hit| runs.get(hit.run)) {
                self.try_run(run, hits, &mut verdict);
            }
        }
        verdict.decided()
    }

    /// Tries the rules of one scenario. All of them see the state that it was in before the exchange;
    /// the last that applies and names a next one decides what it is in afterwards.
    fn try_run(&self, run: &Run, hits: &[Hit], verdict: &mut Verdict) {
        let mut progress = run.progress();
        let Progress { state, counts } = &mut *progress;
        let mut next_state = None;
        for hit in hits {
            let (rule, counts) = (run.scenario.rules.get(hit.rule), counts.get_mut(hit.rule));
            let (Some(rule), Some(counts)) = (rule, counts) else {
                continue;
            };
            let count = counts.of(hit.key);
            count.calls += 1;
            let call = Call {
                run,
                rule,
                state,
                number: count.calls,
                draws: run.draws(hit.rule, count.calls),
            };
            if self.try_rule(&call, count, hit, verdict) {
                next_state = rule.next_state.as_ref().or(next_state);
            }
        }
        if let Some(next) = next_state {
            state.clone_from(next);
        }
    }

    /// Whether the rule applied.
    fn try_rule(
        &self,
        call: &Call<'_>,
        count: &mut Count,
        hit: &Hit,
        verdict: &mut Verdict,
    ) -> bool {
        let mut draw = None;
        let mut outcome = Outcome::NotReached;
        if !verdict.has_ended {
            draw = call.rule.gates.chance.map(|_| call.draws.chance());
            outcome = self.judge(call, draw, count, verdict);
        }
        if outcome == Outcome::Applied {
            verdict.decision.applied = Some(Applied {
                scenario: call.run.scenario.name.clone(),
                rule: call.rule.name.clone(),
                call: call.number,
                draw,
            });
        }
        let told = trail::Call {
            number: call.number,
            draw,
            outcome,
        };
        verdict.decision.trail.tell(hit.place, told);
        matches!(outcome, Outcome::Added | Outcome::Applied)
    }

    /// Holds the gates against the call and, if they are open, carries the effect into the verdict.
    fn judge(
        &self,
        call: &Call<'_>,
        draw: Option<f64>,
        count: &mut Count,
        verdict: &mut Verdict,
    ) -> Outcome {
        let at = Moment {
            call: call.number,
            draw,
            state: call.state,
            since: call.run.since,
            now: self.now,
            born: self.seen.born,
        };
        if let Some(gate) = gates::closed(&call.rule.gates, &at) {
            return Outcome::Closed(gate);
        }
        let effect = match call.step() {
            Next::Effect(effect) => effect,
            Next::Bank(beside) => {
                if let Some(beside) = beside {
                    verdict.add(beside, call);
                }
                return verdict.end(None);
            }
        };
        let act = match &effect.answer {
            Some(Answer::Reject(check)) if !self.seen.has_check(check) => {
                return Outcome::NoSuchCheck;
            }
            Some(Answer::Limit(limit)) => match count.admit(*limit, self.time) {
                Ok(place) => {
                    verdict.places.extend(place);
                    return Outcome::WithinLimit;
                }
                Err(retry_after) => Act::Exceeded {
                    retry_after,
                    fault: effect.fault.clone(),
                },
            },
            None if effect.fault.is_none() => {
                verdict.add(effect, call);
                return Outcome::Added;
            }
            _ => Act::Effect(Arc::clone(effect), call.rule.stage),
        };
        verdict.add(effect, call);
        verdict.end(Some(act))
    }
}

/// A call of a rule.
struct Call<'a> {
    run: &'a Run,
    rule: &'a Rule,
    state: &'a str,
    number: u64,
    draws: Draws,
}

impl Call<'_> {
    fn step(&self) -> Next<'_> {
        let steps = match &self.rule.effects {
            Effects::Always(effect) => return Next::Effect(effect),
            Effects::Sequence(steps) => steps,
        };
        let position = self.number.checked_sub(1);
        let position = position.and_then(|position| usize::try_from(position).ok());
        match position.and_then(|position| steps.get(position)) {
            None | Some(Step::Pass) => Next::Bank(None),
            Some(Step::PassWith(beside)) => Next::Bank(Some(beside)),
            Some(Step::Effect(effect)) => Next::Effect(effect),
        }
    }
}

/// What a call comes to.
enum Next<'a> {
    /// This happens.
    Effect(&'a Arc<Effect>),
    /// The bank answers, with what goes with any answer.
    Bank(Option<&'a Arc<Effect>>),
}

/// A decision in the making.
struct Verdict {
    decision: Decision,
    /// Taken among those in flight.
    places: Vec<Arc<()>>,
    has_ended: bool,
}

impl Verdict {
    /// What goes with any answer; the first of each kind stays.
    fn add(&mut self, effect: &Effect, call: &Call<'_>) {
        let decision = &mut self.decision;
        if decision.delay.is_none() {
            decision.delay = effect.delay.map(|delay| call.draws.delay(delay));
        }
        decision.interaction_id = decision.interaction_id.or(effect.interaction_id);
    }

    fn end(&mut self, act: Option<Act>) -> Outcome {
        self.decision.act = act;
        self.has_ended = true;
        Outcome::Applied
    }

    fn decided(mut self) -> Decision {
        // Who is over one limit takes no place of another.
        let is_through = !matches!(self.decision.act, Some(Act::Exceeded { .. }));
        if is_through && !self.places.is_empty() {
            self.decision.permit = Some(Permit {
                _in_flight: self.places,
            });
        }
        self.decision
    }
}
