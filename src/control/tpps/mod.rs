//! `{w}/tpps…`: making TPPs, what the directory says of them, their certificates, and what is
//! signed for them.
//!
//! Private keys are in the answers that make them and in no other.

mod certificates;
mod change;
mod create;
mod issued;
mod keys;
mod plan;
mod problems;
mod record;
mod signed;
mod words;

use std::collections::HashSet;
use std::panic::resume_unwind;
use std::sync::Arc;

use tokio::task::JoinError;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::route::Route;
use crate::directory::tpp::Tpp;
use crate::domain::ids::SoftwareId;
use crate::domain::redirect_uri::RedirectUri;
use crate::domain::role::Role;
use crate::world::World;

/// What `{software_id}` is in the path of a TPP.
const SOFTWARE_ID: &str = "Software id of a TPP.";

/// All of them.
pub fn routes() -> Vec<Route> {
    [
        create::routes(),
        record::routes(),
        change::routes(),
        signed::routes(),
        certificates::routes(),
    ]
    .concat()
}

/// What answers a request, in its world. It may block.
type Work = fn(&World, &Ask) -> Result<Response, Problem>;

/// Does the work off the threads that serve everybody, and while nobody changes the world as a
/// whole: to its end, even if the caller does not wait for it.
async fn within(control: Arc<Control>, ask: Ask, work: Work) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let done = tokio::spawn(async move {
        let _here = world.enter().await;
        let world = Arc::clone(&world);
        tokio::task::spawn_blocking(move || work(&world, &ask)).await
    });
    done.await.map_err(failed)?.map_err(failed)?
}

/// 500, unless it panicked: then so does the request.
fn failed(error: JoinError) -> Problem {
    match error.try_into_panic() {
        Ok(panic) => resume_unwind(panic),
        Err(error) => Problem::internal("this request", &error),
    }
}

/// The TPP of the path.
///
/// # Errors
/// 404.
fn find(world: &World, ask: &Ask) -> Result<Arc<Tpp>, Problem> {
    let software = SoftwareId::new(ask.param("software_id"));
    let found = world.directory.tpp(&software);
    found.ok_or_else(|| unknown_tpp(software.as_str()))
}

fn unknown_tpp(software: &str) -> Problem {
    let found = format!("`{}`", crate::document::tree::shown(software));
    let allowed = "the software id of a TPP of this world, as `GET …/tpps` lists them";
    Problem::of_field(StatusCode::NOT_FOUND, "software_id", found, allowed)
}

/// Checks a list that is there: it holds something, and nothing twice.
fn check_list<T>(field: &str, list: Option<&Vec<T>>, text: fn(&T) -> &str) -> Result<(), Problem> {
    let Some(list) = list else {
        return Ok(());
    };
    if list.is_empty() {
        let allowed = "at least one, or leave the member out";
        return Err(Problem::field(field, "an empty list", allowed));
    }
    let mut seen = HashSet::new();
    let again = list.iter().position(|item| !seen.insert(text(item)));
    let Some(position) = again else {
        return Ok(());
    };
    let item = crate::document::tree::shown(text(&list[position]));
    let found = format!("`{item}` for a second time");
    Err(Problem::field(
        format!("{field}.{position}"),
        found,
        "each once",
    ))
}

/// Checks roles and redirect URIs that are there.
fn check_lists(
    roles: Option<&Vec<Role>>,
    redirect_uris: Option<&Vec<RedirectUri>>,
) -> Result<(), Problem> {
    check_list("roles", roles, |role| role.as_str())?;
    check_list("redirect_uris", redirect_uris, RedirectUri::as_str)
}

/// The path of something below the world of this request.
fn location(ask: &Ask, path: &str) -> String {
    match ask.optional_param("world") {
        Some(world) => format!("/api/worlds/{world}{path}"),
        None => format!("/api{path}"),
    }
}
