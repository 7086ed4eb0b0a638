//! A world to be made, for a test.

use std::sync::Arc;
use std::time::Duration;

use tokio::runtime::Handle;

use crate::emulator::World;
use crate::emulator::activation::{ActivateError, named, written};
use crate::scenario::Scenario;
use crate::world::{NewWorld, NewWorldError, Worlds};

/// A world to be made. What is not said is chosen: a name that no other has, the emulator's seed.
#[derive(Debug)]
pub struct WorldBuilder {
    worlds: Arc<Worlds>,
    runtime: Handle,
    body_limit: usize,
    new: NewWorld,
    scenarios: Vec<Chosen>,
}

/// A scenario that is to be in force.
#[derive(Debug)]
enum Chosen {
    Named(String),
    Written(String),
}

/// Why a world was not made.
#[derive(Debug, thiserror::Error)]
pub enum CreateWorldError {
    /// Its name, or how many there are.
    #[error(transparent)]
    World(#[from] NewWorldError),
    /// A scenario that was to be in force.
    #[error(transparent)]
    Scenario(#[from] ActivateError),
    /// The emulator has been stopped.
    #[error("the emulator has been stopped; start another one")]
    Stopped,
}

impl WorldBuilder {
    pub(super) fn new(worlds: Arc<Worlds>, runtime: Handle, body_limit: usize) -> Self {
        Self {
            worlds,
            runtime,
            body_limit,
            new: NewWorld::default(),
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

    /// Puts the scenario of this name in force from the start, before those that were said before; it
    /// is in force again after [`World::reset`].
    #[must_use]
    pub fn scenario(mut self, name: impl Into<String>) -> Self {
        self.scenarios.push(Chosen::Named(name.into()));
        self
    }

    /// The same for one that this text of a scenario file says.
    #[must_use]
    pub fn scenario_yaml(mut self, text: impl Into<String>) -> Self {
        self.scenarios.push(Chosen::Written(text.into()));
        self
    }

    /// Makes it. It is deleted when what this returns is dropped.
    ///
    /// # Errors
    /// See [`CreateWorldError`]; nothing is left then.
    pub async fn create(self) -> Result<World, CreateWorldError> {
        let runtime = self.runtime.clone();
        let made = runtime.spawn_blocking(move || self.make()).await;
        made.map_err(|_| CreateWorldError::Stopped)?
    }

    fn make(self) -> Result<World, CreateWorldError> {
        let mut new = self.new;
        for chosen in &self.scenarios {
            new.scenarios.push(chosen.scenario(&self.worlds)?);
        }
        let world = self.worlds.create(new)?;
        // Dropped, and so deleted, if nobody waits for it any more.
        Ok(World::guest(
            world,
            self.worlds,
            self.runtime,
            self.body_limit,
        ))
    }
}

impl Chosen {
    fn scenario(&self, worlds: &Worlds) -> Result<Arc<Scenario>, ActivateError> {
        match self {
            Self::Named(name) => named(worlds.library(), name),
            // A world has the banks that the default one has.
            Self::Written(text) => written(text, &worlds.default_world().scenarios.banks()),
        }
    }
}
