//! `GET /api/banks`, `GET /api/banks/{id}`, `GET /api/banks/{id}/clients`: the banks, one of them,
//! and who is registered there.

use std::sync::Arc;

use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use warp::Filter;
use warp::filters::BoxedFilter;
use warp::http::uri::Authority;
use warp::http::{Method, StatusCode};
use warp::reply::{Reply, Response};

use crate::bank::Bank;
use crate::control::problem::{self, BadField};
use crate::domain::client::{Client, ClientStatus};
use crate::domain::urls::{BaseUrls, Urls};
use crate::world::World;

/// The three routes.
pub fn routes(world: &Arc<World>) -> BoxedFilter<(Response,)> {
    let all = Arc::clone(world);
    let list = warp::path!("api" / "banks")
        .and(warp::method())
        .and(base_urls(&world.urls))
        .map(move |method, urls| readable(&method, || list(&all, &urls)));
    let of_one = Arc::clone(world);
    let one = warp::path!("api" / "banks" / String)
        .and(warp::method())
        .and(base_urls(&world.urls))
        .map(move |id: String, method, urls| {
            readable(&method, || match find(&of_one, &id) {
                Ok(bank) => warp::reply::json(&bank.summary(&urls)).into_response(),
                Err(unknown) => problem::of_field(StatusCode::NOT_FOUND, &unknown),
            })
        });
    let of_clients = Arc::clone(world);
    let clients = warp::path!("api" / "banks" / String / "clients")
        .and(warp::method())
        .then(move |id: String, method: Method| {
            let world = Arc::clone(&of_clients);
            async move {
                if !is_reading(&method) {
                    return problem::only_readable();
                }
                match find(&world, &id) {
                    Ok(bank) => clients(&bank).await,
                    Err(unknown) => problem::of_field(StatusCode::NOT_FOUND, &unknown),
                }
            }
        });
    list.or(one).unify().or(clients).unify().boxed()
}

/// The bank with this id.
///
/// # Errors
/// There is none; with the ids that there are.
pub fn find(world: &World, id: &str) -> Result<Arc<Bank>, BadField> {
    world.bank(id).ok_or_else(|| {
        let ids: Vec<String> = world.banks().map(|bank| bank.id.clone()).collect();
        BadField::new("bank", format!("`{id}`"), ids.join(", "))
    })
}

/// Answers GET and HEAD.
pub fn readable(method: &Method, answer: impl FnOnce() -> Response) -> Response {
    if is_reading(method) {
        answer()
    } else {
        problem::only_readable()
    }
}

fn is_reading(method: &Method) -> bool {
    matches!(*method, Method::GET | Method::HEAD)
}

/// The URLs that the caller knows the emulator by.
fn base_urls(urls: &Arc<Urls>) -> BoxedFilter<(BaseUrls,)> {
    let urls = Arc::clone(urls);
    warp::host::optional()
        .or(warp::any().map(|| None))
        .unify()
        .map(move |host: Option<Authority>| urls.for_host(host.as_ref().map(Authority::host)))
        .boxed()
}

/// `{"items": […]}`.
pub fn items(items: &[Value]) -> Response {
    warp::reply::json(&json!({ "items": items })).into_response()
}

fn list(world: &World, urls: &BaseUrls) -> Response {
    let banks: Vec<Value> = world.banks().map(|bank| bank.summary(urls)).collect();
    items(&banks)
}

async fn clients(bank: &Bank) -> Response {
    let clients = bank.clients().await;
    let clients: Vec<Value> = clients.iter().map(|client| shown(client)).collect();
    items(&clients)
}

/// A client as it was registered: neither its secret nor a token of it.
fn shown(client: &Client) -> Value {
    let status = match client.status {
        ClientStatus::Active => "active",
        ClientStatus::Suspended => "suspended",
    };
    json!({
        "client_id": client.id,
        "software_id": client.registration.software_id,
        "created_at": rfc_3339(client.created_at),
        "updated_at": rfc_3339(client.updated_at),
        "status": status,
        "metadata": client.registration.metadata.to_object(),
    })
}

/// Seconds since the epoch as RFC 3339 has them; `None` beyond its years.
fn rfc_3339(seconds: i64) -> Option<String> {
    let time = OffsetDateTime::from_unix_timestamp(seconds).ok()?;
    time.format(&Rfc3339).ok()
}
