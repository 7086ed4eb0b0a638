//! A world to be made, for a test.

use std::fmt;
use std::time::Duration;

use crate::config::{BankConfig, ConfigError, ScenarioRef};
use crate::domain::words::debug_as_display;
use crate::emulator::World;
use crate::emulator::activation::{ActivateError, Chosen, fresh_name};
use crate::emulator::host::{Host, ids, plan};
use crate::emulator::tasks::Stopped;
use crate::scenario::{Banks, KnownBank};
use crate::world::{BankPlan, NewWorld, NewWorldError};

/// A world to be made. What is not said is chosen: a name that no other has, the emulator's seed.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use aspsp_emulator::{BankConfig, Emulator, Strictness, dialect};
///
/// let emulator = Emulator::builder().start().await?;
/// let strict = BankConfig {
///     id: "strict-bank".to_owned(),
///     base_path: "/strict-bank".to_owned(),
///     strictness: Some(Strictness::Strict),
///     ..BankConfig::of(&dialect::uk_ob_3_3::DIALECT)
/// };
/// let builder = emulator.world_builder().name("mine").seed(7).bank(strict);
/// let world = builder.scenario("throttled-429").create().await?;
/// assert!(world.url("strict-bank").ends_with("/w/mine/strict-bank"));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
pub struct WorldBuilder {
    host: Host,
    new: NewWorld,
    banks: Vec<BankConfig>,
    scenarios: Vec<ScenarioRef>,
}

impl fmt::Debug for WorldBuilder {
    /// In a line: a test that fails may print it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("WorldBuilder")
            .field("name", &self.new.name)
            .field("seed", &self.new.seed)
            .field("banks", &ids(&self.banks))
            .finish_non_exhaustive()
    }
}

/// Why a world was not made.
#[derive(thiserror::Error)]
pub enum CreateWorldError {
    /// Its name, or how many there are.
    #[error(transparent)]
    World(#[from] NewWorldError),
    /// A bank that cannot be.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A life of no length.
    #[error("a world that lives 0 s is none: give it a longer `ttl`, or none")]
    NoLife,
    /// A scenario that was to be in force.
    #[error(transparent)]
    Scenario(#[from] ActivateError),
    /// The emulator has been stopped.
    #[error("the emulator has been stopped; start another one")]
    Stopped,
}

debug_as_display!(CreateWorldError);

impl WorldBuilder {
    pub(super) fn new(host: Host) -> Self {
        Self {
            host,
            new: NewWorld::default(),
            banks: Vec::new(),
            scenarios: Vec::new(),
        }
    }

    /// Its name, 1 to 63 lower-case letters, digits and hyphens, as it stands in URLs.
    #[must_use]
    pub fn name(mut self, name: impl Into<String>) -> Self {
        self.new.name = Some(name.into());
        self
    }

    /// What people call it.
    #[must_use]
    pub fn label(mut self, label: impl Into<String>) -> Self {
        self.new.label = Some(label.into());
        self
    }

    /// What decides whom its directory invents, and the draws of its scenarios.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.new.seed = Some(seed);
        self
    }

    /// Deletes it, too, when nobody has asked anything of it for so long, in real time.
    #[must_use]
    pub fn ttl(mut self, ttl: Duration) -> Self {
        self.new.ttl = Some(ttl);
        self
    }

    /// One more bank than those of the emulator, or another one in place of that with its id.
    #[must_use]
    pub fn bank(mut self, bank: BankConfig) -> Self {
        self.banks.push(bank);
        self
    }

    /// Puts a scenario in force from the start, before those that were said before: a built-in one by
    /// its name, or one by its file. It is in force again after [`World::reset`].
    #[must_use]
    pub fn scenario(mut self, name_or_file: &str) -> Self {
        self.scenarios.push(ScenarioRef::parse(name_or_file));
        self
    }

    /// The same for one that this text of a scenario file says. If it gives itself no name, it is
    /// `scenario`, or the first of `scenario-2`, `scenario-3` and so on that is free.
    #[must_use]
    pub fn scenario_yaml(mut self, text: impl Into<String>) -> Self {
        self.scenarios.push(ScenarioRef::Text(text.into()));
        self
    }

    /// Makes it. It is deleted when what this returns is dropped.
    ///
    /// # Errors
    /// See [`CreateWorldError`]; nothing is left then.
    pub async fn create(self) -> Result<World, CreateWorldError> {
        let tasks = self.host.tasks.clone();
        let made = tasks.run_blocking(move || self.make()).await;
        made.map_err(|Stopped| CreateWorldError::Stopped)?
    }

    fn make(self) -> Result<World, CreateWorldError> {
        let mut new = self.new;
        if new.ttl.is_some_and(|ttl| ttl.is_zero()) {
            return Err(CreateWorldError::NoLife);
        }
        let plans = plans(&self.host, &self.banks)?;
        let library = self.host.worlds.library();
        for reference in &self.scenarios {
            let is_taken = |name: &str| {
                let mut names = new.scenarios.iter().map(|scenario| &scenario.name);
                names.any(|other| other == name) || library.get(name).is_some()
            };
            let unnamed = fresh_name(is_taken);
            let chosen = Chosen::find(reference, &unnamed, library, &known(&plans))?;
            new.scenarios.push(chosen.scenario);
        }
        new.banks = Some(plans);
        let world = self.host.worlds.create(new)?;
        // Dropped, and so deleted, if nobody waits for it any more.
        Ok(World::guest(world, self.host))
    }
}

/// The banks of the emulator, and these.
fn plans(host: &Host, banks: &[BankConfig]) -> Result<Vec<BankPlan>, ConfigError> {
    let mut plans = host.worlds.configured_banks().to_vec();
    for bank in banks {
        let bank = plan(bank, host.strictness);
        match plans.iter_mut().find(|known| known.id == bank.id) {
            Some(known) => *known = bank,
            None => plans.push(bank),
        }
    }
    for bank in banks {
        let others = plans.iter().filter(|plan| plan.id != bank.id);
        bank.check(others.map(|plan| (plan.id.as_str(), plan.base_path.as_str())))?;
    }
    Ok(plans)
}

/// What rules can meet there.
fn known(plans: &[BankPlan]) -> Banks {
    Banks::new(plans.iter().map(|plan| KnownBank {
        id: plan.id.clone(),
        base_path: plan.base_path.clone(),
        dialect: plan.rules.dialect,
    }))
}
