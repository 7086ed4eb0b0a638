//! What a bank sees of the directory where there is none but key sets in files.

use std::sync::Arc;

use async_trait::async_trait;

use crate::dialect::registry::{AlterClaims, Entry, Registry};
use crate::dialect::trust::{Sight, StoredKey, Trust};
use crate::directory::statement::{brazil, uk};
use crate::domain::certificate::ClientCertificate;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::SoftwareId;
use crate::domain::json::Object;
use crate::domain::jwk::{KeySetEntry, PublicKey};
use crate::offline::Keys;

/// The keys at hand, and the issuers of the real directories.
#[derive(Debug)]
pub(super) struct Sights {
    pub(super) keys: Keys,
    /// The issuers that are trusted besides, with their ecosystems.
    pub(super) trusted: Vec<(Ecosystem, String)>,
}

impl Sights {
    /// The current keys of a software.
    fn of_software(&self, software: &SoftwareId) -> impl Iterator<Item = &KeySetEntry> {
        let sets = self.keys.software.iter();
        let of_software =
            sets.filter(move |set| set.of.as_ref().is_none_or(|owner| owner == software));
        of_software.flat_map(|set| &set.keys)
    }
}

impl Trust for Sights {
    fn trusted_issuers(&self, ecosystem: Ecosystem) -> Vec<String> {
        let mut issuers = match ecosystem {
            Ecosystem::Uk => vec![uk::ISSUER.to_owned()],
            Ecosystem::Brazil => brazil::ISSUERS.map(str::to_owned).to_vec(),
        };
        let besides = self.trusted.iter().filter(|(of, _)| *of == ecosystem);
        issuers.extend(besides.map(|(_, issuer)| issuer.clone()));
        issuers
    }

    fn statement_key(&self, _issuer: &str, kid: &str) -> Option<PublicKey> {
        let mut keys = self.keys.directory.iter().flatten();
        let found = keys.find(|key| key.key_use.signs() && key.kid.as_str() == kid)?;
        Some(found.key.clone())
    }

    fn software_key(&self, software: &SoftwareId, kid: &str) -> Option<StoredKey> {
        let mut keys = self.of_software(software);
        let found = keys.find(|key| key.kid.as_str() == kid)?;
        Some(StoredKey {
            key: found.key.clone(),
            key_use: found.key_use,
            revoked: false,
        })
    }

    fn signing_keys(&self, software: &SoftwareId) -> Vec<PublicKey> {
        self.of_software(software)
            .filter(|key| key.key_use.signs())
            .map(|key| key.key.clone())
            .collect()
    }

    fn holds_certificate(&self, software: &SoftwareId, certificate: &ClientCertificate) -> bool {
        PublicKey::from_spki(&certificate.public_key).is_ok_and(|key| {
            let thumbprint = key.thumbprint();
            self.of_software(software)
                .any(|stored| stored.key.thumbprint() == thumbprint)
        })
    }

    fn is_software_revoked(&self, _software: &SoftwareId) -> bool {
        false
    }

    fn is_certificate_revoked(&self, _certificate: &ClientCertificate) -> bool {
        false
    }

    fn sees(&self, sight: Sight) -> bool {
        match sight {
            Sight::StatementKeys => self.keys.directory.is_some(),
            Sight::SoftwareKeys => self.keys.software.is_some(),
            Sight::Revocations | Sight::Memory | Sight::BankNames => false,
        }
    }
}

#[async_trait]
impl Registry for Sights {
    fn entries(&self) -> Vec<Arc<Entry>> {
        Vec::new()
    }

    fn entry(&self, _software: &SoftwareId) -> Option<Arc<Entry>> {
        None
    }

    fn jwks_uri(&self, _entry: &Entry, _base: &str) -> String {
        String::new()
    }

    async fn assertion(
        &self,
        _software: &SoftwareId,
        _alter: Option<AlterClaims<'_>>,
    ) -> Result<Option<String>, String> {
        Ok(None)
    }

    async fn learn_keys(&self, _statement: &Object, _kid: Option<&str>) -> Result<(), String> {
        Ok(())
    }
}
