//! A TPP to be made, for a test.

use std::fmt;
use std::sync::Arc;

use certs_gen::{Csr, Flaw, Key, Kind};

use crate::directory::credential::GivenKey;
use crate::directory::plan::TppPlan;
use crate::directory::tpp::{OrgStatus, SoftwareStatus};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{OrgId, SoftwareId};
use crate::domain::jwk::KeySetEntry;
use crate::domain::role::Role;
use crate::domain::uri::{objection, web_objection};
use crate::emulator::host::{Gone, Host};
use crate::emulator::tasks::Stopped;
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
pub struct TppBuilder {
    world: Arc<World>,
    host: Host,
    plan: TppPlan,
    /// The certificate whose key was said in two ways.
    twice: Option<&'static str>,
}

impl fmt::Debug for TppBuilder {
    /// In a line: a test that fails may print it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("TppBuilder")
            .field("software_id", &self.plan.software_id)
            .field("world", &self.world.name)
            .finish_non_exhaustive()
    }
}

impl TppBuilder {
    pub(super) fn new(world: Arc<World>, host: Host) -> Self {
        Self {
            world,
            host,
            plan: TppPlan::default(),
            twice: None,
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

    /// Adds a role, once; without any it has AISP, PISP and CBPII, or in Brazil DADOS and PAGTO.
    #[must_use]
    pub fn role(mut self, role: Role) -> Self {
        if !self.plan.roles.contains(&role) {
            self.plan.roles.push(role);
        }
        self
    }

    /// Adds a redirect URI; without any it has one below a host of its own. One that no bank takes is an
    /// error of [`TppBuilder::create`]; [`Tpp::edited_statement`] can have it. Some banks take http and
    /// this machine's own names.
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

    /// The kind of its transport certificate, one of its ecosystem's; `ob-transport`, or in Brazil
    /// `brcac`, unless told otherwise.
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
    pub fn transport_key(self, key: Key) -> Self {
        self.transport(GivenKey::Key(key))
    }

    /// A key for its signing certificate, so that none is made.
    #[must_use]
    pub fn signing_key(self, key: Key) -> Self {
        self.signing(GivenKey::Key(key))
    }

    /// Keys that it brings instead of a signing certificate: the directory publishes them as they
    /// are, and the private ones stay where they are. Without any it has a signing certificate.
    #[must_use]
    pub fn signing_keys(mut self, keys: impl IntoIterator<Item = KeySetEntry>) -> Self {
        self.plan.signing_keys = keys.into_iter().collect();
        self
    }

    /// A certificate request for its transport certificate: the private key stays where it is.
    #[must_use]
    pub fn transport_csr(self, csr: Csr) -> Self {
        self.transport(GivenKey::Csr(csr))
    }

    /// A certificate request for its signing certificate: the private key stays where it is.
    #[must_use]
    pub fn signing_csr(self, csr: Csr) -> Self {
        self.signing(GivenKey::Csr(csr))
    }

    fn transport(mut self, key: GivenKey) -> Self {
        let before = self.plan.transport_key.as_ref();
        if before.is_some_and(|before| is_csr(before) != is_csr(&key)) {
            self.twice = Some("transport");
        }
        self.plan.transport_key = Some(key);
        self
    }

    fn signing(mut self, key: GivenKey) -> Self {
        let before = self.plan.signing_key.as_ref();
        if before.is_some_and(|before| is_csr(before) != is_csr(&key)) {
            self.twice = Some("signing");
        }
        self.plan.signing_key = Some(key);
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
        let Self {
            world,
            host,
            plan,
            twice,
        } = self;
        host.check(&world).map_err(|gone| match gone {
            Gone::Stopped => TppError::Stopped,
            Gone::Deleted(deleted) => TppError::Deleted(deleted),
        })?;
        if let Some(certificate) = twice {
            return Err(TppError::TwoKeys(certificate));
        }
        for uri in &plan.redirect_uris {
            if let Some(objection) = objection(uri)
                && web_objection(uri).is_some()
            {
                let uri = uri.clone();
                return Err(TppError::RedirectUri { uri, objection });
            }
        }
        let directory = Arc::clone(&world.directory);
        let made = host.tasks.run_blocking(move || directory.add(plan)).await;
        let tpp = made.map_err(|Stopped| TppError::Stopped)??;
        Ok(Tpp::new(world, tpp))
    }
}

fn is_csr(key: &GivenKey) -> bool {
    matches!(key, GivenKey::Csr(_))
}
