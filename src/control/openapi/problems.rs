//! The problems that every route may answer with, by rule.

use schemars::SchemaGenerator;
use serde_json::{Value, json};
use warp::http::{Method, StatusCode};

use crate::control::access::is_open;
use crate::control::openapi::schemas::Schemas;
use crate::control::path::Template;
use crate::control::problem::{PROBLEM_JSON, ProblemDocument};
use crate::control::route::Route;
use crate::domain::json::Object;

/// A problem of many routes.
struct Common {
    status: u16,
    name: &'static str,
    description: &'static str,
    applies: fn(&Route, &Template) -> bool,
    header: Option<&'static str>,
}

const COMMON: &[Common] = &[
    Common {
        status: 400,
        name: "BadRequest",
        description: "A member of the path, the query or the body is unknown or cannot be.",
        applies: |_, _| true,
        header: None,
    },
    Common {
        status: 401,
        name: "Unauthorized",
        description: "The control token is needed.",
        applies: |_, template| !is_open(&template.text),
        header: Some("WWW-Authenticate"),
    },
    Common {
        status: 403,
        name: "Forbidden",
        description: "The request names another host, or comes from another site.",
        applies: |_, _| true,
        header: None,
    },
    Common {
        status: 404,
        name: "NotFound",
        description: "What the path names is not there; the problem says what is.",
        applies: |_, template| template.params().next().is_some(),
        header: None,
    },
    Common {
        status: 405,
        name: "MethodNotAllowed",
        description: "The path is not offered with this method.",
        applies: |_, _| true,
        header: Some("Allow"),
    },
    Common {
        status: 408,
        name: "RequestTimeout",
        description: "The body did not arrive in time.",
        applies: |route, _| may_have_body(route),
        header: None,
    },
    Common {
        status: 413,
        name: "ContentTooLarge",
        description: "The body is too long.",
        applies: |route, _| may_have_body(route),
        header: None,
    },
    Common {
        status: 414,
        name: "UriTooLong",
        description: "Path and query are too long.",
        applies: |route, template| route.query.is_some() || template.params().next().is_some(),
        header: None,
    },
    Common {
        status: 415,
        name: "UnsupportedMediaType",
        description: "The body is neither JSON nor YAML.",
        applies: |route, _| route.body.is_some(),
        header: None,
    },
    Common {
        status: 431,
        name: "RequestHeaderFieldsTooLarge",
        description: "There are too many headers, or they are too long.",
        applies: |_, _| true,
        header: None,
    },
];

fn may_have_body(route: &Route) -> bool {
    route.body.is_some() || matches!(route.method, Method::POST | Method::PUT | Method::PATCH)
}

/// `components.responses`.
pub fn responses(schemas: &mut Schemas) -> Object {
    let responses = COMMON.iter().map(|common| {
        let mut response = response(common.description, schemas);
        if let Some(header) = common.header {
            response["headers"] = json!({ header: { "schema": { "type": "string" } } });
        }
        (common.name.to_owned(), response)
    });
    responses.collect()
}

/// A response with a problem document.
pub fn response(description: &str, schemas: &mut Schemas) -> Value {
    json!({
        "description": description,
        "content": { PROBLEM_JSON: { "schema": schema(schemas) } },
    })
}

/// References to those that a route may answer with, by their statuses.
pub fn of_route(route: &Route, template: &Template) -> impl Iterator<Item = (String, Value)> {
    let applying = COMMON
        .iter()
        .filter(|common| (common.applies)(route, template));
    applying.map(|common| {
        let reference = format!("#/components/responses/{}", common.name);
        (common.status.to_string(), json!({ "$ref": reference }))
    })
}

fn schema(schemas: &mut Schemas) -> Value {
    schemas.of_answer(SchemaGenerator::subschema_for::<ProblemDocument>)
}

/// The phrase of a status, where an answer has no description.
pub fn phrase(status: u16) -> &'static str {
    let status = StatusCode::from_u16(status).ok();
    status
        .and_then(|status| status.canonical_reason())
        .unwrap_or_default()
}
