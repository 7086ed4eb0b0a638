//! `GET {w}/snapshot`, `PUT {w}/snapshot`: a world as one document, taken and put back.

use std::sync::Arc;

use serde_json::Value;
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::control::ask::Ask;
use crate::control::body;
use crate::control::problem::Problem;
use crate::control::reading;
use crate::control::reply;
use crate::control::route::Route;
use crate::control::status;
use crate::control::{Control, LARGEST_BODY};
use crate::domain::json::type_name;
use crate::scenario::progress::ResumeError;
use crate::world::snapshot::{Snapshot, SnapshotError, VERSION};

/// Both routes.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("{w}/snapshot", "snapshot", take)
            .summary("A world as one document")
            .description(
                "Treat it as a secret: client secrets and access tokens are in it. Private keys are \
                 not, nor the journal, nor quotas.",
            )
            .answers::<Snapshot>(200, "All of the world at one moment."),
        Route::new(Method::PUT, "{w}/snapshot", "restore_snapshot", restore)
            .summary("Puts a snapshot back, in place of all that is in the world")
            .description(
                "Into the same world, another one, or another emulator of the same authority \
                 (`--authority DIR`), all of it or nothing. Certificates count as made by the world \
                 that it is put into. A TPP's private keys are there again where this emulator still \
                 holds them in one of its worlds; else nothing can be signed with them here. The \
                 journal stays; quotas begin anew; the seed stays that of the world. A bank that is \
                 not in the snapshot is empty afterwards. At most 64 MiB.",
            )
            .body::<Snapshot>()
            .largest_body(LARGEST_BODY)
            .answers::<status::Status>(200, "How the world is now.")
            .fails(
                409,
                "It is of another authority, or the world has no such bank, scenario, state, rule or \
                 room, or another TPP of the kit or the settings.",
            )
            .fails(
                500,
                "All is put back, but the listener did not take the new revocation list.",
            ),
    ]
}

async fn take(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    Ok(reply::unstored(reply::json(&world.snapshot().await)))
}

async fn restore(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let value = body::parse(ask.syntax()?, &ask.body)?;
    check_version(&value)?;
    let snapshot: Snapshot = reading::read(&value, "body")?;
    let restored = control.worlds.restore(&world, snapshot).await;
    restored.map_err(|error| refused(&error))?;
    Ok(reply::json(&status::of(&world).await))
}

/// Another version may have other members.
fn check_version(value: &Value) -> Result<(), Problem> {
    let Value::Object(members) = value else {
        let found = format!("a JSON {}", type_name(value));
        return Err(Problem::field("body", found, "a snapshot, an object"));
    };
    match members.get("version") {
        Some(version) if *version == VERSION => Ok(()),
        version => {
            let found = version.map_or("nothing".to_owned(), |version| format!("`{version}`"));
            Err(Problem::field("version", found, VERSION.to_string()))
        }
    }
}

fn refused(error: &SnapshotError) -> Problem {
    let conflict = |field: &str, found: String, allowed: String| {
        Problem::of_field(StatusCode::CONFLICT, field, found, allowed)
    };
    match error {
        SnapshotError::Member {
            field,
            found,
            allowed,
        } => Problem::field(field, found, allowed),
        SnapshotError::Scenario { .. } => Problem::new(StatusCode::BAD_REQUEST, error.to_string()),
        SnapshotError::AnotherAuthority { found, here } => {
            conflict("authority", format!("`{found}`"), format!("`{here}`")).with_way_out(
                "start the emulator with the authority that the snapshot was taken with \
                 (--authority DIR), or take a new snapshot",
            )
        }
        SnapshotError::NoSuchBank { found, here } => {
            conflict("banks", format!("the bank `{found}`"), here.clone())
                .with_way_out("put it into a world with the banks of the one that it was taken of")
        }
        SnapshotError::AnotherDialect { bank, found, here } => conflict(
            "banks",
            format!("the bank `{bank}` of the dialect `{found}`"),
            format!("`{here}`, its dialect here"),
        )
        .with_way_out("put it into a world whose bank has that dialect"),
        SnapshotError::Resume(ResumeError::Narrowed { .. } | ResumeError::Key { .. }) => {
            Problem::new(StatusCode::BAD_REQUEST, error.to_string())
        }
        SnapshotError::AnotherIdentity {
            field,
            software,
            found,
            here,
        } => conflict(field, format!("`{found}`"), format!("`{here}`")).with_way_out(&format!(
            "the TPP `{software}` is of the kit or the settings here, and stays who it is"
        )),
        SnapshotError::Resume(ResumeError::NotIn {
            field,
            scenario,
            found,
            allowed,
        }) => conflict(
            &format!("in_force.{field}"),
            format!("`{found}`"),
            allowed.clone(),
        )
        .with_way_out(&format!(
            "the scenario `{scenario}` is another one here: put the one of then there first"
        )),
        SnapshotError::Resume(ResumeError::Unknown { .. }) | SnapshotError::Store { .. } => {
            Problem::conflict(error.to_string())
        }
        SnapshotError::Directory(cause) => Problem::internal("the revocation list", cause),
    }
}
