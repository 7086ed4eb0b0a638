//! From settings to a running emulator, and to its end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use certs_gen::Authority;
use rustls::pki_types::CertificateRevocationListDer;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{oneshot, watch};

use crate::clock::Clock;
use crate::config::{BankConfig, Config, ConfigError};
use crate::dialect::policy::Strictness;
use crate::directory::signer::DirectoryError;
use crate::directory::{DirectoryKey, KeyPool, Revocations};
use crate::domain::urls::{Overrides, Urls};
use crate::emulator::builder::EmulatorBuilder;
use crate::emulator::listeners::{Bound, Listeners, Serving};
use crate::emulator::renewal::{renew_folders, sweep_worlds};
use crate::emulator::scenario_files::{Opened, ScenarioError, ScenarioFiles};
use crate::emulator::tls::{TlsError, TlsParts};
use crate::emulator::{self, Emulator, Parts, outside};
use crate::journal::JournalLimits;
use crate::kit::{Kit, KitError, TppFolder, add_own};
use crate::metrics::Metrics;
use crate::server::ClientTrust;
use crate::world::{BankPlan, World, WorldError, WorldParts, Worlds};

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
    /// The scenarios that settings name.
    #[error(transparent)]
    Scenarios(#[from] ScenarioError),
    /// The kit's folder.
    #[error(transparent)]
    Kit(#[from] KitError),
    /// A bank's keys.
    #[error(transparent)]
    World(#[from] WorldError),
    /// TLS could not be set up.
    #[error(transparent)]
    Tls(#[from] TlsError),
    /// Key sets of other directories' software cannot be fetched.
    #[error(transparent)]
    Fetching(#[from] outside::FetchSetupError),
    /// No thread, or no runtime on it.
    #[error("the system gave no thread or event queue for the emulator: {0}")]
    System(io::Error),
    /// The thread ended before it was ready.
    #[error("the emulator's thread ended before it was ready; the log says why")]
    Ended,
}

/// Starts the emulator's thread.
pub(super) fn launch(builder: EmulatorBuilder) -> Result<(Launched, Ready), StartError> {
    builder.config.check()?;
    let (stop, stopped) = watch::channel(false);
    let (tell, ready) = oneshot::channel();
    let thread = thread::Builder::new()
        .name("aspsp-emulator".to_owned())
        .spawn(move || run(builder, tell, stopped))
        .map_err(StartError::System)?;
    Ok((Launched { stop, thread }, ready))
}

/// An emulator that is ready to serve.
struct Built {
    parts: Parts,
    listeners: Listeners,
    scenario_files: ScenarioFiles,
}

impl EmulatorBuilder {
    async fn build(self, stopped: watch::Receiver<bool>) -> Result<Built, StartError> {
        let key_pool = KeyPool::new(self.key_reserve);
        if self.config.kit.is_some() || !self.config.tpps.is_empty() {
            key_pool.prepare();
        }
        let bound = Bound::bind(&self.config.listen).await?;
        let addresses = bound.addresses;
        let urls = Arc::new(Urls::new(
            &self.config.hostnames,
            addresses.mtls.port(),
            addresses.tls.port(),
            Overrides {
                mtls: self.config.mtls_url.clone(),
                tls: self.config.tls_url.clone(),
            },
        ));
        let authority = self.open_authority().await?;
        let tls = TlsParts::new(&authority, &key_pool, &urls, &self.config.directory.trusted)?;
        let (directories, of) = (self.config.directory.clone(), Arc::clone(&authority));
        let outside = blocking(move || outside::directories(&directories, &of)).await??;
        let scenarios = self.open_scenarios().await?;
        let parts = WorldParts {
            directory_key: DirectoryKey::new(Arc::clone(&authority)),
            minted: Arc::default(),
            revocations: revocations(&authority, &tls.client_trust),
            authority,
            key_pool,
            clock: self.clock,
            urls,
            seed: self.config.seed,
            client_limit: self.config.limits.clients,
            banks: self
                .config
                .banks
                .iter()
                .map(|bank| plan(bank, self.config.strictness))
                .collect(),
            outside,
            library: scenarios.library,
            journal: JournalLimits {
                exchanges: self.config.limits.journal,
                ..JournalLimits::default()
            },
        };
        let limit = self.config.limits.worlds;
        let worlds = Arc::new(Worlds::new(parts, scenarios.active, limit)?);
        let world = Arc::clone(worlds.default_world());
        let (kit, folders) = write_kits(&world, self.config.clone()).await?;
        worlds.settle();
        let body_limit = self.limits.body;
        let metrics = Arc::new(Metrics::new());
        let serving = Serving {
            worlds: &worlds,
            metrics,
            kit: kit.clone(),
            config: &self.config,
            stopped,
        };
        let listeners = Listeners::new(bound, &tls, serving, self.limits);
        let parts = Parts {
            world: emulator::World::of_emulator(world, Handle::current(), body_limit),
            addresses,
            kit,
            folders,
            worlds,
        };
        Ok(Built {
            parts,
            listeners,
            scenario_files: scenarios.files,
        })
    }

    async fn open_scenarios(&self) -> Result<Opened, StartError> {
        let config = self.config.clone();
        Ok(blocking(move || ScenarioFiles::open(&config)).await??)
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

/// The authority's revocations, of which the mutual TLS listener hears.
fn revocations(authority: &Arc<Authority>, trust: &Arc<ClientTrust>) -> Arc<Revocations> {
    let trust = Arc::clone(trust);
    let publish = move |authority: &Authority| {
        let list = authority.crl_der(Clock::system().now())?;
        Ok(trust.replace_crls(vec![CertificateRevocationListDer::from(list)])?)
    };
    Arc::new(Revocations::new(Arc::clone(authority), publish))
}

/// A bank as its settings have it, over the switches of its dialect.
fn plan(bank: &BankConfig, strictness: Strictness) -> BankPlan {
    BankPlan {
        id: bank.id.clone(),
        base_path: bank.base_path.clone(),
        rules: bank.rules(strictness),
        token_lifetime: bank.token_lifetime.whole_seconds(),
    }
}

/// Makes the TPPs of kit and settings and writes their files; the kit, and every folder that is to
/// be kept fresh.
async fn write_kits(
    world: &Arc<World>,
    config: Config,
) -> Result<(Option<Arc<Kit>>, Vec<Arc<TppFolder>>), StartError> {
    let world = Arc::clone(world);
    let written = blocking(move || {
        let kit = config
            .kit
            .as_ref()
            .map(|kit| Kit::write(&world, kit, &config.redirect_uris));
        let kit = kit.transpose()?.map(Arc::new);
        let mut folders: Vec<_> = kit.iter().flat_map(|kit| kit.folders()).collect();
        let key_mode = config.kit.as_ref().map_or(OWNER_ONLY, |kit| kit.key_mode);
        for tpp in &config.tpps {
            let folder = add_own(&world, tpp, key_mode, &folders)?;
            folders.extend(folder.map(Arc::new));
        }
        Ok::<_, KitError>((kit, folders))
    });
    Ok(written.await??)
}

/// Permission bits of private keys where nothing else is said.
const OWNER_ONLY: u32 = 0o600;

/// Runs what blocks off the tasks' threads.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StartError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|_| StartError::Ended)
}

type Started = Result<Parts, StartError>;
pub(super) type Ready = oneshot::Receiver<Started>;

/// A thread on its way to being ready.
pub(super) struct Launched {
    stop: watch::Sender<bool>,
    thread: thread::JoinHandle<()>,
}

impl Launched {
    /// The running emulator, once its thread has said how it went.
    pub(super) fn when_ready(
        self,
        ready: Result<Started, oneshot::error::RecvError>,
    ) -> Result<Emulator, StartError> {
        match ready {
            Ok(Ok(parts)) => Ok(Emulator {
                parts,
                stop: self.stop,
                thread: Some(self.thread),
            }),
            Ok(Err(error)) => {
                // It has nothing left to do but to end; a panic has been logged by then.
                let _ = self.thread.join();
                Err(error)
            }
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
        match builder.build(stopped.clone()).await {
            Ok(built) => {
                let renewal = renew_folders(built.parts.folders.clone());
                let sweep = sweep_worlds(Arc::clone(&built.parts.worlds));
                let worlds = Arc::clone(&built.parts.worlds);
                let watch = built.scenario_files.watch(worlds);
                let served = built.listeners.serve(until_stopped(stopped));
                if tell.send(Ok(built.parts)).is_ok() {
                    tokio::select! {
                        () = served => {}
                        () = renewal => {}
                        () = watch => {}
                        () = sweep => {}
                    }
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
) -> impl Fn() -> Pin<Box<dyn Future<Output = ()> + Send>> {
    stopped.mark_unchanged();
    move || {
        let mut stopped = stopped.clone();
        Box::pin(async move {
            let _ = stopped.wait_for(|stop| *stop).await;
        })
    }
}
