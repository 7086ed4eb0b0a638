//! The three listeners, from bound sockets to their end.

use std::future::Future;
use std::io;
use std::net::SocketAddr;
use std::sync::{Arc, OnceLock};

use tokio::net::{TcpListener, TcpSocket};
use tokio::sync::watch;

use crate::config::{Config, Listen};
use crate::control::{self, Control};
use crate::emulator::Addresses;
use crate::emulator::start::StartError;
use crate::emulator::tls::TlsParts;
use crate::http::{Endpoints, Handshakes};
use crate::kit::Kit;
use crate::metrics::Metrics;
use crate::server::{Application, Limits, Panics, Transport, serve};
use crate::world::Worlds;

/// Connections that wait to be accepted, as far as the system allows. Beyond them it drops what comes, and
/// a client tries again after a second: with the usual 128, a burst of clients would be slow.
const BACKLOG: u32 = 4096;

/// The addresses asked for, bound.
pub(super) struct Bound {
    pub(super) mtls: TcpListener,
    pub(super) tls: TcpListener,
    pub(super) control: TcpListener,
    pub(super) addresses: Addresses,
}

impl Bound {
    /// Binds all three, or none.
    pub(super) fn bind(listen: &Listen) -> Result<Self, StartError> {
        let (mtls, mtls_address) = listen_on(listen.mtls, "--mtls-addr")?;
        let (tls, tls_address) = listen_on(listen.tls, "--tls-addr")?;
        let (control, control_address) = listen_on(listen.control, "--control-addr")?;
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
}

fn listen_on(
    address: SocketAddr,
    flag: &'static str,
) -> Result<(TcpListener, SocketAddr), StartError> {
    let failed = |cause| StartError::Address {
        address,
        flag,
        cause,
    };
    let listener = bind(address).map_err(failed)?;
    let bound = listener.local_addr().map_err(failed)?;
    Ok((listener, bound))
}

/// `TcpListener::bind`, but for the backlog.
fn bind(address: SocketAddr) -> io::Result<TcpListener> {
    let socket = match address {
        SocketAddr::V4(_) => TcpSocket::new_v4(),
        SocketAddr::V6(_) => TcpSocket::new_v6(),
    }?;
    // Windows would let others take the port meanwhile.
    #[cfg(not(windows))]
    socket.set_reuseaddr(true)?;
    socket.bind(address)?;
    socket.listen(BACKLOG)
}

/// What each socket serves.
pub(super) struct Listeners {
    bound: Bound,
    mtls: (Transport, Arc<Application>),
    tls: (Transport, Arc<Application>),
    control: (Transport, Arc<Application>),
    limits: Limits,
}

/// What the listeners answer from.
pub(super) struct Serving<'a> {
    pub(super) worlds: &'a Arc<Worlds>,
    pub(super) metrics: Arc<Metrics>,
    pub(super) kit: Option<Arc<Kit>>,
    pub(super) config: &'a Config,
    /// Says when the emulator stops.
    pub(super) stopped: watch::Receiver<bool>,
    /// Where panics of routes and connections are noted.
    pub(super) panics: &'a Panics,
}

impl Serving<'_> {
    fn banks(&self, handshakes: &Arc<Handshakes>, body_limit: usize) -> Application {
        let annotate = self.config.annotate;
        let endpoints = Endpoints::new(self.worlds, &self.metrics, body_limit, annotate);
        let (answering, refusing) = (endpoints.clone(), endpoints);
        let answer = move |request| {
            let endpoints = answering.clone();
            async move { endpoints.answer(request).await }
        };
        let clock = self.worlds.default_world().clock.clone();
        Application::answering(answer, move || clock.now().into())
            .refusing_with(move |refusal, head| refusing.refuse(refusal, head))
            .noting_panics(self.panics.clone())
            .judging_size()
            .scripting_handshakes(Arc::clone(handshakes) as _)
            .observed_by(Arc::clone(handshakes) as _)
    }

    fn control(self, body_limit: usize) -> Application {
        let clock = self.worlds.default_world().clock.clone();
        let control = Control {
            worlds: Arc::clone(self.worlds),
            metrics: self.metrics,
            strictness: self.config.strictness,
            kit: self.kit,
            body_limit,
            stopped: self.stopped,
            document: OnceLock::new(),
        };
        let routes = control::routes(control, &self.config.control);
        Application::new(routes, move || clock.now().into())
            .refusing_with(|refusal, _| control::refuse(refusal))
            .noting_panics(self.panics.clone())
    }
}

impl Listeners {
    pub(super) fn new(bound: Bound, tls: &TlsParts, serving: Serving<'_>, limits: Limits) -> Self {
        let handshakes = Arc::new(Handshakes::new(serving.worlds, &serving.metrics));
        let banks = Arc::new(serving.banks(&handshakes, limits.body));
        let control = serving.control(limits.body).observed_by(handshakes);
        Self {
            bound,
            mtls: (Transport::Tls(Arc::clone(&tls.mtls)), Arc::clone(&banks)),
            tls: (Transport::Tls(Arc::clone(&tls.tls)), banks),
            control: (Transport::Cleartext, Arc::new(control)),
            limits,
        }
    }

    /// Serves all three until `stopped` says so, and returns when nothing is left of them.
    pub(super) async fn serve<Stop>(self, stopped: impl Fn() -> Stop)
    where
        Stop: Future<Output = ()>,
    {
        let one = |listener, (transport, application), limits| {
            serve(listener, transport, application, limits, stopped())
        };
        tokio::join!(
            one(self.bound.mtls, self.mtls, self.limits.clone()),
            one(self.bound.tls, self.tls, self.limits.clone()),
            one(
                self.bound.control,
                self.control,
                Limits {
                    // Its routes have limits of their own.
                    body: control::body_limit(self.limits.body),
                    ..self.limits
                }
            ),
        );
    }
}
