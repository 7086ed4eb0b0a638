//! What holds for any scenario and any exchange.

use std::ops::Range;
use std::thread;
use std::time::Duration;

use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use proptest::sample::select;

use super::*;
use crate::domain::json::members;
use crate::scenario::matcher::{CertificateField, Pointer};
use crate::scenario::model::{AgeGate, Aged, Calls, Delay, InteractionIdEffect};
use crate::scenario::seen::{Born, SeenCertificate};

/// Few, so that rules and exchanges meet.
const WORDS: [&str; 5] = ["a", "b", "register", "read", "handshake"];

fn word() -> impl Strategy<Value = &'static str> {
    select(&WORDS[..])
}

fn literal() -> impl Strategy<Value = Literal> {
    let value = prop_oneof![
        word().prop_map(|word| json!(word)),
        (0..3).prop_map(|number| json!(number)),
        Just(json!(null)),
        Just(json!(["a"])),
    ];
    value.prop_map(|value| Literal {
        written: value.as_str().map(str::to_owned),
        value,
    })
}

fn matcher() -> impl Strategy<Value = Matcher> {
    let leaf = prop_oneof![
        literal().prop_map(Matcher::Equals),
        vec(literal(), 0..4).prop_map(Matcher::OneOf),
        literal().prop_map(Matcher::Contains),
        word().prop_map(|word| Matcher::StartsWith(word[..1].to_owned())),
        Just(Matcher::Regex(regex_lite::Regex::new("[ar]").unwrap())),
        Just(Matcher::Glob(glob::Pattern::new("*a*").unwrap())),
        any::<bool>().prop_map(Matcher::Absent),
    ];
    leaf.prop_recursive(2, 6, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 0..3).prop_map(Matcher::All),
            inner.prop_map(|inner| Matcher::Not(Box::new(inner))),
        ]
    })
}

fn pointer() -> impl Strategy<Value = Pointer> {
    let tokens = vec(select(&["a", "b", "0", ""][..]), 0..3);
    tokens.prop_map(|tokens| Pointer(tokens.into_iter().map(str::to_owned).collect()))
}

fn matching() -> impl Strategy<Value = Matching> {
    let rare = || option::weighted(0.2, matcher());
    let inside = || vec((pointer(), matcher()), 0..2);
    let named = || vec((word().prop_map(str::to_owned), matcher()), 0..2);
    let certificate = vec((Just(CertificateField::Serial), matcher()), 0..2);
    (
        (rare(), rare(), rare(), rare(), rare()),
        (named(), named(), inside(), inside(), certificate),
    )
        .prop_map(|(texts, lists)| Matching {
            bank: texts.0,
            operation: texts.1,
            path: texts.2,
            software_id: texts.3,
            sni: texts.4,
            header: lists.0,
            jose: lists.1,
            claim: lists.2,
            statement: lists.3,
            certificate: lists.4,
            ..Matching::default()
        })
}

fn length() -> impl Strategy<Value = Duration> {
    prop_oneof![
        (0..5_u64).prop_map(Duration::from_secs),
        Just(Duration::MAX),
    ]
}

fn span() -> impl Strategy<Value = Range<Duration>> {
    (length(), length()).prop_map(|(from, to)| from..to)
}

fn gates() -> impl Strategy<Value = Gates> {
    let calls = prop_oneof![
        (0..4_u64, 0..9_u64).prop_map(|(first, last)| Calls::Range(first, last)),
        (0..4_u64).prop_map(Calls::Every),
    ];
    let chance = prop_oneof![0.0..=1.0, Just(f64::NAN)];
    let aged = select(&[Aged::Client, Aged::Token, Aged::Statement][..]);
    let age = (aged, span()).prop_map(|(of, range)| AgeGate { of, range });
    (
        option::weighted(0.3, calls),
        option::weighted(0.3, chance),
        option::weighted(0.3, select(&["start", "a"][..])),
        option::weighted(0.1, length()),
        option::weighted(0.1, length()),
        vec(age, 0..2),
    )
        .prop_map(|(calls, chance, state, after, until, ages)| Gates {
            calls,
            chance,
            state: state.map(str::to_owned),
            after,
            until,
            ages,
        })
}

fn effect() -> impl Strategy<Value = Effect> {
    let quota = (0..4_u32, length(), 0..4_u32).prop_map(|(calls, every, burst)| Limit::Quota {
        calls,
        every,
        burst,
    });
    let answers = prop_oneof![
        (501..504_u16).prop_map(|status| respond(status).answer),
        quota.prop_map(|quota| Some(Answer::Limit(quota))),
        (0..2_u32).prop_map(|places| Some(Answer::Limit(Limit::InFlight(places)))),
        select(&["route_unknown", "unheard_of"][..]).prop_map(|name| Some(Answer::Reject(name))),
        Just(None),
    ];
    let delay = prop_oneof![
        length().prop_map(Delay::Fixed),
        (length(), length()).prop_map(|(from, to)| Delay::Between(from, to)),
        (length(), length()).prop_map(|(median, p99)| Delay::LogNormal { median, p99 }),
    ];
    (
        answers,
        option::weighted(0.2, Just(Fault::Close)),
        option::weighted(0.3, delay),
        option::weighted(0.3, Just(InteractionIdEffect::Omit)),
    )
        .prop_map(|(answer, fault, delay, interaction_id)| Effect {
            answer,
            fault,
            delay,
            interaction_id,
        })
}

