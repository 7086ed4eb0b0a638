//! The directory that vouches for TPPs: organisations, software statements, keys.
//!
//! It makes TPPs ([`TppPlan`] to [`Tpp`]), lists them, publishes their keys, signs statements about
//! them, and is what the banks of its world believe ([`Trust`](crate::dialect::trust::Trust)).

mod births;
pub mod changes;
pub mod credential;
mod fetch;
pub mod identity;
mod invented;
pub mod key_pool;
pub mod minted;
pub mod outside;
pub mod plan;
mod profile;
mod registry;
mod residents;
pub mod revocations;
mod revoked;
pub mod rotation;
pub mod signer;
pub mod statement;
mod stores;
pub mod tpp;
mod trust;
pub mod whole;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock};

use certs_gen::{Authority, Flaw, Mark};
use dashmap::{DashMap, Entry as Place};

use self::births::{Birth, Issued};
use self::credential::GivenKey;
pub use self::identity::Identity;
pub use self::key_pool::KeyPool;
pub use self::minted::{Minted, Minting};
use self::outside::{Outside, OutsideDirectories};
use self::plan::TppPlan;
pub use self::revocations::Revocations;
use self::revoked::Revoked;
use self::signer::DirectoryError;
pub use self::signer::DirectoryKey;
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
    world: Arc<str>,
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
    minted: Arc<Minted>,
    revocations: Arc<Revocations>,
    revoked: Revoked,
    /// What the serial numbers of this world's own certificates are known by.
    mark: Mark,
}

/// What a directory is built from.
#[derive(Debug)]
pub struct DirectoryParts {
    /// The name of its world.
    pub world: Arc<str>,
    /// The authority, shared by all worlds.
    pub authority: Arc<Authority>,
    /// The key that signs statements, shared by all worlds.
    pub key: DirectoryKey,
    /// Where its TPPs get their RSA keys.
    pub key_pool: KeyPool,
    /// Its world's time.
    pub clock: Clock,
    /// The URLs it advertises.
    pub urls: Arc<Urls>,
    /// What decides whom it invents.
    pub seed: u64,
    /// The others whose statements count.
    pub outside: Outside,
    /// Which world made which certificate, shared by all worlds.
    pub minted: Arc<Minted>,
    /// What the authority lists as revoked, shared by all worlds.
    pub revocations: Arc<Revocations>,
}

impl fmt::Debug for Directory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Directory").finish_non_exhaustive()
    }
}

impl Directory {
    /// A directory without TPPs.
    #[must_use]
    pub fn new(parts: DirectoryParts) -> Self {
        let mark: Mark = rand::random();
        parts.minted.begin(mark, &parts.world);
        Self {
            mark,
            world: parts.world,
            key: parts.key,
            outside: OutsideDirectories::new(parts.outside, parts.clock.unix_millis()),
            authority: parts.authority,
            clock: parts.clock,
            urls: parts.urls,
            key_pool: parts.key_pool,
            seed: parts.seed,
            ordinals: Default::default(),
            issuers: vec![ISSUER.to_owned()],
            software: DashMap::new(),
            added: AtomicU64::new(0),
            invented: OnceLock::new(),
            issued: DashMap::new(),
            minted: parts.minted,
            revocations: parts.revocations,
            revoked: Revoked::default(),
        }
    }

    /// Makes a TPP and, unless it is foreign, lists it. Blocks while RSA keys are made.
    ///
    /// # Errors
    /// See [`DirectoryError`].
    pub fn add(&self, plan: TppPlan) -> Result<Arc<Tpp>, DirectoryError> {
        let is_foreign = plan.is_foreign;
        let flaw = plan.transport_flaw;
        let birth = match plan.transport_key {
            Some(GivenKey::Certified { .. }) => Birth::WithItsCertificate,
            _ => Birth::Now,
        };
        let tpp = Arc::new(self.enrol(plan)?);
        let transport = tpp.transport();
        if flaw == Some(Flaw::Revoked) {
            self.note_revoked(transport.certificate.serial())?;
        }
        if !is_foreign {
            self.list(&tpp, flaw)?;
        }
        self.note_transport(&tpp, &transport, flaw, birth);
        Ok(tpp)
    }

    /// `flaw`: that of the transport certificate.
    fn list(&self, tpp: &Arc<Tpp>, flaw: Option<Flaw>) -> Result<(), DirectoryError> {
        match self.software.entry(tpp.identity.software_id.clone()) {
            // Somebody was faster.
            Place::Occupied(taken) => Err(DirectoryError::AlreadyListed(taken.key().clone())),
            Place::Vacant(place) => {
                let position = self.added.fetch_add(1, Ordering::Relaxed);
                let now = self.clock.unix_millis();
                place.insert(Listed::new(position, tpp, flaw, now));
                Ok(())
            }
        }
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
