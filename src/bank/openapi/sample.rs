//! The schema of a document of which there is one to look at.

use serde_json::{Value, json};

use crate::domain::json::Object;

/// The schema of whatever has the members and types of `sample`: each of them required, and no
/// other.
pub(super) fn schema_like(sample: &Value) -> Value {
    match sample {
        Value::Null => json!({}),
        Value::Bool(_) => json!({ "type": "boolean" }),
        Value::Number(_) => json!({ "type": "integer" }),
        Value::String(text) if text.starts_with("https://") => {
            json!({ "type": "string", "format": "uri" })
        }
        Value::String(_) => json!({ "type": "string" }),
        Value::Array(items) => match items.first() {
            Some(item) => json!({ "type": "array", "items": schema_like(item) }),
            None => json!({ "type": "array" }),
        },
        Value::Object(members) => object_like(members, schema_like),
    }
}

/// The schema of an object with these members, each as `schema` has it and required, and no other.
pub(super) fn object_like(members: &Object, schema: fn(&Value) -> Value) -> Value {
    let properties: Object = members
        .iter()
        .map(|(name, member)| (name.clone(), schema(member)))
        .collect();
    let required: Vec<&String> = members.keys().collect();
    json!({
        "type": "object",
        "properties": properties,
        "required": required,
        "additionalProperties": false,
    })
}
