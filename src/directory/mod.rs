//! The directory that vouches for TPPs: organisations, software statements, keys.
//!
//! It makes TPPs ([`TppPlan`] to [`Tpp`]), lists them, publishes their keys, signs statements about
//! them, and is what the banks of its world believe ([`Trust`](crate::dialect::trust::Trust)).

mod births;
pub mod credential;
mod fetch;
pub mod identity;
mod invented;
pub mod key_pool;
pub mod outside;
pub mod plan;
mod registry;
pub mod signer;
pub mod statement;
mod stores;
pub mod tpp;
mod trust;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use certs_gen::{Authority, Flaw};
use dashmap::{DashMap, Entry as Place};

use self::births::Issued;
use self::credential::GivenKey;
pub use self::identity::Identity;
pub use self::key_pool::KeyPool;
use self::outside::{Outside, OutsideDirectories};
use self::plan::TppPlan;
use self::signer::{DirectoryError, DirectoryKey};
use self::statement::uk::ISSUER;
pub use self::stores::KeyStore;
use self::stores::Listed;
use self::tpp::Tpp;
use crate::clock::Clock;
use crate::dialect::registry::Entry;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::SoftwareId;
use crate::domain::urls::Urls;

/// A directory of UK and Brazilian software.
pub struct Directory {
    authority: Arc<Authority>,
    clock: Clock,
    urls: Arc<Urls>,
    key_pool: KeyPool,
    seed: u64,
    /// How many identities were invented, for each ecosystem.
    ordinals: [AtomicU64; 2],
    issuers: Vec<String>,
    key: DirectoryKey,
    software: DashMap<SoftwareId, Listed>,
    /// How many were added to `software`.
    added: AtomicU64,
    /// Entries without keys, made when they are first asked for.
    invented: OnceLock<Vec<Arc<Entry>>>,
    outside: OutsideDirectories,
    /// Transport certificates by their `x5t#S256`.
    issued: DashMap<String, Issued>,
}

impl fmt::Debug for Directory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Directory").finish_non_exhaustive()
    }
}

impl Directory {
    /// A directory without TPPs. `seed` decides whom it invents; `outside` are the others whose
    /// statements count.
    #[must_use]
    pub fn new(
        authority: Arc<Authority>,
        key_pool: KeyPool,
        clock: Clock,
        urls: Arc<Urls>,
        seed: u64,
        outside: Outside,
    ) -> Self {
        Self {
            key: DirectoryKey::new(Arc::clone(&authority)),
            outside: OutsideDirectories::new(outside, clock.unix_millis()),
            authority,
            clock,
            urls,
            key_pool,
            seed,
            ordinals: Default::default(),
            issuers: vec![ISSUER.to_owned()],
            software: DashMap::new(),
            added: AtomicU64::new(0),
            invented: OnceLock::new(),
            issued: DashMap::new(),
        }
    }

    /// Makes a TPP and, unless it is foreign, lists it. Blocks while RSA keys are made.
    ///
    /// # Errors
    /// See [`DirectoryError`].
    pub fn add(&self, plan: TppPlan) -> Result<Arc<Tpp>, DirectoryError> {
        let is_foreign = plan.is_foreign;
        let is_transport_its_own = plan.transport_flaw != Some(Flaw::WrongOrg);
        let is_certificate_given = matches!(plan.transport_key, Some(GivenKey::Certified { .. }));
        let tpp = Arc::new(self.enrol(plan)?);
        if !is_foreign {
            let software_id = tpp.identity.software_id.clone();
            match self.software.entry(software_id) {
                // Somebody was faster.
                Place::Occupied(taken) => {
                    return Err(DirectoryError::AlreadyListed(taken.key().clone()));
                }
                Place::Vacant(place) => {
                    let position = self.added.fetch_add(1, Ordering::Relaxed);
                    let now = self.clock.unix_millis();
                    place.insert(Listed::new(position, &tpp, is_transport_its_own, now));
                }
            }
        }
        self.note_transport(&tpp, is_transport_its_own, is_certificate_given);
        Ok(tpp)
    }

    /// Whether a software has this id, invented ones included.
    fn lists(&self, software: &SoftwareId) -> bool {
        self.software.contains_key(software) || self.invented_entry(software).is_some()
    }

    /// The next identity that no listed software has.
    pub(crate) fn next_identity(&self, ecosystem: Ecosystem) -> Identity {
        let ordinal = match ecosystem {
            Ecosystem::Uk => &self.ordinals[0],
            Ecosystem::Brazil => &self.ordinals[1],
        };
        loop {
            let ordinal = ordinal.fetch_add(1, Ordering::Relaxed);
            let identity = Identity::invent(ecosystem, self.seed, ordinal);
            // A kit that is taken up again has one already.
            if !self.lists(&identity.software_id) {
                return identity;
            }
        }
    }

    fn key(&self) -> &DirectoryKey {
        &self.key
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn urls(&self) -> &Urls {
        &self.urls
    }

    pub(crate) fn key_pool(&self) -> &KeyPool {
        &self.key_pool
    }
}
