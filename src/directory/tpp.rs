//! TPPs of the directory's own making: one organisation, one software, its keys and certificates.

use std::sync::{PoisonError, RwLock};

use crate::clock::Clock;
use crate::directory::Identity;
use crate::directory::credential::Credential;
use crate::directory::signer::{DirectoryError, StatementSigner};
use crate::domain::ids::KeyId;
use crate::domain::json::Object;
use crate::domain::jwk::{KeySetEntry, PublicKey};
use crate::domain::role::Role;
use crate::domain::signing::Edits;

/// Whether the directory stands behind an organisation (OB Directory, `org_status`).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OrgStatus {
    /// It does.
    Active,
    /// It no longer does.
    Revoked,
    /// The organisation left.
    Withdrawn,
}

impl OrgStatus {
    /// The word in a statement.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            OrgStatus::Active => "Active",
            OrgStatus::Revoked => "Revoked",
            OrgStatus::Withdrawn => "Withdrawn",
        }
    }
}

/// Whether the directory stands behind a software.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SoftwareStatus {
    /// It does.
    Active,
    /// Not for the time being.
    Suspended,
    /// It no longer does.
    Revoked,
}

/// What a TPP signs with.
#[derive(Debug, Clone)]
pub enum Signing {
    /// A key that the directory certified.
    Certified(Credential),
    /// Keys that the TPP brought along, published as they are: the private ones stay with it.
    Brought(BroughtKeys),
}

/// A key set that a TPP brought along.
#[derive(Debug, Clone)]
pub struct BroughtKeys {
    /// The first of them that signs.
    pub first: KeySetEntry,
    /// All of them, the first one too, in their order.
    pub all: Vec<KeySetEntry>,
}

/// What the directory says of a TPP, and since when.
#[derive(Debug, Clone, Copy)]
struct Standing {
    org: OrgStatus,
    software: SoftwareStatus,
    /// Milliseconds since the epoch.
    since: i64,
}

/// A TPP with all it needs to register.
#[derive(Debug)]
pub struct Tpp {
    /// Who it is.
    pub identity: Identity,
    /// Its roles.
    pub roles: Vec<Role>,
    /// Its redirect URIs.
    pub redirect_uris: Vec<String>,
    /// For the TLS handshake.
    pub transport: Credential,
    /// For signing requests.
    pub signing: Signing,
    /// Who signs its statements, if not this directory.
    pub(super) foreign_signer: Option<StatementSigner>,
    clock: Clock,
    standing: RwLock<Standing>,
}

/// What a TPP is put together from.
pub(super) struct TppParts {
    pub(super) identity: Identity,
    pub(super) roles: Vec<Role>,
    pub(super) redirect_uris: Vec<String>,
    pub(super) transport: Credential,
    pub(super) signing: Signing,
    pub(super) foreign_signer: Option<StatementSigner>,
    pub(super) status: (OrgStatus, SoftwareStatus),
}

impl Tpp {
    pub(super) fn new(parts: TppParts, clock: &Clock) -> Self {
        let (org, software) = parts.status;
        Self {
            identity: parts.identity,
            roles: parts.roles,
            redirect_uris: parts.redirect_uris,
            transport: parts.transport,
            signing: parts.signing,
            foreign_signer: parts.foreign_signer,
            standing: RwLock::new(Standing {
                org,
                software,
                since: clock.unix_millis(),
            }),
            clock: clock.clone(),
        }
    }

    /// What the directory says of the organisation.
    #[must_use]
    pub fn org_status(&self) -> OrgStatus {
        self.standing().org
    }

    /// What the directory says of the software.
    #[must_use]
    pub fn software_status(&self) -> SoftwareStatus {
        self.standing().software
    }

    /// When that last changed, or else the TPP was made: milliseconds since the epoch.
    #[must_use]
    pub fn updated_at(&self) -> i64 {
        self.standing().since
    }

    /// Changes what the directory says.
    pub fn set_status(&self, org: OrgStatus, software: SoftwareStatus) {
        let since = self.clock.unix_millis();
        *self
            .standing
            .write()
            .unwrap_or_else(PoisonError::into_inner) = Standing {
            org,
            software,
            since,
        };
    }

    fn standing(&self) -> Standing {
        *self.standing.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Its signing certificate with its key, unless it brought keys of its own.
    #[must_use]
    pub fn signing_credential(&self) -> Option<&Credential> {
        match &self.signing {
            Signing::Certified(credential) => Some(credential),
            Signing::Brought(_) => None,
        }
    }

    /// The id of the key it signs with: the first one, if it brought several.
    #[must_use]
    pub fn kid(&self) -> &KeyId {
        match &self.signing {
            Signing::Certified(credential) => &credential.kid,
            Signing::Brought(keys) => &keys.first.kid,
        }
    }

    fn signing_public_key(&self) -> &PublicKey {
        match &self.signing {
            Signing::Certified(credential) => &credential.public_key,
            Signing::Brought(keys) => &keys.first.key,
        }
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
        let own = self.signing_credential().map(Credential::signing_key);
        let Some(key) = own.transpose()?.flatten().or_else(|| edits.key.clone()) else {
            return Ok(None);
        };
        let algorithm = self.signing_public_key().algorithm();
        let mut header = Object::new();
        header.insert("alg".to_owned(), algorithm.as_str().into());
        header.insert("kid".to_owned(), self.kid().as_str().into());
        header.insert("typ".to_owned(), "JWT".into());
        Ok(Some(edits.sign(header, claims, algorithm, &key)?))
    }
}
