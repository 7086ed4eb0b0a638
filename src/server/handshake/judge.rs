//! Asks a script about one handshake, at once or when the client certificate is known.

use std::fmt;
use std::sync::Arc;

use rustls::pki_types::CertificateDer;

use super::{Handshake, HandshakeFault, HandshakeScript};
use crate::server::peer::ListenerKind;

/// A script and the handshake it is asked about.
#[derive(Clone)]
pub(in crate::server) struct Judge {
    pub(in crate::server) script: Arc<dyn HandshakeScript>,
    pub(in crate::server) listener: ListenerKind,
    pub(in crate::server) connection: u64,
    pub(in crate::server) server_name: Option<String>,
}

impl Judge {
    /// What the script says.
    pub(in crate::server) fn ask(
        &self,
        certificate: Option<&CertificateDer<'static>>,
    ) -> Option<HandshakeFault> {
        self.script.judge(&Handshake {
            listener: self.listener,
            connection: self.connection,
            server_name: self.server_name.as_deref(),
            certificate,
        })
    }
}

impl fmt::Debug for Judge {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Judge")
            .field("listener", &self.listener)
            .field("connection", &self.connection)
            .field("server_name", &self.server_name)
            .finish_non_exhaustive()
    }
}
