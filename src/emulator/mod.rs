//! One running emulator: its parts, its listeners, its end.

mod activation;
mod builder;
mod listeners;
pub mod matching;
mod outside;
mod renewal;
pub mod scenario_files;
mod start;
mod tls;
pub mod tpp;
pub mod tpp_builder;
pub mod verify;
mod world;
mod world_builder;

use std::net::SocketAddr;
use std::ops::Deref;
use std::sync::Arc;
use std::thread::JoinHandle;

use tokio::sync::watch;

pub use self::activation::ActivateError;
pub use self::builder::EmulatorBuilder;
pub use self::start::StartError;
pub use self::world::{ExplainError, UnknownBank, World};
pub use self::world_builder::{CreateWorldError, WorldBuilder};
use crate::kit::{Kit, TppFolder};
use crate::world::Worlds;

/// A running emulator, on a thread of its own. Dropping it stops it and waits until nothing is
/// left of it. It is also its default world.
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
        let (runtime, body_limit) = (self.runtime().clone(), self.body_limit());
        WorldBuilder::new(Arc::clone(&self.parts.worlds), runtime, body_limit)
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
        self.stop.send_replace(true);
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the emulator's thread panicked");
        }
    }
}
