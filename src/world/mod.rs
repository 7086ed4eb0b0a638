//! One isolated ecosystem: a directory, its banks, their clients, its scenarios, and a clock.

mod scenarios;
mod worlds;

use std::sync::Arc;

use certs_gen::{Authority, Error as CertificateError, Key, KeyAlgorithm};

pub use self::scenarios::Scenarios;
pub use self::worlds::Worlds;
use crate::bank::{Bank, BankParts, BankSlot};
use crate::clock::Clock;
use crate::dialect::applicant::Applicant;
use crate::dialect::facts::Rules;
use crate::directory::outside::Outside;
use crate::directory::tpp::Tpp;
use crate::directory::{Directory, Identity, KeyPool};
use crate::domain::certificate::ClientCertificate;
use crate::domain::client::AuthMethod;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::json::Object;
use crate::domain::jwk::{PublicKey, UnusableKey};
use crate::domain::urls::Urls;
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
    pub name: String,
    /// Its time.
    pub clock: Clock,
    /// Who vouches for its TPPs.
    pub directory: Arc<Directory>,
    /// Its banks, in the order in which they are listed.
    pub banks: Vec<Arc<BankSlot>>,
    /// What makes them misbehave.
    pub scenarios: Scenarios,
    /// The URLs it advertises.
    pub urls: Arc<Urls>,
    /// The authority it shares with all others.
    pub authority: Arc<Authority>,
}

/// What a world is built from.
#[derive(Debug)]
pub struct WorldParts {
    /// The authority, shared by all worlds.
    pub authority: Arc<Authority>,
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
    /// The scenarios that can be put in force, shared by all worlds.
    pub library: Arc<Library>,
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
    pub fn new(name: &str, mut parts: WorldParts) -> Result<Self, WorldError> {
        let plans = std::mem::take(&mut parts.banks);
        let directory = Arc::new(Directory::new(
            Arc::clone(&parts.authority),
            parts.key_pool,
            parts.clock.clone(),
            Arc::clone(&parts.urls),
            parts.seed,
            parts.outside,
        ));
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
            name: name.to_owned(),
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
        let certificate = ClientCertificate::from_der(tpp.transport.certificate.der());
        let subject = certificate.map(|read| read.subject).unwrap_or_default();
        let applicant = Applicant {
            software_id: &tpp.identity.software_id,
            org_id: &tpp.identity.org_id,
            redirect_uris: &tpp.redirect_uris,
            roles: &tpp.roles,
            statement,
            subject_dn: tpp.transport.certificate.subject_dn(),
            subject: &subject,
            jwks_uri: &self.directory.key_set_uri(&tpp.identity),
            auth_method,
            audience: bank.org_id.as_str(),
            now: self.clock.unix(),
            lifetime: REQUEST_LIFETIME,
        };
        (dialect.request_claims)(dialect, &applicant)
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
