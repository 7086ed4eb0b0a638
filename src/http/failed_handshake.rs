//! What is kept of a handshake that failed.

use std::sync::Arc;

use bytes::Bytes;

use crate::clock::Clock;
use crate::dialect::trust::Trust;
use crate::domain::certificate::ClientCertificate;
use crate::http::record::micros;
use crate::journal::{Exchange, FailedHandshake, HANDSHAKE, Timings, Tls};
use crate::server::FailedHandshake as Failure;
use crate::world::World;

/// The exchange that is kept of it.
pub fn exchange(world: &World, failure: &Failure) -> Exchange {
    let certificate = failure.certificate_chain.first();
    let read = certificate.and_then(|der| ClientCertificate::from_der(der).ok());
    let owner = read.and_then(|read| world.directory.owner(&read));
    let (software, org) = owner.map_or((None, None), |owner| (owner.software_id, owner.org_id));
    Exchange {
        at_ms: world.clock.unix_millis(),
        received_at_ms: Clock::system().unix_millis(),
        world: Arc::clone(&world.name),
        listener: failure.listener.as_str(),
        operation: Some(HANDSHAKE),
        software_id: software.map(|id| id.to_string()),
        org_id: org.map(|id| id.to_string()),
        connection: failure.listener.ordinal(failure.connection),
        peer_address: failure.address.to_string(),
        tls: Some(Arc::new(Tls {
            version: failure.tls_version.unwrap_or_default(),
            server_name: failure.server_name.clone(),
            certificate: certificate.map(|der| Bytes::copy_from_slice(der)),
            ..Tls::default()
        })),
        handshake: Some(FailedHandshake {
            cause: failure.cause.as_str(),
            hint: failure.cause.hint(),
            detail: failure.detail.clone(),
        }),
        timings: Timings {
            work_micros: micros(failure.duration),
            delay_ms: 0,
        },
        ..Exchange::default()
    }
}
