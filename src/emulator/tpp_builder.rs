//! A TPP to be made, for a test.

use std::sync::Arc;

use certs_gen::{Csr, Flaw, Key, Kind};
use tokio::runtime::Handle;

use crate::directory::tpp::{GivenKey, OrgStatus, SoftwareStatus, TppPlan};
use crate::domain::role::Role;
use crate::emulator::publish_revocations;
use crate::emulator::tpp::{Tpp, TppError};
use crate::server::ClientTrust;
use crate::world::World;

/// A TPP to be made. What is not said is invented.
#[derive(Debug)]
pub struct TppBuilder {
    world: Arc<World>,
    runtime: Handle,
    client_trust: Arc<ClientTrust>,
    plan: TppPlan,
}

impl TppBuilder {
    pub(super) fn new(world: Arc<World>, runtime: Handle, client_trust: Arc<ClientTrust>) -> Self {
        Self {
            world,
            runtime,
            client_trust,
            plan: TppPlan::default(),
        }
    }

    /// Adds a role; without any it has AISP, PISP and CBPII.
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

    /// The kind of its transport certificate; `ob-transport` unless told otherwise.
    #[must_use]
    pub fn transport_kind(mut self, kind: Kind) -> Self {
        self.plan.transport_kind = kind;
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
        let Self {
            world,
            runtime,
            client_trust,
            plan,
        } = self;
        let is_revoked = plan.transport_flaw == Some(Flaw::Revoked);
        let directory = Arc::clone(&world.directory);
        let made = runtime.spawn_blocking(move || directory.add(plan)).await;
        let tpp = made.map_err(|_| TppError::Stopped)??;
        if is_revoked {
            publish_revocations(&world.authority, &client_trust)?;
        }
        Ok(Tpp::new(world, tpp))
    }
}
