//! Secrets in JSON.

use std::borrow::Cow;

use serde::de::IgnoredAny;
use serde_json::Value;

use crate::domain::json::Object;
use crate::journal::masking::{MASK, is_secret, text};

/// The private members of a JWK (RFC 7518 §6.2.2, §6.3.2, §6.4.1).
const PRIVATE: [&str; 8] = ["d", "p", "q", "dp", "dq", "qi", "oth", "k"];

/// The text of a JSON document, as it was where nothing in it is secret; `None` if it is none.
pub(super) fn masked(source: &str) -> Option<String> {
    let mut value: Value = serde_json::from_str(source).ok()?;
    if mask(&mut value) {
        return Some(value.to_string());
    }
    // Of two members of one name, only the last was looked at.
    let masked = text::masked(source);
    if serde_json::from_str::<IgnoredAny>(&masked).is_ok() {
        return Some(masked.into_owned());
    }
    Some(value.to_string())
}

/// Masks the members of an object. Whether there was anything to mask.
pub(super) fn mask_object(object: &mut Object) -> bool {
    let is_jwk = object.contains_key("kty");
    let mut was_masked = false;
    for (name, value) in object.iter_mut() {
        let is_private = is_jwk && PRIVATE.contains(&name.as_str());
        if !value.is_null() && (is_private || is_secret(name)) {
            *value = MASK.into();
            was_masked = true;
        } else {
            was_masked |= mask(value);
        }
    }
    was_masked
}

fn mask(value: &mut Value) -> bool {
    match value {
        Value::Object(object) => mask_object(object),
        Value::Array(items) => {
            let masked = items.iter_mut().map(mask);
            masked.fold(false, |any, masked| any | masked)
        }
        Value::String(string) => match text::masked(string) {
            Cow::Borrowed(_) => false,
            Cow::Owned(masked) => {
                *string = masked;
                true
            }
        },
        _ => false,
    }
}
