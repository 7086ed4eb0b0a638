//! Further certificates of a TPP, and the revocation of those it has.

use std::sync::Arc;

use certs_gen::{Flaw, Kind, Serial};

use crate::dialect::trust::StoredKey;
use crate::directory::Directory;
use crate::directory::births::Birth;
use crate::directory::changes::ChangeError;
use crate::directory::credential::{Credential, GivenKey, Making};
use crate::directory::profile::{Profile, Signing};
use crate::directory::stores::{Listed, ListedKey};
use crate::directory::tpp::{Origin, Tpp};
use crate::domain::ecosystem::is_for_transport;
use crate::domain::ids::{KeyId, SoftwareId};
use crate::domain::jwk::KeyUse;

/// A further certificate for a TPP.
#[derive(Debug, Clone)]
pub struct CertificatePlan {
    /// Its kind, one of the TPP's ecosystem.
    pub kind: Kind,
    /// Its key; `None` takes one from the pool.
    pub key: Option<GivenKey>,
    /// What is to be wrong with it.
    pub flaw: Option<Flaw>,
    /// The serial number or `kid` of the one that it replaces.
    pub replaces: Option<String>,
}

/// A certificate that was made.
#[derive(Debug, Clone)]
pub struct Certified {
    /// The certificate with its key.
    pub credential: Arc<Credential>,
    /// Whether the TPP uses it from now on.
    pub is_current: bool,
    /// What it replaced.
    pub replaced: Option<RevokedKey>,
}

/// A key that is in the store of revoked keys now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RevokedKey {
    /// Its id in the key store.
    pub kid: KeyId,
    /// The serial number of its certificate; `None` for a key that the TPP brought.
    pub serial: Option<Serial>,
}

/// A key that shall be revoked, and how far that reaches.
struct Condemned {
    key: RevokedKey,
    in_handshakes: bool,
}

impl Directory {
    /// Makes a further certificate for a TPP and puts its key into the key store. Blocks while an
    /// RSA key is made.
    ///
    /// What it replaces is revoked in the same step. The TPP uses the new one from now on, for the
    /// handshake or for signing, if that one was in use, whatever its flaw. An unflawed one is used
    /// as well if the one in use is revoked, or if the private key of the one in use is not here and
    /// that of this one is.
    ///
    /// # Errors
    /// See [`ChangeError`]; unless it is [`DirectoryError::Unpublished`], nothing has changed.
    ///
    /// [`DirectoryError::Unpublished`]: crate::directory::signer::DirectoryError::Unpublished
    pub fn certify_more(
        &self,
        software: &SoftwareId,
        plan: CertificatePlan,
    ) -> Result<Certified, ChangeError> {
        let tpp = self.known(software)?;
        let CertificatePlan { kind, flaw, .. } = plan;
        check_kind(kind, &tpp)?;
        let replaces = plan.replaces.as_deref();
        // Before a key is made, which takes its time.
        if let Some(named) = replaces {
            self.check_replaceable(software, named, kind)?;
        }
        let roles = &tpp.profile().roles;
        let making = Making {
            flaw,
            is_of_world: true,
        };
        let credential = self.issue(&tpp.identity, roles, kind, plan.key, making)?;
        let credential = Arc::new(credential);
        if flaw == Some(Flaw::Revoked) {
            self.note_revoked(credential.certificate.serial())?;
        }
        let (condemned, is_current) = self.take_up(software, replaces, flaw, &credential)?;
        if is_for_transport(kind) {
            self.note_transport(&tpp, &credential, flaw, Birth::Now);
        }
        Ok(Certified {
            credential,
            is_current,
            replaced: condemned
                .map(|condemned| self.revoke_certificate(condemned))
                .transpose()?,
        })
    }

