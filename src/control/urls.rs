//! `GET /api/urls`, `PUT /api/urls`: the URLs that all worlds advertise, for mapped ports.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};
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
            .description(
                "In discovery, statements and lists of every world, at once. A member that is not there \
                 stays as it is.",
            )
            .body::<UrlsBody>()
            .answers::<UrlsRecord>(200, "Both as they are now."),
    ]
}

/// Base URLs in the place of those that the listeners give.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Urls")]
struct UrlsRecord {
    /// Of the mutual TLS listener; null for its own.
    mtls: Option<String>,
    /// Of the listener that asks for no client certificate; null for its own.
    tls: Option<String>,
}

/// What is to be in the place of the listeners' URLs: at least one member.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "UrlsChange", extend("minProperties" = 1))]
struct UrlsBody {
    /// Of the mutual TLS listener, such as `https://bank.example:443`; null for its own.
    #[serde(deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    mtls: Option<Base>,
    /// Of the listener that asks for no client certificate; null for its own.
    #[serde(deserialize_with = "present")]
    #[schemars(with = "Option<String>")]
    tls: Option<Base>,
}

/// What is advertised of a listener.
#[derive(Debug)]
enum Base {
    Own,
    Other(String),
}

impl From<Base> for Option<String> {
    fn from(base: Base) -> Self {
        match base {
            Base::Own => None,
            Base::Other(url) => Some(url),
        }
    }
}

/// A member that is there, be it null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Base>, D::Error> {
    let url: Option<String> = Option::deserialize(deserializer)?;
    Ok(Some(url.map_or(Base::Own, Base::Other)))
}

async fn urls(control: Arc<Control>, _: Ask) -> Result<Response, Problem> {
    Ok(shown(shared(&control).overrides()))
}

async fn set(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let UrlsBody { mtls, tls } = ask.body()?;
    for (field, url) in [("mtls", &mtls), ("tls", &tls)] {
        if let Some(Base::Other(url)) = url
            && !is_base_url(url)
        {
            let allowed = "https://HOST, https://HOST:PORT, null";
            return Err(Problem::field(field, format!("`{url}`"), allowed));
        }
    }
    if mtls.is_none() && tls.is_none() {
        let allowed = "at least one of mtls, tls";
        return Err(Problem::field("body", "none of its members", allowed));
    }
    let overrides = shared(&control).change_overrides(|held| {
        if let Some(mtls) = mtls {
            held.mtls = mtls.into();
        }
        if let Some(tls) = tls {
            held.tls = tls.into();
        }
    });
    Ok(shown(overrides))
}

/// Those of one world; what stands in their place is the same for all.
fn shared(control: &Control) -> &Urls {
    &control.worlds.default_world().urls
}

fn shown(Overrides { mtls, tls }: Overrides) -> Response {
    reply::json(&UrlsRecord { mtls, tls })
}
