//! What a TPP may do, as its directory names it.

use std::fmt;
use std::str::FromStr;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::domain::ecosystem::Ecosystem;

/// A role in a software statement: `software_roles` in the UK, `software_statement_roles[].role`
/// in Brazil.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize, JsonSchema)]
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
    /// Brazil, receiver of data: may ask for the scopes of accounts, loans and the like.
    Dados,
    /// Brazil, initiator of payments: may ask for scope `payments`.
    Pagto,
    /// Brazil, holder of accounts.
    Conta,
    /// Brazil, correspondent for credit.
    Ccorr,
}

impl Role {
    /// Every role.
    pub const ALL: [Role; 8] = [
        Role::Aisp,
        Role::Pisp,
        Role::Cbpii,
        Role::Aspsp,
        Role::Dados,
        Role::Pagto,
        Role::Conta,
        Role::Ccorr,
    ];

    /// The role as the directory writes it.
    #[must_use]
    pub fn as_str(self) -> &'static str {
        match self {
            Role::Aisp => "AISP",
            Role::Pisp => "PISP",
            Role::Cbpii => "CBPII",
            Role::Aspsp => "ASPSP",
            Role::Dados => "DADOS",
            Role::Pagto => "PAGTO",
            Role::Conta => "CONTA",
            Role::Ccorr => "CCORR",
        }
    }

    /// The ecosystem that knows it.
    #[must_use]
    pub fn ecosystem(self) -> Ecosystem {
        match self {
            Role::Aisp | Role::Pisp | Role::Cbpii | Role::Aspsp => Ecosystem::Uk,
            Role::Dados | Role::Pagto | Role::Conta | Role::Ccorr => Ecosystem::Brazil,
        }
    }

    /// The roles of a TPP that asks for none in particular.
    #[must_use]
    pub fn usual(ecosystem: Ecosystem) -> &'static [Role] {
        match ecosystem {
            Ecosystem::Uk => &[Role::Aisp, Role::Pisp, Role::Cbpii],
            Ecosystem::Brazil => &[Role::Dados, Role::Pagto],
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
#[error("`{0}` is no role: AISP, PISP, CBPII, ASPSP, and in Brazil DADOS, PAGTO, CONTA, CCORR are")]
pub struct UnknownRole(pub String);

impl FromStr for Role {
    type Err = UnknownRole;

    fn from_str(text: &str) -> Result<Self, UnknownRole> {
        Self::ALL
            .into_iter()
            .find(|role| role.as_str() == text)
            .ok_or_else(|| UnknownRole(text.to_owned()))
    }
}
