//! A client's id as a caller writes it in a body.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::domain::ids::ClientId;

/// Longest id, in characters.
const LONGEST: usize = 255;

/// 1 to 255 visible ASCII characters (RFC 6749 appendix A.1 without the space).
#[derive(Debug, Clone, Deserialize, JsonSchema)]
#[serde(try_from = "String")]
#[schemars(extend("pattern" = "^[!-~]+$", "minLength" = 1, "maxLength" = LONGEST))]
pub struct ClientIdText(String);

impl TryFrom<String> for ClientIdText {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_visible = text.bytes().all(|byte| byte.is_ascii_graphic());
        if is_visible && (1..=LONGEST).contains(&text.len()) {
            Ok(Self(text))
        } else {
            Err(format!("1 to {LONGEST} visible ASCII characters"))
        }
    }
}

impl From<ClientIdText> for ClientId {
    fn from(id: ClientIdText) -> Self {
        Self::new(id.0)
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_id_is_one_exactly_where_its_schema_says_so() {
        let schema = schemars::schema_for!(ClientIdText).to_value();
        let validator = jsonschema::validator_for(&schema).unwrap();
        for (text, expected) in [
            ("x", true),
            ("a/b?c=%41#~", true),
            (&"x".repeat(255), true),
            (&"x".repeat(256), false),
            ("", false),
            ("a b", false),
            ("a\n", false),
            ("\u{7f}", false),
            ("é", false),
        ] {
            let value = json!(text);
            let read: Result<ClientIdText, _> = serde_json::from_value(value.clone());
            assert_eq!(read.is_ok(), expected, "{text}");
            assert_eq!(validator.is_valid(&value), expected, "{text}");
        }
    }
}
