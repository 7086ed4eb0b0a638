//! `GET /kit/{name}`, `GET /kit/brasil/{name}`: the kit's files, statements and requests signed anew each time.

use std::sync::Arc;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE};
use warp::http::{HeaderValue, Method, StatusCode};
use warp::reply::{Reply, Response};

use crate::control::problem;
use crate::kit::{Kit, KitFile};

/// The files.
pub fn routes(kit: Arc<Kit>) -> BoxedFilter<(Response,)> {
    let brasil = warp::path!("kit" / "brasil" / String).map(|name| format!("brasil/{name}"));
    warp::path!("kit" / String)
        .or(brasil)
        .unify()
        .and(warp::method())
        .map(move |name: String, method: Method| match method {
            Method::GET | Method::HEAD => read(&kit, &name),
            _ => problem::only_readable(),
        })
        .boxed()
}

/// What is said where there is no kit.
pub fn absent() -> BoxedFilter<(Response,)> {
    warp::path("kit")
        .and(warp::path::tail())
        .map(|_| {
            problem::response(
                StatusCode::NOT_FOUND,
                "there is no kit: the emulator was started with --no-kit",
            )
        })
        .boxed()
}

fn read(kit: &Kit, name: &str) -> Response {
    match kit.file(name) {
        Ok(Some(file)) => file_response(file),
        Ok(None) => problem::response(
            StatusCode::NOT_FOUND,
            &format!("the kit has no file `{name}`; tpp.json lists its banks"),
        ),
        Err(error) => {
            tracing::error!(name, %error, "a file of the kit");
            problem::response(
                StatusCode::INTERNAL_SERVER_ERROR,
                "the file could not be signed; the log says why",
            )
        }
    }
}

fn file_response(file: KitFile) -> Response {
    let extension = file.name.rsplit('.').next().unwrap_or_default();
    let media_type = match extension {
        "json" | "jwks" => "application/json",
        "jwt" => "application/jwt",
        "p12" => "application/x-pkcs12",
        "pem" | "key" => "application/x-pem-file",
        _ => "text/plain; charset=utf-8",
    };
    let mut response = file.contents.into_response();
    let headers = response.headers_mut();
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    response
}