    /// Revokes a key by its `kid` or the serial number of its certificate: the key moves to the store
    /// of revoked keys, the serial number to the revocation list. One that is revoked stays so. A
    /// resident's certificate is revoked for its world only, unless that is the world it was made in.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub fn revoke(&self, software: &SoftwareId, named: &str) -> Result<RevokedKey, ChangeError> {
        let condemned = {
            let listed = self.listed(software)?;
            let mut keys = listed.keys_mut();
            let position = find(&keys, named)?;
            condemn(&listed, &mut keys[position])
        };
        self.revoke_certificate(condemned)
    }

    /// Checks that a certificate of this kind can replace the TPP's key or certificate with this
    /// `kid` or serial number.
    ///
    /// # Errors
    /// [`ChangeError::UnknownSoftware`], [`ChangeError::UnknownCertificate`],
    /// [`ChangeError::KindForAnotherUse`], [`ChangeError::AlreadyRevoked`].
    pub fn check_replaceable(
        &self,
        software: &SoftwareId,
        named: &str,
        kind: Kind,
    ) -> Result<(), ChangeError> {
        let listed = self.listed(software)?;
        find_replaceable(&listed, &listed.keys(), named, kind).map(drop)
    }

    /// Whether a key of this software is in the store of revoked keys.
    #[must_use]
    pub fn is_key_revoked(&self, software: &SoftwareId, kid: &str) -> bool {
        let is_it = |key: &ListedKey| key.kid.as_str() == kid && key.stored.revoked;
        let listed = self.software.get(software);
        listed.is_some_and(|listed| listed.keys().iter().any(is_it))
    }

    /// Revokes the transport certificate that a TPP uses; of one that is not listed, such as a
    /// foreign one, too.
    ///
    /// # Errors
    /// See [`ChangeError`].
    pub fn revoke_transport(&self, tpp: &Tpp) -> Result<(), ChangeError> {
        let transport = tpp.transport();
        match self.revoke(&tpp.identity.software_id, transport.kid.as_str()) {
            Err(ChangeError::UnknownSoftware(_)) => {
                Ok(self.revoke_serial(transport.certificate.serial(), true)?)
            }
            other => other.map(drop),
        }
    }

    pub(super) fn known(&self, software: &SoftwareId) -> Result<Arc<Tpp>, ChangeError> {
        let unknown = || ChangeError::UnknownSoftware(software.clone());
        self.tpp(software).ok_or_else(unknown)
    }

    fn listed(
        &self,
        software: &SoftwareId,
    ) -> Result<dashmap::mapref::one::Ref<'_, SoftwareId, Listed>, ChangeError> {
        let unknown = || ChangeError::UnknownSoftware(software.clone());
        self.software.get(software).ok_or_else(unknown)
    }

    /// Publishes the key of a new certificate, moves the one that it replaces, and lets the TPP use
    /// it: all at once. What is to be revoked, and whether it is used.
    fn take_up(
        &self,
        software: &SoftwareId,
        replaces: Option<&str>,
        flaw: Option<Flaw>,
        credential: &Arc<Credential>,
    ) -> Result<(Option<Condemned>, bool), ChangeError> {
        let listed = self.listed(software)?;
        let mut keys = listed.keys_mut();
        let kind = credential.certificate.kind();
        let mut condemned = None;
        if let Some(named) = replaces {
            let position = find_replaceable(&listed, &keys, named, kind)?;
            condemned = Some(condemn(&listed, &mut keys[position]));
        }
        let replaced = condemned.as_ref().map(|condemned| &condemned.key.kid);
        let key_use = use_of(kind);
        let is_revoked = |kid: &KeyId| {
            let mut revoked = keys.iter().filter(|key| key.stored.revoked);
            revoked.any(|key| key.kid == *kid)
        };
        let mut is_current = false;
        listed.tpp.change(|profile| {
            let (kid, has_key) = in_use(profile, key_use);
            let is_better = !has_key && credential.key.is_some();
            let is_wanted = flaw.is_none() && (is_revoked(kid) || is_better);
            is_current = is_wanted || replaced == Some(kid);
            match key_use {
                _ if !is_current => {}
                KeyUse::Transport => profile.transport = Arc::clone(credential),
                _ => profile.signing = Signing::Certified(Arc::clone(credential)),
            }
        });
        let now = self.clock().unix_millis();
        keys.push(ListedKey::certified(credential, key_use, flaw, now));
        Ok((condemned, is_current))
    }

    fn revoke_certificate(&self, condemned: Condemned) -> Result<RevokedKey, ChangeError> {
        if let Some(serial) = &condemned.key.serial {
            self.revoke_serial(serial, condemned.in_handshakes)?;
        }
        Ok(condemned.key)
    }
}

