//! Which world made which client certificate.

use std::sync::Arc;

use certs_gen::{Authority, Mark, Serial};
use dashmap::DashMap;

use crate::domain::certificate::ClientCertificate;

/// The client certificates that worlds made for themselves, shared by all worlds. Those of residents
/// are not among them: every world knows these.
#[derive(Debug, Default)]
pub struct Minted {
    /// By `x5t#S256` (RFC 8705 §3.1); several worlds where a snapshot was put into another one.
    certificates: DashMap<String, Vec<Arc<str>>>,
    /// The worlds that there are, by what they mark serial numbers with.
    marks: DashMap<Mark, Arc<str>>,
}

/// Whose a certificate is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Minting {
    /// No world's: a resident's, or one that was made elsewhere.
    Nobodys,
    /// These worlds know it; the first made it.
    Of(Vec<Arc<str>>),
    /// This world made it for a TPP that is gone.
    Orphaned(Arc<str>),
    /// A world made it that is gone.
    Lost,
}

impl Minted {
    /// Whose this certificate is. `authority` is that of all worlds.
    #[must_use]
    pub fn of(&self, authority: &Authority, certificate: &ClientCertificate) -> Minting {
        if let Some(worlds) = self.certificates.get(&certificate.thumbprint) {
            return Minting::Of(worlds.clone());
        }
        let serial: Option<Serial> = certificate.serial.parse().ok();
        match serial.and_then(|serial| authority.mark_of(&serial)) {
            None => Minting::Nobodys,
            Some(mark) => match self.marks.get(&mark) {
                Some(world) => Minting::Orphaned(Arc::clone(&world)),
                None => Minting::Lost,
            },
        }
    }

    pub(super) fn begin(&self, mark: Mark, world: &Arc<str>) {
        self.marks.insert(mark, Arc::clone(world));
    }

    pub(super) fn end(&self, mark: Mark) {
        self.marks.remove(&mark);
    }

    pub(super) fn note(&self, thumbprint: &str, world: &Arc<str>) {
        let mut worlds = self.certificates.entry(thumbprint.to_owned()).or_default();
        if !worlds.contains(world) {
            worlds.push(Arc::clone(world));
        }
    }

    pub(super) fn forget(&self, thumbprint: &str, world: &Arc<str>) {
        self.certificates.remove_if_mut(thumbprint, |_, worlds| {
            worlds.retain(|other| other != world);
            worlds.is_empty()
        });
    }
}
