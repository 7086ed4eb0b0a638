//! `{w}/scenarios`: which scenarios a world has, which are in force, and how that changes.

mod view;

use std::sync::Arc;

use schemars::JsonSchema;
use serde::Deserialize;
use warp::http::Method;
use warp::reply::Response;

use self::view::{Deactivated, InForceView, ScenarioSummary, ScenarioView};
use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::control::reply::{self, Items};
use crate::control::route::Route;
use crate::scenario::{ActivationBody, Entry, ScenarioBody, parse_activation, parse_named};
use crate::world::{RemoveError, World};

const JSON: &str = "application/json";
const YAML: &str = "application/yaml";

const ONE: &str = "{w}/scenarios/{scenario}";
const NAME: &str = "Name of a scenario, such as `throttled-429`.";
/// What a scenario can be called.
const NAMES: &str = r"^[A-Za-z0-9._-]{1,100}$";

/// All of them.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("{w}/scenarios", "scenarios", all)
            .summary("The scenarios")
            .answers::<Items<ScenarioSummary>>(200, "All of them, by name."),
        Route::new(Method::PUT, ONE, "put_scenario", put)
            .summary("Gives a scenario to the world")
            .description(
                "It stands before a built-in one, or one of a file, that has the same name. Where one \
                 of its name is in force, it begins anew in its place. All that is wrong with it is told.",
            )
            .param("scenario", NAME)
            .pattern("scenario", NAMES)
            .query::<PutQuery>()
            .body::<ScenarioBody>()
            .answers::<ScenarioView>(200, "It took the place of another that the world was given.")
            .answers::<ScenarioView>(201, "The world was given none of this name before."),
        Route::get(ONE, "scenario", one)
            .summary("One scenario")
            .description("As JSON with its text as `yaml`, or as that text, as `Accept` says.")
            .param("scenario", NAME)
            .answers::<ScenarioView>(200, "The scenario.")
            .answers_with(200, YAML, "The scenario."),
        Route::new(Method::DELETE, ONE, "delete_scenario", delete)
            .summary("Forgets a scenario that was given to the world")
            .param("scenario", NAME)
            .answers_nothing(204, "It is gone; what it stood before shows again.")
            .fails(409, "It is in force, built in, or of a file."),
        Route::new(
            Method::POST,
            "{w}/scenarios/{scenario}/activate",
            "activate_scenario",
            activate,
        )
        .summary("Puts a scenario in force, before all others")
        .description("One that is in force already begins anew.")
        .param("scenario", NAME)
        .optional_body::<ActivationBody>()
        .answers::<ScenarioView>(200, "The scenario, in force."),
        Route::new(
            Method::POST,
            "{w}/scenarios/{scenario}/deactivate",
            "deactivate_scenario",
            deactivate,
        )
        .summary("Takes a scenario out of force")
        .param("scenario", NAME)
        .answers::<Deactivated>(200, "It is not in force, whether it was or not."),
    ]
}

/// What becomes of a scenario that is put.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct PutQuery {
    /// Whether it is put in force at once, before all others.
    activate: Option<bool>,
}

async fn all(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let in_force = InForceView::all(&world);
    let entries = world.scenarios.library().entries();
    let entries = entries.iter();
    Ok(reply::items(
        entries
            .map(|entry| ScenarioSummary::new(entry, &in_force))
            .collect(),
    ))
}

async fn put(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let query: PutQuery = ask.query()?;
    let (name, text) = (ask.param("scenario"), ask.text()?);
    let loaded = parse_named(name, text, &world.scenarios.banks());
    let loaded = loaded.map_err(|bad| Problem::of_text(&bad, text))?;
    let scenario = Arc::new(loaded.scenario);
    let is_new = world.scenarios.put(Arc::clone(&scenario), text);
    if query.activate == Some(true) {
        world.scenarios.activate(scenario, None);
    }
    let view = ScenarioView::new(&find(&world, name)?, &world);
    if is_new {
        reply::created(&location(&ask, name), &view)
    } else {
        Ok(reply::json(&view))
    }
}

async fn one(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let entry = find(&world, ask.param("scenario"))?;
    if ask.prefers(YAML, JSON) {
        return Ok(reply::contents(YAML, entry.text.as_bytes().to_vec()));
    }
    Ok(reply::json(&ScenarioView::new(&entry, &world)))
}

async fn delete(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let name = ask.param("scenario");
    match world.scenarios.remove(name) {
        Ok(()) => Ok(reply::no_content()),
        Err(RemoveError::Unknown { .. }) => Err(unknown(&world, name)),
        Err(error @ (RemoveError::NotOwn { .. } | RemoveError::InForce { .. })) => {
            let way_out = format!("POST {}/deactivate", location(&ask, name));
            Err(Problem::conflict(error.to_string()).with_way_out(&way_out))
        }
    }
}

async fn activate(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let entry = find(&world, ask.param("scenario"))?;
    let narrowed = if ask.body.is_empty() {
        None
    } else {
        let text = ask.text()?;
        let read = parse_activation(text, &world.scenarios.banks());
        read.map_err(|bad| Problem::of_text(&bad, text))?
    };
    let scenario = Arc::clone(&entry.scenario);
    world.scenarios.activate(scenario, narrowed);
    Ok(reply::json(&ScenarioView::new(&entry, &world)))
}

async fn deactivate(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let name = ask.param("scenario");
    let was_active = world.scenarios.deactivate(name);
    if !was_active {
        find(&world, name)?;
    }
    Ok(reply::json(&Deactivated { was_active }))
}

/// The scenario with this name.
///
/// # Errors
/// 404 with the names that there are.
fn find(world: &World, name: &str) -> Result<Entry, Problem> {
    let entry = world.scenarios.library().entry(name);
    entry.ok_or_else(|| unknown(world, name))
}

fn unknown(world: &World, name: &str) -> Problem {
    Problem::unknown("scenario", name, world.scenarios.library().names())
}

/// Where a scenario lives. Its name needs no escapes.
fn location(ask: &Ask, name: &str) -> String {
    format!("{}/scenarios/{name}", ask.root())
}
