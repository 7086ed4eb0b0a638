//! The worlds of one emulator.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use dashmap::{DashMap, Entry};
use uuid::Uuid;

use crate::clock::Clock;
use crate::directory::Minting;
use crate::directory::signer::DirectoryError;
use crate::directory::tpp::Tpp;
use crate::domain::certificate::ClientCertificate;
use crate::scenario::{Library, Scenario};
use crate::world::{BankPlan, DEFAULT, World, WorldError, WorldParts};

/// The worlds of one emulator: the default one, and those that were made since.
#[derive(Debug)]
pub struct Worlds {
    default: Arc<World>,
    others: DashMap<Arc<str>, Hosted>,
    recipe: WorldParts,
    /// In force in every world, from its start.
    from_start: Vec<Arc<Scenario>>,
    /// The TPPs that every world knows.
    residents: OnceLock<Vec<Arc<Tpp>>>,
    limit: usize,
    /// Held while a world is counted in, so that there are never more than the limit.
    hosting: Mutex<()>,
    /// Exchanges that the journals of worlds that are gone had dropped.
    dropped_before: AtomicU64,
}

/// A world with its life.
#[derive(Debug)]
struct Hosted {
    world: Arc<World>,
    ttl: Option<Duration>,
}

/// A world to be made. What is left out is chosen.
#[derive(Debug, Clone, Default)]
pub struct NewWorld {
    /// Its name.
    pub name: Option<String>,
    /// What people call it.
    pub label: Option<String>,
    /// What decides whom its directory invents, and its draws.
    pub seed: Option<u64>,
    /// How long it lives without being used, in real time; to be in use counts, however long that
    /// lasts.
    pub ttl: Option<Duration>,
    /// Its banks, in place of those of the settings.
    pub banks: Option<Vec<BankPlan>>,
    /// In force from its start, and tried before those that every world starts with, the last one
    /// first.
    pub scenarios: Vec<Arc<Scenario>>,
}

