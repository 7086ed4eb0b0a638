//! Which exchanges a test expects, and how many.

use std::fmt;
use std::path::Path;

use serde_json::{Value, json};

use crate::dialect::Operation;
use crate::document::problem::BadFile;
use crate::emulator::world::bank;
use crate::journal::HANDSHAKE;
use crate::scenario::expectation::{Sought, Times};
use crate::scenario::parse_sought;
use crate::world::World;

/// Which exchanges: all that is said must hold, as in the `match` of scenario files. What is wrong
/// with it is said when it is used.
///
/// ```
/// # async fn example() -> Result<(), Box<dyn std::error::Error>> {
/// use aspsp_emulator::{Emulator, Match, Operation, at_most, exactly, matching, operation};
///
/// let emulator = Emulator::builder().start().await?;
/// let payments = matching("{operation: register, claim: {/scope: {contains: payments}}}");
/// emulator.verify(payments.and(Match::any().status(201)), exactly(0)).await?;
/// emulator.verify(operation(Operation::Token).bank("uk-ob-3.3"), at_most(5)).await?;
/// # Ok(())
/// # }
/// # tokio::runtime::Runtime::new().unwrap().block_on(example()).unwrap();
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Match(Vec<Part>);

#[derive(Debug, Clone, PartialEq)]
enum Part {
    /// What a member is equal to; within an object where there is a key.
    Equals(&'static str, Option<String>, Value),
    /// A `match` as it is written.
    Written(String),
}

/// Exchanges of an operation.
#[must_use]
pub fn operation(operation: Operation) -> Match {
    Match::default().with("operation", operation.as_str())
}

/// TLS handshakes that failed.
#[must_use]
pub fn handshake() -> Match {
    Match::default().with("operation", HANDSHAKE)
}

/// The exchanges that this `match` of a scenario file is about; it may also say `status`, `scenario`,
/// `rule` and `interaction_id`. YAML or JSON, such as `{operation: register, status: 429}`.
#[must_use]
pub fn matching(text: impl Into<String>) -> Match {
    Match(vec![Part::Written(text.into())])
}

/// So many, neither more nor fewer.
#[must_use]
pub fn exactly(times: u64) -> Times {
    Times::exactly(times)
}

/// So many or more.
#[must_use]
pub fn at_least(times: u64) -> Times {
    Times::at_least(times)
}

/// So many or fewer.
#[must_use]
pub fn at_most(times: u64) -> Times {
    Times::at_most(times)
}

impl Match {
    /// Every request over HTTP.
    #[must_use]
    pub fn any() -> Self {
        Self::default()
    }

    /// At the bank with this id.
    #[must_use]
    pub fn bank(self, id: impl Into<String>) -> Self {
        self.with("bank", id.into())
    }

    /// Of this software.
    #[must_use]
    pub fn software_id(self, id: impl Into<String>) -> Self {
        self.with("software_id", id.into())
    }

    /// Of this client: one that is in the path or in the credentials, or that was registered.
    #[must_use]
    pub fn client_id(self, id: impl Into<String>) -> Self {
        self.with("client_id", id.into())
    }

    /// With an answer of this status, as it was meant.
    #[must_use]
    pub fn status(self, status: u16) -> Self {
        self.with("status", status)
    }

    /// Whose fate a rule of this scenario decided.
    #[must_use]
    pub fn scenario(self, name: impl Into<String>) -> Self {
        self.with("scenario", name.into())
    }

    /// With this `x-fapi-interaction-id`.
    #[must_use]
    pub fn interaction_id(self, id: impl Into<String>) -> Self {
        self.with("interaction_id", id.into())
    }

    /// With this value at a JSON Pointer (RFC 6901) into the request's claims, such as `/scope`, or
    /// into its JSON body.
    #[must_use]
    pub fn claim(self, pointer: impl Into<String>, value: impl Into<Value>) -> Self {
        self.with_key("claim", Some(pointer.into()), value.into())
    }

    /// With this value of a header field.
    #[must_use]
    pub fn header(self, name: impl Into<String>, value: impl Into<String>) -> Self {
        self.with_key("header", Some(name.into()), Value::String(value.into()))
    }

