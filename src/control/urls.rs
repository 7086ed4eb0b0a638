//! `GET /api/urls`, `PUT /api/urls`: the URLs that all worlds advertise, for mapped ports.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::http::Method;
use warp::reply::Response;

use crate::config::is_base_url;
use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;
use crate::domain::urls::{Overrides, Urls};

/// Both routes.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/api/urls", "urls", urls)
            .summary("The URLs that stand in the place of the listeners' own")
            .answers::<UrlsRecord>(200, "Both; null for those of the listener."),
        Route::new(Method::PUT, "/api/urls", "set_urls", set)
            .summary("Advertises other URLs than those of the listeners")
            .description("In discovery, statements and lists of every world, at once.")
            .body::<UrlsRecord>()
            .answers::<UrlsRecord>(200, "Both as they are now."),
    ]
}

/// Base URLs in the place of those that the listeners give.
#[derive(Debug, Default, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Urls")]
struct UrlsRecord {
    /// Of the mutual TLS listener, such as `https://bank.example:443`; null for its own.
    mtls: Option<String>,
    /// Of the listener that asks for no client certificate; null for its own.
    tls: Option<String>,
}

async fn urls(control: Arc<Control>, _: Ask) -> Result<Response, Problem> {
    Ok(shown(shared(&control)))
}

async fn set(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let UrlsRecord { mtls, tls } = ask.body()?;
    for (field, url) in [("mtls", &mtls), ("tls", &tls)] {
        if let Some(url) = url.as_ref().filter(|url| !is_base_url(url)) {
            let allowed = "https://HOST, https://HOST:PORT, null";
            return Err(Problem::field(field, format!("`{url}`"), allowed));
        }
    }
    let urls = shared(&control);
    urls.set_overrides(Overrides { mtls, tls });
    Ok(shown(urls))
}

/// Those of one world; what stands in their place is the same for all.
fn shared(control: &Control) -> &Urls {
    &control.worlds.default_world().urls
}

fn shown(urls: &Urls) -> Response {
    let Overrides { mtls, tls } = urls.overrides();
    reply::json(&UrlsRecord { mtls, tls })
}
