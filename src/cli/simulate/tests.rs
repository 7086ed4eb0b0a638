use clap::Parser;
use serde_json::{Value, json};

use super::*;
use crate::dialect::policy::PolicyChanges;
use crate::scenario::matcher::{Literal, Matcher, Matching};
use crate::scenario::model::{
    Answer, Calls, Delay, Effect, Effects, Fault, Gates, InteractionIdEffect, Limit, Per, Rule,
    Stage, Step,
};

#[derive(Parser)]
struct Cli {
    #[command(flatten)]
    simulate: SimulateArgs,
}

fn args(flags: &str) -> SimulateArgs {
    let words = ["simulate", "s"]
        .into_iter()
        .chain(flags.split_whitespace());
    Cli::try_parse_from(words).unwrap().simulate
}

fn rule(effects: Effects) -> Rule {
    Rule {
        name: "1".to_owned(),
        matching: Matching::default(),
        per: Per::Rule,
        gates: Gates::default(),
        next_state: None,
        stage: Stage::Before,
        effects,
    }
}

fn always(effect: Effect) -> Rule {
    rule(Effects::Always(Arc::new(effect)))
}

fn answer(answer: Answer) -> Effect {
    Effect {
        answer: Some(answer),
        ..Effect::default()
    }
}

fn simulated(flags: &str, rules: Vec<Rule>) -> Vec<Line> {
    let scenario = Scenario {
        name: "s".to_owned(),
        description: None,
        seed: None,
        policy: PolicyChanges::default(),
        rules,
    };
    let args = args(flags);
    let config = Config::default();
    let bank = offline::find(&config.banks, &args.bank).unwrap();
    offered(bank, &args.operation).unwrap();
    lines(&args, Arc::new(scenario), bank).collect()
}

fn text(flags: &str, rules: Vec<Rule>) -> Vec<String> {
    let lines = simulated(flags, rules);
    lines.iter().map(Line::to_string).collect()
}

#[test]
fn each_kind_of_effect_has_its_words() {
    let close = Effect {
        fault: Some(Fault::Close),
        delay: Some(Delay::Fixed(Duration::from_millis(1_500))),
        interaction_id: Some(InteractionIdEffect::Omit),
        ..Effect::default()
    };
    let altered = Effect {
        fault: Some(Fault::Truncate(10)),
        ..answer(Answer::Alter(Vec::new()))
    };
    let steps = [close, altered, answer(Answer::Reject("route_unknown"))];
    let mut steps: Vec<Step> = steps.map(|effect| Step::Effect(Arc::new(effect))).into();
    steps.insert(2, Step::Pass);
    let mut rule = rule(Effects::Sequence(steps));
    rule.stage = Stage::After;
    assert_eq!(
        text("--requests 4 --spacing 45s", vec![rule]),
        [
            "1  +0s  register  tpp-1  close, after the bank's work, delayed by 1s500ms, interaction_id: omit (s/1#1)",
            "2  +45s  register  tpp-1  the bank answers, altered, truncate: 10, after the bank's work (s/1#2)",
            "3  +1m30s  register  tpp-1  the bank answers (s/1#3)",
            "4  +2m15s  register  tpp-1  the bank refuses: route_unknown, after the bank's work (s/1#4)",
        ]
    );
}

#[test]
fn a_check_that_the_bank_does_not_have_there_is_skipped() {
    let rules = || vec![always(answer(Answer::Reject("redirect_uri_malformed")))];
    assert_eq!(
        text("--requests 2 --operation register,read", rules()),
        [
            "1  +0s  register  tpp-1  the bank refuses: redirect_uri_malformed (s/1#1)",
            "2  +0s  read  tpp-1  the bank answers",
        ]
    );
}

#[test]
fn a_limit_says_when_to_come_again() {
    let limit = Limit::Quota {
        calls: 2,
        every: Duration::from_secs(61),
        burst: 1,
    };
    let mut rule = always(answer(Answer::Limit(limit)));
    rule.per = Per::Software;
    assert_eq!(
        text("--requests 4 --software 2 --spacing 500ms", vec![rule]),
        [
            "1  +0s  register  tpp-1  the bank answers",
            "2  +500ms  register  tpp-2  the bank answers",
            "3  +1s  register  tpp-1  429, Retry-After 30 (s/1#2)",
            "4  +1s500ms  register  tpp-2  429, Retry-After 30 (s/1#2)",
        ]
    );
}

#[test]
fn every_software_asks_every_operation_in_turn() {
    let found = text(
        "--requests 5 --software 2 --operation register,read",
        vec![],
    );
    let asked = |line: &String| {
        let words: Vec<&str> = line.split("  ").collect();
        format!("{} {}", words[2], words[3])
    };
    let asked: Vec<String> = found.iter().map(asked).collect();
    let expected = [
        "register tpp-1",
        "register tpp-2",
        "read tpp-1",
        "read tpp-2",
        "register tpp-1",
    ];
    assert_eq!(asked, expected);
}

