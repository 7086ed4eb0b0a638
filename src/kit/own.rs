//! TPPs of one's own, as the settings describe them.

use std::sync::Arc;

use certs_gen::Csr;

use crate::config::{SigningConfig, TppConfig};
use crate::directory::Identity;
use crate::directory::credential::GivenKey;
use crate::directory::plan::TppPlan;
use crate::domain::ids::{OrgId, SoftwareId};
use crate::kit::files::authority_id;
use crate::kit::folder::{self, Certified, Earlier, Place};
use crate::kit::tpp_folder::TppFolder;
use crate::kit::{KitError, Owner};
use crate::world::World;

/// Makes the TPP that `config` describes, lists it, and writes its files where it wants some.
/// `key_mode`: permission bits of the private keys that are made for it; `others`: the folders of
/// other TPPs. Blocks while RSA keys are made.
///
/// # Errors
/// See [`KitError`].
pub fn add_own(
    world: &Arc<World>,
    config: &TppConfig,
    key_mode: u32,
    others: &[Arc<TppFolder>],
) -> Result<Option<TppFolder>, KitError> {
    let mut plan = plan(config);
    let Some(dir) = &config.kit else {
        world.directory.add(plan)?;
        return Ok(None);
    };
    if others.iter().any(|other| other.dir() == dir) {
        return Err(KitError::Shared(dir.clone()));
    }
    let place = Place {
        dir: dir.clone(),
        key_mode,
        owner: Owner::Own,
    };
    let earlier = folder::earlier(&place, &authority_id(world))?;
    if let Some(earlier) = earlier.filter(|earlier| describes(config, &earlier.identity)) {
        take_up(&mut plan, earlier, config);
    }
    let tpp = world.directory.add(plan)?;
    let folder = TppFolder::new(world, tpp, place)?;
    folder.begin()?;
    TppFolder::finish(&[&folder])?;
    Ok(Some(folder))
}

fn plan(config: &TppConfig) -> TppPlan {
    let mut plan = TppPlan {
        ecosystem: config.ecosystem,
        is_resident: true,
        software_id: config.software_id.clone(),
        org_id: config.org_id.clone(),
        roles: config.roles.clone(),
        redirect_uris: config.redirect_uris.clone(),
        transport_key: config.transport_csr.clone().map(GivenKey::Csr),
        ..TppPlan::default()
    };
    match &config.signing {
        None => {}
        Some(SigningConfig::Csr(csr)) => plan.signing_key = Some(GivenKey::Csr(csr.clone())),
        Some(SigningConfig::Keys(keys)) => plan.signing_keys.clone_from(keys),
    }
    plan
}

/// Whether these settings speak of this identity.
fn describes(config: &TppConfig, identity: &Identity) -> bool {
    let is_software = |id: &SoftwareId| *id == identity.software_id;
    let is_org = |id: &OrgId| *id == identity.org_id;
    config.ecosystem == identity.ecosystem
        && config.software_id.as_ref().is_none_or(is_software)
        && config.org_id.as_ref().is_none_or(is_org)
}

/// Identity and certificates of an earlier start, so that each `kid` stays what it was.
fn take_up(plan: &mut TppPlan, earlier: Earlier, config: &TppConfig) {
    plan.identity = Some(earlier.identity);
    let is_of = |csr: &Csr, certified: &Certified| {
        csr.public_key_der() == certified.certificate.public_key_der()
    };
    let fits = |certified: &Certified, csr: Option<&Csr>| match csr {
        Some(csr) => certified.key.is_none() && is_of(csr, certified),
        None => certified.key.is_some(),
    };
    let transport = earlier.transport;
    let transport = transport.filter(|old| fits(old, config.transport_csr.as_ref()));
    if let Some(certified) = transport {
        plan.transport_key = Some(certified.into());
    }
    let csr = match &config.signing {
        Some(SigningConfig::Keys(_)) => return,
        Some(SigningConfig::Csr(csr)) => Some(csr),
        None => None,
    };
    if let Some(certified) = earlier.signing.filter(|old| fits(old, csr)) {
        plan.signing_key = Some(certified.into());
    }
}
