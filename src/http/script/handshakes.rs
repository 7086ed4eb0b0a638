//! TLS handshakes under scenarios.

use std::sync::Arc;

use crate::dialect::trust::Trust;
use crate::domain::certificate::ClientCertificate;
use crate::http::failed_handshake;
use crate::http::script::report;
use crate::http::script::seen::seen_certificate;
use crate::metrics::Metrics;
use crate::scenario::decision::Act;
use crate::scenario::model::Fault;
use crate::scenario::seen::{Born, HANDSHAKE, Seen};
use crate::server::{
    FailedHandshake, Handshake, HandshakeCause, HandshakeFault, HandshakeScript, ListenerKind,
    Observer,
};
use crate::world::{World, Worlds};

/// Lets the scenarios of worlds decide about handshakes, and keeps those that failed.
#[derive(Debug)]
pub struct Handshakes {
    worlds: Arc<Worlds>,
    metrics: Arc<Metrics>,
}

impl Handshakes {
    /// Those of all worlds.
    #[must_use]
    pub fn new(worlds: &Arc<Worlds>, metrics: &Arc<Metrics>) -> Self {
        Self {
            worlds: Arc::clone(worlds),
            metrics: Arc::clone(metrics),
        }
    }

    /// The world of the certificate, the default one without any; `None` if that world is gone.
    fn world(&self, certificate: Option<&ClientCertificate>) -> Option<Arc<World>> {
        match certificate {
            Some(certificate) => self.worlds.home(certificate),
            None => Some(Arc::clone(self.worlds.default_world())),
        }
    }
}

impl Observer for Handshakes {
    fn connection_opened(&self, listener: ListenerKind) {
        self.metrics.connection_opened(listener.as_str());
    }

    fn connection_closed(&self, listener: ListenerKind) {
        self.metrics.connection_closed(listener.as_str());
    }

    fn handshake_failed(&self, failure: &FailedHandshake) {
        let cause = failure.cause.as_str();
        self.metrics
            .handshake_failure(failure.listener.as_str(), cause);
        if is_probe(failure) {
            return;
        }
        let certificate = failure.certificate_chain.first();
        let certificate = certificate.and_then(|der| ClientCertificate::from_der(der).ok());
        let world = self.world(certificate.as_ref());
        let world = world.unwrap_or_else(|| Arc::clone(self.worlds.default_world()));
        world
            .journal
            .push(failed_handshake::exchange(&world, failure));
    }
}

/// Whether somebody only looked whether the port is open, as load balancers do every second: that would
/// drive what matters out of the journal.
fn is_probe(failure: &FailedHandshake) -> bool {
    failure.cause == HandshakeCause::PeerGone
        && failure.server_name.is_none()
        && failure.tls_version.is_none()
}

impl HandshakeScript for Handshakes {
    fn wants_certificate(&self) -> bool {
        self.worlds.wants_certificate()
    }

    fn judge(&self, handshake: &Handshake<'_>) -> Option<HandshakeFault> {
        let der = handshake.certificate;
        let read = der.and_then(|der| ClientCertificate::from_der(der).ok());
        let world = self.world(read.as_ref())?;
        if world.scenarios.is_idle() {
            return None;
        }
        let owner = read.as_ref().and_then(|read| world.directory.owner(read));
        let (software_id, org_id) = owner
            .map(|owner| (owner.software_id, owner.org_id))
            .unwrap_or_default();
        let birth = |read| world.directory.born_of_certificate(read);
        let seen = Seen {
            operation: Some(HANDSHAKE),
            software_id: software_id.map(|id| id.to_string()),
            org_id: org_id.map(|id| id.to_string()),
            connection: Some(handshake.listener.ordinal(handshake.connection)),
            certificate: read
                .as_ref()
                .zip(der)
                .map(|(read, der)| seen_certificate(read, der)),
            sni: handshake.server_name,
            born: Born {
                certificate: read.as_ref().map(birth),
                ..Born::default()
            },
            ..Seen::default()
        };
        let decision = world.scenarios.decide(None, &seen);
        report::log(None, &decision);
        match decision.act? {
            Act::Effect(effect, _) => fault(effect.fault.as_ref()?),
            Act::Exceeded { .. } => None,
        }
    }
}

/// What a fault is in a handshake; scenario files hold no others there.
fn fault(fault: &Fault) -> Option<HandshakeFault> {
    match fault {
        Fault::Close => Some(HandshakeFault::Close),
        Fault::Reset => Some(HandshakeFault::Reset),
        Fault::Stall(time) => Some(HandshakeFault::Stall(*time)),
        Fault::Alert(alert) => Some(HandshakeFault::Alert(alert.number)),
        _ => None,
    }
}
