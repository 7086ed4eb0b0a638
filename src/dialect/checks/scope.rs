//! What a software may ask for.

use serde_json::Value;

use crate::dialect::checks::metadata::texts;
use crate::dialect::facts::Facts;
use crate::domain::claims::words;
use crate::domain::ecosystem::Ecosystem;
use crate::domain::json::Object;

/// The values of a scope, an array or one string; `None` of anything else.
#[must_use]
pub fn values(scope: &Value) -> Option<Vec<&str>> {
    match scope {
        Value::String(text) => Some(words(text).collect()),
        Value::Array(items) => items.iter().map(Value::as_str).collect(),
        _ => None,
    }
}

/// The roles that a statement gives its software: in Brazil those that are active.
#[must_use]
pub fn roles(ecosystem: Ecosystem, statement: &Object) -> Vec<&str> {
    let named = statement
        .get("software_statement_roles")
        .and_then(Value::as_array);
    match (ecosystem, named) {
        (Ecosystem::Brazil, Some(named)) => named
            .iter()
            .filter(|role| role.get("status").is_none_or(|status| status == "Active"))
            .filter_map(|role| role.get("role")?.as_str())
            .collect(),
        _ => texts(statement, "software_roles").unwrap_or_default(),
    }
}

/// Every scope value that the statement's roles allow.
#[must_use]
pub fn allowed(facts: &Facts<'_>) -> Vec<&'static str> {
    let Some(statement) = facts.statement() else {
        return Vec::new();
    };
    let roles = roles(facts.dialect.ecosystem, &statement.claims);
    let scopes = facts.dialect.values.scopes.iter();
    scopes
        .filter(|(_, role)| role.is_none_or(|role| roles.contains(&role.as_str())))
        .map(|(value, _)| *value)
        .collect()
}
