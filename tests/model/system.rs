//! The world under test, and how each step is taken in it.

use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::sync::atomic::{AtomicU32, Ordering};

use aspsp_emulator::domain::ids::ClientId;
use aspsp_emulator::{
    ClientStatus, Ecosystem, Emulator, Key, KeyAlgorithm, Part, Snapshot, Tpp, World,
};
use proptest_state_machine::StateMachineTest;
use reqwest::Client;
use tempfile::TempDir;
use time::OffsetDateTime;
use tokio::runtime::{Builder, Runtime};

use crate::asking;
use crate::audit;
use crate::banks::{Bank, REDIRECT_URIS, Who};
use crate::faults;
use crate::reference::Model;
use crate::step::{Act, Call, ClientName, Step, TokenName};

/// The emulator of all cases, with its folder of scenarios, and what clients run on.
struct Stage {
    emulator: Emulator,
    runtime: Runtime,
    _scenarios: TempDir,
}

static STAGE: LazyLock<Stage> = LazyLock::new(|| {
    let scenarios = tempfile::tempdir().unwrap();
    faults::write(scenarios.path());
    let builder = Emulator::builder().scenario_dir(scenarios.path());
    Stage {
        emulator: builder.start_blocking().unwrap(),
        runtime: Builder::new_current_thread().enable_all().build().unwrap(),
        _scenarios: scenarios,
    }
});

/// A TPP with the connection that it keeps.
pub struct Caller {
    pub tpp: Tpp,
    pub http: Client,
}

/// A world, and what the TPPs remember.
pub struct System {
    pub world: World,
    callers: BTreeMap<(Who, bool), Caller>,
    pub control: Client,
    /// Ids of clients: told by the bank, or found out by its operator.
    pub ids: BTreeMap<ClientName, String>,
    pub tokens: BTreeMap<TokenName, String>,
    snapshot: Option<Snapshot>,
    start: OffsetDateTime,
    /// Requests that only look whether all is as it must be.
    looks: AtomicU32,
}

impl System {
    async fn new(speaks_http2: bool) -> Self {
        let world = STAGE.emulator.world().await.unwrap();
        // No token expires because the machine is slow.
        world.clock().freeze();
        let mut system = Self {
            start: world.clock().now(),
            control: asking::control_client(),
            callers: BTreeMap::new(),
            ids: BTreeMap::new(),
            tokens: BTreeMap::new(),
            snapshot: None,
            looks: AtomicU32::new(0),
            world,
        };
        for who in Who::BOTH {
            for ecosystem in [Ecosystem::Uk, Ecosystem::Brazil] {
                // No key is shared: whoever has a key of a software is that software.
                let [transport, signing] =
                    [(); 2].map(|()| Key::generate(KeyAlgorithm::EcP256).unwrap());
                let tpp = system.world.tpp().ecosystem(ecosystem);
                let tpp = tpp.transport_key(transport).signing_key(signing);
                let tpp = REDIRECT_URIS
                    .iter()
                    .fold(tpp, |tpp, uri| tpp.redirect_uri(*uri));
                let tpp = tpp.create().await.unwrap();
                let http = asking::tpp_client(&tpp, speaks_http2);
                let is_brazilian = ecosystem == Ecosystem::Brazil;
                system
                    .callers
                    .insert((who, is_brazilian), Caller { tpp, http });
            }
            let software = system
                .caller(Bank::Directory, who)
                .tpp
                .software_id()
                .to_string();
            system.ids.insert(ClientName::Listed(who), software);
        }
        system
    }

    pub fn caller(&self, bank: Bank, who: Who) -> &Caller {
        &self.callers[&(who, bank.ecosystem() == Ecosystem::Brazil)]
    }

    /// Where the control API knows this world.
    pub fn control_url(&self) -> String {
        let control = STAGE.emulator.addresses().control;
        format!("http://{control}/api/worlds/{}", self.world.name())
    }

    /// The step fails the case, with the story of the last exchange.
    pub fn fail(&self, why: &str) -> ! {
        let stories = self.world.stories();
        let last = stories.last().map_or("nothing was asked", String::as_str);
        panic!("{why}\n{last}");
    }

