//! A TPP to be made, for a test.

use std::sync::Arc;

use certs_gen::{Csr, Flaw, Key, Kind};

use crate::directory::credential::GivenKey;
use crate::directory::plan::TppPlan;
use crate::directory::tpp::{OrgStatus, SoftwareStatus};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{OrgId, SoftwareId};
use crate::domain::jwk::KeySetEntry;
use crate::domain::role::Role;
use crate::emulator::tasks::{Stopped, Tasks};
use crate::emulator::tpp::{Tpp, TppError};
use crate::world::World;

/// A TPP to be made. What is not said is invented.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use aspsp_emulator::{Emulator, Flaw, Key, KeyAlgorithm, Kind, Role};
///
/// let emulator = Emulator::builder().start().await?;
/// let tpp = emulator
///     .tpp()
///     .role(Role::Aisp)
///     .redirect_uri("https://app.example/cb")
///     .transport_kind(Kind::Obwac)
///     .transport_key(Key::generate(KeyAlgorithm::EcP256)?) // Faster made than an RSA key.
///     .create()
///     .await?;
/// let expired = emulator.tpp().transport_flaw(Flaw::Expired).create().await?;
/// assert_ne!(tpp.software_id(), expired.software_id());
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Debug)]
pub struct TppBuilder {
    world: Arc<World>,
    tasks: Tasks,
    plan: TppPlan,
}

impl TppBuilder {
    pub(super) fn new(world: Arc<World>, tasks: Tasks) -> Self {
        Self {
            world,
            tasks,
            plan: TppPlan::default(),
        }
    }

    /// Its directory; the UK one unless told otherwise.
    #[must_use]
    pub fn ecosystem(mut self, ecosystem: Ecosystem) -> Self {
        self.plan.ecosystem = ecosystem;
        self
    }

    /// Its software's id, which no other TPP has.
    #[must_use]
    pub fn software_id(mut self, id: impl Into<String>) -> Self {
        self.plan.software_id = Some(SoftwareId::new(id));
        self
    }

    /// Its organisation's id.
    #[must_use]
    pub fn org_id(mut self, id: impl Into<String>) -> Self {
        self.plan.org_id = Some(OrgId::new(id));
        self
    }

    /// Adds a role; without any it has AISP, PISP and CBPII, or in Brazil DADOS and PAGTO.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        self.plan.roles.push(role);
        self
    }

    /// Adds a redirect URI; without any it has one below a host of its own.
    #[must_use]
    pub fn redirect_uri(mut self, uri: impl Into<String>) -> Self {
        self.plan.redirect_uris.push(uri.into());
        self
    }

    /// What the directory says of its organisation.
    #[must_use]
    pub fn org_status(mut self, status: OrgStatus) -> Self {
        self.plan.org_status = status;
        self
    }

    /// What the directory says of its software.
    #[must_use]
    pub fn software_status(mut self, status: SoftwareStatus) -> Self {
        self.plan.software_status = status;
        self
    }

    /// The kind of its transport certificate; `ob-transport`, or in Brazil `brcac`, unless told
    /// otherwise.
    #[must_use]
    pub fn transport_kind(mut self, kind: Kind) -> Self {
        self.plan.transport_kind = Some(kind);
        self
    }

    /// What is to be wrong with its transport certificate.
    #[must_use]
    pub fn transport_flaw(mut self, flaw: Flaw) -> Self {
        self.plan.transport_flaw = Some(flaw);
        self
    }

    /// A key for its transport certificate, so that none is made.
    #[must_use]
    pub fn transport_key(mut self, key: Key) -> Self {
        self.plan.transport_key = Some(GivenKey::Key(key));
        self
    }

    /// A key for its signing certificate, so that none is made.
    #[must_use]
    pub fn signing_key(mut self, key: Key) -> Self {
        self.plan.signing_key = Some(GivenKey::Key(key));
        self
    }

    /// Keys that it brings instead of a signing certificate: the directory publishes them as they
    /// are, and the private ones stay where they are.
    #[must_use]
    pub fn signing_keys(mut self, keys: impl IntoIterator<Item = KeySetEntry>) -> Self {
        self.plan.signing_keys = keys.into_iter().collect();
        self
    }

    /// A certificate request for its transport certificate: the private key stays where it is.
    #[must_use]
    pub fn transport_csr(mut self, csr: Csr) -> Self {
        self.plan.transport_key = Some(GivenKey::Csr(csr));
        self
    }

    /// A certificate request for its signing certificate: the private key stays where it is.
    #[must_use]
    pub fn signing_csr(mut self, csr: Csr) -> Self {
        self.plan.signing_key = Some(GivenKey::Csr(csr));
        self
    }

    /// Makes it one of another directory, which nobody here trusts or lists. Its certificates are
    /// of this authority, so that it reaches the banks.
    #[must_use]
    pub fn foreign(mut self) -> Self {
        self.plan.is_foreign = true;
        self
    }

    /// Makes it.
    ///
    /// # Errors
    /// See [`TppError`].
    pub async fn create(self) -> Result<Tpp, TppError> {
        let Self { world, tasks, plan } = self;
        let directory = Arc::clone(&world.directory);
        let made = tasks.run_blocking(move || directory.add(plan)).await;
        let tpp = made.map_err(|Stopped| TppError::Stopped)??;
        Ok(Tpp::new(world, tpp))
    }
}
