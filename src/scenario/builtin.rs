//! The scenarios that are shipped in `scenarios/` and built into the binary.

use std::path::Path;

use crate::document::problem::BadFile;
use crate::scenario::load::{Loaded, parse};

/// A shipped scenario.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Builtin {
    /// Its name: that of its file, without ending.
    pub name: &'static str,
    /// Its file, with the comments that explain it.
    pub text: &'static str,
}

impl Builtin {
    /// The scenario.
    ///
    /// # Errors
    /// What is wrong with the file; a test holds that nothing is.
    pub fn parse(&self) -> Result<Loaded, BadFile> {
        let file = format!("scenarios/{}.yaml", self.name);
        parse(self.name, Path::new(&file), self.text)
    }
}

/// Lists files by name.
macro_rules! shipped {
    ($($name:literal,)+) => {
        &[$(Builtin {
            name: $name,
            text: include_str!(concat!("../../scenarios/", $name, ".yaml")),
        },)+]
    };
}

static SHIPPED: &[Builtin] = shipped![
    "bad-request-400",
    "broken-json",
    "certificate-rotation",
    "connection-reset",
    "eventual-consistency",
    "flaky",
    "forbidden-403",
    "gateway-html",
    "gateway-timeout-504",
    "key-cache",
    "lost-response",
    "missing-interaction-id",
    "outage-then-recovery",
    "quota-per-tpp",
    "rotated-token-lost",
    "slow-bank",
    "throttled-429",
    "token-rejected-once",
    "unauthorized-401",
    "wrong-interaction-id",
];

/// Every shipped scenario, by name.
#[must_use]
pub fn builtin() -> &'static [Builtin] {
    SHIPPED
}

/// The shipped scenario of this name.
#[must_use]
pub fn builtin_named(name: &str) -> Option<&'static Builtin> {
    SHIPPED.iter().find(|builtin| builtin.name == name)
}

/// The names of the shipped scenarios.
pub fn builtin_names() -> impl Iterator<Item = &'static str> {
    SHIPPED.iter().map(|builtin| builtin.name)
}
