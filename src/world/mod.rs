//! One isolated ecosystem: a directory, its banks, their clients, its scenarios, and a clock.

mod gate;
mod reset;
#[cfg(test)]
mod sample;
mod scenarios;
pub mod signed;
pub mod snapshot;
mod usage;
mod verify;
mod worlds;

use std::sync::Arc;

use certs_gen::{Authority, Error as CertificateError, Key, KeyAlgorithm};
use tokio::sync::watch;

use self::gate::{Alone, Gate, Here};
pub use self::reset::{Part, ResetError};
pub use self::scenarios::{RemoveError, Scenarios};
pub use self::usage::InUse;
use self::usage::Usage;
pub use self::verify::Deleted;
pub use self::worlds::{NewWorld, NewWorldError, Worlds};
use crate::bank::{Bank, BankParts, BankSlot};
use crate::clock::{Clock, Setting};
use crate::dialect::applicant::Applicant;
use crate::dialect::facts::Rules;
use crate::directory::outside::Outside;
use crate::directory::tpp::Tpp;
use crate::directory::{
    Directory, DirectoryKey, DirectoryParts, Identity, KeyPool, Minted, Revocations,
};
use crate::domain::certificate::ClientCertificate;
use crate::domain::client::AuthMethod;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::json::Object;
use crate::domain::jwk::{PublicKey, UnusableKey};
use crate::domain::urls::Urls;
use crate::journal::{Journal, JournalLimits};
use crate::scenario::Library;
use crate::store::MemoryStore;

/// Name of the world that is always there.
pub const DEFAULT: &str = "default";

/// How long registration requests made here live, in seconds.
pub const REQUEST_LIFETIME: i64 = 24 * 60 * 60;

/// One ecosystem.
#[derive(Debug)]
pub struct World {
    /// Its name.
    pub name: Arc<str>,
    /// What people call it.
    pub label: Option<String>,
    /// What decides whom its directory invents, and the draws of its scenarios.
    pub seed: u64,
    /// When it was made, on the system's clock: seconds since the epoch.
    pub created_at: i64,
    /// Its time.
    pub clock: Clock,
    /// Who vouches for its TPPs.
    pub directory: Arc<Directory>,
    /// Its banks, in the order in which they are listed.
    pub banks: Vec<Arc<BankSlot>>,
    /// What makes them misbehave.
    pub scenarios: Scenarios,
    /// What was asked and answered.
    pub journal: Journal,
    /// The URLs it advertises.
    pub urls: Arc<Urls>,
    /// The authority it shares with all others.
    pub authority: Arc<Authority>,
    /// How its clock stood at the start.
    first_clock: Setting,
    gate: Gate,
    usage: Arc<Usage>,
    ended: watch::Sender<bool>,
}

/// What a world is built from.
#[derive(Debug, Clone)]
pub struct WorldParts {
    /// The authority, shared by all worlds.
    pub authority: Arc<Authority>,
    /// The key of its directory, shared by all worlds.
    pub directory_key: DirectoryKey,
    /// Which world made which certificate, shared by all worlds.
    pub minted: Arc<Minted>,
    /// What the authority lists as revoked, shared by all worlds.
    pub revocations: Arc<Revocations>,
    /// Where its TPPs get their RSA keys.
    pub key_pool: KeyPool,
    /// Its time.
    pub clock: Clock,
    /// The URLs it advertises.
    pub urls: Arc<Urls>,
    /// What decides whom its directory invents.
    pub seed: u64,
    /// How many clients each of its banks holds at most.
    pub client_limit: usize,
    /// Whom its banks believe besides its own directory.
    pub outside: Outside,
    /// Its banks.
    pub banks: Vec<BankPlan>,
    /// The scenarios that can be put in force, shared by all worlds; its own stand before them.
    pub library: Arc<Library>,
    /// How much its journal keeps.
    pub journal: JournalLimits,
}

/// A bank to be made.
#[derive(Debug, Clone)]
pub struct BankPlan {
    /// Its id.
    pub id: String,
    /// Its path on both TLS listeners.
    pub base_path: String,
    /// The rules it follows.
    pub rules: Rules,
    /// Life of an access token, in seconds.
    pub token_lifetime: i64,
}

