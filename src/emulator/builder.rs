//! How an emulator is to be.

use std::path::PathBuf;
use std::sync::Arc;

use certs_gen::Authority;

use crate::clock::Clock;
use crate::config::{Config, KitConfig, Listen};
use crate::emulator::Emulator;
use crate::emulator::start::{StartError, launch};
use crate::server::Limits;

/// How an emulator is to be.
#[derive(Debug)]
pub struct EmulatorBuilder {
    pub(super) config: Config,
    pub(super) authority: Option<Arc<Authority>>,
    pub(super) clock: Clock,
    pub(super) limits: Limits,
    /// RSA keys kept ready.
    pub(super) key_reserve: usize,
}

impl EmulatorBuilder {
    /// Free ports, no files: for tests.
    pub(super) fn in_memory() -> Self {
        let config = Config {
            listen: Listen::on_free_ports(),
            kit: None,
            ..Config::default()
        };
        Self {
            key_reserve: 0,
            ..Self::from_config(config)
        }
    }

    /// As these settings say.
    #[must_use]
    pub fn from_config(config: Config) -> Self {
        Self {
            config,
            authority: None,
            clock: Clock::system(),
            limits: Limits::default(),
            key_reserve: 2,
        }
    }

    /// Uses an authority that others use too.
    #[must_use]
    pub fn authority(mut self, authority: &Arc<Authority>) -> Self {
        self.authority = Some(Arc::clone(authority));
        self
    }

    /// What decides invented names and ids; 1 unless told otherwise.
    #[must_use]
    pub fn seed(mut self, seed: u64) -> Self {
        self.config.seed = seed;
        self
    }

    /// A name for the server certificate and for advertised URLs, beyond the loopback ones.
    #[must_use]
    pub fn hostname(mut self, name: impl Into<String>) -> Self {
        self.config.hostnames.push(name.into());
        self
    }

    /// A clock of the caller's, such as one that stands still.
    #[must_use]
    pub fn clock(mut self, clock: Clock) -> Self {
        self.clock = clock;
        self
    }

    /// What a peer may cost.
    #[must_use]
    pub fn limits(mut self, limits: Limits) -> Self {
        self.limits = limits;
        self
    }

    /// How many clients each bank holds at most.
    #[must_use]
    pub fn client_limit(mut self, limit: usize) -> Self {
        self.config.client_limit = limit;
        self
    }

    /// Writes a kit into this folder before it is ready.
    #[must_use]
    pub fn kit(mut self, dir: impl Into<PathBuf>) -> Self {
        self.config.kit = Some(KitConfig {
            dir: dir.into(),
            key_mode: 0o600,
        });
        self
    }

    /// Starts on a thread of its own; ready when this returns.
    ///
    /// # Errors
    /// See [`StartError`].
    pub async fn start(self) -> Result<Emulator, StartError> {
        let (launched, ready) = launch(self)?;
        launched.when_ready(ready.await)
    }

    /// The same for a caller without async. Not to be called from an async task.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start_blocking(self) -> Result<Emulator, StartError> {
        let (launched, ready) = launch(self)?;
        launched.when_ready(ready.blocking_recv())
    }
}
