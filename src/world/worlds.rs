//! The worlds of one emulator.

use std::sync::Arc;

use crate::world::{DEFAULT, World};

/// The worlds of one emulator: the default one, and those that were made since.
#[derive(Debug)]
pub struct Worlds {
    default: Arc<World>,
}

impl Worlds {
    /// Only the default one.
    #[must_use]
    pub fn new(default: Arc<World>) -> Self {
        Self { default }
    }

    /// The world that is always there.
    #[must_use]
    pub fn default_world(&self) -> &Arc<World> {
        &self.default
    }

    /// The world of this name.
    #[must_use]
    pub fn world(&self, name: &str) -> Option<Arc<World>> {
        (name == DEFAULT).then(|| Arc::clone(&self.default))
    }

    /// The world that minted a client certificate (DER), if one did.
    #[must_use]
    pub fn minting(&self, _certificate: &[u8]) -> Option<Arc<World>> {
        None
    }

    /// Whether a rule for handshakes needs the client certificate.
    #[must_use]
    pub fn wants_certificate(&self) -> bool {
        self.default.scenarios.wants_certificate()
    }
}
