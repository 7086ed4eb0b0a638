//! Which steps are possible, and how likely each is. What comes first is what cases shrink to.

use aspsp_emulator::Part;
use proptest::prelude::*;
use proptest::sample::select;
use proptest::strategy::Union;

use crate::banks::{Bank, Redirects, Who};
use crate::faults::{Fault, Standing};
use crate::reference::Model;
use crate::step::{Act, Ask, Call, ClientName, Step, TokenName};

/// Parts of the world that are reset; its TPPs are needed until the end.
const PARTS: [Part; 6] = [
    Part::Journal,
    Part::Counts,
    Part::Scenarios,
    Part::Tokens,
    Part::Clients,
    Part::Clock,
];

/// Some wait until right before a token expires, some until right after.
const SECONDS: [u64; 4] = [1, 150, 299, 300];

/// A bank, a TPP that asks it, and what it asks.
type Asked = (Bank, Who, Ask);

/// The next step.
pub fn step(model: &Model) -> BoxedStrategy<Step> {
    let mut steps = vec![
        (30, call(model)),
        (2, select(&SECONDS[..]).prop_map(Step::Wait).boxed()),
        (1, select(&PARTS[..]).prop_map(Step::Reset).boxed()),
        (1, Just(Step::Keep).boxed()),
    ];
    if model.has_kept() {
        steps.push((2, Just(Step::PutBack).boxed()));
    }
    match model.standing() {
        Some(Standing::RotatedTokenLost) => {
            steps.push((2, Just(Step::TakeOutOfForce).boxed()));
            // It counts.
            steps.push((4, Just(Step::Reset(Part::Counts)).boxed()));
        }
        Some(Standing::Rotation) => steps.push((2, Just(Step::TakeOutOfForce).boxed())),
        Some(Standing::Fault(_)) => steps.push((6, Just(Step::TakeOutOfForce).boxed())),
        None => steps.push((3, standing().prop_map(Step::PutInForce).boxed())),
    }
    let live = live(model);
    if !live.is_empty() {
        let acts = [Act::Reinstate, Act::Suspend, Act::RevokeTokens, Act::Remove];
        let operated = (select(acts.to_vec()), select(live));
        let operated = operated.prop_map(|(act, (bank, client))| Step::Operate(act, bank, client));
        steps.push((2, operated.boxed()));
    }
    Union::new_weighted(steps).boxed()
}

/// Whether a step can follow, others having been left out.
pub fn is_possible(model: &Model, step: &Step) -> bool {
    match step {
        Step::Call(call) => match call.ask {
            Ask::Register(_) => true,
            Ask::Token(client) => is_known(model, call.bank, client),
            Ask::Read(client, token)
            | Ask::Replace(client, token, _)
            | Ask::Delete(client, token) => {
                let mut tokens = model.tokens();
                is_known(model, call.bank, client)
                    && tokens.any(|(known, bank, ..)| (known, bank) == (token, call.bank))
            }
        },
        Step::Wait(_) | Step::Reset(_) | Step::Keep => true,
        Step::PutInForce(_) => model.standing().is_none(),
        Step::TakeOutOfForce => model.standing().is_some(),
        Step::Operate(_, bank, client) => live(model).contains(&(*bank, *client)),
        Step::PutBack => model.has_kept(),
    }
}

fn is_known(model: &Model, bank: Bank, client: ClientName) -> bool {
    match client {
        ClientName::Listed(_) => bank == Bank::Directory,
        ClientName::Made(_) => model.everybody().any(|(known, ..)| known == client),
    }
}

/// Clients that are registered now.
fn live(model: &Model) -> Vec<(Bank, ClientName)> {
    let of = |bank: Bank| {
        let clients = model.ledger(bank).clients.into_keys();
        clients.map(move |client| (bank, client))
    };
    // Whether the directory's own clients are active is the directory's to say.
    let banks = Bank::ALL.into_iter().filter(|bank| bank.registers());
    banks.flat_map(of).collect()
}

fn standing() -> impl Strategy<Value = Standing> {
    prop_oneof![
        2 => Just(Standing::Rotation),
        4 => Just(Standing::RotatedTokenLost),
        4 => select(&Fault::ALL[..]).prop_map(Standing::Fault),
    ]
}

