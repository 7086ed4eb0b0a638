//! Dialects: what one real system accepts and answers, as tables.
//!
//! A dialect is one file of tables and small functions and one line in [`ALL`]. The checks that
//! dialects share are rows of one catalogue, [`checks`]; [`facts`] is all that a check may see;
//! [`policy`] is what a bank's settings may change.

pub mod applicant;
pub mod call;
pub mod catalogue;
pub mod checks;
pub mod claims;
pub mod client_information;
pub mod facts;
pub mod fault;
pub mod judgement;
pub mod members;
pub mod open_finance_brasil;
pub mod owner;
pub mod policy;
pub mod query;
pub mod raidiam_directory;
pub mod refusals;
pub mod registration;
pub mod registry;
pub mod request;
pub mod route;
pub mod scripted;
pub mod trust;
pub mod uk_ob;
pub mod uk_ob_3_1;
pub mod uk_ob_3_2;
pub mod uk_ob_3_3;
pub mod uk_ob_3_4;
pub mod virgin_money;

pub use self::catalogue::{all_checks, check_name};
pub use self::route::{Method, Operation, Route};
use crate::dialect::applicant::Applicant;
use crate::dialect::checks::Check;
use crate::dialect::claims::Claim;
use crate::dialect::client_information::ClientInformation;
use crate::dialect::facts::Facts;
use crate::dialect::fault::{Fault, Refusal};
use crate::dialect::policy::{Policy, Strictness};
use crate::dialect::refusals::Asked;
use crate::dialect::registry::Listing;
use crate::domain::client::{AuthMethod, Client, Registration};
use crate::domain::ecosystem::Ecosystem;
use crate::domain::json::Object;
use crate::domain::jws::Algorithm;
use crate::domain::role::Role;

/// Every dialect, in the order in which banks are listed.
pub static ALL: &[&Dialect] = &[
    &uk_ob_3_1::DIALECT,
    &uk_ob_3_2::DIALECT,
    &uk_ob_3_3::DIALECT,
    &uk_ob_3_4::DIALECT,
    &virgin_money::DIALECT,
    &open_finance_brasil::DIALECT,
    &raidiam_directory::DIALECT,
];

/// What a registration request is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RequestForm {
    /// A compact JWS, signed by the TPP.
    SignedJwt,
    /// A JSON object.
    Json,
    /// Nothing: clients are not registered here.
    None,
}

/// The values a dialect allows where a claim is one of a list. Those that settings may change are
/// where the bank's [`Policy`] starts from.
#[derive(Debug, Clone, Copy)]
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

/// What the server adds to a client when it shows it.
#[derive(Debug)]
pub struct Issued<'a> {
    /// The switches in force.
    pub policy: &'a Policy,
    /// Creating, reading or replacing.
    pub operation: Operation,
    /// The client's own URL (RFC 7592 §3).
    pub registration_client_uri: String,
    /// Its registration access token, where that manages it.
    pub access_token: Option<&'a str>,
}

/// The rules of one real system.
#[derive(Debug, Clone, Copy)]
pub struct Dialect {
    /// Its name, and the id of the bank that speaks it by default.
    pub id: &'static str,
    /// Path under which its default bank lives, such as `/uk-ob-3.3`.
    pub base_path: &'static str,
    /// Whose statements it believes.
    pub ecosystem: Ecosystem,
    /// What it offers, and where, besides token endpoint, discovery and key set.
    pub routes: &'static [Route],
    /// What a registration request is.
    pub request: RequestForm,
    /// The media type that its publication names for registration requests.
    pub request_media_type: Option<&'static str>,
    /// The claims of a registration request, in the order of the answer.
    pub claims: &'static [&'static [Claim]],
    /// The claim that names the subject of the transport certificate; further names that are
    /// understood come after its own.
    pub dn_claims: &'static [&'static str],
    /// The values of the claims that are one of a list.
    pub values: Values,
    /// How long after its `exp` a client assertion still counts, in seconds.
    pub assertion_tolerance: i64,
    /// Its switches at a strictness.
    pub policy: fn(&Dialect, Strictness) -> Policy,
    /// The checks of each operation in groups, in the order in which they refuse.
    pub checks: fn(Operation) -> &'static [&'static [&'static Check]],
    /// What a request that passed its checks registers.
    pub registration: fn(&Facts<'_>) -> Option<Registration>,
    /// How clients are listed, where they are rather than registered.
    pub listing: Option<Listing>,
    /// The client information response.
    pub client_information: fn(&Client, &Issued<'_>) -> ClientInformation,
    /// The claims of an ordinary registration request of this applicant.
    pub request_claims: fn(&Dialect, &Applicant<'_>) -> Object,
    /// How a fault is answered.
    pub refusal: fn(Fault, &Asked<'_>) -> Refusal,
    /// The members of the discovery document that do not depend on where the bank lives.
    pub discovery: fn(&Dialect, &Policy) -> Object,
}

impl Dialect {
    /// Whether this dialect offers `operation`.
    #[must_use]
    pub fn offers(&self, operation: Operation) -> bool {
        matches!(
            operation,
            Operation::Token | Operation::Discovery | Operation::Jwks
        ) || self.route(operation).is_some()
    }

    /// Where an operation lives.
    #[must_use]
    pub fn route(&self, operation: Operation) -> Option<&'static Route> {
        self.routes
            .iter()
            .find(|route| route.operation == operation)
    }

    /// The algorithms of the software statements of its ecosystem (OB Directory, SSA header;
    /// Open Finance Brasil DCR §7.1).
    #[must_use]
    pub fn statement_algorithms(&self) -> &'static [Algorithm] {
        match self.ecosystem {
            Ecosystem::Uk => &[Algorithm::Ps256, Algorithm::Es256],
            Ecosystem::Brazil => &[Algorithm::Ps256],
        }
    }

    /// The claim of the table with this name.
    #[must_use]
    pub fn claim(&self, name: &str) -> Option<&'static Claim> {
        self.all_claims().find(|claim| claim.name == name)
    }

    /// Every claim of the table.
    pub fn all_claims(&self) -> impl Iterator<Item = &'static Claim> + use<> {
        self.claims.iter().copied().flatten()
    }

    /// The claim that names the subject of the transport certificate.
    #[must_use]
    pub fn dn_claim(&self) -> &'static str {
        self.dn_claims.first().copied().unwrap_or_default()
    }
}

/// The dialect with this id.
#[must_use]
pub fn by_id(id: &str) -> Option<&'static Dialect> {
    ALL.iter().copied().find(|dialect| dialect.id == id)
}
