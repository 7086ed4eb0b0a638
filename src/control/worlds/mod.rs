//! `POST /api/worlds`, `GET /api/worlds[/{world}]`, `DELETE /api/worlds/{world}`: isolated ecosystems.

mod banks;

use std::sync::Arc;
use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::moment::Moment;
use crate::control::problem::Problem;
use crate::control::reply::{self, Items};
use crate::control::route::Route;
use crate::domain::timespan::TimeSpan;
use crate::scenario::Scenario;
use crate::world::{DEFAULT, NewWorld, NewWorldError, World};

/// The routes.
pub fn routes() -> Vec<Route> {
    vec![
        Route::new(Method::POST, "/api/worlds", "create_world", create)
            .summary("Makes a world")
            .description("What is left out is chosen.")
            .optional_body::<WorldBody>()
            .answers::<WorldRecord>(201, "The world.")
            .fails(
                409,
                "The name is taken, or there are as many worlds as there may be.",
            )
            .fails(500, "The world could not be made."),
        Route::get("/api/worlds", "worlds", worlds)
            .summary("The worlds")
            .answers::<Items<WorldRecord>>(200, "All of them: `default`, then the others by name."),
        Route::get("/api/worlds/{world}", "world", world)
            .summary("One world")
            .answers::<WorldRecord>(200, "The world."),
        Route::new(
            Method::DELETE,
            "/api/worlds/{world}",
            "delete_world",
            delete,
        )
        .summary("Ends a world and forgets all of it")
        .answers_nothing(204, "It is gone.")
        .fails(409, "The world `default` stays."),
    ]
}

/// A world to be made.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "NewWorld")]
struct WorldBody {
    /// Its name; left out, one that nobody has.
    #[schemars(regex(pattern = "^[a-z0-9-]{1,63}$"))]
    name: Option<String>,
    /// What people call it.
    label: Option<String>,
    /// What decides its invented names and its draws; left out, that of the settings.
    seed: Option<u64>,
    /// How long it lives without being used, in real time, such as `10m`; left out, until it is
    /// deleted.
    ttl: Option<TimeSpan>,
    /// Its banks: ids of banks of the settings, or whole banks as in a config file; left out, all
    /// banks of the settings.
    #[schemars(schema_with = "banks::schema")]
    banks: Option<Value>,
    /// Names of scenarios that are in force from its start, besides those of every world.
    scenarios: Option<Vec<String>>,
}

/// A world.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "World")]
struct WorldRecord {
    /// Its name.
    name: String,
    /// What people call it.
    label: Option<String>,
    /// What decides its invented names and its draws.
    seed: u64,
    /// Where it is.
    urls: WorldUrls,
    /// How long it lives without being used, in real time; null if it lives until it is deleted.
    ttl: Option<TimeSpan>,
    /// When it was made, in real time.
    created_at: Option<Moment>,
    /// The scenarios in force, in the order in which they are tried.
    scenarios: Vec<String>,
    /// The ids of its banks.
    banks: Vec<String>,
}

/// Where a world is.
#[derive(Debug, Serialize, JsonSchema)]
struct WorldUrls {
    /// Its base URL on the mutual TLS listener.
    mtls: String,
    /// Its base URL on the listener that asks for no client certificate.
    tls: String,
    /// Its base URL on the control listener.
    control: String,
}

async fn create(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let body: WorldBody = ask.optional_body()?.unwrap_or_default();
    let banks = match &body.banks {
        Some(_) => Some(banks::plans(&control, &ask)?),
        None => None,
    };
    let new = NewWorld {
        scenarios: scenarios(&control, body.scenarios.unwrap_or_default())?,
        name: body.name,
        label: body.label,
        seed: body.seed,
        ttl: body.ttl.map(ttl).transpose()?,
        banks,
    };
    let world = control.worlds.create(new).map_err(refused)?;
    let location = format!("/api/worlds/{}", world.name);
    reply::created(&location, &shown(&control, &ask, &world))
}

async fn worlds(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let worlds = control.worlds.all();
    let worlds = worlds.iter().map(|world| shown(&control, &ask, world));
    Ok(reply::items(worlds.collect()))
}

async fn world(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    Ok(reply::json(&shown(&control, &ask, &world)))
}

async fn delete(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    if *world.name == *DEFAULT {
        let detail = "the world `default` stays; POST /api/reset makes it as it was at the start";
        return Err(Problem::conflict(detail));
    }
    if control.worlds.delete(&world.name).await {
        return Ok(reply::no_content());
    }
    // Somebody was faster.
    control.world(&ask).map(|_| reply::no_content())
}

fn scenarios(control: &Control, names: Vec<String>) -> Result<Vec<Arc<Scenario>>, Problem> {
    let library = control.worlds.library();
    let found = names.into_iter().enumerate().map(|(index, name)| {
        library.get(&name).ok_or_else(|| {
            let known = library.names().join(", ");
            Problem::field(format!("scenarios.{index}"), format!("`{name}`"), known)
        })
    });
    found.collect()
}

fn ttl(ttl: TimeSpan) -> Result<Duration, Problem> {
    if ttl.0.is_zero() {
        let allowed = "a length of time above 0s; leave it out for a world that stays";
        return Err(Problem::field("ttl", format!("`{ttl}`"), allowed));
    }
    Ok(ttl.0)
}

fn refused(error: NewWorldError) -> Problem {
    let conflict = |field: &str, found: String, allowed: &str| {
        Problem::of_field(StatusCode::CONFLICT, field, found, allowed)
    };
    match error {
        NewWorldError::BadName(name) => {
            let allowed = "1 to 63 lower-case letters, digits and hyphens";
            Problem::field("name", format!("`{name}`"), allowed)
        }
        NewWorldError::Taken(name) => {
            conflict("name", format!("`{name}`"), "a name that no world has")
                .with_way_out("choose another one, leave it out, or delete that world")
        }
        NewWorldError::Full(limit) => {
            let (found, allowed) = (format!("{limit} of them"), format!("at most {limit}"));
            conflict("worlds", found, &allowed).with_way_out(
                "delete one, give worlds a `ttl`, or raise `limits.worlds` in the config file",
            )
        }
        NewWorldError::World(error) => Problem::internal("making the world", &error),
        NewWorldError::Directory(error) => Problem::internal("making the world", &error),
    }
}

fn shown(control: &Control, ask: &Ask, world: &World) -> WorldRecord {
    let urls = ask.urls(world);
    let path = match &*world.name {
        DEFAULT => "/api".to_owned(),
        name => format!("/api/worlds/{name}"),
    };
    let banks = world.banks.iter().map(|bank| bank.configured().id.clone());
    WorldRecord {
        name: world.name.to_string(),
        label: world.label.clone(),
        seed: world.seed,
        urls: WorldUrls {
            mtls: urls.mtls,
            tls: urls.tls,
            control: format!("http://{}{path}", ask.host),
        },
        ttl: control.worlds.ttl(&world.name).map(TimeSpan),
        created_at: Moment::of_unix(world.created_at),
        scenarios: world.scenarios.names_in_force(),
        banks: banks.collect(),
    }
}
