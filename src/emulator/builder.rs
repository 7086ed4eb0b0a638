//! How an emulator is to be.

use std::fmt;
use std::path::PathBuf;
use std::sync::{Arc, mpsc};

use certs_gen::Authority;
use tokio::sync::oneshot;

use crate::clock::Clock;
use crate::config::{
    BankConfig, Config, KitConfig, LimitsConfig, Listen, ScenarioRef, TrustedDirectory,
};
use crate::dialect::policy::Strictness;
use crate::emulator::Emulator;
use crate::emulator::host::ids;
use crate::emulator::start::StartError;
use crate::emulator::thread::launch;
use crate::server::Limits;

/// How an emulator is to be.
///
/// ```
/// # fn main() -> Result<(), Box<dyn std::error::Error>> {
/// use std::sync::Arc;
///
/// use aspsp_emulator::{Authority, Clock, Emulator, Strictness};
///
/// let authority = Arc::new(Authority::generate(Clock::system().now())?);
/// let strict = Emulator::builder().strictness(Strictness::Strict).seed(7);
/// let failing = Emulator::builder()
///     .scenario("throttled-429")
///     .scenario("lost-response")
///     .scenario_yaml("rules: [{ match: { operation: token }, respond: 503 }]");
/// let strict = strict.authority(&authority).start_blocking()?;
/// let failing = failing.authority(&authority).start_blocking()?;
/// assert_ne!(strict.addresses(), failing.addresses());
/// # Ok(())
/// # }
/// ```
pub struct EmulatorBuilder {
    pub(super) config: Config,
    pub(super) authority: Option<Arc<Authority>>,
    pub(super) clock: Clock,
    pub(super) limits: Limits,
    /// RSA keys kept ready.
    pub(super) key_reserve: usize,
}

impl fmt::Debug for EmulatorBuilder {
    /// In a line: a test that fails may print it.
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("EmulatorBuilder")
            .field("seed", &self.config.seed)
            .field("banks", &ids(&self.config.banks))
            .finish_non_exhaustive()
    }
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

    /// As these settings say, as the command `serve` does it: [`Config::default`] listens on ports
    /// 8443 to 8445 and writes a kit into the folder `kit` of where it runs. In a test, begin with
    /// [`Emulator::builder`], or set [`Listen::on_free_ports`] and no kit.
    #[must_use]
    pub fn from_config(config: Config) -> Self {
        let limits = limits(&config.limits);
        Self {
            config,
            authority: None,
            clock: Clock::system(),
            limits,
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
        self.config.limits.clients = limit;
        self
    }

    /// How many worlds there are at most at one time, the default one among them; 1,000 unless told
    /// otherwise.
    #[must_use]
    pub fn worlds(mut self, limit: usize) -> Self {
        self.config.limits.worlds = limit;
        self
    }

    /// How many exchanges the journal of each world keeps; 1,000 unless told otherwise.
    /// [`World::verify`] fails where what it counts depends on exchanges that had to make room.
    ///
    /// [`World::verify`]: crate::World::verify
    #[must_use]
    pub fn journal(mut self, limit: usize) -> Self {
        self.config.limits.journal = limit;
        self
    }

    /// One more bank, or another one in place of that with its id.
    #[must_use]
    pub fn bank(mut self, bank: BankConfig) -> Self {
        let banks = &mut self.config.banks;
        match banks.iter_mut().find(|known| known.id == bank.id) {
            Some(known) => *known = bank,
            None => banks.push(bank),
        }
        self
    }

    /// How strict banks are that say nothing of their own.
    #[must_use]
    pub fn strictness(mut self, strictness: Strictness) -> Self {
        self.config.strictness = strictness;
        self
    }

    /// Another directory whose statements, and client certificates, the banks believe too.
    #[must_use]
    pub fn trust_directory(mut self, directory: TrustedDirectory) -> Self {
        self.config.directory.trusted.push(directory);
        self
    }

    /// A server, `host:port`, that key sets of other directories' software may be fetched from.
    #[must_use]
    pub fn fetch_jwks_from(mut self, server: impl Into<String>) -> Self {
        self.config.directory.fetch_jwks_from.push(server.into());
        self
    }

    /// Puts a scenario in force from the start: a built-in one by its name, or one by its file
    /// (with a `/` or an ending such as `.yaml`).
    #[must_use]
    pub fn scenario(mut self, name_or_file: &str) -> Self {
        self.config.scenarios.push(ScenarioRef::parse(name_or_file));
        self
    }

    /// Puts a scenario in force from the start: the one that this text of a scenario file says. If it
    /// gives itself no name, it is `scenario`, or the first of `scenario-2`, `scenario-3` and so on that
    /// is free.
    #[must_use]
    pub fn scenario_yaml(mut self, text: impl Into<String>) -> Self {
        self.config.scenarios.push(ScenarioRef::Text(text.into()));
        self
    }

    /// A folder of scenarios that requests can choose; it is watched.
    #[must_use]
    pub fn scenario_dir(mut self, dir: impl Into<PathBuf>) -> Self {
        self.config.scenario_dirs.push(dir.into());
        self
    }

    /// Lets answers name the rules that made them: `x-emulator-rule: SCENARIO/RULE#CALL`.
    #[must_use]
    pub fn annotate(mut self) -> Self {
        self.config.annotate = true;
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
        let (tell, ready) = oneshot::channel();
        let launched = launch(self, |started| tell.send(started).is_ok())?;
        launched.when_ready(ready.await.ok())
    }

    /// The same for a caller without async. It may be called from an async task, too, such as by the
    /// first of many that use a `static` emulator; it blocks its thread meanwhile, some ten milliseconds.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start_blocking(self) -> Result<Emulator, StartError> {
        let (tell, ready) = mpsc::channel();
        let launched = launch(self, move |started| tell.send(started).is_ok())?;
        launched.when_ready(ready.recv().ok())
    }
}

/// What a peer may cost, where settings say it; the rest is the server's own.
fn limits(config: &LimitsConfig) -> Limits {
    Limits {
        body: config.body,
        header_timeout: config.header_timeout,
        handshake_timeout: config.handshake_timeout,
        idle_timeout: config.idle_timeout,
        connections: config.connections,
        ..Limits::default()
    }
}