fn effects() -> impl Strategy<Value = Effects> {
    let steps = prop_oneof![effect().prop_map(step), Just(Step::Pass)];
    prop_oneof![
        3 => effect().prop_map(|effect| Effects::Always(Arc::new(effect))),
        1 => vec(steps, 0..3).prop_map(Effects::Sequence),
    ]
}

fn any_rule() -> impl Strategy<Value = Rule> {
    let per = select(
        &[
            Per::Rule,
            Per::Software,
            Per::Org,
            Per::Client,
            Per::Token,
            Per::Certificate,
            Per::Connection,
        ][..],
    );
    let next_state = option::weighted(0.3, select(&["start", "a"][..]));
    (matching(), per, gates(), next_state, effects()).prop_map(
        |(matching, per, gates, next_state, effects)| Rule {
            matching,
            per,
            gates,
            next_state: next_state.map(str::to_owned),
            effects,
            ..rule("", Effect::default())
        },
    )
}

fn any_scenario() -> impl Strategy<Value = Arc<Scenario>> {
    let rules = vec(any_rule(), 0..8).prop_map(|mut rules| {
        for (position, rule) in rules.iter_mut().enumerate() {
            rule.name = (position + 1).to_string();
        }
        rules
    });
    (word(), rules).prop_map(|(name, rules)| scenario(name, rules))
}

/// An exchange and its time.
#[derive(Debug, Clone)]
struct Asked {
    words: [Option<&'static str>; 6],
    claims: Option<i32>,
    connection: Option<u64>,
    born: Option<i64>,
    now: i64,
}

fn any_asked() -> impl Strategy<Value = Asked> {
    let time = || prop_oneof![8 => 0..9_000_i64, 1 => any::<i64>()];
    (
        prop::array::uniform6(option::of(word())),
        option::of(0..3),
        option::of(0..2_u64),
        option::of(time()),
        time(),
    )
        .prop_map(|(words, claims, connection, born, now)| Asked {
            words,
            claims,
            connection,
            born,
            now,
        })
}

impl Asked {
    fn seen(&self) -> Seen<'static> {
        let [operation, path, software, client, header, serial] = self.words;
        let mut seen = Seen {
            operation,
            path: path.unwrap_or_default(),
            software_id: software.map(str::to_owned),
            client_id: client.map(str::to_owned),
            token: client.map(str::to_owned),
            connection: self.connection,
            headers: header.map(|value| ("a", value)).into_iter().collect(),
            certificate: serial.map(|serial| SeenCertificate {
                serial: serial.to_owned(),
                ..SeenCertificate::default()
            }),
            sni: header,
            born: Born {
                client: self.born,
                statement: self.born,
                ..Born::default()
            },
            ..Seen::default()
        };
        let claims = self
            .claims
            .map(|number| members(json!({"a": number, "b": [path]})));
        seen.request.jose.clone_from(&claims);
        seen.request.claims = claims;
        seen
    }
}

/// Everything about a decision that can be compared, as text: it may hold what is no number.
fn told(decision: &Decision) -> String {
    let trail = decision.trail.iter();
    let trail: Vec<_> = trail
        .map(|tried| (tried.rule, tried.call, tried.draw, tried.outcome))
        .collect();
    let Decision {
        act,
        delay,
        interaction_id,
        applied,
        permit,
        ..
    } = decision;
    format!(
        "{act:?} {delay:?} {interaction_id:?} {applied:?} {} {trail:?}",
        permit.is_some()
    )
}

