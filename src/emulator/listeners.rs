//! The three listeners, from bound sockets to their end.

use std::future::Future;
use std::sync::Arc;

use crate::config::ControlAccess;
use crate::control;
use crate::emulator::builder::Bound;
use crate::emulator::tls::TlsParts;
use crate::http;
use crate::kit::Kit;
use crate::server::{Application, Limits, Transport, serve};
use crate::world::World;

/// What each socket serves.
pub(super) struct Listeners {
    bound: Bound,
    mtls: (Transport, Arc<Application>),
    tls: (Transport, Arc<Application>),
    control: (Transport, Arc<Application>),
    limits: Limits,
}

impl Listeners {
    pub(super) fn new(
        bound: Bound,
        tls: &TlsParts,
        world: &Arc<World>,
        kit: Option<Arc<Kit>>,
        access: &ControlAccess,
        limits: Limits,
    ) -> Self {
        let application = |routes| {
            let clock = world.clock.clone();
            let world = Arc::clone(world);
            let application = Application::new(routes, move || clock.now().into())
                .refusing_with(move |refusal, head| http::refuse(&world, refusal, head));
            Arc::new(application)
        };
        let clock = world.clock.clone();
        let control = Application::new(control::routes(world, kit, access), move || {
            clock.now().into()
        })
        .refusing_with(|refusal, _| control::refuse(refusal));
        Self {
            bound,
            mtls: (
                Transport::Tls(Arc::clone(&tls.mtls)),
                application(http::mtls_routes(world, limits.body)),
            ),
            tls: (
                Transport::Tls(Arc::clone(&tls.tls)),
                application(http::tls_routes(world)),
            ),
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
            one(self.bound.control, self.control, self.limits),
        );
    }
}
