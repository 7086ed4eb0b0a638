mod limits;
mod narrowed;
mod order;
mod progress;
mod properties;

use std::sync::Arc;

use serde_json::json;

use super::Engine;
use crate::dialect::policy::PolicyChanges;
use crate::scenario::decision::{Act, Decision};
use crate::scenario::matcher::{Literal, Matcher, Matching};
use crate::scenario::model::{
    Answer, Body, Effect, Effects, Fault, Gates, Limit, Per, Respond, Rule, Scenario, Stage, Step,
};
use crate::scenario::seen::Seen;
use crate::scenario::trail::Outcome;

fn scenario(name: &str, rules: Vec<Rule>) -> Arc<Scenario> {
    Arc::new(Scenario {
        name: name.to_owned(),
        description: None,
        seed: None,
        policy: PolicyChanges::default(),
        rules,
    })
}

/// A rule for every exchange.
fn rule(name: &str, effect: Effect) -> Rule {
    Rule {
        name: name.to_owned(),
        matching: Matching::default(),
        per: Per::Rule,
        gates: Gates::default(),
        next_state: None,
        stage: Stage::Before,
        effects: Effects::Always(Arc::new(effect)),
    }
}

fn respond(status: u16) -> Effect {
    answer(Answer::Respond(Respond {
        status,
        headers: Vec::new(),
        body: Some(Body::Text(String::new())),
    }))
}

fn answer(answer: Answer) -> Effect {
    Effect {
        answer: Some(answer),
        ..Effect::default()
    }
}

fn fault(fault: Fault) -> Effect {
    Effect {
        fault: Some(fault),
        ..Effect::default()
    }
}

fn step(effect: Effect) -> Step {
    Step::Effect(Arc::new(effect))
}

fn is(text: &str) -> Matcher {
    Matcher::Equals(Literal {
        written: Some(text.to_owned()),
        value: json!(text),
    })
}

/// An exchange of this operation by this software.
fn seen<'a>(operation: &'a str, software: &str) -> Seen<'a> {
    Seen {
        bank: Some("uk-ob-3.3"),
        operation: Some(operation),
        method: "POST",
        path: "/uk-ob-3.3/register",
        software_id: Some(software.to_owned()),
        ..Seen::default()
    }
}

/// What a caller meets, in a word.
fn met(decision: &Decision) -> String {
    match &decision.act {
        None => "bank".to_owned(),
        Some(Act::Exceeded { retry_after, .. }) => format!("over {retry_after:?}"),
        Some(Act::Effect(effect, _)) => match (&effect.answer, &effect.fault) {
            (Some(Answer::Respond(respond)), _) => respond.status.to_string(),
            (Some(answer), _) => format!("{answer:?}"),
            (None, fault) => format!("{fault:?}"),
        },
    }
}

/// What became of each rule.
fn outcomes(decision: &Decision) -> Vec<Outcome> {
    decision.trail.iter().map(|tried| tried.outcome).collect()
}

/// What callers meet who ask one after the other, at time 0.
fn asked(engine: &Engine, times: usize) -> Vec<String> {
    let one = |_| met(&engine.decide(None, &seen("register", "a"), 0));
    (0..times).map(one).collect()
}

fn engine_with(rules: Vec<Rule>) -> Engine {
    let engine = Engine::new(1);
    engine.activate(scenario("s", rules), 0);
    engine
}

fn limit(limit: Limit) -> Effect {
    answer(Answer::Limit(limit))
}

/// The file of this scenario has changed; its name has not.
fn replace(engine: &Engine, scenario: Arc<Scenario>) {
    engine.replace(&[(scenario.name.clone(), scenario)], 0);
}
