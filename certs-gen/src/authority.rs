//! The authority: a root, an issuing CA, the directory's signing key, and what was revoked.

use std::{
    fmt,
    sync::{Mutex, MutexGuard, PoisonError},
};

use time::OffsetDateTime;

use crate::{
    armour,
    ca::Ca,
    certificate::{Certificate, CertificateRequest, Draft},
    error::Error,
    key::{Key, KeyAlgorithm},
    mark::{Mark, Sealer},
    once::Once,
    revocation::{self, Revocations},
    serial::Serial,
};

/// A test certificate authority. Both CA subjects say `TEST ONLY`.
///
/// In memory from [`Authority::generate`], or kept in a folder by [`Authority::open_or_create`].
/// `Send + Sync`: share it behind an `Arc`. `Debug` shows no private part.
pub struct Authority {
    pub(crate) root: Ca,
    pub(crate) issuing: Ca,
    pub(crate) directory_key: Once<Key>,
    twin: Once<Box<Authority>>,
    revocations: Mutex<Revocations>,
    sealer: Sealer,
}

/// When a certificate is issued, and what it is known by.
#[derive(Clone, Copy, Debug)]
pub struct Issuance {
    /// The time.
    pub now: OffsetDateTime,
    /// Another time at which it is to be valid, unless its dates are its flaw: that of a clock that
    /// was moved.
    pub also: OffsetDateTime,
    /// A mark in its serial number.
    pub mark: Option<Mark>,
}

impl Issuance {
    /// An ordinary one.
    #[must_use]
    pub fn at(now: OffsetDateTime) -> Self {
        Self {
            now,
            also: now,
            mark: None,
        }
    }
}

impl Authority {
    /// Makes an authority in memory: two EC P-256 CAs, about a millisecond.
    ///
    /// # Errors
    /// [`Error::KeyGeneration`], [`Error::Signing`] or [`Error::TimeOutOfRange`].
    pub fn generate(now: OffsetDateTime) -> Result<Self, Error> {
        let root = Ca::root(now)?;
        let issuing = Ca::issuing(&root)?;
        Ok(Self::of(
            root,
            issuing,
            Once::empty(),
            Revocations::default(),
        ))
    }

    pub(crate) fn of(
        root: Ca,
        issuing: Ca,
        directory_key: Once<Key>,
        revocations: Revocations,
    ) -> Self {
        Self {
            sealer: Sealer::of(&issuing.key),
            root,
            issuing,
            directory_key,
            twin: Once::empty(),
            revocations: Mutex::new(revocations),
        }
    }

    /// The root's certificate as DER.
    #[must_use]
    pub fn root_der(&self) -> &[u8] {
        &self.root.der
    }

    /// The issuing CA's certificate as DER.
    #[must_use]
    pub fn issuing_der(&self) -> &[u8] {
        &self.issuing.der
    }

    /// The root's certificate as one PEM block.
    #[must_use]
    pub fn root_pem(&self) -> &str {
        &self.root.pem
    }

    /// The issuing CA's certificate as one PEM block.
    #[must_use]
    pub fn issuing_pem(&self) -> &str {
        &self.issuing.pem
    }

    /// Root and issuing CA, two PEM blocks: what a client puts into its trust store.
    #[must_use]
    pub fn ca_pem(&self) -> String {
        format!("{}{}", self.root.pem, self.issuing.pem)
    }

    /// When the issuing CA, and with it everything issued, expires.
    #[must_use]
    pub fn not_after(&self) -> OffsetDateTime {
        self.issuing.life.not_after
    }

    /// The RSA 2048 key with which the directory signs software statements.
    ///
    /// From the folder, or made on first use: that call blocks for tens to hundreds of
    /// milliseconds, and others wait for it.
    ///
    /// # Errors
    /// [`Error::KeyGeneration`].
    pub fn directory_key(&self) -> Result<&Key, Error> {
        self.directory_key
            .get_or_make(|| Key::generate(KeyAlgorithm::Rsa2048))
    }

