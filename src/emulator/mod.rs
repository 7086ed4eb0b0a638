//! One running emulator: its parts, its listeners, its end.

mod builder;
mod listeners;
mod outside;
mod renewal;
pub mod scenario_files;
mod start;
mod tls;
pub mod tpp;
pub mod tpp_builder;

use std::net::SocketAddr;
use std::sync::Arc;
use std::thread::JoinHandle;

use bytes::Bytes;
use certs_gen::Authority;
use serde_json::Value;
use tokio::runtime::Handle;
use tokio::sync::watch;

pub use self::builder::EmulatorBuilder;
pub use self::start::StartError;
use self::tpp::Tpp;
use self::tpp_builder::TppBuilder;
use crate::bank::{Bank, Explanation, NotOffered, Submission};
use crate::clock::Clock;
use crate::directory::changes::ChangeError;
use crate::domain::client::{Client, ClientStatus};
use crate::domain::ids::{ClientId, KeyId};
use crate::domain::urls::BaseUrls;
use crate::kit::{Kit, TppFolder};
use crate::world::{World, Worlds};

/// A running emulator, on a thread of its own. Dropping it stops it and waits until nothing is
/// left of it.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use aspsp_emulator::{Emulator, Role};
///
/// let emulator = Emulator::builder().start().await?;
/// let tpp = emulator.tpp().role(Role::Aisp).redirect_uri("https://app.example/cb").create().await?;
/// let request = tpp.registration_request("uk-ob-3.3").claim("scope", "openid accounts").sign()?;
/// let endpoint = format!("{}/register", emulator.url("uk-ob-3.3"));
/// // … POST `request` to `endpoint` as application/jose, over tpp.client_config() …
/// # drop((request, endpoint));
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Debug)]
pub struct Emulator {
    parts: Parts,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
}

/// What the running thread hands out.
#[derive(Debug)]
struct Parts {
    worlds: Arc<Worlds>,
    world: Arc<World>,
    addresses: Addresses,
    kit: Option<Arc<Kit>>,
    /// The folders that are kept fresh: the kit's, and those of TPPs of one's own.
    folders: Vec<Arc<TppFolder>>,
    runtime: Handle,
    /// Longest body that the listeners take, in bytes.
    body_limit: usize,
}

/// Where the listeners really listen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Addresses {
    /// Mutual TLS.
    pub mtls: SocketAddr,
    /// TLS without client certificate.
    pub tls: SocketAddr,
    /// Plain HTTP.
    pub control: SocketAddr,
}

/// No bank of this name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("there is no bank `{0}`; there are: {1}")]
pub struct UnknownBank(String, String);

/// Why a request could not be judged.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ExplainError {
    /// There is no such bank.
    #[error(transparent)]
    UnknownBank(#[from] UnknownBank),
    /// No such request comes to this bank.
    #[error(transparent)]
    NotOffered(#[from] NotOffered),
}

impl Emulator {
    /// An emulator on free ports, without files.
    #[must_use]
    pub fn builder() -> EmulatorBuilder {
        EmulatorBuilder::in_memory()
    }

    /// Where the listeners really listen.
    #[must_use]
    pub fn addresses(&self) -> Addresses {
        self.parts.addresses
    }

    /// The base URLs that are advertised to a caller that names no host.
    #[must_use]
    pub fn base_urls(&self) -> BaseUrls {
        self.world().urls.for_host(None)
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
        self.world().authority.ca_pem()
    }

    /// The authority, for sharing with other emulators.
    #[must_use]
    pub fn authority(&self) -> &Arc<Authority> {
        &self.world().authority
    }

    /// The emulator's time.
    #[must_use]
    pub fn clock(&self) -> &Clock {
        &self.world().clock
    }

    /// A TPP to be made.
    #[must_use]
    pub fn tpp(&self) -> TppBuilder {
        TppBuilder::new(Arc::clone(self.world()), self.parts.runtime.clone())
    }

    /// What a bank makes of a registration request that is not sent: every check, with the value
    /// seen, what is allowed, and the answer. `request` is a compact JWS or a JSON object, as the
    /// bank takes it. Nothing is changed.
    ///
    /// # Errors
    /// See [`ExplainError`].
    pub async fn explain(
        &self,
        bank: &str,
        request: impl Into<Bytes>,
    ) -> Result<Explanation, ExplainError> {
        let submission = Submission {
            body_limit: self.parts.body_limit,
            ..Submission::new(request)
        };
        self.explain_submission(bank, &submission).await
    }

    /// The same of one that replaces a client, or comes with a client certificate. What the
    /// handshake judges of that, such as who issued it, is not checked.
    ///
    /// # Errors
    /// See [`ExplainError`].
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
        self.world().directory.revoke_transport(tpp.listed())
    }

    /// Moves a key of a TPP's software to the revoked key store, and revokes its certificate, if it
    /// has one.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub fn revoke_key(&self, tpp: &Tpp, kid: &KeyId) -> Result<(), ChangeError> {
        let directory = &self.world().directory;
        directory.revoke(tpp.software_id(), kid.as_str()).map(drop)
    }

    /// The kit, if there is one.
    #[must_use]
    pub fn kit(&self) -> Option<&Kit> {
        self.parts.kit.as_deref()
    }

    /// Stops: no new connections, requests in flight are answered. Dropping does the same.
    pub fn stop(self) {
        drop(self);
    }

    fn world(&self) -> &Arc<World> {
        &self.parts.world
    }

    fn base_path(&self, bank: &str) -> String {
        let bank_path = self.bank(bank).map(|bank| bank.base_path.clone());
        bank_path.unwrap_or_else(|_| format!("/{bank}"))
    }

    fn bank(&self, id: &str) -> Result<Arc<Bank>, UnknownBank> {
        bank(self.world(), id)
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the emulator's thread panicked");
        }
    }
}

fn bank(world: &World, id: &str) -> Result<Arc<Bank>, UnknownBank> {
    world.bank(id).ok_or_else(|| {
        let names: Vec<String> = world.banks().map(|bank| bank.id.clone()).collect();
        UnknownBank(id.to_owned(), names.join(", "))
    })
}
