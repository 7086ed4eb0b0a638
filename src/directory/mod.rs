//! The directory that vouches for TPPs: organisations, software statements, keys.
//!
//! It makes TPPs ([`TppPlan`] to [`Tpp`]), lists them, publishes their keys, signs statements about
//! them, and is what the banks of its world believe ([`Trust`]).

pub mod identity;
pub mod key_pool;
pub mod signer;
pub mod statement;
pub mod tpp;

use std::fmt;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use certs_gen::{Authority, Flaw, Serial};
use dashmap::DashMap;
use serde_json::{Value, json};

pub use self::identity::Identity;
pub use self::key_pool::KeyPool;
use self::signer::{DirectoryError, StatementSigner};
use self::statement::ISSUER;
use self::tpp::{SoftwareStatus, Tpp, TppPlan};
use crate::clock::Clock;
use crate::dialect::trust::{StoredKey, Trust};
use crate::domain::certificate::ClientCertificate;
use crate::domain::ids::{KeyId, OrgId, SoftwareId};
use crate::domain::jwk::{KeyUse, PublicKey};
use crate::domain::jws::SigningKey;
use crate::domain::urls::Urls;

/// A directory of the UK kind.
pub struct Directory {
    authority: Arc<Authority>,
    clock: Clock,
    urls: Arc<Urls>,
    key_pool: KeyPool,
    seed: u64,
    invented: AtomicU64,
    issuers: Vec<String>,
    signer: OnceLock<(StatementSigner, PublicKey)>,
    software: DashMap<SoftwareId, Listed>,
}

/// A software with the keys of its stores.
#[derive(Debug)]
struct Listed {
    tpp: Arc<Tpp>,
    keys: RwLock<Vec<ListedKey>>,
}

#[derive(Debug, Clone)]
struct ListedKey {
    kid: KeyId,
    stored: StoredKey,
    certificate: Vec<u8>,
}

impl ListedKey {
    fn new(credential: &tpp::Credential, key_use: KeyUse) -> Self {
        Self {
            kid: credential.kid.clone(),
            stored: StoredKey {
                key: credential.public_key.clone(),
                key_use,
                revoked: false,
            },
            certificate: credential.certificate.der().to_vec(),
        }
    }
}

impl fmt::Debug for Directory {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Directory").finish_non_exhaustive()
    }
}

/// Which of a software's two key stores.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeyStore {
    /// Keys in use.
    Current,
    /// Keys no longer to be believed.
    Revoked,
}

impl Directory {
    /// A directory without entries. `seed` decides whom it invents.
    #[must_use]
    pub fn new(
        authority: Arc<Authority>,
        key_pool: KeyPool,
        clock: Clock,
        urls: Arc<Urls>,
        seed: u64,
    ) -> Self {
        Self {
            authority,
            clock,
            urls,
            key_pool,
            seed,
            invented: AtomicU64::new(0),
            issuers: vec![ISSUER.to_owned()],
            signer: OnceLock::new(),
            software: DashMap::new(),
        }
    }

    /// Makes a TPP and, unless it is foreign, lists it. Blocks while RSA keys are made.
    ///
    /// # Errors
    /// See [`DirectoryError`].
    pub fn add(&self, plan: TppPlan) -> Result<Arc<Tpp>, DirectoryError> {
        let is_foreign = plan.is_foreign;
        // The key of another organisation's certificate is in no store of this software.
        let is_transport_its_own = plan.transport_flaw != Some(Flaw::WrongOrg);
        let tpp = Arc::new(self.enrol(plan)?);
        if !is_foreign {
            let mut keys = vec![ListedKey::new(&tpp.signing, KeyUse::Signing)];
            if is_transport_its_own {
                keys.insert(0, ListedKey::new(&tpp.transport, KeyUse::Transport));
            }
            let listed = Listed {
                tpp: Arc::clone(&tpp),
                keys: RwLock::new(keys),
            };
            self.software
                .insert(tpp.identity.software_id.clone(), listed);
        }
        Ok(tpp)
    }

    /// Moves a key of a software to the revoked store; whether it was there.
    pub fn revoke_key(&self, software: &SoftwareId, kid: &KeyId) -> bool {
        let Some(listed) = self.software.get(software) else {
            return false;
        };
        let mut keys = listed.keys.write().unwrap_or_else(PoisonError::into_inner);
        let key = keys.iter_mut().find(|key| key.kid == *kid);
        key.map(|key| key.stored.revoked = true).is_some()
    }

    /// The directory's own key set, with which statements are verified. Blocks while its RSA key
    /// is made, the first time.
    ///
    /// # Errors
    /// The key could not be made.
    pub fn jwks(&self) -> Result<Value, DirectoryError> {
        let (signer, public) = self.signer_and_key()?;
        let kid = KeyId::new(signer.kid.as_str());
        Ok(json!({ "keys": [public.to_jwk(&kid, KeyUse::Signing, None)] }))
    }

