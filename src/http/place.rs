//! The world that a request is for.

use std::sync::Arc;

use serde_json::json;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::dialect::fault::describable;
use crate::domain::certificate::ClientCertificate;
use crate::http::reply;
use crate::world::{World, Worlds};

/// What the paths of worlds other than the default one begin with.
const WORLDS: &str = "/w/";

/// A world, and a path in it.
pub struct Place<'a> {
    /// The world.
    pub world: Arc<World>,
    /// The path that the request would have without the world's name.
    pub path: &'a str,
}

/// Why a request is for no world.
pub enum Stray<'a> {
    /// There is none of this name.
    Unknown(&'a str),
    /// The world of its certificate is gone.
    Homeless,
}

/// Where a request goes: to the world that its path names, else to that of its client certificate, else
/// to the default one.
///
/// # Errors
/// There is no such world.
pub fn place<'a>(
    worlds: &Worlds,
    certificate: Option<&ClientCertificate>,
    path: &'a str,
) -> Result<Place<'a>, Stray<'a>> {
    let Some(rest) = path.strip_prefix(WORLDS) else {
        let world = match certificate {
            Some(certificate) => worlds.home(certificate).ok_or(Stray::Homeless)?,
            None => Arc::clone(worlds.default_world()),
        };
        return Ok(Place { world, path });
    };
    let name = rest.split('/').next().unwrap_or_default();
    let path = rest.get(name.len()..).unwrap_or_default();
    let path = if path.is_empty() { "/" } else { path };
    let world = worlds.world(name).ok_or(Stray::Unknown(name))?;
    Ok(Place { world, path })
}

/// 404 for a world that is not there.
pub fn refuse(stray: &Stray<'_>) -> Response {
    let description = match stray {
        Stray::Unknown(name) => format!(
            "found world: {}; allowed: one that is there; it may have been deleted, or its time to live is over",
            describable(name)
        ),
        Stray::Homeless => "found a client certificate of a world that is not here: it was deleted, its time to live is over, or it is another emulator's; \
                            allowed: one of a TPP of a world that is there, of the kit or of the settings"
            .to_owned(),
    };
    let body = json!({"error": "unknown_world", "error_description": description});
    reply::private_json(StatusCode::NOT_FOUND, &body)
}
