//! `GET {w}/clock`, `PUT {w}/clock`, `POST {w}/clock/advance`: the time of a world.

use std::sync::Arc;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, de};
use warp::http::{Method, StatusCode};
use warp::reply::Response;

use crate::clock::{Clock, ClockError};
use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::moment::{self, Moment};
use crate::control::problem::Problem;
use crate::control::reply;
use crate::control::route::Route;
use crate::domain::timespan::SignedTimeSpan;

const IMPOSSIBLE: &str = "The clock cannot show that time; the problem says the way out.";

/// The routes.
pub fn routes() -> Vec<Route> {
    vec![
        Route::get("{w}/clock", "clock", clock)
            .summary("The time of a world")
            .answers::<ClockRecord>(200, "How the clock stands."),
        Route::new(Method::PUT, "{w}/clock", "set_clock", set)
            .summary("Sets the time of a world")
            .description(
                "Exactly one member. After `now` and `offset` the clock runs on or stands still, as it did before.",
            )
            .body::<ClockBody>()
            .answers::<ClockRecord>(200, "How the clock stands now.")
            .fails(409, IMPOSSIBLE),
        Route::new(Method::POST, "{w}/clock/advance", "advance_clock", advance)
            .summary("Moves the time of a world forward")
            .body::<AdvanceBody>()
            .answers::<ClockRecord>(200, "How the clock stands now.")
            .fails(409, IMPOSSIBLE),
    ]
}

/// How a clock stands.
#[derive(Debug, Serialize, JsonSchema)]
#[schemars(rename = "Clock")]
pub struct ClockRecord {
    /// The time it shows.
    now: Moment,
    /// How far that is ahead of the system's time, such as `1h30m` or `-5m`.
    offset: SignedTimeSpan,
    /// Where it stands still; null while it runs.
    frozen_at: Option<Moment>,
}

impl ClockRecord {
    /// How this clock stands.
    pub fn of(clock: &Clock) -> Self {
        let setting = clock.setting();
        let millis = i64::try_from(setting.offset.whole_milliseconds()).unwrap_or(i64::MAX);
        Self {
            now: Moment(setting.now),
            offset: SignedTimeSpan(time::Duration::milliseconds(millis)),
            frozen_at: setting.frozen_at.map(Moment),
        }
    }
}

/// How a clock is to stand: exactly one member.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "ClockSetting", extend("minProperties" = 1, "maxProperties" = 1))]
struct ClockBody {
    /// The time that it is to show.
    now: Option<Moment>,
    /// How far it is to be ahead of the system's time, such as `1h30m` or `-5m`.
    offset: Option<SignedTimeSpan>,
    /// Where it is to stand still: a time, or true for where it is; null lets it run on.
    #[serde(deserialize_with = "present")]
    #[schemars(schema_with = "frozen_schema")]
    frozen_at: Option<Frozen>,
}

/// Whether and where a clock is to stand still.
#[derive(Debug, Clone, Copy)]
enum Frozen {
    At(Moment),
    Here,
    Not,
}

/// How far a clock is to go on.
#[derive(Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct AdvanceBody {
    /// How far, such as `1h30m`.
    #[schemars(extend("examples" = ["10s", "1h30m"]))]
    by: SignedTimeSpan,
}

async fn clock(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    Ok(reply::json(&ClockRecord::of(&world.clock)))
}

async fn set(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let body: ClockBody = ask.body()?;
    let _here = world.enter().await;
    let clock = &world.clock;
    let (field, set) = match body {
        ClockBody {
            now: Some(now),
            offset: None,
            frozen_at: None,
        } => ("now", clock.set_now(now.0)),
        ClockBody {
            now: None,
            offset: Some(offset),
            frozen_at: None,
        } => ("offset", clock.set_offset(offset.0)),
        ClockBody {
            now: None,
            offset: None,
            frozen_at: Some(frozen),
        } => ("frozen_at", freeze(clock, frozen)),
        other => return Err(not_one(&other)),
    };
    set.map_err(|error| impossible(field, &error))?;
    Ok(reply::json(&ClockRecord::of(clock)))
}

fn freeze(clock: &Clock, frozen: Frozen) -> Result<(), ClockError> {
    match frozen {
        Frozen::At(at) => clock.freeze_at(at.0)?,
        Frozen::Here => clock.freeze(),
        Frozen::Not => clock.unfreeze(),
    }
    Ok(())
}

async fn advance(control: Arc<Control>, ask: Ask) -> Result<Response, Problem> {
    let world = control.world(&ask)?;
    let body: AdvanceBody = ask.body()?;
    let _here = world.enter().await;
    let advanced = world.clock.advance_checked(body.by.0);
    advanced.map_err(|error| impossible("by", &error))?;
    Ok(reply::json(&ClockRecord::of(&world.clock)))
}

fn not_one(body: &ClockBody) -> Problem {
    let members = [
        ("now", body.now.is_some()),
        ("offset", body.offset.is_some()),
        ("frozen_at", body.frozen_at.is_some()),
    ];
    let found = members.iter().filter(|(_, is_there)| *is_there);
    let found: Vec<&str> = found.map(|(name, _)| *name).collect();
    let found = if found.is_empty() {
        "none of its members".to_owned()
    } else {
        found.join(" and ")
    };
    Problem::field("body", found, "exactly one of now, offset, frozen_at")
}

/// 409, from `found …; allowed: …; the way out`.
fn impossible(field: &str, error: &ClockError) -> Problem {
    let text = error.to_string();
    let text = text.strip_prefix("found ").unwrap_or(&text);
    let (found, allowed) = text.split_once("; allowed: ").unwrap_or((text, ""));
    let (allowed, way_out) = allowed.split_once("; ").unwrap_or((allowed, ""));
    Problem::of_field(StatusCode::CONFLICT, field, found, allowed).with_way_out(way_out)
}

/// A member that is there, be it null.
fn present<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Frozen>, D::Error> {
    struct Visitor;

    impl de::Visitor<'_> for Visitor {
        type Value = Frozen;

        fn expecting(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
            write!(formatter, "{}, true, null", moment::ALLOWED)
        }

        fn visit_unit<E>(self) -> Result<Frozen, E> {
            Ok(Frozen::Not)
        }

        fn visit_bool<E: de::Error>(self, here: bool) -> Result<Frozen, E> {
            if here {
                Ok(Frozen::Here)
            } else {
                Err(E::invalid_value(de::Unexpected::Bool(here), &self))
            }
        }

        fn visit_str<E: de::Error>(self, text: &str) -> Result<Frozen, E> {
            let bad = || E::invalid_value(de::Unexpected::Str(text), &self);
            Moment::parse(text).map(Frozen::At).ok_or_else(bad)
        }
    }

    deserializer.deserialize_any(Visitor).map(Some)
}

fn frozen_schema(_: &mut SchemaGenerator) -> Schema {
    json_schema!({
        "anyOf": [
            { "type": "string", "format": "date-time" },
            { "const": true },
            { "type": "null" },
        ],
    })
}
