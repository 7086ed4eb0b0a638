//! `POST {w}/explain`: what a bank makes of a registration request, without a connection to it.

use std::sync::Arc;

use bytes::Bytes;
use schemars::JsonSchema;
use serde::Deserialize;
use serde_json::{Value, json};
use warp::http::Method;
use warp::reply::Response;

use crate::bank::{Bank, Explanation, NotOffered, Submission};
use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::banks;
use crate::control::client_id::ClientIdText;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;
use crate::dialect::Operation;
use crate::domain::certificate::ClientCertificate;
use crate::domain::ids::ClientId;
use crate::domain::json::type_name;

/// The route.
pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "{w}/explain", "explain", explain)
            .summary("Says why a bank would refuse a registration request")
            .description("Nothing is registered.")
            .body::<ExplainBody>()
            .answers::<Explanation>(200, "Every check of the operation, with its result.")
            .fails(404, "There is no such bank, or no such world."),
    ]
}

/// A registration request, and what it would come with.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = id_only_of_update)]
struct ExplainBody {
    /// Id of the bank that is to judge.
    bank: String,
    /// What is asked for; left out, `register`.
    operation: Option<Submitted>,
    /// Id of the client whose registration is replaced; none when registering.
    client_id: Option<ClientIdText>,
    /// The request: a compact JWS as a string, or a JSON object.
    #[schemars(schema_with = "string_or_object")]
    request: Value,
    /// The Content-Type header that it would have.
    content_type: Option<String>,
    /// The client certificate that it would come with: PEM, the client's own first.
    #[schemars(regex(pattern = "-----BEGIN CERTIFICATE-----"))]
    certificate: Option<String>,
}

/// The operations that a registration request comes with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Submitted {
    /// Create a client.
    Register,
    /// Replace one.
    Update,
}

impl From<Submitted> for Operation {
    fn from(submitted: Submitted) -> Self {
        match submitted {
            Submitted::Register => Self::Register,
            Submitted::Update => Self::Update,
        }
    }
}

/// A client's id goes with an update only.
fn id_only_of_update(schema: &mut schemars::Schema) {
    schema.insert(
        "if".to_owned(),
        json!({ "required": ["client_id"], "properties": { "client_id": { "type": "string" } } }),
    );
    schema.insert(
        "then".to_owned(),
        json!({ "required": ["operation"], "properties": { "operation": { "const": "update" } } }),
    );
}

fn string_or_object(_: &mut schemars::SchemaGenerator) -> schemars::Schema {
    schemars::json_schema!({ "type": ["string", "object"] })
}

async fn explain(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let body: ExplainBody = ask.body()?;
    let bank = banks::find(&world, &body.bank)?;
    let submission = submission(body, control.body_limit)?;
    let explained = bank.explain_submission(&submission).await;
    let explanation = explained.map_err(|refused| not_offered(&bank, &submission, &refused))?;
    Ok(reply::json(&explanation))
}

/// What the bank is to judge.
fn submission(body: ExplainBody, body_limit: usize) -> Result<Submission, Problem> {
    let operation = body.operation.map_or(Operation::Register, Operation::from);
    if operation == Operation::Register && body.client_id.is_some() {
        let allowed = "none when registering: the bank gives the id";
        return Err(Problem::field("client_id", "an id", allowed));
    }
    let certificate = body.certificate.as_deref().map(certificate).transpose()?;
    Ok(Submission {
        operation,
        client_id: body.client_id.map(ClientId::from),
        content_type: body.content_type,
        certificate: certificate.map(Arc::new),
        body_limit,
        ..Submission::new(request(&body.request)?)
    })
}

/// A text to the letter, an object as JSON.
fn request(request: &Value) -> Result<Bytes, Problem> {
    match request {
        Value::String(text) => Ok(Bytes::copy_from_slice(text.as_bytes())),
        object @ Value::Object(_) => Ok(object.to_string().into()),
        other => {
            let found = format!("a JSON {}", type_name(other));
            let allowed = "a compact JWS as a string, or a JSON object";
            Err(Problem::field("request", found, allowed))
        }
    }
}

fn certificate(pem: &str) -> Result<ClientCertificate, Problem> {
    ClientCertificate::from_pem(pem.as_bytes()).map_err(|error| {
        let allowed = "a certificate in PEM, the client's own first";
        Problem::field("certificate", error.to_string(), allowed)
    })
}

fn not_offered(bank: &Bank, submission: &Submission, refused: &NotOffered) -> Problem {
    tracing::debug!(%refused, "nothing to explain");
    let offered = bank.explainable();
    let offered: Vec<&str> = offered.iter().map(|offered| offered.as_str()).collect();
    let allowed = if offered.is_empty() {
        "none: it takes no registration requests".to_owned()
    } else {
        offered.join(", ")
    };
    let found = format!("`{}` at `{}`", submission.operation.as_str(), bank.id);
    Problem::field("operation", found, allowed)
}
