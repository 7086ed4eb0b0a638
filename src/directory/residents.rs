//! Who is listed, who stays, and going back to how it all began.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use crate::directory::Directory;
use crate::directory::births::Birth;
use crate::directory::signer::DirectoryError;
use crate::directory::tpp::{Origin, Profile, Tpp};
use crate::domain::ids::SoftwareId;

impl Directory {
    /// The listed TPPs, in the order in which they were added.
    #[must_use]
    pub fn tpps(&self) -> Vec<Arc<Tpp>> {
        let mut listed: Vec<(u64, Arc<Tpp>)> = self
            .software
            .iter()
            .map(|listed| (listed.position, Arc::clone(&listed.tpp)))
            .collect();
        listed.sort_unstable_by_key(|(position, _)| *position);
        listed.into_iter().map(|(_, tpp)| tpp).collect()
    }

    /// The listed TPP with this software.
    #[must_use]
    pub fn tpp(&self, software: &SoftwareId) -> Option<Arc<Tpp>> {
        let listed = self.software.get(software)?;
        Some(Arc::clone(&listed.tpp))
    }

    /// Lists a resident of another world here: with the identity, the keys and the certificates that
    /// it was made with, but with statuses, revocations and births of its own, on this world's
    /// clock.
    ///
    /// # Errors
    /// [`DirectoryError::AlreadyListed`].
    pub fn adopt(&self, resident: &Tpp) -> Result<Arc<Tpp>, DirectoryError> {
        let profile = Profile {
            updated_at: self.clock().unix_millis(),
            ..Profile::clone(resident.first_profile())
        };
        let identity = resident.identity.clone();
        let tpp = Tpp::new(identity, Origin::Adopted, profile, None, self.clock());
        let tpp = Arc::new(tpp);
        self.list(&tpp, None)?;
        self.note_transport(&tpp, &tpp.transport(), None, Birth::Now);
        Ok(tpp)
    }

    /// Goes back to how it began: TPPs that were made here are gone, residents are as they were
    /// made, nothing is revoked any more, and the next TPP is the first one again.
    ///
    /// # Errors
    /// [`DirectoryError::Unpublished`], when all of that is done.
    pub fn reset(&self) -> Result<(), DirectoryError> {
        self.keep_residents();
        for ordinal in &self.ordinals {
            ordinal.store(0, Ordering::Relaxed);
        }
        self.reinstate_all()
    }

    /// Only residents are left, as they were made, with their first certificates.
    pub(super) fn keep_residents(&self) {
        self.software.retain(|_, listed| {
            let stays = listed.tpp.is_resident();
            if stays {
                listed.restore();
            }
            stays
        });
        self.forget_transports(|issued| {
            let is_listed = self.software.contains_key(&issued.software);
            !(is_listed && issued.is_first)
        });
    }

    /// Forgets everybody and takes back what it revoked: the end of its world.
    ///
    /// # Errors
    /// [`DirectoryError::Unpublished`], when all of that is done.
    pub fn clear(&self) -> Result<(), DirectoryError> {
        self.minted.end(self.mark);
        self.software.clear();
        self.forget_transports(|_| true);
        self.reinstate_all()
    }
}

impl Drop for Directory {
    /// Leaves nothing behind in what worlds share.
    fn drop(&mut self) {
        self.minted.end(self.mark);
        self.forget_transports(|_| true);
        self.withdraw_all();
    }
}
