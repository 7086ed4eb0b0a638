//! `GET /`: what there is, for a person with a browser.

use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::Method;
use warp::reply::{Reply, Response};

use crate::control::problem;
use crate::kit::Kit;
use crate::world::World;

/// The overview, in HTML with links.
pub fn routes(world: &Arc<World>, kit: Option<&Arc<Kit>>) -> BoxedFilter<(Response,)> {
    let page: Arc<str> = page(world, kit.map(AsRef::as_ref)).into();
    warp::path::end()
        .and(warp::method())
        .map(move |method: Method| match method {
            Method::GET | Method::HEAD => warp::reply::html(page.to_string()).into_response(),
            _ => problem::only_readable(),
        })
        .boxed()
}

fn page(world: &World, kit: Option<&Kit>) -> String {
    let urls = world.urls.for_host(None);
    let link = |url: &str| format!("<li><a href=\"{url}\">{url}</a></li>\n");
    let banks: String = world
        .banks()
        .map(|bank| link(&bank.discovery_url(&urls)))
        .collect();
    let kit: String = kit
        .map(Kit::file_names)
        .unwrap_or_default()
        .iter()
        .map(|name| link(&format!("/kit/{name}")))
        .collect();
    let control: String = [
        "/health",
        "/ready",
        "/ca.pem",
        "/ca.crl",
        "/api/banks",
        "/api/checks",
    ]
    .map(link)
    .concat();
    format!(
        "<!doctype html>\n<meta charset=\"utf-8\">\n<title>aspsp-emulator</title>\n\
         <h1>aspsp-emulator</h1>\n<p>A stand-in for banks. TEST ONLY.</p>\n\
         <h2>Banks</h2>\n<ul>\n{banks}</ul>\n\
         <h2>Kit</h2>\n<ul>\n{kit}</ul>\n\
         <h2>Control</h2>\n<ul>\n{control}</ul>\n"
    )
}
