//! What a TPP shall be, and making it.

use std::sync::Arc;

use certs_gen::{Flaw, Key, Kind};

use crate::directory::credential::{GivenKey, Making};
use crate::directory::signer::{DirectoryError, StatementSigner};
use crate::directory::tpp::{
    BroughtKeys, OrgStatus, Origin, Profile, Signing, SoftwareStatus, Tpp,
};
use crate::directory::{Directory, Identity};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{OrgId, SoftwareId};
use crate::domain::jwk::{KeySetEntry, PublicKey};
use crate::domain::jws::SigningKey;
use crate::domain::role::Role;

/// What a TPP shall be; whatever is left out is invented.
#[derive(Debug, Clone)]
pub struct TppPlan {
    /// Its directory; that of `identity` counts, where there is one.
    pub ecosystem: Ecosystem,
    /// Who it is; `None` invents the next identity under the directory's seed.
    pub identity: Option<Identity>,
    /// Its software's id, in place of the identity's.
    pub software_id: Option<SoftwareId>,
    /// Its organisation's id, in place of the identity's. One that is listed already gives an
    /// invented identity its name, its registration number and its status.
    pub org_id: Option<OrgId>,
    /// Its roles; empty for the usual ones of its ecosystem.
    pub roles: Vec<Role>,
    /// Its redirect URIs; empty for one below its own host.
    pub redirect_uris: Vec<String>,
    /// What the directory says of the organisation.
    pub org_status: OrgStatus,
    /// What the directory says of the software.
    pub software_status: SoftwareStatus,
    /// Kind of the transport certificate; `None` for `ob-transport` or `brcac`.
    pub transport_kind: Option<Kind>,
    /// What is wrong with the transport certificate.
    pub transport_flaw: Option<Flaw>,
    /// Key of the transport certificate; `None` takes one from the pool.
    pub transport_key: Option<GivenKey>,
    /// Kind of the signing certificate; `None` for `ob-signing` or `brseal`.
    pub signing_kind: Option<Kind>,
    /// Key of the signing certificate; `None` takes one from the pool.
    pub signing_key: Option<GivenKey>,
    /// Keys that the TPP brings instead of a signing certificate; empty for none.
    pub signing_keys: Vec<KeySetEntry>,
    /// Whether it is of another directory, which nobody here trusts or lists.
    pub is_foreign: bool,
    /// Whether it is of the kit or the settings, which every world knows.
    pub is_resident: bool,
}

impl Default for TppPlan {
    fn default() -> Self {
        Self {
            ecosystem: Ecosystem::Uk,
            identity: None,
            software_id: None,
            org_id: None,
            roles: Vec::new(),
            redirect_uris: Vec::new(),
            org_status: OrgStatus::Active,
            software_status: SoftwareStatus::Active,
            transport_kind: None,
            transport_flaw: None,
            transport_key: None,
            signing_kind: None,
            signing_key: None,
            signing_keys: Vec::new(),
            is_foreign: false,
            is_resident: false,
        }
    }
}

impl Directory {
    /// Makes a TPP, without listing it. Blocks while RSA keys are made.
    ///
    /// # Errors
    /// See [`DirectoryError`].
    pub(super) fn enrol(&self, plan: TppPlan) -> Result<Tpp, DirectoryError> {
        let sibling = self.sibling_of(&plan);
        let identity = self.identity_of(&plan, sibling.as_deref())?;
        let ecosystem = identity.ecosystem;
        let roles = roles_of(&plan, ecosystem)?;
        let redirect_uris = if plan.redirect_uris.is_empty() {
            vec![format!("https://{}/callback", identity.host)]
        } else {
            plan.redirect_uris
        };
        // Before keys are made, which takes its time.
        let brought = brought_keys(plan.signing_keys)?;
        let is_of_world = !plan.is_resident;
        let issue = |kind, key, flaw| {
            let making = Making { flaw, is_of_world };
            self.issue(&identity, &roles, kind, key, making)
        };
        let transport_kind = plan.transport_kind.unwrap_or(ecosystem.usual_kinds().0);
        let signing_kind = plan.signing_kind.unwrap_or(ecosystem.usual_kinds().1);
        let transport = issue(transport_kind, plan.transport_key, plan.transport_flaw)?;
        let signing = match brought {
            Some(keys) => Signing::Brought(Arc::new(keys)),
            None => Signing::Certified(Arc::new(issue(signing_kind, plan.signing_key, None)?)),
        };
        let profile = Profile {
            transport: Arc::new(transport),
            signing,
            org_status: sibling.map_or(plan.org_status, |sibling| sibling.org_status()),
            software_status: plan.software_status,
            updated_at: self.clock().unix_millis(),
            roles,
            redirect_uris,
        };
        let origin = if plan.is_resident {
            Origin::Resident
        } else {
            Origin::Made
        };
        let foreign_signer = plan.is_foreign.then(foreign_signer).transpose()?;
        let clock = self.clock();
        Ok(Tpp::new(identity, origin, profile, foreign_signer, clock))
    }

