//! `{w}/banks/{id}/clients`: who is registered at a bank, and what its operator does to a client.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::banks;
use crate::control::moment::Moment;
use crate::control::problem::Problem;
use crate::control::reply::{self, Items};
use crate::control::route::Route;
use crate::domain::client::{Client, ClientStatus};
use crate::domain::ids::{ClientId, SoftwareId};
use crate::domain::json::Object;

const CLIENT_ID: &str = "Id of the client at the bank.";

/// The routes.
pub fn routes() -> Vec<Route> {
    let of_a_client = |route: Route| {
        let route = route.param("id", banks::ID);
        route.param("client_id", CLIENT_ID)
    };
    let path = "{w}/banks/{id}/clients/{client_id}";
    vec![
        Route::get("{w}/banks/{id}/clients", "clients", clients)
            .summary("The clients of a bank")
            .param("id", banks::ID)
            .answers::<Items<ClientRecord>>(200, "All of them, oldest first."),
        of_a_client(Route::get(path, "client", client))
            .summary("One client of a bank")
            .answers::<ClientRecord>(200, "The client."),
        of_a_client(Route::new(Method::PATCH, path, "change_client", change))
            .summary("Bars a client from managing its registration, or lets it again")
            .body::<ClientChanges>()
            .answers::<ClientRecord>(200, "The client as it is now."),
        of_a_client(Route::new(Method::DELETE, path, "remove_client", remove))
            .summary("Forgets a client and its tokens")
            .answers_nothing(204, "It is no longer there."),
        of_a_client(Route::new(
            Method::DELETE,
            "{w}/banks/{id}/clients/{client_id}/tokens",
            "revoke_tokens",
            revoke_tokens,
        ))
        .summary("Revokes all tokens of a client")
        .description("A registration access token too.")
        .answers_nothing(204, "None of them counts any more."),
    ]
}

/// A client as it was registered: neither its secret nor a token of it.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Client")]
struct ClientRecord {
    /// Its id at the bank.
    client_id: ClientId,
    /// Its software's id at the directory.
    software_id: SoftwareId,
    /// When it was registered, by the world's clock, RFC 3339.
    created_at: Option<Moment>,
    /// When its registration was last replaced, RFC 3339.
    updated_at: Option<Moment>,
    /// Whether it may manage its registration.
    status: ClientStatus,
    /// What it registered.
    metadata: Object,
}

/// What is to be different about a client.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ClientChanges {
    /// Whether it may manage its registration.
    status: ClientStatus,
}

async fn clients(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let bank = banks::find(&world, ask.param("id"))?;
    let clients = bank.clients().await;
    let clients = clients.iter().map(|client| shown(client));
    Ok(reply::items(clients.collect()))
}

async fn client(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let bank = banks::find(&world, ask.param("id"))?;
    let client = bank.client(&id_of(&ask)).await;
    let client = client.ok_or_else(|| unknown(&ask))?;
    Ok(reply::json(&shown(&client)))
}

async fn change(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let bank = banks::find(&world, ask.param("id"))?;
    let changes: ClientChanges = ask.body()?;
    let _here = world.enter().await;
    let client = bank
        .change_client_status(&id_of(&ask), changes.status)
        .await;
    let client = client.ok_or_else(|| unknown(&ask))?;
    Ok(reply::json(&shown(&client)))
}

async fn remove(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let bank = banks::find(&world, ask.param("id"))?;
    let _here = world.enter().await;
    done(bank.remove_client(&id_of(&ask)).await, &ask)
}

async fn revoke_tokens(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let bank = banks::find(&world, ask.param("id"))?;
    let _here = world.enter().await;
    done(bank.revoke_tokens_of(&id_of(&ask)).await, &ask)
}

fn done(was_there: bool, ask: &Ask) -> Result<Response, Problem> {
    let unknown = || unknown(ask);
    was_there.then(reply::no_content).ok_or_else(unknown)
}

fn id_of(ask: &Ask) -> ClientId {
    ClientId::new(ask.param("client_id"))
}

/// 404. There may be too many to name them.
fn unknown(ask: &Ask) -> Problem {
    let found = format!("`{}`", ask.param("client_id"));
    let allowed = "the id of a client of this bank";
    Problem::of_field(StatusCode::NOT_FOUND, "client_id", found, allowed)
        .with_way_out("the list of its clients has them all")
}

fn shown(client: &Client) -> ClientRecord {
    ClientRecord {
        client_id: client.id.clone(),
        software_id: client.registration.software_id.clone(),
        created_at: Moment::of_unix(client.created_at),
        updated_at: Moment::of_unix(client.updated_at),
        status: client.status,
        metadata: client.registration.metadata.to_object(),
    }
}
