//! The shape of what is expected of the exchanges of a world.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::document::placed::{Placed, Written};
use crate::document::shaped::{Given, Keyed};
use crate::scenario::file::described::{
    self, AnyText, BankId, MatcherOf, MethodWord, OperationWord, PathPattern,
};
use crate::scenario::file::{CertificateFile, JoseFile, MatchFile, MatcherFile};

/// What is expected of the exchanges of a world: so many of a kind, or some in this order.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Expectation", extend("oneOf" = [{ "required": ["match"] }, { "required": ["in_order"] }]))]
pub(in crate::scenario) struct ExpectationFile {
    /// Which exchanges are counted; {} is every request.
    #[serde(rename = "match")]
    pub matching: Given<Placed<SoughtFile>>,
    /// How many there are; left out, at least one.
    pub times: Given<Placed<TimesFile>>,
    /// Exchanges that follow each other, others in between or not.
    #[schemars(length(min = 1))]
    pub in_order: Given<Placed<Vec<Placed<SoughtFile>>>>,
    /// How long to wait until it is so, such as 5s; real time, at most 60s.
    #[schemars(schema_with = "described::span")]
    pub within: Given<Placed<Written>>,
}

/// How many.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "Times", extend("minProperties" = 1))]
pub(in crate::scenario) struct TimesFile {
    /// Neither more nor fewer.
    pub exactly: Given<Placed<u64>>,
    /// No fewer.
    pub at_least: Given<Placed<u64>>,
    /// No more.
    pub at_most: Given<Placed<u64>>,
}

/// Which exchanges: all must hold.
#[derive(Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[schemars(rename = "ExchangeMatch")]
pub(in crate::scenario) struct SoughtFile {
    /// The bank's id.
    #[schemars(with = "MatcherOf<BankId>")]
    pub bank: Given<Placed<MatcherFile>>,
    /// register, read, update, delete, token, discovery, jwks, clients, client, assertion, or
    /// handshake.
    #[schemars(with = "MatcherOf<OperationWord>")]
    pub operation: Given<Placed<MatcherFile>>,
    /// The method, in capitals.
    #[schemars(with = "MatcherOf<MethodWord>")]
    pub method: Given<Placed<MatcherFile>>,
    /// The path, without query and without /w/WORLD; * and ** stand for anything.
    #[schemars(with = "MatcherOf<PathPattern>")]
    pub path: Given<Placed<MatcherFile>>,
    /// The caller's software.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub software_id: Given<Placed<MatcherFile>>,
    /// The caller's organisation.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub org_id: Given<Placed<MatcherFile>>,
    /// The client of path or credentials.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub client_id: Given<Placed<MatcherFile>>,
    /// Header fields, by name.
    #[schemars(schema_with = "described::headers")]
    pub header: Given<Keyed<Placed<MatcherFile>>>,
    /// The JOSE header of the request.
    pub jose: Given<JoseFile>,
    /// Claims of the request, or members of its JSON body, by JSON Pointer (RFC 6901).
    #[schemars(schema_with = "described::claims")]
    pub claim: Given<Keyed<Placed<MatcherFile>>>,
    /// Claims of the software statement sent, by JSON Pointer (RFC 6901).
    #[schemars(schema_with = "described::claims")]
    pub statement: Given<Keyed<Placed<MatcherFile>>>,
    /// The client certificate.
    pub certificate: Given<CertificateFile>,
    /// The host name that was asked for in the handshake.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub sni: Given<Placed<MatcherFile>>,
    /// The status of the answer as it was meant.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub status: Given<Placed<MatcherFile>>,
    /// The scenario whose rule ended the search for an answer.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub scenario: Given<Placed<MatcherFile>>,
    /// That rule.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub rule: Given<Placed<MatcherFile>>,
    /// x-fapi-interaction-id of the exchange.
    #[schemars(with = "MatcherOf<AnyText>")]
    pub interaction_id: Given<Placed<MatcherFile>>,
}

/// The matchers that only recorded exchanges have.
#[derive(Debug, Default)]
pub(in crate::scenario) struct OutcomeFile {
    pub status: Given<Placed<MatcherFile>>,
    pub scenario: Given<Placed<MatcherFile>>,
    pub rule: Given<Placed<MatcherFile>>,
    pub interaction_id: Given<Placed<MatcherFile>>,
}

impl SoughtFile {
    /// The `match` of scenario files, and the rest.
    pub(in crate::scenario) fn split(self) -> (MatchFile, OutcomeFile) {
        let matching = MatchFile {
            bank: self.bank,
            operation: self.operation,
            method: self.method,
            path: self.path,
            software_id: self.software_id,
            org_id: self.org_id,
            client_id: self.client_id,
            header: self.header,
            jose: self.jose,
            claim: self.claim,
            statement: self.statement,
            certificate: self.certificate,
            sni: self.sni,
        };
        let outcome = OutcomeFile {
            status: self.status,
            scenario: self.scenario,
            rule: self.rule,
            interaction_id: self.interaction_id,
        };
        (matching, outcome)
    }
}