fn ready(seed: u64, scenarios: &[Arc<Scenario>]) -> Engine {
    let engine = Engine::new(seed);
    for scenario in scenarios {
        engine.activate(Arc::clone(scenario), 0);
    }
    engine
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn the_same_exchanges_in_the_same_order_get_the_same_decisions(
        seed in any::<u64>(),
        scenarios in vec(any_scenario(), 0..3),
        own in option::of(any_scenario()),
        asked in vec(any_asked(), 1..20),
    ) {
        let (one, other) = (ready(seed, &scenarios), ready(seed, &scenarios));
        for asked in &asked {
            let seen = asked.seen();
            let decide = |engine: &Engine| told(&engine.decide(own.as_ref(), &seen, asked.now));
            prop_assert_eq!(decide(&one), decide(&other));
        }
    }

    #[test]
    fn threads_get_the_decisions_of_one_order(
        seed in any::<u64>(),
        mut scenarios in vec(any_scenario(), 1..3),
        mut asked in vec(any_asked(), 8..40),
    ) {
        scenarios.push(scenario("order", vec![every_operation()]));
        for asked in &mut asked {
            asked.words[0].get_or_insert("register");
        }
        let mut among_threads = decided_by_threads(&ready(seed, &scenarios), &asked);
        among_threads.sort_by_key(|(_, decision)| place(decision));
        let engine = ready(seed, &scenarios);
        // Kept, as those of the threads are: so nobody leaves a place in between.
        let mut kept = Vec::new();
        for (nth, (asked, decision)) in among_threads.iter().enumerate() {
            prop_assert_eq!(place(decision), Some(nth as u64 + 1));
            let alone = engine.decide(None, &asked.seen(), asked.now);
            prop_assert_eq!(told(&alone), told(decision));
            kept.push(alone);
        }
    }
}

/// What four threads get that ask at the same time.
fn decided_by_threads<'a>(engine: &Engine, asked: &'a [Asked]) -> Vec<(&'a Asked, Decision)> {
    let ask = |asked: &'a Asked| (asked, engine.decide(None, &asked.seen(), asked.now));
    thread::scope(|scope| {
        let parts = asked.chunks(asked.len().div_ceil(4));
        let threads: Vec<_> = parts
            .map(|part| scope.spawn(move || part.iter().map(ask).collect::<Vec<_>>()))
            .collect();
        let decided = threads.into_iter().map(|thread| thread.join().unwrap());
        decided.flatten().collect()
    })
}

/// A rule that counts every exchange, handshakes too: tried first, it tells the order.
fn every_operation() -> Rule {
    let mut every = rule("1", Effect::default());
    every.matching.operation = Some(Matcher::Regex(regex_lite::Regex::new("").unwrap()));
    every
}

/// The place of an exchange in the order.
fn place(decision: &Decision) -> Option<u64> {
    decision.trail.iter().next().and_then(|tried| tried.call)
}

#[test]
fn counts_of_many_threads_add_up() {
    let mut drawn = rule("1", respond(501));
    drawn.gates.chance = Some(0.3);
    drawn.per = Per::Software;
    let rules = vec![every_operation(), drawn];
    let calls = |decision: &Decision| {
        let trail = decision.trail.iter();
        let calls: Vec<_> = trail
            .map(|tried| (tried.call, tried.draw.map(f64::to_bits)))
            .collect();
        (calls, met(decision))
    };
    let (shared, alone) = (engine_with(rules.clone()), engine_with(rules));
    let ask = |engine: &Engine| calls(&engine.decide(None, &seen("register", "a"), 0));
    let mut among_threads: Vec<_> = thread::scope(|scope| {
        let asking = || (0..2_000).map(|_| ask(&shared)).collect::<Vec<_>>();
        let threads: Vec<_> = (0..8).map(|_| scope.spawn(asking)).collect();
        threads
            .into_iter()
            .flat_map(|thread| thread.join().unwrap())
            .collect()
    });
    among_threads.sort();
    let one_by_one: Vec<_> = (0..16_000).map(|_| ask(&alone)).collect();
    assert!(among_threads == one_by_one);
    let met = one_by_one.iter().filter(|(_, met)| met == "501").count();
    assert!((4_500..5_100).contains(&met), "{met}");
}

#[test]
fn never_and_always_are_exact() {
    for (chance, expected) in [(0.0, "bank"), (1.0, "501")] {
        let mut drawn = rule("1", respond(501));
        drawn.gates.chance = Some(chance);
        let engine = engine_with(vec![drawn]);
        assert!(asked(&engine, 10_000).iter().all(|met| met == expected));
    }
}

#[test]
fn draws_depend_on_seed_and_names_and_on_nothing_else() {
    let draws = |seed, own: Option<u64>, name: &str, software: &str, now| -> Vec<u64> {
        let mut drawn = rule("1", respond(501));
        drawn.gates.chance = Some(0.5);
        drawn.per = Per::Software;
        let scenario = Scenario {
            seed: own,
            ..Scenario::clone(&scenario(name, vec![drawn]))
        };
        let engine = Engine::new(seed);
        engine.activate(Arc::new(scenario), now);
        let decided = |_| engine.decide(None, &seen("register", software), now);
        let draw = |decision: Decision| decision.trail.iter().find_map(|tried| tried.draw);
        let draws = (0..20).map(decided).map(draw);
        draws.map(|draw| draw.unwrap().to_bits()).collect()
    };
    let usual = draws(1, None, "s", "a", 0);
    assert_eq!(usual, draws(1, None, "s", "b", 99));
    assert_eq!(usual, draws(2, Some(1), "s", "a", 0));
    assert_ne!(usual, draws(2, None, "s", "a", 0));
    assert_ne!(usual, draws(1, None, "t", "a", 0));
}
