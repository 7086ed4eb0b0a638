//! `GET /openapi.json`: the table of routes as an `OpenAPI` 3.1 document.

mod operation;
mod problems;
mod schemas;

use std::sync::Arc;

use serde_json::{Value, json};
use warp::reply::Response;

use crate::control::Control;
use crate::control::access::is_open;
use crate::control::ask::Ask;
use crate::control::openapi::operation::operation;
use crate::control::openapi::schemas::Schemas;
use crate::control::path::Template;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;
use crate::control::table::{PARTS, Part};
use crate::domain::json::{self, Object};

const JSON: &str = "application/json";

/// Name of the security scheme: the control token.
const BEARER: &str = "control_token";

/// The route.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("/openapi.json", "openapi", openapi)
            .summary("This document")
            .answers_with(200, JSON, "An OpenAPI 3.1 document."),
    ]
}

async fn openapi(control: Arc<Control>, _: Ask) -> Result<Response, Problem> {
    let document = control.document.get_or_init(|| document(PARTS).to_string());
    Ok(reply::contents(JSON, document.clone()))
}

/// The document of these parts.
fn document(parts: &[Part]) -> Value {
    let mut schemas = Schemas::new();
    let responses = problems::responses(&mut schemas);
    let mut paths = Object::new();
    for part in parts {
        for route in (part.routes)() {
            for template in Template::all(route.path) {
                let method = route.method.as_str().to_lowercase();
                let described = operation(part.tag, &route, &template, &mut schemas);
                let path = paths.entry(template.text).or_insert_with(|| json!({}));
                path[method] = described;
            }
        }
    }
    let mut document = json!({
        "openapi": "3.1.0",
        "info": info(),
        "tags": tags(parts),
        "paths": paths,
        "components": {
            "responses": responses,
            "securitySchemes": {
                (BEARER): {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "The token of `--control-token`, where there is one.",
                },
            },
        },
        "security": [{ (BEARER): [] }, {}],
    });
    let definitions = schemas.definitions(&mut document);
    document["components"]["schemas"] = definitions.into();
    document
}

fn info() -> Value {
    json!({
        "title": "Control API of aspsp-emulator",
        "version": env!("CARGO_PKG_VERSION"),
        "description": "How tests steer the emulator. Every route that answers GET answers HEAD. \
            Errors are problem documents (RFC 9457). The routes below `/api` are those of the world \
            `default`; each is below `/api/worlds/{world}` too.",
        "license": { "name": env!("CARGO_PKG_LICENSE") },
    })
}

fn tags(parts: &[Part]) -> Vec<Value> {
    parts
        .iter()
        .filter(|part| !part.description.is_empty())
        .map(|part| json!({ "name": part.tag, "description": part.description }))
        .collect()
}

/// Who may: whoever has the token, or anyone where there is none.
fn security(path: &str) -> Object {
    json::members(if is_open(path) {
        json!({ "security": [] })
    } else {
        json!({})
    })
}

#[cfg(test)]
mod tests;
