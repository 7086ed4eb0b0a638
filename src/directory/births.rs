//! When keys and certificates came to be, and whose certificates they are. Times are milliseconds
//! of the world's clock since the epoch.

use aws_lc_rs::digest;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;

use crate::dialect::owner::Owner;
use crate::directory::tpp::Tpp;
use crate::directory::{Directory, Identity};
use crate::domain::certificate::ClientCertificate;
use crate::domain::distinguished_name::ORGANIZATION_IDENTIFIER;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{KeyId, SoftwareId};

/// What the directory remembers of a client certificate of its own making.
#[derive(Debug)]
pub(super) struct Issued {
    /// `None` where the certificate is somebody else's by design.
    owner: Option<Owner>,
    made_at: i64,
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

    /// Remembers the transport certificate of a TPP; `was_there` if it came along with the TPP.
    pub(super) fn note_transport(&self, tpp: &Tpp, is_its_own: bool, was_there: bool) {
        let certificate = &tpp.transport.certificate;
        let hash = digest::digest(&digest::SHA256, certificate.der());
        let owner = Owner {
            software_id: Some(tpp.identity.software_id.clone()),
            org_id: Some(tpp.identity.org_id.clone()),
        };
        let made_at = if was_there {
            certificate
                .not_before()
                .unix_timestamp()
                .saturating_mul(1_000)
        } else {
            self.clock().unix_millis()
        };
        let issued = Issued {
            owner: is_its_own.then_some(owner),
            made_at,
        };
        self.issued.insert(URL_SAFE_NO_PAD.encode(hash), issued);
    }
}
