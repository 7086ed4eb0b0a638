//! `GET {w}/banks/{id}/clients`: who is registered at a bank.

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Serialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use warp::reply::Response;

use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::banks;
use crate::control::problem::Problem;
use crate::control::reply::{self, Items};
use crate::control::route::Route;
use crate::domain::client::{Client, ClientStatus};
use crate::domain::ids::{ClientId, SoftwareId};
use crate::domain::json::Object;

/// The route.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("{w}/banks/{id}/clients", "clients", clients)
            .summary("The clients of a bank")
            .param("id", banks::ID)
            .answers::<Items<ClientRecord>>(200, "All of them, oldest first."),
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
    #[schemars(extend("format" = "date-time"))]
    created_at: Option<String>,
    /// When its registration was last replaced, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    updated_at: Option<String>,
    /// Whether it may manage its registration.
    status: ClientStatus,
    /// What it registered.
    metadata: Object,
}

async fn clients(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let bank = banks::find(&world, ask.param("id"))?;
    let clients = bank.clients().await;
    let clients = clients.iter().map(|client| shown(client));
    Ok(reply::items(clients.collect()))
}

fn shown(client: &Client) -> ClientRecord {
    ClientRecord {
        client_id: client.id.clone(),
        software_id: client.registration.software_id.clone(),
        created_at: rfc_3339(client.created_at),
        updated_at: rfc_3339(client.updated_at),
        status: client.status,
        metadata: client.registration.metadata.to_object(),
    }
}

/// Seconds since the epoch as RFC 3339 has them; `None` beyond its years.
fn rfc_3339(seconds: i64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    time.format(&Rfc3339).ok()
}
