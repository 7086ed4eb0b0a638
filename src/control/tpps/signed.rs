//! `POST {w}/tpps/{software_id}/statements`, `…/requests`, `…/assertions`: what is signed for a TPP,
//! ordinary or with what a test wants to be wrong with it.

use schemars::{JsonSchema, Schema};
use serde::{Deserialize, Serialize};
use serde_json::json;
use warp::http::Method;
use warp::reply::Response;

use crate::control::ask::Ask;
use crate::control::banks;
use crate::control::client_id::ClientIdText;
use crate::control::explain::Submitted;
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;
use crate::control::tpps::{SOFTWARE_ID, find, problems, within};
use crate::dialect::Operation;
use crate::domain::ids::ClientId;
use crate::domain::json::Object;
use crate::world::World;
use crate::world::signed::{Changes, TokenFlaw};

/// All three routes.
pub fn routes() -> Vec<Route> {
    vec![
        Route::new(
            Method::POST,
            "{w}/tpps/{software_id}/statements",
            "sign_statement",
            |control, ask| within(control, ask, statement),
        )
        .summary("Signs a software statement about a TPP")
        .description("Claims stand above the flaw.")
        .param("software_id", SOFTWARE_ID)
        .optional_body::<StatementBody>()
        .answers::<SignedStatement>(200, "The statement.")
        .fails(400, "The flaw cannot be in it, or a member cannot be.")
        .fails(409, "There is nothing to replay yet.")
        .fails(500, "It could not be signed."),
        Route::new(
            Method::POST,
            "{w}/tpps/{software_id}/requests",
            "sign_request",
            |control, ask| within(control, ask, request),
        )
        .summary("Signs a registration request of a TPP")
        .description(
            "It is signed with the key that the TPP uses, even if that is revoked: then the answer \
             has `key_revoked`. It has a fresh statement in it, and asks for the `token_endpoint_auth_method` that is \
             among the claims, else for `tls_client_auth`. A bank whose requests are JSON gets JSON, \
             which nobody signs. Claims stand above the flaw. The URL is that of the host name that \
             the request was sent to.",
        )
        .param("software_id", SOFTWARE_ID)
        .body::<RequestBody>()
        .answers::<SignedRequest>(200, "The request, and how to send it.")
        .fails(
            400,
            "The flaw cannot be in it, the bank takes no such request, or a member cannot be.",
        )
        .fails(404, "There is no such bank, TPP or world.")
        .fails(
            409,
            "The private key is not here, the flaw wants another, or there is nothing to replay yet.",
        )
        .fails(500, "It could not be signed."),
        Route::new(
            Method::POST,
            "{w}/tpps/{software_id}/assertions",
            "sign_assertion",
            |control, ask| within(control, ask, assertion),
        )
        .summary("Signs a client assertion of a TPP for a bank's token endpoint (RFC 7523)")
        .description(
            "It is signed with the key that the TPP uses, even if that is revoked: then the answer \
             has `key_revoked`.",
        )
        .param("software_id", SOFTWARE_ID)
        .body::<AssertionBody>()
        .answers::<SignedAssertion>(200, "The assertion.")
        .fails(400, "The flaw cannot be in it, or a member cannot be.")
        .fails(404, "There is no such bank, TPP or world.")
        .fails(
            409,
            "The private key is not here, the flaw wants another, or there is nothing to replay yet.",
        )
        .fails(500, "It could not be signed."),
    ]
}

/// What is to be different from an ordinary statement.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct StatementBody {
    /// Claims to set, whether they are there or not.
    #[serde(default)]
    claims: Object,
    /// Claims to leave out, none of which is in `claims`.
    #[serde(default)]
    remove: Vec<String>,
    /// Header members to set; null leaves one out.
    #[serde(default)]
    header: Object,
    /// What is to be wrong with it; `wrong-audience` cannot be, since no statement names one.
    #[schemars(extend("not" = { "const": TokenFlaw::WrongAudience }))]
    flaw: Option<TokenFlaw>,
}

/// A software statement.
#[derive(Debug, Serialize, JsonSchema)]
struct SignedStatement {
    /// The compact JWS.
    ssa: String,
    /// Its claims.
    claims: Object,
}

/// A registration request to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(transform = client_of_update)]
struct RequestBody {
    /// Id of the bank that it is for.
    bank: String,
    /// What it asks for; left out, `register`.
    operation: Option<Submitted>,
    /// Id of the client whose registration it replaces; none when registering.
    client_id: Option<ClientIdText>,
    /// Claims to set, whether they are there or not.
    #[serde(default)]
    claims: Object,
    /// Claims to leave out, none of which is in `claims`.
    #[serde(default)]
    remove: Vec<String>,
    /// Header members to set; null leaves one out.
    #[serde(default)]
    header: Object,
    /// What is to be wrong with it.
    flaw: Option<TokenFlaw>,
}

