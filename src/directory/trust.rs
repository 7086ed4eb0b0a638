//! The directory as banks believe it.

use certs_gen::Serial;

use crate::dialect::owner::Owner;
use crate::dialect::trust::{StoredKey, Trust};
use crate::directory::Directory;
use crate::directory::minted::Minting;
use crate::directory::outside::stored;
use crate::directory::statement::brazil;
use crate::directory::tpp::SoftwareStatus;
use crate::domain::certificate::ClientCertificate;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::SoftwareId;
use crate::domain::jwk::PublicKey;

impl Trust for Directory {
    fn trusted_issuers(&self, ecosystem: Ecosystem) -> Vec<String> {
        let mut issuers = self.own_issuers(ecosystem);
        for outside in self.outside.issuers(ecosystem) {
            if !issuers.contains(&outside) {
                issuers.push(outside);
            }
        }
        issuers
    }

    fn statement_key(&self, issuer: &str, kid: &str) -> Option<PublicKey> {
        // Another directory may go by the same name: then either's keys count.
        self.own_statement_key(issuer, kid)
            .or_else(|| self.outside.statement_key(issuer, kid))
    }

    fn software_key(&self, software: &SoftwareId, kid: &str) -> Option<StoredKey> {
        if self.software.contains_key(software) {
            return self
                .listed_key(software, |key| key.kid.as_str() == kid)
                .map(|key| key.stored);
        }
        let keys = self.outside.software_keys(software);
        keys.iter().find(|key| key.kid.as_str() == kid).map(stored)
    }

    fn signing_keys(&self, software: &SoftwareId) -> Vec<PublicKey> {
        let Some(listed) = self.software.get(software) else {
            let mut keys = self.outside.software_keys(software);
            keys.retain(|entry| entry.key_use.signs());
            return keys.into_iter().map(|entry| entry.key).collect();
        };
        let keys = listed.keys();
        keys.iter()
            .filter(|key| key.is_current() && key.stored.key_use.signs())
            .map(|key| key.stored.key.clone())
            .collect()
    }

    fn holds_certificate(&self, software: &SoftwareId, certificate: &ClientCertificate) -> bool {
        let key = PublicKey::from_spki(&certificate.public_key);
        let Ok(thumbprint) = key.map(|key| key.thumbprint()) else {
            return false;
        };
        if self.software.contains_key(software) {
            return self
                .listed_key(software, |key| {
                    key.is_current() && key.stored.key.thumbprint() == thumbprint
                })
                .is_some();
        }
        let keys = self.outside.software_keys(software);
        keys.iter()
            .any(|entry| entry.key.thumbprint() == thumbprint)
    }

    fn is_software_revoked(&self, software: &SoftwareId) -> bool {
        self.software
            .get(software)
            .is_some_and(|listed| listed.tpp.software_status() != SoftwareStatus::Active)
    }

    fn owner(&self, certificate: &ClientCertificate) -> Option<Owner> {
        self.owner_of(certificate)
    }

    fn is_certificate_revoked(&self, certificate: &ClientCertificate) -> bool {
        let serial: Result<Serial, _> = certificate.serial.parse();
        serial.is_ok_and(|serial| self.is_revoked(&serial))
    }

    fn stranger(&self, certificate: &ClientCertificate) -> Option<String> {
        match self.minted.of(&self.authority, certificate) {
            Minting::Nobodys => None,
            Minting::Of(worlds) if worlds.contains(&self.world) => None,
            Minting::Of(worlds) => Some(format!("a TPP of the world '{}'", worlds.join("', '"))),
            Minting::Orphaned(world) => Some(format!(
                "a TPP that is no longer in its world '{world}': it was deleted, or the world was reset"
            )),
            Minting::Lost => Some("a TPP of a world that is not here any more".to_owned()),
        }
    }
}

impl Directory {
    fn own_issuers(&self, ecosystem: Ecosystem) -> Vec<String> {
        match ecosystem {
            Ecosystem::Uk => self.issuers.clone(),
            Ecosystem::Brazil => brazil::ISSUERS.map(str::to_owned).to_vec(),
        }
    }

    /// Never waits: a key that is not made yet has signed nothing.
    fn own_statement_key(&self, issuer: &str, kid: &str) -> Option<PublicKey> {
        let (signer, public) = self.key.made()?;
        let expected = if brazil::ISSUERS.contains(&issuer) {
            brazil::KID
        } else if self.issuers.iter().any(|own| own == issuer) {
            &signer.kid
        } else {
            return None;
        };
        (expected == kid).then(|| public.clone())
    }
}