fn check_kind(kind: Kind, tpp: &Tpp) -> Result<(), ChangeError> {
    let ecosystem = tpp.identity.ecosystem;
    if ecosystem.kinds().contains(&kind) {
        return Ok(());
    }
    Err(ChangeError::KindOfAnotherEcosystem { kind, ecosystem })
}

fn use_of(kind: Kind) -> KeyUse {
    if is_for_transport(kind) {
        KeyUse::Transport
    } else {
        KeyUse::Signing
    }
}

/// The `kid` of what the TPP uses, and whether its private key is here.
fn in_use(profile: &Profile, key_use: KeyUse) -> (&KeyId, bool) {
    let credential = match key_use {
        KeyUse::Transport => Some(&profile.transport),
        _ => profile.signing.credential(),
    };
    let has_key = credential.is_some_and(|credential| credential.key.is_some());
    let kid = credential.map_or(profile.signing.kid(), |credential| &credential.kid);
    (kid, has_key)
}

/// The place of the key with this `kid`, or else of the one whose certificate has this serial number.
fn find(keys: &[ListedKey], named: &str) -> Result<usize, ChangeError> {
    let serial: Option<Serial> = named.parse().ok();
    let by_kid = keys.iter().position(|key| key.kid.as_str() == named);
    let is_it = |key: &ListedKey| serial.is_some() && key.serial() == serial.as_ref();
    let position = by_kid.or_else(|| keys.iter().position(is_it));
    position.ok_or_else(|| ChangeError::UnknownCertificate {
        named: named.to_owned(),
        there: there(keys),
    })
}

/// The same, if a certificate of this kind can take its place.
fn find_replaceable(
    listed: &Listed,
    keys: &[ListedKey],
    named: &str,
    kind: Kind,
) -> Result<usize, ChangeError> {
    let position = find(keys, named)?;
    let StoredKey {
        key_use, revoked, ..
    } = keys[position].stored;
    if key_use != use_of(kind) {
        let kinds = listed.tpp.identity.ecosystem.kinds().iter().copied();
        return Err(ChangeError::KindForAnotherUse {
            kind,
            named: named.to_owned(),
            key_use,
            possible: kinds.filter(|kind| use_of(*kind) == key_use).collect(),
        });
    }
    if revoked {
        return Err(ChangeError::AlreadyRevoked(named.to_owned()));
    }
    Ok(position)
}

fn there(keys: &[ListedKey]) -> String {
    let word = |key: &ListedKey| match key.serial() {
        Some(serial) => format!("kid `{}` (serial {serial})", key.kid),
        None => format!("kid `{}`", key.kid),
    };
    keys.iter().map(word).collect::<Vec<_>>().join(", ")
}

/// Moves a key to the store of revoked keys.
fn condemn(listed: &Listed, key: &mut ListedKey) -> Condemned {
    key.stored.revoked = true;
    // What a resident was made with, other worlds know too.
    let is_shared = listed.tpp.origin == Origin::Adopted && listed.is_first(&key.kid);
    Condemned {
        key: RevokedKey {
            kid: key.kid.clone(),
            serial: key.serial().cloned(),
        },
        in_handshakes: !is_shared,
    }
}
