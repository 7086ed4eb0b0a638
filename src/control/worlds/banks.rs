//! The banks of a world that is to be made: by their ids, or as a config file has them.

use schemars::{Schema, SchemaGenerator, json_schema};

use crate::config::{BankChoice, BankConfig, bank_schema, choose_banks};
use crate::control::Control;
use crate::control::ask::Ask;
use crate::control::problem::Problem;
use crate::document::problem::{Position, Problem as Found};
use crate::document::tree::{Node, Tree};
use crate::world::BankPlan;

const BANKS: &str = "banks";
/// What is allowed where something is missing.
const KEYS: &str = "the keys id, dialect, base_path, strictness, policy, token_lifetime";

/// The schema of the list.
pub fn schema(generator: &mut SchemaGenerator) -> Schema {
    let bank = bank_schema(generator);
    json_schema!({
        "type": ["array", "null"],
        "minItems": 1,
        "items": { "anyOf": [{ "type": "string" }, bank] },
    })
}

/// The banks that the member `banks` of a body lists.
///
/// # Errors
/// 400 with the path and the place of the first thing that is wrong.
pub fn plans(control: &Control, ask: &Ask) -> Result<Vec<BankPlan>, Problem> {
    // The member has been seen in it; here its parts know their places.
    let body = Node::parse(ask.text()?).map_err(|found| problem(BANKS, &found))?;
    let configured = control.worlds.configured_banks();
    let known: Vec<(&str, &str)> = configured
        .iter()
        .map(|plan| (plan.id.as_str(), plan.base_path.as_str()))
        .collect();
    let Some(list) = member(&body, BANKS) else {
        return Ok(configured.to_vec());
    };
    let choices = choose_banks(list, &known).map_err(|all| {
        let first = all.into_iter().min_by_key(|found| found.at);
        let first = first.unwrap_or_else(|| Found::at(list.at, "found a list; allowed: others"));
        let path = first.at.and_then(|at| path_of(list, at));
        problem(
            &path.map_or(BANKS.to_owned(), |path| format!("{BANKS}{path}")),
            &first,
        )
    })?;
    let chosen = choices.into_iter().filter_map(|choice| match choice {
        BankChoice::Configured(id) => configured.iter().find(|plan| plan.id == id).cloned(),
        BankChoice::Described(bank) => Some(plan(control, &bank)),
    });
    Ok(chosen.collect())
}

fn plan(control: &Control, bank: &BankConfig) -> BankPlan {
    BankPlan {
        id: bank.id.clone(),
        base_path: bank.base_path.clone(),
        rules: bank.rules(control.strictness),
        token_lifetime: bank.token_lifetime.whole_seconds(),
    }
}

fn member<'n>(node: &'n Node, name: &str) -> Option<&'n Node> {
    let Tree::Map(entries) = &node.tree else {
        return None;
    };
    let found = entries.iter().find(|(key, _)| key.name == name);
    found.map(|(_, value)| value)
}

/// The way from a node to the part that stands at this place, such as `.0.policy`.
fn path_of(node: &Node, at: Position) -> Option<String> {
    if node.at == at {
        return Some(String::new());
    }
    match &node.tree {
        Tree::List(items) => items.iter().enumerate().find_map(|(index, item)| {
            let rest = path_of(item, at)?;
            Some(format!(".{index}{rest}"))
        }),
        Tree::Map(entries) => entries.iter().find_map(|(key, value)| {
            let rest = if key.at == at {
                String::new()
            } else {
                path_of(value, at)?
            };
            Some(format!(".{}{rest}", key.name))
        }),
        _ => None,
    }
}

/// 400, from `found …; allowed: …`.
fn problem(field: &str, found: &Found) -> Problem {
    let text = found.text.strip_prefix("found ").unwrap_or(&found.text);
    let (seen, allowed) = text.split_once("; allowed: ").unwrap_or((text, KEYS));
    let problem = Problem::field(field, seen, allowed);
    match found.at {
        Some(at) => problem.at(at.line, at.column),
        None => problem,
    }
}
