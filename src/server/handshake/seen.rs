//! What one handshake has shown so far.

use std::sync::{Mutex, MutexGuard, OnceLock, PoisonError};

use rustls::pki_types::CertificateDer;

use super::HandshakeFault;

/// What one handshake has shown so far, for whoever must tell of it when it failed or was given up.
#[derive(Debug, Default)]
pub(in crate::server) struct Seen {
    hello: OnceLock<Hello>,
    client: Mutex<Client>,
    verdict: OnceLock<Option<HandshakeFault>>,
}

/// What the `ClientHello` says.
#[derive(Clone, Debug, Default)]
pub(in crate::server) struct Hello {
    pub(in crate::server) server_name: Option<String>,
    /// What it leads to, unless the versions turn out to be at odds.
    pub(in crate::server) tls_version: Option<&'static str>,
}

/// What the client says of itself.
#[derive(Debug, Default)]
struct Client {
    chain: Vec<CertificateDer<'static>>,
    proof_refused: bool,
}

impl Seen {
    /// The `ClientHello` came.
    pub(in crate::server) fn greet(&self, hello: Hello) {
        // There is one in each handshake.
        let _ = self.hello.set(hello);
    }

    /// The client presented this certificate, and these with it.
    pub(super) fn present(&self, leaf: &CertificateDer<'_>, others: &[CertificateDer<'_>]) {
        let chain = std::iter::once(leaf).chain(others);
        self.client().chain = chain.map(|one| one.clone().into_owned()).collect();
    }

    /// The client did not prove that it has the certificate's key.
    pub(super) fn refuse_proof(&self) {
        self.client().proof_refused = true;
    }

    /// What the script says; `ask` is called once.
    pub(super) fn verdict_or(
        &self,
        ask: impl FnOnce() -> Option<HandshakeFault>,
    ) -> Option<HandshakeFault> {
        *self.verdict.get_or_init(ask)
    }

    pub(in crate::server) fn hello(&self) -> Hello {
        self.hello.get().cloned().unwrap_or_default()
    }

    /// What the client presented, leaf first; nothing is left of it here.
    pub(in crate::server) fn take_chain(&self) -> Vec<CertificateDer<'static>> {
        std::mem::take(&mut self.client().chain)
    }

    pub(in crate::server) fn proof_refused(&self) -> bool {
        self.client().proof_refused
    }

    /// What the script said; `None` also before it was asked.
    pub(in crate::server) fn verdict(&self) -> Option<HandshakeFault> {
        self.verdict.get().copied().flatten()
    }

    fn client(&self) -> MutexGuard<'_, Client> {
        self.client.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