    /// An interaction id for a request that only looks.
    pub fn fresh_id(&self) -> String {
        format!("look-{}", self.looks.fetch_add(1, Ordering::Relaxed))
    }

    /// The step fails the case, unless this holds.
    pub fn expect(&self, holds: bool, why: impl FnOnce() -> String) {
        if !holds {
            self.fail(&why());
        }
    }

    async fn take(&mut self, step: &Step, model: &Model) {
        match step {
            Step::Call(call) => self.call(call, model).await,
            Step::Wait(seconds) => {
                let by = std::time::Duration::from_secs(*seconds);
                self.world.clock().advance(by);
            }
            Step::PutInForce(standing) => {
                self.world.activate(&standing.scenario()).unwrap();
            }
            Step::TakeOutOfForce => self.take_all_out_of_force(),
            Step::Operate(act, bank, client) => self.operate(*act, *bank, *client).await,
            Step::Reset(part) => self.reset(*part).await,
            Step::Keep => self.snapshot = Some(self.world.snapshot().await),
            Step::PutBack => {
                let snapshot = self.snapshot.clone().unwrap();
                self.world.restore(snapshot).await.unwrap();
            }
        }
    }

    fn take_all_out_of_force(&self) {
        let standing = faults::all_standing().filter(|name| self.world.deactivate(name).is_ok());
        self.expect(standing.count() == 1, || {
            "another number of scenarios in force than one".to_owned()
        });
    }

    async fn call(&mut self, call: &Call, model: &Model) {
        let fault = call.fault.map(faults::Fault::scenario);
        // What is in force already cannot be put in force a second time.
        let is_standing = model.standing().map(faults::Standing::scenario) == fault;
        let in_force = fault.as_ref().filter(|_| call.in_force && !is_standing);
        if let Some(name) = in_force {
            self.world.activate(name).unwrap();
        }
        let chosen = fault.as_deref().filter(|_| in_force.is_none());
        let seen = asking::send(self, call, chosen).await;
        if let Some(name) = in_force {
            self.world.deactivate(name).unwrap();
        }
        self.judge(call, model, seen.as_ref());
        self.check_journal(call, model, seen.as_ref()).await;
    }

    async fn operate(&self, act: Act, bank: Bank, client: ClientName) {
        let id = &self.ids[&client];
        let url = format!("{}/banks/{}/clients/{id}", self.control_url(), bank.id());
        let request = match act {
            Act::RevokeTokens => self.control.delete(format!("{url}/tokens")),
            Act::Remove => self.control.delete(url),
            Act::Suspend | Act::Reinstate => {
                let status = match act {
                    Act::Suspend => ClientStatus::Suspended,
                    _ => ClientStatus::Active,
                };
                let id = ClientId::new(id.as_str());
                let is_there = self.world.set_client_status(bank.id(), &id, status).await;
                self.expect(is_there == Ok(true), || "no such client".to_owned());
                return;
            }
        };
        let answer = request.send().await.unwrap();
        self.expect(answer.status() == 204, || format!("{answer:?}"));
    }

    async fn reset(&self, part: Part) {
        self.world.reset_parts(&[part]).await.unwrap();
        if part == Part::Clock {
            // It runs again, and is with the system's time, as it was before it was stopped.
            let setting = self.world.clock().setting();
            self.expect(
                setting.offset.is_zero() && setting.frozen_at.is_none(),
                || format!("the clock stands at {setting:?}"),
            );
            self.world.clock().freeze_at(self.start).unwrap();
        }
    }
}

impl StateMachineTest for System {
    type SystemUnderTest = System;
    type Reference = Model;

    fn init_test(model: &Model) -> System {
        STAGE.runtime.block_on(System::new(model.speaks_http2))
    }

    fn apply(mut system: System, model: &Model, step: Step) -> System {
        STAGE.runtime.block_on(async {
            system.take(&step, model).await;
            audit::compare(&mut system, model, &step).await;
        });
        // One that is static is never dropped, so nobody else says so.
        assert_eq!(STAGE.emulator.panics(), [""; 0]);
        system
    }
}
