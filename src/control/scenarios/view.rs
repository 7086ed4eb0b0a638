//! Scenarios as they are shown.

use schemars::JsonSchema;
use serde::Serialize;
use serde_json::Value;

use crate::control::problem::Finding;
use crate::journal::rfc3339;
use crate::scenario::progress::InForce;
use crate::scenario::{Entry, Origin, parse_named};
use crate::world::World;

/// A scenario in a list.
#[derive(Debug, Serialize, JsonSchema)]
pub struct ScenarioSummary {
    /// Its name.
    name: String,
    /// What a TPP will see.
    description: Option<String>,
    /// Where it is from: the program, a file, or this world alone.
    origin: Origin,
    /// What it has done since it is in force; null if it is not.
    in_force: Option<InForceView>,
}

/// A scenario.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Scenario")]
pub struct ScenarioView {
    /// What is shown of it in a list.
    #[serde(flatten)]
    summary: ScenarioSummary,
    /// Its text, which may be JSON.
    yaml: String,
    /// What can be, but is hardly meant.
    warnings: Vec<Finding>,
}

/// What a scenario has done.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "ScenarioInForce")]
pub struct InForceView {
    #[serde(skip)]
    name: String,
    /// Its place in the order in which scenarios are tried, from 1.
    place: usize,
    /// When it came into force, by the world's clock, RFC 3339.
    #[schemars(extend("format" = "date-time"))]
    since: String,
    /// Whether it is in force from the start: tried after those that were activated.
    from_start: bool,
    /// Its state; the first is start.
    state: String,
    /// The match that it was activated with.
    #[serde(rename = "match")]
    #[schemars(extend("type" = ["object", "null"]))]
    narrowed: Option<Value>,
    /// What its rules have counted, in their order.
    rules: Vec<RuleView>,
}

/// What a rule has counted.
#[derive(Debug, Clone, Serialize, JsonSchema)]
#[schemars(rename = "RuleInForce")]
struct RuleView {
    /// Its name.
    name: String,
    /// The exchanges that it is about, of all keys.
    calls: u64,
    /// How many keys are counted apart; null if it counts nothing apart.
    keys: Option<usize>,
}

/// Whether a scenario was in force.
#[derive(Debug, Serialize, JsonSchema)]
pub struct Deactivated {
    /// Whether it was in force until now.
    pub was_active: bool,
}

impl ScenarioSummary {
    /// An entry of a library; those in force are looked for among `in_force`.
    pub fn new(entry: &Entry, in_force: &[InForceView]) -> Self {
        let scenario = &entry.scenario;
        let mut in_force = in_force.iter();
        Self {
            name: scenario.name.clone(),
            description: scenario.description.clone(),
            origin: entry.origin,
            in_force: in_force.find(|found| found.name == scenario.name).cloned(),
        }
    }
}

impl ScenarioView {
    /// An entry of a world's library.
    pub fn new(entry: &Entry, world: &World) -> Self {
        let read = parse_named(&entry.scenario.name, &entry.text, &world.scenarios.banks());
        let warnings = read.map(|loaded| loaded.warnings).unwrap_or_default();
        Self {
            summary: ScenarioSummary::new(entry, &InForceView::all(world)),
            yaml: entry.text.to_string(),
            warnings: Finding::all(&warnings, &entry.text),
        }
    }
}

impl InForceView {
    /// Those that are in force in a world.
    pub fn all(world: &World) -> Vec<Self> {
        let in_force = world.scenarios.in_force().into_iter();
        (1..)
            .zip(in_force)
            .map(|(place, found)| Self::new(place, found))
            .collect()
    }

    fn new(place: usize, found: InForce) -> Self {
        let rules = found.rules.into_iter().map(|rule| RuleView {
            name: rule.name,
            calls: rule.calls,
            keys: rule.keys,
        });
        Self {
            name: found.name,
            place,
            since: rfc3339(found.since),
            from_start: found.from_start,
            state: found.state,
            narrowed: found.narrowed,
            rules: rules.collect(),
        }
    }
}