#[test]
fn callers_come_with_what_the_operation_has() {
    let config = Config::default();
    for (bank, operation, method, path, client, token) in [
        (
            "uk-ob-3.3",
            "register",
            "POST",
            "/uk-ob-3.3/register",
            false,
            false,
        ),
        (
            "uk-ob-3.3",
            "read",
            "GET",
            "/uk-ob-3.3/register/client-2",
            true,
            true,
        ),
        (
            "uk-ob-3.3",
            "token",
            "POST",
            "/uk-ob-3.3/token",
            true,
            false,
        ),
        ("uk-ob-3.3", "jwks", "GET", "/uk-ob-3.3/jwks", false, false),
        ("uk-ob-3.3", "handshake", "", "", false, false),
        (
            "raidiam-directory",
            "assertion",
            "GET",
            "/raidiam-directory/organisations/org-2/softwarestatements/tpp-2/assertion",
            true,
            true,
        ),
    ] {
        let bank = offline::find(&config.banks, bank).unwrap();
        let caller = Caller::new(2, super::operation(operation).unwrap(), bank);
        let seen = caller.seen();
        assert_eq!((seen.method, seen.path), (method, path), "{operation}");
        let found = (seen.client_id.is_some(), seen.token.is_some());
        assert_eq!(found, (client, token), "{operation}");
        assert_eq!(seen.operation, Some(operation));
    }
}

#[test]
fn handshakes_meet_the_rules_that_are_about_them() {
    let mut reset = always(Effect {
        fault: Some(Fault::Reset),
        ..Effect::default()
    });
    let handshake = Literal {
        written: Some("handshake".to_owned()),
        value: json!("handshake"),
    };
    reset.matching.operation = Some(Matcher::Equals(handshake));
    assert_eq!(
        text("--requests 2 --operation handshake,register", vec![reset]),
        [
            "1  +0s  handshake  tpp-1  reset (s/1#1)",
            "2  +0s  register  tpp-1  the bank answers",
        ]
    );
}

#[test]
fn json_says_the_same_in_members() {
    let mut rule = always(Effect {
        fault: Some(Fault::Stall(Some(Duration::from_secs(20)))),
        ..Effect::default()
    });
    rule.gates.chance = Some(1.0);
    rule.gates.calls = Some(Calls::Range(1, 1));
    let lines = simulated("--requests 2 --spacing 1s", vec![rule]);
    let found: Vec<Value> = lines
        .iter()
        .map(|line| serde_json::to_value(line).unwrap())
        .collect();
    let draw = found[0]["applied"]["draw"].clone();
    assert!((0.0..1.0).contains(&draw.as_f64().unwrap()));
    assert_eq!(
        found,
        [
            json!({
                "request": 1, "offset_ms": 0, "operation": "register", "software": "tpp-1",
                "fault": "stall: 20s",
                "applied": {"scenario": "s", "rule": "1", "call": 1, "draw": draw},
            }),
            json!({
                "request": 2, "offset_ms": 1000, "operation": "register", "software": "tpp-1",
                "answer": "the bank answers",
            }),
        ]
    );
}

#[test]
fn the_seed_decides() {
    let drawn = |flags| {
        let mut rule = always(Effect {
            fault: Some(Fault::Close),
            ..Effect::default()
        });
        rule.gates.chance = Some(0.5);
        text(flags, vec![rule])
    };
    let usual = drawn("--requests 40");
    assert_eq!(usual, drawn("--requests 40 --seed 1"));
    assert_ne!(usual, drawn("--requests 40 --seed 2"));
}

#[test]
fn what_cannot_be_simulated_is_refused() {
    for flags in [
        "--requests 0",
        "--requests 1000001",
        "--software 0",
        "--operation ask",
        "--operation register,",
        "--spacing 5",
    ] {
        let words = ["simulate", "s"]
            .into_iter()
            .chain(flags.split_whitespace());
        assert!(Cli::try_parse_from(words).is_err(), "{flags}");
    }
    let config = Config::default();
    let bank = offline::find(&config.banks, "virgin-money").unwrap();
    let error = offered(bank, &args("--operation register,update").operation).unwrap_err();
    assert_eq!(
        error.to_string(),
        "bank `virgin-money` does not offer `update`; it offers register, delete, token, discovery, jwks"
    );
}

#[test]
fn long_times_do_no_harm() {
    let lines = text("--requests 3 --spacing 9999999999y", vec![]);
    assert_eq!(lines.len(), 3);
}
