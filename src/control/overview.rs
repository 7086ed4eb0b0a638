//! `GET /`: what there is, for a person with a browser.

use std::sync::Arc;

use warp::reply::Response;

use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;
use crate::kit::Kit;
use crate::world::World;

const HTML: &str = "text/html; charset=utf-8";

/// The route.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/", "overview", overview)
            .summary("What there is, for a person")
            .answers_with(200, HTML, "A page with links."),
    ]
}

async fn overview(control: Arc<Control>, _: Ask) -> Result<Response, Problem> {
    let page = page(control.worlds.default_world(), control.kit.as_deref());
    Ok(reply::contents(HTML, page))
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
        "/openapi.json",
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
