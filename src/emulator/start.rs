//! From settings to a running emulator, and to its end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use certs_gen::Authority;
use tokio::runtime::{Handle, Runtime};
use tokio::sync::{oneshot, watch};

use crate::clock::Clock;
use crate::config::{ConfigError, KitConfig};
use crate::directory::KeyPool;
use crate::directory::signer::DirectoryError;
use crate::domain::urls::Urls;
use crate::emulator::builder::EmulatorBuilder;
use crate::emulator::listeners::{Bound, Listeners};
use crate::emulator::tls::{TlsError, TlsParts};
use crate::emulator::{Emulator, Parts};
use crate::kit::{Kit, KitError};
use crate::world::{self, REQUEST_LIFETIME, World, WorldError, WorldParts};

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
    Tls(#[from] TlsError),
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

impl EmulatorBuilder {
    async fn build(self) -> Result<(Parts, Listeners), StartError> {
        let key_pool = KeyPool::new(self.key_reserve);
        if self.config.kit.is_some() {
            key_pool.prepare();
        }
        let bound = Bound::bind(&self.config.listen).await?;
        let addresses = bound.addresses;
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
            Listeners::new(bound, &tls, &world, kit, &self.config.control, self.limits),
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

async fn write_kit(
    world: &Arc<World>,
    config: KitConfig,
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
        match builder.build().await {
            Ok((parts, listeners)) => {
                let renewal = renew_kit(parts.kit.clone());
                let served = listeners.serve(until_stopped(stopped));
                if tell.send(Ok(parts)).is_ok() {
                    tokio::select! {
                        () = served => {}
                        () = renewal => {}
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

/// How often the requests in the kit's folder are renewed: twice in their life.
const RENEWAL: Duration = Duration::from_secs(REQUEST_LIFETIME.unsigned_abs() / 2);

/// Keeps the kit's folder fresh, for ever.
async fn renew_kit(kit: Option<Arc<Kit>>) {
    let Some(kit) = kit else {
        return std::future::pending().await;
    };
    loop {
        tokio::time::sleep(RENEWAL).await;
        let kit = Arc::clone(&kit);
        match blocking(move || kit.renew()).await {
            Ok(Ok(())) => tracing::info!("the kit's requests are renewed"),
            Ok(Err(error)) => tracing::error!(%error, "the kit's requests grow old"),
            Err(error) => tracing::error!(%error, "the kit's requests grow old"),
        }
    }
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
