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

use std::sync::Arc;

use warp::http::header::CACHE_CONTROL;
use warp::http::{HeaderValue, StatusCode};
use warp::reply::Response;

use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::route::Route;
use crate::directory::tpp::Tpp;
use crate::domain::ids::SoftwareId;
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
    let failed = |error| Problem::internal("this request", &error);
    done.await.map_err(failed)?.map_err(failed)?
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

/// Checks a list that is there: it holds something.
fn check_filled<T>(field: &str, list: Option<&Vec<T>>) -> Result<(), Problem> {
    match list {
        Some(list) if list.is_empty() => {
            let allowed = "at least one, or leave the member out";
            Err(Problem::field(field, "an empty list", allowed))
        }
        _ => Ok(()),
    }
}

/// The path of something below the world of this request.
fn location(ask: &Ask, path: &str) -> String {
    match ask.optional_param("world") {
        Some(world) => format!("/api/worlds/{world}{path}"),
        None => format!("/api{path}"),
    }
}

/// The same answer for nobody to keep: there are private keys in it.
fn unstored(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
