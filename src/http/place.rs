//! The world that a request is for.

use std::sync::Arc;

use serde_json::json;
use warp::http::StatusCode;
use warp::reply::Response;

use crate::dialect::fault::describable;
use crate::http::reply;
use crate::server::Peer;
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

/// Where a request goes: to the world that its path names, else to that which minted its client
/// certificate, else to the default one.
///
/// # Errors
/// The name of a world that is not there.
pub fn place<'a>(worlds: &Worlds, peer: &Peer, path: &'a str) -> Result<Place<'a>, &'a str> {
    let Some(rest) = path.strip_prefix(WORLDS) else {
        let minting = peer.transport_certificate();
        let minting = minting.and_then(|certificate| worlds.minting(certificate));
        let world = minting.unwrap_or_else(|| Arc::clone(worlds.default_world()));
        return Ok(Place { world, path });
    };
    let name = rest.split('/').next().unwrap_or_default();
    let path = rest.get(name.len()..).unwrap_or_default();
    let path = if path.is_empty() { "/" } else { path };
    let world = worlds.world(name).ok_or(name)?;
    Ok(Place { world, path })
}

/// 404 for a world that is not there.
pub fn refuse(name: &str) -> Response {
    let name = describable(name);
    let body = json!({
        "error": "unknown_world",
        "error_description": format!(
            "found world: {name}; allowed: one that is there; it may have been deleted, or its time to live is over"
        ),
    });
    reply::private_json(StatusCode::NOT_FOUND, &body)
}
