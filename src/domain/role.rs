//! What an organisation may do under PSD2, as UK Open Banking names it.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// A role in `software_roles` of a UK software statement.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Role {
    /// Account information service provider: may ask for scope `accounts`.
    Aisp,
    /// Payment initiation service provider: may ask for scope `payments`.
    Pisp,
    /// Card based payment instrument issuer: may ask for scope `fundsconfirmations`.
    Cbpii,
    /// A bank: account servicing payment service provider.
    Aspsp,
}

impl Role {
    /// The three roles of a TPP.
    pub const TPP: [Role; 3] = [Role::Aisp, Role::Pisp, Role::Cbpii];

    /// The role as the directory writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Aisp => "AISP",
            Role::Pisp => "PISP",
            Role::Cbpii => "CBPII",
            Role::Aspsp => "ASPSP",
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str(self.as_str())
    }
}

/// A role that no directory knows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no role: AISP, PISP, CBPII and ASPSP are")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        [Role::Aisp, Role::Pisp, Role::Cbpii, Role::Aspsp]
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}
