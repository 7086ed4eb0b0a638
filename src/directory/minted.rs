//! Which world made which client certificate.

use std::sync::Arc;

use dashmap::DashMap;

/// The client certificates that worlds made for themselves, shared by all worlds. Those of residents
/// are not among them: every world knows these.
#[derive(Debug, Default)]
pub struct Minted(DashMap<String, Arc<str>>);

impl Minted {
    /// The name of the world that made the certificate with this `x5t#S256` (RFC 8705 §3.1); `None`
    /// if none did, or it is a resident's.
    #[must_use]
    pub fn world_of(&self, thumbprint: &str) -> Option<Arc<str>> {
        self.0.get(thumbprint).map(|world| Arc::clone(&world))
    }

    pub(super) fn note(&self, thumbprint: &str, world: &Arc<str>) {
        self.0.insert(thumbprint.to_owned(), Arc::clone(world));
    }

    /// Forgets a certificate of `world`, unless another one took it over.
    pub(super) fn forget(&self, thumbprint: &str, world: &str) {
        self.0.remove_if(thumbprint, |_, held| **held == *world);
    }
}
