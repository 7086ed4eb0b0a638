//! One world of a running emulator, for a test: its URLs, its TPPs, its scenarios, what was asked.

use std::fmt;
use std::sync::Arc;

use bytes::Bytes;
use certs_gen::Authority;
use serde_json::Value;

use crate::bank::{Bank, Explanation, NotOffered, Submission};
use crate::clock::Clock;
use crate::directory::changes::ChangeError;
use crate::domain::client::{Client, ClientStatus};
use crate::domain::ids::{ClientId, KeyId};
use crate::domain::urls::BaseUrls;
use crate::domain::words::debug_as_display;
use crate::emulator::host::Host;
use crate::emulator::tpp::Tpp;
use crate::emulator::tpp_builder::TppBuilder;
use crate::world;

/// One world of a running emulator: its directory, banks, clients, scenarios, clock and journal are
/// nobody else's. One that [`Emulator::world`] made is deleted when this is dropped, once the requests
/// that are in are answered; nobody waits for that.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use std::time::Duration;
///
/// use aspsp_emulator::{Emulator, Match, exactly};
///
/// let emulator = Emulator::builder().start().await?;
/// let (mine, other) = (emulator.world().await?, emulator.world().await?);
/// mine.activate("throttled-429")?;
/// mine.clock().advance(Duration::from_secs(3600));
/// assert!(other.clock().now() < mine.clock().now());
/// assert!(mine.exchanges().is_empty());
/// mine.verify(Match::any(), exactly(0)).await?;
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
///
/// [`Emulator::world`]: crate::Emulator::world
pub struct World {
    inner: Arc<world::World>,
    host: Host,
    /// Whether it is taken out when this is dropped.
    is_guest: bool,
}

impl fmt::Debug for World {
    /// In a line: a test that fails may print it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("World")
            .field("name", &self.name())
            .field("mtls", &self.base_urls().mtls)
            .finish_non_exhaustive()
    }
}

/// No bank of this name.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no bank `{0}`; there are: {1}")]
pub struct UnknownBank(String, String);

debug_as_display!(UnknownBank);

/// Why a request could not be judged.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// There is no such bank.
    #[error(transparent)]
    UnknownBank(#[from] UnknownBank),
    /// No such request comes to this bank.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
}

debug_as_display!(ExplainError);

impl World {
    /// The default one, which ends with its emulator.
    pub(super) fn of_emulator(world: Arc<world::World>, host: Host) -> Self {
        Self {
            inner: world,
            host,
            is_guest: false,
        }
    }

    /// One that ends with this handle.
    pub(super) fn guest(world: Arc<world::World>, host: Host) -> Self {
        Self {
            inner: world,
            host,
            is_guest: true,
        }
    }

    /// Its name; `default` for that of the emulator itself.
    #[must_use]
    pub fn name(&self) -> &str {
        &self.inner.name
    }

    /// The base URLs that are advertised to a caller that names no host.
    #[must_use]
    pub fn base_urls(&self) -> BaseUrls {
        self.inner.urls.for_host(None)
    }

    /// URL of a bank on the mutual TLS listener, such as `https://localhost:8443/uk-ob-3.3`. For a
    /// bank that is not there, the URL where it would be.
    #[must_use]
    pub fn url(&self, bank: &str) -> String {
        format!("{}{}", self.base_urls().mtls, self.base_path(bank))
    }

    /// URL of a bank on the listener that asks for no client certificate: its issuer identifier.
    /// For a bank that is not there, the URL where it would be.
    #[must_use]
    pub fn issuer(&self, bank: &str) -> String {
        format!("{}{}", self.base_urls().tls, self.base_path(bank))
    }

