//! `POST /api/explain`: what a bank makes of a registration request, without a connection to it.

use std::sync::Arc;

use bytes::Bytes;
use serde_json::Value;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::{Method, StatusCode};
use warp::reply::{Reply, Response};

use crate::bank::Submission;
use crate::control::banks;
use crate::control::problem::{self, BadField};
use crate::dialect::Operation;
use crate::dialect::checks::transport::media_type;
use crate::domain::certificate::ClientCertificate;
use crate::domain::ids::ClientId;
use crate::domain::json::{self, Object, type_name};
use crate::world::World;

/// The members of a body.
const MEMBERS: [&str; 6] = [
    "bank",
    "operation",
    "client_id",
    "request",
    "content_type",
    "certificate",
];

/// Takes `{bank, operation?, client_id?, request, content_type?, certificate?}`; `body_limit` is
/// that of the banks.
pub fn routes(world: &Arc<World>, body_limit: usize) -> BoxedFilter<(Response,)> {
    let world = Arc::clone(world);
    warp::path!("api" / "explain")
        .and(warp::method())
        .and(warp::header::optional("content-type"))
        .and(warp::body::bytes())
        .then(
            move |method: Method, content_type: Option<String>, body: Bytes| {
                let world = Arc::clone(&world);
                async move {
                    if method != Method::POST {
                        return problem::only_postable();
                    }
                    let explained = async {
                        let members =
                            members(content_type.as_deref(), &body).map_err(|refused| *refused)?;
                        explain(&world, &members, body_limit).await
                    };
                    explained.await.unwrap_or_else(|refusal| refusal)
                }
            },
        )
        .boxed()
}

/// The members of a body: JSON or, for people, YAML.
fn members(content_type: Option<&str>, body: &[u8]) -> Result<Object, Box<Response>> {
    let read = match media_type(content_type.unwrap_or_default()).as_str() {
        "application/json" => json::parse_object(body).map_err(|error| error.to_string()),
        "application/yaml" | "application/x-yaml" | "text/yaml" => {
            serde_saphyr::from_slice(body).map_err(|error| error.to_string())
        }
        _ => {
            return Err(Box::new(problem::response(
                StatusCode::UNSUPPORTED_MEDIA_TYPE,
                "the body must be JSON or YAML: Content-Type: application/json or application/yaml",
            )));
        }
    };
    read.map_err(|error| {
        let bad = BadField::new(
            "body",
            error,
            "an object with the members `bank` and `request`",
        );
        Box::new(problem::of_field(StatusCode::BAD_REQUEST, &bad))
    })
}

/// The explanation, or the problem with what was asked.
async fn explain(world: &World, members: &Object, body_limit: usize) -> Result<Response, Response> {
    let bad = |bad: BadField| problem::of_field(StatusCode::BAD_REQUEST, &bad);
    let (id, submission) = read(members, body_limit).map_err(bad)?;
    let bank = banks::find(world, id)
        .map_err(|unknown| problem::of_field(StatusCode::NOT_FOUND, &unknown))?;
    match bank.explain_submission(&submission).await {
        Ok(explanation) => Ok(warp::reply::json(&explanation).into_response()),
        Err(refused) => {
            let offered = bank.explainable();
            let offered: Vec<&str> = offered.iter().map(|offered| offered.as_str()).collect();
            let allowed = if offered.is_empty() {
                "none: it takes no registration requests".to_owned()
            } else {
                offered.join(", ")
            };
            tracing::debug!(%refused, "nothing to explain");
            let found = format!("`{}` at `{id}`", submission.operation.as_str());
            Err(bad(BadField::new("operation", found, allowed)))
        }
    }
}

/// The bank's id and what it is to judge.
fn read(members: &Object, body_limit: usize) -> Result<(&str, Submission), BadField> {
    if let Some(unknown) = members
        .keys()
        .find(|name| !MEMBERS.contains(&name.as_str()))
    {
        let allowed = MEMBERS.join(", ");
        return Err(BadField::new(unknown, "an unknown member", allowed));
    }
    let bank = text(members, "bank")?
        .ok_or_else(|| BadField::new("bank", "nothing", "the id of a bank"))?;
    let operation = operation(members)?;
    let client_id = text(members, "client_id")?.map(ClientId::new);
    if operation == Operation::Register && client_id.is_some() {
        let allowed = "none when registering: the bank gives the id";
        return Err(BadField::new("client_id", "an id", allowed));
    }
    let submission = Submission {
        operation,
        client_id,
        content_type: text(members, "content_type")?.map(str::to_owned),
        certificate: certificate(members)?.map(Arc::new),
        body_limit,
        ..Submission::new(request(members)?)
    };
    Ok((bank, submission))
}

/// A member that is a string, where it is there.
fn text<'a>(members: &'a Object, name: &str) -> Result<Option<&'a str>, BadField> {
    match members.get(name) {
        None | Some(Value::Null) => Ok(None),
        Some(Value::String(text)) => Ok(Some(text)),
        Some(other) => {
            let found = format!("a JSON {}", type_name(other));
            Err(BadField::new(name, found, "a string"))
        }
    }
}

fn operation(members: &Object) -> Result<Operation, BadField> {
    match text(members, "operation")? {
        None | Some("register") => Ok(Operation::Register),
        Some("update") => Ok(Operation::Update),
        Some(other) => {
            let found = format!("`{other}`");
            Err(BadField::new("operation", found, "register, update"))
        }
    }
}

/// A text to the letter, an object as JSON.
fn request(members: &Object) -> Result<Bytes, BadField> {
    let allowed = "a compact JWS as a string, or a JSON object";
    match members.get("request") {
        Some(Value::String(text)) => Ok(Bytes::copy_from_slice(text.as_bytes())),
        Some(object @ Value::Object(_)) => Ok(object.to_string().into()),
        Some(other) => {
            let found = format!("a JSON {}", type_name(other));
            Err(BadField::new("request", found, allowed))
        }
        None => Err(BadField::new("request", "nothing", allowed)),
    }
}

fn certificate(members: &Object) -> Result<Option<ClientCertificate>, BadField> {
    let pem = text(members, "certificate")?;
    let read = pem.map(|pem| ClientCertificate::from_pem(pem.as_bytes()));
    read.transpose().map_err(|error| {
        BadField::new(
            "certificate",
            error.to_string(),
            "a certificate in PEM, the client's own first",
        )
    })
}
