//! Dialects: what one real system accepts and answers, as tables.
//!
//! A dialect is one file of tables and small functions and one line in [`ALL`]. The checks that
//! dialects share are rows of one catalogue, [`checks`]; [`facts`] is all that a check may see.

pub mod applicant;
pub mod call;
pub mod checks;
pub mod claims;
pub mod facts;
pub mod fault;
pub mod judgement;
pub mod trust;
mod uk_ob;
mod uk_ob_3_3;

use serde::{Deserialize, Serialize};

use crate::dialect::applicant::Applicant;
use crate::dialect::checks::Check;
use crate::dialect::claims::Claim;
use crate::dialect::facts::Facts;
use crate::dialect::fault::{Fault, Refusal};
use crate::domain::client::{AuthMethod, Client, Registration};
use crate::domain::json::Object;
use crate::domain::jws::Algorithm;
use crate::domain::role::Role;

/// Every dialect, in the order in which banks are listed.
pub static ALL: &[&Dialect] = &[&uk_ob_3_3::DIALECT];

/// What a caller can ask of a bank.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Operation {
    /// Create a client.
    Register,
    /// Read a client.
    Read,
    /// Replace a client.
    Update,
    /// Delete a client.
    Delete,
    /// Issue an access token.
    Token,
    /// The discovery document.
    Discovery,
    /// The bank's own keys.
    Jwks,
}

/// The values a dialect allows where a claim is one of a list.
#[derive(Debug)]
pub struct Values {
    /// `token_endpoint_auth_method`.
    pub auth_methods: &'static [AuthMethod],
    /// `grant_types`.
    pub grant_types: &'static [&'static str],
    /// `response_types`.
    pub response_types: &'static [&'static str],
    /// `application_type`.
    pub application_types: &'static [&'static str],
    /// Signature algorithms of requests, ID tokens, request objects and client assertions.
    pub signing_algs: &'static [Algorithm],
    /// Scope values, and the role that each needs.
    pub scopes: &'static [(&'static str, Option<Role>)],
    /// `backchannel_token_delivery_mode`; empty where the dialect has no CIBA.
    pub ciba_modes: &'static [&'static str],
}

/// The rules of one real system.
#[derive(Debug)]
pub struct Dialect {
    /// Its name, and the id of the bank that speaks it by default.
    pub id: &'static str,
    /// Path under which its default bank lives, such as `/uk-ob-3.3`.
    pub base_path: &'static str,
    /// Path of the registration collection below the base path, such as `register`.
    pub collection: &'static str,
    /// What it offers on the collection and on its items.
    pub operations: &'static [Operation],
    /// The media type that its publication names for registration requests.
    pub request_media_type: &'static str,
    /// The media types that it accepts.
    pub accepted_media_types: &'static [&'static str],
    /// The claims of a registration request.
    pub claims: &'static [Claim],
    /// The values of the claims that are one of a list.
    pub values: Values,
    /// The checks of each operation in groups, in the order in which they refuse.
    pub checks: fn(Operation) -> &'static [&'static [&'static Check]],
    /// What a request that passed its checks registers.
    pub registration: fn(&Facts<'_>) -> Option<Registration>,
    /// The client information response.
    pub client_information: fn(&Client) -> Object,
    /// The claims of an ordinary registration request of this applicant.
    pub request_claims: fn(&Applicant<'_>) -> Object,
    /// How a fault is answered.
    pub refusal: fn(Fault, &str, &str) -> Refusal,
    /// The members of the discovery document that do not depend on where the bank lives.
    pub discovery: fn(&Dialect) -> Object,
}

impl Dialect {
    /// Whether this dialect offers `operation`.
    #[must_use]
    pub fn offers(&self, operation: Operation) -> bool {
        self.operations.contains(&operation)
    }
}

/// The dialect with this id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Dialect> {
    ALL.iter().copied().find(|dialect| dialect.id == id)
}