/// Why a world was not made.
#[derive(Debug, thiserror::Error)]
pub enum NewWorldError {
    /// A name that cannot stand in a URL.
    #[error("`{0}` is no name for a world: 1 to 63 lower-case letters, digits and hyphens")]
    BadName(String),
    /// There is one of that name.
    #[error("there is a world `{0}` already: delete it, or choose another name")]
    Taken(String),
    /// There are as many as there may be.
    #[error("there are {0} worlds, as many as there may be: delete one, or raise `limits.worlds`")]
    Full(usize),
    /// It could not be made.
    #[error(transparent)]
    World(#[from] WorldError),
    /// It could not take in the TPPs that every world knows.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

impl Worlds {
    /// Only the default one, made from `recipe`; `from_start` is in force there and in every world that
    /// is made. At most `limit` worlds at one time.
    ///
    /// # Errors
    /// See [`WorldError`].
    pub fn new(
        recipe: WorldParts,
        from_start: Vec<Arc<Scenario>>,
        limit: usize,
    ) -> Result<Self, WorldError> {
        let default = Arc::new(World::new(DEFAULT, None, recipe.clone())?);
        for scenario in &from_start {
            default.scenarios.start_with(Arc::clone(scenario));
        }
        Ok(Self {
            default,
            others: DashMap::new(),
            recipe,
            from_start,
            residents: OnceLock::new(),
            limit,
            hosting: Mutex::default(),
            dropped_before: AtomicU64::new(0),
        })
    }

    /// The TPPs of the default world, as they are now, are known in every world from now on. Only the
    /// first call counts.
    pub fn settle(&self) {
        self.residents.get_or_init(|| self.default.directory.tpps());
    }

    /// Makes a world. Takes about a millisecond.
    ///
    /// # Errors
    /// See [`NewWorldError`]; nothing is made then.
    pub fn create(&self, new: NewWorld) -> Result<Arc<World>, NewWorldError> {
        let name = match new.name {
            Some(name) if !is_name(&name) => return Err(NewWorldError::BadName(name)),
            Some(name) => name,
            None => fresh_name(),
        };
        if name == DEFAULT || self.others.contains_key(name.as_str()) {
            return Err(NewWorldError::Taken(name));
        }
        if self.len() >= self.limit {
            return Err(NewWorldError::Full(self.limit));
        }
        let mut parts = self.recipe.clone();
        parts.clock = Clock::system();
        parts.urls = Arc::new(parts.urls.of_world(&name));
        parts.seed = new.seed.unwrap_or(parts.seed);
        parts.banks = new.banks.unwrap_or(parts.banks);
        let world = Arc::new(World::new(&name, new.label, parts)?);
        for resident in self.residents.get().into_iter().flatten() {
            world.directory.adopt(resident)?;
        }
        for scenario in self.starting(new.scenarios) {
            world.scenarios.start_with(scenario);
        }
        self.host(&world, new.ttl)?;
        Ok(world)
    }

    /// What is in force in a world from its start: its own and that of every world, in the order in
    /// which it is tried.
    fn starting(&self, own: Vec<Arc<Scenario>>) -> Vec<Arc<Scenario>> {
        let mut starting: Vec<Arc<Scenario>> = Vec::new();
        let of_all = self.from_start.iter().map(|scenario| {
            // Its file may have changed since.
            let current = self.recipe.library.get(&scenario.name);
            current.unwrap_or_else(|| Arc::clone(scenario))
        });
        for scenario in own.into_iter().rev().chain(of_all) {
            if !starting.iter().any(|other| other.name == scenario.name) {
                starting.push(scenario);
            }
        }
        starting
    }

    fn host(&self, world: &Arc<World>, ttl: Option<Duration>) -> Result<(), NewWorldError> {
        let _held = self.hosting.lock().unwrap_or_else(PoisonError::into_inner);
        if self.len() >= self.limit {
            return Err(NewWorldError::Full(self.limit));
        }
        match self.others.entry(Arc::clone(&world.name)) {
            // Somebody was faster.
            Entry::Occupied(_) => Err(NewWorldError::Taken(world.name.to_string())),
            Entry::Vacant(place) => {
                place.insert(Hosted {
                    world: Arc::clone(world),
                    ttl,
                });
                Ok(())
            }
        }
    }

    /// Ends a world and forgets all of it, once the requests that are in are answered; whether it was
    /// there. The default one stays.
    pub async fn delete(&self, name: &str) -> bool {
        let Some((_, hosted)) = self.others.remove(name) else {
            return false;
        };
        self.bury(&hosted.world).await;
        true
    }

    /// Takes a world out, so that no more requests come to it; whether it was there. Another one that
    /// has its name by now stays. [`Worlds::bury`] has to follow.
    pub fn take_out(&self, world: &Arc<World>) -> bool {
        let is_it = |_: &Arc<str>, hosted: &Hosted| Arc::ptr_eq(&hosted.world, world);
        self.others.remove_if(&world.name, is_it).is_some()
    }

    /// Ends a world that was taken out, and forgets all of it, once the requests that are in are
    /// answered.
    pub async fn bury(&self, world: &World) {
        world.end();
        let _alone = world.alone().await;
        self.dropped_before
            .fetch_add(world.journal.dropped(), Ordering::Relaxed);
        if let Err(error) = world.directory.clear() {
            tracing::error!(world = %world.name, %error, "revocations of a deleted world");
        }
    }

    /// Deletes the worlds that were not used for as long as they live, at `now`; none that is in use.
    pub async fn sweep(&self, now: Instant) {
        let is_over = |hosted: &Hosted| {
            let unused = hosted.world.usage.unused_for(now);
            hosted.ttl.is_some_and(|ttl| unused >= ttl)
        };
        let over: Vec<Arc<str>> = self
            .others
            .iter()
            .filter(|hosted| is_over(hosted))
            .map(|hosted| Arc::clone(hosted.key()))
            .collect();
        for name in over {
            // It may have been used since it was looked at.
            let removed = self.others.remove_if(&name, |_, hosted| is_over(hosted));
            if let Some((_, hosted)) = removed {
                tracing::info!(world = %name, "its time to live is over");
                self.bury(&hosted.world).await;
            }
        }
    }

    /// The world that is always there.
    #[must_use]
    pub fn default_world(&self) -> &Arc<World> {
        &self.default
    }

    /// The world of this name. To ask for it is to use it.
    #[must_use]
    pub fn world(&self, name: &str) -> Option<Arc<World>> {
        self.world_used_at(name, Clock::moment())
    }

    fn world_used_at(&self, name: &str, now: Instant) -> Option<Arc<World>> {
        if name == DEFAULT {
            return Some(Arc::clone(&self.default));
        }
        let hosted = self.others.get(name)?;
        hosted.world.usage.note(now);
        Some(Arc::clone(&hosted.world))
    }

    /// How long a world lives without being used, if it does not live until it is deleted.
    #[must_use]
    pub fn ttl(&self, name: &str) -> Option<Duration> {
        self.others.get(name)?.ttl
    }

    /// All worlds: the default one, then the others by name.
    #[must_use]
    pub fn all(&self) -> Vec<Arc<World>> {
        let others = self.others.iter().map(|hosted| Arc::clone(&hosted.world));
        let mut others: Vec<Arc<World>> = others.collect();
        others.sort_unstable_by(|one, other| one.name.cmp(&other.name));
        let default = std::iter::once(Arc::clone(&self.default));
        default.chain(others).collect()
    }

    /// How many there are.
    #[must_use]
    #[expect(
        clippy::len_without_is_empty,
        reason = "the default one is always there"
    )]
    pub fn len(&self) -> usize {
        self.others.len() + 1
    }

