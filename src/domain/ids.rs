//! Identifiers: each its own type, so that none is passed where another belongs.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::domain::ecosystem::Ecosystem;

macro_rules! identifier {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize, Deserialize, JsonSchema,
        )]
        #[serde(transparent)]
        pub struct $name(String);

        impl $name {
            /// Takes the text as it is.
            pub fn new(text: impl Into<String>) -> Self {
                Self(text.into())
            }

            /// The text as it stands on the wire.
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
                formatter.write_str(&self.0)
            }
        }
    };
}

identifier!(
    /// A software statement's id at the directory: 22 base62 characters in the UK.
    SoftwareId
);
identifier!(
    /// An organisation's id at the directory: 18 characters, Salesforce style, in the UK.
    OrgId
);
identifier!(
    /// A client's id at one bank: RFC 7591 §3.2.1 `client_id`.
    ClientId
);
identifier!(
    /// A key's id within a key store: RFC 7517 §4.5 `kid`.
    KeyId
);

/// A text that is no id of a directory's making. Reads as what is allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum MalformedId {
    /// Of the UK directory.
    #[error("1 to {longest} letters and digits")]
    Uk {
        /// Most characters.
        longest: usize,
    },
    /// Of the Brazilian one.
    #[error("a UUID")]
    Brazil,
}

impl SoftwareId {
    /// Longest one in the UK, in characters.
    pub const LONGEST_UK: usize = 22;

    /// Reads an id as this ecosystem's directory makes them.
    ///
    /// # Errors
    /// [`MalformedId`].
    pub fn parse(text: &str, ecosystem: Ecosystem) -> Result<Self, MalformedId> {
        check_id(text, ecosystem, Self::LONGEST_UK).map(|()| Self::new(text))
    }
}

impl OrgId {
    /// Longest one in the UK, in characters.
    pub const LONGEST_UK: usize = 18;

    /// Reads an id as this ecosystem's directory makes them.
    ///
    /// # Errors
    /// [`MalformedId`].
    pub fn parse(text: &str, ecosystem: Ecosystem) -> Result<Self, MalformedId> {
        check_id(text, ecosystem, Self::LONGEST_UK).map(|()| Self::new(text))
    }
}

fn check_id(text: &str, ecosystem: Ecosystem, longest: usize) -> Result<(), MalformedId> {
    let is_alphanumeric = || text.bytes().all(|byte| byte.is_ascii_alphanumeric());
    match ecosystem {
        Ecosystem::Uk if (1..=longest).contains(&text.len()) && is_alphanumeric() => Ok(()),
        Ecosystem::Uk => Err(MalformedId::Uk { longest }),
        Ecosystem::Brazil if text.len() == 36 && Uuid::parse_str(text).is_ok() => Ok(()),
        Ecosystem::Brazil => Err(MalformedId::Brazil),
    }
}

impl ClientId {
    /// A new id: a UUID v4, 36 URL-safe characters.
    #[must_use]
    pub fn fresh() -> Self {
        Self(Uuid::new_v4().to_string())
    }
}

/// The longest interaction id that is echoed, in characters.
const INTERACTION_ID_MAX: usize = 100;

/// Names one exchange across caller and bank: the header `x-fapi-interaction-id` (FAPI 1.0 part 1, §6.2.1).
///
/// Always `^[a-zA-Z0-9][a-zA-Z0-9-]{0,99}$`, and therefore always a valid header value.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub struct InteractionId(String);

impl InteractionId {
    /// The id that the caller sent, if it is one that may be echoed as sent.
    #[must_use]
    pub fn parse(sent: &str) -> Option<Self> {
        let starts_well = sent.starts_with(|first: char| first.is_ascii_alphanumeric());
        let rest_allowed = sent
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
        (starts_well && rest_allowed && sent.len() <= INTERACTION_ID_MAX)
            .then(|| Self(sent.to_owned()))
    }

    /// A new id: UUID version 4 (RFC 9562).
    #[must_use]
    pub fn fresh() -> Self {
        Self(Uuid::new_v4().to_string())
    }

    /// The id as it stands in the header.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for InteractionId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

#[cfg(test)]
mod tests {
    use super::InteractionId;

    #[test]
    fn an_interaction_id_is_alphanumeric_with_inner_dashes_and_at_most_100_long() {
        let longest = "a".repeat(100);
        for accepted in [
            "a",
            "7",
            "c770aef3-6784-41f7-8e0e-ff5f97bddb3a",
            "A--",
            &longest,
        ] {
            assert_eq!(
                InteractionId::parse(accepted)
                    .map(|id| id.to_string())
                    .as_deref(),
                Some(accepted)
            );
        }
        let too_long = "a".repeat(101);
        for refused in ["", "-a", "a b", "a_b", "ä", "a\n", &too_long] {
            assert_eq!(InteractionId::parse(refused), None, "{refused:?}");
        }
    }

    #[test]
    fn a_fresh_interaction_id_may_be_echoed() {
        let fresh = InteractionId::fresh();
        assert_eq!(InteractionId::parse(fresh.as_str()), Some(fresh));
    }
}