/// Why a world could not be made.
#[derive(Debug, thiserror::Error)]
pub enum WorldError {
    /// A bank's key could not be made.
    #[error(transparent)]
    Key(#[from] CertificateError),
    /// A bank's key could not be read back.
    #[error(transparent)]
    Unusable(#[from] UnusableKey),
}

impl World {
    /// A world without TPPs.
    ///
    /// # Errors
    /// See [`WorldError`].
    pub fn new(
        name: &str,
        label: Option<String>,
        mut parts: WorldParts,
    ) -> Result<Self, WorldError> {
        let plans = std::mem::take(&mut parts.banks);
        let directory = Arc::new(Directory::new(DirectoryParts {
            world: name.into(),
            authority: Arc::clone(&parts.authority),
            key: parts.directory_key,
            key_pool: parts.key_pool,
            clock: parts.clock.clone(),
            urls: Arc::clone(&parts.urls),
            seed: parts.seed,
            outside: parts.outside,
            minted: parts.minted,
            revocations: parts.revocations,
        }));
        let bank = |(ordinal, plan): (u64, BankPlan)| {
            let key = Key::generate(KeyAlgorithm::EcP256)?;
            // From the far end, so that it is no TPP's.
            let identity = Identity::invent(Ecosystem::Uk, parts.seed, u64::MAX - ordinal);
            Ok(Arc::new(BankSlot::new(Arc::new(Bank::new(BankParts {
                id: plan.id,
                base_path: plan.base_path,
                rules: plan.rules,
                token_lifetime: plan.token_lifetime,
                org_id: identity.org_id,
                trust: Arc::clone(&directory) as _,
                registry: Arc::clone(&directory) as _,
                store: Arc::new(MemoryStore::new(parts.client_limit)),
                clock: parts.clock.clone(),
                urls: Arc::clone(&parts.urls),
                signing_key: PublicKey::from_spki(&key.public_key_der())?,
            })))))
        };
        let banks: Result<Vec<_>, WorldError> = (0..).zip(plans).map(bank).collect();
        let banks = banks?;
        let scenarios = Scenarios::new(
            parts.library,
            parts.seed,
            parts.clock.clone(),
            banks.clone(),
        );
        Ok(Self {
            name: name.into(),
            label,
            seed: parts.seed,
            created_at: Clock::system().unix(),
            ended: watch::Sender::new(false),
            journal: Journal::new(parts.journal),
            gate: Gate::default(),
            usage: Arc::new(Usage::new()),
            first_clock: parts.clock.setting(),
            clock: parts.clock,
            banks,
            scenarios,
            directory,
            urls: parts.urls,
            authority: parts.authority,
        })
    }

    /// The claims of an ordinary registration request of a TPP at a bank.
    #[must_use]
    pub fn request_claims(
        &self,
        bank: &Bank,
        tpp: &Tpp,
        statement: &str,
        auth_method: AuthMethod,
    ) -> Object {
        let dialect = bank.dialect();
        let profile = tpp.profile();
        let transport = &profile.transport.certificate;
        let certificate = ClientCertificate::from_der(transport.der());
        let subject = certificate.map(|read| read.subject).unwrap_or_default();
        let applicant = Applicant {
            software_id: &tpp.identity.software_id,
            org_id: &tpp.identity.org_id,
            redirect_uris: &profile.redirect_uris,
            roles: &profile.roles,
            statement,
            subject_dn: transport.subject_dn(),
            subject: &subject,
            jwks_uri: &self.directory.key_set_uri(&tpp.identity),
            auth_method,
            audience: bank.org_id.as_str(),
            now: self.clock.unix(),
            lifetime: REQUEST_LIFETIME,
        };
        (dialect.request_claims)(dialect, &applicant)
    }

    /// Lets a request in. As long as it is held, nobody changes the world as a whole.
    pub async fn enter(&self) -> Here<'_> {
        self.gate.enter().await
    }

    /// Waits until every request that is in is out, and keeps others waiting for as long as it is held.
    pub async fn alone(&self) -> Alone<'_> {
        self.gate.alone().await
    }

    /// It is in use for as long as this is held: its life without being used begins when the last one
    /// is dropped.
    #[must_use]
    pub fn in_use(&self) -> InUse {
        self.usage.begin()
    }

    /// Tells whoever waits for something in this world that nothing will come any more.
    fn end(&self) {
        self.ended.send_replace(true);
    }

    /// Whether the world is deleted.
    #[must_use]
    pub fn has_ended(&self) -> bool {
        *self.ended.borrow()
    }

    /// Resolves when the world is deleted.
    pub async fn ended(&self) {
        let mut ended = self.ended.subscribe();
        // The sender lives as long as the world.
        let _ = ended.wait_for(|ended| *ended).await;
    }

    /// The bank with this id.
    #[must_use]
    pub fn bank(&self, id: &str) -> Option<Arc<Bank>> {
        self.banks().find(|bank| bank.id == id)
    }

    /// The banks as they are now, with the switches that scenarios set.
    pub fn banks(&self) -> impl Iterator<Item = Arc<Bank>> {
        self.banks.iter().map(|slot| slot.current())
    }
}