    /// The world that a client certificate belongs to: that which minted it, whether or not its TPP is
    /// still there, and the default one for those that no world minted. `None` if that world is gone.
    #[must_use]
    pub fn home(&self, certificate: &ClientCertificate) -> Option<Arc<World>> {
        let recipe = &self.recipe;
        match recipe.minted.of(&recipe.authority, certificate) {
            Minting::Nobodys => Some(Arc::clone(&self.default)),
            Minting::Of(worlds) => worlds.iter().find_map(|name| self.world(name)),
            Minting::Orphaned(name) => self.world(&name),
            Minting::Lost => None,
        }
    }

    /// Whether the client certificate must be known before a rule can decide about a handshake at the
    /// mutual TLS listener: where a rule looks at it, or where it says whose rules they are.
    #[must_use]
    pub fn wants_certificate(&self) -> bool {
        if self.others.is_empty() {
            return self.default.scenarios.wants_certificate();
        }
        let is_concerned = |world: &World| world.scenarios.concerns_handshakes();
        is_concerned(&self.default) || self.others.iter().any(|hosted| is_concerned(&hosted.world))
    }

    /// The scenarios that a world can start with: the built-in ones and those of files.
    #[must_use]
    pub fn library(&self) -> &Library {
        &self.recipe.library
    }

    /// The banks that the settings give to worlds.
    #[must_use]
    pub fn configured_banks(&self) -> &[BankPlan] {
        &self.recipe.banks
    }

    /// Exchanges that made room for others in the journals of all worlds that ever were.
    #[must_use]
    pub fn journal_drops(&self) -> u64 {
        let now: u64 = self.all().iter().map(|world| world.journal.dropped()).sum();
        now + self.dropped_before.load(Ordering::Relaxed)
    }
}

/// Whether a world can have this name: it stands in URLs.
fn is_name(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    (1..=63).contains(&name.len()) && name.bytes().all(is_plain)
}

/// 64 random bits, so that nobody has it.
fn fresh_name() -> String {
    let random = Uuid::new_v4().simple().to_string();
    format!("w-{}", random.get(..16).unwrap_or(&random))
}

#[cfg(test)]
mod tests;
