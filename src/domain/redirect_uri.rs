//! Redirect URIs of a software statement.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A redirect URI as it is to stand in statements: an absolute URI. Whether a bank takes it is for
/// the bank to say.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(try_from = "String", into = "String")]
#[schemars(extend("pattern" = "^[A-Za-z][A-Za-z0-9+.-]*:[!-~]+$", "maxLength" = LONGEST_URI))]
pub struct RedirectUri(String);

/// Longest redirect URI, in characters.
const LONGEST_URI: usize = 256;

impl RedirectUri {
    /// Takes the text as it is, where it is known to be one.
    pub(crate) fn of(text: impl Into<String>) -> Self {
        Self(text.into())
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The texts of some.
    #[must_use]
    pub fn texts(uris: Vec<Self>) -> Vec<String> {
        uris.into_iter().map(|uri| uri.0).collect()
    }
}

impl From<RedirectUri> for String {
    fn from(uri: RedirectUri) -> Self {
        uri.0
    }
}

impl TryFrom<String> for RedirectUri {
    type Error = String;

    fn try_from(text: String) -> Result<Self, String> {
        let is_absolute = text.split_once(':').is_some_and(|(scheme, rest)| {
            let is_of_scheme = |byte: u8| byte.is_ascii_alphanumeric() || b"+.-".contains(&byte);
            scheme.starts_with(|first: char| first.is_ascii_alphabetic())
                && scheme.bytes().all(is_of_scheme)
                && !rest.is_empty()
                && rest.bytes().all(|byte| byte.is_ascii_graphic())
        });
        if is_absolute && text.len() <= LONGEST_URI {
            Ok(Self(text))
        } else {
            Err(format!(
                "an absolute URI of at most {LONGEST_URI} characters"
            ))
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_redirect_uri_is_one_exactly_where_its_schema_says_so() {
        let validator = jsonschema::validator_for(&schemars::schema_for!(RedirectUri).to_value());
        let validator = validator.unwrap();
        let longest = format!("https://a.example/{}", "x".repeat(238));
        for (text, expected) in [
            ("https://app.example/cb", true),
            ("http://localhost:3000/cb#x", true),
            ("com.example.app:/cb", true),
            (&longest, true),
            (&format!("{longest}x"), false),
            ("", false),
            ("/cb", false),
            ("https:", false),
            ("1a:b", false),
            ("https://a b", false),
            ("https://é.example", false),
            ("https://a.example/\n", false),
        ] {
            let value = json!(text);
            let read: Result<RedirectUri, _> = serde_json::from_value(value.clone());
            assert_eq!(read.is_ok(), expected, "{text}");
            assert_eq!(validator.is_valid(&value), expected, "{text}");
        }
    }
}
