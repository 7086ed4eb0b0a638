//! The world as it must be: what every step commits, and what its answer must say.

use std::collections::BTreeMap;
use std::fmt;

use aspsp_emulator::Part;
use proptest::prelude::*;
use proptest_state_machine::ReferenceStateMachine;

use crate::banks::{Bank, Who};
use crate::choice;
use crate::faults::{Fault, Standing};
use crate::in_force::{self, IdOnAnswer, InForce};
use crate::judgement::Switches;
use crate::ledger::{Ledger, Outcome};
use crate::step::{Act, Call, ClientName, Step, TokenName};

/// How much of an answer arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Arrival {
    Whole,
    /// Its body is no JSON.
    Garbled,
    /// Not all of it, or nothing.
    Broken,
    Nothing,
}

/// The answer that a request must get.
#[derive(Debug, Clone, Copy)]
pub struct Expected {
    pub outcome: Outcome,
    pub arrival: Arrival,
    pub id: IdOnAnswer,
}

/// All that a snapshot brings back.
#[derive(Debug, Clone, Default)]
struct Remembered {
    banks: BTreeMap<Bank, Ledger>,
    in_force: Option<InForce>,
    /// Seconds since the start.
    now: u64,
}

/// The world as it must be, and what the TPPs have been told.
#[derive(Clone)]
pub struct Model {
    pub speaks_http2: bool,
    world: Remembered,
    kept: Option<Remembered>,
    /// Every client that ever was, with its bank and its TPP.
    everybody: BTreeMap<ClientName, (Bank, Who)>,
    /// Every token that a TPP has been told.
    told: BTreeMap<TokenName, (Bank, ClientName, Who)>,
    /// The number of the next request.
    next: u32,
    /// The answer that the last request must get.
    expected: Option<Expected>,
}

impl fmt::Debug for Model {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let protocol = if self.speaks_http2 {
            "HTTP/2"
        } else {
            "HTTP/1.1"
        };
        write!(formatter, "a world that is asked over {protocol}")
    }
}

impl Model {
    fn new(speaks_http2: bool) -> Self {
        Self {
            speaks_http2,
            world: Remembered::default(),
            kept: None,
            everybody: BTreeMap::new(),
            told: BTreeMap::new(),
            next: 1,
            expected: None,
        }
    }

    pub fn next(&self) -> u32 {
        self.next
    }

    pub fn now(&self) -> u64 {
        self.world.now
    }

    pub fn standing(&self) -> Option<Standing> {
        Some(self.world.in_force.as_ref()?.standing)
    }

    pub fn has_kept(&self) -> bool {
        self.kept.is_some()
    }

    /// The answer that the last request must get.
    pub fn expected(&self) -> Option<&Expected> {
        self.expected.as_ref()
    }

    /// What a bank must remember.
    pub fn ledger(&self, bank: Bank) -> Ledger {
        self.world.banks.get(&bank).cloned().unwrap_or_default()
    }

    /// Every client that ever was.
    pub fn everybody(&self) -> impl Iterator<Item = (ClientName, Bank, Who)> {
        let everybody = self.everybody.iter();
        everybody.map(|(client, (bank, who))| (*client, *bank, *who))
    }

    /// Every token that a TPP knows, of which it can be said whether it is good.
    pub fn tokens(&self) -> impl Iterator<Item = (TokenName, Bank, ClientName, Who)> {
        let told = self.told.iter().filter(|(token, (bank, ..))| {
            let ledger = self.world.banks.get(bank);
            ledger.is_none_or(|ledger| ledger.is_certain_of(**token, self.world.now))
        });
        told.map(|(token, (bank, client, who))| (*token, *bank, *client, *who))
    }

    pub fn switches(&self, bank: Bank) -> Switches {
        let rotates = self.standing().is_some_and(Standing::rotates);
        Switches {
            takes_access_tokens: rotates || bank != Bank::Brasil,
            takes_registration_tokens: rotates || bank == Bank::Brasil,
            rotates,
        }
    }