/// A registration request, and how to send it.
#[derive(Debug, Serialize, JsonSchema)]
struct SignedRequest {
    /// The body: a compact JWS, or a JSON object as text.
    request: String,
    /// The method.
    method: &'static str,
    /// Where to.
    url: String,
    /// The Content-Type header.
    content_type: &'static str,
    /// True where the key that signed it is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_revoked: Option<bool>,
}

/// A client assertion to be made.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AssertionBody {
    /// Id of the bank that it is for.
    bank: String,
    /// Id of the client that it is about.
    client_id: ClientIdText,
    /// What is to be wrong with it; `stale` cannot be, since nobody asks for its age.
    #[schemars(extend("not" = { "const": TokenFlaw::Stale }))]
    flaw: Option<TokenFlaw>,
}

/// A client assertion.
#[derive(Debug, Serialize, JsonSchema)]
struct SignedAssertion {
    /// The compact JWS.
    assertion: String,
    /// True where the key that signed it is revoked.
    #[serde(skip_serializing_if = "Option::is_none")]
    key_revoked: Option<bool>,
}

/// A client's id goes with an update, and an update with it.
fn client_of_update(schema: &mut Schema) {
    let is_update = json!({
        "required": ["operation"],
        "properties": { "operation": { "const": "update" } },
    });
    schema.insert("if".to_owned(), is_update);
    let with_id = json!({
        "required": ["client_id"],
        "properties": { "client_id": { "type": "string" } },
    });
    schema.insert("then".to_owned(), with_id);
    let without = json!({ "properties": { "client_id": { "type": "null" } } });
    schema.insert("else".to_owned(), without);
}

fn statement(world: &World, ask: &Ask) -> Result<Response, Problem> {
    let tpp = find(world, ask)?;
    let body: StatementBody = ask.optional_body()?.unwrap_or_default();
    check_removed(&body.remove, &body.claims)?;
    let changes = Changes {
        claims: body.claims,
        remove: body.remove,
        header: body.header,
        flaw: body.flaw,
    };
    let signed = world.signed_statement(&tpp, &changes);
    let signed = signed.map_err(problems::of_signing)?;
    Ok(reply::json(&SignedStatement {
        ssa: signed.ssa,
        claims: signed.claims,
    }))
}

fn request(world: &World, ask: &Ask) -> Result<Response, Problem> {
    let tpp = find(world, ask)?;
    let body: RequestBody = ask.body()?;
    check_removed(&body.remove, &body.claims)?;
    let bank = banks::find(world, &body.bank)?;
    let operation = body.operation.map_or(Operation::Register, Operation::from);
    let client_id = body.client_id.map(ClientId::from);
    if let (Operation::Register, Some(id)) = (operation, &client_id) {
        let found = format!("`{}`", crate::document::tree::shown(id.as_str()));
        let allowed = "none when registering: the bank gives the id";
        return Err(Problem::field("client_id", found, allowed));
    }
    let changes = Changes {
        claims: body.claims,
        remove: body.remove,
        header: body.header,
        flaw: body.flaw,
    };
    let client_id = client_id.as_ref();
    let signed = world.signed_request(&tpp, &bank, operation, client_id, &changes);
    let signed = signed.map_err(problems::of_signing)?;
    let urls = ask.urls(world);
    let url = match client_id {
        Some(id) => Some(bank.client_uri(&urls, id)),
        None => bank.registration_endpoint(&urls),
    };
    Ok(reply::json(&SignedRequest {
        request: signed.request,
        method: signed.method.as_str(),
        url: url.unwrap_or(signed.url),
        content_type: signed.content_type,
        key_revoked: signed.key_revoked.then_some(true),
    }))
}

fn assertion(world: &World, ask: &Ask) -> Result<Response, Problem> {
    let tpp = find(world, ask)?;
    let body: AssertionBody = ask.body()?;
    let bank = banks::find(world, &body.bank)?;
    let client_id = ClientId::from(body.client_id);
    let signed = world.signed_assertion(&tpp, &bank, &client_id, body.flaw);
    let signed = signed.map_err(problems::of_signing)?;
    Ok(reply::json(&SignedAssertion {
        assertion: signed.assertion,
        key_revoked: signed.key_revoked.then_some(true),
    }))
}

/// Checks that no claim is both left out and set.
fn check_removed(remove: &[String], claims: &Object) -> Result<(), Problem> {
    let both = remove.iter().position(|name| claims.contains_key(name));
    let Some(position) = both else {
        return Ok(());
    };
    let name = crate::document::tree::shown(&remove[position]);
    let found = format!("`{name}`, which `claims` sets");
    let allowed = "claims that `claims` does not name";
    Err(Problem::field(format!("remove.{position}"), found, allowed))
}
