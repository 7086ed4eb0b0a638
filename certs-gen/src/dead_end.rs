//! Certificates that lead a client to no anchor, although nothing else is wrong with them.

use time::OffsetDateTime;

use crate::{
    authority::{Authority, Issuance},
    ca::Ca,
    certificate::{Certificate, CertificateRequest, Draft, PublicKey},
    error::Error,
    key::Key,
    profile::Kind,
    subject::Subject,
};

impl Authority {
    /// Issues as [`Self::issue`] does, but by another issuing CA below the same root, made for this
    /// one certificate: it is neither in [`Self::ca_pem`] nor kept. Who has the root only cannot
    /// verify the certificate, unless [`Certificate::issuing_der`] is sent with it.
    ///
    /// # Errors
    /// As [`Self::issue`]; [`Error::KeyGeneration`].
    pub fn issue_by_unlisted_ca(
        &self,
        request: &CertificateRequest<'_>,
        now: OffsetDateTime,
    ) -> Result<Certificate, Error> {
        self.root.check_alive(now)?;
        Draft::new(request, &Issuance::at(now))?.sign(&Ca::unlisted_issuing(&self.root)?)
    }
}

impl Certificate {
    /// A certificate that its own key has signed. It is no CA, and else like an issued one.
    ///
    /// # Errors
    /// What the subject lacks or has too much of, [`Error::TimeOutOfRange`], [`Error::Signing`].
    pub fn self_signed(
        kind: Kind,
        subject: &Subject,
        key: &Key,
        now: OffsetDateTime,
    ) -> Result<Self, Error> {
        let request = CertificateRequest {
            kind,
            subject,
            public_key: PublicKey::Of(key),
            flaw: None,
        };
        Draft::new(&request, &Issuance::at(now))?.sign_itself(key)
    }
}
