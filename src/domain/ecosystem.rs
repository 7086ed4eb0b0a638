//! The two ecosystems whose directories vouch for TPPs here.

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// Which directory stands behind a TPP, and which one a bank believes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Ecosystem {
    /// UK Open Banking: base62 ids, legacy or eIDAS certificates.
    #[default]
    Uk,
    /// Open Finance Brasil: UUIDs, BRCAC and BRSEAL certificates.
    #[serde(rename = "brasil", alias = "brazil")]
    Brazil,
}

impl Ecosystem {
    /// The word in settings and files.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Ecosystem::Uk => "uk",
            Ecosystem::Brazil => "brasil",
        }
    }
}