    /// Issues a certificate, with the flaw asked for; flaw `revoked` also puts it on the list.
    ///
    /// It starts [`BACKDATING`](crate::BACKDATING) before `now` and ends 396 days after it, or with
    /// the issuing CA if that is earlier.
    ///
    /// # Errors
    /// What the subject lacks or has too much of, a request's key that does not fit the kind,
    /// [`Error::AuthorityExpired`], [`Error::TimeOutOfRange`].
    pub fn issue(
        &self,
        request: &CertificateRequest<'_>,
        now: OffsetDateTime,
    ) -> Result<Certificate, Error> {
        self.issue_as(request, &Issuance::at(now))
    }

    /// The same at two times, and with a mark in the serial number. It starts and ends so that it
    /// is valid at both.
    ///
    /// # Errors
    /// As for [`Authority::issue`].
    pub fn issue_as(
        &self,
        request: &CertificateRequest<'_>,
        issuance: &Issuance,
    ) -> Result<Certificate, Error> {
        let now = issuance.now;
        self.issuing.check_alive(now)?;
        let mut draft = Draft::new(request, issuance)?;
        draft.serial = match issuance.mark {
            Some(mark) => self.sealer.serial(mark)?,
            None => draft.serial,
        };
        let is_revoked = draft.is_revoked;
        let issuer = if draft.is_forged {
            &self.untrusted_twin()?.issuing
        } else {
            &self.issuing
        };
        let certificate = draft.sign(issuer)?;
        if is_revoked {
            self.revoke(certificate.serial(), now)?;
        }
        Ok(certificate)
    }

    /// The mark of a serial number of a certificate that was issued with one.
    #[must_use]
    pub fn mark_of(&self, serial: &Serial) -> Option<Mark> {
        self.sealer.mark(serial)
    }

    /// Puts a serial number on the revocation list; one that is there keeps its time.
    ///
    /// # Errors
    /// [`Error::TimeOutOfRange`].
    pub fn revoke(&self, serial: &Serial, now: OffsetDateTime) -> Result<(), Error> {
        let at = crate::validity::shifted(now, -crate::BACKDATING)?;
        self.revocations().revoke(serial, at);
        Ok(())
    }

    /// Takes a serial number off the revocation list; whether it was there. Lists that are out say so
    /// until the next one is made.
    pub fn reinstate(&self, serial: &Serial) -> bool {
        self.revocations().reinstate(serial)
    }

    /// Whether a serial number is on the revocation list.
    #[must_use]
    pub fn is_revoked(&self, serial: &Serial) -> bool {
        self.revocations().contains(serial)
    }

    /// The revocation list as DER, signed by the issuing CA. Each call makes a list with the next
    /// CRL number; it is valid until the issuing CA expires.
    ///
    /// # Errors
    /// [`Error::Signing`], [`Error::AuthorityExpired`], [`Error::TimeOutOfRange`].
    pub fn crl_der(&self, now: OffsetDateTime) -> Result<Vec<u8>, Error> {
        self.revocations().sign(&self.issuing, now)
    }

    /// The revocation list as one PEM block `X509 CRL`; else as [`Self::crl_der`].
    ///
    /// # Errors
    /// As [`Self::crl_der`].
    pub fn crl_pem(&self, now: OffsetDateTime) -> Result<String, Error> {
        Ok(armour::block(revocation::LABEL, &self.crl_der(now)?))
    }

    /// A second authority with the same subject names and lives but other keys, made on first use:
    /// what flaw `untrusted-issuer` signs with.
    ///
    /// # Errors
    /// As [`Self::generate`].
    pub fn untrusted_twin(&self) -> Result<&Self, Error> {
        let twin = self.twin.get_or_make(|| {
            let root = self.root.twin(None)?;
            let issuing = self.issuing.twin(Some(&root))?;
            let none = Revocations::default();
            Ok(Box::new(Self::of(root, issuing, Once::empty(), none)))
        })?;
        Ok(twin)
    }

    /// The revocations, locked. Every change is a single insertion or removal, so a panic elsewhere while they
    /// were locked has left nothing half done.
    pub(crate) fn revocations(&self) -> MutexGuard<'_, Revocations> {
        self.revocations
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
    }
}

impl fmt::Debug for Authority {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Authority")
            .field("root_key", &self.root.key)
            .field("issuing_key", &self.issuing.key)
            .field("directory_key", &self.directory_key.peek())
            .field("not_after", &self.not_after())
            .finish_non_exhaustive()
    }
}