    /// The first listed TPP of the same organisation, if the plan names that by its id alone.
    fn sibling_of(&self, plan: &TppPlan) -> Option<Arc<Tpp>> {
        let org = plan.org_id.as_ref()?;
        if plan.is_foreign || plan.identity.is_some() {
            return None;
        }
        let mut listed = self.tpps().into_iter();
        listed.find(|tpp| tpp.identity.is_of_organisation(plan.ecosystem, org))
    }

    /// `sibling`: of the same organisation.
    fn identity_of(
        &self,
        plan: &TppPlan,
        sibling: Option<&Tpp>,
    ) -> Result<Identity, DirectoryError> {
        let mut identity = match &plan.identity {
            Some(identity) => identity.clone(),
            None => self.next_identity(plan.ecosystem),
        };
        if let Some(id) = &plan.software_id {
            identity.software_id = id.clone();
        }
        if let Some(id) = &plan.org_id {
            identity.org_id = id.clone();
        }
        if let Some(sibling) = sibling.map(|sibling| &sibling.identity) {
            identity.org_name.clone_from(&sibling.org_name);
            let number = &sibling.registration_number;
            identity.registration_number.clone_from(number);
        }
        check_ids(&identity)?;
        if !plan.is_foreign && self.lists(&identity.software_id) {
            return Err(DirectoryError::AlreadyListed(identity.software_id));
        }
        Ok(identity)
    }
}

fn roles_of(plan: &TppPlan, ecosystem: Ecosystem) -> Result<Vec<Role>, DirectoryError> {
    if plan.roles.is_empty() {
        return Ok(Role::usual(ecosystem).to_vec());
    }
    check_roles(&plan.roles, ecosystem)?;
    Ok(plan.roles.clone())
}

/// That its ids can stand in URLs.
pub(super) fn check_ids(identity: &Identity) -> Result<(), DirectoryError> {
    for id in [identity.software_id.as_str(), identity.org_id.as_str()] {
        // It is a path segment of its key store.
        let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-._~".contains(&byte);
        let starts_well = id.starts_with(|first: char| first.is_ascii_alphanumeric());
        if !starts_well || id.len() > 255 || !id.bytes().all(is_plain) {
            return Err(DirectoryError::UnusableId(id.to_owned()));
        }
    }
    Ok(())
}

/// That all of them are roles of this ecosystem.
pub(super) fn check_roles(roles: &[Role], ecosystem: Ecosystem) -> Result<(), DirectoryError> {
    let stranger = roles.iter().find(|role| role.ecosystem() != ecosystem);
    match stranger {
        Some(role) => Err(DirectoryError::RoleOfAnotherEcosystem {
            role: *role,
            ecosystem,
        }),
        None => Ok(()),
    }
}

/// `None` if there are none.
fn brought_keys(all: Vec<KeySetEntry>) -> Result<Option<BroughtKeys>, DirectoryError> {
    if all.is_empty() {
        return Ok(None);
    }
    let first = all.iter().find(|entry| entry.key_use.signs()).cloned();
    let first = first.ok_or(DirectoryError::NoSigningKey)?;
    Ok(Some(BroughtKeys { first, all }))
}

/// The key of a directory that nobody here knows.
fn foreign_signer() -> Result<StatementSigner, DirectoryError> {
    let key = Key::generate(certs_gen::KeyAlgorithm::EcP256)?;
    let public = PublicKey::from_spki(&key.public_key_der())?;
    Ok(StatementSigner {
        key: SigningKey::from_pem(&key.private_pem())?,
        algorithm: public.algorithm(),
        kid: public.thumbprint(),
    })
}
