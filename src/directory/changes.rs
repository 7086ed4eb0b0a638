//! Changing what the directory says of a TPP, and removing it.

use certs_gen::Kind;

use crate::directory::Directory;
use crate::directory::plan::check_roles;
use crate::directory::signer::DirectoryError;
use crate::directory::tpp::{OrgStatus, Origin, SoftwareStatus};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::SoftwareId;
use crate::domain::role::Role;

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
#[derive(Debug, thiserror::Error)]
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
    /// The directory could not do it.
    #[error(transparent)]
    Directory(#[from] DirectoryError),
}

fn kinds_of(ecosystem: Ecosystem) -> String {
    let kinds = ecosystem.kinds().iter().map(|kind| kind.as_str());
    kinds.collect::<Vec<_>>().join(", ")
}

impl Directory {
    /// Changes what the directory says of a TPP; statements that are signed from now on say so.
    /// Either all of it is changed or, with an error, nothing.
    ///
    /// # Errors
    /// [`ChangeError::UnknownSoftware`], or a role of another ecosystem.
    pub fn patch(&self, software: &SoftwareId, changes: TppChanges) -> Result<(), ChangeError> {
        let tpp = self.known(software)?;
        if let Some(roles) = &changes.roles {
            check_roles(roles, tpp.identity.ecosystem)?;
        }
        tpp.change(|profile| {
            profile.org_status = changes.org_status.unwrap_or(profile.org_status);
            profile.software_status = changes.software_status.unwrap_or(profile.software_status);
            if let Some(roles) = changes.roles {
                profile.roles = roles;
            }
            if let Some(redirect_uris) = changes.redirect_uris {
                profile.redirect_uris = redirect_uris;
            }
        });
        Ok(())
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
