//! From settings to a running emulator.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use certs_gen::Authority;
use tokio::net::TcpListener;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{oneshot, watch};

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::directory::KeyPool;
use crate::directory::statement::DirectoryError;
use crate::domain::urls::Urls;
use crate::emulator::listeners::Listeners;
use crate::emulator::tls::{self, TlsParts};
use crate::emulator::{Addresses, Emulator, Parts};
use crate::kit::{Kit, KitError};
use crate::server::Limits;
use crate::world::{self, World, WorldError, WorldParts};

/// How an emulator is to be.
#[derive(Debug)]
pub struct EmulatorBuilder {
    config: Config,
    authority: Option<Arc<Authority>>,
    clock: Clock,
    limits: Limits,
    /// RSA keys kept ready.
    key_reserve: usize,
}

/// Why an emulator did not start. Each text is one sentence with the next step.
#[derive(Debug, thiserror::Error)]
pub enum StartError {
    /// A setting that cannot be.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// An address that cannot be listened on.
    #[error(
        "cannot listen on {address} ({cause}): choose another address with {flag}, or port 0 for a free one"
    )]
    Address {
        /// The address.
        address: SocketAddr,
        /// The flag that sets it.
        flag: &'static str,
        /// What the system says.
        cause: io::Error,
    },
    /// The authority's folder, or a certificate.
    #[error(transparent)]
    Certificates(#[from] certs_gen::Error),
    /// The directory's keys or the kit's TPP.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
    /// The kit's folder.
    #[error(transparent)]
    Kit(#[from] KitError),
    /// A bank's keys.
    #[error(transparent)]
    World(#[from] WorldError),
    /// TLS could not be set up.
    #[error(transparent)]
    Tls(#[from] tls::TlsError),
    /// No thread, or no runtime on it.
    #[error("the system gave no thread or event queue for the emulator: {0}")]
    System(io::Error),
    /// The thread ended before it was ready.
    #[error("the emulator's thread ended before it was ready; the log says why")]
    Ended,
}

impl EmulatorBuilder {
    /// Free ports, no files: for tests.
    pub(super) fn in_memory() -> Self {
        let free = SocketAddr::from(([127, 0, 0, 1], 0));
        let mut config = Config {
            kit: None,
            ..Config::default()
        };
        config.listen.mtls = free;
        config.listen.tls = free;
        config.listen.control = free;
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
        self.config.kit = Some(crate::config::KitConfig {
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
        let (launched, ready) = self.launch()?;
        launched.when_ready(ready.await)
    }

    /// The same for a caller without async. Not to be called from an async task.
    ///
    /// # Errors
    /// See [`StartError`].
    pub fn start_blocking(self) -> Result<Emulator, StartError> {
        let (launched, ready) = self.launch()?;
        launched.when_ready(ready.blocking_recv())
    }

    fn launch(self) -> Result<(Launched, Ready), StartError> {
        self.config.check()?;
        let (stop, stopped) = watch::channel(false);
        let (tell, ready) = oneshot::channel();
        let thread = thread::Builder::new()
            .name("aspsp-emulator".to_owned())
            .spawn(move || run(self, tell, stopped))
            .map_err(StartError::System)?;
        Ok((Launched { stop, thread }, ready))
    }

    async fn build(self) -> Result<(Parts, Listeners), StartError> {
        let key_pool = KeyPool::new(self.key_reserve);
        if self.config.kit.is_some() {
            key_pool.prepare();
        }
        let listeners = bind(&self.config).await?;
        let addresses = listeners.addresses;
        let urls = Arc::new(Urls::new(
            &self.config.hostnames,
            addresses.mtls.port(),
            addresses.tls.port(),
            self.config.mtls_url.as_deref(),
            self.config.tls_url.as_deref(),
        ));
        let authority = self.open_authority().await?;
        let tls = TlsParts::new(&authority, &key_pool, &urls)?;
        let parts = WorldParts {
            authority,
            key_pool,
            clock: self.clock,
            urls,
            seed: self.config.seed,
            client_limit: self.config.client_limit,
        };
        let world = Arc::new(World::new(world::DEFAULT, parts)?);
        let kit = match &self.config.kit {
            None => None,
            Some(kit) => {
                Some(write_kit(&world, kit.clone(), self.config.redirect_uris.clone()).await?)
            }
        };
        let parts = Parts {
            client_trust: Arc::clone(&tls.client_trust),
            runtime: Handle::current(),
            addresses,
            kit: kit.clone(),
            world: Arc::clone(&world),
        };
        Ok((
            parts,
            Listeners::new(
                listeners,
                &tls,
                &world,
                kit,
                &self.config.control,
                self.limits,
            ),
        ))
    }

    async fn open_authority(&self) -> Result<Arc<Authority>, StartError> {
        if let Some(shared) = &self.authority {
            return Ok(Arc::clone(shared));
        }
        let now = Clock::system().now();
        let Some(dir) = self.config.authority.clone() else {
            return Ok(Arc::new(Authority::generate(now)?));
        };
        let (authority, is_new) = blocking(move || Authority::open_or_create(&dir, now)).await??;
        tracing::info!(is_new, "the authority's folder is open");
        Ok(Arc::new(authority))
    }
}

/// The addresses asked for, bound.
pub(super) struct Bound {
    pub(super) mtls: TcpListener,
    pub(super) tls: TcpListener,
    pub(super) control: TcpListener,
    pub(super) addresses: Addresses,
}

async fn bind(config: &Config) -> Result<Bound, StartError> {
    let listen = &config.listen;
    let (mtls, mtls_address) = listen_on(listen.mtls, "--mtls-addr").await?;
    let (tls, tls_address) = listen_on(listen.tls, "--tls-addr").await?;
    let (control, control_address) = listen_on(listen.control, "--control-addr").await?;
    Ok(Bound {
        mtls,
        tls,
        control,
        addresses: Addresses {
            mtls: mtls_address,
            tls: tls_address,
            control: control_address,
        },
    })
}

async fn listen_on(
    address: SocketAddr,
    flag: &'static str,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |cause| StartError::Address {
        address,
        flag,
        cause,
    };
    let listener = TcpListener::bind(address).await.map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

async fn write_kit(
    world: &Arc<World>,
    config: crate::config::KitConfig,
    redirect_uris: Vec<String>,
) -> Result<Arc<Kit>, StartError> {
    let world = Arc::clone(world);
    let kit = blocking(move || Kit::write(&world, &config, redirect_uris)).await??;
    Ok(Arc::new(kit))
}

/// Runs what blocks off the tasks' threads.
async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StartError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| StartError::Ended)
}

type Started = Result<Parts, StartError>;
type Ready = oneshot::Receiver<Started>;

/// A thread on its way to being ready.
struct Launched {
    stop: watch::Sender<bool>,
    thread: thread::JoinHandle<()>,
}

impl Launched {
    fn when_ready(
        self,
        ready: Result<Started, oneshot::error::RecvError>,
    ) -> Result<Emulator, StartError> {
        match ready {
            Ok(Ok(parts)) => Ok(Emulator {
                parts,
                stop: self.stop,
                thread: Some(self.thread),
            }),
            Ok(Err(error)) => Err(error),
            Err(_) => Err(StartError::Ended),
        }
    }
}

/// The emulator's thread, from start to stop.
fn run(builder: EmulatorBuilder, tell: oneshot::Sender<Started>, stopped: watch::Receiver<bool>) {
    let runtime = match Runtime::new() {
        Ok(runtime) => runtime,
        Err(error) => {
            // Whoever asked may have given up; nobody else wants to know.
            let _ = tell.send(Err(StartError::System(error)));
            return;
        }
    };
    runtime.block_on(async {
        match builder.build().await {
            Ok((parts, listeners)) => {
                let served = listeners.serve(until_stopped(stopped));
                if tell.send(Ok(parts)).is_ok() {
                    served.await;
                }
            }
            Err(error) => {
                let _ = tell.send(Err(error));
            }
        }
    });
    // A key may still be in the making; it is not waited for longer than it takes.
    runtime.shutdown_timeout(Duration::from_secs(2));
}

/// Ends when the stop is given, or nobody is left to give it.
fn until_stopped(
    mut stopped: watch::Receiver<bool>,
) -> impl Fn() -> std::pin::Pin<Box<dyn Future<Output = ()> + Send>> {
    stopped.mark_unchanged();
    move || {
        let mut stopped = stopped.clone();
        Box::pin(async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        })
    }
}