    /// A key store of a software (RFC 7517 §5); `None` if `org` has no such software.
    #[must_use]
    pub fn software_jwks(
        &self,
        org: &OrgId,
        software: &SoftwareId,
        store: KeyStore,
    ) -> Option<Value> {
        let listed = self.software.get(software)?;
        (listed.tpp.identity.org_id == *org).then(|| key_set(&listed, store))
    }

    /// The key store of an organisation itself. It holds no keys: those that this directory
    /// certifies are all of some software. `None` if there is no such organisation.
    #[must_use]
    pub fn organisation_jwks(&self, org: &OrgId) -> Option<Value> {
        self.software
            .iter()
            .any(|listed| listed.tpp.identity.org_id == *org)
            .then(|| json!({ "keys": [] }))
    }

    pub(crate) fn next_identity(&self) -> Identity {
        Identity::invent(self.seed, self.invented.fetch_add(1, Ordering::Relaxed))
    }

    pub(crate) fn signer(&self) -> Result<&StatementSigner, DirectoryError> {
        self.signer_and_key().map(|(signer, _)| signer)
    }

    fn signer_and_key(&self) -> Result<&(StatementSigner, PublicKey), DirectoryError> {
        if let Some(held) = self.signer.get() {
            return Ok(held);
        }
        let key = self.authority.directory_key()?;
        let public = PublicKey::from_spki(&key.public_key_der())?;
        let signer = StatementSigner {
            key: SigningKey::from_pem(&key.private_pem())?,
            algorithm: public.algorithm(),
            kid: public.thumbprint(),
        };
        Ok(self.signer.get_or_init(|| (signer, public)))
    }

    pub(crate) fn authority(&self) -> &Authority {
        &self.authority
    }

    pub(crate) fn clock(&self) -> &Clock {
        &self.clock
    }

    pub(crate) fn urls(&self) -> &Urls {
        &self.urls
    }

    pub(crate) fn key_pool(&self) -> &KeyPool {
        &self.key_pool
    }

    fn listed_key(
        &self,
        software: &SoftwareId,
        matches: impl Fn(&ListedKey) -> bool,
    ) -> Option<ListedKey> {
        let listed = self.software.get(software)?;
        let keys = listed.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter().find(|key| matches(key)).cloned()
    }
}

fn key_set(listed: &Listed, store: KeyStore) -> Value {
    let keys = listed.keys.read().unwrap_or_else(PoisonError::into_inner);
    let keys: Vec<Value> = keys
        .iter()
        .filter(|key| key.stored.revoked == (store == KeyStore::Revoked))
        .map(|key| {
            let stored = &key.stored;
            stored
                .key
                .to_jwk(&key.kid, stored.key_use, Some(&key.certificate))
        })
        .collect();
    json!({ "keys": keys })
}

impl Trust for Directory {
    fn trusted_issuers(&self) -> &[String] {
        &self.issuers
    }

    /// Never waits: a key that is not made yet has signed nothing.
    fn statement_key(&self, kid: &str) -> Option<PublicKey> {
        let (signer, public) = self.signer.get()?;
        (signer.kid == kid).then(|| public.clone())
    }

    fn software_key(&self, software: &SoftwareId, kid: &str) -> Option<StoredKey> {
        self.listed_key(software, |key| key.kid.as_str() == kid)
            .map(|key| key.stored)
    }

    fn signing_keys(&self, software: &SoftwareId) -> Vec<PublicKey> {
        let Some(listed) = self.software.get(software) else {
            return Vec::new();
        };
        let keys = listed.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.iter()
            .filter(|key| !key.stored.revoked && key.stored.key_use.signs())
            .map(|key| key.stored.key.clone())
            .collect()
    }

    fn holds_certificate(&self, software: &SoftwareId, certificate: &ClientCertificate) -> bool {
        let key = PublicKey::from_spki(&certificate.public_key);
        let thumbprint = key.map(|key| key.thumbprint());
        thumbprint.is_ok_and(|thumbprint| {
            self.listed_key(software, |key| {
                !key.stored.revoked && key.stored.key.thumbprint() == thumbprint
            })
            .is_some()
        })
    }

    fn is_software_revoked(&self, software: &SoftwareId) -> bool {
        self.software
            .get(software)
            .is_some_and(|listed| listed.tpp.software_status() == SoftwareStatus::Revoked)
    }

    fn is_certificate_revoked(&self, certificate: &ClientCertificate) -> bool {
        let serial: Result<Serial, _> = certificate.serial.parse();
        serial.is_ok_and(|serial| self.authority.is_revoked(&serial))
    }
}
