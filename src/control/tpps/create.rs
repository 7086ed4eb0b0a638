//! `POST {w}/tpps`: a new TPP with all it needs to register.

use schemars::JsonSchema;
use serde::Serialize;
use warp::http::Method;
use warp::reply::Response;

use crate::bank::BankSummary;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;
use crate::control::tpps::issued::{SigningShown, TransportShown};
use crate::control::tpps::plan::TppBody;
use crate::control::tpps::{location, problems, within};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::ids::{OrgId, SoftwareId};
use crate::domain::role::Role;
use crate::domain::signing::Edits;
use crate::world::World;

/// The route.
pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "{w}/tpps", "create_tpp", |control, ask| {
            within(control, ask, create)
        })
        .summary("Makes a TPP")
        .description(
            "It is known in this world only. Private keys that are made here are in this answer \
             and in no other; with `csr` or `jwks` yours never leave you. The URLs of the banks are \
             those of the host name that the request was sent to.",
        )
        .optional_body::<TppBody>()
        .answers::<NewTpp>(201, "The TPP with its private keys.")
        .fails(409, "Another TPP has this software id.")
        .fails(500, "A key or certificate could not be made."),
    ]
}

/// A TPP that was made, with all it needs to register.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "CreatedTpp")]
struct NewTpp {
    /// Name of its world.
    world: String,
    /// Its directory.
    ecosystem: Ecosystem,
    /// Its organisation's id.
    org_id: OrgId,
    /// Its software's id.
    software_id: SoftwareId,
    /// Its roles.
    roles: Vec<Role>,
    /// Its redirect URIs.
    redirect_uris: Vec<String>,
    /// For the TLS handshake.
    transport: TransportShown,
    /// For signing requests.
    signing: SigningShown,
    /// A software statement about it, signed now.
    ssa: String,
    /// The banks of its world.
    banks: Vec<BankSummary>,
}

fn create(world: &World, ask: &Ask) -> Result<Response, Problem> {
    let body: Option<TppBody> = ask.optional_body()?;
    let plan = body.unwrap_or_default().plan()?;
    let directory = &world.directory;
    let tpp = directory.add(plan).map_err(problems::of_directory)?;
    let statement = directory.statement(&tpp, &Edits::default());
    let profile = tpp.profile();
    let urls = ask.urls(world);
    let made = NewTpp {
        world: world.name.to_string(),
        ecosystem: tpp.identity.ecosystem,
        org_id: tpp.identity.org_id.clone(),
        software_id: tpp.identity.software_id.clone(),
        roles: profile.roles.clone(),
        redirect_uris: profile.redirect_uris.clone(),
        transport: TransportShown::with_key(&profile.transport)?,
        signing: SigningShown::with_key(&profile.signing),
        ssa: statement.map_err(problems::of_directory)?,
        banks: world.banks().map(|bank| bank.summary(&urls)).collect(),
    };
    let location = location(ask, &format!("/tpps/{}", made.software_id));
    reply::created(&location, &made).map(reply::unstored)
}
