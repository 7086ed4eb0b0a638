//! `PATCH {w}/tpps/{software_id}`, `DELETE {w}/tpps/{software_id}`: what the directory says of a TPP
//! from now on, and its end.

use schemars::JsonSchema;
use serde::Deserialize;
use warp::http::Method;
use warp::reply::Response;

use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;
use crate::control::tpps::record::TppRecord;
use crate::control::tpps::{SOFTWARE_ID, check_lists, find, problems, unknown_tpp, within};
use crate::directory::changes::TppChanges;
use crate::directory::tpp::{OrgStatus, SoftwareStatus};
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::role::Role;
use crate::world::World;

const PATH: &str = "{w}/tpps/{software_id}";

/// Both routes.
pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::PATCH, PATH, "change_tpp", |control, ask| {
            within(control, ask, change)
        })
        .summary("Changes what the directory says of a TPP")
        .description(
            "What is left out stays as it is. Statements that are signed from now on say so, and \
             banks that ask the directory are told so; statements that were signed before stay as \
             they are.",
        )
        .param("software_id", SOFTWARE_ID)
        .body::<ChangeBody>()
        .answers::<TppRecord>(200, "The TPP as it is now.")
        .fails(409, "A role is one of another ecosystem."),
        Route::new(Method::DELETE, PATH, "delete_tpp", |control, ask| {
            within(control, ask, delete)
        })
        .summary("Deletes a TPP")
        .description(
            "The directory knows it no more, nor its keys. What was revoked stays revoked. Clients \
             that it registered stay at their banks.",
        )
        .param("software_id", SOFTWARE_ID)
        .answers_nothing(204, "It is gone.")
        .fails(409, "It is of the kit or the settings."),
    ]
}

/// What is to be different about a TPP.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(rename = "TppChanges")]
struct ChangeBody {
    /// What the directory says of the organisation, and so of all its software.
    org_status: Option<OrgStatus>,
    /// What the directory says of the software.
    software_status: Option<SoftwareStatus>,
    /// Its roles, of its ecosystem.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    roles: Option<Vec<Role>>,
    /// Its redirect URIs.
    #[schemars(length(min = 1), extend("uniqueItems" = true))]
    redirect_uris: Option<Vec<RedirectUri>>,
}

fn change(world: &World, ask: &Ask) -> Result<Response, Problem> {
    let tpp = find(world, ask)?;
    let body: ChangeBody = ask.body()?;
    check_lists(body.roles.as_ref(), body.redirect_uris.as_ref())?;
    let changes = TppChanges {
        org_status: body.org_status,
        software_status: body.software_status,
        roles: body.roles,
        redirect_uris: body.redirect_uris.map(RedirectUri::texts),
    };
    let changed = world.directory.patch(&tpp.identity.software_id, changes);
    changed.map_err(|error| problems::of_change("software_id", error))?;
    Ok(reply::json(&TppRecord::new(world, &tpp)))
}

fn delete(world: &World, ask: &Ask) -> Result<Response, Problem> {
    let tpp = find(world, ask)?;
    let software = &tpp.identity.software_id;
    let removed = world.directory.remove(software);
    let removed = removed.map_err(|error| problems::of_change("software_id", error))?;
    if removed {
        Ok(reply::no_content())
    } else {
        // Somebody was faster.
        Err(unknown_tpp(software.as_str()))
    }
}