fn call(model: &Model) -> BoxedStrategy<Step> {
    let number = model.next();
    let fault = prop::option::weighted(0.45, select(&Fault::ALL[..]));
    let parts = (
        asked(model),
        fault,
        any::<bool>(),
        prop::bool::weighted(0.2),
    );
    parts
        .prop_map(move |((bank, by, ask), fault, in_force, is_nameless)| {
            Step::Call(Call {
                number,
                bank,
                by,
                ask,
                fault,
                in_force,
                is_nameless,
            })
        })
        .boxed()
}

fn asked(model: &Model) -> BoxedStrategy<Asked> {
    let mut asked = vec![(3, registering()), (4, getting_token(model))];
    let tokens: Vec<_> = model.tokens().collect();
    if !tokens.is_empty() {
        asked.push((10, managing(model, tokens)));
    }
    Union::new_weighted(asked).boxed()
}

fn registering() -> BoxedStrategy<Asked> {
    let banks: Vec<Bank> = Bank::ALL
        .into_iter()
        .filter(|bank| bank.registers())
        .collect();
    (select(banks), select(&Who::BOTH[..]), redirects())
        .prop_map(|(bank, by, redirects)| (bank, by, Ask::Register(redirects)))
        .boxed()
}

/// Of a client that is there, or was.
fn getting_token(model: &Model) -> BoxedStrategy<Asked> {
    let listed = Who::BOTH.map(|who| (ClientName::Listed(who), Bank::Directory, who));
    let mut clients: Vec<_> = model
        .everybody()
        .filter(|(_, bank, _)| bank.registers())
        .collect();
    clients.extend(listed);
    (select(clients), is_stranger())
        .prop_map(|((client, bank, who), is_stranger)| {
            (bank, caller(who, is_stranger), Ask::Token(client))
        })
        .boxed()
}

/// With a token that is good, or was, mostly of its own client.
fn managing(
    model: &Model,
    tokens: Vec<(TokenName, Bank, ClientName, Who)>,
) -> BoxedStrategy<Asked> {
    let others: Vec<(ClientName, Bank, Who)> = model.everybody().collect();
    let another = prop::option::weighted(0.2, any::<prop::sample::Index>());
    (select(tokens), another, is_stranger(), managed(model))
        .prop_map(
            move |((token, bank, own, who), another, is_stranger, managed)| {
                let here: Vec<ClientName> = others
                    .iter()
                    .filter(|(_, at, _)| *at == bank)
                    .map(|(client, ..)| *client)
                    .collect();
                let another = another.filter(|_| !here.is_empty());
                let client = another.map_or(own, |index| here[index.index(here.len())]);
                let ask = match managed {
                    Managed::Replace(redirects) if bank.replaces() => {
                        Ask::Replace(client, token, redirects)
                    }
                    Managed::Delete if bank.registers() => Ask::Delete(client, token),
                    _ if bank.reads() => Ask::Read(client, token),
                    _ => Ask::Delete(client, token),
                };
                (bank, caller(who, is_stranger), ask)
            },
        )
        .boxed()
}

/// How a client is managed, where the bank offers that.
#[derive(Debug, Clone, Copy)]
enum Managed {
    Read,
    Replace(Redirects),
    Delete,
}

fn managed(model: &Model) -> impl Strategy<Value = Managed> + use<> {
    // Replacing is what rotation is about.
    let rotates = model.standing().is_some_and(Standing::rotates);
    prop_oneof![
        3 => Just(Managed::Read),
        if rotates { 12 } else { 5 } => redirects().prop_map(Managed::Replace),
        2 => Just(Managed::Delete),
    ]
}

fn redirects() -> impl Strategy<Value = Redirects> {
    select(&Redirects::ALL[..])
}

/// Whether the other TPP asks.
fn is_stranger() -> impl Strategy<Value = bool> {
    prop::bool::weighted(0.15)
}

fn caller(who: Who, is_stranger: bool) -> Who {
    if is_stranger { who.other() } else { who }
}
