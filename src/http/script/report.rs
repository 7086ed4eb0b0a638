//! What scenarios did, for the log and for `--annotate`.

use warp::http::{HeaderName, HeaderValue};
use warp::reply::Response;

use crate::domain::ids::InteractionId;
use crate::scenario::Decision;
use crate::scenario::trail::{Outcome, Tried};

const RULE: HeaderName = HeaderName::from_static("x-emulator-rule");

/// Logs what was decided.
pub fn log(interaction_id: Option<&InteractionId>, decision: &Decision) {
    let interaction_id = interaction_id.map(InteractionId::as_str);
    let is_detailed = tracing::enabled!(tracing::Level::DEBUG);
    for tried in decision.trail.iter() {
        if did_something(tried) {
            tracing::info!(interaction_id, rule = %name(tried), draw = tried.draw, "scripted");
        } else if is_detailed {
            tracing::debug!(
                interaction_id,
                scenario = tried.scenario.name,
                rule = rule(tried),
                call = tried.call,
                draw = tried.draw,
                outcome = ?tried.outcome,
                "a rule that did nothing"
            );
        }
    }
}

/// Names the rules that did something: `x-emulator-rule: SCENARIO/RULE#CALL`, a line for each.
pub fn annotate(response: &mut Response, decision: &Decision) {
    for tried in decision.trail.iter().filter(|tried| did_something(*tried)) {
        if let Ok(value) = HeaderValue::from_str(&name(tried)) {
            response.headers_mut().append(RULE, value);
        }
    }
}

fn did_something(tried: Tried<'_>) -> bool {
    matches!(tried.outcome, Outcome::Added | Outcome::Applied)
}

fn name(tried: Tried<'_>) -> String {
    let call = tried.call.unwrap_or_default();
    format!("{}/{}#{call}", tried.scenario.name, rule(tried))
}

fn rule(tried: Tried<'_>) -> &str {
    let rule = tried.scenario.rules.get(tried.rule);
    rule.map_or("", |rule| rule.name.as_str())
}
