//! What the authority lists as revoked, and who hears of a change.

use std::collections::HashSet;
use std::error::Error;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use certs_gen::{Authority, Serial};

use crate::clock::Clock;
use crate::directory::signer::DirectoryError;

/// Why nobody could be told of a list.
pub type Unpublished = Box<dyn Error + Send + Sync>;
type Publish = dyn Fn(&Authority) -> Result<(), Unpublished> + Send + Sync;

/// The authority's revocation list with those who must hear of each change, such as the listener
/// that refuses handshakes by it. One for all worlds.
pub struct Revocations {
    authority: Arc<Authority>,
    publish: Box<Publish>,
    /// Held while the list is changed and published, so that the last list is the last published.
    changing: Mutex<()>,
}

impl fmt::Debug for Revocations {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter
            .debug_struct("Revocations")
            .finish_non_exhaustive()
    }
}

impl Revocations {
    /// `publish` is called after each change.
    pub fn new(
        authority: Arc<Authority>,
        publish: impl Fn(&Authority) -> Result<(), Unpublished> + Send + Sync + 'static,
    ) -> Self {
        Self {
            authority,
            publish: Box::new(publish),
            changing: Mutex::default(),
        }
    }

    /// Nobody needs to hear of changes: there is no listener.
    #[must_use]
    pub fn unheard(authority: Arc<Authority>) -> Self {
        Self::new(authority, |_| Ok(()))
    }

    /// Whether the authority lists this serial number.
    #[must_use]
    pub fn contains(&self, serial: &Serial) -> bool {
        self.authority.is_revoked(serial)
    }

    /// Lists a serial number.
    ///
    /// # Errors
    /// It cannot be listed, or the list cannot be published.
    pub(super) fn revoke(&self, serial: &Serial) -> Result<(), DirectoryError> {
        let _held = self.hold();
        // The handshake judges by the system's time.
        self.authority.revoke(serial, Clock::system().now())?;
        self.published()
    }

    /// Publishes what has been listed already.
    pub(super) fn publish(&self) -> Result<(), DirectoryError> {
        let _held = self.hold();
        self.published()
    }

    /// Takes serial numbers off the list.
    pub(super) fn reinstate(&self, serials: &[Serial]) -> Result<(), DirectoryError> {
        if serials.is_empty() {
            return Ok(());
        }
        let _held = self.hold();
        self.withdraw(serials);
        self.published()
    }

    /// The same without telling anybody.
    pub(super) fn withdraw(&self, serials: &[Serial]) {
        for serial in serials {
            self.authority.reinstate(serial);
        }
    }

    /// Takes some serial numbers off the list and puts others on it, without telling anybody; those of
    /// the latter that were not on it.
    ///
    /// # Errors
    /// One cannot be listed.
    pub(super) fn exchange(
        &self,
        gone: &[Serial],
        come: &[Serial],
    ) -> Result<HashSet<Serial>, DirectoryError> {
        let _held = self.hold();
        self.withdraw(gone);
        let mut listed = HashSet::new();
        for serial in come {
            if !self.contains(serial) {
                self.authority.revoke(serial, Clock::system().now())?;
                listed.insert(serial.clone());
            }
        }
        Ok(listed)
    }

    fn published(&self) -> Result<(), DirectoryError> {
        (self.publish)(&self.authority).map_err(DirectoryError::Unpublished)
    }

    fn hold(&self) -> MutexGuard<'_, ()> {
        self.changing.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
