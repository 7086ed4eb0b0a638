//! The catalogue of checks: one row each, shared by all dialects.
//!
//! A row has a stable name that scenario files, reports and other people's tests quote, and is
//! never renamed. Rows are grouped by what they look at.

pub mod auth;
pub mod brazil;
pub mod certificate;
pub mod ciba;
pub mod directory;
pub mod fapi;
pub mod jwt_claims;
pub mod key;
pub mod management;
pub mod metadata;
pub mod redirect;
pub mod replacement;
pub mod request;
pub mod scope;
pub mod software;
pub mod statement;
pub mod token;
pub mod transport;

use std::borrow::Cow;
use std::fmt;

use schemars::JsonSchema;
use serde::Serialize;

use crate::dialect::facts::Facts;
use crate::dialect::fault::Fault;

/// One rule that a call must meet.
pub struct Check {
    /// Its stable name, in `snake_case`.
    pub name: &'static str,
    /// Where the rule comes from: specification and claim.
    pub source: &'static str,
    /// How its failure is answered, unless the outcome says otherwise.
    pub fault: Fault,
    /// The rule itself.
    pub run: fn(&Facts<'_>) -> Outcome,
}

impl fmt::Debug for Check {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_tuple("Check").field(&self.name).finish()
    }
}

/// What became of a check.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// The rule was met.
    Passed,
    /// The rule was broken.
    Failed,
    /// What the rule is about could not be read, because of an earlier failure.
    NotReached,
    /// The rule is switched off, or there was nothing that it applies to.
    NotChecked,
}

/// What a rule found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// Met, broken, or not judged.
    pub verdict: Verdict,
    /// The value seen.
    pub seen: Option<String>,
    /// What is allowed.
    pub allowed: Option<Cow<'static, str>>,
    /// The fault, where it is another than the row's.
    pub fault: Option<Fault>,
}

impl Outcome {
    const fn bare(verdict: Verdict) -> Self {
        Self {
            verdict,
            seen: None,
            allowed: None,
            fault: None,
        }
    }

    /// Met; nothing worth showing.
    #[must_use]
    pub const fn met() -> Self {
        Self::bare(Verdict::Passed)
    }

    /// Met with this value.
    #[must_use]
    pub fn passed(seen: impl Into<String>) -> Self {
        Self {
            seen: Some(seen.into()),
            ..Self::met()
        }
    }

    /// Broken: what was found, what is allowed.
    #[must_use]
    pub fn failed(seen: impl Into<String>, allowed: impl Into<Cow<'static, str>>) -> Self {
        Self {
            seen: Some(seen.into()),
            allowed: Some(allowed.into()),
            ..Self::bare(Verdict::Failed)
        }
    }

    /// Broken, in words that say what is allowed too.
    #[must_use]
    pub fn broken(seen: impl Into<String>) -> Self {
        Self {
            seen: Some(seen.into()),
            ..Self::bare(Verdict::Failed)
        }
    }

    /// Met or broken by `is_met`.
    #[must_use]
    pub fn when(
        is_met: bool,
        seen: impl Into<String>,
        allowed: impl Into<Cow<'static, str>>,
    ) -> Self {
        if is_met {
            Self::passed(seen)
        } else {
            Self::failed(seen, allowed)
        }
    }

    /// Met or broken by `is_met`; what is allowed is put into words only where somebody reads it.
    #[must_use]
    pub fn judged<A: Into<Cow<'static, str>>>(
        is_met: bool,
        seen: impl Into<String>,
        allowed: impl FnOnce() -> A,
    ) -> Self {
        if is_met {
            Self::passed(seen)
        } else {
            Self::failed(seen, allowed())
        }
    }

    /// Its input could not be read.
    #[must_use]
    pub const fn not_reached() -> Self {
        Self::bare(Verdict::NotReached)
    }

    /// Nothing here that it applies to.
    #[must_use]
    pub const fn not_checked() -> Self {
        Self::bare(Verdict::NotChecked)
    }

    /// The same with another fault.
    #[must_use]
    pub fn as_fault(mut self, fault: Fault) -> Self {
        self.fault = Some(fault);
        self
    }
}

/// `'a', 'b'`: a list of values in an error text.
fn listed<T: AsRef<str>>(values: impl IntoIterator<Item = T>) -> String {
    let mut list = String::new();
    for value in values {
        list.push_str(if list.is_empty() { "'" } else { ", '" });
        list.push_str(value.as_ref());
        list.push('\'');
    }
    if list.is_empty() {
        return "none".to_owned();
    }
    list
}
