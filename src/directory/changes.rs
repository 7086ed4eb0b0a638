//! Changing what the directory says of a TPP, and removing it.

use certs_gen::Kind;

use crate::directory::plan::check_roles;
use crate::directory::signer::DirectoryError;
use crate::directory::tpp::{OrgStatus, Origin, SoftwareStatus};
use crate::directory::{Directory, Identity};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::SoftwareId;
use crate::domain::jwk::KeyUse;
use crate::domain::role::Role;
use crate::domain::words::debug_as_display;

/// What shall be different about a TPP; `None` stays as it is.
#[derive(Debug, Clone, Default)]
pub struct TppChanges {
    /// What the directory says of the organisation.
    pub org_status: Option<OrgStatus>,
    /// What the directory says of the software.
    pub software_status: Option<SoftwareStatus>,
    /// Its roles.
    pub roles: Option<Vec<Role>>,
    /// Its redirect URIs.
    pub redirect_uris: Option<Vec<String>>,
}

/// Why something about a TPP could not be changed.
#[derive(thiserror::Error)]
pub enum ChangeError {
    /// Nobody is listed with this software.
    #[error("the directory lists no TPP with the software id `{0}`: list the TPPs of the world")]
    UnknownSoftware(SoftwareId),
    /// Every world counts on it.
    #[error(
        "the TPP `{0}` is of the kit or the settings, which every world knows: it cannot be removed, but a reset undoes what was changed about it"
    )]
    Resident(SoftwareId),
    /// It has no such key.
    #[error("the TPP has no key or certificate `{named}`: it has {there}")]
    UnknownCertificate {
        /// The serial number or `kid` asked for.
        named: String,
        /// Those there are, in words.
        there: String,
    },
    /// A kind of certificate that no TPP of this ecosystem has.
    #[error(
        "a TPP of the ecosystem `{}` has no certificate of the kind `{kind}`: its kinds are {}",
        ecosystem.as_str(),
        kinds_of(*ecosystem)
    )]
    KindOfAnotherEcosystem {
        /// The kind.
        kind: Kind,
        /// The TPP's ecosystem.
        ecosystem: Ecosystem,
    },
    /// A certificate that is for something else than what it is to replace.
    #[error(
        "a certificate of the kind `{kind}` cannot replace `{named}`, whose key has the use `{}`: those that can are {}",
        key_use.as_str(),
        words_of(possible)
    )]
    KindForAnotherUse {
        /// The kind.
        kind: Kind,
        /// The serial number or `kid` of what it is to replace.
        named: String,
        /// What that is for.
        key_use: KeyUse,
        /// The kinds that can replace it; none for a key that encrypts.
        possible: Vec<Kind>,
    },
    /// It is revoked, and its place is taken or free: there is nothing to replace.
    #[error("`{0}` is revoked already: leave `replaces` out, or name one that is not revoked")]
    AlreadyRevoked(String),
    /// The directory could not do it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

debug_as_display!(ChangeError);

fn kinds_of(ecosystem: Ecosystem) -> String {
    words_of(ecosystem.kinds())
}

/// Kinds of certificates, in words.
#[must_use]
pub fn words_of(kinds: &[Kind]) -> String {
    if kinds.is_empty() {
        return "none".to_owned();
    }
    let kinds: Vec<&str> = kinds.iter().map(|kind| kind.as_str()).collect();
    kinds.join(", ")
}

impl Directory {
    /// Changes what the directory says of a TPP; statements that are signed from now on say so.
    /// Either all of it is changed or, with an error, nothing. The status of the organisation is
    /// that of all its listed software.
    ///
    /// # Errors
    /// [`ChangeError::UnknownSoftware`], or a role of another ecosystem.
    pub fn patch(&self, software: &SoftwareId, changes: TppChanges) -> Result<(), ChangeError> {
        let tpp = self.known(software)?;
        if let Some(roles) = &changes.roles {
            check_roles(roles, tpp.identity.ecosystem)?;
        }
        tpp.change(|profile| {
            profile.software_status = changes.software_status.unwrap_or(profile.software_status);
            if let Some(roles) = changes.roles {
                profile.roles = roles;
            }
            if let Some(redirect_uris) = changes.redirect_uris {
                profile.redirect_uris = redirect_uris;
            }
        });
        if let Some(status) = changes.org_status {
            self.set_org_status(&tpp.identity, status);
        }
        Ok(())
    }

    fn set_org_status(&self, org: &Identity, status: OrgStatus) {
        for tpp in self.tpps() {
            if tpp.identity.is_of_organisation(org.ecosystem, &org.org_id) {
                tpp.change(|profile| profile.org_status = status);
            }
        }
    }

    /// Removes a TPP that was made in this world, with its keys and all that is known of its
    /// certificates; what was revoked stays revoked. Whether it was there.
    ///
    /// # Errors
    /// [`ChangeError::Resident`].
    pub fn remove(&self, software: &SoftwareId) -> Result<bool, ChangeError> {
        let removed = self
            .software
            .remove_if(software, |_, listed| listed.tpp.origin == Origin::Made);
        if removed.is_none() && self.software.contains_key(software) {
            return Err(ChangeError::Resident(software.clone()));
        }
        if removed.is_some() {
            self.forget_transports(|issued| issued.software == *software);
        }
        Ok(removed.is_some())
    }
}
