//! `GET /kit/{name}`, `GET /kit/brasil/{name}`: the kit's files, statements and requests signed anew each time.

use std::sync::Arc;

use warp::reply::Response;

use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;
use crate::kit::KitFile;

/// Both routes.
pub fn routes() -> Vec<Route> {
    vec![
        file_of(Route::get("/kit/{name}", "kit_file", british))
            .summary("A file of the UK TPP's kit"),
        file_of(Route::get(
            "/kit/brasil/{name}",
            "brazilian_kit_file",
            brazilian,
        ))
        .summary("A file of the Brazilian TPP's kit"),
    ]
}

fn file_of(route: Route) -> Route {
    let route = route
        .description("Statements and requests are signed anew each time.")
        .param("name", "Name of the file, such as `tpp.json`.")
        .fails(500, "The file could not be signed.");
    MEDIA_TYPES.into_iter().fold(route, |route, media_type| {
        route.answers_with(200, media_type, "The file.")
    })
}

const JSON: &str = "application/json";
const JWT: &str = "application/jwt";
const PKCS_12: &str = "application/x-pkcs12";
const PEM: &str = "application/x-pem-file";
const TEXT: &str = "text/plain; charset=utf-8";
const MEDIA_TYPES: [&str; 5] = [JSON, JWT, PKCS_12, PEM, TEXT];

async fn british(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    read(&control, ask.param("name"))
}

async fn brazilian(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    read(&control, &format!("brasil/{}", ask.param("name")))
}

fn read(control: &Control, name: &str) -> Result<Response, Problem> {
    let kit = control.kit.as_ref().ok_or_else(|| {
        Problem::not_found("there is no kit: the emulator was started with --no-kit")
    })?;
    let file = kit
        .file(name)
        .map_err(|error| Problem::internal("signing the file", &error))?;
    file.map(shown).ok_or_else(|| {
        let detail = format!("the kit has no file `{name}`; tpp.json lists its banks");
        Problem::not_found(detail)
    })
}

fn shown(file: KitFile) -> Response {
    let extension = file.name.rsplit('.').next().unwrap_or_default();
    let media_type = match extension {
        "json" | "jwks" => JSON,
        "jwt" => JWT,
        "p12" => PKCS_12,
        "pem" | "key" => PEM,
        _ => TEXT,
    };
    reply::unstored(reply::contents(media_type, file.contents))
}
