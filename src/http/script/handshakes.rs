//! TLS handshakes under scenarios.

use std::sync::Arc;

use crate::dialect::trust::Trust;
use crate::domain::certificate::ClientCertificate;
use crate::http::script::report;
use crate::http::script::seen::{connection, seen_certificate};
use crate::scenario::decision::Act;
use crate::scenario::model::Fault;
use crate::scenario::seen::{Born, HANDSHAKE, Seen};
use crate::server::{Handshake, HandshakeFault, HandshakeScript};
use crate::world::Worlds;

/// Lets the scenarios of worlds decide about handshakes.
#[derive(Debug)]
pub struct Handshakes(pub Arc<Worlds>);

impl HandshakeScript for Handshakes {
    fn wants_certificate(&self) -> bool {
        self.0.wants_certificate()
    }

    fn judge(&self, handshake: &Handshake<'_>) -> Option<HandshakeFault> {
        let minting = handshake.certificate;
        let minting = minting.and_then(|certificate| self.0.minting(certificate));
        let world = minting.as_ref().unwrap_or(self.0.default_world());
        if world.scenarios.is_idle() {
            return None;
        }
        let der = handshake.certificate;
        let read = der.and_then(|der| ClientCertificate::from_der(der).ok());
        let owner = read.as_ref().and_then(|read| world.directory.owner(read));
        let (software_id, org_id) = owner
            .map(|owner| (owner.software_id, owner.org_id))
            .unwrap_or_default();
        let birth = |read| world.directory.born_of_certificate(read);
        let seen = Seen {
            operation: Some(HANDSHAKE),
            software_id: software_id.map(|id| id.to_string()),
            org_id: org_id.map(|id| id.to_string()),
            connection: Some(connection(handshake.listener, handshake.connection)),
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
