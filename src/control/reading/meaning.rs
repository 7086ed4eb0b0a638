//! What a schema allows, in words.

use serde_json::Value;

use crate::control::moment;

/// The allowed values of a member by its path, the outermost name first.
pub(super) fn allowed(schema: &Value, path: &[&str]) -> String {
    let member = path
        .iter()
        .try_fold(schema, |schema, name| below(schema, name));
    let words = member.map(words).unwrap_or_default();
    if words.is_empty() {
        "a value".to_owned()
    } else {
        words
    }
}

/// The schema of a member, an item or the value of a variant.
fn below<'s>(schema: &'s Value, name: &str) -> Option<&'s Value> {
    let member = schema.get("properties").and_then(|all| all.get(name));
    let item = || {
        let index: usize = name.parse().ok()?;
        let item = schema.get("prefixItems").and_then(|all| all.get(index));
        item.or_else(|| schema.get("items"))
    };
    let of_one = || alternatives(schema).find_map(|one| below(one, name));
    member.or_else(item).or_else(of_one)
}

/// Of which a value must be one.
fn alternatives(schema: &Value) -> impl Iterator<Item = &Value> {
    let lists = ["oneOf", "anyOf"].into_iter();
    let lists = lists.filter_map(|list| schema.get(list)?.as_array());
    lists.flatten()
}

/// `red, green`, `a string`, `an object with the members a, b`; empty where a schema says nothing.
fn words(schema: &Value) -> String {
    if let Some(only) = schema.get("const") {
        return word(only);
    }
    if let Some(Value::Array(listed)) = schema.get("enum") {
        return joined(listed.iter().map(word));
    }
    let one_of = joined(alternatives(schema).map(words));
    if !one_of.is_empty() {
        return one_of;
    }
    match schema.get("type") {
        Some(Value::Array(kinds)) => joined(kinds.iter().map(|kind| of_type(schema, kind))),
        Some(kind) => of_type(schema, kind),
        None => String::new(),
    }
}

fn word(value: &Value) -> String {
    value
        .as_str()
        .map_or_else(|| value.to_string(), str::to_owned)
}

fn joined(words: impl Iterator<Item = String>) -> String {
    let words: Vec<String> = words.filter(|word| !word.is_empty()).collect();
    words.join(", ")
}

fn of_type(schema: &Value, kind: &Value) -> String {
    match kind.as_str().unwrap_or_default() {
        "string" => text(schema),
        "integer" => whole_number(schema),
        "number" => "a number".to_owned(),
        "boolean" => "true, false".to_owned(),
        "array" => "a list".to_owned(),
        "object" => object(schema),
        other => other.to_owned(),
    }
}

fn text(schema: &Value) -> String {
    if schema
        .get("format")
        .is_some_and(|format| format == "date-time")
    {
        return moment::ALLOWED.to_owned();
    }
    if let Some(Value::Array(examples)) = schema.get("examples") {
        return format!("a string such as {}", joined(examples.iter().map(word)));
    }
    match schema.get("pattern").and_then(Value::as_str) {
        Some(pattern) => format!("a string that matches {pattern}"),
        None => "a string".to_owned(),
    }
}

fn whole_number(schema: &Value) -> String {
    let bound = |name: &str| schema.get(name).filter(|bound| bound.is_number());
    let format = schema.get("format").and_then(Value::as_str);
    let least = bound("minimum").map(Value::to_string);
    let most = bound("maximum").map(Value::to_string).or_else(|| {
        let most = match format? {
            "uint8" => u64::from(u8::MAX),
            "uint16" => u64::from(u16::MAX),
            "uint32" => u64::from(u32::MAX),
            "uint64" | "uint" => u64::MAX,
            _ => return None,
        };
        Some(most.to_string())
    });
    match (least, most) {
        (Some(least), Some(most)) => format!("a whole number from {least} to {most}"),
        (Some(least), None) => format!("a whole number from {least}"),
        (None, Some(most)) => format!("a whole number up to {most}"),
        (None, None) => "a whole number".to_owned(),
    }
}

fn object(schema: &Value) -> String {
    let Some(Value::Object(members)) = schema.get("properties") else {
        return "an object".to_owned();
    };
    let names: Vec<&str> = members.keys().map(String::as_str).collect();
    format!("an object with the members {}", names.join(", "))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn each_schema_has_its_words() {
        for (schema, expected) in [
            (json!(true), "a value"),
            (
                json!({ "type": "string", "description": "Its name, which" }),
                "a string",
            ),
            (json!({ "type": ["string", "null"] }), "a string, null"),
            (
                json!({ "type": "string", "pattern": "^[a-z]+$" }),
                "a string that matches ^[a-z]+$",
            ),
            (
                json!({ "type": "string", "format": "date-time" }),
                moment::ALLOWED,
            ),
            (
                json!({ "type": "string", "examples": ["10s", "5m"] }),
                "a string such as 10s, 5m",
            ),
            (json!({ "enum": ["red", 7, null] }), "red, 7, null"),
            (
                json!({ "oneOf": [{ "const": "red", "description": "Warm." }, { "const": "blue" }] }),
                "red, blue",
            ),
            (
                json!({ "anyOf": [{ "type": "array" }, { "type": "null" }] }),
                "a list, null",
            ),
            (
                json!({ "type": "integer", "format": "uint64", "minimum": 0 }),
                "a whole number from 0 to 18446744073709551615",
            ),
            (
                json!({ "type": "integer", "minimum": 1, "maximum": 9 }),
                "a whole number from 1 to 9",
            ),
            (json!({ "type": "integer" }), "a whole number"),
            (json!({ "type": "boolean" }), "true, false"),
            (
                json!({ "type": "object", "properties": { "b": {}, "a": {} } }),
                "an object with the members b, a",
            ),
        ] {
            let whole = json!({ "properties": { "list": { "items": schema } } });
            assert_eq!(allowed(&whole, &["list", "3"]), expected, "{whole}");
            let variant = json!({ "oneOf": [{ "const": "x" }, { "properties": { "y": schema } }] });
            assert_eq!(allowed(&variant, &["y"]), expected, "{variant}");
        }
    }
}