    /// Root and issuing CA, in PEM: what a client trusts.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        self.inner.authority.ca_pem()
    }

    /// Runs a future to its end, for a caller without async: on its own thread, with timers and sockets
    /// of the emulator's runtime.
    ///
    /// ```
    /// # fn main() -> Result<(), Box<dyn std::error::Error>> {
    /// use aspsp_emulator::{Emulator, Match, exactly};
    ///
    /// let emulator = Emulator::builder().start_blocking()?;
    /// let world = emulator.block_on(emulator.world())?;
    /// assert!(world.block_on(world.clients("uk-ob-3.3"))?.is_empty());
    /// world.block_on(world.verify(Match::any(), exactly(0)))?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Panics
    /// It is called from an async task, or the emulator has been stopped.
    pub fn block_on<F: IntoFuture>(&self, future: F) -> F::Output {
        self.host.tasks.block_on(future.into_future())
    }

    /// The authority, for sharing with other emulators.
    #[must_use]
    pub fn authority(&self) -> &Arc<Authority> {
        &self.inner.authority
    }

    /// The world's time. The authority ends ten years after it was made: a TPP that is made when this
    /// clock is further ahead is refused by every bank (`certificate_untrusted`).
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.inner.clock
    }

    /// A TPP to be made.
    #[must_use]
    pub fn tpp(&self) -> TppBuilder {
        TppBuilder::new(Arc::clone(&self.inner), self.host.clone())
    }

    /// What a bank makes of a registration request that is not sent: every check, with the value
    /// seen, what is allowed, and the answer. `request` is a compact JWS or a JSON object, as the
    /// bank takes it. Nothing is changed.
    ///
    /// # Errors
    /// See [`ExplainError`].
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use aspsp_emulator::Emulator;
    ///
    /// let emulator = Emulator::builder().start().await?;
    /// let verdict = emulator.explain("uk-ob-3.3", "not.a.jws").await?;
    /// assert!(!verdict.accepted);
    /// assert!(verdict.checks.iter().any(|check| check.check == "request_not_a_jws"));
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn explain(
        &self,
        bank: &str,
        request: impl Into<Bytes>,
    ) -> Result<Explanation, ExplainError> {
        let submission = Submission {
            body_limit: self.host.body_limit,
            ..Submission::new(request)
        };
        self.explain_submission(bank, &submission).await
    }

    /// The same of one that replaces a client, or comes with a client certificate. What the
    /// handshake judges of that, such as who issued it, is not checked.
    ///
    /// # Errors
    /// See [`ExplainError`].
    ///
    /// ```
    /// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
    /// use aspsp_emulator::{Emulator, Submission};
    ///
    /// let emulator = Emulator::builder().start().await?;
    /// let submission = Submission {
    ///     content_type: Some("text/html".to_owned()),
    ///     ..Submission::new("not.a.jws")
    /// };
    /// let verdict = emulator.explain_submission("uk-ob-3.3", &submission).await?;
    /// assert!(!verdict.accepted);
    /// # Ok(())
    /// # }
    /// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
    /// ```
    pub async fn explain_submission(
        &self,
        bank: &str,
        submission: &Submission,
    ) -> Result<Explanation, ExplainError> {
        Ok(self.bank(bank)?.explain_submission(submission).await?)
    }

    /// The `OpenAPI` 3.1 document of a bank, for a caller that names no host.
    ///
    /// # Errors
    /// There is no such bank.
    pub fn openapi(&self, bank: &str) -> Result<Value, UnknownBank> {
        Ok(self.bank(bank)?.openapi(&self.base_urls()))
    }

    /// The clients of a bank, oldest first.
    ///
    /// # Errors
    /// There is no such bank.
    pub async fn clients(&self, bank: &str) -> Result<Vec<Arc<Client>>, UnknownBank> {
        Ok(self.bank(bank)?.clients().await)
    }

    /// Bars a client from managing itself, or lets it again; whether it exists.
    ///
    /// # Errors
    /// There is no such bank.
    pub async fn set_client_status(
        &self,
        bank: &str,
        id: &ClientId,
        status: ClientStatus,
    ) -> Result<bool, UnknownBank> {
        Ok(self.bank(bank)?.set_client_status(id, status).await)
    }

    /// Revokes a TPP's transport certificate: handshakes with it fail from now on, and requests on
    /// connections that are open are refused.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub fn revoke_transport_certificate(&self, tpp: &Tpp) -> Result<(), ChangeError> {
        self.inner.directory.revoke_transport(tpp.listed())
    }

    /// Moves a key of a TPP's software to the revoked key store, and revokes its certificate, if it
    /// has one.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub fn revoke_key(&self, tpp: &Tpp, kid: &KeyId) -> Result<(), ChangeError> {
        let directory = &self.inner.directory;
        directory.revoke(tpp.software_id(), kid.as_str()).map(drop)
    }

    pub(super) fn inner(&self) -> &Arc<world::World> {
        &self.inner
    }

    pub(super) fn host(&self) -> &Host {
        &self.host
    }

    fn base_path(&self, bank: &str) -> String {
        let bank_path = self.bank(bank).map(|bank| bank.base_path.clone());
        bank_path.unwrap_or_else(|_| format!("/{bank}"))
    }

    fn bank(&self, id: &str) -> Result<Arc<Bank>, UnknownBank> {
        bank(&self.inner, id)
    }
}

impl Drop for World {
    /// The name is free and no request comes in any more when this returns; the rest follows.
    fn drop(&mut self) {
        if self.is_guest && self.host.worlds.take_out(&self.inner) {
            let (world, worlds) = (Arc::clone(&self.inner), Arc::clone(&self.host.worlds));
            // If the emulator has stopped, nothing is left to be buried.
            let buried = async move { worlds.bury(&world).await };
            self.host.tasks.leave(buried);
        }
    }
}

pub(super) fn bank(world: &world::World, id: &str) -> Result<Arc<Bank>, UnknownBank> {
    world.bank(id).ok_or_else(|| {
        let names: Vec<String> = world.banks().map(|bank| bank.id.clone()).collect();
        UnknownBank(id.to_owned(), names.join(", "))
    })
}
