//! `GET {w}/tpps`, `GET {w}/tpps/{software_id}`: what the directory says of TPPs, without private
//! keys.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use warp::reply::Response;

use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply::{self, Items};
use crate::control::route::Route;
use crate::control::tpps::issued::{SigningShown, TransportShown};
use crate::control::tpps::{SOFTWARE_ID, find, within};
use crate::directory::tpp::{OrgStatus, SoftwareStatus, Tpp};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{OrgId, SoftwareId};
use crate::domain::role::Role;
use crate::world::World;

/// Both routes.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("{w}/tpps", "tpps", tpps)
            .summary("The TPPs")
            .description("Those of the kit and the settings are known in every world.")
            .answers::<Items<TppRecord>>(200, "All of them, oldest first."),
        Route::get("{w}/tpps/{software_id}", "tpp", |control, ask| {
            within(control, ask, tpp)
        })
        .summary("One TPP")
        .param("software_id", SOFTWARE_ID)
        .answers::<TppRecord>(200, "The TPP."),
    ]
}

/// A TPP as its directory knows it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Tpp")]
pub struct TppRecord {
    /// Name of the world.
    world: String,
    /// Its directory.
    ecosystem: Ecosystem,
    /// Its organisation's id.
    org_id: OrgId,
    /// Its organisation's name.
    org_name: String,
    /// What the directory says of the organisation.
    org_status: OrgStatus,
    /// Its software's id.
    software_id: SoftwareId,
    /// Its software's name.
    software_name: String,
    /// What the directory says of the software.
    software_status: SoftwareStatus,
    /// Its roles.
    roles: Vec<Role>,
    /// Its redirect URIs.
    redirect_uris: Vec<String>,
    /// What it uses in the TLS handshake.
    transport: TransportShown,
    /// What it signs with.
    signing: SigningShown,
    /// Whether it is of the kit or the settings: then it cannot be deleted.
    resident: bool,
}

impl TppRecord {
    /// As it is now.
    pub fn new(world: &World, tpp: &Tpp) -> Self {
        let (identity, profile) = (&tpp.identity, tpp.profile());
        Self {
            world: world.name.to_string(),
            ecosystem: identity.ecosystem,
            org_id: identity.org_id.clone(),
            org_name: identity.org_name.clone(),
            org_status: profile.org_status,
            software_id: identity.software_id.clone(),
            software_name: identity.software_name.clone(),
            software_status: profile.software_status,
            roles: profile.roles.clone(),
            redirect_uris: profile.redirect_uris.clone(),
            transport: TransportShown::new(&profile.transport),
            signing: SigningShown::new(&profile.signing),
            resident: tpp.is_resident(),
        }
    }
}

async fn tpps(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let _here = world.enter().await;
    let tpps = world.directory.tpps();
    let tpps = tpps.iter().map(|tpp| TppRecord::new(&world, tpp));
    Ok(reply::items(tpps.collect()))
}

fn tpp(world: &World, ask: &Ask) -> Result<Response, Problem> {
    let tpp = find(world, ask)?;
    Ok(reply::json(&TppRecord::new(world, &tpp)))
}
