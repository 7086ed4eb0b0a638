//! From settings to an emulator that is ready to serve.

use std::io;
use std::net::SocketAddr;
use std::panic::resume_unwind;
use std::sync::Arc;

use certs_gen::Authority;
use rustls::pki_types::CertificateRevocationListDer;
use tokio::sync::watch;

use crate::clock::Clock;
use crate::config::{Config, ConfigError};
use crate::directory::signer::DirectoryError;
use crate::directory::{DirectoryKey, KeyPool, Revocations};
use crate::domain::urls::{Overrides, Urls};
use crate::domain::words::debug_as_display;
use crate::emulator::builder::EmulatorBuilder;
use crate::emulator::host::{Host, plan};
use crate::emulator::listeners::{Bound, Listeners, Serving};
use crate::emulator::scenario_files::{Opened, ScenarioError, ScenarioFiles};
use crate::emulator::tasks::Tasks;
use crate::emulator::tls::{TlsError, TlsParts};
use crate::emulator::{self, Parts, outside};
use crate::journal::JournalLimits;
use crate::kit::{Kit, KitError, TppFolder, add_own};
use crate::metrics::Metrics;
use crate::server::{ClientTrust, Panics};
use crate::world::{World, WorldError, WorldParts, Worlds};

/// Why an emulator did not start. Each text is one sentence with the next step.
#[derive(thiserror::Error)]
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
    /// The thread panicked before it was ready: a mistake in the emulator.
    #[error("the emulator panicked before it was ready: {0}")]
    Panicked(String),
    /// The thread ended before it was ready.
    #[error("the emulator's thread ended before it was ready; the log says why")]
    Ended,
}

debug_as_display!(StartError);

/// An emulator that is ready to serve.
pub(super) struct Built {
    pub(super) parts: Parts,
    pub(super) listeners: Listeners,
    pub(super) scenario_files: ScenarioFiles,
}

impl EmulatorBuilder {
    pub(super) async fn build(
        self,
        stopped: watch::Receiver<bool>,
        panics: &Panics,
    ) -> Result<Built, StartError> {
        let key_pool = KeyPool::new(self.key_reserve);
        if self.config.kit.is_some() || !self.config.tpps.is_empty() {
            key_pool.prepare();
        }
        let bound = Bound::bind(&self.config.listen)?;
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
        let host = Host {
            worlds: Arc::clone(&worlds),
            tasks: Tasks::here(panics.clone()),
            body_limit: self.limits.body,
            strictness: self.config.strictness,
            is_stopped: Arc::default(),
        };
        let metrics = Arc::new(Metrics::new());
        let serving = Serving {
            worlds: &worlds,
            metrics,
            kit: kit.clone(),
            config: &self.config,
            stopped,
            panics,
        };
        let listeners = Listeners::new(bound, &tls, serving, self.limits);
        let parts = Parts {
            world: emulator::World::of_emulator(world, host),
            addresses,
            kit,
            folders,
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
        Ok(trust.replace_crls(&[CertificateRevocationListDer::from(list)])?)
    };
    Arc::new(Revocations::new(Arc::clone(authority), publish))
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

/// Runs what blocks off the tasks' threads. Its panic is the caller's.
pub(super) async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> Result<T, StartError> {
    let done = tokio::task::spawn_blocking(work).await;
    done.map_err(|error| match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(_) => StartError::Ended,
    })
}
