//! TPPs of the directory's own making: one organisation, one software, its keys and certificates.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};

use crate::clock::Clock;
use crate::directory::Identity;
use crate::directory::credential::Credential;
pub use crate::directory::profile::{BroughtKeys, OrgStatus, Profile, Signing, SoftwareStatus};
use crate::directory::signer::{DirectoryError, StatementSigner};
use crate::domain::ids::KeyId;
use crate::domain::json::Object;
use crate::domain::jws::SigningKey;
use crate::domain::signing::{Edits, Unsigned};

/// Where a TPP belongs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Origin {
    /// It is of the kit or the settings: known in every world, never removed.
    Resident,
    /// It is a resident of the world `default`, listed in another one too.
    Adopted,
    /// It was made in its world and is known there only.
    Made,
}

/// A TPP with all it needs to register.
#[derive(Debug)]
pub struct Tpp {
    /// Who it is.
    pub identity: Identity,
    /// Where it belongs.
    pub origin: Origin,
    /// Who signs its statements, if not this directory.
    pub(super) foreign_signer: Option<StatementSigner>,
    clock: Clock,
    /// As it was made.
    first: Arc<Profile>,
    profile: RwLock<Arc<Profile>>,
    /// The `jti` of what was last signed of each kind without a flaw.
    signed: Mutex<HashMap<SignedKind, String>>,
}

/// What is signed in a TPP's matters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum SignedKind {
    /// A software statement, by the directory.
    Statement,
    /// A registration request.
    Request,
    /// A client assertion (RFC 7523 §3).
    Assertion,
}

impl SignedKind {
    /// All of them.
    pub const ALL: [Self; 3] = [Self::Statement, Self::Request, Self::Assertion];
}

impl Tpp {
    pub(super) fn new(
        identity: Identity,
        origin: Origin,
        profile: Profile,
        foreign_signer: Option<StatementSigner>,
        clock: &Clock,
    ) -> Self {
        let profile = Arc::new(profile);
        Self {
            identity,
            origin,
            foreign_signer,
            clock: clock.clone(),
            first: Arc::clone(&profile),
            profile: RwLock::new(profile),
            signed: Mutex::default(),
        }
    }

    /// What may change about it, as it is now.
    #[must_use]
    pub fn profile(&self) -> Arc<Profile> {
        Arc::clone(&self.profile.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The same, as it was when the TPP was made.
    pub(super) fn first_profile(&self) -> &Arc<Profile> {
        &self.first
    }

    /// Whether it is of the kit or the settings, which every world knows.
    #[must_use]
    pub fn is_resident(&self) -> bool {
        self.origin != Origin::Made
    }

    /// Its transport certificate with its key.
    #[must_use]
    pub fn transport(&self) -> Arc<Credential> {
        Arc::clone(&self.profile().transport)
    }

    /// What the directory says of the organisation.
    #[must_use]
    pub fn org_status(&self) -> OrgStatus {
        self.profile().org_status
    }

    /// What the directory says of the software.
    #[must_use]
    pub fn software_status(&self) -> SoftwareStatus {
        self.profile().software_status
    }

    /// When something last changed, or else the TPP was made: milliseconds since the epoch.
    #[must_use]
    pub fn updated_at(&self) -> i64 {
        self.profile().updated_at
    }

    /// Changes what the directory says.
    pub fn set_status(&self, org: OrgStatus, software: SoftwareStatus) {
        self.change(|profile| {
            profile.org_status = org;
            profile.software_status = software;
        });
    }

    /// Changes something, now.
    pub(super) fn change(&self, change: impl FnOnce(&mut Profile)) {
        let mut held = self.profile.write().unwrap_or_else(PoisonError::into_inner);
        let mut profile = Profile::clone(&held);
        change(&mut profile);
        profile.updated_at = self.clock.unix_millis();
        *held = Arc::new(profile);
    }

    /// Is like this from now on, having signed this last.
    pub(super) fn become_again(&self, profile: Profile, signed: Vec<(SignedKind, String)>) {
        let mut held = self.profile.write().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::new(profile);
        *self.signed() = signed.into_iter().collect();
    }

    /// Undoes every change.
    pub(super) fn restore(&self) {
        let mut held = self.profile.write().unwrap_or_else(PoisonError::into_inner);
        *held = Arc::clone(&self.first);
        self.signed().clear();
    }

    /// Its signing certificate with its key, unless it brought keys of its own.
    #[must_use]
    pub fn signing_credential(&self) -> Option<Arc<Credential>> {
        self.profile().signing.credential().cloned()
    }

    /// The id of the key it signs with: the first one, if it brought several.
    #[must_use]
    pub fn kid(&self) -> KeyId {
        self.profile().signing.kid().clone()
    }

    /// Whether its private signing key is here.
    #[must_use]
    pub fn can_sign(&self) -> bool {
        let credential = self.signing_credential();
        credential.is_some_and(|credential| credential.key.is_some())
    }

    /// Signs claims with its signing key, or that of `edits`: header `alg`, `kid`, `typ`. `None` if
    /// it kept the key and `edits` has none.
    ///
    /// # Errors
    /// A key does not sign.
    pub fn sign(&self, claims: Object, edits: &Edits) -> Result<Option<String>, DirectoryError> {
        let unsigned = self.unsigned_by(claims, edits.key.as_ref())?;
        let signed = unsigned.map(|unsigned| unsigned.edited(edits).sign());
        Ok(signed.transpose()?)
    }

    /// Claims that are still to be signed with its signing key; `None` if it kept the key.
    ///
    /// # Errors
    /// The key cannot be read.
    pub fn unsigned(&self, claims: Object) -> Result<Option<Unsigned>, DirectoryError> {
        self.unsigned_by(claims, None)
    }

    /// The same by `another` key where it kept its own.
    fn unsigned_by(
        &self,
        claims: Object,
        another: Option<&SigningKey>,
    ) -> Result<Option<Unsigned>, DirectoryError> {
        let profile = self.profile();
        let signing = &profile.signing;
        let own = signing
            .credential()
            .map(|credential| credential.signing_key());
        let key = own.transpose()?.flatten().or_else(|| another.cloned());
        let algorithm = signing.public_key().algorithm();
        let kid = signing.kid().as_str();
        Ok(key.map(|key| Unsigned::new(claims, algorithm, kid, key)))
    }

    /// The `jti` of what was last signed of this kind by hand and without a flaw; `None` if nothing
    /// was.
    pub(crate) fn last_signed(&self, kind: SignedKind) -> Option<String> {
        self.signed().get(&kind).cloned()
    }

    /// Remembers the `jti` of what was signed without a flaw.
    pub(crate) fn note_signed(&self, kind: SignedKind, jti: &str) {
        self.signed().insert(kind, jti.to_owned());
    }

    fn signed(&self) -> MutexGuard<'_, HashMap<SignedKind, String>> {
        self.signed.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
