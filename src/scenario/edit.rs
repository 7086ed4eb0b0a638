//! Changes of JSON, as `alter` makes them.

use serde_json::{Map, Value};

use crate::scenario::matcher::Pointer;
use crate::scenario::model::Edit;
use crate::scenario::pointer::index;

/// Makes the changes of the body, one after the other: `set` and `remove`. Status and header fields
/// are the caller's. What does not fit, such as a member of a text, changes nothing.
pub fn apply(document: &mut Value, edits: &[Edit]) {
    for edit in edits {
        match edit {
            Edit::Set(pointer, value) => set(document, pointer, value),
            Edit::Remove(pointer) => remove(document, pointer),
            Edit::Status(_) | Edit::Header(..) => {}
        }
    }
}

fn set(document: &mut Value, pointer: &Pointer, value: &Value) {
    let mut at = document;
    for token in &pointer.0 {
        if at.is_null() {
            *at = Value::Object(Map::new());
        }
        let next = match at {
            Value::Object(members) => Some(members.entry(token).or_insert(Value::Null)),
            Value::Array(items) => item(items, token),
            _ => None,
        };
        match next {
            Some(next) => at = next,
            None => return,
        }
    }
    at.clone_from(value);
}

/// The item of a list; a new one at its end, which RFC 6901 §4 calls `-`.
fn item<'v>(items: &'v mut Vec<Value>, token: &str) -> Option<&'v mut Value> {
    let at = if token == "-" {
        items.len()
    } else {
        index(token)?
    };
    if at == items.len() {
        items.push(Value::Null);
    }
    items.get_mut(at)
}

fn remove(document: &mut Value, pointer: &Pointer) {
    let Some((last, path)) = pointer.0.split_last() else {
        *document = Value::Null;
        return;
    };
    let parent = path.iter().try_fold(document, |value, token| match value {
        Value::Object(members) => members.get_mut(token),
        Value::Array(items) => items.get_mut(index(token)?),
        _ => None,
    });
    match parent {
        // The other members keep their order.
        Some(Value::Object(members)) => {
            members.shift_remove(last);
        }
        Some(Value::Array(items)) => {
            if let Some(at) = index(last).filter(|at| *at < items.len()) {
                items.remove(at);
            }
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pointer(text: &str) -> Pointer {
        text.parse().unwrap()
    }

    #[test]
    fn a_value_is_set_and_what_is_missing_on_the_way_is_made() {
        for (at, expected) in [
            ("/a", json!({"a": 9, "l": [1, 2], "t": "x"})),
            (
                "/b/c",
                json!({"a": {"z": 1}, "l": [1, 2], "t": "x", "b": {"c": 9}}),
            ),
            ("/a/z", json!({"a": {"z": 9}, "l": [1, 2], "t": "x"})),
            ("/l/0", json!({"a": {"z": 1}, "l": [9, 2], "t": "x"})),
            ("/l/-", json!({"a": {"z": 1}, "l": [1, 2, 9], "t": "x"})),
            ("/l/2", json!({"a": {"z": 1}, "l": [1, 2, 9], "t": "x"})),
            ("/l/7", json!({"a": {"z": 1}, "l": [1, 2], "t": "x"})),
            ("/t/no", json!({"a": {"z": 1}, "l": [1, 2], "t": "x"})),
            ("", json!(9)),
        ] {
            let mut document = json!({"a": {"z": 1}, "l": [1, 2], "t": "x"});
            apply(&mut document, &[Edit::Set(pointer(at), json!(9))]);
            assert_eq!(document, expected, "{at}");
        }
    }

    #[test]
    fn a_value_goes_and_the_others_stay_in_order() {
        for (at, expected) in [
            ("/a", r#"{"l":[1,{"x":2}],"t":"x"}"#),
            ("/l/0", r#"{"a":1,"l":[{"x":2}],"t":"x"}"#),
            ("/l/1/x", r#"{"a":1,"l":[1,{}],"t":"x"}"#),
            ("/l/9", r#"{"a":1,"l":[1,{"x":2}],"t":"x"}"#),
            ("/t/no", r#"{"a":1,"l":[1,{"x":2}],"t":"x"}"#),
            ("/no/no", r#"{"a":1,"l":[1,{"x":2}],"t":"x"}"#),
            ("", "null"),
        ] {
            let mut document = json!({"a": 1, "l": [1, {"x": 2}], "t": "x"});
            apply(
                &mut document,
                &[Edit::Remove(pointer(at)), Edit::Status(500)],
            );
            assert_eq!(document.to_string(), expected, "{at}");
        }
    }
}