    /// The exchanges that both are about.
    #[must_use]
    pub fn and(mut self, other: Self) -> Self {
        self.0.extend(other.0);
        self
    }

    fn with(self, member: &'static str, value: impl Into<Value>) -> Self {
        self.with_key(member, None, value.into())
    }

    fn with_key(mut self, member: &'static str, key: Option<String>, value: Value) -> Self {
        self.0.push(Part::Equals(member, key, value));
        self
    }

    /// Why no exchange of this world can match, as far as that is plain to see.
    pub(super) fn objection(&self, world: &World) -> Option<String> {
        let equals = |part: &Part| match part {
            Part::Equals(member, key, value) => Some((*member, key.clone(), value.clone())),
            Part::Written(_) => None,
        };
        let all: Vec<_> = self.0.iter().filter_map(equals).collect();
        for (index, (member, key, value)) in all.iter().enumerate() {
            if *member == "bank"
                && let Err(unknown) = bank(world, value.as_str().unwrap_or_default())
            {
                return Some(unknown.to_string());
            }
            let is_status = |value: &Value| {
                value
                    .as_u64()
                    .is_some_and(|code| (100..=599).contains(&code))
            };
            if *member == "status" && !is_status(value) {
                return Some(format!(
                    "no answer has the status {value}: say one from 100 to 599"
                ));
            }
            let mut before = all.iter().take(index);
            let is_other = |(other, of, there): &&(_, _, Value)| {
                other == member && of == key && there != value
            };
            if let Some((_, _, other)) = before.find(is_other) {
                let of = key.as_ref().map_or(String::new(), |key| format!(" {key}"));
                return Some(format!(
                    "`{member}`{of} cannot be {other} and {value}: say it once"
                ));
            }
        }
        None
    }

    /// The same, judged.
    pub(super) fn sought(&self) -> Result<Sought, BadFile> {
        let mut parts = self.0.iter().map(Part::sought);
        parts.try_fold(Sought::default(), |sought, part| Ok(sought.and(part?)))
    }
}

impl Part {
    fn sought(&self) -> Result<Sought, BadFile> {
        let text = match self {
            Self::Written(text) => text.clone(),
            Self::Equals(member, None, value) => {
                json!({ *member: { "equals": value } }).to_string()
            }
            Self::Equals(member, Some(key), value) => {
                json!({ *member: { key: { "equals": value } } }).to_string()
            }
        };
        parse_sought(Path::new("match"), &text)
    }
}

/// As a `match` is written.
impl fmt::Display for Match {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0.is_empty() {
            return formatter.write_str("any request");
        }
        for (index, part) in self.0.iter().enumerate() {
            if index > 0 {
                formatter.write_str(", ")?;
            }
            match part {
                Part::Written(text) => formatter.write_str(text)?,
                Part::Equals(member, None, value) => write!(formatter, "{member}: {value}")?,
                Part::Equals(member, Some(key), value) => {
                    write!(formatter, "{member}: {{{key}: {value}}}")?;
                }
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_match_is_told_as_a_file_would_have_it() {
        let expected = operation(Operation::Register)
            .status(429)
            .claim("/scope", "openid")
            .and(matching("{bank: uk-ob-3.3}"));
        assert_eq!(
            expected.to_string(),
            r#"operation: "register", status: 429, claim: {/scope: "openid"}, {bank: uk-ob-3.3}"#
        );
        assert_eq!(Match::any().to_string(), "any request");
        let sought = expected.sought().unwrap();
        assert_eq!(sought.matching.claim.len(), 1);
        assert!(sought.status.is_some() && sought.matching.bank.is_some());
    }

    #[test]
    fn what_cannot_be_matched_is_said_with_its_place() {
        for (wrong, says) in [
            (matching("{operaton: register}"), "match:1:2: "),
            (Match::any().claim("scope", "openid"), "match:1:"),
            (matching("["), "match:"),
        ] {
            let error = wrong.sought().unwrap_err().to_string();
            assert!(error.starts_with(says), "{error}");
        }
    }
}
