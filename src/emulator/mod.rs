//! One running emulator: its parts, its listeners, its end.

mod activation;
mod anew;
mod asked;
mod builder;
mod host;
mod listeners;
pub mod matching;
mod outside;
mod renewal;
pub mod scenario_files;
mod start;
mod tasks;
mod thread;
mod tls;
pub mod tpp;
pub mod tpp_builder;
mod tpp_files;
pub mod verify;
mod world;
mod world_builder;

use std::fmt;
use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::thread::{JoinHandle, panicking};

use tokio::sync::watch;

pub use self::activation::ActivateError;
pub use self::builder::EmulatorBuilder;
pub use self::start::StartError;
pub use self::world::{ExplainError, UnknownBank, World};
pub use self::world_builder::{CreateWorldError, WorldBuilder};
use crate::domain::words::debug_as_display;
use crate::kit::{Kit, TppFolder};
use crate::server::Panics;

/// A running emulator, on a thread of its own. Dropping it stops it and waits until nothing is
/// left of it; a panic in it meanwhile is a panic then, so that the test fails. It is also its default
/// world.
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
pub struct Emulator {
    parts: Parts,
    stop: watch::Sender<bool>,
    thread: Option<JoinHandle<()>>,
    panics: Panics,
}

impl fmt::Debug for Emulator {
    /// In a line: a test that fails may print it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Emulator")
            .field("addresses", &self.parts.addresses)
            .finish_non_exhaustive()
    }
}

/// Something of the emulator panicked while it ran: a mistake in the emulator, of which a test that used
/// it should not be silent.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
#[error("the emulator panicked: {}", .0.join("; "))]
pub struct Panicked(Vec<String>);

debug_as_display!(Panicked);

/// What the running thread hands out.
struct Parts {
    /// The default one.
    world: World,
    addresses: Addresses,
    kit: Option<Arc<Kit>>,
    /// The folders that are kept fresh: the kit's, and those of TPPs of one's own.
    folders: Vec<Arc<TppFolder>>,
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

    /// Makes a world: isolated from all others, and deleted when it is dropped.
    ///
    /// # Errors
    /// See [`CreateWorldError`].
    pub async fn world(&self) -> Result<World, CreateWorldError> {
        self.world_builder().create().await
    }

    /// The same for one that is to have a name, a seed or scenarios of its own.
    #[must_use]
    pub fn world_builder(&self) -> WorldBuilder {
        WorldBuilder::new(self.parts.world.host().clone())
    }

    /// The kit, if there is one.
    #[must_use]
    pub fn kit(&self) -> Option<&Kit> {
        self.parts.kit.as_deref()
    }

    /// What panicked in the emulator so far: the messages, the first 16 of them. A panic ends only the
    /// request that met it (500), its connection, or one of the tasks in the background; it is told when
    /// the emulator is stopped. One that is `static` never is, so its tests ask here.
    #[must_use]
    pub fn panics(&self) -> Vec<String> {
        self.panics.so_far()
    }

    /// Stops: no new connections, requests in flight are answered. Dropping does the same.
    ///
    /// # Panics
    /// Something of the emulator panicked while it ran, and this thread is not panicking already.
    pub fn stop(self) {
        drop(self);
    }

    /// The same, without a panic of its own.
    ///
    /// # Errors
    /// Something of the emulator panicked while it ran.
    pub fn try_stop(mut self) -> Result<(), Panicked> {
        self.end()
    }

    /// Resolves when the emulator's thread has ended, which it does by itself only where it panicked.
    pub async fn ended(&self) {
        self.stop.closed().await;
    }

    fn end(&mut self) -> Result<(), Panicked> {
        let host = self.parts.world.host();
        host.is_stopped.store(true, Ordering::Relaxed);
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take()
            && let Err(payload) = thread.join()
        {
            self.panics.note(payload.as_ref());
        }
        let panics = self.panics.take();
        if panics.is_empty() {
            Ok(())
        } else {
            Err(Panicked(panics))
        }
    }
}

/// The emulator itself is its default world.
impl Deref for Emulator {
    type Target = World;

    fn deref(&self) -> &World {
        &self.parts.world
    }
}

impl Drop for Emulator {
    fn drop(&mut self) {
        if let Err(panicked) = self.end() {
            tracing::error!(%panicked);
            // A second panic would end the process, and nobody would see the first.
            assert!(panicking(), "{panicked}");
        }
    }
}

#[cfg(test)]
mod tests;