    /// A request that is answered, or not.
    fn call(&mut self, call: &Call) {
        self.next = self.next.max(call.number + 1);
        let (fault, id) = in_force::fate(self.world.in_force.as_mut(), call);
        let mut outcome = Outcome::default();
        if fault.is_none_or(Fault::lets_bank_work) {
            outcome = self.work(call);
        }
        let mut arrival = Arrival::Whole;
        match fault {
            Some(Fault::Refused(status) | Fault::DoneThenRefused(status)) => {
                outcome.status = status;
                outcome.shown = None;
            }
            Some(Fault::Lost(_) | Fault::DoneThenLost(_)) => arrival = Arrival::Nothing,
            Some(Fault::RefusedInPart) => {
                outcome.status = 503;
                arrival = Arrival::Broken;
            }
            Some(Fault::DoneThenTruncated) => arrival = Arrival::Broken,
            // An answer without a body has none to be broken.
            Some(Fault::DoneThenGarbled) if outcome.status != 204 => arrival = Arrival::Garbled,
            _ => {}
        }
        let is_told =
            arrival == Arrival::Whole && !matches!(fault, Some(Fault::DoneThenRefused(_)));
        outcome.issued = outcome.issued.filter(|_| is_told);
        if let Some(token) = outcome.issued {
            let client = call.ask.client().unwrap_or(ClientName::Made(call.number));
            self.told.insert(token, (call.bank, client, call.by));
        }
        self.expected = Some(Expected {
            outcome,
            arrival,
            id,
        });
    }

    fn work(&mut self, call: &Call) -> Outcome {
        let switches = self.switches(call.bank);
        let now = self.world.now;
        let ledger = self.world.banks.entry(call.bank).or_default();
        let outcome = ledger.work(call.bank, switches, now, call.by, call.number, call.ask);
        if let Some(client) = outcome.created {
            self.everybody.insert(client, (call.bank, call.by));
        }
        outcome
    }

    fn wait(&mut self, seconds: u64) {
        self.world.now += seconds;
        for ledger in self.world.banks.values_mut() {
            ledger.come_to(self.world.now);
        }
    }

    fn operate(&mut self, act: Act, bank: Bank, client: ClientName) {
        let ledger = self.world.banks.entry(bank).or_default();
        match act {
            Act::RevokeTokens => ledger.revoke_tokens_of(client),
            Act::Remove => ledger.remove(client),
            Act::Suspend | Act::Reinstate => {
                if let Some(client) = ledger.clients.get_mut(&client) {
                    client.is_suspended = matches!(act, Act::Suspend);
                }
            }
        }
    }

    fn reset(&mut self, part: Part) {
        match part {
            Part::Clients => self.world.banks.clear(),
            Part::Tokens => {
                let ledgers = self.world.banks.values_mut();
                ledgers.for_each(|ledger| ledger.tokens.clear());
            }
            Part::Scenarios => self.world.in_force = None,
            Part::Counts => {
                if let Some(in_force) = &mut self.world.in_force {
                    *in_force = InForce::new(in_force.standing);
                }
            }
            Part::Clock => self.world.now = 0,
            Part::Journal | Part::Tpps => {}
        }
    }
}

impl ReferenceStateMachine for Model {
    type State = Model;
    type Transition = Step;

    fn init_state() -> BoxedStrategy<Model> {
        any::<bool>().prop_map(Model::new).boxed()
    }

    fn transitions(model: &Model) -> BoxedStrategy<Step> {
        choice::step(model)
    }

    fn apply(mut model: Model, step: &Step) -> Model {
        model.expected = None;
        match *step {
            Step::Call(call) => model.call(&call),
            Step::Wait(seconds) => model.wait(seconds),
            Step::PutInForce(standing) => {
                model.world.in_force = Some(InForce::new(standing));
            }
            Step::TakeOutOfForce => model.world.in_force = None,
            Step::Operate(act, bank, client) => model.operate(act, bank, client),
            Step::Reset(part) => model.reset(part),
            Step::Keep => model.kept = Some(model.world.clone()),
            Step::PutBack => {
                if let Some(kept) = &model.kept {
                    model.world = kept.clone();
                }
            }
        }
        model
    }

    fn preconditions(model: &Model, step: &Step) -> bool {
        choice::is_possible(model, step)
    }
}
