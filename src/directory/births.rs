//! When keys and certificates came to be, and whose certificates they are. Times are milliseconds
//! of the world's clock since the epoch.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use certs_gen::Flaw;

use crate::dialect::owner::Owner;
use crate::directory::credential::Credential;
use crate::directory::tpp::{Origin, Tpp};
use crate::directory::{Directory, Identity};
use crate::domain::certificate::ClientCertificate;
use crate::domain::distinguished_name::ORGANIZATION_IDENTIFIER;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{KeyId, SoftwareId};

/// What the directory remembers of a client certificate of its TPPs.
#[derive(Debug)]
pub(super) struct Issued {
    /// `None` where the certificate is somebody else's by design.
    owner: Option<Owner>,
    made_at: i64,
    /// Whom it was made for.
    pub(super) software: SoftwareId,
    /// Whether it was there before this directory changed anything about its TPP.
    pub(super) is_first: bool,
}

/// When a certificate counts as made.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Birth {
    /// It is made now, or its TPP is adopted now.
    Now,
    /// It came along with its TPP: with its validity.
    WithItsCertificate,
    /// At this time, in milliseconds of the world's clock since the epoch.
    At(i64),
}

impl Directory {
    /// When the directory published this key of a software; for one that another directory vouches
    /// for, when it was first learned. `None` if it is not known.
    #[must_use]
    pub fn born_of_key(&self, software: &SoftwareId, kid: &KeyId) -> Option<i64> {
        if self.software.contains_key(software) {
            let key = self.listed_key(software, |key| key.kid == *kid)?;
            return Some(key.published_at);
        }
        self.outside.known_since(software, kid)
    }

    /// When the directory made this certificate; the start of its validity, if another one did.
    #[must_use]
    pub fn born_of_certificate(&self, certificate: &ClientCertificate) -> i64 {
        match self.issued.get(&certificate.thumbprint) {
            Some(issued) => issued.made_at,
            None => certificate.not_before.saturating_mul(1_000),
        }
    }

    pub(super) fn owner_of(&self, certificate: &ClientCertificate) -> Option<Owner> {
        let issued = self.issued.get(&certificate.thumbprint);
        issued
            .and_then(|issued| issued.owner.clone())
            .or_else(|| self.owner_by_registration(certificate))
            .or_else(|| Owner::named_by(certificate))
    }

    /// The organisation with the national registration that a certificate names, as
    /// `PSDGB-FCA-123456` (ETSI TS 119 495 §5.2.1).
    fn owner_by_registration(&self, certificate: &ClientCertificate) -> Option<Owner> {
        let identifiers = certificate.subject.values(ORGANIZATION_IDENTIFIER);
        let named: Vec<&str> = identifiers
            .filter_map(|identifier| identifier.strip_prefix("PSDGB-FCA-"))
            .collect();
        if named.is_empty() {
            return None;
        }
        let is_named = |identity: &Identity| {
            let number = identity.registration_number.as_str();
            identity.ecosystem == Ecosystem::Uk && named.contains(&number)
        };
        let found = self
            .software
            .iter()
            .find(|listed| is_named(&listed.tpp.identity))?;
        Some(Owner {
            software_id: None,
            org_id: Some(found.tpp.identity.org_id.clone()),
        })
    }

    /// Remembers a transport certificate of a TPP, and that this world made it, if it is for nobody
    /// else to know.
    pub(super) fn note_transport(
        &self,
        tpp: &Tpp,
        credential: &Credential,
        flaw: Option<Flaw>,
        birth: Birth,
    ) {
        let certificate = &credential.certificate;
        let owner = Owner {
            software_id: Some(tpp.identity.software_id.clone()),
            org_id: Some(tpp.identity.org_id.clone()),
        };
        let not_before = certificate.not_before().unix_timestamp();
        let first = tpp.first_profile();
        let issued = Issued {
            owner: (flaw != Some(Flaw::WrongOrg)).then_some(owner),
            made_at: match birth {
                Birth::Now => self.clock().unix_millis(),
                Birth::WithItsCertificate => not_before.saturating_mul(1_000),
                Birth::At(millis) => millis,
            },
            software: tpp.identity.software_id.clone(),
            is_first: first.transport.kid == credential.kid,
        };
        let thumbprint = thumbprint(certificate.der());
        let is_everywhere = match tpp.origin {
            Origin::Resident => true,
            Origin::Adopted => issued.is_first,
            Origin::Made => false,
        };
        if !is_everywhere {
            self.minted.note(&thumbprint, &self.world);
        }
        self.issued.insert(thumbprint, issued);
    }

    /// When this directory made a transport certificate (DER); `None` if it did not.
    pub(super) fn noted_birth(&self, certificate: &[u8]) -> Option<i64> {
        let issued = self.issued.get(&thumbprint(certificate))?;
        Some(issued.made_at)
    }

    /// Forgets the transport certificates of which this holds.
    pub(super) fn forget_transports(&self, is_it: impl Fn(&Issued) -> bool) {
        self.issued.retain(|thumbprint, issued| {
            let goes = is_it(issued);
            if goes {
                self.minted.forget(thumbprint, &self.world);
            }
            !goes
        });
    }
}

/// `x5t#S256` (RFC 7517 §4.9).
fn thumbprint(certificate: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(digest::digest(&digest::SHA256, certificate))
}
