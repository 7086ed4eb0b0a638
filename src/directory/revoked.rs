//! What one world has revoked.

use std::collections::HashMap;
use std::sync::{PoisonError, RwLock};

use certs_gen::Serial;

use crate::directory::Directory;
use crate::directory::signer::DirectoryError;

/// The serial numbers that one world has revoked.
#[derive(Debug, Default)]
pub(super) struct Revoked(RwLock<HashMap<Serial, Reach>>);

/// How far a revocation reaches.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Reach {
    /// It is on the authority's list because of this world, which must take it off again.
    Handshakes,
    /// Only requests to this world, or it was on the authority's list before.
    Requests,
}

impl Revoked {
    fn contains(&self, serial: &Serial) -> bool {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        held.contains_key(serial)
    }

    /// One that is there stays as it is.
    fn insert(&self, serial: &Serial, reach: Reach) {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        held.entry(serial.clone()).or_insert(reach);
    }

    /// All, in order.
    fn serials(&self) -> Vec<Serial> {
        let held = self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut serials: Vec<Serial> = held.keys().cloned().collect();
        serials.sort_unstable();
        serials
    }

    /// Forgets all; those that the authority lists because of this world.
    fn take_listed(&self) -> Vec<Serial> {
        let mut held = self.0.write().unwrap_or_else(PoisonError::into_inner);
        let all = std::mem::take(&mut *held).into_iter();
        all.filter(|(_, reach)| *reach == Reach::Handshakes)
            .map(|(serial, _)| serial)
            .collect()
    }
}

impl Directory {
    /// Whether the authority or this world has revoked the certificate with this serial number.
    pub(super) fn is_revoked(&self, serial: &Serial) -> bool {
        self.revocations.contains(serial) || self.revoked.contains(serial)
    }

    /// Revokes a certificate in this world. `in_handshakes`: on the authority's list too, so that
    /// no connection can be made with it.
    pub(super) fn revoke_serial(
        &self,
        serial: &Serial,
        in_handshakes: bool,
    ) -> Result<(), DirectoryError> {
        if !in_handshakes {
            self.revoked.insert(serial, Reach::Requests);
            return Ok(());
        }
        let reach = if self.revocations.contains(serial) {
            Reach::Requests
        } else {
            Reach::Handshakes
        };
        self.revoked.insert(serial, reach);
        self.revocations.revoke(serial)
    }

    /// Remembers a certificate that was revoked as it was made, and publishes that.
    pub(super) fn note_revoked(&self, serial: &Serial) -> Result<(), DirectoryError> {
        self.revoked.insert(serial, Reach::Handshakes);
        self.revocations.publish()
    }

    /// The serial numbers that this world has revoked, with whether the authority lists them, too.
    pub(super) fn revoked_serials(&self) -> Vec<(Serial, bool)> {
        let serials = self.revoked.serials().into_iter();
        let listed = serials.map(|serial| {
            let is_listed = self.revocations.contains(&serial);
            (serial, is_listed)
        });
        listed.collect()
    }

    /// These are what this world has revoked, and nothing else; publishes that.
    pub(super) fn revoke_only(&self, serials: &[(Serial, bool)]) -> Result<(), DirectoryError> {
        let gone = self.revoked.take_listed();
        let in_handshakes = serials.iter().filter(|(_, in_handshakes)| *in_handshakes);
        let come: Vec<Serial> = in_handshakes.map(|(serial, _)| serial.clone()).collect();
        let listed = self.revocations.exchange(&gone, &come)?;
        for (serial, _) in serials {
            let reach = if listed.contains(serial) {
                Reach::Handshakes
            } else {
                Reach::Requests
            };
            self.revoked.insert(serial, reach);
        }
        if gone.is_empty() && listed.is_empty() {
            return Ok(());
        }
        self.revocations.publish()
    }

    /// Takes back every revocation of this world, and publishes that.
    pub(super) fn reinstate_all(&self) -> Result<(), DirectoryError> {
        self.revocations.reinstate(&self.revoked.take_listed())
    }

    /// The same without telling anybody.
    pub(super) fn withdraw_all(&self) {
        self.revocations.withdraw(&self.revoked.take_listed());
    }
}
