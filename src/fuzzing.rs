//! What fuzz targets call that nobody else can: the listeners without their sockets, and what commands
//! print. No part of the public interface.

use std::error::Error;
use std::net::{Ipv4Addr, SocketAddr};
use std::path::Path;
use std::sync::{Arc, OnceLock};

use bytes::Bytes;
use certs_gen::{Authority, Key};
use rustls::pki_types::CertificateDer;
use tokio::sync::watch;
use warp::http::Request;
use warp::reply::Response;

pub use crate::cli::simulated;
use crate::clock::Clock;
use crate::config::{self, BadFile, BankConfig, ControlAccess, Loaded};
use crate::control::{self, Control};
use crate::dialect::policy::Strictness;
use crate::directory::outside::Outside;
use crate::directory::{DirectoryKey, KeyPool, Revocations};
use crate::domain::certificate::ClientCertificate;
use crate::domain::ids::InteractionId;
use crate::domain::urls::{Overrides, Urls};
use crate::http::Endpoints;
use crate::journal::JournalLimits;
use crate::metrics::Metrics;
use crate::scenario::Library;
use crate::server::{Limits, ListenerKind, Peer, Routes};
use crate::world::{BankPlan, NewWorld, NewWorldError, World, WorldParts, Worlds};

/// Clients that each bank holds, worlds that there are, and exchanges that a journal keeps, at most.
const MOST: usize = 16;

/// An emulator whose listeners are called, not connected to.
pub struct Unconnected {
    worlds: Arc<Worlds>,
    endpoints: Endpoints,
    control: Routes,
    /// Dropped, it would be the stop of the emulator.
    _running: watch::Sender<bool>,
}

impl Unconnected {
    /// With these banks and this clock. `keys` are given to TPPs in turn, since RSA keys take long to make.
    ///
    /// # Errors
    /// A key or certificate could not be made.
    pub fn new(banks: &[BankConfig], clock: Clock, keys: Vec<Key>) -> Result<Self, Box<dyn Error>> {
        let authority = Arc::new(Authority::generate(clock.now())?);
        let parts = WorldParts {
            directory_key: DirectoryKey::new(Arc::clone(&authority)),
            minted: Arc::default(),
            revocations: Arc::new(Revocations::unheard(Arc::clone(&authority))),
            authority,
            key_pool: KeyPool::of(keys),
            clock,
            urls: Arc::new(Urls::new(&[], 8443, 8444, Overrides::default())),
            seed: 1,
            client_limit: MOST,
            outside: Outside::default(),
            library: Arc::new(Library::default()),
            journal: JournalLimits {
                exchanges: MOST,
                ..JournalLimits::default()
            },
            banks: plans(banks),
        };
        let worlds = Arc::new(Worlds::new(parts, Vec::new(), MOST)?);
        let metrics = Arc::new(Metrics::new());
        let body_limit = Limits::default().body;
        let (running, stopped) = watch::channel(false);
        let control = Control {
            worlds: Arc::clone(&worlds),
            metrics: Arc::clone(&metrics),
            strictness: Strictness::default(),
            kit: None,
            body_limit,
            stopped,
            document: OnceLock::new(),
        };
        Ok(Self {
            endpoints: Endpoints::new(&worlds, &metrics, body_limit, true),
            control: Routes::new(control::routes(control, &ControlAccess::default())),
            worlds,
            _running: running,
        })
    }

    /// Makes a world with these banks alone, in the place of one of the same name.
    ///
    /// # Errors
    /// A key could not be made, or the name cannot be.
    pub async fn create_world(
        &self,
        name: &str,
        banks: &[BankConfig],
    ) -> Result<Arc<World>, NewWorldError> {
        self.worlds.delete(name).await;
        self.worlds.create(NewWorld {
            name: Some(name.to_owned()),
            banks: Some(plans(banks)),
            ..NewWorld::default()
        })
    }

    /// The world that is always there.
    #[must_use]
    pub fn world(&self) -> &Arc<World> {
        self.worlds.default_world()
    }

    /// All of them.
    #[must_use]
    pub fn worlds(&self) -> &Worlds {
        &self.worlds
    }

    /// What the mutual TLS listener's routes answer a caller with this certificate (DER).
    pub async fn ask_bank(&self, certificate: &[u8], mut request: Request<Bytes>) -> Response {
        let certificate = CertificateDer::from(certificate.to_vec());
        request.extensions_mut().insert(Peer {
            address: SocketAddr::from((Ipv4Addr::LOCALHOST, 50_000)),
            listener: ListenerKind::Mtls,
            connection: 1,
            certificate: ClientCertificate::from_der(&certificate).ok().map(Arc::new),
            certificate_chain: Arc::new([certificate]),
            tls: None,
        });
        request.extensions_mut().insert(InteractionId::fresh());
        self.endpoints.answer(request).await
    }

    /// What the control listener's routes answer.
    pub async fn ask_control(&self, request: Request<Bytes>) -> Response {
        self.control.answer(request).await
    }
}

fn plans(banks: &[BankConfig]) -> Vec<BankPlan> {
    let plan = |bank: &BankConfig| BankPlan {
        id: bank.id.clone(),
        base_path: bank.base_path.clone(),
        rules: bank.rules(Strictness::default()),
        token_lifetime: bank.token_lifetime.whole_seconds(),
    };
    banks.iter().map(plan).collect()
}

/// Reads the text of the config file that lies at this path.
///
/// # Errors
/// [`BadFile`], with everything that is wrong.
pub fn parse_config(path: &Path, text: &str) -> Result<Loaded, BadFile> {
    config::parse_at(path, text)
}
